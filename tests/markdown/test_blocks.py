"""The block structure: CommonMark's, as another parser finds it."""

import re
from typing import cast

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tchat.markdown.blocks import Blocks
from tchat.markdown.pieces import (
    CodeHead,
    CodeLines,
    CodeTail,
    Container,
    Item,
    LiteralLines,
    Placed,
    Rule,
    TableHead,
    TableRow,
    Text,
)
from tchat.markdown.source import Source

Found = tuple[str, str, str]
"""What is around a leaf, its kind, its text."""

STARTS = [
    *(
        "",
        "",
        "",
        "- ",
        "* ",
        "1. ",
        "2. ",
        "10) ",
        "> ",
        ">",
        "  ",
        "    ",
        "      ",
        "\t",
        "-",
        "- - ",
        "> - ",
        "-   ",
    ),
    *("-\t", ">\t"),
]
ENDS = [
    *("word", "two words", "a | b", "| a | b |", "|---|---|", "--- | ---", "===", "---", "***", "- - -", "# head"),
    *("## head ##", "#", "```", "````", "~~~", "```py x", "``", "<div>", "</div>", "<!-- a", "b -->", "<b>", "<pre>"),
    *("</pre>", "", "", "", "1", "|"),
]
lines = st.tuples(st.sampled_from(STARTS), st.sampled_from(STARTS), st.sampled_from(ENDS)).map("".join)
documents = st.lists(lines, max_size=12).map(lambda found: "\n".join(found) + "\n")


_TABLE_BEHIND_A_MARK = re.compile(r"^.*(?:[-*>]|\d[.)]).*\|.*\n.*-", re.MULTILINE)

_MARK = re.compile(r"^\s*(?:[-*>]|\d+[.)])", re.MULTILINE)
_DEEP = re.compile(r"^[> ]*(?: {4}|\t)", re.MULTILINE)


def ours(text: str) -> list[Found]:
    """Return the leaves that `Blocks` finds."""
    source, blocks = Source(), Blocks()
    source.feed(text)
    for line in source.take():
        blocks.take(line)
    blocks.close()
    found: list[Found] = []
    for placed in blocks.placed:
        kind, said, follows = _told(placed)
        if follows:
            found[-1] = (*found[-1][:2], found[-1][2] + said)
        else:
            found.append(("".join(map(_mark, placed.path)), kind, said))
    return found


def _told(placed: Placed) -> tuple[str, str, bool]:  # noqa: PLR0911  # one answer for each kind of piece
    """Return a piece's kind, its text, and whether it belongs to the one before."""
    match placed.piece:
        case Text(text=said, heading=level, follows=follows):
            return (f"h{level}" if level else "p", said, follows)
        case CodeHead(_, info):
            return ("code", info + "\n", False)
        case CodeLines(lines=found) | CodeTail(lines=found):
            return ("code", "".join(found), True)
        case LiteralLines(found, follows):
            return ("html", "".join(found), follows)
        case TableHead(header=header, rows=rows):
            return ("table", str([list(header), *map(list, rows)]), False)
        case TableRow(row):
            return ("table", str(list(row)), True)
        case Rule():
            return ("hr", "", False)
        case _:
            return ("nothing", "", False)


def _mark(container: Container) -> str:
    return container.marker.replace("•", "-") if isinstance(container, Item) else ">"


class Reference:
    """Walks through the tokens of markdown-it."""

    def __init__(self, text: str) -> None:
        parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table").disable("reference")
        self.tokens = parser.parse(text)
        self.path: list[str] = []
        self.ordinals: list[int | None] = []
        self.cells: list[list[str]] = []
        self.found: list[Found] = []

    def walked(self) -> list[Found]:
        """Return the leaves."""
        for number, token in enumerate(self.tokens):
            following = self.tokens[number + 1] if number + 1 < len(self.tokens) else token
            self._around(token, following)
            self._leaf(token, following.content)
            self._table(token, following.content)
        return self.found

    def _add(self, kind: str, said: str) -> None:
        self.found.append(("".join(self.path), kind, said))

    def _around(self, token: Token, following: Token) -> None:
        match token.type:
            case "blockquote_open":
                self.path.append(">")
            case "bullet_list_open":
                self.ordinals.append(None)
            case "ordered_list_open":
                self.ordinals.append(int(cast("int", token.attrs.get("start", 1))))
            case "bullet_list_close" | "ordered_list_close":
                self.ordinals.pop()
            case "list_item_open":
                ordinal = self.ordinals[-1]
                self.path.append("-" if ordinal is None else f"{ordinal}{token.markup}")
                self.ordinals[-1] = None if ordinal is None else ordinal + 1
                if following.type == "list_item_close":
                    self._add("nothing", "")
            case "blockquote_close" | "list_item_close":
                self.path.pop()
            case _:
                pass

    def _leaf(self, token: Token, inside: str) -> None:
        match token.type:
            case "paragraph_open":
                self._add("p", inside)
            case "heading_open":
                self._add(token.tag, inside)
            case "fence" | "code_block":
                self._add("code", f"{token.info.strip()}\n{token.content}")
            case "html_block":
                self._add("html", token.content)
            case "hr":
                self._add("hr", "")
            case _:
                pass

    def _table(self, token: Token, inside: str) -> None:
        match token.type:
            case "table_open":
                self.cells = []
            case "tr_open":
                self.cells.append([])
            case "th_open" | "td_open":
                self.cells[-1].append(inside)
            case "table_close":
                self._add("table", str(self.cells))
            case _:
                pass


def _compared(found: list[Found]) -> list[Found]:
    """Return leaves without what may differ: blanks around lines outside code, empty lines at the end."""
    return [
        (path, kind, said.rstrip("\n") if kind == "code" else "\n".join(map(str.strip, said.split("\n"))).rstrip("\n"))
        for path, kind, said in found
    ]


@given(documents)
@settings(max_examples=100, deadline=None)
def test_blocks_are_those_of_commonmark(text: str) -> None:
    """Containers, numbers, headings, code, HTML and tables are where the reference parser sees them."""
    assume(not _TABLE_BEHIND_A_MARK.search(text))  # markdown-it takes the mark for a part of the header
    assume(not (_MARK.search(text) and _DEEP.search(text)))  # such a line goes on with any paragraph; not there
    assert _compared(ours(text)) == _compared(Reference(text).walked())
