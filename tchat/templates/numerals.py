r"""Reads the numbers that stand in a text, as models write them in English.

`$1,234.50`, `1 234` with a narrow blank, `−5`, `3/4`, `2 1/2`, `\frac{1}{2}`, `5 %`, `6.02e23`, `6 × 10^23` and
`**18**` all count. A number has the value that is written: a whole one is an int, any other the nearest float. Per cent
signs and currencies are units, which change nothing. What has more than 400 digits is no number.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

MOST_DIGITS = 400
"""Digits, and powers of ten, that a number may have."""

_MINUS = "\u2212\u2013-"
_CURRENCY = r"(?:US\$|[$€£¥₹])"
_BLANK = "[\u00a0\u2009\u202f]"
_NUMBER = re.compile(
    r"(?<![A-Za-z_\d])(?=[\d.\\])(?:"
    r"(?:(?P<units>\d{1,9})\s?)?\\[dt]?frac\{(?P<top>\d{1,99})\}\{(?P<bottom>\d{1,99})\}"
    r"|(?P<whole>\d{1,9})[ ](?P<over>\d{1,9})/(?P<under>\d{1,9})(?![\d/.])"
    r"|(?P<chain>\d{1,99}(?:/\d{1,99}){1,2})(?![\d/]|\.\d)"
    rf"|(?P<decimal>(?:\d{{1,3}}(?:(?:,\d{{3}})+|(?:{_BLANK}\d{{3}})+)(?!\d)|\d+)(?:\.\d+)?|(?<!\.)\.\d+)"
    rf"(?:[eE](?P<e>[+{_MINUS}]?\d{{1,4}})(?![\d.]*[A-Za-z_])"
    r"|\s?(?:[×·x*]|\\times|\\cdot)\s?10"
    rf"(?:\s?\^\s?[{{(]?(?P<power>[+{_MINUS}]?\d{{1,4}})[}})]?|(?P<raised>[⁺⁻]?[⁰¹²³⁴-⁹]{{1,4}})))?"
    r")"
)
_CURRENCY_BEFORE = re.compile(rf"\\?{_CURRENCY}\s?$")
_MINUS_SIGNS = tuple(_MINUS)
_BEFORE_DIGITS = (*_MINUS, *"$€£¥₹")
_SIGN_REACH = 8
_UNIT = rf"\s?(?:\\?%|{_CURRENCY})?"
_PREFIX = re.compile(rf"[+{_MINUS}]?(?:\\?{_CURRENCY}\s?)?[{_MINUS}]?")
_SUFFIX = re.compile(rf"{_UNIT}\.?")
_WRAPPED = re.compile(r"(?:\\\(|\$(?=\\frac|[^$]*\$$))(.*?)(?:\\\)|\$)", re.DOTALL)
_AROUND = " \t\r\n\f\v*_`\"'“”"
_GROUPED_BY_BLANKS = re.compile(rf"(\D{{0,5}}\d{{1,3}})((?: \d{{3}})+)((?:\.\d+)?{_UNIT}\.?)")
_LONGEST_WHOLE = 2 * MOST_DIGITS
_POWERS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹\u2212\u2013", "+-0123456789--")
_GROUPING = re.compile(rf",|{_BLANK}")


def plain(number: Fraction) -> int | float:
    """Return an int for a whole number, and for another the nearest float.

    Raises:
        OverflowError: it is not whole, and too large for a float.
    """
    return number.numerator if number.denominator == 1 else float(number)


def numbers(text: str) -> Iterator[int | float]:
    """Yield every number in `text`, in order."""
    for match in _NUMBER.finditer(text):
        yield from _values(match)


def first(text: str) -> int | float | None:
    """Return the first number in `text`."""
    return next(numbers(text), None)


def last(text: str) -> int | float | None:
    """Return the last number in `text`."""
    number = None
    for number in numbers(text):  # noqa: B007 - only the last one is wanted
        pass
    return number


def whole(text: str) -> int | float | None:
    """Return the number that `text` is, but for units, emphasis and a full stop; None if it says more than that.

    Here a plain blank may part thousands, too.
    """
    if len(text) > _LONGEST_WHOLE:
        return None
    bare = text.strip(_AROUND)
    if wrapped := _WRAPPED.fullmatch(bare):
        bare = wrapped[1].strip()
    if grouped := _GROUPED_BY_BLANKS.fullmatch(bare):
        bare = grouped[1] + grouped[2].replace(" ", "") + grouped[3]
    prefix = _PREFIX.match(bare)
    match = _NUMBER.match(bare, prefix.end() if prefix else 0)
    if match is None or not _SUFFIX.fullmatch(bare, match.end()):
        return None
    values = tuple(_values(match))
    return values[0] if len(values) == 1 else None


def _values(match: re.Match[str]) -> Iterator[int | float]:
    """Yield what a match is worth: one number, none if it is too long, or the several of a date."""
    if match["decimal"]:
        number = _decimal(match)
        if number is not None:
            yield -number if _is_negative(match) else number
    elif match["chain"]:
        parts = [int(part) for part in match["chain"].split("/")]
        if len(parts) > 2 or parts[1] == 0:  # noqa: PLR2004 - a fraction has two parts, a date more
            yield from parts
        else:
            yield _signed(match, Fraction(*parts))
    else:
        bottom = int(match["bottom"] or match["under"])
        if bottom:
            units, top = int(match["units"] or match["whole"] or 0), int(match["top"] or match["over"])
            yield _signed(match, units + Fraction(top, bottom))


def _decimal(match: re.Match[str]) -> int | float | None:
    digits = _GROUPING.sub("", match["decimal"])
    power = int((match["e"] or match["power"] or match["raised"] or "0").translate(_POWERS))
    if len(digits) > MOST_DIGITS or abs(power) > MOST_DIGITS:
        return None
    if power:
        return _within_floats(Fraction(digits if digits[0] != "." else "0" + digits) * Fraction(10) ** power)
    units, _, decimals = digits.partition(".")
    if not decimals.strip("0"):
        return int(units or "0")
    return _within_floats(Fraction(digits)) if len(units) > _SAFE_DIGITS else float(digits)


_SAFE_DIGITS = 300


def _within_floats(number: Fraction) -> int | float | None:
    try:
        return plain(number)
    except OverflowError:
        return None


def _signed(match: re.Match[str], number: Fraction) -> int | float:
    return plain(-number if _is_negative(match) else number)


def _is_negative(match: re.Match[str]) -> bool:
    """Tell a sign from a hyphen within words and from the minus of a subtraction or a range."""
    before = match.string[max(match.start() - _SIGN_REACH, 0) : match.start()]
    if not before or before.rstrip()[-1:] not in _BEFORE_DIGITS:
        return False
    currency = _CURRENCY_BEFORE.search(before)
    if currency:
        before = before[: currency.start()]
    if before[-1:] not in _MINUS_SIGNS:
        return False
    before = before[:-1]
    if not before or _CURRENCY_BEFORE.search(before):
        return True
    adjoining, nearest = before[-1], before.rstrip()[-1:]
    return not (adjoining.isalnum() or adjoining in ")]}%_" or nearest.isdigit() or nearest == ")")
