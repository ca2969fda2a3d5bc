"""Keys: found in the documented order, kept in a real keyring or a private file, and shown nowhere."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tchat.domain.errors import ConfigError, MissingKey, UsageError
from tchat.keys import Key, KeyPlan, Keys
from tests.homes import use_keyring

SECRET = "sk-planted-0123456789abcdef"  # noqa: S105  # planted, to be looked for

SCRIPT = """
import json, os, sys
from pathlib import Path
from tchat.keys import KeyPlan, Keys
keys = Keys(Path(sys.argv[1]), os.environ)
plan = KeyPlan(provider="anthropic", variables=("ANTHROPIC_API_KEY",))
out = []
for action in sys.argv[2:]:
    if action == "put":
        key = keys.put("anthropic", "sk-planted-0123456789abcdef")
        out.append([key.source, key.place])
    elif action == "find":
        key = keys.find(plan)
        out.append([key.value, key.source] if key else None)
    elif action == "remove":
        out.append(list(keys.remove("anthropic")))
print(json.dumps(out))
"""


def _with_keyring(file: Path, backend: str, *actions: str) -> list[object]:
    """Run actions in a process whose keyring is `backend`, with its files beside `file`."""
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(file.parent), "PYTHON_KEYRING_BACKEND": backend}
    environ["XDG_DATA_HOME"] = str(file.parent / "share")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(file), *actions],
        env=environ, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_a_keyring_keeps_and_forgets_a_key(tmp_path: Path) -> None:
    """Where there is a keyring, the key is in it and in no file of tchat."""
    file = tmp_path / "keys.toml"
    put, found, removed, gone = _with_keyring(
        file, "keyrings.alt.file.PlaintextKeyring", "put", "find", "remove", "find"
    )
    assert isinstance(put, list)
    assert put[0] == "keyring"
    assert found == [SECRET, "keyring"]
    assert removed == ["keyring"]
    assert gone is None
    assert not file.exists()


def test_without_a_keyring_a_private_file_keeps_the_key(tmp_path: Path) -> None:
    """A headless machine keeps keys in a file of mode 0600, and says so."""
    file = tmp_path / "keys.toml"
    put, found = _with_keyring(file, "keyring.backends.fail.Keyring", "put", "find")
    assert put == ["file", str(file)]
    assert found == [SECRET, "file"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert _with_keyring(file, "keyring.backends.fail.Keyring", "remove", "find") == [[str(file)], None]


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose keyring is empty."""
    import keyring
    from keyring.backends.null import Keyring

    monkeypatch.setattr(keyring.core, "_keyring_backend", Keyring())


def _keys(tmp_path: Path, environ: Mapping[str, str] | None = None) -> Keys:
    return Keys(tmp_path / "keys.toml", environ or {})


@pytest.mark.usefixtures("no_keyring")
def test_keys_are_found_in_the_documented_order(tmp_path: Path) -> None:
    """Environment before command before file."""
    (tmp_path / "keys.toml").touch(mode=0o600)
    (tmp_path / "keys.toml").write_text('x = "from-file"\n')
    plain = KeyPlan(provider="x", variables=("X_KEY",))
    commanded = KeyPlan(provider="x", variables=("X_KEY",), command="printf from-command")
    assert _keys(tmp_path, {"X_KEY": " from-env "}).need(commanded) == Key("from-env", "environment", "X_KEY")
    assert _keys(tmp_path).need(commanded) == Key("from-command", "command", "printf")
    found = _keys(tmp_path).need(plain)
    assert found is not None
    assert (found.value, found.source) == ("from-file", "file")


@pytest.mark.usefixtures("no_keyring")
def test_a_missing_key_says_what_to_do(tmp_path: Path) -> None:
    """The error names provider, command and variable; a provider that needs none gets none."""
    with pytest.raises(MissingKey, match="'x'") as caught:
        _keys(tmp_path).need(KeyPlan(provider="x", variables=("X_KEY",)))
    assert caught.value.hint == "run `tchat keys set x` or set X_KEY"
    assert _keys(tmp_path).need(KeyPlan(provider="x", needed=False)) is None


@pytest.mark.usefixtures("no_keyring")
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Better no answer than a key that others have."""
    file = tmp_path / "keys.toml"
    file.write_text(f'x = "{SECRET}"\n')
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="can be read by others") as caught:
        _keys(tmp_path).find(KeyPlan(provider="x"))
    assert SECRET not in str(caught.value)


@pytest.mark.usefixtures("no_keyring")
def test_a_failing_key_command_keeps_its_secrets(tmp_path: Path) -> None:
    """What the command printed is in no error."""
    plan = KeyPlan(provider="x", command=[sys.executable, "-c", f"import sys; print('{SECRET}'); sys.exit(1)"])
    with pytest.raises(ConfigError, match="key_command") as caught:
        _keys(tmp_path).find(plan)
    assert SECRET not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"


def test_a_key_does_not_show_itself() -> None:
    """Printing or logging a key prints dots."""
    assert SECRET not in repr(Key(SECRET, "file", "f"))
    assert SECRET not in str(Key(SECRET, "file", "f"))


@pytest.mark.usefixtures("no_keyring")
def test_where_a_key_is_can_be_asked_without_running_a_command(tmp_path: Path) -> None:
    """The place is that of the key that would be used; the command is named, not run."""
    ran = tmp_path / "ran"
    plan = KeyPlan(provider="x", variables=("X_KEY",), command=["touch", str(ran)])
    assert _keys(tmp_path, {"X_KEY": SECRET}).place(plan) == ("environment", "X_KEY")
    assert _keys(tmp_path).place(plan) == ("command", "touch")
    assert not ran.exists()
    (tmp_path / "keys.toml").touch(mode=0o600)
    (tmp_path / "keys.toml").write_text(f'x = "{SECRET}"\n')
    assert _keys(tmp_path).place(KeyPlan(provider="x")) == ("file", str(tmp_path / "keys.toml"))
    assert _keys(tmp_path).place(KeyPlan(provider="y")) is None


@pytest.mark.parametrize("text", ["", "  ", "two words", "sk-\x1b[31m", "line\nline"])
def test_what_is_no_key_is_not_kept(tmp_path: Path, text: str) -> None:
    """A key is one word; the refusal does not repeat it."""
    with pytest.raises(UsageError, match="no key for 'x'") as caught:
        _keys(tmp_path).put("x", text)
    assert not text.strip() or text not in f"{caught.value} {caught.value.hint}"
    assert not (tmp_path / "keys.toml").exists()


@pytest.mark.usefixtures("no_keyring")
@pytest.mark.parametrize("command", ["pass 'x", " ", ["printf", r"\377\376"]])
def test_a_key_command_that_cannot_be_run_is_told(tmp_path: Path, command: str | list[str]) -> None:
    """No command, an unclosed quote, or output that is no text: the message names the setting and the provider."""
    with pytest.raises(ConfigError, match="the key_command of 'x'"):
        _keys(tmp_path).find(KeyPlan(provider="x", command=command))


@pytest.mark.usefixtures("no_keyring")
def test_a_key_is_the_first_line_that_its_command_prints(tmp_path: Path) -> None:
    """Password stores keep notes below it."""
    key = _keys(tmp_path).find(KeyPlan(provider="x", command=["printf", rf"{SECRET} \nuser: me\n"]))
    assert key is not None
    assert key.value == SECRET


@pytest.mark.usefixtures("no_keyring")
def test_a_key_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """So is one that cannot be read, as it is a folder."""
    file = tmp_path / "keys.toml"
    file.touch(mode=0o600)
    file.write_bytes(b'x = "\xff"')
    with pytest.raises(ConfigError, match="not valid TOML"):
        _keys(tmp_path).has(KeyPlan(provider="x"))
    file.unlink()
    file.mkdir(mode=0o700)
    with pytest.raises(ConfigError, match="cannot read"):
        _keys(tmp_path).has(KeyPlan(provider="x"))


def test_an_old_key_in_the_keyring_never_hides_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the keyring holds one and refuses changes, nothing is kept beside it, and nothing is said to be removed."""
    ring = use_keyring(monkeypatch)
    keys = _keys(tmp_path)
    keys.put("x", "old-key")
    ring.refuses = True
    with pytest.raises(ConfigError, match="did not take the new one"):
        keys.put("x", "new-key")
    with pytest.raises(ConfigError, match="did not give up"):
        keys.remove("x")
    assert not (tmp_path / "keys.toml").exists()
    assert keys.put("y", "other-key").source == "file"
