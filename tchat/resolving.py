"""Which model a name stands for: an alias, a role, a provider, or a model with its provider or without."""

import difflib
from collections.abc import Callable

from msgspec import Struct

from tchat.config import Config
from tchat.domain.errors import NotFound
from tchat.domain.model import ModelRef
from tchat.providers.presets import parse_ref

EMBEDDED = "local"
"""The provider that needs no key, no account and no network."""

ROLES = ("fast", "strong", "judge", "vision")
"""Aliases that templates may name, whether the user has set them or not."""


class ModelNames(Struct, frozen=True, kw_only=True):
    """The names that can be given here."""

    config: Config
    providers: tuple[str, ...]
    """Every provider that can be named, in the order in which a default model is looked for."""
    default_of: Callable[[str], str | None]
    """Returns the model that a provider is asked for where none is named."""
    is_ready: Callable[[str], bool]
    """Whether a provider that needs a key has one."""
    find_provider: Callable[[str], str | None]
    """Returns the provider that is known to have a model."""

    def resolve(self, name: str | None, fallback: str | None = None) -> ModelRef:
        """Return the model that a name stands for; the default model for None.

        A role that the user has given no model is the `fallback`, or the default.

        Raises:
            NotFound: the name says neither provider nor known model, or is an alias of itself.
        """
        name = self._without_role(name, fallback)
        return self._default() if name is None else self._named(name)

    def default_model(self, provider: str) -> ModelRef:
        """Return the model that a provider is asked for where none is named.

        Raises:
            NotFound: it has none.
        """
        model = self.default_of(provider)
        if model is None:
            raise NotFound(
                f"{provider} has no default model",
                hint=f"name one as {provider}/MODEL; `tchat models {provider}` lists them",
            )
        return ModelRef(provider, model)

    def _without_role(self, *names: str | None) -> str | None:
        """Return the first name, or the next one in place of a role that has no model; None if that is one too."""
        for name in names:
            found = None if name is None else self._unaliased(name)
            if found not in ROLES:
                return found
        return None

    def _unaliased(self, name: str) -> str:
        seen: set[str] = set()
        while name in self.config.aliases:
            if name in seen:
                raise NotFound(f"the alias {name!r} leads to itself", hint="`tchat config show` lists the aliases")
            seen.add(name)
            name = self.config.aliases[name]
        return name

    def _default(self) -> ModelRef:
        name = self._without_role(self.config.model)
        if name is not None:
            return self._named(name)
        for provider in self.providers:
            if self.default_of(provider) and self.is_ready(provider):
                return self.default_model(provider)
        return self.default_model(EMBEDDED)

    def _named(self, name: str) -> ModelRef:
        if name in self.providers:
            return self.default_model(name)
        parsed = parse_ref(name, self.providers)
        if isinstance(parsed, ModelRef):
            return self.default_model(parsed.provider) if parsed.model == "default" else parsed
        provider = self.find_provider(parsed)
        if provider is None:
            prefix, slash, model = parsed.partition("/")
            near = difflib.get_close_matches(prefix, self.providers, n=1) if slash else []
            meant = f" (did you mean {f'{near[0]}/{model}'!r}?)" if near else ""
            raise NotFound(
                f"no provider is known for the model {parsed!r}{meant}",
                hint="write it as provider/model; `tchat models` lists what there is",
            )
        return ModelRef(provider, parsed)
