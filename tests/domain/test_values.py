"""Laws of the small values: effort, identifiers, usage, printable text."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tchat.domain.effort import EFFORTS, Effort, nearest
from tchat.domain.ids import id_maker, ulid
from tchat.domain.text import one_line, printable
from tchat.domain.usage import Usage, token_count, total

efforts = st.sampled_from(EFFORTS)
counts = st.none() | st.integers(0, 10**9)
usages = st.builds(Usage, input=counts, cached_read=counts, cached_write=counts, output=counts, reasoning=counts)


@given(efforts, st.lists(efforts, min_size=1, unique=True))
def test_nearest_effort_is_a_level_that_the_model_has(wanted: Effort, available: list[Effort]) -> None:
    """A level that exists is kept, and any other becomes one that no other level is closer than."""
    found = nearest(wanted, tuple(available))
    assert found in available
    assert found is not None
    gap = abs(EFFORTS.index(found) - EFFORTS.index(wanted))
    assert all(gap <= abs(EFFORTS.index(level) - EFFORTS.index(wanted)) for level in available)


def test_nearest_effort_of_a_model_without_levels_is_none() -> None:
    """A model that does not reason has no nearest level."""
    assert nearest("high", ()) is None


def test_ulid_has_the_published_form() -> None:
    """The time of the specification's example comes out as its first ten characters."""
    assert ulid(1469918176385, 0)[:10] == "01ARYZ6S41"
    assert len(ulid(2**48 - 1, 2**80 - 1)) == 26


@given(st.lists(st.floats(1e9, 2e9), min_size=2, max_size=50))
def test_ids_grow_whatever_the_clock_does(times: list[float]) -> None:
    """Identifiers of one maker sort in the order they were made, with a clock that stands still or goes back."""
    clock = iter(times)
    make = id_maker(lambda: next(clock))
    made = [make() for _ in times]
    assert made == sorted(set(made))


@given(usages, usages)
def test_usage_never_decreases(before: Usage, later: Usage) -> None:
    """A later figure replaces an earlier one only by a larger one, and unknown never hides known."""
    raised = before.raised_to(later)
    for name in ("input", "cached_read", "cached_write", "output", "reasoning"):
        known = [value for value in (getattr(before, name), getattr(later, name)) if value is not None]
        assert getattr(raised, name) == (max(known) if known else None)


def test_token_count_takes_only_plausible_figures() -> None:
    """Null, text, truth values, negatives and astronomic numbers are no token counts."""
    assert [token_count(value) for value in (7, 7.0, 0)] == [7, 7, 0]
    assert [token_count(value) for value in (None, "7", True, -1, 10**20)] == [None] * 5
    assert total(None, 3, 4) == 7
    assert total(None, None) is None


@given(st.text(st.characters(), max_size=200))
def test_printable_text_commands_no_terminal(text: str) -> None:
    """No control character but tab and newline is left, and everything else is kept."""
    safe = printable(text)
    assert all(unicodedata.category(character) not in {"Cc", "Cs"} or character in "\t\n" for character in safe)
    safe.encode()
    kept = [character for character in text if unicodedata.category(character)[0] in "LNPSZ"]
    assert [character for character in safe if unicodedata.category(character)[0] in "LNPSZ"] == kept


def test_printable_text_defuses_known_attacks() -> None:
    """Clipboard, title, colour and C1 sequences lose what makes them sequences."""
    hostile = "a\x1b]52;c;aGk=\x07b\x9b31mc\x1b[2Jd\r\ne\rf\u202eg"
    assert printable(hostile) == "a]52;c;aGk=b31mc[2Jd\ne\nfg"
    assert one_line("  a\n\tb\x1b  ") == "a b"


def test_line_ends_of_every_kind_are_newlines() -> None:
    """Words on two lines are never glued together; a return that may be half of a line end waits for the other half."""
    assert printable("a\rb\r\nc\x0bd\x0ce\x85f\r") == "a\nb\nc\nd\ne\nf"
    assert one_line("a\rb\x0bc\x85d") == "a b c d"
