"""The list of templates, on terminals of every width."""

from pathlib import Path

import pytest

from tchat.cli.layout import width_of
from tchat.cli.listing import found_by, listed_entries
from tchat.cli.terminal import Terminal
from tchat.templates.library import Entry

ENTRIES = (
    Entry(name="deep/vote", path=Path("v"), title="The majority of several samples wins", technique="self-consistency"),
    Entry(name="deep/long", path=Path("l"), title="\u6f22\u5b57" * 30, technique="own", tags=("Math",)),
    Entry(name="plain", path=Path("p"), title="No folder"),
    Entry(name="deep/bad", path=Path("b"), problem="b.toml:1: \x1b[31mwrong\nb.toml:2: too"),
)


@pytest.mark.parametrize("width", [20, 40, 80, 120, 200])
def test_the_list_fits_its_terminal(width: int) -> None:
    """No line is wider than the terminal, whatever stands in it."""
    lines = listed_entries(ENTRIES, Terminal(styled=True, colour=False, width=width))
    assert max(map(width_of, lines)) < width
    assert [line.strip() for line in lines if line.strip().endswith("/")] == ["./", "deep/"]
    assert "\x1b" not in "".join(lines)


def test_nothing_is_cut_without_a_terminal() -> None:
    """A pipe gets everything, one template a line."""
    lines = listed_entries(ENTRIES, Terminal(styled=False, colour=False))
    assert next(line for line in lines if "vote" in line).endswith("  self-consistency")
    assert "\u6f22\u5b57" * 30 in "\n".join(lines)


def test_all_words_and_tags_must_be_there() -> None:
    """In either case, and the technique in full."""
    assert [entry.name for entry in ENTRIES if found_by(("MAJORITY", "vote"), None, ())(entry)] == ["deep/vote"]
    assert [entry.name for entry in ENTRIES if found_by((), "OWN", ("math",))(entry)] == ["deep/long"]
    assert [entry.name for entry in ENTRIES if found_by((), "self", ())(entry)] == []
