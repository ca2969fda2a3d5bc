"""What a run has come to, as it goes on."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest

from tchat.domain.errors import RateLimited, TchatError
from tchat.templates.format import Value
from tchat.templates.happening import AnswerFound, CallDone, CallStarted, RunEvent, StepDone, StepStarted
from tchat.templates.inputs import fill_plain
from tchat.templates.runner import Run
from tchat.templates.world import World
from tchat.tui.templates.board import Board, Node
from tchat.tui.templates.board_drawing import columns_at, draw, widest_name
from tchat.tui.templates.board_rows import AnswerRow, BoardRow, NoteRow, PlaceRow, rows_of
from tests.tui.palettes import PALETTE
from tests.tui.staged import CHAIN, FIVE, ITEMS, POINTS, SAMPLES, TODAY, StagedModel, no_pictures, template_of

LOOP = """
[[step]]
name = "better"
repeat = 3
until = "critique == 'good'"
start = { critique = "", draft = "once" }

[[step.do]]
name = "draft"
prompt = "Write better than {{ draft }}. {{ critique }}"

[[step.do]]
name = "critique"
prompt = "What is wrong with {{ draft }}?"
"""


def play(source: str, model: StagedModel, *, given: dict[str, Value] | None = None, **inputs: Value) -> Board:
    """Return the board of a run that is over."""

    async def played() -> Board:
        template = template_of(source)
        board = Board(template, given)
        world = World(ask=model, today=TODAY, given=given or {}, attach=no_pictures)
        run = Run(template, fill_plain(template, inputs, no_pictures), world)
        try:
            async with aclosing(run.events()) as events:
                async for event in events:
                    board.take(event, 1.0)
        except TchatError as error:
            board.end("failed", error)
        return board

    return asyncio.run(played())


def shown(rows: list[BoardRow], width: int = 100) -> list[str]:
    """Return rows as they are drawn."""
    columns = columns_at(width, widest_name(rows))
    return [draw(row, columns, 2.0, PALETTE).text.rstrip() for row in rows]


def states(board: Board) -> dict[str, str]:
    """Return the state of every place that is shown."""
    return {row.node.place: row.node.state for row in rows_of(board) if isinstance(row, PlaceRow)}


def test_steps_wait_before_anything_happens() -> None:
    """They are there from the beginning, in their order."""
    assert states(Board(template_of(CHAIN))) == {"translation": "waiting", "short": "waiting"}


def test_a_chain_is_done_step_by_step() -> None:
    """Each with its tokens and cost, and both together."""
    board = play(CHAIN, StagedModel({"translation": ["Hello."], "short": ["Hi."]}), text="Hallo.")
    assert states(board) == {"translation": "done", "short": "done"}
    assert board.phase == "done"
    assert board.result is not None
    assert board.result.text == "Hi."
    assert (board.calls, board.tokens) == (2, 320)
    assert board.cost == pytest.approx(0.0032)
    call = board.node("translation").call
    assert call is not None
    assert call.started.prompt == "Translate into English:\nHallo."
    assert (call.text, call.reasoning) == ("Hello.", "Let me see.")


def test_items_stand_below_their_step() -> None:
    """With how many are done."""
    board = play(ITEMS, StagedModel(POINTS), subject="the moon")
    assert list(states(board)) == ["outline", "points", "points[1]", "points[2]", "points[3]", "whole"]
    lines = shown(rows_of(board))
    assert "3/3" in lines[1]
    assert "The sun lights one half" in lines[3]
    assert "480" in lines[1]


def test_samples_are_counted_with_their_agreement() -> None:
    """The most frequent answer first; the samples themselves are folded away when they are done."""
    board = play(SAMPLES, StagedModel(FIVE), question="7 × 8?")
    rows = rows_of(board)
    assert [(row.answer, row.given) for row in rows if isinstance(row, AnswerRow)] == [("56", 3), ("54", 1), ("48", 1)]
    assert [row.text for row in rows if isinstance(row, NoteRow)] == ["60 % of 5 samples agree"]
    assert not any(isinstance(row, PlaceRow) and row.node.is_sample for row in rows)
    board.node("solve").is_folded = False
    assert sum(isinstance(row, PlaceRow) and row.node.is_sample for row in rows_of(board)) == 5


def test_samples_without_an_answer_are_told_and_do_not_count() -> None:
    """They are part of what the agreement is a part of."""
    replies = {"solve": ["The answer is 1.", "No idea.", "The answer is 1.", "None.", "The answer is 2."]}
    board = play(SAMPLES, StagedModel(replies), question="?")
    assert [row.text for row in rows_of(board) if isinstance(row, NoteRow)][-1] == (
        "40 % of 5 samples agree · 2 without an answer"
    )


def test_rounds_end_when_the_next_one_begins() -> None:
    """No event says so."""
    board = play(LOOP, StagedModel({"draft": ["one", "two"], "critique": ["bad", "good"]}))
    assert states(board) == {
        "better": "done", "better@1": "done", "better@1/draft": "done", "better@1/critique": "done",
        "better@2": "done", "better@2/draft": "done", "better@2/critique": "done",
    }  # fmt: skip
    assert "2 rounds" in shown(rows_of(board))[0]


def test_a_failed_call_fails_its_step_and_stops_what_waits() -> None:
    """The others are as they were; what went wrong is said once, below the rows."""
    error = RateLimited("too many requests", hint="wait a minute")
    model = StagedModel({"translation": ["Hello."], "short": ["Hi."]}, errors={"short": error})
    board = play(CHAIN, model, text="Hallo.")
    assert states(board) == {"translation": "done", "short": "failed"}
    assert (board.phase, board.error) == ("failed", error)
    assert board.node("short").note == error.message
    assert not any(isinstance(row, NoteRow) for row in rows_of(board))


def test_replies_of_an_earlier_attempt_are_told_from_new_ones() -> None:
    """A step whose every reply is there already is reused."""
    model = StagedModel({"translation": ["Hello."], "short": ["Hi.", "Hey."]})
    play(CHAIN, model, text="Hallo.")
    again = play(CHAIN, model, given={"translation": "Hello there."}, text="Hallo.")
    assert states(again) == {"translation": "edited", "short": "done"}
    assert states(play(CHAIN, model, text="Hallo.")) == {"translation": "reused", "short": "reused"}
    assert model.asked == ["translation", "short", "short"]


def test_an_event_costs_the_same_however_many_there_are() -> None:
    """Ten thousand calls fold into one row."""
    board = Board(template_of(ITEMS))

    def take(*events: RunEvent) -> None:
        for event in events:
            board.take(event, 0.0)

    take(StepStarted(place="points", step="points", items=10_000))
    for number in range(1, 10_001):
        place = f"points[{number}]"
        take(
            CallStarted(place=place, step="points", model="m", system=None, prompt="p"),
            CallDone(place=place, ending="done", text="t"),
            AnswerFound(place=place, value="t"),
        )
    assert len(rows_of(board)) == 3
    assert "10000/10000" in shown(rows_of(board))[1]
    take(StepDone(place="points", step="points", value=[], text=""))
    assert board.tokens is None


def test_a_call_that_came_to_nothing_costs_nothing() -> None:
    """Its cost is not unknown: nothing was said. One that broke off has the cost of what was."""
    board = Board(template_of(CHAIN))
    for number, text in enumerate(("", "He"), 1):
        place = f"translation~{number}"
        board.take(CallStarted(place=place, step="translation", model="m", system=None, prompt="p"), 0.0)
        board.take(CallDone(place=place, ending="failed", text=text, problem="no connection"), 1.0)
        assert (board.tokens, board.cost) == ((0, 0.0) if number == 1 else (None, None))


@pytest.mark.parametrize("width", [20, 60, 76, 96, 136])
def test_no_row_is_wider_than_its_room(width: int) -> None:
    """Whatever is said in it."""
    board = play(SAMPLES, StagedModel(FIVE), question="7 × 8?")
    board.node("solve").is_folded = False
    board.node("solve").note = "a note that goes on and on " * 10
    assert max(map(len, shown(rows_of(board), width))) <= max(width, 42)


def test_places_are_made_with_all_around_them() -> None:
    """In whatever order they come."""
    board = Board(template_of(CHAIN))
    node = board.node("extra[2]#1~2")

    def lineage(start: Node, say: Callable[[Node], str]) -> list[str]:
        return [say(each) for each in start.lineage()]

    assert lineage(node, lambda each: each.place) == ["extra[2]#1~2", "extra[2]#1", "extra[2]", "extra"]
    assert lineage(node, lambda each: each.label) == ["try 2", "sample 1", "2", "extra"]
