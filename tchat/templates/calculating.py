r"""Calculates what a text writes as a sum, exactly, on fractions.

Numbers with or without thousands and decimals, `+ - * / ** ^`, parentheses and signs, also as × · ÷ − and `\times`.
Nothing is evaluated as a program, and neither a text nor a power can grow beyond its bounds.
"""

import re
from fractions import Fraction

LONGEST = 2_000
"""Characters that a sum may have."""
MOST_BITS = 4_096
"""Bits that the numerator and the denominator of any number on the way may have."""
MOST_LEVELS = 50
"""How deep parentheses, signs and powers may lie in one another."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+)|(?P<sign>\*\*|\\times|\\cdot|\\div|[-+*/^()×·÷−–]))"
)
_SIGNS = {"^": "**", "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", r"\times": "*", r"\cdot": "*", r"\div": "/"}
_END = ""


class Incalculable(ValueError):
    """A text is no sum, or its value is out of bounds; the message is a clause that goes after "the sum"."""


def calculate(text: str) -> Fraction:
    """Return the value of the sum that `text` is.

    Raises:
        Incalculable: it is none, it divides by zero, or it goes out of bounds.
    """
    if len(text) > LONGEST:
        raise Incalculable(f"is longer than {LONGEST} characters")
    return _Sum(_tokens(text)).value()


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    end = 0
    stripped = text.rstrip()
    while end < len(stripped):
        match = _TOKEN.match(stripped, end)
        if match is None:
            raise Incalculable(f'has "{stripped[end:].split(maxsplit=1)[0][:20]}", which is no number and no sign')
        tokens.append(match["number"] or _SIGNS.get(match["sign"], match["sign"]))
        end = match.end()
    return [*tokens, _END]


class _Sum:
    """Reads tokens from left to right by recursive descent: sums, products, signs, powers, single numbers."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._level = 0

    def value(self) -> Fraction:
        """Return the value of all tokens."""
        value = self._sum()
        if self._next != _END:
            raise Incalculable(f'goes on with "{self._next}"')
        return value

    @property
    def _next(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _sum(self) -> Fraction:
        value = self._product()
        while self._next in ("+", "-"):
            sign = self._take()
            other = self._product()
            value = _bounded(value + other if sign == "+" else value - other)
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while self._next in ("*", "/"):
            sign = self._take()
            other = self._signed()
            if sign == "/" and not other:
                raise Incalculable("divides by zero")
            value = _bounded(value * other if sign == "*" else value / other)
        return value

    def _signed(self) -> Fraction:
        """Return a power with its signs: as in mathematics, -2 ** 2 is -4."""
        self._level += 1
        if self._level > MOST_LEVELS:
            raise Incalculable("is nested too deep")
        if self._next in ("+", "-"):
            value = self._signed() if self._take() == "+" else -self._signed()
        else:
            value = self._power()
        self._level -= 1
        return value

    def _power(self) -> Fraction:
        base = self._single()
        if self._next != "**":
            return base
        self._take()
        return _raised(base, self._signed())

    def _single(self) -> Fraction:
        first = self._take()
        if first == "(":
            value = self._sum()
            if self._take() != ")":
                raise Incalculable("has a parenthesis that is not closed")
            return value
        if first.isdigit():
            return _bounded(Fraction(int(first)))
        if first[:1].isdigit() or first.startswith("."):
            return _bounded(Fraction("0" + first.replace(",", "").rstrip(".")))
        raise Incalculable(f'has "{first}" where a number should be' if first else "ends where a number should be")


def _raised(base: Fraction, power: Fraction) -> Fraction:
    if power.denominator != 1:
        raise Incalculable("has a power that is not whole")
    if not base and power < 0:
        raise Incalculable("divides by zero")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base not in (0, 1, -1) and bits * abs(power) > 2 * MOST_BITS:
        raise Incalculable("has a number that is too large")
    return _bounded(base ** int(power % 2 if base in (1, -1) else power))


def _bounded(number: Fraction) -> Fraction:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > MOST_BITS:
        raise Incalculable("has a number that is too large")
    return number
