"""Finding names by a few of their letters: words first, letters in order with gaps after them.

Fast enough for thousands of names at every key: most of them are told apart by one search each.
"""

import re
from itertools import pairwise

_LOOSEST = 3
"""A word may be spread over so many times its length, and a few letters more."""
_SLACK = 6


class Query:
    """What was typed: words that must all be found, in any order. Case makes no difference."""

    def __init__(self, text: str) -> None:
        self.words = tuple(text.lower().split())
        self._starts = tuple(re.compile(rf"(?<![^\W_]){re.escape(word)}") for word in self.words)
        self._spread = tuple(
            re.compile("".join(rf"[^{re.escape(letter)}]*{re.escape(letter)}" for letter in word))
            for word in self.words
        )

    def score(self, folded: str) -> float:
        """Return how well a text in lower case fits; 0 if it does not, and more for a shorter text."""
        total = 0.0
        for number, word in enumerate(self.words):
            score = self._score(number, word, folded)
            if score == 0:
                return 0.0
            total += score
        return total + 1 / (1 + len(folded))

    def places(self, folded: str) -> frozenset[int]:
        """Return the places of the letters that were found, as far as they are in this part of the text."""
        found: set[int] = set()
        for number, word in enumerate(self.words):
            start = self._start(number, word, folded)
            if start >= 0:
                found.update(range(start, start + len(word)))
            elif span := self._span(number, word, folded):
                found.update(_letters(word, folded, span))
        return frozenset(found)

    def _score(self, number: int, word: str, folded: str) -> float:
        start = folded.find(word)
        if start == 0:
            return 4.0 * len(word)
        if start > 0:
            return (3.0 if self._starts[number].search(folded, start) else 2.0) * len(word)
        span = self._span(number, word, folded)
        if span is None:
            return 0.0
        return len(word) * len(word) / (span[1] - span[0])

    def _start(self, number: int, word: str, folded: str) -> int:
        at_start = self._starts[number].search(folded)
        return at_start.start() if at_start else folded.find(word)

    def _span(self, number: int, word: str, folded: str) -> tuple[int, int] | None:
        """Return from where to where the letters of a word are spread; None if they are not there, or too far apart."""
        found = self._spread[number].match(folded)
        if found is None:
            return None
        start = end = found.end()
        for letter in reversed(word):
            start = folded.rfind(letter, 0, start)
        return (start, end) if end - start <= _LOOSEST * len(word) + _SLACK else None


def _letters(word: str, folded: str, span: tuple[int, int]) -> list[int]:
    places = [folded.find(word[0], *span)]
    for _, letter in pairwise(word):
        places.append(folded.find(letter, places[-1] + 1, span[1]))
    return places
