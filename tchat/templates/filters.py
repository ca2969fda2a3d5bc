"""The filters that texts have beyond minijinja's own.

Each takes JSON values, with tuples for lists where it likes, and raises `FilterError` for what it cannot take.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard, cast

_TAG = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_IDEOGRAPHS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[^\w\s]*[{_IDEOGRAPHS}][^\w\s]*|[^\s{_IDEOGRAPHS}]+")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_SENTENCE_END = re.compile(r"[.!?\u2026][\"'\u201d\u2019)\]]*\s|[\u3002\uff01\uff1f]")


class Unrenderable(Exception):
    """An expression has no value; `word` is the filter or field that it fails at."""

    def __init__(self, word: str, problem: str) -> None:
        super().__init__(problem)
        self.word = word


class FilterError(Unrenderable):
    """A filter was given what it cannot take."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(name, f'the filter "{name}" {problem}')


def shown(value: object) -> str:
    """Return a value as it stands in a text: a text as it is, everything else as JSON."""
    return str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def fence(value: object, tag: object = "document") -> str:
    """Return untrusted text between `<tag>` and `</tag>`, with every `</tag>` in it broken."""
    if not isinstance(tag, str) or not _TAG.fullmatch(tag):
        raise FilterError("fence", "takes the name of a tag, made of letters, digits, _ and -")
    inner = re.sub(rf"<(?=\s*/\s*{re.escape(tag)}\b)", "&lt;", shown(value), flags=re.IGNORECASE)
    return f"<{tag}>\n{inner}\n</{tag}>"


def as_json(value: object, indent: object = None) -> str:
    """Return a value as JSON; `indent` blanks a level put it on several lines."""
    if indent is not None and not _is_count(indent):
        raise FilterError("json", "takes a number of blanks to indent by")
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str)


def lines(value: object) -> tuple[str, ...]:
    """Return the lines of a text that are not blank, without the blanks around them."""
    return tuple(line.strip() for line in _text("lines", value).splitlines() if line.strip())


def numbered(value: object) -> str:
    """Return a list, or the lines of a text, one a line, with `1. `, `2. ` before them."""
    items = lines(value) if isinstance(value, str) else _items("numbered", value)
    return "\n".join(f"{number}. {shown(item)}" for number, item in enumerate(items, 1))


def words(value: object) -> int:
    """Return how many words a text has; each ideograph and kana counts as one."""
    return sum(1 for _ in _WORD.finditer(_text("words", value)))


def chunks(value: object, size: object, overlap: object = 0) -> tuple[str, ...]:
    """Return a text in pieces of at most `size` words, each beginning with the last `overlap` words of the one before.

    A piece ends with a paragraph if one ends in its second half, else with a sentence, else between two words.
    """
    text = _text("chunks", value)
    if not _is_count(size) or not _is_count(overlap) or not 0 <= overlap < size:
        raise FilterError("chunks", "takes a number of words, and a smaller one that pieces overlap by")
    spans = [match.span() for match in _WORD.finditer(text)]
    pieces: list[str] = []
    first = 0
    while first < len(spans):
        end = first + size
        if end < len(spans):
            end = _best_end(text, spans, first + max(size // 2, overlap + 1), end)
        pieces.append(text[spans[first][0] : spans[min(end, len(spans)) - 1][1]])
        if end >= len(spans):
            break
        first = end - overlap
    return tuple(pieces)


def _best_end(text: str, spans: list[tuple[int, int]], least: int, most: int) -> int:
    """Return how many words to take, from `least` to `most`."""
    for pattern in (_PARAGRAPH_END, _SENTENCE_END):
        for count in range(most, least - 1, -1):
            if pattern.search(text, spans[count - 1][0], spans[count][0]):
                return count
    return most


def flatten(value: object) -> tuple[Any, ...]:
    """Return the items of the lists in a list, one level down, without nulls."""
    flat: list[Any] = []
    for item in _items("flatten", value):
        if isinstance(item, list | tuple):
            flat.extend(cast("list[Any]", item))
        else:
            flat.append(item)
    return tuple(item for item in flat if item is not None)


def zipped(value: object, *others: object) -> tuple[tuple[Any, ...], ...]:
    """Return the first items of several lists together, then the second, as far as the shortest goes."""
    return tuple(zip(_items("zip", value), *(_items("zip", other) for other in others), strict=False))


FILTERS: Mapping[str, Callable[..., object]] = {
    "fence": fence,
    "json": as_json,
    "lines": lines,
    "numbered": numbered,
    "words": words,
    "chunks": chunks,
    "flatten": flatten,
    "zip": zipped,
}


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    raise FilterError(name, "takes a text")


def _items(name: str, value: object) -> list[Any] | tuple[Any, ...]:
    if isinstance(value, list | tuple):
        return cast("list[Any] | tuple[Any, ...]", value)
    raise FilterError(name, "takes a list")


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
