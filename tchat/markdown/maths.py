"""Formulas in LaTeX as readable characters: Greek letters, signs, raised and lowered ones, fractions with a slash."""

import re

from tchat.markdown.math_signs import (
    ACCENTS,
    ALIGNED,
    BLANKS,
    DOUBLE,
    IGNORED,
    LOWERED,
    MATRICES,
    NAMES,
    RAISED,
    RELATIONS,
    SIGNS,
    UPRIGHT,
    VERBATIM,
)

_DEEPEST = 40
"""Levels of braces beyond which a formula is not turned."""
_LONGEST = 2_000
"""Characters beyond which it is not."""
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[{}^_&~]|\s+|[A-Za-z]|\d+(?:\.\d+)?|.", re.DOTALL)
_SIMPLE = re.compile(r"[\w.∞√′\u0300-\u036f⁰-₟ᴬ-ᵿⁱ¹²³]+|[\w′]*\([^()]*\)")
_BLANKS = re.compile(r"[ ]{2,}")
_LITERAL = frozenset("$%&#_{}")


class _Unturnable(ValueError):
    """A formula holds what is not known here."""


def readable(source: str) -> str | None:
    """Return a formula, without its delimiters, in characters; None where it cannot be turned."""
    if len(source) > _LONGEST:
        return None
    try:
        shown = _Formula(source).whole()
    except _Unturnable:
        return None
    lines = [_BLANKS.sub(" ", line).strip() for line in shown.split("\n")]
    return "\n".join(line for line in lines if line) or None


class _Formula:
    """Reads a formula from left to right."""

    def __init__(self, source: str) -> None:
        self._tokens = _TOKEN.findall(source)
        self._at = 0
        self._depth = 0
        self._functions = {
            **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac"), self._fraction),
            **dict.fromkeys(("binom", "dbinom"), self._binomial),
            **dict.fromkeys(("pmod", "pod"), self._modulus),
            "sqrt": self._root,
            "mathbb": self._double,
            "not": self._negation,
            "begin": self._environment,
        }

    def whole(self) -> str:
        """Return all of it.

        Raises:
            _Unturnable: something in it is not known, or braces do not match.
        """
        shown = self._until(frozenset())
        if self._at < len(self._tokens):
            raise _Unturnable
        return shown

    # --- tokens

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        sign = self._peek()
        self._at += 1
        if not sign:
            raise _Unturnable
        return sign

    def _skip_blanks(self) -> None:
        while self._peek().isspace():
            self._at += 1

    # --- parts

    def _until(self, ends: frozenset[str]) -> str:
        """Return what stands before one of the signs `ends`, or before the end of the formula."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unturnable
        shown = ""
        while (sign := self._peek()) and sign not in ends:
            if sign == "}":
                raise _Unturnable
            if sign in "^_" and len(sign) == 1:
                self._at += 1
                script = _script(self._argument(), raised=sign == "^")
                stands_apart = script[0] in "^_" and (self._peek().isalnum() or self._peek() == "\\")
                shown = shown.rstrip(" ") + script + (" " if stands_apart else "")
            else:
                is_name = sign[1:] in NAMES and shown[-1:].isalnum()
                shown += (" " if is_name else "") + self._atom()
        self._depth -= 1
        return shown

    def _argument(self) -> str:
        """Return what a command or a script applies to: a group, or one atom."""
        self._skip_blanks()
        return self._atom().strip()

    def _group(self) -> str:
        shown = self._until(frozenset("}"))
        if self._next() != "}":
            raise _Unturnable
        return shown

    def _atom(self) -> str:
        sign = self._next()
        if sign == "{":
            return self._group()
        if sign.startswith("\\"):
            return self._command(sign[1:].removesuffix("*"))
        if sign.isspace() or sign == "~":
            return " "
        if sign == "&":
            return " "
        if sign == "'":
            return "′"
        return "−" if sign == "-" else sign

    def _command(self, name: str) -> str:  # noqa: PLR0911  # one answer for each kind of command
        if name in SIGNS:
            self._skip_blanks()
            return SIGNS[name]
        if name in RELATIONS:
            return f" {RELATIONS[name]} "
        if name in NAMES:
            self._skip_blanks()
            return name + (" " if self._peek()[:1].isalnum() or self._peek()[:1] == "\\" else "")
        if name in BLANKS:
            return BLANKS[name]
        if name in _LITERAL:
            return name
        if name == "\\":
            return "\n"
        if name == "|":
            return "‖"
        return self._function(name)

    def _function(self, name: str) -> str:
        """Return a command with what it applies to."""
        if name in IGNORED:
            self._skip_blanks()
            if self._peek() == ".":
                self._at += 1
            return ""
        if name in VERBATIM and self._peek() == "{":
            return self._verbatim()
        if name in UPRIGHT:
            return self._argument()
        if name in ACCENTS:
            return "".join(character + ACCENTS[name] for character in self._argument())
        if name not in self._functions:
            raise _Unturnable
        return self._functions[name]()

    def _fraction(self) -> str:
        return f"{_held(self._argument())}/{_held(self._argument())}"

    def _binomial(self) -> str:
        return f"C({self._argument()}, {self._argument()})"

    def _double(self) -> str:
        return "".join(DOUBLE.get(character, character) for character in self._argument())

    def _modulus(self) -> str:
        return f" (mod {self._argument()})"

    def _negation(self) -> str:
        return self._argument() + "\u0338"

    def _verbatim(self) -> str:
        """Return a group as it is written."""
        if self._next() != "{":
            raise _Unturnable
        said = ""
        while (sign := self._next()) != "}":
            if sign == "{":
                raise _Unturnable
            said += sign[1:] if sign.startswith("\\") and sign[1:] in _LITERAL else sign
        return said

    def _root(self) -> str:
        sign = "√"
        if self._peek() == "[":
            self._at += 1
            degree = self._until(frozenset("]"))
            self._next()
            sign = {"3": "∛", "4": "∜"}.get(degree) or f"{_script(degree, raised=True)}√"
        return sign + _held(self._argument())

    def _environment(self) -> str:
        name = self._verbatim()
        if name == "array":
            self._verbatim()
        inside = self._until(frozenset({"\\end"}))
        self._next()
        if self._verbatim() != name:
            raise _Unturnable
        if name in ALIGNED:
            return inside
        rows = [" ".join(row.split()) for row in inside.split("\n") if row.strip()]
        if name == "cases":
            return "{ " + "; ".join(rows)
        if name in MATRICES:
            left, right = MATRICES[name]
            return left + "; ".join(rows) + right
        raise _Unturnable


def _script(text: str, *, raised: bool) -> str:
    """Return text raised or lowered; with a mark before it where there are no such characters."""
    table = RAISED if raised else LOWERED
    close = text.replace(" ", "")
    if close and all(character in table for character in close):
        return "".join(table[character] for character in close)
    if raised and close in {"∘", "°"}:
        return "°"
    return ("^" if raised else "_") + (text if len(close) == 1 else f"({text})")


def _held(text: str) -> str:
    """Return text as one thing: in parentheses, unless it cannot be taken apart."""
    return text if _SIMPLE.fullmatch(text) or len(text) == 1 else f"({text})"
