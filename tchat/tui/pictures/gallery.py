"""The transcript's pictures: made beside the event loop when they are first looked at, newest wish first.

Law: nobody waits for a picture. Its height is known from its pixels; until it is made, its lines are empty.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment

from tchat.domain.errors import TchatError
from tchat.domain.message import ImagePart
from tchat.domain.text import one_line
from tchat.markdown.line import Line
from tchat.media.blobs import Blobs
from tchat.threads import in_background
from tchat.tui.palette import Palette
from tchat.tui.pictures.half_blocks import Pixel, fitted, half_blocks, painted, picture_line
from tchat.tui.pictures.shrinking import shrunk
from tchat.tui.wrapping import cut

if TYPE_CHECKING:
    from PIL.Image import Image

WIDEST, HIGHEST = 56, 14
"""Cells and lines of a picture in the transcript."""
LOW = 7
"""Lines of one of many pictures in a message."""
FEW = 3
"""Attachments of a message up to which pictures are shown in full height."""
_FINER = 2
"""Pixels that a picture is decoded to, for each that is shown."""
_KEPT = 64
"""Pictures whose lines are kept."""


class Frame(NamedTuple):
    """A picture as it is to be shown."""

    part: ImagePart
    cells: int
    rows: int
    background: Pixel


class Gallery:
    """Makes lines of pictures.

    Args:
        blobs: where pictures are kept.
        ready: is told the digest of a picture whose lines are others now.
    """

    def __init__(self, blobs: Blobs, ready: Callable[[str], None]) -> None:
        self._blobs = blobs
        self._ready = ready
        self._made: OrderedDict[Frame, tuple[Line, ...]] = OrderedDict()
        self._broken: dict[str, str] = {}
        """Why pictures cannot be shown, by digest."""
        self._wanted: dict[Frame, None] = {}
        self._worker: asyncio.Task[None] | None = None
        self.is_open = False
        """Whether this terminal shows pictures at all."""

    @property
    def is_idle(self) -> bool:
        """Whether all that was asked for is made."""
        return self._worker is None or self._worker.done()

    def height(self, part: ImagePart, width: int, highest: int = HIGHEST) -> int:
        """Return how many lines a picture takes in so many cells."""
        return self._size(part, width, highest)[1] if self.is_open else 0

    def lines(self, part: ImagePart, width: int, palette: Palette, highest: int = HIGHEST) -> tuple[Line, ...]:
        """Return the lines of a picture; empty ones while it is made."""
        cells, rows = self._size(part, width, highest)
        if not self.is_open or not rows:
            return ()
        if part.digest in self._broken:
            return (Line((Segment(cut(self._broken[part.digest], width), palette.warning),)),)
        frame = Frame(part, cells, rows, palette.paper)
        made = self._made.get(frame)
        if made is None:
            self._want(frame)
            return (picture_line([Segment(" " * cells, palette.base)], cells),) * rows
        self._made.move_to_end(frame)
        return made

    def _size(self, part: ImagePart, width: int, highest: int) -> tuple[int, int]:
        if not part.width or not part.height or not part.digest:
            return 0, 0
        if part.digest in self._broken:
            return width, 1
        return fitted((part.width, part.height), min(width, WIDEST), highest)

    def _want(self, frame: Frame) -> None:
        self._wanted.pop(frame, None)
        self._wanted[frame] = None
        if self._worker is None or self._worker.done():
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        while self._wanted:
            frame, _ = self._wanted.popitem()
            try:
                self._made[frame] = await in_background(partial(self._make, frame))
            except TchatError as error:
                self._broken[frame.part.digest] = f"no preview: {one_line(error.message)}"
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
            self._ready(frame.part.digest)

    def _make(self, frame: Frame) -> tuple[Line, ...]:
        picture = shrunk(self._blobs, frame.part, (_FINER * frame.cells, 2 * _FINER * frame.rows))
        return half_blocks(framed(picture, frame.cells, frame.rows, frame.background), frame.part.digest)

    async def aclose(self) -> None:
        """Make no more."""
        self._wanted.clear()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)


def framed(picture: "Image", cells: int, rows: int, background: Pixel) -> "Image":
    """Return a picture as pixels of so many cells, however its own sides are; what it leaves is background."""
    from PIL import Image

    inside = fitted(picture.size, cells, rows, enlarged=True)
    pixels = painted(picture, *inside, background)
    if inside == (cells, rows):
        return pixels
    canvas = Image.new("RGB", (cells, 2 * rows), background)
    canvas.paste(pixels)
    return canvas
