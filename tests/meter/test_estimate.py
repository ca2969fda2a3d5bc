"""Laws of estimates: near before any reply, nearer after ten, and never in a key's way."""

import json
import random
import statistics
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tchat.domain.message import ImagePart, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.meter.estimate import Estimator, Sample, calibrated, makeup, weights_of
from tests.servers import CASSETTES, Cassette, cassettes

EVAL = CASSETTES.parent / "eval"
COUNTS = json.loads(Path(__file__).with_name("counts.json").read_text("utf-8"))
"""What real tokenizers make of texts in `../shared/data/eval`, by file, row and field; none of the texts is here."""
OF = {"o200k": "gpt-6-sol", "cl100k": "some-model", "qwen": "qwen3-32b", "tekken": "mistral-large"}
"""A model for each tokenizer; none that is known for one of them."""
MEDIAN_BEFORE = 0.15
MEDIAN_AFTER = 0.05


@cache
def _rows(file: str) -> list[Any]:
    return [json.loads(line) for line in (EVAL / file).read_text("utf-8").splitlines()]


def recorded(tokenizer: str) -> list[Sample]:
    """Return the recorded replies, each with its tokens."""
    place = COUNTS["tokenizers"].index(tokenizer)
    samples: list[Sample] = []
    for at, counts in COUNTS["counts"].items():
        file, row, field = at.split(":")
        value: Any = _rows(file)[int(row)]
        for name in field.split("."):
            value = value[int(name)] if name.isdigit() else value[name]
        if "repl" in field:
            samples.append(Sample(value, counts[place]))
    return samples


def median_error(model: str, calibrating: list[Sample], texts: list[Sample]) -> float:
    """Return by how much half of the texts are misjudged at most."""
    estimator = Estimator(model, calibrating)
    return statistics.median(abs(estimator.text(sample.text) - sample.tokens) / sample.tokens for sample in texts)


@pytest.mark.parametrize("tokenizer", OF)
def test_recorded_replies_are_estimated_well_at_once_and_better_after_ten(tokenizer: str) -> None:
    """Half of them to 15 % with nothing known but the model's name, to 5 % after any ten replies of the model."""
    if not EVAL.is_dir():
        pytest.skip("the recorded texts come with ../shared, which is not here")
    samples = recorded(tokenizer)
    model = OF[tokenizer]
    assert median_error(model, [], samples) < MEDIAN_BEFORE
    after: list[float] = []
    for seed in range(20):
        drawn = random.Random(seed).sample(samples, 10)  # noqa: S311  # which ten is no secret
        after.append(median_error(model, drawn, [sample for sample in samples if sample not in drawn]))
    assert statistics.median(after) < MEDIAN_AFTER


def visible(cassette: Cassette) -> Sample | None:
    """Return the text that a recorded model wrote, if its tokens can be told from all that it wrote."""
    expect = cassette.expect
    usage: dict[str, int] = expect.get("usage") or {}
    text = str(expect.get("text", ""))
    output, reasoning = usage.get("output"), usage.get("reasoning") or 0
    if output is None or len(text) < 100 or "tool_use" in cassette.response["body"]:
        return None
    if cassette.protocol != "gemini":
        output -= reasoning
    if expect.get("reasoning") and not reasoning:
        text += expect["reasoning"]
    is_told = "redacted_thinking" not in cassette.response["body"] and "web_search" not in cassette.response["body"]
    return Sample(text, output) if is_told else None


def test_replies_of_the_providers_are_estimated_well_at_once() -> None:
    """Half of the recorded replies of each provider's own models are estimated to 15 %."""
    every = [cassette for name in ("anthropic", "gemini", "openai_chat", "openai_responses", "compat")
             for cassette in cassettes(name)]  # fmt: skip
    found = [(cassette, sample) for cassette in every if (sample := visible(cassette))]
    if not found:
        pytest.skip("the recordings come with ../shared, which is not here")
    errors = [
        abs(Estimator(cassette.model or "").text(sample.text) - sample.tokens) / sample.tokens
        for cassette, sample in found
    ]
    assert len(errors) >= 10
    assert statistics.median(errors) < MEDIAN_BEFORE


@given(st.text(max_size=200))
def test_a_makeup_counts_every_byte_once(text: str) -> None:
    """Letters, digits, signs, blanks and the bytes of each script are all that there is."""
    parts = makeup(text)
    blanks = sum(char in " \t\n\r" for char in text)
    assert parts[0] + parts[2] + parts[4] + sum(parts[8:]) + blanks == len(text.encode())
    assert all(part >= 0 for part in parts)
    assert parts[1] <= parts[0]
    assert parts[3] <= parts[2]


def test_a_long_text_is_made_of_what_its_lines_are() -> None:
    """Looked at in pieces, it is the same as in one."""
    line = "ab 12 , é 你好 かな \U0001f600 xyz,, 34\t 5\n"
    assert makeup(line * 5_000) == tuple(5_000 * count for count in makeup(line))


@given(st.text(max_size=60), st.text(max_size=60))
def test_an_estimate_never_shrinks_as_a_text_grows_by_much(one: str, two: str) -> None:
    """Two texts together are about as much as each by itself."""
    estimator = Estimator("gpt-6-sol")
    together = estimator.text(one + two)
    assert abs(together - estimator.text(one) - estimator.text(two)) <= 5


@given(st.lists(st.tuples(st.text(min_size=1, max_size=80), st.integers(0, 5_000)), max_size=12))
def test_no_sample_can_break_an_estimate(drawn: list[tuple[str, int]]) -> None:
    """Whatever replies are said to have taken, weights are finite and none is negative."""
    weights = calibrated(weights_of("x"), [Sample(text, tokens) for text, tokens in drawn])
    assert all(0 <= weight < 1e9 for weight in weights)


def test_a_key_is_never_waited_for() -> None:
    """With a long conversation known, what a key changes is estimated in less than 5 ms; so is a long draft."""
    history = tuple(user(f"message {number}: " + "the quick brown fox. " * 200) for number in range(500))
    request = Request(facts=ModelFacts(provider="openai", name="gpt-6-sol"), messages=history)
    estimator = Estimator("gpt-6-sol")
    estimator.request(request)
    draft = "Ein längerer Entwurf, 12 Zeilen. 日本語も。\n" * 1_000
    spent: list[float] = []
    for number in range(20):
        grown = Request(facts=request.facts, messages=(*history, user(draft + "x" * number)))
        began = time.thread_time()
        estimator.request(grown)
        spent.append(time.thread_time() - began)
    assert statistics.median(spent) < 0.005


def test_pictures_count_by_their_size() -> None:
    """A picture of known size is read by the model's formula, and what stands around a message counts."""
    picture = ImagePart(digest="0" * 64, media_type="image/png", width=1920, height=1080)
    estimator = Estimator("claude-opus-5-5")
    assert estimator.message(user("", picture)) == 2691 + 4
    assert estimator.message(user("")) == 4
