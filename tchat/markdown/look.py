"""The styles that Markdown is drawn with: one for each thing a reader tells apart."""

from typing import NamedTuple

from rich.style import Style


class Look(NamedTuple):
    """Complete styles, with a background where there is one: whatever a line shows is drawn in one of them."""

    text: Style
    heading: Style
    strong: Style
    emphasis: Style
    strike: Style
    code: Style
    """Code within a line."""
    code_block: Style
    code_header: Style
    link: Style
    url: Style
    quote: Style
    marker: Style
    """Bullets and numbers."""
    rule: Style
    table_border: Style
    table_header: Style
    literal: Style
    """What is not Markdown, shown as it is: HTML, formulas that cannot be turned into characters."""
    keyword: Style
    name: Style
    function: Style
    string: Style
    number: Style
    comment: Style
    operator: Style
    inserted: Style
    deleted: Style
    error: Style


_PLAIN = Style()
_BOLD = Style(bold=True)
_ITALIC = Style(italic=True)
_DIM = Style(dim=True)
_UNDERLINE = Style(underline=True)

MONOCHROME = Look(
    text=_PLAIN,
    heading=_BOLD,
    strong=_BOLD,
    emphasis=_ITALIC,
    strike=Style(strike=True),
    code=_BOLD,
    code_block=_PLAIN,
    code_header=_DIM,
    link=_PLAIN,
    url=_UNDERLINE,
    quote=_DIM,
    marker=_BOLD,
    rule=_DIM,
    table_border=_DIM,
    table_header=_BOLD,
    literal=_DIM,
    keyword=_BOLD,
    name=_PLAIN,
    function=_PLAIN,
    string=_PLAIN,
    number=_PLAIN,
    comment=_ITALIC,
    operator=_PLAIN,
    inserted=_BOLD,
    deleted=Style(strike=True),
    error=_BOLD,
)
"""Weight and slant only."""

ANSI = MONOCHROME._replace(
    code=Style(color="cyan"),
    keyword=Style(color="blue", bold=True),
    function=Style(color="cyan"),
    string=Style(color="green"),
    number=Style(color="magenta"),
    comment=Style(dim=True, italic=True),
    inserted=Style(color="green"),
    deleted=Style(color="red"),
    error=Style(color="red"),
)
"""The terminal's own palette, of which only what is legible on light and on dark is used."""
