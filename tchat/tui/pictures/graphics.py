"""What a terminal can show beside characters, and the widgets of textual-image that show it.

textual-image asks the terminal as it is imported, and would take the answers out of Textual's keys: it is imported as
if there were no terminal, and told what was found out.
"""

import sys
from contextlib import contextmanager
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Protocol

from textual.app import App

from tchat.tui.pictures.probing import Graphics

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from PIL.Image import Image
    from textual.widget import Widget

    from tchat.tui.pictures.canvases import Drawing

_COLOURS = frozenset({"256", "truecolor"})
_CELL = (10, 20)
"""Pixels of a cell where the terminal does not tell: those of a VT340, which sixels are made for."""


class Canvas(Protocol):
    """A widget that shows drawings by the terminal's graphics."""

    def show(self, drawing: "Drawing | None") -> None:
        """Show another drawing; with none, the terminal lets go of what it has."""
        ...


def shows_pictures(app: App[None]) -> bool:
    """Whether a picture in half blocks is more than noise here: with 256 colours at least, if colours are wanted."""
    return not app.no_color and (app.is_headless or app.console.color_system in _COLOURS)


def cell_size() -> tuple[int, int]:
    """Return how many pixels a cell is wide and high, as far as the terminal tells."""
    import struct

    try:
        import fcntl
        import termios
    except ImportError:  # Windows has neither
        return _CELL
    if sys.__stdout__ is None:
        return _CELL
    try:
        told = fcntl.ioctl(sys.__stdout__.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return _CELL
    rows, columns, width, height = struct.unpack("HHHH", told)
    if not (rows and columns and width and height):
        return _CELL
    return max(1, width // columns), max(1, height // rows)


def encoder_of(graphics: Graphics) -> "Callable[[Image], Drawing]":
    """Return what spells pixels as the terminal is told them; that takes its time, and a thread is the place for it."""
    with _as_if_there_were_no_terminal():
        from tchat.tui.pictures.canvases import drawing_of

    return partial(drawing_of, graphics)


def canvas_of(graphics: Graphics) -> "Widget":
    """Return a `Canvas` that shows drawings in the cells that its styles give it."""
    with _as_if_there_were_no_terminal():
        from textual_image import _terminal

        from tchat.tui.pictures.canvases import KittyCanvas, SixelCanvas

    setattr(_terminal.get_cell_size, "_result", _terminal.CellSize(*cell_size()))  # noqa: B010  # where it keeps that
    return SixelCanvas() if graphics == "sixel" else KittyCanvas()


@contextmanager
def _as_if_there_were_no_terminal() -> "Generator[None]":
    real = sys.__stdout__
    setattr(sys, "__stdout__", StringIO())  # noqa: B010  # it is final for type checkers
    try:
        yield
    finally:
        setattr(sys, "__stdout__", real)  # noqa: B010
