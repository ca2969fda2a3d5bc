"""Which tokens of an expression make one operand: `a.b[0] | f(c)`, with its fields and its filters."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

_TOKEN = re.compile(
    r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\W\d]\w*|\d[\w.]*|\*\*|//|[=!<>]=|\S""",
    re.DOTALL,
)
_OPENING = {"(": ")", "[": "]", "{": "}"}
_KEYWORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", "elif"})
_CONSTANTS = frozenset({"true", "false", "none", "True", "False", "None"})


class Token(Struct, frozen=True):
    """A piece of an expression, and where it stands."""

    piece: str
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        """Whether it is a word that is no keyword."""
        return (self.piece[0].isalpha() or self.piece[0] == "_") and self.piece not in _KEYWORDS

    @property
    def is_literal(self) -> bool:
        """Whether it is a value by itself."""
        return self.piece[0] in "'\"" or self.piece[0].isdigit() or self.piece in _CONSTANTS


class Operand(Struct, frozen=True, kw_only=True):
    """What an operator takes, between two tokens; the numbers are indexes of tokens."""

    first: int
    bare: int
    """The first token after it without its filters."""
    after: int
    """The first token after it and its filters."""
    around: int | None
    """The bracket that it stands in."""


class Bracketed(Struct, frozen=True):
    """An expression in tokens, each bracket with the index of the other one of its pair."""

    tokens: tuple[Token, ...]
    pairs: dict[int, int]

    def piece(self, index: int) -> str:
        """Return the token at an index; nothing beyond the ends."""
        return self.tokens[index].piece if 0 <= index < len(self.tokens) else ""

    def operands(self) -> Iterator[Operand]:
        """Yield every operand, those within others included."""
        around: list[int] = []
        for index, token in enumerate(self.tokens):
            if token.piece in _OPENING.values():
                around.pop()
            if self._begins(index):
                bare = self._bare_end(index)
                yield Operand(first=index, bare=bare, after=self._filters_end(bare), around=(around or [None])[-1])
            if token.piece in _OPENING:
                around.append(index)

    def ends_operand(self, index: int) -> bool:
        """Tell whether an operand can end with a token, so that a bracket after it belongs to it."""
        if not 0 <= index < len(self.tokens):
            return False
        token = self.tokens[index]
        return token.is_name or token.is_literal or token.piece in _OPENING.values()

    def _begins(self, index: int) -> bool:
        token = self.tokens[index]
        if token.piece in _OPENING:
            return not self.ends_operand(index - 1)
        before = self.piece(index - 1)
        is_test = before == "is" or (before == "not" and self.piece(index - 2) == "is")
        return (token.is_name or token.is_literal) and not is_test and before not in {".", "|"}

    def _bare_end(self, index: int) -> int:
        index = self.pairs[index] + 1 if self.piece(index) in _OPENING else index + 1
        while True:
            if self.piece(index) == "." and index + 1 < len(self.tokens):
                index += 2
            elif self.piece(index) in {"[", "("}:
                index = self.pairs[index] + 1
            else:
                return index

    def _filters_end(self, index: int) -> int:
        while self.piece(index) == "|" and index + 1 < len(self.tokens):
            index = self._bare_end(index + 1)
        return index


def count_tokens(expression: str) -> int:
    """Return how many words and signs an expression has."""
    return sum(1 for _ in _TOKEN.finditer(expression))


def bracketed(expression: str) -> Bracketed | None:
    """Return an expression in tokens; None if its brackets do not match."""
    tokens = tuple(Token(match.group(), *match.span()) for match in _TOKEN.finditer(expression))
    return _paired(tokens)


def _paired(tokens: Sequence[Token]) -> Bracketed | None:
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.piece in _OPENING:
            opened.append(index)
        elif token.piece in _OPENING.values():
            if not opened or _OPENING[tokens[opened[-1]].piece] != token.piece:
                return None
            pairs[opened.pop()] = index
    return None if opened else Bracketed(tuple(tokens), pairs)
