"""Sums, calculated exactly."""

import ast
import operator
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.templates.calculating import LONGEST, Incalculable, calculate

NUMBERS = st.integers(0, 99).map(str) | st.decimals(0, 9, places=2).map(str)
SUMS = st.recursive(
    NUMBERS,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", " - ", " / "]), inner).map("".join)
        | inner.map("({})".format)
        | inner.map("-({})".format)
        | st.tuples(inner.map("({})".format), st.sampled_from(["**2", " ** 3", "**-1", "**0"])).map("".join)
    ),
    max_leaves=8,
)

OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: Fraction.__truediv__,
}


def evaluated(node: ast.expr, source: str) -> Fraction:
    """Return what a sum comes to in Python's own grammar, on fractions."""
    match node:
        case ast.BinOp(left, ast.Pow(), right):
            return evaluated(left, source) ** int(evaluated(right, source))
        case ast.BinOp(left, sign, right):
            return OPERATORS[type(sign)](evaluated(left, source), evaluated(right, source))
        case ast.UnaryOp(ast.USub(), operand):
            return -evaluated(operand, source)
        case _:
            return Fraction(ast.get_source_segment(source, node) or "")


@settings(deadline=None)
@given(total=SUMS)
def test_a_sum_comes_to_what_python_makes_of_it(total: str) -> None:
    """On fractions, so without rounding."""
    try:
        expected = evaluated(ast.parse(total, mode="eval").body, total)
    except ZeroDivisionError:
        with pytest.raises(Incalculable, match="divides by zero"):
            calculate(total)
    else:
        assert calculate(total) == expected


@pytest.mark.parametrize(
    ("total", "value"),
    [
        ("1/3*3", 1),
        ("-2 ** 2", -4),
        ("2 ** 3 ** 2", 512),
        ("2^-1", Fraction(1, 2)),
        ("6 × 4 ÷ 2 − 1", 11),
        (r"6 \times 4", 24),
        ("1,200 * .5", 600),
        (" 5. ", 5),
        ("(-1) ** 999999999", -1),
    ],
)
def test_signs_mean_what_they_mean_in_mathematics(total: str, value: Fraction) -> None:
    """With the usual precedence."""
    assert calculate(total) == value


@pytest.mark.parametrize(
    ("total", "problem"),
    [
        ("1 / (2 - 2)", "divides by zero"),
        ("0 ** -1", "divides by zero"),
        ("9 ** 9 ** 9", "has a number that is too large"),
        ("2 ** 0.5", "has a power that is not whole"),
        ("(" * 60 + "1" + ")" * 60, "is nested too deep"),
        ("-" * 1000 + "1", "is nested too deep"),
        ("1+" * LONGEST + "1", f"is longer than {LONGEST} characters"),
        ("9" * 1500, "has a number that is too large"),
        ("(1", "has a parenthesis that is not closed"),
        ("1)", 'goes on with ")"'),
        ("2(3)", 'goes on with "("'),
        ("1 +", "ends where a number should be"),
        ("* 2", 'has "*" where a number should be'),
        ("", "ends where a number should be"),
        ("__import__('os')", "has \"__import__('os')\", which is no number and no sign"),
    ],
)
def test_what_is_no_sum_is_refused(total: str, problem: str) -> None:
    """And what would take for ever."""
    with pytest.raises(Incalculable) as raised:
        calculate(total)
    assert str(raised.value) == problem


@given(text=st.text() | st.text(st.sampled_from("0123456789.,+-*/^() ")))
def test_any_text_is_a_sum_or_is_refused(text: str) -> None:
    """Nothing else can come of it."""
    with suppress(Incalculable):
        assert isinstance(calculate(text), Fraction)
