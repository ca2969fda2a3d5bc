"""Published figures, found again by `tchat test --replay` from replies that real models gave."""

import gzip
import json
from typing import Any

import pytest

from tests.end_to_end.running import Shell
from tests.servers import ROOT, SHARED

EVALUATION = SHARED / "data" / "eval"
FIGURES = ROOT / "tests" / "templates" / "figures"
PUBLISHED = {"6b_finetuning": 0.215, "6b_verification": 0.395, "175b_finetuning": 0.345, "175b_verification": 0.58}

pytestmark = pytest.mark.skipif(not EVALUATION.is_dir(), reason="the replies come with ../shared, which is not here")


def replayed(shell: Shell, template: str, data: str, *columns: str, verbose: bool = False) -> Any:  # noqa: ANN401
    """Run the test of a template on recorded replies, and return what the JSON says of it."""
    words = [word for column in columns for word in ("--column", column)]
    done = shell.run(
        "test", str(FIGURES / f"{template}.toml"), "--replay", str(EVALUATION / data), *words, "--json",
        *(["-v"] if verbose else []), timeout=300,
    )  # fmt: skip
    assert done.code == 0, done.err
    (found,) = done.json["data"]
    return found


def rows(data: str) -> list[dict[str, Any]]:
    """Return the rows of a file, with the verdicts that were published."""
    content = (EVALUATION / data).read_bytes()
    return [json.loads(line) for line in (gzip.decompress(content) if data.endswith(".gz") else content).splitlines()]


def verdicts(found: Any) -> list[list[bool]]:  # noqa: ANN401
    """Return for each item which of its attempts are right."""
    return [[made["verdict"] == "right" for made in item["attempts"]] for item in found["items"]]


@pytest.mark.parametrize(
    ("template", "column", "right"), [("bbh-cot", "reply_cot", 781), ("bbh-direct", "reply_direct", 565)]
)
def test_big_bench_hard_is_found_again(shell: Shell, template: str, column: str, right: int) -> None:
    """27 tasks of 40 items each, with chains of thought and without."""
    found = replayed(shell, template, "bbh_recorded_27x40.jsonl", column)["report"]
    assert (found["right"], found["items"]) == (right, 1080)


@pytest.mark.parametrize(("system", "accuracy"), PUBLISHED.items())
def test_grade_school_problems_are_found_again(shell: Shell, system: str, accuracy: float) -> None:
    """Every one of the 200 verdicts is the recorded one."""
    found = replayed(shell, "gsm8k", "gsm8k_recorded_200.jsonl", f"replies.{system}", verbose=True)
    assert found["report"]["accuracy"] == accuracy
    assert verdicts(found) == [[row["correct"][system]] for row in rows("gsm8k_recorded_200.jsonl")]


def test_the_plurality_of_four_systems_is_found_again(shell: Shell) -> None:
    """The columns stand from the best system to the worst, since ties go to the earlier sample."""
    columns = (f"replies.{system}" for system in reversed(PUBLISHED))
    found = replayed(shell, "gsm8k-plurality", "gsm8k_recorded_200.jsonl", *columns)
    assert found["report"]["accuracy"] == 0.565


@pytest.mark.parametrize(
    ("column", "published"),
    [("cot", {"1": 4.0, "10": 21.5, "100": 49.0}), ("io", {"1": 7.3, "10": 17.9, "100": 33.0})],
)
def test_the_game_of_24_is_found_again(shell: Shell, column: str, published: dict[str, float]) -> None:
    """100 puzzles with 100 replies each: every verdict is the recorded one, and so is pass@k."""
    data = "game24_gpt4_100x100.jsonl.gz"
    found = replayed(shell, "game-of-24", data, column, verbose=True)
    assert verdicts(found) == [list(map(bool, row[f"{column}_correct"])) for row in rows(data)]
    assert {k: round(100 * found["report"]["pass_at"][k], 1) for k in published} == published
