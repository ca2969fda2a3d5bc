"""A theme as the styles that the transcript draws with."""

from typing import NamedTuple

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from tchat.markdown.look import Look

_MUTED = 0.42
"""How far quiet text moves from the foreground towards the background."""
_FAINT = 0.66
_LITTLE = 0.15
"""The same in a theme of high contrast."""


class Palette(NamedTuple):
    """Styles with the transcript's own background in each, so that lines need no second pass."""

    look: Look
    """Of a model's Markdown."""
    base: Style
    muted: Style
    faint: Style
    name: Style
    """Who speaks."""
    accent: Style
    warning: Style
    error: Style
    paper: tuple[int, int, int] = (0, 0, 0)
    """The background as red, green and blue; black where a terminal's own colours are used."""


class _Inks:
    """Styles of one theme by colour."""

    def __init__(self, theme: Theme) -> None:
        generated = theme.to_color_system().generate()
        self._colours = {
            name: Color.parse(generated[name])
            for name in ("background", "foreground", "accent", "secondary", "success", "warning", "error")
        }
        self._has_contrast = theme.name.endswith("contrast")
        self._is_ansi = self._colours["foreground"].ansi is not None

    @property
    def paper(self) -> tuple[int, int, int]:
        colour = self._colours["background"]
        return (0, 0, 0) if colour.ansi is not None else (colour.r, colour.g, colour.b)

    def style(self, name: str, *, bold: bool | None = None, italic: bool | None = None) -> Style:
        return self._made(self._colours[name], bold=bold, italic=italic)

    def quiet(self, share: float) -> Style:
        """Return the foreground moved towards the background; merely dim where a terminal's own colours are used."""
        if self._is_ansi:
            return self._made(self._colours["foreground"]) + Style(dim=True)
        towards = _LITTLE if self._has_contrast else share
        return self._made(self._colours["foreground"].blend(self._colours["background"], towards))

    def _made(self, colour: Color, *, bold: bool | None = None, italic: bool | None = None) -> Style:
        return Style(color=colour.rich_color, bgcolor=self._colours["background"].rich_color, bold=bold, italic=italic)


def palette_of(theme: Theme) -> Palette:
    """Return the styles of a theme."""
    inks = _Inks(theme)
    base, muted, faint = inks.style("foreground"), inks.quiet(_MUTED), inks.quiet(_FAINT)
    return Palette(
        look=_look(inks, muted, faint),
        base=base,
        muted=muted,
        faint=faint,
        name=inks.style("foreground", bold=True),
        accent=inks.style("accent", bold=True),
        warning=inks.style("warning"),
        error=inks.style("error", bold=True),
        paper=inks.paper,
    )


def _look(inks: _Inks, muted: Style, faint: Style) -> Look:
    text = inks.style("foreground")
    return Look(
        text=text,
        heading=inks.style("foreground", bold=True),
        strong=inks.style("foreground", bold=True),
        emphasis=inks.style("foreground", italic=True),
        strike=text + Style(strike=True),
        code=inks.style("accent"),
        code_block=text,
        code_header=muted,
        link=text + Style(underline=True),
        url=muted,
        quote=muted,
        marker=inks.style("accent"),
        rule=faint,
        table_border=faint,
        table_header=inks.style("foreground", bold=True),
        literal=muted,
        keyword=inks.style("accent", bold=True),
        name=text,
        function=inks.style("foreground", bold=True),
        string=inks.style("success"),
        number=inks.style("warning"),
        comment=muted + Style(italic=True),
        operator=muted,
        inserted=inks.style("success"),
        deleted=inks.style("error"),
        error=inks.style("error"),
    )
