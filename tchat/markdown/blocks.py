"""Markdown's block structure, one line at a time: what is decided by a line is never decided again.

The structure is that of CommonMark 0.31 with GitHub's tables, without link reference definitions, which stay text, and
with formulas on lines of their own. https://spec.commonmark.org/0.31.2/#appendix-a-parsing-strategy
"""

import re
from copy import copy
from typing import Self

from tchat.markdown.cursor import Cursor
from tchat.markdown.html import html_end
from tchat.markdown.leaves import Code, Display, Html, Leaf, Paragraph, Table, table_from
from tchat.markdown.pieces import Container, Item, Nothing, Piece, Placed, Quote, Rule, Text
from tchat.markdown.source import SourceLine

CODE_INDENT = 4

_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_HEADING_END = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
_FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_UNDERLINE = re.compile(r"(=+|-+)[ \t]*$")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_BULLET = re.compile(r"[*+-](?=[ \t]|$)")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=[ \t]|$)", re.ASCII)
BULLET = "•"


class Blocks:
    """The blocks that are open, and the pieces that are final."""

    def __init__(self) -> None:
        self.placed: list[Placed] = []
        """The pieces since they were last taken away."""
        self._containers: list[Container] = []
        self._leaf: Leaf | None = None
        self._is_spaced = False
        self._is_new_item = False
        """Whether the innermost container is an item in which nothing has begun."""
        self._lists: dict[int, tuple[str, int]] = {}
        """By depth: the kind of the list that an item may continue, and its next number."""
        self._codes = 0

    def copy(self) -> Self:
        """Return the same state, with no pieces."""
        other = copy(self)
        other.placed = []
        other._containers = self._containers.copy()  # noqa: SLF001  # its own class
        other._lists = self._lists.copy()  # noqa: SLF001
        other._leaf = self._leaf.copy() if self._leaf is not None else None  # noqa: SLF001
        return other

    def take(self, line: SourceLine) -> None:
        """Take the next line, or a piece of one."""
        if line.continues:
            self._continue(line)
            return
        cursor = Cursor(line)
        depth = self._matched(cursor)
        if depth == len(self._containers) and self._taken_by_leaf(cursor):
            return
        self._begin(cursor, depth)

    def close(self) -> None:
        """End the text."""
        self._close_to(0)

    def would_close(self, line: SourceLine) -> bool:
        """Whether a line that is not complete may become the end of the open code block."""
        leaf = self._leaf
        text = line.text.strip(" \t>")
        return isinstance(leaf, Code) and bool(leaf.fence) and bool(text) and text == leaf.fence[0] * len(text)

    # --- what goes on

    def _continue(self, line: SourceLine) -> None:
        match self._leaf:
            case None:
                self._leaf = leaf = Paragraph(follows=True)
                self._put(leaf.add(line.text, is_cut=line.is_cut))
            case Paragraph() as leaf:
                self._put(leaf.add(line.text, is_cut=line.is_cut))
            case leaf:
                self._put(leaf.add(line.text))

    def _matched(self, cursor: Cursor) -> int:
        """Move over the marks of the containers that go on, and return how many do."""
        for depth, container in enumerate(self._containers):
            if isinstance(container, Quote):
                if not _skip_quote_mark(cursor):
                    return depth
            elif cursor.is_blank:
                if self._is_new_item and depth == len(self._containers) - 1:
                    return depth
                cursor.skip_columns(container.indent)
            elif cursor.indent >= container.indent:
                cursor.skip_columns(container.indent)
            else:
                return depth
        return len(self._containers)

    def _taken_by_leaf(self, cursor: Cursor) -> bool:
        """Give the line to the open leaf if that leaf takes it whatever it holds."""
        match self._leaf:
            case Code() as leaf:
                return self._taken_by_code(leaf, cursor)
            case Html() as leaf if leaf.end is not None or not cursor.is_blank:
                self._put(leaf.add(cursor.rest + cursor.end))
                if leaf.end is not None and leaf.end.search(cursor.rest):
                    self._end_leaf()
            case Display() as leaf if not cursor.is_blank and not leaf.is_long:
                leaf.add(cursor.ahead + cursor.end)
                if leaf.is_closed:
                    self._end_leaf()
            case _:
                return False
        return True

    def _taken_by_code(self, leaf: Code, cursor: Cursor) -> bool:
        if leaf.fence and leaf.is_closed_by(cursor):
            self._end_leaf()
            self._is_spaced = False
            return True
        if not leaf.fence and not cursor.is_blank and cursor.indent < CODE_INDENT:
            return False
        cursor.skip_columns(leaf.indent)
        self._put(leaf.add(cursor.rest + cursor.end))
        return True

    # --- what begins

    def _begin(self, cursor: Cursor, depth: int) -> None:
        """Open the blocks that a line begins, and give what is left of it to a leaf."""
        open_depth = depth
        is_whole = depth == len(self._containers)
        while not cursor.is_blank:
            interrupted = self._leaf if is_whole else None
            can_lag = isinstance(self._leaf, Paragraph) and depth == open_depth
            if cursor.indent >= CODE_INDENT:
                if not can_lag:
                    self._open_indented(cursor, depth)
                    return
                break
            container = self._container(cursor, depth, interrupted)
            if container is None:
                if self._leaf_begun(cursor, depth, interrupted):
                    return
                break
            self._open(container, depth)
            depth += 1
            is_whole = True
        if cursor.is_blank:
            self._blank(depth)
        else:
            self._text(cursor, depth, is_lazy=depth == open_depth < len(self._containers))

    def _container(self, cursor: Cursor, depth: int, interrupted: Leaf | None) -> Container | None:
        """Return the container that begins here, if any does, with the cursor behind its mark."""
        ahead = cursor.ahead
        if ahead.startswith(">"):
            _skip_quote_mark(cursor)
            return Quote()
        if _RULE.match(ahead):
            return None
        bullet, number = _BULLET.match(ahead), _NUMBER.match(ahead)
        mark = bullet or number
        if mark is None:
            return None
        is_empty = not ahead[mark.end() :].strip()
        if isinstance(interrupted, Paragraph) and (is_empty or (number and int(number[1]) != 1)):
            return None
        return self._item(cursor, depth, mark[0], is_empty=is_empty)

    def _goes_on(self, depth: int, kind: str) -> bool:
        """Whether an item of that kind would be the next one of the list at that depth."""
        return self._lists.get(depth, ("", 0))[0] == kind

    def _item(self, cursor: Cursor, depth: int, mark: str, *, is_empty: bool) -> Item:
        indent = cursor.indent + len(mark)
        cursor.skip_characters(len(mark))
        inside = cursor.indent
        wide = 1 if is_empty or inside > CODE_INDENT else inside
        cursor.skip_columns(wide)
        kind = mark[-1]
        is_first = not self._goes_on(depth, kind)
        if kind not in ".)":
            self._lists_at(depth, kind, 0)
            return Item(marker=BULLET, indent=indent + wide, is_first=is_first)
        number = int(mark[:-1]) if is_first else self._lists[depth][1]
        self._lists_at(depth, kind, number + 1)
        return Item(marker=f"{number}{kind}", indent=indent + wide, is_first=is_first)

    def _lists_at(self, depth: int, kind: str, following: int) -> None:
        self._lists = {place: known for place, known in self._lists.items() if place < depth}
        self._lists[depth] = (kind, following)

    def _open(self, container: Container, depth: int) -> None:
        if isinstance(container, Quote):
            self._no_list(depth)
        self._close_to(depth)
        self._end_leaf()
        self._containers.append(container)
        self._is_new_item = isinstance(container, Item)

    def _leaf_begun(self, cursor: Cursor, depth: int, interrupted: Leaf | None) -> bool:
        """Open the leaf that a line begins, other than a paragraph, if it begins one."""
        ahead = cursor.ahead
        if isinstance(interrupted, Paragraph) and self._paragraph_became(interrupted, ahead):
            return True
        if heading := _HEADING.match(ahead):
            self._place(depth)
            text = _HEADING_END.sub("", ahead[heading.end() :].rstrip())
            self._put([Text(text=text, heading=len(heading[1]))])
        elif fence := _FENCE.match(ahead):
            indent = cursor.indent
            self._place(depth)
            self._open_code(fence[2] if fence[1] else fence[4], fence[1] or fence[3], indent)
        elif _RULE.match(ahead):
            self._place(depth)
            self._put([Rule()])
        elif ahead.startswith(("$$", "\\[")):
            self._place(depth)
            leaf = Display("$$" if ahead[0] == "$" else "\\]")
            leaf.add(ahead + cursor.end)
            self._leaf = leaf
            if leaf.is_closed:
                self._end_leaf()
        elif ahead.startswith("<") and (html := html_end(ahead, interrupts=isinstance(self._leaf, Paragraph))):
            self._place(depth)
            self._leaf = leaf = Html(html.end)
            self._put(leaf.add(cursor.rest + cursor.end))
            if html.end is not None and html.end.search(ahead):
                self._end_leaf()
        else:
            return False
        return True

    def _paragraph_became(self, paragraph: Paragraph, ahead: str) -> bool:
        """Make a heading or a table of the open paragraph if this line says that it is one."""
        underline = _UNDERLINE.match(ahead)
        if underline and not paragraph.follows and "".join(paragraph.lines).strip():
            self._leaf = None
            self._put(paragraph.heading(1 if underline[1][0] == "=" else 2))
            return True
        table = table_from(paragraph.lines[-1], ahead)
        if table is None:
            return False
        paragraph.lines.pop()
        if paragraph.lines:
            self._end_leaf()
            self._is_spaced = False
        self._leaf = table
        return True

    def _open_indented(self, cursor: Cursor, depth: int) -> None:
        self._place(depth)
        cursor.skip_columns(CODE_INDENT)
        self._open_code("", "", CODE_INDENT)
        assert self._leaf is not None  # noqa: S101  # it was opened in the line above
        self._put(self._leaf.add(cursor.rest + cursor.end))

    def _open_code(self, info: str, fence: str, indent: int) -> None:
        leaf = Code(self._codes, info.strip(), fence=fence, indent=indent)
        self._codes += 1
        self._leaf = leaf
        self._put([leaf.head])

    # --- what is left of a line

    def _blank(self, depth: int) -> None:
        self._close_to(depth)
        self._end_leaf()
        self._is_spaced = True

    def _text(self, cursor: Cursor, depth: int, *, is_lazy: bool) -> None:
        if is_lazy and isinstance(self._leaf, Paragraph):
            depth = len(self._containers)
        if depth < len(self._containers) or isinstance(self._leaf, Code | Html | Display):
            self._close_to(depth)
            self._end_leaf()
        if isinstance(self._leaf, Table):
            self._put(self._leaf.add(cursor.ahead))
            return
        if not isinstance(self._leaf, Paragraph):
            self._place(depth)
            self._leaf = Paragraph()
        self._put(self._leaf.add(cursor.ahead + cursor.end, is_cut=cursor.is_cut))

    # --- what ends

    def _place(self, depth: int) -> None:
        """Make room for a leaf at a depth."""
        self._close_to(depth)
        self._end_leaf()
        self._no_list(depth)
        self._is_new_item = False

    def _no_list(self, depth: int) -> None:
        """Note that something other than an item begins at a depth, so that no list there goes on."""
        self._lists = {place: known for place, known in self._lists.items() if place < depth}

    def _close_to(self, depth: int) -> None:
        """Close every container but the outermost `depth` ones."""
        if depth < len(self._containers) or depth == 0:
            self._end_leaf()
        if self._is_new_item and depth < len(self._containers):
            self._put([Nothing()])
        del self._containers[depth:]

    def _end_leaf(self) -> None:
        leaf, self._leaf = self._leaf, None
        if leaf is not None:
            self._put(leaf.finish())
            self._is_spaced = isinstance(leaf, Code | Html) and bool(leaf.blanks)

    def _put(self, pieces: list[Piece]) -> None:
        """Add final pieces."""
        for piece in pieces:
            self.placed.append(Placed(piece, tuple(self._containers), self._is_spaced))
            self._is_spaced = False
        if pieces:
            self._is_new_item = False


def _skip_quote_mark(cursor: Cursor) -> bool:
    """Move over the mark of a quote, if there is one."""
    if cursor.indent >= CODE_INDENT or not cursor.ahead.startswith(">"):
        return False
    cursor.skip_characters(1)
    cursor.skip_columns(1)
    return True
