"""Offline tests of templates: they pass on what is right, and catch what is broken."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tchat.domain.errors import TemplateError
from tchat.templates.format import Template
from tchat.templates.loading import load_text
from tchat.templates.testing import Result, is_offline, run_offline
from tests.templates.scripted import TODAY

SOUND = """
output = "{{ sum }}, checked by {{ judge_of }}"

[inputs]
question = "text"
judge_of = { type = "text", default = "nobody" }

[[step]]
name = "thought"
prompt = "Think: {{ question }}"

[[step]]
name = "sum"
continue = "thought"
prompt = "The number alone."
extract = "number"

[[test]]
name = "a sum"
inputs = { question = "2 + 2?", judge_of = "Ada" }
replies = { thought = "Two and two.", sum = ["Four.", "It is 4."] }
expect = { contains = ["4", "Ada"] }
calls = 3
"""
BREAKS = {
    "the expectation is another": ('contains = ["4", "Ada"]', 'contains = "5"', "5"),
    "the output lost a name": (", checked by {{ judge_of }}", "", "Ada"),
    "the number of calls is another": ("calls = 3", "calls = 2", "it makes 3 calls, and the test says 2"),
    "no try has an answer": ('["Four.", "It is 4."]', '"Four."', "no usable answer"),
    "a step has no reply": ('thought = "Two and two.", ', "", 'there is no reply for "thought"'),
    "a text cannot be rendered": ("Think: {{ question }}", "Think: {{ question.first }}", "t.toml:"),
    "a condition has no value": ('contains = ["4", "Ada"]', 'expr = "value.first"', "t.toml:"),
    "a condition does not hold": ('contains = ["4", "Ada"]', "expr = \"value == 'x'\"", "does not hold"),
    "a program may not run": ('contains = ["4", "Ada"]', 'command = ["true"]', "--allow-commands"),
}


def load(source: str) -> Template:
    """Return the template in `source`."""
    return load_text(source, file="t.toml", name="t")


async def result(source: str) -> Result:
    """Run the first test of a template."""
    template = load(source)
    return await run_offline(template, template.tests[0], today=TODAY)


async def test_a_sound_template_passes() -> None:
    """The replies are taken in order, a try that cannot be read is repaired, and every call counts."""
    found = await result(SOUND)
    assert (found.problems, found.calls, found.place) == ((), 3, "t.toml:18")


@pytest.mark.parametrize(("old", "new", "said"), BREAKS.values(), ids=BREAKS)
async def test_a_broken_template_fails_and_says_why(old: str, new: str, said: str) -> None:
    """Whatever part of a pattern is broken, its test says what is wrong."""
    assert old in SOUND
    found = await result(SOUND.replace(old, new))
    assert said in " ".join(found.problems)


async def test_a_failure_shows_the_output() -> None:
    """Who reads of a failed test sees what came out."""
    found = await result(SOUND.replace('contains = ["4", "Ada"]', 'contains = "5"'))
    assert found.problems[-1] == 'the output is "4, checked by Ada"'


async def test_pictures_need_no_file() -> None:
    """A picture in a test is its name: nobody looks at it."""
    found = await result(
        'images = ["chart"]\nprompt = "What is it?"\n[inputs]\nchart = "image"\n'
        '[[test]]\ninputs = { chart = "none.png" }\nreplies = { answer = "a dot" }\nexpect = { equals = "a dot" }\n'
    )
    assert found.problems == ()


async def test_names_of_the_inputs_can_be_expected() -> None:
    """An expectation may mention the inputs of its test."""
    found = await result(
        'prompt = "{{ word }}"\n[inputs]\nword = "text"\n'
        '[[test]]\ninputs = { word = "tea" }\nreplies = { answer = "tea" }\nexpect = { equals = "{{ word }}" }\n'
    )
    assert found.problems == ()


def test_tests_on_data_are_not_offline() -> None:
    """A test that names data needs a model, or what one has said."""
    template = load('prompt = "{{ input }}"\n[[test]]\ndata = "x.jsonl"\nmap = { input = "question" }\n')
    assert [is_offline(case) for case in template.tests] == [False]


async def test_offline_tests_are_fast() -> None:
    """A hundred tests of two steps take less than a second of this process's time."""
    template = load(SOUND)
    began = time.process_time()
    for _ in range(100):
        await run_offline(template, template.tests[0], today=TODAY)
    assert time.process_time() - began < 1


PIECES = st.sampled_from(
    [
        *("", "{{ ", " }}", "{% if x %}", "[[step]]\n", '"', "'''", "\n", " = ", "[", "]", "null", "question", "sum"),
        *("9" * 20, "\\", "run.sum.text", "| lines"),
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Return the sound template with pieces of it replaced."""
    source = SOUND
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(source)))
        end = draw(st.integers(start, min(start + 20, len(source))))
        source = source[:start] + draw(PIECES) + source[end:]
    return source


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=200)
@given(source=mutated())
async def test_any_template_that_loads_can_be_tested(source: str) -> None:
    """Whatever a file holds, its tests end in a result or it is refused with a message: nothing else is raised."""
    try:
        template = load(source)
    except TemplateError:
        return
    for case in filter(is_offline, template.tests):
        found = await run_offline(template, case, today=TODAY)
        assert all(problem.strip() for problem in found.problems)
