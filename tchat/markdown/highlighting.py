"""Code in its syntax's colours: a lexer of Pygments, its tokens straight to styled lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from rich.style import Style

from tchat.markdown.look import Look
from tchat.markdown.wrapping import Spans

if TYPE_CHECKING:
    from pygments.lexer import Lexer

_LANGUAGE = re.compile(r"[\w+#.-]+")
_LONG_LINE = 1_000
"""Characters of a line from which on code is shown plain: no lexer is meant for it."""
_NEW_LINES = 6
"""Lines that are highlighted apart before all are highlighted again."""
_COMMON = ("python", "bash", "json", "javascript", "html", "console")
_STYLES = {
    "Keyword.Constant": "number",
    "Keyword": "keyword",
    "Name.Function": "function",
    "Name.Class": "function",
    "Name.Decorator": "function",
    "Name.Tag": "keyword",
    "Name": "name",
    "Literal.Number": "number",
    "Literal.String": "string",
    "Comment": "comment",
    "Operator.Word": "keyword",
    "Operator": "operator",
    "Punctuation": "operator",
    "Generic.Inserted": "inserted",
    "Generic.Deleted": "deleted",
    "Generic.Heading": "heading",
    "Generic.Subheading": "function",
    "Generic.Strong": "strong",
    "Generic.Emph": "emphasis",
    "Generic.Error": "error",
    "Generic.Traceback": "error",
    "Generic.Prompt": "marker",
    "Generic.Output": "literal",
}


def highlighted(lines: tuple[str, ...], info: str, look: Look) -> list[Spans]:
    """Return lines of code, each without its line end, as styled text.

    Args:
        lines: without tabs.
        info: what the fence says; a language that is not known shows plain code.
        look: the styles.
    """
    lexer = lexer_for(info)
    if lexer is None or any(len(line) > _LONG_LINE for line in lines):
        return [[(line.removesuffix("\n"), look.code_block)] for line in lines]
    text = "".join(lines)
    styles = _styles(look)
    done: list[Spans] = []
    current: Spans = []
    for _, kind, value in lexer.get_tokens_unprocessed(text if text.endswith("\n") else text + "\n"):
        style = styles[kind]
        first, *more = value.split("\n")
        if current and current[-1][1] is style:
            current[-1] = (current[-1][0] + first, style)
        elif first:
            current.append((first, style))
        for part in more:
            done.append(current)
            current = [(part, style)] if part else []
    if current:
        done.append(current)
    return done[: len(lines)] + [[] for _ in range(len(lines) - len(done))]


class Sketch:
    """Highlights code that grows: what was highlighted a moment ago is kept, and only now and then done again."""

    def __init__(self) -> None:
        self._lines: tuple[str, ...] = ()
        self._info = ""
        self._spans: list[Spans] = []

    def highlighted(self, lines: tuple[str, ...], info: str, look: Look) -> list[Spans]:
        """Return lines as `highlighted` does, but that the last ones may be taken out of their context."""
        known = len(self._lines)
        if info != self._info or lines[:known] != self._lines or len(lines) - known > max(_NEW_LINES, known // 4):
            self._lines, self._info = lines[:-1], info
            self._spans = highlighted(self._lines, info, look)
            known = len(self._lines)
        return self._spans + highlighted(lines[known:], info, look)


def warm() -> None:
    """Import the lexers of the languages that are met most."""
    for name in _COMMON:
        lexer = lexer_for(name)
        if lexer is not None:
            list(lexer.get_tokens_unprocessed("x\n"))


@lru_cache(maxsize=64)
def lexer_for(info: str) -> Lexer | None:
    """Return the lexer of the language that a fence names; None if it is not known."""
    from pygments import lexers
    from pygments.util import ClassNotFound

    by_name = cast("Callable[[str], Lexer]", lexers.get_lexer_by_name)  # pyright: ignore[reportUnknownMemberType]
    name = _LANGUAGE.search(info)
    if name is None:
        return None
    try:
        return by_name(name[0].lower())
    except ClassNotFound:
        return None


class _Styles(dict[Any, Style]):
    """The style of each type of token, found when it is first asked for."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look

    def __missing__(self, kind: Any) -> Style:  # noqa: ANN401  # a token type of Pygments: a tuple of its own making
        name = str(kind).removeprefix("Token.")
        while name and name not in _STYLES:
            name = name.rpartition(".")[0]
        overlay = getattr(self._look, _STYLES[name]) if name else self._look.code_block
        style = self[kind] = self._look.code_block + overlay
        return style


_styles = lru_cache(maxsize=8)(_Styles)
