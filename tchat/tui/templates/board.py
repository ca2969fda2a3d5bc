"""What has become of a run so far, place by place, put together from its events.

Law: taking an event costs the same however many calls there are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, assert_never

from tchat.domain.errors import TchatError
from tchat.domain.events import ReasoningDelta, Retrying, TextDelta
from tchat.templates.filters import shown
from tchat.templates.format import Do, Step, Template, Use, Value
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

State = Literal["waiting", "running", "done", "failed", "reused", "skipped", "edited", "stopped"]
Phase = Literal["running", "stopping", "done", "failed", "stopped"]
"""Of the whole run."""

_PIECES = re.compile(r"/?\w+|\[\d+\]|@\d+|#\d+|~\d+|\.judge")
_TAIL = 400
"""Characters of a growing reply that are looked at for its last line."""


class CallNotes:
    """What is known of one call."""

    def __init__(self, started: CallStarted) -> None:
        self.started = started
        self.pieces: list[str] = []
        self.thoughts: list[str] = []
        self.done: CallDone | None = None
        self.retrying: str | None = None

    @property
    def text(self) -> str:
        """The reply as far as it came."""
        return self.done.text if self.done is not None else "".join(self.pieces)

    @property
    def reasoning(self) -> str:
        """The visible reasoning as far as it came."""
        return self.done.reasoning if self.done is not None else "".join(self.thoughts)


class Node:
    """A place in a run: a step, one of its items, rounds or samples, an inner step, a second try, a judge."""

    def __init__(self, place: str, label: str, parent: "Node | None", *, step: Step | None = None) -> None:
        self.place = place
        self.label = label
        self.parent = parent
        self.step = step
        """What the template says of it, if it is a step."""
        self.children: dict[str, Node] = {}
        self.state: State = "waiting"
        self.call: CallNotes | None = None
        self.value: Value = None
        self.has_value = False
        self.is_step = step is not None
        self.began: float | None = None
        self.ended: float | None = None
        self.begun = self.finished = self.reused = 0
        """Calls here and below."""
        self.tokens: int | None = 0
        self.cost: float | None = 0.0
        """What the replies took, those of earlier attempts included."""
        self.items: int | None = None
        self.samples: int | None = None
        self.rounds: int | None = None
        self.votes: dict[str, int] = {}
        """Answers of samples as text, and how many gave each; those that were found so far."""
        self.share: float | None = None
        self.answered = 0
        """Items or samples that have their value."""
        self.note = ""
        self.is_folded: bool | None = None
        """None leaves it to how many there are."""

    @property
    def is_sample(self) -> bool:
        """Whether it is one of several samples."""
        return self.label.startswith("sample ")

    def lineage(self) -> Iterator["Node"]:
        """Yield it and everything around it."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def last_line(self) -> str:
        """Return the newest line of what it says, or its value."""
        if self.has_value:
            return "no answer" if self.value is None else shown(self.value)
        if self.call is None:
            return ""
        if self.call.retrying:
            return self.call.retrying
        pieces = self.call.pieces or self.call.thoughts
        tail = "".join(pieces[-_TAIL:])[-_TAIL:] if self.call.done is None else self.call.text
        lines = tail.strip().splitlines()
        return lines[-1] if lines and self.call.done is None else lines[0] if lines else ""


class Board:
    """The whole run.

    Args:
        template: what runs; its steps are there from the beginning.
        given: values that stand at places instead of being made.
    """

    def __init__(self, template: Template, given: Mapping[str, Value] | None = None) -> None:
        self.roots: dict[str, Node] = {
            step.name: Node(step.name, step.name, None, step=step) for step in template.steps
        }
        self._nodes: dict[str, Node] = dict(self.roots)
        self.phase: Phase = "running"
        self.result: RunDone | None = None
        self.error: TchatError | None = None
        self.calls = self.reused = 0
        """Calls that were made in this attempt, and replies of earlier ones."""
        self.tokens: int | None = 0
        """Tokens that were read and written in this attempt; None if that is unknown of any call."""
        self.cost: float | None = 0.0
        """US dollars that it has cost; None if that is unknown of any call."""
        self.conversation_id: str | None = None
        """Where the replies are kept; None before the first one."""
        self.changes = 0
        """Grows with everything that happens."""
        self._now = 0.0
        self._given = given or {}
        for place, value in self._given.items():
            node = self.node(place)
            node.value, node.has_value, node.state = value, True, "edited"

    def node(self, place: str) -> Node:
        """Return what is at a place; it is made, with all that stands around it, if need be."""
        found = self._nodes.get(place)
        if found is not None:
            return found
        pieces = _PIECES.findall(place)
        parent: Node | None = None
        at = ""
        for piece in pieces:
            at += piece
            node = self._nodes.get(at)
            if node is None:
                if parent is not None and piece.startswith("@"):
                    _close_rounds(parent, self._now)
                node = self._nodes[at] = Node(at, _label(piece), parent, step=_inner_step(parent, piece))
                (self.roots if parent is None else parent.children)[piece] = node
            parent = node
        if parent is None:
            parent = self._nodes[place] = self.roots[place] = Node(place, place, None)
        return parent

    # --- what happens

    def take(self, event: RunEvent, now: float) -> None:
        """Take in what happened; `now` is seconds of any clock that does not go back."""
        self.changes += 1
        self._now = now
        match event:
            case CallStarted():
                self._begin_call(event, now)
            case CallTurn(place=place):
                _hear(self._nodes.get(place), event)
            case CallDone():
                self._end_call(event, now)
            case StepStarted():
                node = self.node(event.place)
                node.state, node.began, node.is_step = "running", now, True
                node.items, node.samples, node.note = event.items, event.samples, event.note or ""
            case AnswerFound(place=place, value=value):
                self._answer(self.node(place), value, now)
            case StepDone():
                self._end_step(event, now)
            case StepSkipped():
                node = self.node(event.place)
                node.state, node.value, node.is_step = "skipped", event.value, True
            case RunDone():
                self.result = event
                is_refused = event.finish in ("refused", "filtered")
                self.end("failed" if is_refused else "done", None)
            case _:
                assert_never(event)

    def end(self, phase: Phase, error: TchatError | None) -> None:
        """Take in that nothing more happens, and why if something went wrong."""
        if self.phase in ("done", "failed", "stopped"):
            return
        self.changes += 1
        self.phase, self.error = phase, error
        has_failed = any(node.state == "failed" for node in self._nodes.values())
        for node in self._nodes.values():
            if node.state == "running":
                is_cause = error is not None and (_has_failed(node) or not has_failed)
                node.state = "failed" if is_cause else "stopped"

    def _begin_call(self, event: CallStarted, now: float) -> None:
        node = self.node(event.place)
        node.call = CallNotes(event)
        node.state = "running"
        for each in node.lineage():
            each.begun += 1
            if each.began is None:
                each.began = now
            if each.state == "waiting":
                each.state = "running"

    def _end_call(self, event: CallDone, now: float) -> None:
        node = self.node(event.place)
        self.conversation_id = event.conversation_id or self.conversation_id
        if node.call is not None:
            node.call.done = event
            node.call.retrying = None
        tokens = 0 if event.came_to_nothing else _total([event.usage.input, event.usage.output])
        if event.is_reused:
            self.reused += 1
        else:
            self.calls += 1
            self.tokens, self.cost = _total([self.tokens, tokens]), _sum([self.cost, event.price])
        for each in node.lineage():
            each.finished += 1
            each.reused += event.is_reused
            each.tokens = _total([each.tokens, tokens])
            each.cost = _sum([each.cost, event.price])
        if event.problem:
            node.note = event.problem
        if event.ending == "failed":
            node.state = "failed"
        elif not node.is_step:
            node.state = "reused" if event.is_reused else "done"
        if node.state != "running":
            node.ended = now

    def _answer(self, node: Node, value: Value, now: float) -> None:
        if node.state not in ("edited", "failed"):
            node.state = _ending(node)
            _close_rounds(node, now)
        node.value, node.has_value, node.ended = value, True, now
        parent = node.parent
        if parent is not None:
            parent.answered += 1
            if node.is_sample and value is not None:
                text = shown(value)
                parent.votes[text] = parent.votes.get(text, 0) + 1

    def _end_step(self, event: StepDone, now: float) -> None:
        node = self.node(event.place)
        is_given = event.place in self._given
        node.state = "edited" if is_given else _ending(node)
        _close_rounds(node, now)
        node.value, node.has_value, node.ended = event.value, True, now
        if is_given:
            return
        if event.votes:
            node.votes = dict(event.votes)
        node.share = event.share
        node.rounds = event.rounds


def _hear(node: Node | None, turn: CallTurn) -> None:
    call = node.call if node is not None else None
    if call is None:
        return
    match turn.event:
        case TextDelta(text):
            call.pieces.append(text)
            call.retrying = None
        case ReasoningDelta(text):
            call.thoughts.append(text)
            call.retrying = None
        case Retrying(delay=delay, reason=reason):
            call.retrying = f"asks again in {delay:.0f} s: {reason}"
        case _:
            pass


def _ending(node: Node) -> State:
    """Return how a place ends whose calls are over."""
    return "reused" if node.begun and node.reused == node.begun else "done"


def _close_rounds(node: Node, now: float) -> None:
    """Take in that every round so far is over: no event says so."""
    for child in node.children.values():
        if child.state == "running" and child.label.startswith("round "):
            child.state, child.ended = _ending(child), now


def _has_failed(node: Node) -> bool:
    return node.state == "failed" or any(_has_failed(child) for child in node.children.values())


def _label(piece: str) -> str:
    number = piece.strip("/[]@#~.")
    match piece[0]:
        case "@":
            return f"round {number}"
        case "#":
            return f"sample {number}"
        case "~":
            return f"try {number}"
        case _:
            return number


def _inner_step(parent: Node | None, piece: str) -> Step | None:
    """Return what the template says of an inner step."""
    if parent is None or not piece.startswith("/"):
        return None
    around = next((node.step for node in parent.lineage() if node.step is not None), None)
    match around.deed if around is not None else None:
        case Do(steps):
            return next((step for step in steps if step.name == piece[1:]), None)
        case Use(template=used):
            return next((step for step in used.steps if step.name == piece[1:]), None)
        case _:
            return None


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _sum(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) if len(known) == len(figures) else None
