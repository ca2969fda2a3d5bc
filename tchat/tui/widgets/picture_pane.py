"""A picture in a part of the screen, with the grid of a model over it where that is wanted."""

from functools import partial
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from rich.segment import Segment
from textual.color import Color
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tchat.markdown.line import Line
from tchat.meter.picture_grid import PictureGrid
from tchat.threads import in_background
from tchat.tui.graphic_app import GraphicApp
from tchat.tui.pictures.fine_scene import fine_scene
from tchat.tui.pictures.graphics import Canvas, canvas_of, cell_size, encoder_of, shows_pictures
from tchat.tui.pictures.half_blocks import Pixel
from tchat.tui.pictures.probing import Graphics
from tchat.tui.pictures.scene import (
    Inks,
    Looking,
    Scene,
    Window,
    bare_scene,
    scene_of,
    seen_by_model,
    window_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

    from tchat.tui.pictures.canvases import Drawing

_LIGHTER, _DARKER = 0.28, 0.22
"""How far the accent is moved to stand out on dark and on bright pictures."""


class Motif(Struct, frozen=True, kw_only=True):
    """What a pane shows."""

    picture: "Image"
    grid: PictureGrid | None = None
    looking: Looking = Looking()


class PicturePane(Widget):
    """Draws in a thread; until a drawing is ready the one before stays.

    It draws cells of half blocks, and, once the terminal is known to have graphics, by those.
    """

    class Drawn(Message):
        """What was asked for is on the screen."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step
            """Patches or tiles from one line of the grid to the next; 0 where there is none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._motif: Motif | None = None
        self._lines: tuple[Line, ...] = ()
        self._canvas: Widget | None = None
        """What shows the terminal's graphics."""
        self._seen: tuple[PictureGrid, Image] | None = None
        """The picture as the model sees it, for a grid."""

    def show(self, motif: Motif) -> None:
        """Show another picture, grid, or part of it."""
        if self._motif is None or motif.picture is not self._motif.picture:
            self._seen = None
        self._motif = motif
        self._redraw()

    def on_mount(self) -> None:
        """Draw anew for the colours of another theme, and once it is known what the terminal shows."""
        self.watch(self.app, "theme", self._redraw, init=False)
        if isinstance(self.app, GraphicApp):
            self.watch(self.app, "graphics", self._redraw, init=False)
            self.app.ask_terminal()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._redraw()

    def on_unmount(self) -> None:
        """Have the terminal forget the picture."""
        if self._canvas is not None:
            cast(Canvas, self._canvas).show(None)

    @property
    def _graphics(self) -> Graphics | None:
        return self.app.graphics if isinstance(self.app, GraphicApp) else None

    def _redraw(self) -> None:
        if self._motif is not None and self.size.width and self.size.height:
            self.run_worker(partial(self._draw, self._motif), group="picture", exclusive=True)

    async def _draw(self, motif: Motif) -> None:
        shape = motif.picture.size if motif.grid is None else (motif.grid.width, motif.grid.height)
        window = window_of(shape, *self.size, motif.looking)
        graphics, inks = self._graphics, self._inks()
        if graphics is not None:
            encode = encoder_of(graphics)
            drawing, step = await in_background(lambda: self._fine(motif, window, inks, encode))
            await self._hang(graphics, drawing, window)
        else:
            work = partial(self._coarse, motif, window, inks, has_colours=shows_pictures(self.app))
            self._lines, step = await in_background(work)
        self.refresh()
        self.post_message(self.Drawn(step))

    def _coarse(self, motif: Motif, window: Window, inks: Inks, *, has_colours: bool) -> Scene:
        if not has_colours:
            return bare_scene(motif.grid, window)
        return scene_of(self._as_seen(motif), motif.grid, window, inks)

    def _fine(
        self, motif: Motif, window: Window, inks: Inks, encode: "Callable[[Image], Drawing]"
    ) -> "tuple[Drawing, int]":
        pixels, step = fine_scene(self._as_seen(motif), motif.grid, window, cell_size(), inks)
        return encode(pixels), step

    def _as_seen(self, motif: Motif) -> "Image":
        """Return the picture as the model sees it, or as it is without a model."""
        if motif.grid is None:
            return motif.picture
        if self._seen is None or self._seen[0] != motif.grid:
            self._seen = (motif.grid, seen_by_model(motif.picture, motif.grid))
        return self._seen[1]

    async def _hang(self, graphics: Graphics, drawing: "Drawing", window: Window) -> None:
        """Show a drawing by the terminal's graphics, in the middle."""
        self._lines = ()
        if self._canvas is None:
            self._canvas = canvas_of(graphics)
            await self.mount(self._canvas)
        cast(Canvas, self._canvas).show(drawing)
        self._canvas.styles.width, self._canvas.styles.height = window.cells, window.rows
        self._canvas.styles.offset = (max(0, (self.size.width - window.cells) // 2), 0)

    def _inks(self) -> Inks:
        accent = Color.parse(self.app.theme_variables["accent"])
        paper = self.background_colors[1]
        return Inks(_pixel(accent.lighten(_LIGHTER)), _pixel(accent.darken(_DARKER)), _pixel(paper))

    def render_line(self, y: int) -> Strip:
        """Return a line, the picture in the middle of it."""
        width, style = self.size.width, self.rich_style
        if y >= len(self._lines):
            return Strip.blank(width, style)
        segments = self._lines[y].segments
        left = max(0, (width - Strip(segments).cell_length) // 2)
        return Strip([Segment(" " * left, style), *segments]).adjust_cell_length(width, style)


def _pixel(colour: Color) -> Pixel:
    return (0, 0, 0) if colour.ansi is not None else (colour.r, colour.g, colour.b)
