"""Which model a name stands for: a reference, an alias, a role, a provider, or none at all."""

import difflib
from typing import Protocol

from tchat.config import Config
from tchat.domain.errors import NotFound
from tchat.domain.model import ModelRef
from tchat.domain.text import encodable
from tchat.providers.presets import ProviderSpec, parse_ref

EMBEDDED = "local"
"""The provider that needs no key, no account and no network."""

ROLES = ("fast", "strong", "judge", "vision")
"""Aliases that templates may name, whether the user has set them or not."""


class Surroundings(Protocol):
    """What names are looked up in."""

    config: Config

    @property
    def provider_names(self) -> tuple[str, ...]:
        """Every provider that can be named."""
        ...

    def spec(self, provider: str) -> ProviderSpec:
        """Return how a provider is reached."""
        ...

    def find_provider(self, model: str) -> str | None:
        """Return the provider of a model that is known, if it is."""
        ...

    def is_ready(self, provider: str) -> bool:
        """Whether a provider that needs a key has one."""
        ...


def named(name: str | None, world: Surroundings, *, fallback: str | None = None) -> ModelRef:
    """Return the model that a name stands for; the default model for None.

    A role that the user has given no model is the `fallback`, or the default; so is an alias of one.

    Raises:
        NotFound: the name says neither provider nor known model, or is an alias of itself.
    """
    name = _said(world, None if name is None else encodable(name), fallback)
    return _default(world) if name is None else _model(name, world)


def _model(name: str, world: Surroundings) -> ModelRef:
    """Return the model of a name that is no alias and no role."""
    if name in world.provider_names:
        return default_of(name, world)
    parsed = parse_ref(name, world.provider_names)
    if isinstance(parsed, ModelRef):
        return default_of(parsed.provider, world) if parsed.model == "default" else parsed
    provider = world.find_provider(parsed)
    if provider is None:
        prefix, slash, model = parsed.partition("/")
        near = difflib.get_close_matches(prefix, world.provider_names, n=1) if slash else []
        meant = f" (did you mean {f'{near[0]}/{model}'!r}?)" if near else ""
        raise NotFound(
            f"no provider is known for the model {parsed!r}{meant}",
            hint="write it as provider/model; `tchat models` lists what there is",
        )
    return ModelRef(provider, parsed)


def default_of(provider: str, world: Surroundings) -> ModelRef:
    """Return the usual model of a provider.

    Raises:
        NotFound: it has none.
    """
    model = world.spec(provider).default_model
    if model is None:
        raise NotFound(
            f"{provider} has no default model",
            hint=f"name one as {provider}/MODEL; `tchat models {provider}` lists them",
        )
    return ModelRef(provider, model)


def _default(world: Surroundings) -> ModelRef:
    name = _said(world, world.config.model)
    if name is not None:
        return _model(name, world)
    for provider in world.provider_names:
        if world.spec(provider).default_model and world.is_ready(provider):
            return default_of(provider, world)
    return default_of(EMBEDDED, world)


def _said(world: Surroundings, *names: str | None) -> str | None:
    """Return the first name that is no role without a model, aliases followed; None if one before it is none."""
    for name in names:
        found = None if name is None else _unaliased(name, world)
        if found not in ROLES:
            return found
    return None


def _unaliased(name: str, world: Surroundings) -> str:
    aliases, seen = world.config.aliases, set[str]()
    while name in aliases:
        if name in seen:
            raise NotFound(f"the alias {name!r} leads to itself", hint="`tchat config show` lists the aliases")
        seen.add(name)
        name = aliases[name]
    return name
