"""The code blocks of a Markdown text, to be copied and saved."""

from msgspec import Struct

from tchat.markdown.blocks import Blocks
from tchat.markdown.pieces import CodeHead, CodeLines, CodeTail
from tchat.markdown.source import Source


class CodeBlock(Struct, frozen=True):
    """One code block as it was written."""

    language: str
    """What the fence says about it; empty if nothing."""
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
    found: list[tuple[str, list[str]]] = []
    for placed in blocks.placed:
        match placed.piece:
            case CodeHead(_, info):
                found.append((info, []))
            case CodeLines(lines=lines) | CodeTail(lines=lines):
                found[-1][1].extend(lines)
            case _:
                pass
    return tuple(
        CodeBlock(info, "".join(lines), is_closed=number < closed) for number, (info, lines) in enumerate(found)
    )
