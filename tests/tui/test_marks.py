"""Marks of attachments in a text that is being written."""

from hypothesis import given
from hypothesis import strategies as st

from tchat.domain.draft import Draft
from tchat.domain.interleaving import interleaved, marks_of, moved
from tchat.domain.message import Attachment, DocumentPart, ImagePart
from tchat.tui.marks import without
from tchat.tui.outbox import joined


def _parts(kinds: str) -> list[Attachment]:
    kinds_of: dict[str, type[ImagePart | DocumentPart]] = {"i": ImagePart, "p": DocumentPart}
    return [kinds_of[kind](digest=str(number), media_type="x/y") for number, kind in enumerate(kinds)]


def test_the_mark_of_what_is_removed_goes_with_it() -> None:
    """With the blank before it, and the others are numbered anew."""
    parts = _parts("ipi")
    assert without("Is [image 1] in [pdf 1] like [image 2]?", parts, 0) == "Is in [pdf 1] like [image 1]?"
    assert without("[image 2] and [image 9]", parts, 2) == " and [image 9]"


@given(kinds=st.text("ip", min_size=1, max_size=6), data=st.data())
def test_a_mark_stands_for_the_same_attachment(kinds: str, data: st.DataObject) -> None:
    """Whatever is removed: what is sent after each mark is what was sent after it before."""
    parts = _parts(kinds)
    index = data.draw(st.integers(0, len(parts) - 1))
    text = " then ".join(data.draw(st.permutations(marks_of(parts))))
    left = [part for part in parts if part is not parts[index]]
    before = [part for part in interleaved(text, parts) if isinstance(part, Attachment)]
    after = [part for part in interleaved(without(text, parts, index), left) if isinstance(part, Attachment)]
    assert after == [part for part in before if part is not parts[index]]


def test_joined_drafts_number_their_marks_on() -> None:
    """The second text's first image is the third one of both."""
    first, second = _parts("iip"), [ImagePart(digest="x", media_type="x/y")]
    both = joined(
        Draft(text="[image 2]", attachments=tuple(first)), Draft(text="[image 1]!", attachments=tuple(second))
    )
    assert both.text == "[image 2]\n\n[image 3]!"
    assert moved("no mark", first, 1) == "no mark"
