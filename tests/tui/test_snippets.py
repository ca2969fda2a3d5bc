"""Laws of the passage of a hit on one line."""

from hypothesis import given, settings
from hypothesis import strategies as some
from rich.cells import cell_len

from tchat.store.search import Piece
from tchat.tui.snippets import snippet_line

pieces = some.lists(
    some.builds(Piece, some.text(alphabet="ab \n日本é\x1b́🎉", max_size=60), some.booleans()), max_size=6
).map(tuple)


def text(line: tuple[Piece, ...]) -> str:
    """Return what the line shows."""
    return "".join(piece.text for piece in line)


@given(pieces, some.integers(1, 80))
@settings(max_examples=100)
def test_snippet_fits_on_one_printable_line(found: tuple[Piece, ...], width: int) -> None:
    """Whatever was found, the line is no wider than its room and holds no control character."""
    line = snippet_line(found, width)
    assert cell_len(text(line)) <= width
    assert all(character.isprintable() for character in text(line))


def test_snippet_shows_the_first_match_however_late_it_comes() -> None:
    """What stands before the match gives way to it."""
    line = snippet_line(
        (Piece("word " * 40, is_match=False), Piece("moon", is_match=True), Piece(" landing", is_match=False)), 40
    )
    assert [piece.text for piece in line if piece.is_match] == ["moon"]
    assert text(line).startswith("…word")
    assert text(line).endswith("moon landing")


def test_snippet_that_fits_is_left_as_it_is() -> None:
    """Nothing is cut where there is room."""
    whole = (Piece("the ", is_match=False), Piece("moon", is_match=True))
    assert snippet_line(whole, 8) == whole


def test_snippet_without_blanks_still_shows_the_match() -> None:
    """Chinese and Japanese have no words to cut at."""
    line = snippet_line((Piece("日本語" * 30, is_match=False), Piece("月面", is_match=True)), 30)
    assert "月面" in text(line)
    assert text(line).startswith("…日本語"[:1])


def test_snippet_keeps_the_end_that_has_room() -> None:
    """Where the end is cut an ellipsis says so."""
    line = snippet_line((Piece("moon", is_match=True), Piece(" landing" * 20, is_match=False)), 20)
    assert text(line) == "moon landing landin…"
