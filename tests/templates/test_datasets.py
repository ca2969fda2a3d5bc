"""Data files: rows come out as they went in, and what is wrong is told with its line."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tchat.domain.errors import UsageError
from tchat.templates.datasets import as_input, cell, read_rows
from tchat.templates.format import Input, InputType

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=4), max_size=5)


@given(rows=ROWS, name=st.sampled_from(["rows.jsonl", "rows.jsonl.gz"]))
def test_lines_of_json_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], name: str
) -> None:
    """Every row is what was written, packed or not, blank lines between them or not."""
    path = tmp_path_factory.mktemp("rows") / name
    content = "\n\n".join(json.dumps(row) for row in rows).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert list(read_rows(path)) == rows


def test_csv_has_its_names_in_the_first_line(tmp_path: Path) -> None:
    """Cells are texts, line ends and commas in quotes included, and a byte order mark is no part of a name."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b'\xef\xbb\xbfquestion,final\r\n"What, then?\r\nSay.",4\r\n"a ""b""",\r\n')
    assert read_rows(path) == (
        {"question": "What, then?\r\nSay.", "final": "4"},
        {"question": 'a "b"', "final": ""},
    )


def test_only_the_first_rows_are_read(tmp_path: Path) -> None:
    """What stands behind the limit is not looked at, whatever it is."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a": 2}\nno JSON\n')
    assert read_rows(path, 2) == ({"a": 1}, {"a": 2})


WRONG = {
    "half a row": ("rows.jsonl", b'{"a": 1}\n{"a"\n', "rows.jsonl:2: not JSON"),
    "a row that is a list": ("rows.jsonl", b"[1]\n", "rows.jsonl:1: a row is a JSON object"),
    "bytes": ("rows.jsonl", b"\xff\xfe", "not UTF-8"),
    "far too deep": ("rows.jsonl", b"[" * 100_000, "rows.jsonl:1: not JSON"),
    "what is not packed": ("rows.jsonl.gz", b"no gzip", "cannot read"),
    "a torn package": ("rows.jsonl.gz", gzip.compress(b'{"a": 1}\n', mtime=0)[:-9], "cannot read"),
    "a cell too few": ("rows.csv", b"a,b\n1\n", "rows.csv:2: the row has not as many cells"),
    "a cell too many": ("rows.csv", b"a,b\n1,2,3\n", "rows.csv:2: the row has not as many cells"),
    "an open quote": ("rows.csv", b'a\n"x', "rows.csv:1: not CSV"),
    "another kind of file": ("rows.txt", b"", "is no data file"),
}


@pytest.mark.parametrize(("name", "content", "said"), WRONG.values(), ids=WRONG)
def test_what_is_no_data_is_told_with_its_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """File and line are named, and nothing else is raised."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_rows(tmp_path / name)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The reason is the system's."""
    with pytest.raises(UsageError, match="No such file"):
        read_rows(tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("a", {"b": [1, {"c": 2}], "x.y": 3}),
        ("a.b", [1, {"c": 2}]),
        ("a.b.0", 1),
        ("a.b.1.c", 2),
        ("a.x.y", 3),
        ("p.q", 4),
        ("p.q.r", 5),
        ("none", None),
    ],
)
def test_a_path_leads_into_a_value(column: str, found: object) -> None:
    """Dots lead into tables and lists, and names that have dots themselves are found all the same."""
    row = {"a": {"b": [1, {"c": 2}], "x.y": 3}, "p.q": 4, "p": {"q": {"r": 5}}, "none": None}
    assert cell(row, column) == found


@pytest.mark.parametrize("column", ["b", "a.c", "a.b.2", "a.b.-1", "a.b.0.x", "a."])
def test_a_column_that_is_not_there_is_told_with_those_that_are(column: str) -> None:
    """The message has the nearest name or all names."""
    with pytest.raises(UsageError, match="no column") as raised:
        cell({"a": {"b": [1, 2]}}, column)
    assert '"a"' in str(raised.value.hint)


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        ("text", "4", "4"),
        ("text", 4, "4"),
        ("text", ["a"], '["a"]'),
        ("int", "4", 4),
        ("int", 4, 4),
        ("number", "0.5", 0.5),
        ("bool", "yes", True),
        ("list", '["a", "b"]', ["a", "b"]),
        ("list", ["a"], ["a"]),
        ("json", {"a": 1}, {"a": 1}),
    ],
)
def test_a_cell_becomes_what_its_input_is(kind: InputType, value: object, taken: object) -> None:
    """CSV has texts only, and JSON has numbers where a text is wanted."""
    assert as_input(Input(name="x", type=kind), value) == taken
