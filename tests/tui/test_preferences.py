"""What is typed into the settings becomes settings, or is refused with a reason."""

import asyncio
from pathlib import Path

import pytest

from tchat.config import load_config
from tchat.domain.errors import ConfigError, NotFound, UsageError
from tchat.key_keeping import keep_key
from tchat.runtime import Runtime
from tchat.tui.preferences import (
    Account,
    FieldKey,
    accounts,
    alias_rows,
    fields,
    set_alias,
    set_endpoint,
    set_field,
    try_out,
)
from tests.homes import NOWHERE, home_runtime, listing, use_keyring
from tests.servers import Answer, scripted

SECRET = "sk-planted-0123456789abcdef"  # noqa: S105  # planted, to be looked for


@pytest.fixture(autouse=True)
def _keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch)


def _account(runtime: Runtime, provider: str) -> Account:
    return next(account for account in accounts(runtime) if account.provider == provider)


def test_an_account_says_where_its_key_is(tmp_path: Path) -> None:
    """Environment, keyring, command: the place is named and the key is not."""
    runtime = home_runtime(
        tmp_path, '[providers.xai]\nkey_command = ["pass", "xai"]\n', OPENAI_API_KEY=SECRET, quiet=False
    )
    keep_key(runtime, "anthropic", SECRET)
    known = accounts(runtime)
    found = {(account.provider, account.state, account.place.partition(" ")[0]) for account in known}
    assert found >= {
        ("openai", "ready", "environment"), ("anthropic", "ready", "keyring"), ("xai", "ready", "command"),
        ("groq", "no key", ""), ("lmstudio", "no key needed", ""), ("local", "no key needed", ""),
    }  # fmt: skip
    assert SECRET not in repr(known)


def test_a_provider_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    """One wrong entry, or a key file that others can read, does not hide the rest."""
    runtime = home_runtime(tmp_path, '[providers.lab]\nkey_env = "X"\n', OPENAI_API_KEY=SECRET)
    runtime.paths.keys_file.write_text("")
    runtime.paths.keys_file.chmod(0o644)
    assert "no base URL" in _account(runtime, "lab").trouble
    assert "chmod 600" in _account(runtime, "groq").trouble
    assert _account(runtime, "openai").state == "ready"


async def test_trying_out_says_how_it_went(tmp_path: Path) -> None:
    """The time and the number of models, or the error and what to do, without the key."""
    refused = Answer(
        status=401, content_type="application/json", body=(f'{{"error": {{"message": "no {SECRET}"}}}}'.encode(),)
    )
    with scripted(listing("a", "b")) as good, scripted(refused) as bad:
        config = f'[providers.good]\nbase_url = "{good.url}/v1"\n[providers.bad]\nbase_url = "{bad.url}/v1"\n'
        runtime = home_runtime(tmp_path, f'{config}key_env = "BAD_KEY"\n', BAD_KEY=SECRET)
        trials = await asyncio.gather(*(try_out(runtime, name) for name in ("good", "bad", "ollama", "openai")))
        await runtime.aclose()
    assert [trial.good for trial in trials] == [True, False, False, False]
    said = [trial.said for trial in trials]
    assert said[0].startswith("answers in 0.")
    assert said[0].endswith("with 2 models")
    assert "does not accept the key" in said[1]
    assert "tchat doctor" in said[2]
    assert "no key for 'openai'" in said[3]
    assert SECRET not in "".join(said)


def test_an_endpoint_of_ones_own_is_kept_and_forgotten(tmp_path: Path) -> None:
    """Its key goes with it; a known provider goes back to its own address."""
    runtime = home_runtime(tmp_path, quiet=False)
    set_endpoint(runtime, "lab", " https://lab.example/v1 ")
    set_endpoint(runtime, "openai", NOWHERE)
    runtime.config = load_config(runtime.paths)
    assert runtime.spec("lab").base_url == "https://lab.example/v1"
    assert runtime.spec("openai").base_url == NOWHERE
    assert _account(runtime, "lab").is_own
    assert not _account(runtime, "openai").is_own
    keep_key(runtime, "lab", SECRET)
    set_endpoint(runtime, "lab", "")
    set_endpoint(runtime, "openai", "")
    runtime.config = load_config(runtime.paths)
    assert "lab" not in runtime.provider_names
    assert runtime.keys.remove("lab") == ()
    assert runtime.spec("openai").base_url == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("name", "url", "kind"),
    [("a/b", NOWHERE, UsageError), ("", NOWHERE, UsageError), ("local", NOWHERE, UsageError),
     ("lab", "lab.example", ConfigError), ("lab", "ftp://lab", ConfigError)],
)  # fmt: skip
def test_what_is_no_endpoint_is_refused(tmp_path: Path, name: str, url: str, kind: type[UsageError]) -> None:
    """Nothing is written that would break the next start."""
    runtime = home_runtime(tmp_path)
    with pytest.raises(kind):
        set_endpoint(runtime, name, url)
    assert not runtime.paths.settings_file.exists()


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [("model", "openai/gpt-6-sol", "openai/gpt-6-sol"), ("effort", "high", "high"), ("system", "Brief.\n", "Brief."),
     ("budget.per_month", "$1,000.50", "1000.5"), ("budget.per_run", "0", "0")],
)  # fmt: skip
def test_a_field_is_kept_and_taken_back(tmp_path: Path, key: FieldKey, text: str, shown: str) -> None:
    """What is typed is what is shown the next time; nothing goes back to the default."""
    runtime = home_runtime(tmp_path)
    set_field(runtime, key, text)
    runtime.config = load_config(runtime.paths)
    assert fields(runtime)[key].text == shown
    set_field(runtime, key, "  ")
    runtime.config = load_config(runtime.paths)
    assert fields(runtime)[key].text == ""


@pytest.mark.parametrize(
    ("key", "text"),
    [("model", "qqqq"), ("effort", "huge"), ("budget.per_month", "much"), ("budget.per_run", "-1"),
     ("budget.per_run", "nan"), ("budget.per_run", "inf")],
)  # fmt: skip
def test_what_is_no_value_is_refused(tmp_path: Path, key: FieldKey, text: str) -> None:
    """The message is a user's, with a hint, and nothing is written."""
    runtime = home_runtime(tmp_path)
    with pytest.raises(UsageError) as caught:
        set_field(runtime, key, text)
    assert caught.value.hint
    assert not runtime.paths.settings_file.exists()


def test_what_stands_in_the_users_own_file_is_fixed(tmp_path: Path) -> None:
    """The reason names the file."""
    runtime = home_runtime(tmp_path, 'effort = "low"\n[aliases]\nfast = "local"\n')
    assert "config.toml" in fields(runtime)["effort"].fixed
    assert not fields(runtime)["model"].fixed
    assert [row.name for row in alias_rows(runtime) if row.fixed] == ["fast"]
    with pytest.raises(ConfigError, match=r"config\.toml"):
        set_field(runtime, "effort", "high")


def test_an_alias_leads_to_a_model_and_never_to_itself(tmp_path: Path) -> None:
    """Roles are always shown; a loop, a provider's name and an unknown model are refused."""
    runtime = home_runtime(tmp_path)
    set_alias(runtime, "fast", "openai/gpt-6-luna")
    runtime.config = load_config(runtime.paths)
    set_alias(runtime, "quick", "fast")
    runtime.config = load_config(runtime.paths)
    assert {row.name: row.target for row in alias_rows(runtime)} == {
        "fast": "openai/gpt-6-luna", "strong": "", "judge": "", "vision": "", "quick": "fast",
    }  # fmt: skip
    for name, target in (("fast", "quick"), ("fast", "fast"), ("openai", "local"), ("a b", "local")):
        with pytest.raises(UsageError):
            set_alias(runtime, name, target)
    with pytest.raises(NotFound):
        set_alias(runtime, "new", "qqqq")
    set_alias(runtime, "quick", "")
    assert "quick" not in load_config(runtime.paths).aliases
