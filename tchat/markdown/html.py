"""Where HTML begins and ends among Markdown's blocks: https://spec.commonmark.org/0.31.2/#html-blocks."""

import re
from functools import cache
from typing import NamedTuple


class HtmlStart(NamedTuple):
    """The start of a block of HTML."""

    end: re.Pattern[str] | None
    """What its last line holds; None where a blank line ends it."""


def html_end(line: str, *, interrupts: bool) -> HtmlStart | None:
    """Return how the block of HTML ends that a line begins; None if it begins none.

    Args:
        line: from its first character that is no white space.
        interrupts: whether the line would end a paragraph, which a line of any one tag does not.
    """
    for start, end, can_interrupt in _sequences():
        if (can_interrupt or not interrupts) and start.search(line):
            return HtmlStart(None if end.search("") else end)
    return None


@cache
def _sequences() -> list[tuple[re.Pattern[str], re.Pattern[str], bool]]:
    from markdown_it.rules_block.html_block import HTML_SEQUENCES

    return HTML_SEQUENCES
