"""Where the keys of a TOML document stand."""

import tomllib
from collections.abc import Iterator
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.templates.positions import Path, find_positions
from tests.templates.documents import dumped

DOCUMENT = '''\
# a comment with [brackets] and "quotes"
title = "a # b" # c
"quoted key".'x' = 1

[inputs] # [not this]
a = { type = "text", help = "}" }
b = [
  1, # one
  "two",
]

[[step]]
name = 'it'
prompt = """
first \\
   still first
second\\nthird
fourth"""

  [[step.examples]]
  user = "u"
  [[step.examples]]
  user = "v"

[[step]]
  [step.deep]
  x = 1979-05-27 07:32:00
'''


def test_every_key_has_its_line() -> None:
    """Comments, quotes, inline tables and headers do not lead astray."""
    keys = find_positions(DOCUMENT).keys
    expected: dict[Path, int] = {
        ("title",): 2,
        ("quoted key", "x"): 3,
        ("inputs", "a"): 6,
        ("inputs", "a", "help"): 6,
        ("inputs", "b", 0): 8,
        ("inputs", "b", 1): 9,
        ("step", 0): 12,
        ("step", 0, "name"): 13,
        ("step", 0, "prompt"): 14,
        ("step", 0, "examples", 0, "user"): 21,
        ("step", 0, "examples", 1, "user"): 23,
        ("step", 1): 25,
        ("step", 1, "deep", "x"): 27,
    }
    assert {path: keys[path] for path in expected} == expected


def test_headers_are_known_by_their_tables() -> None:
    """An array of tables has one header for each of its tables."""
    headers = find_positions(DOCUMENT).headers
    assert headers["step", 0, "examples", 1] == "[[step.examples]]"
    assert headers["step", 1, "deep"] == "[step.deep]"
    assert ("inputs", "a") not in headers


def test_the_lines_of_a_text_are_the_lines_of_the_file() -> None:
    """A continued line is one line of the text, an escaped line end begins one."""
    positions = find_positions(DOCUMENT)
    assert tomllib.loads(DOCUMENT)["step"][0]["prompt"] == "first still first\nsecond\nthird\nfourth"
    assert positions.lines(("step", 0, "prompt")) == (15, 17, 17, 18)
    assert positions.lines(("title",)) == (2,)


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield every value of a document that holds no others."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


KEYS = st.text(max_size=5)
VALUES = st.recursive(
    st.text() | st.integers(-9, 9) | st.booleans() | st.dates() | st.datetimes() | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(document=st.dictionaries(KEYS, VALUES, max_size=5), multiline=st.booleans())
def test_every_value_of_any_document_is_found(document: dict[str, object], multiline: bool) -> None:  # noqa: FBT001
    """Each has a line, and each text as many lines as it has, whatever the keys and texts contain."""
    source = dumped(document, multiline=multiline)
    positions = find_positions(source)
    for path, value in leaves(tomllib.loads(source)):
        assert path in positions.keys
        if isinstance(value, str) and len(positions.lines(path)) > 1:
            assert len(positions.lines(path)) == value.count("\n") + 1


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(st.sampled_from("ab \n\"'\\#[]={}")), min_size=1, max_size=5))
def test_the_line_of_a_key_begins_with_the_key(texts: list[str]) -> None:
    """Whatever texts stand before it."""
    document = {f"key{index}": text for index, text in enumerate(texts)}
    source = dumped(document, multiline=True)
    positions = find_positions(source)
    for key in document:
        assert source.split("\n")[positions.line((key,)) - 1].startswith(f"{key} = ")
