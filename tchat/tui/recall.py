"""Earlier prompts, gone through one by one while what is being written is kept as the newest.

Law: going older and coming back gives every text as it was left, edited ones included.
"""

from collections.abc import Sequence


class Recall:
    """A place among the earlier prompts; past the newest of them stands the text being written."""

    def __init__(self) -> None:
        self._given: tuple[str, ...] = ()
        self._kept: tuple[str, ...] = ()
        self._left: dict[int, str] = {}
        """Texts that were edited before they were left, by their place."""
        self._place = 0

    @property
    def prompts(self) -> Sequence[str]:
        """Earlier prompts, newest last."""
        return (*self._given, *self._kept)

    @prompts.setter
    def prompts(self, prompts: Sequence[str]) -> None:
        self._given = tuple(prompts)
        self.begin_anew()

    def add(self, text: str) -> None:
        """Let a text that was said now be recalled as the newest of the prompts."""
        if text:
            self._given = (*self._given, text)
        self.begin_anew()

    def keep(self, text: str) -> None:
        """Let a text that was never sent be recalled as the newest prompt."""
        if text.strip():
            self._kept = (*self._kept, text)
            self.begin_anew()

    def begin_anew(self) -> None:
        """Stand at a text that is being written from nothing."""
        self._left.clear()
        self._place = len(self.prompts)

    @property
    def is_back(self) -> bool:
        """Whether an earlier prompt is in place of the text being written."""
        return self._place < len(self.prompts)

    def older(self, text: str) -> str | None:
        """Return the prompt before the one that stands as `text`; None if there is none."""
        return self._moved(text, -1)

    def newer(self, text: str) -> str | None:
        """Return the prompt after the one that stands as `text`, at last what was being written; None past it."""
        return self._moved(text, 1)

    def _moved(self, text: str, step: int) -> str | None:
        place = self._place + step
        if not 0 <= place <= len(self.prompts):
            return None
        self._left[self._place] = text
        self._place = place
        if place in self._left:
            return self._left[place]
        return self.prompts[place] if place < len(self.prompts) else ""
