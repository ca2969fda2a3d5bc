"""What the transcript shows of each message, as lines at a width.

An entry knows its message and nothing of the screen; a reply that streams grows in its own kind of entry.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tchat.domain.conversation import BranchMessage, Failure, Reply
from tchat.domain.figures import count, reply_parts, seconds
from tchat.domain.message import Attachment
from tchat.domain.text import one_line, printable
from tchat.domain.usage import Usage
from tchat.markdown.line import Line
from tchat.tui.attached import Attached, spoken
from tchat.tui.entry import Entry
from tchat.tui.palette import Palette
from tchat.tui.summary_lines import summary_lines
from tchat.tui.wrapping import GrowingText, apart, cut, wrapped

BYTES_PER_TOKEN = 4
"""Of English text, while nobody has counted yet."""
INDENT = 2
"""Cells before the text of a message, below the name of who speaks."""

_STATES = {
    "stopped": "stopped",
    "interrupted": "interrupted: the connection ended before the reply did",
    "failed": "failed",
}
_ENDINGS = {
    "length": "cut off: the reply reached the limit of its tokens",
    "filtered": "cut off by the provider's filter",
    "refused": "the model refused",
}


class MessageEntry(Entry):
    """A message as it is stored."""

    def __init__(
        self,
        placed: BranchMessage,
        number: int,
        streamed: "LiveEntry | None" = None,
        attached: Attached | None = None,
    ) -> None:
        """Take a message in its place.

        Args:
            placed: the message.
            number: its place in the branch, from 1.
            streamed: the entry that it grew in, whose lines are kept.
            attached: draws its attachments; None draws them as lines of text.
        """
        super().__init__(placed.stored.id, number)
        self.placed = placed
        self._attached = attached or Attached(placed.stored.message.parts)
        self._drawn = streamed.settled() if streamed is not None and streamed.text == self.text else None

    @property
    def can_be_edited(self) -> bool:
        """Whether the user said it, or what it answers."""
        return True

    @property
    def text(self) -> str:
        """The message's visible text."""
        return self.placed.stored.message.text

    def estimate(self, width: int) -> int:
        """Return about how many lines it takes."""
        stored = self.placed.stored
        summary = _estimated(stored.summary.text, width) + _HEADER_AND_GAP if stored.summary else 0
        height = _HEADER_AND_GAP + _estimated(self.text, width) + (1 if stored.reply else 0) + summary
        return height + self._attached.height(max(10, width - INDENT))

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """What it holds beside its text."""
        return self._attached.parts

    def lines(self, width: int, palette: Palette) -> list[Line]:
        """Return header, text and meters."""
        stored = self.placed.stored
        inside = max(10, width - INDENT)
        if stored.reply is None:
            body = _all_indented(self._said(inside, palette), palette)
        else:
            reasoning = reasoning_lines(stored.reply, inside, palette, unfolded=self.shows_reasoning)
            below = [*self._made(inside, palette), *_ending(_estimated_usage(stored.reply, self.text), inside, palette)]
            body = [
                *_all_indented(reasoning, palette),
                *self._answer(width, palette),
                *_all_indented(below, palette),
            ]
        if stored.summary is not None:
            body += _all_indented(summary_lines(stored.summary, inside, palette), palette)
        return [self._header(width, palette), *body, Line()]

    def _said(self, width: int, palette: Palette) -> list[Line]:
        """Return what the user said, each attachment below the line in which it is spoken of."""
        lines: list[Line] = []
        for text, attachments in spoken(self.placed.stored.message.parts):
            lines += wrapped(text, width, palette.base) if text or not attachments else []
            lines += [line for number in attachments for line in self._attached.lines(number, width, palette)]
        return lines

    def _answer(self, width: int, palette: Palette) -> list[Line]:
        """Return the answer's text, indented; lines that were drawn as it streamed are the same objects."""
        drawn = self._drawn
        if drawn is not None and drawn.width == width and drawn.palette is palette:
            return drawn.body()
        self._drawn = None
        from tchat.markdown.rendering import render

        return _all_indented(render(self.text, max(10, width - INDENT), palette.look), palette)

    def _made(self, width: int, palette: Palette) -> list[Line]:
        """Return what the model made beside its text."""
        made = (self._attached.lines(number, width, palette) for number in range(len(self._attached.parts)))
        return [line for lines in made for line in (Line(), *lines)]

    def _header(self, width: int, palette: Palette) -> Line:
        stored = self.placed.stored
        marks = [siblings_mark(self.placed), *_effort(stored.reply), f"#{self.number}", clock_time(stored.created_at)]
        if stored.reply is None:
            return header("you", marks, width, (palette.name, palette.muted))
        return header(stored.reply.model, marks, width, (palette.accent, palette.muted))


class LiveEntry(Entry):
    """A reply that streams: only its open end is rendered anew."""

    def __init__(self, key: str, number: int, model: str, started_at: float) -> None:
        """Take the reply's id, its place in the branch, who answers, and the Unix time."""
        super().__init__(key, number)
        self._model = model
        self._started_at = started_at
        self._pieces: list[str] = []
        self._thoughts: list[str] = []
        self._thought = 0
        """Bytes of the reasoning."""
        self._drawn: _Drawn | None = None
        self.status = "waiting for the model"
        """What happens at the moment, while there is no text."""
        self.thinking_for: float | None = None
        """Seconds of reasoning so far, or in all."""

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._pieces)

    @property
    def has_reasoning(self) -> bool:
        """Whether the model has said anything of its reasoning."""
        return bool(self._thoughts)

    def feed(self, text: str) -> None:
        """Take more of the answer."""
        self._pieces.append(text)
        if self._drawn is not None:
            self._drawn.answer.feed(text)
            if "\n" in text:
                self._drawn.body()  # what is final now is laid out now, so that no frame finds much to do

    def think(self, text: str) -> None:
        """Take more of the reasoning."""
        self._thoughts.append(text)
        self._thought += len(text.encode("utf-8", "replace"))
        if self._drawn is not None:
            self._drawn.thoughts.feed(text)

    def settled(self) -> "_Drawn | None":
        """Return what is rendered of it, now that no more will come."""
        if self._drawn is not None:
            self._drawn.answer.close()
        return self._drawn

    def estimate(self, width: int) -> int:
        """Return about how many lines it takes."""
        return _HEADER_AND_GAP + _estimated(self.text, width)

    def lines(self, width: int, palette: Palette) -> list[Line]:
        """Return header, reasoning, and the text so far."""
        drawn = self._drawn
        if drawn is None or drawn.width != width or drawn.palette is not palette:
            drawn = self._drawn = _Drawn(width, palette)
            drawn.answer.feed(self.text)
            drawn.thoughts.feed("".join(self._thoughts))
        marks = [f"#{self.number}", clock_time(self._started_at)]
        head = header(self._model, marks, width, (palette.accent, palette.muted))
        body = drawn.body()
        if not body and not self.has_reasoning:
            body = _all_indented(wrapped(self.status, drawn.inside, palette.muted), palette)
        return [head, *self._reasoning(drawn), *body, Line()]

    def _reasoning(self, drawn: "_Drawn") -> list[Line]:
        if not self._thoughts:
            return []
        mark = "▾" if self.shows_reasoning else "▸"
        size = f" · ≈{count(_tokens(self._thought))} tok"
        lasted = f" · {seconds(self.thinking_for)}" if self.thinking_for is not None else ""
        lines = [Line((Segment(cut(f"{mark} reasoning{size}{lasted}", drawn.inside), drawn.palette.muted),))]
        if self.shows_reasoning:
            lines += [*drawn.thoughts.lines(), Line()]
        return _all_indented(lines, drawn.palette)


class _Drawn:
    """What is rendered of a growing reply at one width and in one palette."""

    def __init__(self, width: int, palette: Palette) -> None:
        from tchat.markdown.growing import Growing

        self.width = width
        self.inside = max(10, width - INDENT)
        self.palette = palette
        self.answer = Growing(palette.look, self.inside)
        self.thoughts = GrowingText(self.inside, palette.muted)
        self._settled: list[Line] = []

    def body(self) -> list[Line]:
        """Return the indented lines of the answer; those that will not change are the same objects each time."""
        lines = self.answer.lines()
        settled = self.answer.settled
        self._settled += _all_indented(lines[len(self._settled) : settled], self.palette)
        return self._settled + _all_indented(lines[settled:], self.palette)


_HEADER_AND_GAP = 2


def reasoning_lines(reply: Reply, width: int, palette: Palette, *, unfolded: bool) -> list[Line]:
    """Return the folded line of a reply's reasoning, or all of it; nothing where there was none."""
    tokens = reply.usage.reasoning
    if not reply.reasoning and not tokens:
        return []
    parts = ["reasoning", *([f"{count(tokens)} tok"] if tokens else [])]
    if reply.reasoning_seconds is not None:
        parts.append(seconds(reply.reasoning_seconds))
    if not reply.reasoning:
        return [Line((Segment(cut(" · ".join([*parts, "kept by the provider"]), width), palette.muted),))]
    mark = "▾" if unfolded else "▸"
    first = Line((Segment(cut(f"{mark} {' · '.join(parts)}", width), palette.muted),))
    return [first, *wrapped(reply.reasoning.strip(), width, palette.muted), Line()] if unfolded else [first]


def header(name: str, marks: list[str], width: int, styles: tuple[Style, Style]) -> Line:
    """Return who speaks on the left and, as far as they fit, marks on the right."""
    right = "   ".join(mark for mark in marks if mark)
    room = width - cell_len(right) - 2
    left = cut(one_line(name), max(4, room))
    gap = width - cell_len(left) - cell_len(right)
    if gap < 1:
        return Line((Segment(left, styles[0]),))
    return Line((Segment(left, styles[0]), Segment(" " * gap, styles[1]), Segment(right, styles[1])))


def siblings_mark(placed: BranchMessage) -> str:
    """Return which of how many siblings a message is, nothing for an only one."""
    siblings = placed.siblings
    if len(siblings) < 2:  # noqa: PLR2004
        return ""
    return f"‹{siblings.index(placed.stored.id) + 1}/{len(siblings)}›"


def clock_time(unix_time: float) -> str:
    """Return the local time of day."""
    return datetime.fromtimestamp(unix_time, UTC).astimezone().strftime("%H:%M")


def notice(label: str, text: str, width: int, styles: tuple[Style, Style]) -> list[Line]:
    """Return a labelled note, its later lines under its first."""
    lines = wrapped(text, max(10, width - cell_len(label) - 2), styles[1])
    blank = " " * (cell_len(label) + 2)
    return [
        line._replace(
            segments=(Segment(f"{label}: " if number == 0 else blank, styles[0]), *line.segments),
            margin=line.margin + (len(blank) if number else 0),
        )
        for number, line in enumerate(lines)
    ]


def _all_indented(lines: Sequence[Line], palette: Palette) -> list[Line]:
    margin = Segment(" " * INDENT, palette.base)
    return [
        Line((margin, *line.segments), line.margin + INDENT, line.glue) if line.segments else line for line in lines
    ]


def _effort(reply: Reply | None) -> list[str]:
    effort = reply.settings.effort if reply else None
    return [effort] if effort else []


def _ending(reply: Reply, width: int, palette: Palette) -> list[Line]:
    lines: list[Line] = []
    if reply.failure is not None:
        lines += _failure(reply.failure, width, palette)
    elif reply.state in _STATES:
        lines += wrapped(_STATES[reply.state], width, palette.warning)
    elif reply.finish in _ENDINGS:
        lines += wrapped(_ENDINGS[reply.finish], width, palette.warning)
    if reply.left_out:
        said = "message was" if reply.left_out == 1 else "messages were"
        lines += wrapped(
            f"the {reply.left_out} oldest {said} not sent, so that this fitted the model", width, palette.warning
        )
    if reply.state == "interrupted":
        lines += wrapped("r asks again · Enter goes on from here", width, palette.muted)
    elif reply.state == "failed":
        lines += wrapped("r asks again", width, palette.muted)
    if reply.state == "streaming":
        lines += wrapped("another tchat is writing this reply", width, palette.muted)
    elif reply.state != "failed" or reply.usage != Usage():
        lines += apart(reply_parts(reply), width, palette.muted)
    return [Line(), *lines]


def _estimated_usage(reply: Reply, text: str) -> Reply:
    """Return a reply that was cut off with an estimate of what it wrote, where the provider never said."""
    if reply.state not in {"stopped", "interrupted"} or reply.usage.output is not None:
        return reply
    written = len((text + reply.reasoning).encode("utf-8", "replace"))
    return replace(reply, usage=replace(reply.usage, output=_tokens(written)))


def _tokens(size: int) -> int:
    """Return about how many tokens so many bytes are."""
    return -(-size // BYTES_PER_TOKEN)


def _failure(failure: Failure, width: int, palette: Palette) -> list[Line]:
    lines = notice("error", printable(failure.message), width, (palette.error, palette.base))
    if failure.hint:
        lines += notice("hint", printable(failure.hint), width, (palette.accent, palette.base))
    return lines


def _estimated(text: str, width: int) -> int:
    """Return about how many lines a text takes: its own, and what wrapping adds."""
    return text.count("\n") + math.ceil(len(text) / max(10, width)) + 1
