"""The code blocks of a Markdown text, to be copied and saved."""

from msgspec import Struct

from tchat.markdown.blocks import Blocks
from tchat.markdown.pieces import CodeHead, CodeLines, CodeTail
from tchat.markdown.source import Source


class CodeBlock(Struct, frozen=True):
    """One code block as it was written."""

    text: str
    is_closed: bool
    """Whether its end was written, and not only that of the text."""


def code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """Return the code blocks of a text, in the order that rendered lines number them in."""
    source, blocks = Source(), Blocks()
    source.feed(text)
    for line in source.take():
        blocks.take(line)
    if source.rest is not None:
        blocks.take(source.rest)
    closed = sum(isinstance(placed.piece, CodeTail) for placed in blocks.placed)
    blocks.close()
    found: list[list[str]] = []
    for placed in blocks.placed:
        match placed.piece:
            case CodeHead():
                found.append([])
            case CodeLines(lines=lines) | CodeTail(lines=lines):
                found[-1].extend(lines)
            case _:
                pass
    return tuple(CodeBlock("".join(lines), is_closed=number < closed) for number, lines in enumerate(found))
