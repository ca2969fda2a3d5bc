"""One Markdown block as terminal lines, through Rich: calm, left-aligned, on the terminal's own background."""

from __future__ import annotations

from functools import cached_property
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.markdown import Markdown
    from rich.segment import Segment

CODE_THEME = "ansi_dark"
"""Sixteen colours of the terminal's own palette, legible on light and dark."""


class Renderer:
    """Turns text into lines that are no wider than the terminal."""

    def __init__(self, *, width: int, colour: bool) -> None:
        """Render for `width` columns; without `colour` there is weight and slant only."""
        self._width = max(10, width)
        self._colour = colour

    def markdown(self, text: str) -> list[str]:
        """Return a block of Markdown as lines without line ends; none for a block that shows nothing."""
        return self._lines(self._markdown_kind(text, code_theme=CODE_THEME, hyperlinks=False))

    def plain(self, text: str) -> list[str]:
        """Return text as it is, wrapped."""
        from rich.text import Text

        return self._lines(Text(text.expandtabs(4), overflow="fold"))

    def _lines(self, renderable: RenderableType) -> list[str]:
        console = self._console
        lines = [self._line(segments) for segments in console.render_lines(renderable, pad=False)]
        while lines and not lines[-1]:
            lines.pop()
        while lines and not lines[0]:
            lines.pop(0)
        return lines

    def _line(self, segments: list[Segment]) -> str:
        kept = [segment for segment in segments if not segment.control]
        while kept and not kept[-1].text.strip():
            kept.pop()
        out: list[str] = []
        for number, (text, style, _) in enumerate(kept):
            shown = text.rstrip() if number == len(kept) - 1 else text
            out.append(self._console_style(shown, style))
        return "".join(out)

    def _console_style(self, text: str, style: object) -> str:
        from rich.color import ColorSystem
        from rich.style import Style

        if not isinstance(style, Style):
            return text
        if not self._colour:
            style = style.without_color
        return style.render(text, color_system=ColorSystem.STANDARD)

    @cached_property
    def _console(self) -> Console:
        from rich.console import Console
        from rich.theme import Theme

        calm = {
            "markdown.code": "cyan",
            "markdown.code_block": "none",
            "markdown.h1": "bold",
            "markdown.h1.border": "none",
            "markdown.h2": "bold",
            "markdown.h3": "bold italic",
            "markdown.h4": "italic",
            "markdown.h5": "italic",
            "markdown.h6": "italic",
            "markdown.link": "none",
            "markdown.link_url": "underline",
            "markdown.block_quote": "dim",
            "markdown.item.bullet": "bold",
            "markdown.item.number": "bold",
            "markdown.hr": "dim",
            "markdown.table.border": "dim",
            "markdown.table.header": "bold",
        }
        return Console(
            width=self._width,
            file=StringIO(),
            force_terminal=True,
            color_system="standard",
            legacy_windows=False,
            emoji=False,
            markup=False,
            highlight=False,
            theme=Theme(calm),
            tab_size=4,
        )

    @cached_property
    def _markdown_kind(self) -> type[Markdown]:
        from rich.console import ConsoleOptions, RenderResult
        from rich.markdown import CodeBlock, Heading, Markdown
        from rich.syntax import Syntax

        class LeftHeading(Heading):
            def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
                del console, options
                self.text.justify = "left"
                yield self.text

        class PlainCode(CodeBlock):
            def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
                del console, options
                code = str(self.text).rstrip()
                yield Syntax(
                    code,
                    self.lexer_name,
                    theme=CODE_THEME,
                    word_wrap=True,
                    padding=(0, 2),
                    background_color="default",
                    tab_size=4,
                )

        class CalmMarkdown(Markdown):
            elements = {**Markdown.elements, "heading_open": LeftHeading, "fence": PlainCode, "code_block": PlainCode}  # noqa: RUF012  # Rich's own attribute

        return CalmMarkdown
