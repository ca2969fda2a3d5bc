"""When two answers are the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.templates.comparing import key, same
from tchat.templates.format import Value

ANSWERS: st.SearchStrategy[Value] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1", "1.0", "$1", "1 %", "One", "one.", "TRUE", "[1]", '{"a": 1}', "ß", "SS", "1/2", "é", "é"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$1,200.0", 1200),
        ("1 200", "1200."),
        ("**18**", 18),
        ("0.10", 0.1),
        ("1/2", 0.5),
        (r"\frac{1}{2}", "0.5"),
        ("5 %", "5"),
        (1e23, 10**23),
        ("Paris.", " paris"),
        ("STRASSE", "straße"),
        ("e\u0301", "é"),
        (True, "True"),
        ('{"b": 1.0, "a": "X"}', {"a": "x.", "b": 1}),
        ("[1, 2]", [1, 2.0]),
    ],
)
def test_answers_that_mean_the_same_are_the_same(one: Value, other: Value) -> None:
    """Numbers by value, texts without case, JSON without order."""
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (10**30, 10**30 + 1),
        ("(B)", "B"),
        ("a..", "a"),
        ("3 apples", 3),
        ("3 4", 34),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"A": 1}),
        (0.1 + 0.2, 0.3),
        (None, "none"),
        ("", None),
    ],
)
def test_other_answers_are_not(one: Value, other: Value) -> None:
    """Brackets, order and the last digit count."""
    assert not same(one, other)


@settings(deadline=None)
@given(one=ANSWERS, other=ANSWERS)
def test_the_same_answers_have_the_same_key(one: Value, other: Value) -> None:
    """And keys are for dicts, so votes take time in proportion to their number."""
    assert same(one, other) == (key(one) == key(other))
    assert same(one, one)
    assert len({key(one), key(other)}) == 2 - same(one, other)
