"""The steps of a run and how far each is, as a board that events change and that is drawn in lines of any width."""

import re
from collections.abc import Iterable
from typing import Literal, assert_never
from unicodedata import east_asian_width

from msgspec import Struct, field

from tchat.domain.events import Metered, Notice, Retrying
from tchat.domain.figures import dollars, seconds, short_count
from tchat.domain.text import one_line
from tchat.templates.format import Step
from tchat.templates.happening import (
    AnswerFound,
    CallDone,
    CallStarted,
    CallTurn,
    RunDone,
    RunEvent,
    StepDone,
    StepSkipped,
    StepStarted,
)

State = Literal["waiting", "running", "done", "reused", "failed", "skipped", "stopped"]

SIGNS: dict[State, str] = {
    "waiting": "·",
    "running": "▸",
    "done": "✓",
    "reused": "↺",
    "failed": "✗",
    "skipped": "-",
    "stopped": "■",
}

_ITEM = re.compile(r"\[\d+\]")
_SAMPLE = re.compile(r"(?:\[\d+\])?(?:@\d+)?#\d+")
_TOP = re.compile(r"[^/\[@#~.]+")
_GAP = "  "


class Row(Struct, kw_only=True):
    """One step at the top of the template, with all that is inside of it."""

    name: str
    state: State = "waiting"
    items: int | None = None
    items_done: int = 0
    samples: int | None = None
    samples_done: int = 0
    round: int | None = None
    """The round that its loop is in."""
    inner: str = ""
    """The inner step that began last."""
    calls: int = 0
    """Calls that are done."""
    reused: int = 0
    """Of `calls`: taken from an earlier attempt."""
    under_way: dict[str, int] = field(default_factory=dict[str, int])
    """The calls that are under way, by place, and the tokens that each has written so far."""
    tokens: int = 0
    """Written by calls that are done."""
    cost: float | None = 0.0
    """US dollars; None once the cost of a call is unknown."""
    waiting: str = ""
    """Why a call waits to be sent again."""
    began: float | None = None
    ended: float | None = None

    @property
    def written(self) -> int:
        """Tokens that were written, those of calls under way included."""
        return self.tokens + sum(self.under_way.values())


class Board:
    """Where a run is.

    Args:
        steps: those at the top of the template.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self.rows = {step.name: Row(name=step.name) for step in steps}

    def take(self, event: RunEvent, now: float) -> None:
        """Take in what happened at a time, in seconds of any clock."""
        match event:
            case CallStarted() | CallTurn() | CallDone():
                self._call(event, now)
            case StepStarted():
                self._started(event, now)
            case StepDone():
                row = self.rows.get(event.place)
                if row is not None:
                    row.state = "reused" if row.calls and row.calls == row.reused else "done"
                    row.ended = now
            case StepSkipped():
                row = self.rows.get(event.place)
                if row is not None:
                    row.state, row.ended = "skipped", now
            case AnswerFound():
                self._answered(event.place)
            case RunDone():
                pass
            case _:
                assert_never(event)

    def halt(self, now: float) -> None:
        """Note that the run is over before its end: what is running does so no more."""
        for row in self.rows.values():
            if row.state == "running":
                row.state, row.ended = "stopped", now

    def _call(self, event: CallStarted | CallTurn | CallDone, now: float) -> None:
        row = self.rows.get(top(event.place))
        if row is None:
            return
        match event:
            case CallStarted():
                row.under_way[event.place] = 0
            case CallTurn(event=Metered(usage)):
                row.under_way[event.place] = usage.output or 0
            case CallTurn(event=Retrying() as retrying):
                row.waiting = f"again in {retrying.delay:.0f} s: {one_line(retrying.reason)}"
            case CallTurn(event=Notice()):
                pass
            case CallTurn():
                row.waiting = ""
            case CallDone():
                row.under_way.pop(event.place, None)
                row.waiting = ""
                row.calls += 1
                row.reused += event.is_reused
                row.tokens += event.usage.output or 0
                row.cost = None if event.cost is None or row.cost is None else row.cost + event.cost
                if event.ending == "failed":
                    row.state, row.ended = "failed", now

    def _started(self, event: StepStarted, now: float) -> None:
        row = self.rows.get(top(event.place))
        if row is None:
            return
        if event.place == row.name:
            row.state, row.began = "running", now
            row.items, row.samples = event.items, event.samples
        else:
            row.inner = event.step
            found = re.match(r"[^/]*@(\d+)", event.place)
            row.round = int(found[1]) if found else row.round

    def _answered(self, place: str) -> None:
        row = self.rows.get(top(place))
        if row is None:
            return
        rest = place.removeprefix(row.name)
        row.items_done += bool(_ITEM.fullmatch(rest))
        row.samples_done += bool(_SAMPLE.fullmatch(rest))


def top(place: str) -> str:
    """Return the step at the top of the template that a place belongs to."""
    found = _TOP.match(place)
    return found[0] if found else place


def lines(board: Board, *, width: int, height: int, now: float) -> list[str]:
    """Return the board in at most `height` lines, none wider than `width`, without control characters."""
    rows = list(board.rows.values())
    longest = max((len(one_line(row.name)) for row in rows), default=0)
    shown, before, after = _window(rows, height)
    drawn = [_line(row, min(longest, max(width // 3, 8)), now) for row in shown]
    if before:
        drawn.insert(0, f"  … {before} above")
    if after:
        drawn.append(f"  … {after} below")
    return [_cut(line, width) for line in drawn]


def row_figures(row: Row, now: float) -> list[str]:
    """Return what there is to say of a step: how far it is, calls, tokens, cost, time."""
    parts = [
        _of(row.items_done, row.items, "items") if row.items is not None else "",
        _of(row.samples_done, row.samples, "samples") if row.samples and row.items is None else "",
        f"round {row.round}" if row.round and row.state == "running" else "",
        one_line(row.inner) if row.inner and row.state == "running" and row.items is None else "",
        f"{row.calls} calls" if row.calls > 1 else "",
        f"{row.reused} reused" if row.reused not in (0, row.calls) else "",
        f"{short_count(row.written)} tok" if row.written else "",
        dollars(row.cost) if row.cost else "",
        seconds((now if row.ended is None else row.ended) - row.began)
        if row.began is not None and row.state != "skipped"
        else "",
        row.waiting,
    ]
    return [part for part in parts if part]


def _line(row: Row, longest: int, now: float) -> str:
    name = _cut(one_line(row.name), longest).ljust(longest)
    said = row.state if row.state in ("skipped", "reused", "failed", "stopped") else ""
    return (
        f"{SIGNS[row.state]} {name}{_GAP}{' · '.join(part for part in (said, *row_figures(row, now)) if part)}".rstrip()
    )


def _window(rows: list[Row], height: int) -> tuple[list[Row], int, int]:
    """Return the rows that fit, around the first that is not over, and how many are above and below."""
    if len(rows) <= height:
        return rows, 0, 0
    room = max(height - 2, 1)
    first = next((at for at, row in enumerate(rows) if row.state in ("running", "failed")), None)
    if first is None:
        first = next((at for at, row in enumerate(rows) if row.state == "waiting"), len(rows))
    start = min(max(first - 1, 0), len(rows) - room)
    return rows[start : start + room], start, len(rows) - start - room


def _of(done: int, of: int | None, what: str) -> str:
    what = what.removesuffix("s") if of == 1 else what
    return f"{of} {what}" if done == of else f"{done}/{of} {what}"


def _cut(line: str, width: int) -> str:
    """Return a line in at most `width` columns."""
    if _columns(line) <= width:
        return line
    while line and _columns(line) >= width:
        line = line[:-1]
    return f"{line}…"


def _columns(line: str) -> int:
    return len(line) if line.isascii() else sum(2 if east_asian_width(sign) in "WF" else 1 for sign in line)
