"""What the patch view says beside the picture: how a model sees it, and what each look costs, for all models.

Nothing here draws; lines come as content of a width.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tchat.domain.detail import DETAILS, Detail
from tchat.domain.figures import dollars
from tchat.domain.text import one_line
from tchat.meter.picture_grid import PictureGrid, fitted
from tchat.tui.pictures.readers import Reader
from tchat.tui.window import cut, window

LEVELS: tuple[Detail | None, ...] = (None, *DETAILS)
"""From what the provider chooses by itself to every pixel."""
_SIDES = (4096, 3072, 2048, 1536, 1024, 768, 512, 256)
_MATRIX = 60
"""Cells from which on every detail has its column."""
_COLUMNS = tuple(max(8, len(detail or "auto") + 2) for detail in LEVELS)
"""Cells of each."""
_FIGURES = 9
_MARK = "▸ "


class Choice(Struct, frozen=True, kw_only=True):
    """What is looked at: which picture, through whose eyes."""

    size: tuple[int, int]
    """Pixels of the picture."""
    readers: Sequence[Reader]
    reader: int = 0
    level: int = 0
    """Place in `LEVELS`."""
    side: int = 0
    """Place in `sides`."""

    @property
    def sides(self) -> tuple[int, ...]:
        """The longer sides that the picture can be scaled to before it is sent, its own one first."""
        longest = max(self.size)
        return (longest, *(side for side in _SIDES if side < longest))

    @property
    def sent(self) -> tuple[int, int]:
        """Pixels that are sent."""
        return fitted(*self.size, self.sides[self.side])

    @property
    def model(self) -> Reader:
        """Whose eyes."""
        return self.readers[self.reader]

    @property
    def detail(self) -> Detail | None:
        """How closely it is looked at."""
        return LEVELS[self.level]

    @property
    def grid(self) -> PictureGrid:
        """How the model sees what is sent."""
        return self.model.grid(*self.sent, self.detail)

    def tokens(self, *, reader: int | None = None, level: int | None = None, side: int | None = None) -> int:
        """Return the tokens of this choice with something else in it."""
        other = replace(
            self,
            reader=self.reader if reader is None else reader,
            level=self.level if level is None else level,
            side=self.side if side is None else side,
        )
        return other.grid.tokens

    def moved(self, *, reader: int = 0, level: int = 0, side: int = 0) -> "Choice":
        """Return the choice so many steps further; models and details go round, sizes end."""
        return replace(
            self,
            reader=(self.reader + reader) % len(self.readers),
            level=(self.level + level) % len(LEVELS),
            side=max(0, min(self.side + side, len(self.sides) - 1)),
        )


def said_of(choice: Choice, step: int, width: int) -> Iterator[Content]:
    """Yield how the picture is seen.

    Args:
        choice: what is looked at.
        step: patches between two lines that are drawn.
        width: cells.
    """
    grid, reader = choice.grid, choice.model
    yield Content.styled(cut(one_line(reader.name), width), "bold")
    tokens, price = f"{grid.tokens:,} tokens", dollars(reader.cost(grid.tokens))
    yield Content.assemble((tokens, "bold $accent"), f" · {price}")
    for line in (_counted(grid), _summed(grid), _seen(choice), _drawn(grid, step)):
        yield Content(cut(line, width))


def _counted(grid: PictureGrid) -> str:
    if grid.kind == "whole":
        return "one number, whatever its size"
    return f"{grid.columns} × {grid.rows} {grid.kind} of {grid.side} pixels"


def _summed(grid: PictureGrid) -> str:
    each = f"{grid.each:g}"
    if grid.kind == "whole":
        return "how it is cut is not published"
    if grid.base:
        return f"{grid.base:,} + {grid.cells} × {each} tokens"
    if grid.each == 1:
        return "one token a patch" if grid.kind == "patches" else "one token a tile"
    return f"{grid.cells:,} × {each} tokens"


def _seen(choice: Choice) -> str:
    grid, size = choice.grid, choice.sent
    if (grid.width, grid.height) == size:
        return f"seen as sent: {size[0]}×{size[1]}"
    return f"seen at {grid.width}×{grid.height}"


def _drawn(grid: PictureGrid, step: int) -> str:
    if not step:
        return ""
    if step == 1:
        return f"{grid.kind} 1 to {grid.cells:,}, row by row"
    return f"a line every {step} {grid.kind}"


def details_of(choice: Choice, width: int) -> Iterator[Content]:
    """Yield the details with their tokens, each with what it saves against the closest look."""
    yield _head("detail", "tokens", width)
    most = choice.tokens(level=len(LEVELS) - 1)
    for level, detail in enumerate(LEVELS):
        tokens = choice.tokens(level=level)
        yield _row(detail or "auto", tokens, _saved(tokens, most), width, is_chosen=level == choice.level)


def sides_of(choice: Choice, width: int) -> Iterator[Content]:
    """Yield the sizes that it can be scaled to, with their tokens."""
    yield _head("scaled to", "tokens", width)
    whole = choice.tokens(side=0)
    for side, longest in enumerate(choice.sides):
        tokens = choice.tokens(side=side)
        wide, high = fitted(*choice.size, longest)
        yield _row(f"{wide}×{high}", tokens, _saved(tokens, whole), width, is_chosen=side == choice.side)


def models_of(choice: Choice, width: int, height: int) -> Iterator[Content]:
    """Yield the models with their tokens: in every detail where there is room for columns."""
    rows = window(len(choice.readers), choice.reader, max(1, height - 1))
    if width < _MATRIX:
        yield _head("model", "tokens", width)
        for number in rows:
            reader, tokens = choice.readers[number], choice.tokens(reader=number)
            cost = dollars(reader.cost(tokens))
            yield _row(one_line(reader.name), tokens, cost, width, is_chosen=number == choice.reader)
        return
    names = width - sum(_COLUMNS)
    heads = "".join(f"{detail or 'auto':>{room}}" for detail, room in zip(LEVELS, _COLUMNS, strict=True))
    yield Content.styled(f"{'model':<{names}}{heads}", "$foreground-muted")
    for number in rows:
        yield _columns(choice, number, names)


def _columns(choice: Choice, number: int, names: int) -> Content:
    is_chosen = number == choice.reader
    mark = _MARK if is_chosen else "  "
    name = set_cell_size(cut(f"{mark}{one_line(choice.readers[number].name)}", names - 1), names)
    pieces: list[tuple[str, str]] = [(name, "bold $accent" if is_chosen else "")]
    for level, room in enumerate(_COLUMNS):
        text = f"{choice.tokens(reader=number, level=level):,}"
        is_here = is_chosen and level == choice.level
        pieces += [(" " * (room - len(text)), ""), (text, "bold reverse $accent" if is_here else "")]
    return Content.assemble(*pieces)


def _head(name: str, figure: str, width: int) -> Content:
    """Return a heading whose figure stands above the tokens."""
    extra = width >= _FIGURES * 2 + 14
    right = f"{figure:>{_FIGURES}}" + " " * (_FIGURES if extra else 0)
    return Content.styled(f"{name:<{width - len(right)}}{right}", "$foreground-muted")


def _row(name: str, tokens: int, more: str, width: int, *, is_chosen: bool) -> Content:
    extra = width >= _FIGURES * 2 + 14
    right = f"{tokens:>{_FIGURES},}" + (f"{more:>{_FIGURES}}" if extra else "")
    left = f"{_MARK if is_chosen else '  '}{name}"
    room = width - cell_len(right)
    return Content.styled(f"{set_cell_size(cut(left, room), room)}{right}", "bold $accent" if is_chosen else "")


def _saved(tokens: int, most: int) -> str:
    if not most or tokens == most:
        return ""
    return f"{100 * (tokens / most - 1):+.0f} %".replace("-", "\N{MINUS SIGN}")
