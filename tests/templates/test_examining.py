"""Tests on data: what counts as right, wrong, abstained and unanswered, and what ends an examination."""

from typing import Any

import pytest

from tchat.domain.errors import ConnectionFailed, UsageError
from tchat.templates.datasets import Row
from tchat.templates.examining import Attempt, Examination, Examined
from tchat.templates.format import Template
from tchat.templates.loading import load_text
from tchat.templates.recorded import RecordedAnswers
from tchat.templates.world import World

SUMS = """
prompt = "{{ question }}"
extract = "number"
retries = 0

[inputs]
question = "text"

[[test]]
name = "sums"
data = "sums.jsonl"
map = { question = "ask.text", expected = "final" }
expect = { number = "{{ expected }}" }
"""
FACTS = """
prompt = "{{ question }}"

[inputs]
question = "text"

[[test]]
name = "facts"
data = "facts.jsonl"
map = { question = "question" }
expect = EXPECT
"""
STATED = """
[inputs]
question = "text"

[[step]]
name = "reply"
prompt = "{{ question }}"
schema = { answer = "text", confidence = "number, 0 to 1" }
retries = 0

[[step]]
name = "answer"
value = "reply.answer"

[[test]]
name = "stated"
data = "facts.jsonl"
map = { question = "question" }
expect = { equals = "{{ final }}" }
"""


def load(source: str) -> Template:
    """Return the template in `source`."""
    return load_text(source, file="t.toml", name="t")


async def examined(source: str, *rows: Row) -> Examined:
    """Run the first test of a template on rows with recorded replies."""
    template = load(source)
    return await Examination(template, template.tests[0], RecordedAnswers(template)).examine(rows)


def sum_row(final: str, reply: object) -> dict[str, Any]:
    """Return a row with a recorded reply."""
    return {"ask": {"text": "What is it?"}, "final": final, "reply": reply}


def fact_row(reply: object, final: str = "Canberra") -> dict[str, Any]:
    """Return a row with a recorded reply."""
    return {"question": "What is the capital?", "final": final, "reply": reply}


def verdicts(found: Examined) -> list[list[str]]:
    """Return the verdicts of each item."""
    return [[made.verdict for made in item.attempts] for item in found.items]


async def test_every_row_is_graded() -> None:
    """Numbers count by value, and a reply that cannot be read has no answer."""
    found = await examined(SUMS, sum_row("1200", "$1,200.0"), sum_row("7", "It is 8."), sum_row("7", "No idea."))
    assert verdicts(found) == [["right"], ["wrong"], ["unanswered"]]
    assert [(item.number, item.expected) for item in found.items] == [(1, "1200"), (2, "7"), (3, "7")]
    assert found.items[0].inputs == {"question": "What is it?"}
    assert (found.rows, found.error) == (3, None)


async def test_several_replies_are_several_attempts() -> None:
    """Each recorded reply is a run of its own, in order."""
    found = await examined(SUMS, sum_row("7", ["7", "8", "07"]))
    assert verdicts(found) == [["right", "wrong", "right"]]
    assert [made.text for made in found.items[0].attempts] == ["7", "8", "7"]


async def test_the_same_replies_are_run_once() -> None:
    """Recorded attempts with the same replies come out the same, and each of them counts."""
    template = load(SUMS)
    worlds: list[int] = []

    class Counting(RecordedAnswers):
        def world(self, row: Row, number: int, attempt: int) -> World:
            worlds.append(attempt)
            return super().world(row, number, attempt)

    found = await Examination(template, template.tests[0], Counting(template)).examine(
        [sum_row("7", ["7", "8", "7", "8", "7"])]
    )
    assert verdicts(found) == [["right", "wrong", "right", "wrong", "right"]]
    assert worlds == [1, 2]


async def test_an_abstention_is_neither_right_nor_wrong() -> None:
    """Where something else is expected, what abstains counts apart, in the usual phrases or the given ones."""
    usual = await examined(
        FACTS.replace("EXPECT", '{ equals = "{{ final }}" }'), fact_row("I don't know."), fact_row("Sydney")
    )
    own = await examined(
        FACTS.replace("EXPECT", '{ equals = "{{ final }}", abstain = "I pass" }'),
        *(fact_row("I pass"), fact_row("I don't know"), fact_row("Canberra")),
    )
    assert verdicts(usual) == [["abstained"], ["wrong"]]
    assert verdicts(own) == [["abstained"], ["wrong"], ["right"]]


async def test_abstaining_can_be_what_is_expected() -> None:
    """Alone, `abstain` asks for it."""
    found = await examined(FACTS.replace("EXPECT", "{ abstain = true }"), fact_row("I don't know."), fact_row("Oslo"))
    assert verdicts(found) == [["right"], ["wrong"]]


async def test_abstaining_that_is_not_expected_is_wrong() -> None:
    """`abstain = false` beside another condition leaves no way out."""
    found = await examined(
        FACTS.replace("EXPECT", '{ equals = "{{ final }}", abstain = false }'),
        fact_row("I don't know"),
        fact_row("Canberra"),
    )
    assert verdicts(found) == [["wrong"], ["right"]]


async def test_a_right_answer_that_sounds_like_abstaining_is_right() -> None:
    """What the row expects goes first."""
    found = await examined(
        FACTS.replace("EXPECT", '{ equals = "{{ final }}" }'), fact_row("I don't know", "I don't know")
    )
    assert verdicts(found) == [["right"]]


async def test_a_stated_confidence_is_kept() -> None:
    """The field `confidence` of the last step that has one goes with the attempt."""
    found = await examined(STATED, fact_row('{"answer": "Canberra", "confidence": 0.75}'), fact_row("no JSON"))
    assert [(made.verdict, made.confidence) for item in found.items for made in item.attempts] == [
        ("right", 0.75),
        ("unanswered", None),
    ]


async def test_columns_can_be_expected_without_a_map() -> None:
    """An expectation sees every column, and the inputs of the test beside them."""
    found = await examined(
        FACTS.replace("EXPECT", '{ expr = "value == final and question | words == 4" }'), fact_row("Canberra")
    )
    assert verdicts(found) == [["right"]]


async def test_a_row_without_the_column_ends_it_with_its_number() -> None:
    """The message names the test and the row."""
    with pytest.raises(UsageError, match=r't\.toml:9: row 2 of the data: the data has no column "ask\.text"'):
        await examined(SUMS, sum_row("7", "7"), {"final": "7", "reply": "7"})


async def test_a_mistake_in_the_expectation_ends_it() -> None:
    """It would be the same for every row."""
    found = await examined(FACTS.replace("EXPECT", '{ equals = "{{ missing }}" }'), fact_row("x"), fact_row("y"))
    assert found.items == ()
    assert "missing" in str(found.error)


class _Failing(RecordedAnswers):
    """Recorded replies, until the connection breaks."""

    def __init__(self, template: Template, breaks_at: int) -> None:
        super().__init__(template)
        self._breaks_at = breaks_at

    def world(self, row: Row, number: int, attempt: int) -> World:
        """Return the recorded world, or fail."""
        if number >= self._breaks_at:
            raise ConnectionFailed("no connection")
        return super().world(row, number, attempt)


async def test_what_was_done_counts_when_a_provider_fails() -> None:
    """Nothing new begins, and the figures are those of the rows before."""
    template = load(SUMS)
    taken: list[tuple[str, int]] = []

    def take(made: Attempt, of: int) -> None:
        taken.append((made.verdict, of))

    found = await Examination(template, template.tests[0], _Failing(template, 3), take).examine(
        [sum_row("7", "7"), sum_row("7", "8"), sum_row("7", "7"), sum_row("7", "7")]
    )
    assert verdicts(found) == [["right"], ["wrong"]]
    assert isinstance(found.error, ConnectionFailed)
    assert (found.rows, taken) == (4, [("right", 4), ("wrong", 4)])


async def test_a_stopped_examination_begins_nothing_more() -> None:
    """What is not done is left out, and nothing is wrong with it."""
    template = load(SUMS)
    examination = Examination(
        template, template.tests[0], RecordedAnswers(template), lambda _made, _of: examination.stop()
    )
    found = await examination.examine([sum_row("7", "7"), sum_row("7", "7")])
    assert verdicts(found) == [["right"]]
    assert (found.rows, found.error) == (2, None)
