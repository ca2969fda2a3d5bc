"""One terminal line of rendered text."""

from typing import NamedTuple

from rich.segment import Segment


class Line(NamedTuple):
    """Segments from left to right, without padding and without a line end."""

    segments: tuple[Segment, ...] = ()
    """Each with a `rich.style.Style`; a style's `meta` may hold `url` (a link) or `code` (the number of a code block
    in its text, from 0, on the block's header line)."""
    margin: int = 0
    """Leading cells that are decoration (indent, bullet, quote bar): left out of copied text."""
    glue: str = "\n"
    """What stands between this line and the next one in copied text: a line end, or, where the line was only wrapped,
    a space or nothing."""

    @property
    def text(self) -> str:
        """What the line shows."""
        return "".join(segment.text for segment in self.segments)
