"""Where attachments stand among the words."""

from hypothesis import given
from hypothesis import strategies as st

from tchat.domain.interleaving import interleaved, mark_of
from tchat.domain.message import Attachment, DocumentPart, ImagePart, Message, TextPart

ONE, TWO = (ImagePart(digest=name, media_type="image/png") for name in "ab")
PAPER = DocumentPart(digest="c", media_type="application/pdf")
NOTE = TextPart("<document/>")


def test_marks_decide_where_attachments_stand() -> None:
    """Each stands after the first mark of it; those without a mark stand before the text, in their order."""
    text = "Compare [image 2] with [image 1]: is [image 2] newer? [image 3]"
    assert interleaved(text, (ONE, NOTE, TWO, PAPER)) == (
        NOTE,
        PAPER,
        TextPart("Compare [image 2]"),
        TWO,
        TextPart(" with [image 1]"),
        ONE,
        TextPart(": is [image 2] newer? [image 3]"),
    )


def test_attachments_are_numbered_by_their_kind() -> None:
    """As chips are."""
    files = (ONE, PAPER, TWO)
    assert [mark_of(files, index) for index in range(3)] == ["[image 1]", "[pdf 1]", "[image 2]"]


@given(
    st.lists(st.sampled_from(["[image 1]", "[image 2]", "[pdf 1]", " ", "so", "[image"]), max_size=9),
    st.lists(st.sampled_from([ONE, TWO, PAPER]), max_size=4),
)
def test_without_attachments_the_text_is_what_was_written(words: list[str], files: list[Attachment]) -> None:
    """And no attachment is lost or doubled."""
    text = "".join(words)
    message = Message("user", interleaved(text, files))
    assert message.text == text
    assert sorted(part.key for part in message.attachments) == sorted(part.key for part in files)
