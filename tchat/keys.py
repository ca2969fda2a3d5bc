"""API keys: where they are looked for, and where they are put.

In this order: the environment, the system's keyring, a `key_command`, `keys.toml` (mode 0600). A key is never
logged, shown or stored anywhere else.
"""

import os
import shlex
import stat
import subprocess
import threading
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from tchat.config import changing_private, write_private
from tchat.domain.errors import ConfigError, MissingKey, Origin, UsageError

SERVICE = "tchat"
"""The service name of every key in the keyring."""
KEYRING_SECONDS = 10.0
"""A keyring that waits for a person to unlock it is not waited for any longer."""

Source = Literal["environment", "keyring", "command", "file"]


class Key(Struct, frozen=True):
    """A key and where it was found; its representation hides it."""

    value: str
    source: Source
    place: str
    """The variable, keyring, program or file."""

    def __repr__(self) -> str:
        return f"Key(••••, {self.source!r}, {self.place!r})"


def kept_where(provider: str, key: Key) -> str:
    """Return in words where a key of a provider was put."""
    if key.source == "file":
        return f"there is no keyring here: the key of {provider} is in {key.place}, readable by you only"
    return f"the key of {provider} is in the keyring ({key.place})"


class KeyPlan(Struct, frozen=True, kw_only=True):
    """Where the key of one provider may be."""

    provider: str
    variables: tuple[str, ...] = ()
    command: str | list[str] | None = None
    needed: bool = True


class Keys:
    """Finds and keeps the keys of this machine's user."""

    def __init__(self, file: Path, environ: Mapping[str, str]) -> None:
        self._file = file
        self._environ = environ
        self._keyring_answers = True

    def find(self, plan: KeyPlan) -> Key | None:
        """Return the first key found in the documented order, or None.

        Raises:
            ConfigError: the key file is readable by others or no TOML, or the key command fails or is none.
        """
        variable = self.variable(plan)
        if variable is not None:
            return Key(self._environ[variable].strip(), "environment", variable)
        return self._from_keyring(plan.provider) or self._from_command(plan) or self._from_file(plan.provider)

    def need(self, plan: KeyPlan) -> Key | None:
        """Return the key, or None where none is needed.

        Raises:
            MissingKey: there is none, and the provider needs one.
        """
        key = self.find(plan)
        if key is None and plan.needed:
            variables = " or ".join(plan.variables)
            also = f" or set {variables}" if variables else ""
            raise MissingKey(
                f"no key for {plan.provider!r}",
                hint=f"run `tchat keys set {plan.provider}`{also}",
                origin=Origin(provider=plan.provider),
            )
        return key

    def has(self, plan: KeyPlan) -> bool:
        """Whether there is a key, without running a key command to see.

        Raises:
            ConfigError: the key file is readable by others.
        """
        if self.variable(plan) or plan.command:
            return True
        return self._from_file(plan.provider) is not None or self._from_keyring(plan.provider) is not None

    def place(self, plan: KeyPlan) -> tuple[Source, str] | None:
        """Return where the key is that would be used, without running a key command to see.

        Raises:
            ConfigError: the key file is readable by others.
        """
        variable = self.variable(plan)
        if variable is not None:
            return "environment", variable
        kept = self._from_keyring(plan.provider)
        if kept is None and plan.command:
            return "command", _words(plan)[0]
        kept = kept or self._from_file(plan.provider)
        return (kept.source, kept.place) if kept else None

    def variable(self, plan: KeyPlan) -> str | None:
        """Return the environment variable that holds the key, if one does."""
        return next((name for name in plan.variables if self._environ.get(name, "").strip()), None)

    def put(self, provider: str, value: str) -> Key:
        """Keep a key in the keyring, or in the 0600 file where there is no keyring; return where it went.

        Raises:
            UsageError: that is no key.
            ConfigError: the key file is readable by others, or the keyring holds an old key and takes no new one.
        """
        value = value.strip()
        if not value or not value.isprintable() or any(character.isspace() for character in value):
            raise UsageError(f"that is no key for {provider!r}", hint="it is one word, as the provider shows it")
        problem = _in_time(lambda: _keyring_set(provider, value))
        if problem is None:
            return Key(value, "keyring", _keyring_name())
        old = self._from_keyring(provider)
        if old is not None and old.value != value:  # it would go first
            raise ConfigError(
                f"the keyring ({old.place}) holds another key of {provider!r} and did not take the new one",
                hint="unlock it, or remove the key there by hand",
            )
        with changing_private(self._file):
            self._write({**self._table(), provider: value})
        return Key(value, "file", str(self._file))

    def remove(self, provider: str) -> tuple[str, ...]:
        """Forget a key; return the places it was removed from.

        Raises:
            ConfigError: the keyring keeps it all the same, or the key file cannot be read or written.
        """
        places: list[str] = []
        with changing_private(self._file):
            table = self._table()
            if table.pop(provider, None) is not None:
                self._write(table)
                places.append(str(self._file))
        if self._from_keyring(provider) is not None:
            if _in_time(lambda: _keyring_delete(provider)) is not None:
                raise ConfigError(
                    f"the keyring ({_keyring_name()}) did not give up the key of {provider!r}",
                    hint="unlock it, or remove the key there by hand",
                )
            places.insert(0, "keyring")
        return tuple(places)

    def _from_keyring(self, provider: str) -> Key | None:
        found: list[str] = []

        def look() -> None:
            import keyring

            value = keyring.get_password(SERVICE, provider)
            if value:
                found.append(value)

        if self._keyring_answers:
            self._keyring_answers = not isinstance(_in_time(look), TimeoutError)
        return Key(found[0], "keyring", _keyring_name()) if found else None

    def _from_command(self, plan: KeyPlan) -> Key | None:
        if not plan.command:
            return None
        words = _words(plan)
        try:
            done = subprocess.run(  # noqa: S603  # the user's own configuration
                words, capture_output=True, text=True, timeout=60, check=True, stdin=subprocess.DEVNULL
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise ConfigError(
                f"the key_command of {plan.provider!r} failed: {type(error).__name__}",
                hint=f"run {words[0]!r} by hand",
            ) from None
        said = done.stdout.strip().splitlines()  # `pass` and its like tell more in the lines after it
        return Key(said[0].strip(), "command", words[0]) if said else None

    def _from_file(self, provider: str) -> Key | None:
        value = self._table().get(provider)
        return Key(value, "file", str(self._file)) if value else None

    def _table(self) -> dict[str, str]:
        try:
            mode = self._file.stat().st_mode
            text = self._file.read_text("utf-8")
        except FileNotFoundError:
            return {}
        except UnicodeDecodeError:
            raise ConfigError(f"{self._file} is not valid TOML") from None
        except OSError as error:
            raise ConfigError(f"cannot read {self._file}: {error.strerror}") from error
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"{self._file} can be read by others", hint=f"run `chmod 600 {self._file}`")
        try:
            return {name: str(value) for name, value in tomllib.loads(text).items()}
        except tomllib.TOMLDecodeError:
            raise ConfigError(f"{self._file} is not valid TOML") from None

    def _write(self, table: dict[str, str]) -> None:
        import tomli_w

        write_private(self._file, tomli_w.dumps(table))


def _words(plan: KeyPlan) -> list[str]:
    """Return the key command of a plan that has one, word by word.

    Raises:
        ConfigError: it is none.
    """
    try:
        words = shlex.split(plan.command) if isinstance(plan.command, str) else plan.command
    except ValueError as error:
        raise ConfigError(f"the key_command of {plan.provider!r} is not a command: {error}") from None
    if not words:
        raise ConfigError(f"the key_command of {plan.provider!r} is empty", hint="name a program, or take it out")
    return words


def _keyring_set(provider: str, value: str) -> None:
    import keyring

    keyring.set_password(SERVICE, provider, value)


def _keyring_delete(provider: str) -> None:
    import keyring

    keyring.delete_password(SERVICE, provider)


def _keyring_name() -> str:
    import keyring

    return keyring.get_keyring().name


def _in_time(action: Callable[[], None]) -> Exception | None:
    """Run `action` in a thread that is left behind when it takes too long; return what went wrong."""
    outcome: list[Exception | None] = [TimeoutError("the keyring did not answer")]

    def run() -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001  # keyring backends raise whatever their desktop raises
            outcome[0] = error
        else:
            outcome[0] = None

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(KEYRING_SECONDS)
    return outcome[0]
