"""Laws of the well-known providers and of reaching any provider."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.config import ProviderConfig
from tchat.domain.errors import ConfigError
from tchat.domain.model import ModelRef
from tchat.providers.catalogue import FOLDER
from tchat.providers.presets import PRESETS, parse_ref, resolve

WORDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="/"), min_size=1, max_size=12)


@pytest.mark.parametrize("name", PRESETS)
def test_preset_resolves_without_configuration(name: str) -> None:
    """Every well-known name works as it stands."""
    spec = resolve(name, None, {})
    preset = PRESETS[name]
    assert (spec.name, spec.kind, spec.preset, spec.base_url) == (name, preset.kind, name, preset.base_url)
    assert spec.needs_key == preset.needs_key == spec.key_plan.needed


@pytest.mark.parametrize("name", PRESETS)
def test_preset_that_needs_a_key_says_where_to_get_and_put_one(name: str) -> None:
    """Whoever lacks a key is told a variable and a place to get it, and uses TLS to send it."""
    preset = PRESETS[name]
    if preset.needs_key:
        assert preset.variables
        assert "." in preset.console
        assert "://" not in preset.console
        assert preset.default_model
        assert preset.base_url.startswith("https://")


@pytest.mark.parametrize("name", PRESETS)
def test_preset_names_catalogues_that_exist(name: str) -> None:
    """Each file of facts that a preset names is shipped."""
    assert all((FOLDER / f"{source}.toml").is_file() for source in PRESETS[name].catalogues)


def test_presets_stand_in_the_order_in_which_a_key_is_looked_for() -> None:
    """The first provider that has a key is the default one."""
    needing = [preset.name for preset in PRESETS.values() if preset.needs_key]
    assert needing == ["openai", "anthropic", "gemini", "openrouter", "deepseek", "mistral", "groq", "xai"]


@pytest.mark.parametrize(
    ("name", "variable", "value", "expected"),
    [
        ("openai", "OPENAI_BASE_URL", "https://proxy.example/v1/", "https://proxy.example/v1"),
        ("anthropic", "ANTHROPIC_BASE_URL", "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("gemini", "GOOGLE_GEMINI_BASE_URL", "https://g.example", "https://g.example"),
        ("openai", "OPENAI_BASE_URL", "  ", "https://api.openai.com/v1"),
        ("deepseek", "OPENAI_BASE_URL", "https://proxy.example/v1", "https://api.deepseek.com"),
    ],
)
def test_environment_moves_a_provider_as_its_sdk_would(name: str, variable: str, value: str, expected: str) -> None:
    """The SDKs' variables are honoured for their own provider and for no other."""
    assert resolve(name, None, {variable: value}).base_url == expected


def test_configuration_wins_over_the_environment() -> None:
    """What the user wrote down for tchat goes first."""
    own = ProviderConfig(base_url="https://mine.example/v1")
    assert resolve("openai", own, {"OPENAI_BASE_URL": "https://theirs.example"}).base_url == "https://mine.example/v1"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("box", "http://box:11434/v1"),
        ("box:8080", "http://box:8080/v1"),
        (":8080", "http://127.0.0.1:8080/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),  # noqa: S104  # read, not bound
        ("[::]:8080", "http://[::1]:8080/v1"),
        ("http://box", "http://box:80/v1"),
        ("https://ollama.com", "https://ollama.com:443/v1"),
        ("https://box/ollama/", "https://box:443/ollama/v1"),
        ("http://box:11434/v1", "http://box:11434/v1"),
    ],
)
def test_ollama_host_means_what_ollama_takes_it_for(host: str, expected: str) -> None:
    """Scheme, host and port may each be left out, and an address to listen on is one to connect to."""
    assert resolve("ollama", None, {"OLLAMA_HOST": host}).base_url == expected


def test_ollama_key_is_looked_for_only_away_from_this_machine() -> None:
    """A server on loopback needs no key, so no keyring is opened for it."""
    assert resolve("ollama", None, {}).variables == ()
    assert resolve("ollama", None, {"OLLAMA_HOST": "https://ollama.com"}).variables == ("OLLAMA_API_KEY",)


@settings(max_examples=100)
@given(st.text(max_size=30))
def test_any_ollama_host_gives_a_url_or_a_configuration_error(host: str) -> None:
    """No value of the variable brings anything else down."""
    try:
        url = resolve("ollama", None, {"OLLAMA_HOST": host}).base_url
    except ConfigError:
        return
    assert urlsplit(url).hostname


def test_own_endpoint_speaks_the_compatible_api_and_needs_no_key() -> None:
    """A base URL is all that an endpoint of one's own needs."""
    spec = resolve("lab", ProviderConfig(base_url="http://lab.example:8000/v1"), {})
    assert (spec.kind, spec.needs_key, spec.preset, spec.variables) == ("compatible", False, "", ())


@pytest.mark.parametrize(
    ("own", "needed"),
    [
        (ProviderConfig(key_env="LAB_KEY"), True),
        (ProviderConfig(key_command="pass lab"), True),
        (ProviderConfig(needs_key=True), True),
        (ProviderConfig(key_env="LAB_KEY", needs_key=False), False),
    ],
)
def test_own_endpoint_needs_a_key_where_its_user_says_so(own: ProviderConfig, *, needed: bool) -> None:
    """Naming a place for a key is needing one, unless the opposite is said."""
    config = ProviderConfig(
        base_url="http://lab.example/v1", key_env=own.key_env, key_command=own.key_command, needs_key=own.needs_key
    )
    plan = resolve("lab", config, {}).key_plan
    assert plan.needed is needed
    assert plan.variables == ((own.key_env,) if own.key_env else ())
    assert plan.command == own.key_command


def test_own_endpoint_at_a_well_known_server_is_recognised() -> None:
    """A second account at a vendor speaks its dialect and needs a key, and never takes the first account's."""
    spec = resolve("work", ProviderConfig(base_url="https://api.deepseek.com/"), {})
    assert (spec.preset, spec.kind, spec.needs_key, spec.variables) == ("deepseek", "compatible", True, ())


def test_own_endpoint_of_a_vendors_kind_reaches_the_vendor() -> None:
    """The kind alone says where, and the environment of the first account moves no second one."""
    spec = resolve("work", ProviderConfig(kind="anthropic", key_env="WORK_KEY"), {"ANTHROPIC_BASE_URL": "http://x"})
    assert (spec.base_url, spec.preset, spec.variables) == ("https://api.anthropic.com", "anthropic", ("WORK_KEY",))


def test_own_settings_are_carried_into_the_spec() -> None:
    """Everything that can be configured for a provider arrives."""
    own = ProviderConfig(
        headers={"X-Team": "a"}, extra_body={"store": False}, concurrency=3, connect_timeout=2.0, stall_timeout=9.0
    )
    spec = resolve("openai", own, {})
    assert (spec.headers, spec.extra_body) == ({"X-Team": "a"}, {"store": False})
    assert (spec.concurrency, spec.connect_timeout, spec.stall_timeout) == (3, 2.0, 9.0)
    assert spec.variables == ("OPENAI_API_KEY",)


def test_unknown_provider_is_refused_with_near_names_and_a_way_out() -> None:
    """A misspelt name is told what was meant and how a new one is set up."""
    with pytest.raises(ConfigError, match=r"'opnai'.*'openai'") as caught:
        resolve("opnai", None, {})
    assert "providers.opnai.base_url" in (caught.value.hint or "")


@pytest.mark.parametrize("own", [ProviderConfig(), ProviderConfig(headers={"X": "1"})])
def test_own_endpoint_without_a_url_is_refused(own: ProviderConfig) -> None:
    """Nothing is sent to nowhere."""
    with pytest.raises(ConfigError, match="'lab' has no base URL"):
        resolve("lab", own, {})


@pytest.mark.parametrize("url", ["lab.example", "ftp://lab.example", "http://", "http://[::1", "http://a:b:c", ""])
def test_base_url_that_is_none_is_refused_by_the_name_of_its_setting(url: str) -> None:
    """The message says which setting to mend and does not repeat a URL, which can hold a password."""
    with pytest.raises(ConfigError, match=r"lab\.base_url is not an http or https URL"):
        resolve("lab", ProviderConfig(base_url=url), {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("openai/gpt-5.2", ModelRef("openai", "gpt-5.2")),
        ("openrouter/anthropic/claude-sonnet-4.5", ModelRef("openrouter", "anthropic/claude-sonnet-4.5")),
        ("gpt-5.2", "gpt-5.2"),
        ("meta-llama/llama-3", "meta-llama/llama-3"),
        ("openai/", "openai/"),
        ("./weights/tiny.gguf", ModelRef("local", "./weights/tiny.gguf")),
        ("/srv/Tiny.GGUF", ModelRef("local", "/srv/Tiny.GGUF")),
        ("llamacpp/tiny.gguf", ModelRef("llamacpp", "tiny.gguf")),
        ("script/demo.toml", ModelRef("script", "demo.toml")),
        ("", ""),
    ],
)
def test_reference_is_read_as_it_is_written(text: str, expected: ModelRef | str) -> None:
    """The first slash divides provider and model, where the first part is a provider."""
    assert parse_ref(text, tuple(PRESETS)) == expected


@given(WORDS, st.lists(WORDS, min_size=1, max_size=4))
def test_reference_of_a_known_provider_reads_back(provider: str, path: list[str]) -> None:
    """Writing a reference and reading it gives the same reference, however many slashes the model has."""
    ref = ModelRef(provider, "/".join(path))
    assert parse_ref(str(ref), {provider}) == ref
