"""A whole text as lines: within the width, safe, complete, and copied as it was written."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tchat.domain.text import printable
from tchat.markdown.line import Line
from tchat.markdown.look import ANSI, MONOCHROME
from tchat.markdown.rendering import render
from tests.markdown.texts import documents, widths


def shown(text: str, width: int = 80) -> list[str]:
    """Return what the lines show."""
    return [line.text for line in render(text, width, ANSI)]


def copied(lines: list[Line]) -> str:
    """Return what copying all lines gives."""
    return "".join(line.text[line.margin :] + line.glue for line in lines).rstrip("\n")


@given(documents, widths)
@settings(max_examples=150, deadline=None)
def test_no_line_is_wider_than_asked_for(text: str, width: int) -> None:
    """Neither wide characters nor long words, deep nesting or tables reach beyond the last column."""
    for line in render(text, width, ANSI):
        assert cell_len(line.text) <= width


@given(documents, widths)
@settings(max_examples=150, deadline=None)
def test_lines_hold_nothing_that_commands_a_terminal(text: str, width: int) -> None:
    """No control character, no override of the reading direction, no line end, no blanks at the end."""
    lines = shown(text, width)
    for line in lines:
        assert line == printable(line)
        assert not set("\n\t\u2028\u2029") & set(line)
        assert line == line.rstrip(" ")
    assert not lines or (lines[0] and lines[-1])
