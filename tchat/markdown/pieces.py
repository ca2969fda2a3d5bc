"""The pieces that Markdown falls into: each is laid out alone and never again."""

from typing import Literal

from msgspec import Struct

Align = Literal["left", "right", "center"]


class Quote(Struct, frozen=True, eq=False):
    """A quote around pieces; told from others by identity."""


class Item(Struct, frozen=True, eq=False, kw_only=True):
    """A list's item around pieces; told from others by identity."""

    marker: str
    """A bullet, or the item's number in its list with what follows it."""
    indent: int
    """Columns of white space that its later lines begin with in the source."""
    is_first: bool
    """Whether its list begins with it."""


Container = Quote | Item


class Text(Struct, frozen=True, kw_only=True):
    """A paragraph or a heading, or a part of a long one."""

    text: str
    """Markdown within lines; its own lines end with a newline, its last one without."""
    heading: int = 0
    """The level of the heading; 0 for a paragraph."""
    follows: bool = False
    """Whether it continues the piece before."""
    glue: str = "\n"
    """What stands between it and a piece that continues it."""


class Formula(Struct, frozen=True):
    """A formula on lines of its own, delimiters included."""

    source: str


class CodeHead(Struct, frozen=True):
    """The start of a code block."""

    number: int
    """Which code block of the text it is, from 0."""
    info: str
    """What the fence says about the code; its first word names the language."""


class CodeLines(Struct, frozen=True, kw_only=True):
    """Lines of the code block that began last."""

    info: str
    lines: tuple[str, ...]
    """Each with its line end, but for a piece of a line that is very long."""


class CodeTail(Struct, frozen=True):
    """The blank lines that end a code block, which are not shown."""

    lines: tuple[str, ...]


class LiteralLines(Struct, frozen=True):
    """Text that is shown as it is: HTML."""

    lines: tuple[str, ...]
    """As in code."""
    follows: bool = False


class TableHead(Struct, frozen=True, kw_only=True):
    """The start of a table, with the rows that its columns are fitted to."""

    header: tuple[str, ...]
    aligns: tuple[Align, ...]
    rows: tuple[tuple[str, ...], ...]


class TableRow(Struct, frozen=True):
    """A later row of the table that began last."""

    row: tuple[str, ...]


class Rule(Struct, frozen=True):
    """A thematic break."""


class Nothing(Struct, frozen=True):
    """The inside of an item that has none."""


Piece = Text | Formula | CodeHead | CodeLines | CodeTail | LiteralLines | TableHead | TableRow | Rule | Nothing


class Placed(Struct, frozen=True):
    """A piece in its place."""

    piece: Piece
    path: tuple[Container, ...]
    """What is around it, outermost first."""
    is_spaced: bool
    """Whether the source has an empty line before it."""
