"""What is read of a template before it runs."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest

from tchat.domain.errors import TemplateError
from tchat.domain.message import ImagePart
from tchat.domain.model import ModelFacts, ModelRef
from tchat.templates.asking import Models
from tchat.templates.format import Value
from tchat.templates.library import Entry
from tchat.templates.plan import plan
from tchat.templates.weighing import PlanWorld
from tchat.tui.templates.about_page import about_page, problem_page
from tchat.tui.templates.first_prompt import Looking, first_prompt, stand_in
from tchat.tui.templates.page import Page
from tchat.tui.templates.plan_page import plan_page
from tchat.tui.templates.prompt_page import error_page, prompt_page
from tchat.tui.templates.step_page import step_page
from tests.tui.staged import CHAIN, ITEMS, SAMPLES, TODAY, no_pictures, template_of


def _facts(ref: ModelRef) -> ModelFacts:
    return ModelFacts(provider=ref.provider, name=ref.model, window=8000, efforts=())


LOOKING = Looking(
    models=Models(resolve=lambda name: ModelRef("script", name or "echo"), facts=_facts),
    today=TODAY,
    attach=no_pictures,
)


def preview(source: str, **values: Value) -> str:
    """Return the first prompt as it is read."""
    return "\n".join(prompt_page(first_prompt(template_of(source), values, LOOKING)).lines)


def text(page: Page) -> str:
    """Return a page without its inks."""
    return "\n".join(page.lines)


def test_the_first_prompt_is_rendered_with_what_is_filled_in() -> None:
    """What is missing stands there by its name."""
    assert "Translate into Italian:\n‹text›" in preview(CHAIN, language="Italian")
    assert "Translate into English:\nHallo." in preview(CHAIN, language="English", text="Hallo.")


def test_examples_and_system_stand_before_it() -> None:
    """As they are sent."""
    source = """
    system = "Be short."
    prompt = "{{ input }}"
    [[examples]]
    user = "good film"
    assistant = "positive"
    """
    shown = preview(source, input="bad film")
    assert shown.index("Be short.") < shown.index("good film") < shown.index("positive") < shown.index("bad film")


STEPS = {
    "n 1": """
        [[step]]
        name = "a"
        value = "[1, 2]"
        [[step]]
        name = "b"
        for_each = "a"
        prompt = "n {{ item }}"
        """,
    "say two": """
        [[step]]
        name = "a"
        text = "two"
        [[step]]
        name = "b"
        prompt = "say {{ a }}"
        """,
    "from s": """
        [[step]]
        name = "l"
        repeat = 2
        start = { x = "s" }
        [[step.do]]
        name = "x"
        prompt = "from {{ x }}"
        """,
    "yes": """
        [[step]]
        name = "a"
        when = "false"
        prompt = "no"
        [[step]]
        name = "b"
        prompt = "yes"
        """,
    "a runs a program first": """
        [[step]]
        name = "a"
        command = ["date"]
        [[step]]
        name = "b"
        prompt = "{{ a }}"
        """,
    "no step asks a model": """
        [[step]]
        name = "a"
        text = "only this"
        """,
    "b has no items yet": """
        [[step]]
        name = "a"
        value = "[]"
        [[step]]
        name = "b"
        for_each = "a"
        prompt = "x"
        """,
}


@pytest.mark.parametrize("told", STEPS)
def test_steps_before_it_are_gone_through(told: str) -> None:
    """As far as nothing has to be asked."""
    assert told in preview(STEPS[told])


BOTH = """
[[step]]
name = "a"
prompt = "x"
[[step]]
name = "b"
prompt = "y"
[[step]]
name = "c"
text = "{{ a }}{{ b }}"
"""


def test_a_text_that_cannot_be_rendered_names_file_and_line() -> None:
    """As the loader and the runner do."""
    source = 'prompt = """\nOne\n{{ (n / 0) | round }}"""\n[inputs]\nn = "int"'
    with pytest.raises(TemplateError) as raised:
        first_prompt(template_of(source), {"n": 1}, LOOKING)
    assert text(error_page(raised.value)).startswith("mine.toml:3: ")


def test_every_kind_of_input_has_something_to_stand_for_it() -> None:
    """So that a prompt can be read before anything is filled in."""
    template = template_of(
        'prompt = "{{ a }}{{ b }}{{ c }}{{ d }}{{ e }}"\n[inputs]\na = "text"\nb = { type = "int", min = 3 }\n'
        'c = "bool"\nd = "list"\ne = "image"'
    )
    values: Mapping[str, Value] = {spec.name: stand_in(spec) for spec in template.inputs}
    assert (values["a"], values["b"], values["c"], values["d"]) == ("‹a›", 3, False, ["‹d›"])
    assert isinstance(values["e"], ImagePart)


def test_the_page_about_a_template_says_what_it_takes() -> None:
    """And where it comes from."""
    shown = text(about_page(template_of(CHAIN), Path("/home/me/mine.toml")))
    for told in (
        "Good where one prompt drops half", "technique  prompt-chaining", "paper      arXiv:2110.01691",
        "/home/me/mine.toml", "words     5 to 50", "language  into which language",
    ):  # fmt: skip
        assert told in shown


def test_a_template_that_cannot_be_used_says_why() -> None:
    """And what to do about it."""
    entry = Entry(name="x", path=Path("x.toml"), problem='x.toml:3: "quest" is not an input')
    shown = text(problem_page(entry))
    assert '"quest" is not an input' in shown
    assert "Ctrl+G" in shown


def test_the_graph_says_how_often_and_on_what() -> None:
    """Waves below each other, what begins together in a bracket."""
    assert text(step_page(template_of(SAMPLES), {})).splitlines()[:3] == [
        " solve       asks",
        "   5 samples, the majority wins",
        " ↓",
    ]
    items = text(step_page(template_of(ITEMS), {}))
    assert "for each of outline" in items
    assert "writes a text  ← points" in items
    assert [line[:4] for line in text(step_page(template_of(BOTH), {})).splitlines()] == [" ┌ a", " └ b", " ↓", " c  "]


def test_a_count_that_an_input_gives_is_told_as_it_is_filled_in() -> None:
    """By its name before that."""
    source = 'samples = "n"\nvote = "all"\nprompt = "x"\n[inputs]\nn = { type = "int", default = 4 }'
    assert "‹n› samples" in text(step_page(template_of(source), {}))
    assert "7 samples" in text(step_page(template_of(source), {"n": 7}))


def test_a_plan_says_calls_tokens_and_cost() -> None:
    """In all and step by step, and what it rests on."""
    world = PlanWorld(facts=lambda _: _facts(ModelRef("script", "echo")), today=TODAY, attach=no_pictures)
    shown = text(plan_page(plan(template_of(ITEMS), {"subject": "‹subject›"}, world), ["subject"]))
    assert shown.splitlines()[0].startswith("calls     ")
    assert "script/echo" in shown
    assert "points" in shown
    assert "subject is not filled in yet" in shown
    assert "unknown" in shown


def test_today_is_known_to_a_preview() -> None:
    """As it is to a run."""
    assert dt.date(2026, 11, 23).isoformat() in preview('prompt = "It is {{ today }}. {{ input }}"')
