"""What is known of each model: dated facts that ship with tchat, under the provider's own list, under the user's word.

A model that nobody knows of is as good as any other: its facts are unknown, and unknown forbids nothing.
"""

import contextlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tchat.config import Kind, ModelConfig
from tchat.domain.model import ModelFacts, ModelRef
from tchat.providers.presets import PRESETS, ProviderSpec
from tchat.whole_files import write_whole

FOLDER = Path(__file__).with_name("facts")
"""The shipped facts: one file for each API or family, so that only what is asked for is read."""

_BY_KIND: dict[Kind, tuple[str, ...]] = {
    "openai": ("openai",),
    "anthropic": ("anthropic",),
    "gemini": ("gemini",),
    "compatible": ("open",),
    "local": ("own", "open"),
    "scripted": ("own",),
}
_DATE = re.compile(r"-20\d\d-?[01]\d-?[0-3]\d$")
_WILD = re.compile(r"[*?\[]")
_PLAIN = (
    "window",
    "max_output",
    "efforts",
    "default_effort",
    "budget",
    "vision",
    "documents",
    "audio",
    "video",
    "draws",
    "sampling",
    "sampling_at",
    "stops",
    "seeds",
    "structured",
    "price",
)
"""The facts that are None where they are unknown."""


class Sheet(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of facts. A model's facts are those of its first entry here, over what holds for every model."""

    as_of: str
    every: dict[str, Any] = {}
    model: tuple[dict[str, Any], ...] = ()

    def facts(self, name: str) -> dict[str, Any]:
        """Return what the file says of a model, by the names in `ModelFacts`; empty if nothing."""
        name = name.lower()
        names = {name, _DATE.sub("", name), name.rpartition("/")[2]}
        entry = next((entry for entry in self.model if _matches(entry["match"], names)), self.every)
        facts = {key: value for key, value in (self.every | entry).items() if key != "match"}
        return {**facts, "as_of": self.as_of} if facts else {}

    def names(self) -> Iterator[str]:
        """Yield the models that entries name in full."""
        for entry in self.model:
            yield from (glob for glob in _globs(entry["match"]) if not _WILD.search(glob))


class Catalogue:
    """Facts of models. Files are read when a model is asked for, each once."""

    def __init__(self, lists: Path | None, overrides: Mapping[str, ModelConfig]) -> None:
        self._lists = lists
        self._overrides = overrides
        self._sheets: dict[str, Sheet] = {}
        self._listings: dict[str, msgspec.Raw] | None = None
        self._listed: dict[str, dict[str, ModelFacts]] = {}

    @classmethod
    def load(cls, *, lists: Path | None, overrides: dict[str, ModelConfig]) -> "Catalogue":
        """Return the catalogue of this machine's user.

        Args:
            lists: the file of the providers' own lists, which need not exist; None keeps none.
            overrides: what the user says, by `provider/model`.
        """
        return cls(lists, overrides)

    def facts(self, ref: ModelRef, spec: ProviderSpec) -> ModelFacts:
        """Return what is known of a model: the user's word first, then the provider's list, then the shipped facts.

        Args:
            ref: the model.
            spec: its provider; the kind of API and the server behind it decide which files speak of the model.
        """
        facts = self._shipped(ref, spec)
        listed = self._list_of(ref.provider).get(ref.model)
        if listed is not None:
            facts = _over(listed, facts)
        override = self._overrides.get(str(ref))
        return _sound(facts if override is None else _overridden(facts, override))

    def known(self, spec: ProviderSpec) -> tuple[ModelFacts, ...]:
        """Return the models of a provider that have a name: the listed ones first, then shipped and user's ones."""
        prefix = f"{spec.name}/"
        names = [
            *self._list_of(spec.name),
            *(name for source in _sources(spec) for name in self._sheet(source).names()),
            *(key.removeprefix(prefix) for key in self._overrides if key.startswith(prefix)),
        ]
        return tuple(self.facts(ModelRef(spec.name, name), spec) for name in dict.fromkeys(names))

    def find_provider(self, model: str) -> str | None:
        """Return the provider that a bare model name belongs to; None if there is none, or more than one.

        The families that only one well-known provider serves go first, then the providers' own lists.
        """
        for preset in PRESETS.values():
            if any(fnmatchcase(model, glob) for glob in preset.families):
                return preset.name
        listing = [provider for provider in self._raw_lists() if model in self._list_of(provider)]
        return listing[0] if len(listing) == 1 else None

    def remember(self, provider: str, models: tuple[ModelFacts, ...]) -> None:
        """Keep a provider's own list for the next time, in one step; a cache that cannot be written is not kept."""
        self._listed[provider] = {facts.name: replace(facts, listed=True) for facts in models}
        if self._lists is None:
            return
        listings = {**_read_lists(self._lists), provider: msgspec.Raw(msgspec.json.encode(models))}
        self._listings = listings
        with contextlib.suppress(OSError):
            write_whole(self._lists, msgspec.json.encode(listings))

    def _shipped(self, ref: ModelRef, spec: ProviderSpec) -> ModelFacts:
        facts: dict[str, Any] = {}
        for source in _sources(spec):
            facts = {**self._sheet(source).facts(ref.model), **facts}
        return msgspec.convert({**facts, "provider": ref.provider, "name": ref.model}, ModelFacts)

    def _sheet(self, source: str) -> Sheet:
        if source not in self._sheets:
            table = tomllib.loads((FOLDER / f"{source}.toml").read_text("utf-8"))
            self._sheets[source] = msgspec.convert(table, Sheet)
        return self._sheets[source]

    def _raw_lists(self) -> dict[str, msgspec.Raw]:
        if self._listings is None:
            self._listings = _read_lists(self._lists) if self._lists else {}
        return self._listings

    def _list_of(self, provider: str) -> dict[str, ModelFacts]:
        if provider not in self._listed:
            self._listed[provider] = _decoded(self._raw_lists().get(provider))
        return self._listed[provider]


def _sources(spec: ProviderSpec) -> tuple[str, ...]:
    preset = PRESETS.get(spec.preset)
    return preset.catalogues if preset else _BY_KIND[spec.kind]


def _globs(match: str | list[str]) -> list[str]:
    return [match] if isinstance(match, str) else match


def _matches(match: str | list[str], names: set[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in _globs(match) for name in names)


def _read_lists(file: Path) -> dict[str, msgspec.Raw]:
    """Return the lists by provider, undecoded; a missing or broken file holds none."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, msgspec.Raw])
    except (OSError, msgspec.DecodeError):
        return {}


def _decoded(listing: msgspec.Raw | None) -> dict[str, ModelFacts]:
    if listing is None:
        return {}
    try:
        models = msgspec.json.decode(listing, type=tuple[ModelFacts, ...])
    except msgspec.DecodeError:
        return {}
    return {facts.name: replace(facts, listed=True) for facts in models}


def _over(listed: ModelFacts, shipped: ModelFacts) -> ModelFacts:
    """Return the provider's own word, and the shipped facts where it says nothing."""
    facts = {name: getattr(listed, name) for name in _PLAIN if getattr(listed, name) is not None}
    if listed.efforts is not None and listed.effort_style != "level":
        facts["effort_style"] = listed.effort_style
    return replace(shipped, **facts, title=listed.title or shipped.title, listed=True)


def _overridden(facts: ModelFacts, override: ModelConfig) -> ModelFacts:
    said = {name: value for name in override.__struct_fields__ if (value := getattr(override, name)) is not None}
    if override.sampling is not None:
        said["sampling_at"] = None
    if override.price is not None:
        said["price"] = replace(override.price, source="settings")
    return replace(facts, **said)


def _sound(facts: ModelFacts) -> ModelFacts:
    """Return facts that agree with each other: the default effort is a level that the model has."""
    if facts.efforts is None or facts.default_effort in (None, *facts.efforts):
        return facts
    return replace(facts, default_effort=None)
