"""The settings: `config.toml`, which is the user's and never written, over `settings.toml`, which tchat writes."""

import re
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import fields

from tchat.domain.effort import Effort
from tchat.domain.errors import ConfigError
from tchat.domain.model import Price
from tchat.domain.text import encodable
from tchat.paths import Paths
from tchat.whole_files import changing, write_whole

_KEYS_HINT = "`tchat config keys` lists the keys"
_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path", Price: "prices"}
_BARE = re.compile(r"[A-Za-z0-9_-]+")

AtLeastOne = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
"""None of them takes NaN either."""

Kind = Literal["openai", "anthropic", "gemini", "compatible", "local", "scripted"]
"""Which adapter speaks to a provider."""


class ProviderConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[providers.NAME]`: how a provider is reached."""

    kind: Kind | None = None
    """Which API it speaks; own endpoints are `compatible` unless they say otherwise."""
    base_url: str | None = None
    key_env: str | None = None
    """The environment variable that holds its key."""
    key_command: str | list[str] | None = None
    """A program that prints its key; a string is split as a shell would, but no shell runs."""
    needs_key: bool | None = None
    headers: dict[str, str] = {}
    extra_body: dict[str, Any] = {}
    """Fields added to every request body."""
    concurrency: AtLeastOne | None = None
    """Calls under way at once."""
    connect_timeout: Seconds | None = None
    stall_timeout: Seconds | None = None
    price_factor: NotNegative | None = None
    """What part of the list prices is charged: 0.8 for a discount of 20 %, 0 for what costs nothing."""


class NetworkConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[network]`: the way out, for every provider alike."""

    proxy: str | None = None
    no_proxy: list[str] = []
    ca_bundle: Path | None = None
    """A PEM file of certificates to trust instead of the system's."""
    connect_timeout: Seconds = 10.0
    stall_timeout: Seconds = 60.0
    """Seconds without a byte after which a stream counts as stalled."""
    concurrency: AtLeastOne = 8
    """Calls under way at once, per provider."""
    private_addresses: bool = False
    """Whether attachments are fetched from addresses that only this machine or its network can reach."""
    attempts: AtLeastOne = 5
    """How often a request is sent at most, while nothing was shown of its reply."""


class BudgetConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[budget]`: spending limits in US dollars."""

    per_call: NotNegative | None = None
    per_run: NotNegative | None = None
    per_conversation: NotNegative | None = None
    per_day: NotNegative | None = None
    per_month: NotNegative | None = None


class LocalConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[local]`: the embedded model."""

    model: Path | None = None
    """A GGUF file to use instead of the embedded weights."""
    window: AtLeastOne = 4096
    """Tokens of context."""
    threads: AtLeastOne | None = None


class ModelConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[models."provider/name"]`: what the user knows better than the catalogue."""

    window: AtLeastOne | None = None
    max_output: AtLeastOne | None = None
    efforts: tuple[Effort, ...] | None = None
    vision: bool | None = None
    documents: bool | None = None
    audio: bool | None = None
    video: bool | None = None
    draws: bool | None = None
    sampling: bool | None = None
    stops: bool | None = None
    structured: bool | None = None
    price: Price | None = None


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything that can be configured."""

    model: str | None = None
    """The default model, as `provider/model` or an alias."""
    effort: Effort | None = None
    system: str | None = None
    confirm_above: NotNegative = 0.25
    """US dollars that a run may be expected to cost before it is asked about, on a terminal."""
    aliases: dict[str, str] = {}
    """Short names for models: `fast`, `strong`, `judge`, `vision`, and any other."""
    favourites: tuple[str, ...] = ()
    """Models that the picker lists first, as `provider/model`."""
    count_by_provider: bool = True
    """Whether drafts are counted by the provider that would be asked, where it does that for free."""
    energy: bool = False
    """Whether energy and carbon of replies are estimated, which needs the extra `energy`."""
    theme: str | None = None
    """The colours of the terminal interface, by name."""
    providers: dict[str, ProviderConfig] = {}
    models: dict[str, ModelConfig] = {}
    network: NetworkConfig = field(default_factory=NetworkConfig)
    budget: BudgetConfig = field(default_factory=BudgetConfig)
    local: LocalConfig = field(default_factory=LocalConfig)


def load_config(paths: Paths) -> Config:
    """Read both files; a key in `config.toml` wins over the same key in `settings.toml`.

    Raises:
        ConfigError: a file is not TOML, or a key is unknown or of the wrong type.
    """
    settings = _read(paths.settings_file)
    own = _read(paths.config_file)
    for path, table in ((paths.settings_file, settings), (paths.config_file, own)):
        _convert(table, path)
    return _convert(_merged(settings, own), paths.config_file)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", hint="mend the line, or move the file away") from error
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error


def _convert(table: dict[str, Any], path: Path) -> Config:
    try:
        return msgspec.convert(table, Config, dec_hook=_from_plain)
    except msgspec.ValidationError as error:
        mistakes = [*_mistakes(table, Config)] or [str(error)]
        raise ConfigError("\n".join(f"{path}: {mistake}" for mistake in mistakes), hint=_KEYS_HINT) from error


def _mistakes(table: dict[str, Any], kind: type[Struct], above: tuple[str, ...] = ()) -> Generator[str]:
    """Yield what is wrong with a table, key by key."""
    from difflib import get_close_matches  # only a mistake needs it

    known: dict[str, Any] = {known.name: known.type for known in fields(kind)}
    for name, value in table.items():
        key, wanted = join_key(*above, name), known.get(name)
        if wanted is None:
            near = get_close_matches(name, known, n=1)
            yield f"there is no key {key!r}" + (f" (did you mean {join_key(*above, *near)!r}?)" if near else "")
            continue
        inner = wanted if isinstance(wanted, type) and issubclass(wanted, Struct) else None
        each = next((kind for kind in get_args(wanted) if isinstance(kind, type) and issubclass(kind, Struct)), None)
        is_named_freely = get_origin(wanted) is dict
        if (inner := inner or (None if is_named_freely else each)) is not None and isinstance(value, dict):
            yield from _mistakes(cast("dict[str, Any]", value), inner, (*above, name))
        elif is_named_freely and each is not None and isinstance(value, dict):
            for part, held in cast("dict[str, Any]", value).items():
                if isinstance(held, dict):
                    yield from _mistakes(cast("dict[str, Any]", held), each, (*above, name, part))
                else:
                    yield f"{join_key(*above, name, part)} is a table, and {held!r} is none"
        else:
            try:
                msgspec.convert(cast("object", value), known[name], dec_hook=_from_plain)
            except msgspec.ValidationError as error:
                said, _, place = str(error).partition(" - at `$")
                yield f"{key}{place.rstrip('`')}: {said}"


def known_keys() -> Generator[tuple[str, str]]:
    """Yield every key that there is, dotted and with `NAME` for what is named freely, and what its value is."""
    yield from _keys_of(Config, ())


def _keys_of(kind: type[Struct], above: tuple[str, ...]) -> Generator[tuple[str, str]]:
    for key in fields(kind):
        place = (*above, key.name)
        inner = [each for each in (key.type, *get_args(key.type)) if isinstance(each, type)]
        table = next((each for each in inner if issubclass(each, Struct) and each is not Price), None)
        if table is None:
            yield ".".join(place), _in_words(key.type)
        else:
            yield from _keys_of(table, (*place, "NAME") if get_origin(key.type) is dict else place)


def _in_words(kind: Any) -> str:  # noqa: ANN401  # an annotation
    """Return what a value of a kind is, as somebody who writes TOML would say."""
    origin, inner = get_origin(kind), [each for each in get_args(kind) if each is not type(None)]
    if origin is Annotated:
        return _in_words(inner[0])
    if origin is Literal:
        return " ".join(map(str, inner))
    if origin in (list, tuple):
        return f"list of {_in_words(inner[0])}"
    if origin is dict:
        return f"table of {_in_words(inner[1])}"
    if inner:
        return " or ".join(dict.fromkeys(_in_words(each) for each in inner))
    return _WORDS.get(kind, "value")


def _from_plain(kind: type, value: object) -> Path:
    """Return what TOML has no type for: paths, `~` being the user's home."""
    if kind is not Path or not isinstance(value, str):
        raise TypeError(f"expected a path in quotes, got {value!r}")
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{value!r} begins with a user that is not known") from error


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _merged(cast("dict[str, Any]", old), cast("dict[str, Any]", value))
        else:
            merged[key] = value
    return merged


def set_value(paths: Paths, key: str, value: object) -> None:
    """Write a dotted `key` to `settings.toml`; a value of None removes it.

    Raises:
        ConfigError: the key stands in the user's own file, is unknown, or the value is of the wrong type.
    """
    keys = split_key(key)
    if is_users_own(paths, key):
        raise ConfigError(
            f"{key!r} is set in {paths.config_file}, which tchat does not write",
            hint=f"change it there, or take it out and run `tchat config set {key} …` again",
        )
    import tomli_w

    with changing_private(paths.settings_file):
        table = _read(paths.settings_file)
        _put(table, keys, value)
        if value is not None:
            _check(keys, value)
            _convert(table, paths.settings_file)
        write_private(paths.settings_file, tomli_w.dumps(table))


def _check(keys: list[str], value: object) -> None:
    """Make sure that a key is one, and that it may have a value.

    Raises:
        ConfigError: it is not so.
    """
    table: object = value
    for part in reversed(keys):
        table = {part: table}
    for mistake in _mistakes(cast("dict[str, Any]", table), Config):
        raise ConfigError(mistake, hint=_KEYS_HINT)


def is_users_own(paths: Paths, key: str) -> bool:
    """Whether a dotted `key` stands in `config.toml`, so that it can be changed there only.

    Raises:
        ConfigError: it is no key, or the file is wrong.
    """
    return _holds(_read(paths.config_file), split_key(key))


def join_key(*parts: str) -> str:
    """Return parts as a dotted key, each quoted that has to be; `split_key` gives them back."""
    return ".".join(part if _BARE.fullmatch(part) else _quoted(part) for part in parts)


def _quoted(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in escaped) + '"'


def split_key(key: str) -> list[str]:
    """Return the parts of a dotted key, quoted parts as TOML has them (`models."a/b".window`).

    Raises:
        ConfigError: it is no key.
    """
    no_key = ConfigError(f"{key!r} is not a key", hint='for example `model` or `models."ollama/llama".window`')
    try:
        table: object = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError as error:
        raise no_key from error
    keys: list[str] = []
    while isinstance(table, dict) and len(cast("dict[str, object]", table)) == 1:
        ((part, table),) = cast("dict[str, object]", table).items()
        keys.append(part)
    if table != 0:  # another line, or a comment, stands in it
        raise no_key
    return keys


def _holds(table: object, keys: list[str]) -> bool:
    for part in keys:
        if not isinstance(table, dict) or part not in table:
            return False
        table = cast("dict[str, object]", table)[part]
    return True


def _put(table: dict[str, Any], keys: list[str], value: object) -> None:
    *parents, last = keys
    for place, part in enumerate(parents, 1):
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{join_key(*keys[:place])!r} is no table, so that it has no {join_key(*keys[place:])!r}")
        table = cast("dict[str, Any]", inner)
    if value is None:
        table.pop(last, None)
    else:
        table[last] = value


def write_private(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step, readable by its owner only.

    Raises:
        ConfigError: it cannot be written.
    """
    with _told(path):
        write_whole(path, encodable(text).encode())


@contextmanager
def changing_private(path: Path) -> Generator[None]:
    """Read a file and `write_private` it again while nobody else does so.

    Raises:
        ConfigError: it cannot be written.
        StoreError: others have been at it for too long.
    """
    with _told(path), changing(path):
        yield


@contextmanager
def _told(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"cannot write {path}: {error.strerror}", hint="is the disk full, or the folder not yours?"
        ) from error
