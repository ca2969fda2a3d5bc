"""The templates that come with tchat."""

import re
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from pathlib import Path

import pytest

from tchat.paths import shipped_prompts
from tchat.templates.checking import Outcome, problems
from tchat.templates.format import Case, Do, Expression, Prompt, Step, Template, Use, Value
from tchat.templates.happening import RunDone
from tchat.templates.inputs import fill_plain
from tchat.templates.library import Library
from tchat.templates.loading import load_file
from tchat.templates.offline import OfflineModel
from tchat.templates.rendering import Renderer
from tchat.templates.runner import Run
from tchat.templates.world import World
from tests.templates.scripted import TODAY, picture

ENTRIES = Library((shipped_prompts(),)).entries()
FILES = sorted(shipped_prompts().rglob("*.toml"))
"""Handlers included."""
FOLDERS = {
    "basics": {"ask", "classify", "commit-message", "explain", "extract", "rewrite", "tldr", "translate"},
    "reasoning": {
        "calc-program",
        "few-shot-cot",
        "plan-and-solve",
        "rephrase-and-respond",
        "self-consistency",
        "step-back",
        "think-answer",
        "universal-self-consistency",
        "zero-shot-cot",
    },
    "decompose": {
        "chain-of-density",
        "decomposed",
        "least-to-most",
        "map-reduce-summary",
        "refine-summary",
        "skeleton",
        "translate-then-summarise",
        "tree-of-thought",
    },
    "check": {
        "answer-or-abstain",
        "best-of-n",
        "chain-of-verification",
        "code-until-tests-pass",
        "confidence",
        "self-refine",
    },
    "compare": {"efforts", "models"},
    "vision": {"chart-reader"},
}
VENDORS = ("openai", "gpt", "claude", "anthropic", "gemini", "llama", "mistral", "grok")
GUARDED = re.compile(r"\{% if not model\.reasons %\}.*?\{% endif %\}", re.DOTALL)
TRIGGERS = re.compile(r"step by step|let's think", re.IGNORECASE)


@pytest.fixture(params=FILES, ids=[file.relative_to(shipped_prompts()).as_posix() for file in FILES])
def template(request: pytest.FixtureRequest) -> Template:
    """Each shipped template in turn, handlers included."""
    path: Path = request.param
    return load_file(path)


def test_the_library_is_whole() -> None:
    """It has 34 templates in six folders, and every one can be used."""
    assert {entry.name for entry in ENTRIES} == {f"{folder}/{name}" for folder in FOLDERS for name in FOLDERS[folder]}
    assert len(ENTRIES) == 34
    assert [entry.problem for entry in ENTRIES if entry.problem] == []


def test_a_shipped_template_introduces_itself(template: Template) -> None:
    """It has a title, says when it helps and what it costs, and carries a test."""
    assert template.title
    assert "call" in template.about
    assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*", template.technique)
    assert re.fullmatch(r"(?:arXiv:\d{4}\.\d{5}(?:, (?=a)|$))*", template.paper)
    assert template.tags
    assert template.tests


def test_a_shipped_template_names_no_vendor(template: Template) -> None:
    """Models are the user's to choose."""
    text = Path(template.file).read_text("utf-8").lower()
    assert [vendor for vendor in VENDORS if vendor in text] == []


def test_a_shipped_input_says_what_it_is(template: Template) -> None:
    """Whoever misses an input is told what it is for."""
    assert [spec.name for spec in template.inputs if not spec.help] == []


def test_the_first_test_is_an_example_of_every_input(template: Template) -> None:
    """What has no default stands in it, so that it shows a command that works."""
    given = fill_plain(template, template.tests[0].inputs, picture)
    assert set(given) == {spec.name for spec in template.inputs}


def test_a_trigger_is_for_models_that_do_not_reason(template: Template) -> None:
    """Without the trigger, a prompt asks a reasoning model for the same."""
    for step in _all(template.steps):
        if isinstance(step.deed, Prompt):
            bare = re.sub(
                r"\{% if not model\.reasons %\}.*?\{% endif %\}", "", step.deed.prompt.source, flags=re.DOTALL
            )
            assert not TRIGGERS.search(bare)


def test_what_fans_out_has_a_limit(template: Template) -> None:
    """A list that a model makes, and a number of samples that a user gives, cannot run away."""
    steps = list(_all(template.steps))
    fans_out = [step for step in steps if step.sampling or (step.each and _asks(step))]
    assert not fans_out or template.limits.max_calls
    assert [step.name for step in fans_out if step.each and step.each.limit is None] == []


async def test_a_shipped_template_passes_its_own_tests(template: Template) -> None:
    """Asked offline, it gives what each of its tests expects, in as many calls."""
    for case in template.tests:
        model = OfflineModel(case.replies)
        inputs = fill_plain(template, case.inputs, picture)
        done = await _run(template, inputs, model)
        assert (case.name, _problems(template, case, done, inputs)) == (case.name, [])
        assert (case.name, model.calls) == (case.name, case.calls)


def test_the_tests_of_a_template_have_names_of_their_own(template: Template) -> None:
    """A report says which one fails."""
    names = [case.name for case in template.tests]
    assert len({*names}) == len(names)


async def _run(template: Template, inputs: Mapping[str, Value], model: OfflineModel) -> RunDone:
    around = World(ask=model, today=TODAY, attach=picture, prepare_picture=None, jobs=1, run_program=model.run_program)
    done = None
    async with aclosing(Run(template, inputs, around).events()) as events:
        async for event in events:
            done = event
    assert isinstance(done, RunDone)
    return done


def _problems(template: Template, case: Case, done: RunDone, inputs: Mapping[str, Value]) -> list[str]:
    renderer = Renderer(template.file)
    names = {**inputs, "value": done.value}
    wanted = {word: renderer.fill(pattern, names) for word, pattern in case.expect.items()}
    if isinstance(case.expect.get("expr"), Expression):
        return problems(done.value, done.text, {**wanted, "expr": Outcome(bool(wanted["expr"]), "is not as expected")})
    return problems(done.value, done.text, wanted)


def _all(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step.deed, Do):
            yield from _all(step.deed.steps)


def _asks(step: Step) -> bool:
    match step.deed:
        case Prompt():
            return True
        case Use(template=used):
            return any(map(_asks, used.steps))
        case Do(steps):
            return any(map(_asks, steps))
        case _:
            return False
