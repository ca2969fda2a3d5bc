"""Reasoning that a model writes into its answer between `<think>` and `</think>`.

Only an answer that begins with `<think>` is split, for that is what reasoning models write of themselves. Any other
tag, and `<think>` anywhere else, is the answer's own: prompts ask for `<thinking>`, `<answer>` and the like. A closing
tag without an opening one stays in the text, since nothing tells before it comes that the text was reasoning, and
text is never held back. White space around the tags belongs to neither side.
"""

from typing import Literal

OPENER = "<think>"
CLOSER = "</think>"

_BLANK = " \t\r\n"


class ThinkTags:
    """Splits an answer that arrives in pieces; where it is cut changes nothing but the grouping."""

    def __init__(self) -> None:
        self._place: Literal["before", "opened", "inside", "closed", "answer"] = "before"
        self._held = ""

    @property
    def are_passed(self) -> bool:
        """Whether everything that is to come is the answer."""
        return self._place == "answer"

    def split(self, piece: str) -> tuple[str, str]:
        """Return more of the reasoning and more of the answer; either may be empty."""
        text = self._held + piece
        self._held = ""
        if self._place == "before":
            text = self._before(text)
        if self._place == "opened":
            text = text.lstrip(_BLANK)
            self._place = "inside" if text else "opened"
        reasoning = ""
        if self._place == "inside":
            reasoning, text = self._inside(text)
        if self._place == "closed":
            text = text.lstrip(_BLANK)
            self._place = "answer" if text else "closed"
        return reasoning, text

    def finish(self) -> tuple[str, str]:
        """Return what was held back because more could have followed; the rest of an unclosed tag is reasoning."""
        held, self._held = self._held, ""
        inside = self._place in ("opened", "inside")
        self._place = "answer"
        return (held.rstrip(_BLANK), "") if inside else ("", held)

    def _before(self, text: str) -> str:
        begun = text.lstrip(_BLANK)
        if begun.startswith(OPENER):
            self._place = "opened"
            return begun.removeprefix(OPENER)
        if OPENER.startswith(begun):
            self._held = text
            return ""
        self._place = "answer"
        return text

    def _inside(self, text: str) -> tuple[str, str]:
        thought, closer, answer = text.partition(CLOSER)
        if closer:
            self._place = "closed"
            return thought.rstrip(_BLANK), answer
        begun = next((size for size in range(len(CLOSER) - 1, 0, -1) if text.endswith(CLOSER[:size])), 0)
        thought = text[: len(text) - begun].rstrip(_BLANK)
        self._held = text[len(thought) :]
        return thought, ""
