"""What a message holds beside its text, in words."""

import pytest

from tchat.domain.interleaving import interleaved
from tchat.domain.message import AudioPart, DocumentPart, ImagePart, VideoPart
from tchat.tui.attached import bytes_of, facts_of, names_of, size_of, spoken, tokens_of

PICTURE = ImagePart(digest="a", media_type="image/png", width=1200, height=800, size=84_200)
PAPER = DocumentPart(digest="b", media_type="application/pdf", pages=12)
SPEECH = AudioPart(digest="c", media_type="audio/x-wav", seconds=75.0)
FILM = VideoPart(digest="d", media_type="video/mp4", size=2_400_000)


def test_parts_are_named_and_measured() -> None:
    """Each kind in its own measure, numbered within its kind."""
    assert names_of([PICTURE, PAPER, PICTURE, SPEECH, FILM]) == ["image 1", "pdf 1", "image 2", "audio 1", "video 1"]
    assert [size_of(part) for part in (PICTURE, PAPER, SPEECH, FILM)] == ["1200×800", "12 pages", "1:15", ""]
    assert facts_of(PICTURE) == "1200×800 · PNG · 84 kB"
    assert facts_of(SPEECH) == "1:15 · WAV"
    assert facts_of(FILM) == "MP4 · 2.4 MB"
    assert [bytes_of(size) for size in (12, 999_499, 1_000_000)] == ["12 B", "999 kB", "1.0 MB"]


def test_tokens_are_those_of_the_model_and_the_detail() -> None:
    """By the formulas of each kind."""
    assert tokens_of(PICTURE, "claude-opus-5-5") == 1_247
    assert tokens_of(PICTURE, "gpt-4o", "low") == 85
    assert tokens_of(PAPER, "gemini-3.8-flash") == 12 * 1_160
    assert tokens_of(SPEECH, "gemini-3.8-flash") == 75 * 32


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("no mark", [("", [0]), ("", [1]), ("no mark", [])]),
        ("in [image 1]?\nAnd then", [("", [0]), ("in [image 1]?", [1]), ("And then", [])]),
        ("[pdf 1] and [image 1].", [("[pdf 1] and [image 1].", [0, 1])]),
        ("one\n[image 1]\ntwo [pdf 1]", [("one\n[image 1]", [0]), ("two [pdf 1]", [1])]),
    ],
)
def test_attachments_stand_below_their_lines(text: str, lines: list[tuple[str, list[int]]]) -> None:
    """A line is never torn apart, and what no mark speaks of comes first."""
    assert spoken(interleaved(text, (PICTURE, PAPER) if "[pdf 1] and" not in text else (PAPER, PICTURE))) in (
        lines,
        [(said, [1 - n for n in places]) for said, places in lines],
    )
