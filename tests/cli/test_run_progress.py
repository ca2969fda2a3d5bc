"""How a run is told on stderr: the board of steps, its lines, and what a terminal or a pipe sees of them."""

import io

import pytest

from tchat.cli.run_board import Board, lines
from tchat.cli.run_progress import LiveProgress, PlainProgress
from tchat.cli.terminal import Terminal
from tchat.domain.events import Metered, Notice, Retrying
from tchat.domain.usage import Usage
from tchat.templates.happening import (
    AnswerFound,
    CallDone,
    CallStarted,
    CallTurn,
    RunEvent,
    StepDone,
    StepSkipped,
    StepStarted,
)
from tests.templates.scripted import load

TEMPLATE = load("""
[[step]]
name = "draft"
prompt = "x"
[[step]]
name = "points"
for_each = "['a', 'b']"
prompt = "{{ item }}"
[[step]]
name = "improved"
repeat = 3
  [[step.do]]
  name = "critique"
  prompt = "y"
[[step]]
name = "extra"
when = "false"
prompt = "z"
""")
STYLED = Terminal(styled=True, colour=False, width=40, height=24)


def call(place: str, *, reused: bool = False, output: int = 5, cost: float | None = 0.5) -> list[RunEvent]:
    """Return what happens in a call."""
    return [
        CallStarted(place=place, step="s", model="p/m", system=None, prompt="x", is_reused=reused),
        CallDone(
            place=place, ending="done", text="t", usage=Usage(input=1, output=output), cost=cost, is_reused=reused
        ),
    ]


def done(place: str) -> StepDone:
    """Return the end of a step."""
    return StepDone(place=place, step=place, value="v", text="v")


def board(*events: RunEvent, now: float = 0.0) -> Board:
    """Return the board after some events at a time."""
    made = Board(TEMPLATE.steps)
    for event in events:
        made.take(event, now)
    return made


def drawn(made: Board, *, width: int = 80, height: int = 24, now: float = 0.0) -> list[str]:
    """Return the lines of a board, without the blanks of their columns."""
    return [" ".join(line.split()) for line in lines(made, width=width, height=height, now=now)]


def test_steps_wait_until_they_begin() -> None:
    """Every step has its line from the start, in the order of the file."""
    assert drawn(board()) == ["· draft", "· points", "· improved", "· extra"]


def test_a_step_tells_how_far_it_is() -> None:
    """Items that are done, calls, tokens of those under way too, cost and time."""
    made = board(
        StepStarted(place="points", step="points", items=2),
        *call("points[1]"),
        AnswerFound(place="points[1]", value="v"),
        CallStarted(place="points[2]", step="points", model="p/m", system=None, prompt="x"),
        CallTurn(place="points[2]", event=Metered(Usage(output=7))),
    )
    assert drawn(made, now=3.0)[1] == "▸ points 1/2 items · 12 tok · $0.500 · 3.0 s"


def test_a_step_ends_as_done_reused_or_skipped() -> None:
    """One all of whose replies were taken again says so."""
    made = board(
        StepStarted(place="draft", step="draft"),
        *call("draft", reused=True),
        done("draft"),
        StepStarted(place="points", step="points", items=1),
        *call("points[1]"),
        done("points"),
        StepSkipped(place="extra", step="extra"),
    )
    shown = drawn(made)
    assert shown[0].startswith("↺ draft reused")
    assert shown[1].startswith("✓ points 0/1 item")
    assert shown[3] == "- extra skipped"


def test_a_loop_tells_its_round_and_its_inner_step() -> None:
    """What is inside of a step is told on the step's own line."""
    made = board(
        StepStarted(place="improved", step="improved"), StepStarted(place="improved@2/critique", step="critique")
    )
    assert drawn(made)[2] == "▸ improved round 2 · critique · 0.0 s"


def test_a_call_that_waits_says_why() -> None:
    """The reason is a stranger's text: it is made printable and cut to the line."""
    made = board(
        StepStarted(place="draft", step="draft"),
        CallStarted(place="draft", step="draft", model="p/m", system=None, prompt="x"),
        CallTurn(place="draft", event=Retrying(attempt=2, delay=4.0, reason="too\x1b[31m busy\n")),
    )
    assert "again in 4 s: too[31m busy" in drawn(made)[0]


@pytest.mark.parametrize("width", [10, 20, 40])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """What does not fit is cut, wide characters counted as two."""
    made = board(
        StepStarted(place="draft", step="draft"),
        CallStarted(place="draft", step="draft", model="p/m", system=None, prompt="x"),
        CallTurn(place="draft", event=Retrying(attempt=2, delay=4.0, reason="漢字" * 40)),
    )
    for line in lines(made, width=width, height=24, now=0.0):
        assert sum(2 if ord(sign) > 0x2E80 else 1 for sign in line) <= width


def test_more_steps_than_lines_show_what_is_running() -> None:
    """The rest is counted above and below."""
    template = load("\n".join(f'[[step]]\nname = "s{number}"\nprompt = "x"' for number in range(20)))
    made = Board(template.steps)
    for number in range(10):
        made.take(StepStarted(place=f"s{number}", step=f"s{number}"), 0.0)
        if number < 9:
            made.take(done(f"s{number}"), 0.0)
    shown = drawn(made, height=6)
    assert len(shown) == 6
    assert shown[0] == "… 8 above"
    assert any(line.startswith("▸ s9") for line in shown)
    assert shown[-1] == "… 8 below"


def test_a_pipe_gets_one_line_for_each_beginning_and_end() -> None:
    """Items do not have lines of their own, and a notice is said once for a step."""
    stream = io.StringIO()
    progress = PlainProgress(stream, TEMPLATE.steps, clock=lambda: 0.0)
    for event in (
        StepStarted(place="points", step="points", items=2, note="the first 2 of 9 items"),
        StepStarted(place="points[1]/inner", step="inner"),
        CallTurn(place="points[1]", event=Notice("no seed")),
        CallTurn(place="points[2]", event=Notice("no seed")),
        *call("points[1]"),
        done("points"),
        StepSkipped(place="extra", step="extra"),
    ):
        progress.take(event)
    assert stream.getvalue().splitlines() == [
        "points: begins, 2 items (the first 2 of 9 items)",
        "note: points[1]: no seed",
        "points: done · 0/2 items · 5 tok · $0.500 · 0.0 s",
        "extra: skipped",
    ]


def test_a_terminal_is_redrawn_in_place_and_not_too_often() -> None:
    """Each picture goes over the one before, at most five a second; what is said stays above."""
    stream, now = io.StringIO(), [0.0]
    progress = LiveProgress(stream, STYLED, TEMPLATE.steps, clock=lambda: now[0])
    progress.take(StepStarted(place="draft", step="draft"))
    pictures = stream.getvalue().count("improved")
    for event in call("draft"):
        progress.take(event)
    assert stream.getvalue().count("improved") == pictures
    now[0] = 1.0
    progress.take(done("draft"))
    assert "\x1b[4A\r" in stream.getvalue()
    progress.say("note: hello\x1b[2J")
    assert "note: hello[2J\x1b[K\n" in stream.getvalue()


def test_a_terminal_is_left_to_the_answer() -> None:
    """The list is drawn once more, without the step that answers, and never again."""
    stream = io.StringIO()
    progress = LiveProgress(stream, STYLED, TEMPLATE.steps, clock=lambda: 0.0)
    progress.take(StepStarted(place="draft", step="draft"))
    progress.leave("extra")
    before = stream.getvalue()
    progress.tick()
    progress.take(done("draft"))
    assert stream.getvalue() == before
    *_, last, blank = before.splitlines()
    assert last.startswith("· improved")
    assert blank == "\x1b[K"


def test_what_was_running_when_a_run_ended_early_is_stopped() -> None:
    """A failed call marks its step as failed; the others had to stop."""
    made = board(
        StepStarted(place="draft", step="draft"),
        StepStarted(place="points", step="points", items=1),
        *call("points[1]"),
        CallStarted(place="draft", step="draft", model="p/m", system=None, prompt="x"),
        CallDone(place="draft", ending="failed", text="", problem="boom"),
    )
    made.halt(2.0)
    assert drawn(made, now=9.0) == [
        "✗ draft failed · 0.0 s",
        "■ points stopped · 0/1 item · 5 tok · $0.500 · 2.0 s",
        "· improved",
        "· extra",
    ]
