"""Where attachments stand among the words: marks such as `[image 1]` say it, and stay readable as they are.

Law: without its attachments, an interleaved message is the text that the user wrote.
"""

import re
from collections.abc import Sequence

from tchat.domain.message import Attachment, AudioPart, DocumentPart, ImagePart, Part, TextPart, VideoPart

_MARK = re.compile(r"\[(image|pdf|audio|video) (\d{1,4})\]")


def kind_of(part: Attachment) -> str:
    """Return what an attachment is called in marks and on chips."""
    match part:
        case ImagePart():
            return "image"
        case DocumentPart():
            return "pdf"
        case AudioPart():
            return "audio"
        case VideoPart():
            return "video"


def mark_of(attachments: Sequence[Attachment], index: int) -> str:
    """Return the mark that stands for an attachment in the text: its kind, and its number among those of its kind."""
    kind = kind_of(attachments[index])
    number = sum(kind_of(part) == kind for part in attachments[: index + 1])
    return f"[{kind} {number}]"


def marks_of(attachments: Sequence[Attachment]) -> tuple[str, ...]:
    """Return the mark of each attachment."""
    return tuple(mark_of(attachments, index) for index in range(len(attachments)))


def moved(text: str, attachments: Sequence[Attachment], behind: int) -> str:
    """Return a text whose marks of `attachments` count on after so many others of their kind that stand before them.

    Args:
        text: speaks of the attachments by their numbers.
        attachments: those of the text, after the first `behind` of all.
        behind: how many of `attachments` belong to what comes before.
    """
    own = attachments[behind:]
    names = dict(zip(marks_of(own), marks_of(attachments)[behind:], strict=True))
    if not names:
        return text
    return re.compile("|".join(map(re.escape, names))).sub(lambda mark: names[mark[0]], text)


def interleaved(text: str, attached: Sequence[Attachment | TextPart]) -> tuple[Part, ...]:
    """Return the parts of a message: each attachment after the first mark of it in `text`, else before the text.

    A mark stays where it is, so that the text can speak of it; one that stands for no attachment is only text. Attached
    texts have no marks.
    """
    places = [place for place, part in enumerate(attached) if not isinstance(part, TextPart)]
    files = [part for part in attached if not isinstance(part, TextPart)]
    waiting = {mark_of(files, index): place for index, place in enumerate(places)}
    spoken: list[Part] = []
    placed: set[int] = set()
    begin = 0
    for found in _MARK.finditer(text):
        place = waiting.get(found[0])
        if place is not None and place not in placed:
            spoken += (TextPart(text[begin : found.end()]), attached[place])
            placed.add(place)
            begin = found.end()
    before = [part for place, part in enumerate(attached) if place not in placed]
    rest = (TextPart(text[begin:]),) if text[begin:] else ()
    return (*before, *spoken, *rest)
