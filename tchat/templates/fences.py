"""Fenced blocks of code in a text, as CommonMark has them, indented or not."""

import re
from collections.abc import Iterator

_OPENING = re.compile(r"(?P<indent>[ \t]*)(?:(?P<ticks>`{3,})[^`]*|(?P<tildes>~{3,}).*)")


def fenced(text: str) -> Iterator[str]:
    """Yield what each fenced block holds, without the indent of its fence; one that is not closed goes to the end."""
    block: list[str] = []
    fence = indent = ""
    for line in text.splitlines():
        if not fence:
            opening = _OPENING.fullmatch(line)
            if opening:
                fence, indent, block = opening["ticks"] or opening["tildes"], opening["indent"], []
        elif _closes(line.strip(), fence):
            yield "\n".join(block)
            fence = ""
        else:
            block.append(line.removeprefix(indent) if line.startswith(indent) else line.lstrip())
    if fence:
        yield "\n".join(block)


def _closes(line: str, fence: str) -> bool:
    return len(line) >= len(fence) and not line.strip(fence[0])
