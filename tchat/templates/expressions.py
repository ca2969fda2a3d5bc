"""What the expressions in a text mention: names, filters, tests, tags and method calls, each with its place.

It reads texts whose syntax minijinja has accepted, with `{{ }}`, `{% %}` and no comments.
"""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

Role = Literal["name", "filter", "test", "tag", "attribute", "method"]

_OPENING = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}|\{\{|\{%", re.DOTALL)
_TOKEN = re.compile(
    r"""\s+|(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)"""
    r"""|(?P<close>%\}|\}\})|(?P<sign>.)""",
    re.DOTALL,
)
_BLANKS = re.compile(r"[ \t]*")
_CALLED = re.compile(r"\s*\(")


class Mention(Struct, frozen=True):
    """A word in an expression."""

    word: str
    role: Role
    offset: int


class Tag(Struct, frozen=True):
    """`{{ … }}` or `{% … %}` in a text."""

    start: int
    end: int
    is_block: bool
    """Whether it is `{% … %}`."""
    words: tuple[Mention, ...]


def mentions(source: str) -> tuple[Mention, ...]:
    """Return every word of every expression, in order."""
    return tuple(mention for tag in tags(source) for mention in tag.words)


def only_expression(source: str) -> str | None:
    """Return what stands between `{{` and `}}` if that is all of `source`; None if it is not."""
    if not source.startswith("{{") or not source.endswith("}}"):
        return None
    tag = _read_tag(source, 0)
    if tag is None or tag.end != len(source):
        return None
    inner = source[2:-2]
    return inner[inner[:1] in "-+" : len(inner) - (inner[-1:] in "-+")].strip() if inner else ""


def is_one_expression(source: str) -> bool:
    """Tell whether `source` stays one expression between `{{` and `}}`: it does not end them itself."""
    wrapped = f"{{{{ {source}\n}}}}"
    tag = _read_tag(wrapped, 0)
    return tag is not None and tag.end == len(wrapped)


def keep_line_ends(source: str) -> str:
    """Mark the blocks that share their line with text, so that blanks and line ends around them stay.

    For minijinja with `trim_blocks` and `lstrip_blocks`: a line that holds nothing but blocks leaves no line behind,
    and every other line stays as it is written. No line of `source` moves.
    """
    marked: list[str] = []
    at = 0
    blocks = [tag for tag in tags(source) if tag.is_block]
    alone = _blocks_on_lines_of_their_own(source, blocks)
    for tag in blocks:
        if tag.start not in alone:
            inner = source[tag.start + 2 : tag.end - 2]
            opening = "" if inner[:1] in "-+" else "+"
            closing = "" if inner[-1:] in "-+" else "+"
            marked.append(f"{source[at : tag.start]}{{%{opening}{inner}{closing}%}}")
            at = tag.end
    return "".join(marked) + source[at:]


def _blocks_on_lines_of_their_own(source: str, blocks: list[Tag]) -> set[int]:
    """Return the starts of the blocks on lines that hold nothing but blocks and blanks."""
    alone: set[int] = set()
    row: list[Tag] = []
    for tag in blocks:
        if row and not _is_blank(source, row[-1].end, tag.start):
            row = []
        if not row and not _is_blank(source, source.rfind("\n", 0, tag.start) + 1, tag.start):
            continue
        row.append(tag)
        rest = _BLANKS.match(source, tag.end)
        if rest is not None and source[rest.end() : rest.end() + 1] in ("", "\n"):
            alone.update(each.start for each in row)
            row = []
    return alone


def _is_blank(source: str, start: int, end: int) -> bool:
    return not source[start:end].strip(" \t")


def tags(source: str) -> Iterator[Tag]:
    """Yield every `{{ … }}` and `{% … %}`, in order; what stands between raw and endraw is none."""
    at = 0
    while opening := _OPENING.search(source, at):
        if opening.group() in ("{{", "{%"):
            tag = _read_tag(source, opening.start())
            if tag is None:
                return
            yield tag
            at = tag.end
        else:
            first = source.index("%}", opening.start()) + 2
            last = source.rindex("{%", opening.start(), opening.end())
            yield Tag(opening.start(), first, is_block=True, words=())
            yield Tag(last, opening.end(), is_block=True, words=())
            at = opening.end()


def _read_tag(source: str, start: int) -> Tag | None:
    """Return the expression or block that begins at `start`; None if it does not end."""
    is_block = source.startswith("{%", start)
    closing = "%}" if is_block else "}}"
    words: list[Mention] = []
    before, depth, at = "{%" if is_block else "", 0, start + 2
    while match := _TOKEN.match(source, at):
        piece = match.group()
        if piece == closing and depth == 0:
            return Tag(start, match.end(), is_block=is_block, words=tuple(words))
        at = match.start() + 1 if match["close"] else match.end()
        if piece.isspace():
            continue
        depth += (piece == "{") - (piece[0] == "}")
        if match["name"]:
            role = "name" if (before, piece) == ("is", "not") else _role(before, source, at)
            words.append(Mention(piece, role, match.start()))
        before = f"{before} {piece}" if (before, piece) == ("is", "not") else piece
    return None


def _role(before: str, source: str, end: int) -> Role:
    match before:
        case "{%":
            return "tag"
        case "|" | "filter":
            return "filter"
        case "is" | "is not":
            return "test"
        case ".":
            return "method" if _CALLED.match(source, end) else "attribute"
        case _:
            return "name"
