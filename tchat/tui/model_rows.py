"""What the model picker lists: headings, models, providers without a key, and whatever is typed."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from tchat.domain.figures import short_count
from tchat.domain.model import ModelFacts
from tchat.domain.text import one_line
from tchat.tui.fuzzy import Query

State = Literal["known", "asking", "listed", "failed", "silent", "keyless"]
"""How far a provider is: only what is known without it, asked, answered, failed, not running here, without a key."""

_FAVOURED = 4.0
"""What a favourite is worth beside others that fit as well."""


class Source(Struct, frozen=True, kw_only=True):
    """A provider and what it has."""

    provider: str
    state: State = "known"
    models: tuple[ModelFacts, ...] = ()
    note: str = ""
    """What went wrong, or how to add a key."""


class Candidate(Struct, frozen=True):
    """A model that can be chosen."""

    facts: ModelFacts
    key: str
    """Its reference."""
    aliases: tuple[str, ...]
    is_favourite: bool
    folded: str
    """What is searched, in lower case; it begins with the reference."""


class Heading(Struct, frozen=True):
    """Stands above the models of a provider."""

    title: str
    note: str = ""


class Keyless(Struct, frozen=True):
    """A provider that needs a key."""

    provider: str
    note: str

    @property
    def key(self) -> str:
        """What it is told apart by."""
        return f"{self.provider}/"


_SCRIPT = "script"
"""The provider that plays replies from files; it is there for whoever tries something out, and told last."""


class Typed(Struct, frozen=True):
    """What was typed, taken as the name of a model."""

    text: str

    @property
    def key(self) -> str:
        """What it is told apart by."""
        return f"use {self.text}"


Choice: TypeAlias = Candidate | Keyless | Typed
"""What the cursor can be on."""
ModelRow: TypeAlias = Heading | Choice


class Cells(NamedTuple):
    """The columns beside a model's name."""

    window: str
    price: str
    efforts: str
    vision: str


def candidates_of(
    sources: Sequence[Source], favourites: Sequence[str], aliases: Mapping[str, str]
) -> tuple[Candidate, ...]:
    """Return the models that can be chosen.

    Args:
        sources: the providers, in their order.
        favourites: references.
        aliases: the reference that each stands for.
    """
    names: dict[str, list[str]] = {}
    for alias, ref in aliases.items():
        names.setdefault(ref, []).append(alias)
    favoured = frozenset(favourites)
    return tuple(
        _candidate(facts, tuple(names.get(str(facts.ref), ())), favoured)
        for source in sources
        if source.state != "keyless"
        for facts in source.models
    )


def _candidate(facts: ModelFacts, aliases: tuple[str, ...], favoured: frozenset[str]) -> Candidate:
    ref = str(facts.ref)
    folded = f"{ref} {' '.join(aliases)} {facts.title}" if aliases or facts.title else ref
    return Candidate(facts, ref, aliases, ref in favoured, folded.lower())


def rows_of(sources: Sequence[Source], candidates: Sequence[Candidate], query: str) -> tuple[ModelRow, ...]:
    """Return the rows for what is typed: everything in groups, or what fits, the best first."""
    text = query.strip()
    if not text:
        real = [source for source in sources if source.provider != _SCRIPT]
        scripted = [source for source in sources if source.provider == _SCRIPT]
        listed = (*_favourites(candidates), *_groups(real, candidates), *_keyless(sources))
        return (*listed, *_groups(scripted, candidates))
    found = matching(candidates, Query(text))
    words = text.lower().split()
    keyless = [
        Keyless(source.provider, source.note)
        for source in sources
        if source.state == "keyless" and _mentions(source, words)
    ]
    is_listed = any(row.key == text or text in row.aliases for row in found)
    return (*found, *keyless, *(() if is_listed else (Typed(text),)))


def matching(candidates: Sequence[Candidate], query: Query) -> list[Candidate]:
    """Return what fits, the best first; of equal ones, favourites first, then in the order given."""
    scored: list[tuple[float, int]] = []
    for place, candidate in enumerate(candidates):
        score = query.score(candidate.folded)
        if score:
            scored.append((-score - _FAVOURED * candidate.is_favourite, place))
    scored.sort()
    return [candidates[place] for _, place in scored]


def _favourites(candidates: Sequence[Candidate]) -> list[ModelRow]:
    rows: list[ModelRow] = [candidate for candidate in candidates if candidate.is_favourite]
    return [Heading("favourites"), *rows] if rows else []


def _groups(sources: Sequence[Source], candidates: Sequence[Candidate]) -> list[ModelRow]:
    own: dict[str, list[ModelRow]] = {}
    for candidate in candidates:
        if not candidate.is_favourite:
            own.setdefault(candidate.facts.provider, []).append(candidate)
    rows: list[ModelRow] = []
    for source in sources:
        group = own.get(source.provider, [])
        if source.state == "keyless" or (source.state == "silent" and not source.models):
            continue
        if group or not source.models:
            rows += [Heading(source.provider, _state_note(source)), *group]
    silent = [source.provider for source in sources if source.state == "silent" and not source.models]
    if silent:
        rows.append(Heading("not running here", ", ".join(silent)))
    return rows


def _keyless(sources: Sequence[Source]) -> list[ModelRow]:
    rows: list[ModelRow] = [Keyless(source.provider, source.note) for source in sources if source.state == "keyless"]
    return [Heading("needs a key"), *rows] if rows else []


def _state_note(source: Source) -> str:
    match source.state:
        case "asking":
            return "asking …"
        case "failed" | "silent":
            return one_line(source.note)
        case "listed" if not source.models:
            return "lists no models; any name can be typed"
        case _:
            return ""


def _mentions(source: Source, words: list[str]) -> bool:
    """Whether a provider, or one of the models that are known of it, has all these words in its name."""
    names = (f"{source.provider}/", *(str(facts.ref).lower() for facts in source.models))
    return any(all(word in name for word in words) for name in names)


def cells_of(facts: ModelFacts) -> Cells:
    """Return the columns of a model; `?` is unknown, a dash is none."""
    vision = {True: "yes", False: "–", None: "?"}[facts.vision]
    return Cells(short_count(facts.window), price_of(facts), efforts_of(facts), vision)


def price_of(facts: ModelFacts) -> str:
    """Return US dollars for a million tokens, in and out."""
    price = facts.price
    if price is None:
        return "?"
    if price.input == 0 and price.output == 0:
        return "free"
    return f"{_dollars(price.input)} / {_dollars(price.output)}"


def efforts_of(facts: ModelFacts) -> str:
    """Return the least and the most effort that a model has."""
    if facts.efforts is None:
        return "?"
    if not facts.reasons:
        return "–"
    first, last = facts.efforts[0], facts.efforts[-1]
    return first if first == last else f"{first}–{last}"


def _dollars(amount: float) -> str:
    text = f"{amount:.3f}".rstrip("0").rstrip(".")
    return f"{text}0" if len(text.partition(".")[2]) == 1 else text


def summary_of(row: Choice | None) -> str:
    """Return what the line below the list says of the row under the cursor."""
    match row:
        case Candidate(facts, key, aliases):
            also = "".join(f"  {one_line(alias)} →" for alias in aliases).strip()
            title = f"  {one_line(facts.title)}" if facts.title else ""
            dated = f"  facts of {facts.as_of}" if facts.as_of else ""
            return f"{also} {one_line(key)}{title}{dated}".strip()
        case Keyless(provider, note):
            return f"{provider} needs a key: {note}"
        case Typed(text):
            return f"asks for {one_line(text)}, listed or not"
        case None:
            return ""
