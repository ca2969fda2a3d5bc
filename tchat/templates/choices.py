"""Finds the choice that a reply makes: a letter such as (B), or yes or no.

What is called the answer comes first, then what the reply begins with, then what it says last.
"""

import re

_CALLED = (
    r"\b(?:answer|option|choice)\b(?:\s(?:is|would be|should be))?(?:\s(?:option|choice))?\s?[:=]?[\s*_(\[\"'`$]{0,6}"
)
_CALLED_LETTER = re.compile(
    rf"(?i:{_CALLED})(?:(?P<clear>[A-Z])(?![\w'’])(?!\s[a-z])|(?P<marked>[A-Za-z])(?=[)\].:*_\"'`]))"
)
_LETTER_FIRST = re.compile(
    r"^[ \t>*_`\"'(\[-]{0,8}(?P<clear>[A-Za-z])(?:[)\].:*_\"'`]|[ \t]*$)(?![\w'’])", re.MULTILINE
)
_BRACKETED = re.compile(r"[(\[{]\s?([A-Za-z])\s?[)\]}]")
_LONE = re.compile(r"(?<![\w'’&.])([A-Z])(?![\w'’&])(?!\s[a-z])")

_CALLED_WORD = re.compile(rf"(?i:{_CALLED})(yes|no)\b", re.IGNORECASE)
_WORD_FIRST = re.compile(r"[\W_]{0,20}\b(yes|no)\b", re.IGNORECASE)
_CLEAR_WORD = re.compile(r"\b(yes|no)\b(?=[*_\"'`)\]}]{0,4}(?:[.,;:!?]|\s*$|\n))", re.IGNORECASE)
_ANY_WORD = re.compile(r"\b(yes|no)\b", re.IGNORECASE)


def letter(text: str) -> str | None:
    """Return the letter that is chosen, as a capital: `(B)`, `B.`, `**B**`, `Answer: b)`."""
    called = _last(_CALLED_LETTER, text)
    if called:
        return (called["clear"] or called["marked"]).upper()
    leading = _LETTER_FIRST.findall(text)
    if len(leading) == 1 and _LETTER_FIRST.match(text.lstrip()):
        return str(leading[0]).upper()
    bracketed = _last(_BRACKETED, text)
    if bracketed:
        return bracketed[1].upper()
    lone = _last(_LONE, text)
    return lone[1] if lone else None


def yesno(text: str) -> str | None:
    """Return "yes" or "no"."""
    word = _last(_CALLED_WORD, text) or _WORD_FIRST.match(text) or _last(_CLEAR_WORD, text) or _last(_ANY_WORD, text)
    return word[1].lower() if word else None


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text):  # noqa: B007 - only the last one is wanted
        pass
    return found
