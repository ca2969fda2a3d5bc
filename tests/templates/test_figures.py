"""Published figures, found again from recorded replies with the functions that `tchat test --replay` uses."""

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tchat.templates import voting
from tchat.templates.calculating import Incalculable, calculate
from tchat.templates.checking import Grade, Outcome, grade
from tchat.templates.comparing import same
from tchat.templates.extracting import Unanswered, extract
from tchat.templates.filters import all_numbers, shown
from tchat.templates.format import After, Expression, Matched, Named, Stage, Value
from tchat.templates.measuring import Item, measure
from tchat.templates.rendering import Renderer
from tests.servers import SHARED

EVALUATION = SHARED / "data" / "eval"

pytestmark = pytest.mark.skipif(not EVALUATION.is_dir(), reason="the replies come with ../shared, which is not here")


def rows(name: str) -> Iterator[dict[str, Any]]:
    """Yield the items of a file."""
    opened = gzip.open if name.endswith(".gz") else open
    with opened(EVALUATION / name, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def answer(reply: str, *stages: Stage) -> Value:
    """Return what is extracted, None if nothing is."""
    try:
        return extract(reply, stages)
    except Unanswered:
        return None


@pytest.mark.parametrize(
    ("replies", "stages", "right"),
    [("reply_cot", (After("the answer is"),), 781), ("reply_direct", (), 565)],
)
def test_big_bench_hard_is_graded_as_published(replies: str, stages: tuple[Stage, ...], right: int) -> None:
    """27 tasks of 40 items each: letters, words, lists and brackets."""
    found = [(answer(row[replies], *stages), row["final"]) for row in rows("bbh_recorded_27x40.jsonl")]
    measures = measure([Item(grade=grade(value, shown(value), {"equals": final})) for value, final in found])
    assert (measures.right, measures.items) == (right, 1080)


def test_grade_school_problems_are_graded_as_published() -> None:
    """All 800 verdicts on four systems are the recorded ones."""
    items = list(rows("gsm8k_recorded_200.jsonl"))
    accuracies: list[float | None] = []
    for system in items[0]["replies"]:
        values = [answer(item["replies"][system], After("A:"), Named("number")) for item in items]
        grades: list[Grade] = [
            grade(value, shown(value), {"number": item["final"]}) for value, item in zip(values, items, strict=True)
        ]
        assert [each == "right" for each in grades] == [item["correct"][system] for item in items]
        accuracies.append(measure([Item(grade=each) for each in grades]).accuracy)
    assert accuracies == [0.215, 0.395, 0.345, 0.58]


def test_the_plurality_of_four_systems_is_as_published() -> None:
    """The systems stand from the best to the worst, since ties go to the earlier."""
    right = 0
    items = list(rows("gsm8k_recorded_200.jsonl"))
    for item in items:
        values = [answer(reply, After("A:"), Named("number")) for reply in item["replies"].values()]
        right += same(voting.majority(values[::-1]).value, item["final"])
    assert right / len(items) == 0.565


def makes_24(reply: str, puzzle: str) -> bool:
    """Tell whether a reply uses each number of the puzzle once and comes to 24."""
    stages = (Matched(regex=r"(?i)^(?:.*answer: )?([^=]*)"),)
    total = answer(reply, *stages)
    if not isinstance(total, str) or sorted(all_numbers(total)) != sorted(all_numbers(puzzle)):
        return False
    try:
        return calculate(total) == 24
    except Incalculable:
        return False


@pytest.mark.parametrize(
    ("prompt", "published"),
    [("cot", {1: 0.040, 10: 0.215, 100: 0.490}), ("io", {1: 0.073, 10: 0.179, 100: 0.330})],
)
def test_the_game_of_24_is_judged_as_published(prompt: str, published: dict[int, float]) -> None:
    """Exact arithmetic agrees with all 10,000 recorded verdicts, and so does pass@k."""
    items: list[Item] = []
    for row in rows("game24_gpt4_100x100.jsonl.gz"):
        verdicts = tuple(makes_24(reply, row["numbers"]) for reply in row[prompt])
        assert verdicts == tuple(map(bool, row[f"{prompt}_correct"]))
        items.append(Item(grade="right" if verdicts[0] else "wrong", samples=verdicts))
    found = measure(items).pass_at
    assert {k: round(chance, 3) for k, chance in found.items()} == published


def test_the_game_of_24_can_be_judged_by_an_expression() -> None:
    """`expr` comes to the recorded verdict on whole replies."""
    source = "value | numbers | sort == puzzle | numbers | sort and value | calc == 24"
    renderer = Renderer("24.toml")
    last_line = re.compile(r"[^\n]*\Z")
    for row in rows("game24_full_replies_10.jsonl"):
        for reply, right in zip(row["replies"], row["correct"], strict=True):
            line = last_line.findall(reply.strip())[0]
            value = answer(line, Matched(regex=r"(?i)^(?:answer: )?([^=]*)"))
            holds = renderer.evaluate(Expression(source, (1,)), {"value": value, "puzzle": row["numbers"]})
            verdict = grade(value, shown(value), {"expr": Outcome(bool(holds), "does not make 24")})
            assert (verdict == "right") == bool(right)
