"""Markdown within lines as styled text: nothing of the source is left out but the marks."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from rich.style import Style

from tchat.domain.text import printable
from tchat.markdown.look import Look
from tchat.markdown.maths import readable
from tchat.markdown.wrapping import Spans, untabbed

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_MARKS = re.compile(r"[\\`*_~\[\]<&$!\n\t:]")
_SPACES = str.maketrans("\n\t\u2028\u2029", "    ")
_URL = re.compile(r"https?://[^\s<>\"'`]+")
_URL_END = ".,;:!?)*_"
_MOST_BRACKETS, _MOST_MARKS = 300, 1_200
"""How many of them are looked at; a text with more is no prose but data, and shown as it is."""
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_DOLLARS = re.compile(
    r"\$\$(?!\$)(?P<display>.+?)(?<!\\)\$\$|\$(?![\s$])(?P<inline>(?:\\.|[^$\\])+?)(?<!\s)\$(?![\w$])", re.DOTALL
)
_BRACKETS = re.compile(r"\\\((?P<inline>.+?)\\\)|\\\[(?P<display>.+?)\\\]", re.DOTALL)
_BLANKS = {"softbreak": " ", "hardbreak": "\n"}
_CLOSINGS = frozenset({"em_close", "strong_close", "s_close"})
_MATHS = re.compile(r"[\\^_=+<>|/*\d-]|^\s*\w{1,2}\s*$")


def spans_of(text: str, base: Style, look: Look) -> Spans:
    """Return Markdown within lines as styled text on top of a style; a newline in it is a hard line break."""
    if not _MARKS.search(text):
        return [(text, base)] if text else []
    if text.count("[") > _MOST_BRACKETS or sum(map(text.count, "*_~<`&$\\")) > _MOST_MARKS:
        return [(_clean(text), base)]
    if "\t" in text:
        text = "\n".join(map(untabbed, text.split("\n")))
    return _Walk(base, look).walked(_tokens(text))


def warm() -> None:
    """Import the parser and build it."""
    _parser()


class _Walk:
    """Goes through the tokens of a text."""

    def __init__(self, base: Style, look: Look) -> None:
        self._styles = [base]
        self._look = look
        self._spans: Spans = []
        self._links: list[tuple[int, str, str]] = []
        """Open links: where their text begins, the address, the title."""
        self._overlays = {"em_open": look.emphasis, "strong_open": look.strong, "s_open": look.strike}
        self._others = {
            "code_inline": self._code,
            "link_open": self._open_link,
            "link_close": self._close_link,
            "image": self._image,
            "math": self._maths,
        }

    def walked(self, tokens: list[Token]) -> Spans:
        """Return styled text."""
        for token in tokens:
            self._token(token)
        return _without_outer_breaks(self._spans)

    def _token(self, token: Token) -> None:
        kind = token.type
        if kind in {"text", "text_special"}:
            self._text(_clean(token.content))
        elif kind in _BLANKS:
            self._add(_BLANKS[kind])
        elif kind in self._overlays:
            self._styles.append(self._styles[-1] + self._overlays[kind])
        elif kind in _CLOSINGS:
            self._styles.pop()
        else:
            self._others.get(kind, self._literal)(token)

    def _add(self, text: str, overlay: Style | None = None) -> None:
        style = self._styles[-1] if overlay is None else self._styles[-1] + overlay
        if self._spans and self._spans[-1][1] is style:
            self._spans[-1] = (self._spans[-1][0] + text, style)
        elif text:
            self._spans.append((text, style))

    def _text(self, text: str) -> None:
        """Add text, with the addresses that stand in it."""
        if "://" not in text or self._links:
            self._add(text)
            return
        at = 0
        for match in _URL.finditer(text):
            url = match[0].rstrip(_URL_END)
            self._add(text[at : match.start()])
            self._add(url, self._look.url + _link(url))
            at = match.start() + len(url)
        self._add(text[at:])

    def _code(self, token: Token) -> None:
        self._add(_clean(token.content), self._look.code)

    def _open_link(self, token: Token) -> None:
        url = _clean(str(token.attrs["href"]))
        self._links.append((len(self._spans), url, _clean(str(token.attrs.get("title", "")))))
        self._spans.append(("", self._styles[-1]))
        self._styles.append(self._styles[-1] + self._look.link + _link(url))

    def _close_link(self, token: Token) -> None:
        del token
        self._styles.pop()
        start, url, title = self._links.pop()
        said = "".join(text for text, _ in self._spans[start:])
        address = url if said not in {url, url.removeprefix("mailto:")} else ""
        self._address(address, title, url)

    def _address(self, address: str, title: str, url: str) -> None:
        shown = " ".join(part for part in (address, f'"{title}"' if title else "") if part)
        if shown:
            self._add(" (")
            self._add(shown, self._look.url + _link(url))
            self._add(")")

    def _image(self, token: Token) -> None:
        url = _clean(str(token.attrs["src"]))
        self._styles.append(self._styles[-1] + self._look.link + _link(url))
        for child in token.children or []:
            self._token(child)
        self._styles.pop()
        self._address(url, _clean(str(token.attrs.get("title", ""))), url)

    def _maths(self, token: Token) -> None:
        shown = readable(token.content)
        if shown is None:
            self._add(_clean(token.markup), self._look.literal)
        else:
            self._add(_clean(shown))

    def _literal(self, token: Token) -> None:
        if _BREAK.fullmatch(token.content):
            self._add("\n")
        else:
            self._add(_clean(token.content), self._look.literal)


def _without_outer_breaks(spans: Spans) -> Spans:
    while spans and not spans[-1][0].rstrip("\n "):
        spans.pop()
    while spans and not spans[0][0].lstrip("\n "):
        spans.pop(0)
    if spans:
        spans[-1] = (spans[-1][0].rstrip("\n "), spans[-1][1])
        spans[0] = (spans[0][0].lstrip("\n "), spans[0][1])
    return spans


def _clean(text: str) -> str:
    """Return decoded text on one line and without what commands a terminal."""
    return printable(text).translate(_SPACES)


def _link(url: str) -> Style:
    return Style(meta={"url": url})


def _tokens(text: str) -> list[Token]:
    parser = _parser()
    tokens: list[Token] = []
    parser.inline.parse(text, parser, {}, tokens)
    return tokens


@cache
def _parser() -> MarkdownIt:
    """Return CommonMark's inline parser with strikethrough and formulas; addresses stay as they are written."""
    from markdown_it import MarkdownIt

    class Verbatim(MarkdownIt):
        def normalizeLink(self, url: str) -> str:  # noqa: N802  # the parser's own name
            return url

        def normalizeLinkText(self, link: str) -> str:  # noqa: N802
            return link

    parser = Verbatim("commonmark").enable("strikethrough")
    parser.inline.ruler.before("escape", "math", _math_rule)
    return parser


def _math_rule(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # the parser's own signature
    """Find a formula: between dollars, told from sums of money as pandoc does it, or between escaped brackets."""
    start, source = state.pos, state.src
    if source[start] == "$":
        if start and (source[start - 1].isalnum() or source[start - 1] == "\\"):
            return False
        found = _DOLLARS.match(source, start)
    elif source.startswith(("\\(", "\\["), start) and ("\\)" if source[start + 1] == "(" else "\\]") in source[start:]:
        found = _BRACKETS.match(source, start)
        if found is not None and not _MATHS.search(found[found.lastgroup or 0]):
            found = None
    else:
        return False
    if found is None:
        return False
    if not silent:
        token: Any = state.push("math", "", 0)
        token.content = found[found.lastgroup or 0]
        token.markup = found[0]
    state.pos = found.end()
    return True
