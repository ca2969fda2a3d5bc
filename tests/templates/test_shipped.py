"""The templates that come with tchat."""

from pathlib import Path

import pytest

from tchat.paths import shipped_prompts
from tchat.templates.format import PromptStep, Template
from tchat.templates.library import Library
from tchat.templates.loading import load_file
from tests.templates.scripted import check_case

SHIPPED = [(entry.name, entry.path) for entry in Library((shipped_prompts(),)).entries()]
NAMES = {
    "basics/ask",
    "basics/tldr",
    "basics/explain",
    "basics/rewrite",
    "basics/translate",
    "basics/commit-message",
    "reasoning/few-shot-cot",
    "reasoning/zero-shot-cot",
    "decompose/translate-then-summarise",
    "decompose/notes-then-summary",
}


@pytest.fixture(params=[path for _, path in SHIPPED], ids=[name for name, _ in SHIPPED])
def template(request: pytest.FixtureRequest) -> Template:
    """Each shipped template in turn."""
    path: Path = request.param
    return load_file(path)


def test_the_library_ships_what_the_documents_name() -> None:
    """None of the templates is lost, whatever is added."""
    assert {name for name, _ in SHIPPED} >= NAMES


def test_a_shipped_template_introduces_itself(template: Template) -> None:
    """It has a title, says when it helps and what it costs, and carries a test."""
    assert template.title
    assert "call" in template.about
    assert template.technique
    assert template.tags
    assert template.tests


def test_a_shipped_template_names_no_vendor(template: Template) -> None:
    """Models are the user's to choose."""
    text = Path(template.file).read_text("utf-8").lower()
    assert not [vendor for vendor in ("openai", "gpt", "claude", "anthropic", "gemini", "llama") if vendor in text]


def test_a_shipped_input_says_what_it_is(template: Template) -> None:
    """Whoever misses an input is told what it is for."""
    assert [spec.name for spec in template.inputs if not spec.help] == []


async def test_a_shipped_template_passes_its_own_tests(template: Template) -> None:
    """Rendered with the test's inputs and answered with its replies, it gives what the test expects."""
    for case in template.tests:
        await check_case(template, case)


def test_a_shipped_test_says_what_it_costs(template: Template) -> None:
    """Every test counts its calls, and a whole run makes as many as the template has prompts."""
    prompts = sum(isinstance(step, PromptStep) for step in template.steps)
    assert [case.calls for case in template.tests] == [prompts] * len(template.tests)
