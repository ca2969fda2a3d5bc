"""What the picker lists: favourites first, groups by provider, what fits, and whatever was typed."""

import time

import pytest

from tchat.domain.model import ModelFacts, Price
from tchat.tui.model_rows import (
    Candidate,
    Heading,
    Keyless,
    ModelRow,
    Source,
    Typed,
    candidates_of,
    cells_of,
    rows_of,
    summary_of,
)


def _models(provider: str, *names: str) -> tuple[ModelFacts, ...]:
    return tuple(ModelFacts(provider=provider, name=name) for name in names)


SOURCES = (
    Source(provider="openai", state="listed", models=_models("openai", "gpt-6-sol", "gpt-6-luna")),
    Source(provider="anthropic", state="keyless", models=_models("anthropic", "claude-opus-5-5"), note="Enter adds it"),
    Source(provider="groq", state="failed", note="groq does not accept the key"),
    Source(provider="ollama", state="silent", note="does not answer"),
    Source(provider="lmstudio", state="silent", note="does not answer"),
)
CANDIDATES = candidates_of(SOURCES, ("openai/gpt-6-luna",), {"fast": "openai/gpt-6-luna", "best": "x/y"})


def _shown(rows: tuple[ModelRow, ...]) -> list[str]:
    return [f"# {row.title}: {row.note}" if isinstance(row, Heading) else row.key for row in rows]


def test_everything_is_listed_in_groups() -> None:
    """Favourites, providers with what is to be said of them, what does not run here in one line, then the keyless."""
    assert _shown(rows_of(SOURCES, CANDIDATES, "  ")) == [
        "# favourites: ", "openai/gpt-6-luna", "# openai: ", "openai/gpt-6-sol",
        "# groq: groq does not accept the key", "# not running here: ollama, lmstudio", "# needs a key: ", "anthropic/",
    ]  # fmt: skip


def test_what_fits_is_listed_alone() -> None:
    """Without headings; models of a provider without a key show the provider; what was typed can be used as it is."""
    assert _shown(rows_of(SOURCES, CANDIDATES, "gpt")) == ["openai/gpt-6-luna", "openai/gpt-6-sol", "use gpt"]
    assert _shown(rows_of(SOURCES, CANDIDATES, "opus")) == ["anthropic/", "use opus"]
    assert rows_of(SOURCES, CANDIDATES, "no/such") == (Typed("no/such"),)


def test_an_alias_finds_its_model() -> None:
    """It stands beside it, and typing it in full needs no row of its own."""
    (row,) = rows_of(SOURCES, CANDIDATES, "fast")
    assert isinstance(row, Candidate)
    assert row.aliases == ("fast",)
    assert summary_of(row).startswith("fast → openai/gpt-6-luna")


def test_a_name_in_full_is_not_offered_twice() -> None:
    """What is listed is not offered as what was typed."""
    assert _shown(rows_of(SOURCES, CANDIDATES, "openai/gpt-6-sol")) == ["openai/gpt-6-sol"]


@pytest.mark.parametrize(
    ("facts", "cells"),
    [
        (ModelFacts(provider="p", name="m"), ("?", "?", "?", "?")),
        (
            ModelFacts(provider="p", name="m", window=200_000, price=Price(input=2.5, output=15), vision=True,
                       efforts=("low", "medium", "high")),
            ("200k", "2.50 / 15", "low–high", "yes"),
        ),
        (
            ModelFacts(provider="p", name="m", window=1_048_576, price=Price(input=0, output=0), vision=False,
                       efforts=()),
            ("1.05M", "free", "–", "–"),
        ),
        (
            ModelFacts(provider="p", name="m", price=Price(input=0.075, output=0.3), efforts=("high",)),
            ("?", "0.075 / 0.30", "high", "?"),
        ),
    ],
)  # fmt: skip
def test_the_columns_say_what_is_known(facts: ModelFacts, cells: tuple[str, ...]) -> None:
    """Unknown is a question mark, none is a dash, nothing to pay is free."""
    assert cells_of(facts) == cells


def test_hostile_names_stay_on_one_line() -> None:
    """Titles and notes from strangers command no terminal."""
    facts = ModelFacts(provider="p", name="m", title="a\x1b[31m\nb")
    assert "\x1b" not in summary_of(Candidate(facts, "p/m", (), False, ""))
    assert "\n" not in summary_of(Candidate(facts, "p/m", (), False, ""))
    source = Source(provider="p", state="failed", note="x\n\x1by")
    assert rows_of([source], (), "") == (Heading("p", "x y"),)
    assert summary_of(Keyless("p", "note")) == "p needs a key: note"


@pytest.mark.parametrize("text", ["", "c", "claude", "vendor7/claude-300", "aaaaaaaaaaaa"])
def test_two_thousand_models_are_filtered_without_delay(text: str) -> None:
    """A key shows its result within a frame."""
    models = _models("openrouter", *(f"vendor{number % 40}/claude-{number}" for number in range(2_000)))
    sources = (Source(provider="openrouter", state="listed", models=models),)
    candidates = candidates_of(sources, ("openrouter/vendor1/claude-1",), {})
    best = 1.0
    for _ in range(3):
        began = time.thread_time()
        rows_of(sources, candidates, text)
        best = min(best, time.thread_time() - began)
    assert best < 0.06  # four times what it takes, for machines that are slow
