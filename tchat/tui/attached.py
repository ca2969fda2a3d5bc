"""What a message holds beside its text: what each part is called, how large it is, and how it stands in the transcript.

Parts are numbered from 1 within their kind, as marks in a text name them: `[image 1]`, `[pdf 1]`.
"""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style

from tchat.domain.detail import Detail
from tchat.domain.figures import seconds
from tchat.domain.interleaving import mark_of
from tchat.domain.message import Attachment, AudioPart, DocumentPart, ImagePart, Part, SealedPart, TextPart, VideoPart
from tchat.domain.text import one_line
from tchat.markdown.line import Line
from tchat.meter.image_tokens import audio_tokens, image_tokens, page_tokens, video_tokens
from tchat.tui.palette import Palette
from tchat.tui.pictures.gallery import FEW, HIGHEST, LOW, Gallery
from tchat.tui.wrapping import cut

_THOUSAND = 1000


def names_of(parts: Sequence[Attachment]) -> list[str]:
    """Return the names that marks have for parts: `image 1`, `pdf 1`, `image 2`."""
    return [mark_of(parts, index)[1:-1] for index in range(len(parts))]


def size_of(part: Attachment) -> str:
    """Return how large a part is, in its own measure; empty where nobody knows."""
    match part:
        case ImagePart():
            return f"{part.width}×{part.height}" if part.width and part.height else ""
        case DocumentPart():
            return "" if part.pages is None else "1 page" if part.pages == 1 else f"{part.pages} pages"
        case AudioPart() | VideoPart():
            return "" if part.seconds is None else seconds(part.seconds)


def facts_of(part: Attachment) -> str:
    """Return what a part is, beside its name: its measure, its format and its bytes."""
    said = (size_of(part), _format(part), bytes_of(part.size) if part.size else "")
    return " · ".join(text for text in said if text)


def _format(part: Attachment) -> str:
    return part.media_type.rpartition("/")[2].removeprefix("x-").upper()


def bytes_of(size: int) -> str:
    """Return a number of bytes in at most three digits: `812 B`, `84 kB`, `2.4 MB`."""
    if size < _THOUSAND:
        return f"{size} B"
    if size < _THOUSAND * _THOUSAND:
        return f"{max(1, round(size / _THOUSAND))} kB"
    return f"{size / _THOUSAND**2:.1f} MB"


def tokens_of(part: Attachment, model: str, detail: Detail | None = None) -> int:
    """Return about how many tokens a model reads a part as."""
    match part:
        case ImagePart():
            return image_tokens(model, part.width, part.height, detail)
        case DocumentPart():
            return (part.pages or 1) * page_tokens(model, detail)
        case AudioPart():
            return audio_tokens(model, part.seconds, part.size)
        case VideoPart():
            return video_tokens(model, part.seconds, part.size, detail)


def spoken(parts: Sequence[Part]) -> list[tuple[str, list[int]]]:
    """Return texts of whole lines, each with the attachments that stand in its last one, by their places.

    Attachments before all words have an empty text.
    """
    found: list[tuple[str, list[int]]] = []
    text, here, count = "", list[int](), 0
    for part in parts:
        if isinstance(part, TextPart):
            head, newline, tail = part.text.partition("\n") if here else ("", "", part.text)
            if newline:
                found.append((text + head, here))
                text, here = tail, []
            else:
                text += head + tail
        elif isinstance(part, Attachment):
            if text:
                here.append(count)
            else:
                found.append(("", [count]))
            count += 1
    return [*found, (text, here)] if text or here or not found else found


class Attached:
    """Draws the attachments of one message.

    Args:
        parts: of the message.
        gallery: makes pictures; None shows none.
        model: that reads them, by its name; empty where none does.
        detail: how closely it looks at them.
    """

    def __init__(
        self, parts: Sequence[Part], gallery: Gallery | None = None, model: str = "", detail: Detail | None = None
    ) -> None:
        self.parts = tuple(part for part in parts if not isinstance(part, TextPart | SealedPart))
        """What is drawn."""
        self._model = model
        self._detail: Detail | None = detail
        self._gallery = gallery
        self._highest = HIGHEST if len(self.parts) <= FEW else LOW

    def height(self, width: int) -> int:
        """Return how many lines all of them take."""
        return sum(1 + self._height_of(part, width) for part in self.parts) if self.parts else 0

    def lines(self, number: int, width: int, palette: Palette) -> list[Line]:
        """Return the lines of an attachment, by its place among them."""
        part = self.parts[number]
        opens = Style.from_meta({"attachment": number})
        lines = [Line((Segment(cut(self._label(number), width), palette.muted + opens),))]
        if isinstance(part, ImagePart) and self._gallery is not None:
            lines += self._gallery.lines(part, width, palette, self._highest)
        return lines

    def _height_of(self, part: Attachment, width: int) -> int:
        if not isinstance(part, ImagePart) or self._gallery is None:
            return 0
        return self._gallery.height(part, width, self._highest)

    def _label(self, number: int) -> str:
        part = self.parts[number]
        tokens = f"≈{tokens_of(part, self._model, self._detail):,} tok" if self._model else ""
        facts = " · ".join(text for text in (facts_of(part), tokens) if text)
        name = one_line(part.name)
        return f"[{names_of(self.parts)[number]}{f': {name}' if name else ''}{f'  {facts}' if facts else ''}]"
