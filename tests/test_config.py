"""Settings: the user's file is never written, mistakes are named, and what is set is what is read."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.config import is_users_own, join_key, known_keys, load_config, set_value, split_key, write_private
from tchat.domain.errors import ConfigError
from tchat.paths import Paths, find_paths, shipped_prompts
from tests.servers import ROOT


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A home of its own."""
    return find_paths({"TCHAT_HOME": str(tmp_path)})


def test_one_variable_moves_everything(tmp_path: Path) -> None:
    """With TCHAT_HOME, no file of tchat is anywhere else."""
    found = find_paths({"TCHAT_HOME": str(tmp_path)})
    places = [found.config_file, found.settings_file, found.keys_file, found.database, found.media, found.weights]
    places += [found.model_lists, found.crashes, found.prompts]
    assert all(tmp_path in place.parents for place in places)


def test_shipped_prompts_are_there() -> None:
    """The templates that come with tchat are found in a checkout and in a wheel."""
    assert shipped_prompts().is_dir()


def test_what_is_set_is_read_again(paths: Paths) -> None:
    """Plain, nested and quoted keys survive, and unsetting goes back to the default."""
    set_value(paths, "model", "anthropic/claude-opus-5-5")
    set_value(paths, "network.stall_timeout", 120)
    set_value(paths, 'models."ollama/llama3.2".window', 16384)
    config = load_config(paths)
    assert config.model == "anthropic/claude-opus-5-5"
    assert config.network.stall_timeout == 120
    assert config.models["ollama/llama3.2"].window == 16384
    set_value(paths, "model", None)
    assert load_config(paths).model is None
    assert paths.settings_file.stat().st_mode & 0o777 == 0o600


def test_the_users_file_goes_first_and_is_never_written(paths: Paths) -> None:
    """A key in config.toml wins; changing it by command is refused with the file's name, comments and all kept."""
    set_value(paths, "effort", "low")
    text = '# mine\nmodel = "openai/gpt-5.5"  # the good one\n[network]\nproxy = "http://p:1"\n'
    paths.config_file.write_text(text)
    config = load_config(paths)
    assert (config.model, config.effort, config.network.proxy) == ("openai/gpt-5.5", "low", "http://p:1")
    set_value(paths, "network.stall_timeout", 5)
    assert load_config(paths).network.proxy == "http://p:1"
    with pytest.raises(ConfigError, match=r"config\.toml"):
        set_value(paths, "model", "x/y")
    assert paths.config_file.read_text() == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model = \n", "line 1"),
        ("modle = 'x'", "modle"),
        ("[network]\nstall_timeout = 'long'", r"network\.stall_timeout"),
        ("effort = 'huge'", "effort"),
        ("[network]\nconcurrency = 0", r"network\.concurrency"),
        ("[network]\nconnect_timeout = 0", r"network\.connect_timeout"),
        ("[network]\nca_bundle = '~nosuch/ca.pem'", r"network\.ca_bundle"),
        ("[budget]\nper_call = nan", r"budget\.per_call"),
        ("[budget]\nper_day = -1", r"budget\.per_day"),
        ("[models.'x/y']\nprice = {input = -1, output = 1}", r"price\.input"),
    ],
)
def test_a_mistake_in_a_file_is_named(paths: Paths, text: str, said: str) -> None:
    """The message says which file, which key and what is wrong."""
    paths.config_file.write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(paths)
    assert str(paths.config_file) in caught.value.message


def test_all_mistakes_are_named_at_once_with_what_may_have_been_meant(paths: Paths) -> None:
    """Nobody has to try again for each."""
    text = "modle = 'x'\neffort = 3\n[budjet]\nper_day = 1\n[providers.x]\nbas_url = 'y'\n[models]\n'a/b' = 3\n"
    paths.config_file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(paths)
    lines = caught.value.message.splitlines()
    assert [line.partition(": ")[2] for line in lines] == [
        "there is no key 'modle' (did you mean 'model'?)",
        "effort: Expected `str | null`, got `int`",
        "there is no key 'budjet' (did you mean 'budget'?)",
        "there is no key 'providers.x.bas_url' (did you mean 'providers.x.base_url'?)",
        'models."a/b" is a table, and 3 is none',
    ]


def test_a_part_of_a_price_is_set_beside_the_rest(paths: Paths) -> None:
    """It is complete with what is there, and is refused where it would not be."""
    with pytest.raises(ConfigError, match="output"):
        set_value(paths, 'models."a/b".price.input', 2.0)
    set_value(paths, 'models."a/b".price', {"input": 1.0, "output": 3.0})
    set_value(paths, 'models."a/b".price.input', 2.0)
    price = load_config(paths).models["a/b"].price
    assert price is not None
    assert (price.input, price.output) == (2.0, 3.0)


def test_what_tchat_wrote_tchat_can_mend(paths: Paths) -> None:
    """Another version may have known a key that this one does not."""
    paths.settings_file.write_text("modle = 'x'\nbudjet = 3\neffort = 'low'\n")
    with pytest.raises(ConfigError, match="modle"):
        set_value(paths, "effort", "high")
    for key in ("modle", "budjet"):
        set_value(paths, key, None)
    assert load_config(paths).effort == "low"


def test_a_mark_of_its_encoding_is_no_part_of_a_file(paths: Paths) -> None:
    """Editors of other systems begin a file with it."""
    paths.config_file.write_bytes(b"\xef\xbb\xbfeffort = 'low'\n")
    assert load_config(paths).effort == "low"


def test_every_key_is_listed_with_what_it_takes() -> None:
    """As many as there are fields, and each can be set to what it is said to take."""
    keys = dict(known_keys())
    assert keys["model"] == "text"
    assert keys["network.stall_timeout"] == "number"
    assert keys["providers.NAME.key_command"] == "text or list of text"
    assert keys["models.NAME.price"] == "prices"
    assert "value" not in keys.values()


@pytest.mark.parametrize(
    ("key", "value"),
    [("nonsense", 1), ("effort", "huge"), ("a b", 1), ("", 1), ("model.x", 1), ("#x", 1), ("effort='low'\nmodel", 1)],
)
def test_a_setting_that_does_not_exist_is_refused(paths: Paths, key: str, value: object) -> None:
    """Nothing is written that could not be read."""
    with pytest.raises(ConfigError):
        set_value(paths, key, value)
    assert not paths.settings_file.exists()


def test_paths_may_begin_at_home(paths: Paths) -> None:
    """A path is text in TOML, and its `~` is the user's home; anything else is refused."""
    set_value(paths, "local.model", "~/model.gguf")
    assert load_config(paths).local.model == Path.home() / "model.gguf"
    with pytest.raises(ConfigError, match=r"local\.model"):
        set_value(paths, "local.model", 3)


def test_dotted_keys_are_split_as_toml_does() -> None:
    """Quotes protect dots and slashes."""
    assert split_key('models."a/b.c".window') == ["models", "a/b.c", "window"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=4))
@settings(max_examples=100)
def test_any_names_make_a_key(parts: list[str]) -> None:
    """Joining and splitting keys are each other's inverse, whatever the names hold."""
    assert split_key(join_key(*parts)) == parts


def test_it_is_known_beforehand_what_cannot_be_set(paths: Paths) -> None:
    """A key, or a table, of the user's own file is the user's."""
    paths.config_file.write_text('model = "x/y"\n[providers.lab]\nbase_url = "http://l/v1"\n')
    assert [is_users_own(paths, key) for key in ("model", "providers.lab", "effort", "providers.other")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_settings_that_cannot_be_written_are_said_to_be(paths: Paths, tmp_path: Path) -> None:
    """A folder that is none ends in a message, not in a crash."""
    (tmp_path / "file").write_text("")
    blocked = find_paths({"TCHAT_HOME": str(tmp_path / "file")})
    with pytest.raises(ConfigError, match=r"cannot (write|read)"):
        set_value(blocked, "effort", "low")
    assert not paths.settings_file.exists()


def test_a_file_is_replaced_whole_by_however_many_at_once(paths: Paths) -> None:
    """Nobody reads a part of it, nobody trips over another's, and no part is left."""
    texts = [f"theme = '{letter * 2_000}'\n" for letter in "abcdefgh"]
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(partial(write_private, paths.settings_file), texts * 10):
            assert paths.settings_file.read_text() in texts
    assert [file.name for file in paths.config.iterdir()] == ["settings.toml"]


def test_a_value_has_nothing_below_it(paths: Paths) -> None:
    """A key that goes on below a text is refused, and the text stays."""
    set_value(paths, "model", "x/y")
    with pytest.raises(ConfigError, match="'model' is no table"):
        set_value(paths, "model.x.y", 1)
    assert load_config(paths).model == "x/y"


def test_halves_of_characters_are_kept_as_what_can_be_read(paths: Paths) -> None:
    """An argument that is no UTF-8 does not end in a crash."""
    set_value(paths, "system", "be \udcff brief")
    assert load_config(paths).system == "be \ufffd brief"


def test_changes_at_once_are_all_kept(paths: Paths) -> None:
    """Threads that set different things do not undo each other's."""
    keys = [f"aliases.a{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(partial(set_value, paths, value="x/y"), keys))
    assert len(load_config(paths).aliases) == 24
    assert [file.name for file in paths.config.iterdir()] == ["settings.toml"]


def test_a_link_to_the_settings_stays_one(paths: Paths, tmp_path: Path) -> None:
    """Whose settings live elsewhere finds the change there."""
    elsewhere = tmp_path / "dotfiles.toml"
    elsewhere.write_text('theme = "tchat-light"\n')
    paths.settings_file.symlink_to(elsewhere)
    set_value(paths, "effort", "low")
    assert paths.settings_file.is_symlink()
    assert elsewhere.read_text() == 'theme = "tchat-light"\neffort = "low"\n'


def test_a_full_disk_leaves_the_old_file_and_no_part(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part could have keys in it."""
    write_private(paths.settings_file, "old")

    def full(part: Path, content: bytes) -> None:
        with part.open("wb") as file:
            file.write(content[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ConfigError, match="No space left"):
        write_private(paths.settings_file, "secret")
    assert [(file.name, file.read_text()) for file in paths.config.iterdir()] == [("settings.toml", "old")]


def test_favourites_and_theme_are_kept(paths: Paths) -> None:
    """What the interface keeps is read again."""
    set_value(paths, "favourites", ["openai/gpt-5", "ollama/x"])
    set_value(paths, "theme", "tchat-light")
    config = load_config(paths)
    assert config.favourites == ("openai/gpt-5", "ollama/x")
    assert config.theme == "tchat-light"


def test_every_key_stands_in_the_documentation() -> None:
    """In code type, under the heading of its table."""
    text = (ROOT / "docs" / "configuration.md").read_text()
    for key, _ in known_keys():
        table, _, name = key.rpartition(".")
        head = {"": "## In general", "providers.NAME": "## `[providers", "models.NAME": "## `[models"}.get(table)
        section = text.partition(head or f"## `[{table}]`")[2].partition("\n## ")[0]
        assert f"`{name}`" in section, key
