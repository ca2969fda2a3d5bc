"""The filters that texts have beyond minijinja's own.

Each takes JSON values, with tuples for lists where it likes, and raises `FilterError` for what it cannot take.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, TypeGuard, cast

from tchat.templates import numerals
from tchat.templates.calculating import Incalculable, calculate
from tchat.templates.comparing import exact, key

LARGEST = 32_000_000
"""Characters that the rendering of one text may make, all that is thrown away on the way included."""

_TAG = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_IDEOGRAPHS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
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
    if indent is not None and not (_is_count(indent) and indent <= _WIDEST_INDENT):
        raise FilterError("json", f"takes a number of blanks to indent by, {_WIDEST_INDENT} at most")
    pieces = json.JSONEncoder(ensure_ascii=False, indent=indent, default=str).iterencode(value)
    return "".join(_bounded("json", pieces))


def lines(value: object) -> tuple[str, ...]:
    """Return the lines of a text that are not blank, without the blanks around them."""
    return tuple(line.strip() for line in _text("lines", value).splitlines() if line.strip())


def numbered(value: object) -> str:
    """Return a list, or the lines of a text, one a line, with `1. `, `2. ` before them."""
    items = lines(value) if isinstance(value, str) else _items("numbered", value)
    return "\n".join(f"{number}. {shown(item)}" for number, item in enumerate(items, 1))


def words(value: object) -> int:
    """Return how many words a text has; each ideograph and kana counts as one."""
    return sum(1 for _ in _word().finditer(_text("words", value)))


def chunks(value: object, size: object, overlap: object = 0) -> tuple[str, ...]:
    """Return a text in pieces of at most `size` words, each beginning with the last `overlap` words of the one before.

    A piece ends with a paragraph if one ends in its second half, else with a sentence, else between two words.
    """
    text = _text("chunks", value)
    if not _is_count(size) or not _is_count(overlap) or not 0 <= overlap < size:
        raise FilterError("chunks", "takes a number of words, and a smaller one that pieces overlap by")
    spans = [match.span() for match in _word().finditer(text)]
    return tuple(_bounded("chunks", _chunks(text, spans, size, overlap)))


def _chunks(text: str, spans: list[tuple[int, int]], size: int, overlap: int) -> Iterator[str]:
    first = 0
    while first < len(spans):
        end = first + size
        if end < len(spans):
            end = _best_end(text, spans, first + max(size // 2, overlap + 1), end)
        yield text[spans[first][0] : spans[min(end, len(spans)) - 1][1]]
        if end >= len(spans):
            break
        first = end - overlap


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


def top(value: object, count: object, field: object = None) -> tuple[Any, ...]:
    """Return the `count` highest items of a list, the highest first: numbers, or tables by the number in `field`.

    Those that are equal stay in their order; null comes last.
    """
    if not _is_count(count):
        raise FilterError("top", "takes how many of the highest are wanted")
    items = _items("top", value)
    ranks = [_rank("top", item if field is None else _field("top", item, field)) for item in items]
    best = sorted(range(len(items)), key=ranks.__getitem__, reverse=True)
    return tuple(items[at] for at in best[:count])


def mean(value: object) -> int | float | None:
    """Return the mean of a list of numbers, leaving nulls out; null where there are none."""
    ranks = [_rank("mean", item)[1] for item in _items("mean", value) if item is not None]
    return numerals.plain(sum(ranks, Fraction()) / len(ranks)) if ranks else None


def majority(value: object) -> object:
    """Return the item that is in a list most often, in the form it first has there; nulls do not count.

    Items are the same as in a vote: numbers by value, texts without regard to case. Ties go to the earlier one.
    """
    first: dict[object, object] = {}
    counts: dict[object, int] = {}
    for item in _items("majority", value):
        if item is not None:
            same = key(item)
            first.setdefault(same, item)
            counts[same] = counts.get(same, 0) + 1
    return first[max(counts, key=counts.__getitem__)] if counts else None


def number(value: object) -> int | float | None:
    """Return the last number in a text, and a number as it is; null where there is none."""
    if value is None or _is_number(value):
        return value
    return numerals.last(_text("number", value))


def all_numbers(value: object) -> tuple[int | float, ...]:
    """Return every number in a text, in order; a fraction is two numbers, as in a sum."""
    return tuple(numerals.numbers(_text("numbers", value).replace("/", " / ")))


def calc(value: object) -> int | float:
    """Return what a sum such as `(10 - 4) * 2 ** 2 / 3` comes to, calculated exactly.

    What is whole is an int, anything else the nearest float. There are `+ - * / ** ^` and parentheses, and bounds.
    """
    if _is_number(value):
        return value
    text = _text("calc", value)
    try:
        return numerals.plain(calculate(text))
    except (Incalculable, OverflowError) as error:
        problem = str(error) if isinstance(error, Incalculable) else "has a value that is too large"
        raise FilterError("calc", f"cannot calculate {shown(_short(text))}: it {problem}") from error


FILTERS: Mapping[str, Callable[..., object]] = {
    "fence": fence,
    "json": as_json,
    "lines": lines,
    "numbered": numbered,
    "words": words,
    "chunks": chunks,
    "flatten": flatten,
    "zip": zipped,
    "top": top,
    "mean": mean,
    "majority": majority,
    "number": number,
    "numbers": all_numbers,
    "calc": calc,
}

_LONGEST_SHOWN = 60
_WIDEST_INDENT = 16


@cache
def _word() -> re.Pattern[str]:
    """Return what a word is; it takes long to compile, and few templates count words."""
    return re.compile(rf"[^\w\s]*[{_IDEOGRAPHS}][^\w\s]*|[^\s{_IDEOGRAPHS}]+")


def _bounded(name: str, pieces: Iterable[str]) -> Iterator[str]:
    """Yield pieces of text until they are too much."""
    made = 0
    for piece in pieces:
        made += len(piece)
        if made > LARGEST:
            raise FilterError(name, f"makes more than {LARGEST // 1_000_000} million characters of this")
        yield piece


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


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rank(name: str, value: object) -> tuple[bool, Fraction]:
    """Return what orders numbers, with null below them all."""
    if value is None:
        return False, Fraction()
    rank = exact(value) if _is_number(value) else None
    if not isinstance(rank, Fraction):
        raise FilterError(name, "takes a list of numbers")
    return True, rank


def _field(name: str, item: object, field: object) -> object:
    if not isinstance(item, dict) or field not in item:
        raise FilterError(name, f"takes a list of tables that each have {shown(field)}")
    return cast("dict[object, object]", item)[field]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
