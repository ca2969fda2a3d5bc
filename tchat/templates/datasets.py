"""Data files of tests: rows of JSON lines or CSV, packed with gzip or not, and what stands in their columns."""

import csv
import gzip
import json
import zlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from tchat.domain.errors import UsageError
from tchat.templates.filters import shown
from tchat.templates.format import Input, Value
from tchat.templates.naming import did_you_mean, quoted
from tchat.templates.values import from_plain, from_text

Row = Mapping[str, Any]
"""One row: its columns by name, as JSON values; of a CSV file, texts."""

_PACKED = ".gz"
_LINES = (".jsonl", ".ndjson")
_TABLE = ".csv"
_DIGITS = 10
"""More digits than the number of an item can have."""


def read_rows(path: Path, limit: int | None = None) -> tuple[Row, ...]:
    """Return the rows of a file, or the first `limit` of them; lines without anything on them are no rows.

    Raises:
        UsageError: it cannot be read, or is not what its name says; the message names file and line.
    """
    suffix = path.with_suffix("").suffix if path.suffix == _PACKED else path.suffix
    if suffix not in (*_LINES, _TABLE):
        raise UsageError(
            f"{quoted(path)} is no data file", hint="name one that ends in .jsonl or .csv, or in .gz after that"
        )
    try:
        with _opened(path) as stream:
            rows = _from_csv(stream, path) if suffix == _TABLE else _from_lines(stream, path)
            return tuple(islice(rows, limit))
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise UsageError(f"cannot read {quoted(path)}: {reason}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{quoted(path)} is not UTF-8 text") from error


def cell(row: Row, column: str) -> Any:  # noqa: ANN401  # a JSON value
    """Return what stands in a column; `outer.inner` is a value within a table, `list.0` the first item of a list.

    Raises:
        UsageError: the row has no such column.
    """
    found = _find(row, column.split("."))
    if found is None:
        near = did_you_mean(column, row)
        raise UsageError(f"the data has no column {quoted(column)}{near}", hint=_columns(row))
    return found[0]


def as_input(spec: Input, value: object) -> object:
    """Return a cell as plain value of an input: numbers and lists are read from text, and what is no text becomes one.

    Raises:
        UsageError: it is not of the input's type; the message is about the value only.
    """
    if spec.type in ("text", "file", "choice", "image"):
        return value if isinstance(value, str) else shown(value)
    return from_text(spec, value) if isinstance(value, str) else from_plain(spec, value)


def as_value(value: object) -> Value:
    """Return a cell as texts and expressions see it."""
    return cast("Value", value)


def _find(found: object, parts: Sequence[str]) -> tuple[object] | None:
    """Return what stands under names that may have dots themselves: the longest name that leads somewhere is taken."""
    if not parts:
        return (found,)
    if isinstance(found, Mapping):
        table = cast("Mapping[str, object]", found)
        ways = ((".".join(parts[:end]), parts[end:]) for end in range(len(parts), 0, -1))
        inner = (_find(table[name], rest) for name, rest in ways if name in table)
        return next((value for value in inner if value is not None), None)
    items = cast("list[object]", found) if isinstance(found, list) else []
    at = int(parts[0]) if parts[0].isdecimal() and parts[0].isascii() and len(parts[0]) < _DIGITS else len(items)
    return _find(items[at], parts[1:]) if at < len(items) else None


def _columns(row: Row) -> str:
    return f"its columns are {', '.join(map(quoted, row))}"


def _opened(path: Path) -> IO[str]:
    if path.suffix == _PACKED:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _from_lines(stream: Iterable[str], path: Path) -> Generator[Row]:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            row: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}:{number}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise UsageError(f"{path}:{number}: a row is a JSON object")
        yield cast("Row", row)


def _from_csv(stream: Iterable[str], path: Path) -> Generator[Row]:
    reader = csv.DictReader(stream, strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise UsageError(f"{path}:{reader.line_num}: the row has not as many cells as the first line")
            yield row
    except csv.Error as error:
        raise UsageError(f"{path}:{reader.line_num}: not CSV: {error}") from error
