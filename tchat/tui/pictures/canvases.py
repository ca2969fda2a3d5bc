"""textual-image's widgets with what is slow made ready beside the event loop, and with pictures that are let go.

It is imported by `graphics` alone, which sees to it that textual-image asks the terminal nothing.
"""

import io
from base64 import b64encode
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.app import ComposeResult, RenderResult
from textual_image._sixel import BackgroundColor, SixelOptions, image_to_sixels
from textual_image.renderable import tgp
from textual_image.widget import SixelImage, TGPImage
from textual_image.widget.sixel import _ImageSixelImpl, _NoopRenderable  # pyright: ignore[reportPrivateUsage]  # its parts

from tchat.tui.pictures.probing import Graphics

if TYPE_CHECKING:
    from PIL.Image import Image

_PNG_LEVEL = 2
_CHUNK = 4096
"""Characters of a message of kitty's protocol, at most."""


class Drawing(Struct, frozen=True, kw_only=True):
    """A picture in the pixels of its cells, and as the terminal is told it."""

    pixels: "Image"
    encoded: str
    """Sixels with all that belongs to them, or a PNG in base64."""


def drawing_of(graphics: Graphics, pixels: "Image") -> Drawing:
    """Return opaque pixels as a terminal is told them; takes its time, and a thread is the place for it."""
    if graphics == "sixel":
        return Drawing(pixels=pixels, encoded=image_to_sixels(pixels))
    data = io.BytesIO()
    pixels.save(data, "PNG", compress_level=_PNG_LEVEL)
    return Drawing(pixels=pixels, encoded=b64encode(data.getvalue()).decode())


class SixelCanvas(SixelImage, Renderable=_NoopRenderable):
    """Shows a drawing by sixels."""

    drawing: Drawing | None = None

    def show(self, drawing: Drawing | None) -> None:
        """Show another drawing, or none."""
        self.drawing = drawing
        self.image = drawing.pixels if drawing is not None else None

    def compose(self) -> ComposeResult:
        """Put the drawing into what is redrawn."""
        if self.drawing is not None:
            yield _Sixels(self.drawing)


class _Sixels(_ImageSixelImpl):
    def __init__(self, drawing: Drawing) -> None:
        super().__init__(drawing.pixels)
        self._drawing = drawing

    def _image_to_sixels(
        self, image: "Image", sixel_options: SixelOptions | None = None, background: BackgroundColor | None = None
    ) -> str:
        """Return sixels, which are there for the whole picture; a part of it is small."""
        if image.size == self._drawing.pixels.size:
            return self._drawing.encoded
        return super()._image_to_sixels(image, sixel_options, background)


class KittyCanvas(TGPImage, Renderable=tgp.Image):
    """Shows a drawing by kitty's protocol."""

    drawing: Drawing | None = None

    def show(self, drawing: Drawing | None) -> None:
        """Show another drawing, or none."""
        self.drawing = drawing
        self.image = drawing.pixels if drawing is not None else None

    def render(self) -> RenderResult:
        """Return the places of the drawing, which is told anew."""
        if self._renderable:
            self._renderable.cleanup()
            self._renderable = None
        if self.drawing is None:
            return ""
        placed = _Placed(self.drawing.pixels, *self._get_styled_size())
        placed.encoded = self.drawing.encoded
        self._renderable = placed
        return placed


class _Placed(tgp.Image):
    encoded = ""

    def cleanup(self) -> None:
        """Have the terminal let go of the picture and of where it stands."""
        if self.terminal_image_id is not None:
            tgp._send_tgp_message(a="d", d="I", i=self.terminal_image_id, q=2)  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001  # its own names the wrong key
            self.terminal_image_id = None

    def _send_image_to_terminal(self, width: int, height: int) -> None:
        del width, height  # the pixels are those of the cells
        number = self.terminal_image_id = next(self._image_id_counter)
        data = self.encoded
        for at in range(0, len(data), _CHUNK):
            first: dict[str, int] = {"i": number, "f": 100} if not at else {}
            more = int(at + _CHUNK < len(data))
            tgp._send_tgp_message(payload=data[at : at + _CHUNK], **first, q=2, m=more)  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
