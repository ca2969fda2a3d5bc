"""What the settings screen shows, and how what is typed there becomes settings."""

import re
import time
from typing import Literal

from msgspec import Struct

from tchat.config import ProviderConfig, is_users_own, join_key, set_value
from tchat.domain.effort import EFFORTS
from tchat.domain.errors import ConfigError, TchatError, UsageError
from tchat.domain.figures import seconds
from tchat.domain.text import one_line
from tchat.naming import ROLES
from tchat.providers.presets import KEYLESS, PRESETS, resolve
from tchat.runtime import Runtime

AccountState = Literal["ready", "no key", "no key needed", "wrong"]
FieldKey = Literal["model", "effort", "system", "budget.per_month", "budget.per_run"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Account(Struct, frozen=True, kw_only=True):
    """A provider, and where its key comes from."""

    provider: str
    state: AccountState
    place: str = ""
    """Where the key is: `environment NAME`, `keyring`, `command PROGRAM` or `file PATH`."""
    base_url: str = ""
    console: str = ""
    """Where a key is to be had."""
    is_own: bool = False
    """Whether it is an endpoint of the user's own that can be removed here."""
    takes_key: bool = True
    trouble: str = ""
    """Why it cannot be used."""


class Trial(Struct, frozen=True):
    """How a provider answered."""

    said: str
    good: bool


class Field(Struct, frozen=True, kw_only=True):
    """One setting as text."""

    text: str = ""
    fixed: str = ""
    """Why it cannot be changed here; empty if it can."""


class AliasRow(Struct, frozen=True, kw_only=True):
    """A short name for a model."""

    name: str
    target: str = ""
    """Empty for a role that stands for the default model."""
    fixed: str = ""


# --- providers and keys


def accounts(runtime: Runtime) -> tuple[Account, ...]:
    """Return every provider; it takes as long as the keyring does."""
    return tuple(_account(runtime, name) for name in runtime.provider_names if name != "script")


def _account(runtime: Runtime, name: str) -> Account:
    try:
        spec = runtime.spec(name)
        is_own = name not in PRESETS and not is_users_own(runtime.paths, join_key("providers", name))
    except TchatError as error:
        return Account(provider=name, state="wrong", trouble=_words(error))
    try:
        plan = spec.key_plan
        takes_key = spec.takes_key
        found = runtime.keys.place(plan) if takes_key and (plan.needed or plan.variables) else None
        state: AccountState = "ready" if found else "no key" if plan.needed else "no key needed"
        place, trouble = " ".join(found) if found else "", ""
    except TchatError as error:
        state, place, trouble, takes_key = "wrong", "", _words(error), True
    return Account(
        provider=name,
        state=state,
        place=place,
        base_url=spec.base_url,
        console=spec.console,
        is_own=is_own,
        takes_key=takes_key,
        trouble=trouble,
    )


async def try_out(runtime: Runtime, provider: str) -> Trial:
    """Ask a provider for its models, which needs a working key and costs nothing, and say how it went."""
    began = time.monotonic()
    try:
        models = await runtime.list_models(provider)
    except TchatError as error:
        return Trial(_words(error), good=False)
    took = seconds(time.monotonic() - began)
    count = "1 model" if len(models) == 1 else f"{len(models):,} models"
    return Trial(f"answers in {took} with {count}", good=True)


def set_endpoint(runtime: Runtime, name: str, base_url: str) -> None:
    """Keep where a provider is reached; without a URL a known one goes back to its own, one's own is forgotten.

    Raises:
        UsageError: the name cannot be one.
        ConfigError: the URL is none, or the provider stands in the user's own file.
    """
    name, base_url = name.strip(), base_url.strip()
    preset = PRESETS.get(name)
    if not _NAME.fullmatch(name) or (preset is not None and preset.kind in KEYLESS):
        raise UsageError(
            f"{name!r} cannot be the name of an endpoint", hint="letters, digits, - and _, for example lab"
        )
    if not base_url:
        key = ("providers", name, "base_url") if preset else ("providers", name)
        set_value(runtime.paths, join_key(*key), None)
        if preset is None:
            runtime.keys.remove(name)
        return
    resolve(name, ProviderConfig(base_url=base_url), {})
    set_value(runtime.paths, join_key("providers", name, "base_url"), base_url)


# --- plain settings


def fields(runtime: Runtime) -> dict[FieldKey, Field]:
    """Return the plain settings by their keys."""
    config = runtime.config
    texts: dict[FieldKey, str] = {
        "model": config.model or "",
        "effort": config.effort or "",
        "system": config.system or "",
        "budget.per_month": _amount(config.budget.per_month),
        "budget.per_run": _amount(config.budget.per_run),
    }
    return {key: Field(text=text, fixed=fixed_reason(runtime, key)) for key, text in texts.items()}


def set_field(runtime: Runtime, key: FieldKey, text: str) -> None:
    """Keep a setting; an empty text goes back to the default.

    Raises:
        UsageError: the text is no such value.
        ConfigError: the setting stands in the user's own file.
    """
    text = text.strip()
    value: object = text or None
    if text and key == "model":
        runtime.resolve(text)
    elif text and key == "effort" and text not in EFFORTS:
        raise UsageError(f"there is no effort {text!r}", hint=f"one of {', '.join(EFFORTS)}")
    elif text and key.startswith("budget."):
        value = _dollars(text)
    set_value(runtime.paths, key, value)


def fixed_reason(runtime: Runtime, key: str) -> str:
    """Return why a setting cannot be changed here; nothing if it can."""
    try:
        is_fixed = is_users_own(runtime.paths, key)
    except ConfigError as error:
        return _words(error)
    return f"set in {runtime.paths.config_file}, which tchat does not write" if is_fixed else ""


def _dollars(text: str) -> float:
    try:
        amount = float(text.removeprefix("$").replace(",", ""))
    except ValueError:
        amount = -1.0
    if not 0 <= amount < float("inf"):
        raise UsageError(f"{one_line(text)!r} is no amount of US dollars", hint="for example 20 or 0.50")
    return amount


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


# --- aliases


def alias_rows(runtime: Runtime) -> tuple[AliasRow, ...]:
    """Return the roles and every other alias."""
    names = dict.fromkeys((*ROLES, *runtime.config.aliases))
    return tuple(
        AliasRow(
            name=name,
            target=runtime.config.aliases.get(name, ""),
            fixed=fixed_reason(runtime, join_key("aliases", name)),
        )
        for name in names
    )


def set_alias(runtime: Runtime, name: str, target: str) -> None:
    """Keep what an alias stands for; without a target it is forgotten.

    Raises:
        UsageError: the name cannot be one.
        NotFound: no model is known by the target.
        ConfigError: the alias stands in the user's own file.
    """
    name, target = name.strip(), target.strip()
    if not _NAME.fullmatch(name) or name in runtime.provider_names:
        raise UsageError(f"{one_line(name)!r} cannot be an alias", hint="letters, digits, - and _; no provider's name")
    if target:
        runtime.resolve(target)
    end, seen = target, {name}
    while end in runtime.config.aliases and end not in seen:
        seen.add(end)
        end = runtime.config.aliases[end]
    if end in seen:
        raise UsageError(f"the alias {name!r} would lead to itself")
    set_value(runtime.paths, join_key("aliases", name), target or None)


def _words(error: TchatError) -> str:
    return one_line(f"{error.message}; {error.hint}" if error.hint else error.message)
