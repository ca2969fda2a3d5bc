"""Runs of templates against a scripted model."""

from contextlib import aclosing

import pytest

from tchat.domain.errors import BudgetExceeded, Interrupted, TemplateError
from tchat.domain.events import Finished, ReasoningDelta, Started, TextDelta
from tchat.domain.message import ImagePart, TextPart, assistant, user
from tchat.domain.model import ModelFacts
from tchat.templates.format import Template
from tchat.templates.loading import load_text
from tchat.templates.runner import RunDone, StepDone, StepStarted, StepTurn, run
from tests.templates.scripted import TODAY, ScriptedModel, output, picture, play

CHAIN = """
system = "Be {{ mood }}."
temperature = 0.5
effort = "low"

[inputs]
text = "text"
mood = { type = "text", default = "brief" }

[[step]]
name = "translation"
model = "strong"
effort = "high"
prompt = "Translate: {{ text }}"

[[step]]
name = "summary"
continue = "translation"
temperature = 0
prompt = "Now summarise it."

[[step]]
name = "report"
text = "{{ translation }}| {{ summary }}"
"""


def load(source: str) -> Template:
    """Return the template in `source`."""
    return load_text(source, file="t.toml")


async def test_steps_run_in_the_order_of_the_file() -> None:
    """Each step begins when the one above it is done, and the run's end comes last."""
    model = ScriptedModel(replies={"translation": ["Ciao"], "summary": ["C"]})
    events = await play(load(CHAIN), model, text="Hello", mood="brief")
    order = [event for event in events if not isinstance(event, StepTurn)]
    assert order == [
        StepStarted(step="translation", index=1, of=3, text="Translate: Hello"),
        StepDone(step="translation", text="Ciao ", finish="stop"),
        StepStarted(step="summary", index=2, of=3, text="Now summarise it."),
        StepDone(step="summary", text="C ", finish="stop"),
        StepStarted(step="report", index=3, of=3, text="Ciao | C "),
        StepDone(step="report", text="Ciao | C "),
        RunDone(text="Ciao | C ", finish="stop"),
    ]


async def test_a_turn_is_passed_on_event_for_event() -> None:
    """What the engine says reaches the door with the step's name, reasoning and end included."""
    model = ScriptedModel(replies={"answer": ["Hi"]})
    events = await play(load('prompt = "Hello"'), model)
    assert [event for event in events if isinstance(event, StepTurn)] == [
        StepTurn(step="answer", event=Started(model="script")),
        StepTurn(step="answer", event=ReasoningDelta("hm")),
        StepTurn(step="answer", event=TextDelta("Hi ")),
        StepTurn(step="answer", event=Finished("stop")),
    ]


async def test_a_step_that_continues_sends_only_its_prompt() -> None:
    """The conversation so far is the engine's to know; the system prompt goes on with it."""
    model = ScriptedModel(replies={"translation": ["Ciao"], "summary": ["C"]})
    await play(load(CHAIN), model, text="Hello", mood="kind")
    first, second = model.calls
    assert (first.continues, first.messages) == (None, (user("Translate: Hello"),))
    assert (second.continues, second.messages) == ("translation", (user("Now summarise it."),))
    assert first.system == second.system == "Be kind."


async def test_a_step_takes_what_it_leaves_open_from_the_top() -> None:
    """Model, effort and sampling are the step's own or the file's."""
    model = ScriptedModel(replies={"translation": ["Ciao"], "summary": ["C"]})
    await play(load(CHAIN), model, text="Hello", mood="kind")
    first, second = model.calls
    assert (first.model, first.settings.effort, first.settings.temperature) == ("strong", "high", 0.5)
    assert (second.model, second.settings.effort, second.settings.temperature) == (None, "low", 0)


async def test_examples_are_turns_before_the_prompt() -> None:
    """They alternate, `shots` cuts them, and names in them have their values."""
    template = load("""
        prompt = "{{ input }}"
        shots = 2
        [[examples]]
        user = "1"
        assistant = "one"
        [[examples]]
        user = "2 {{ today }}"
        assistant = "two"
        [[examples]]
        user = "3"
        assistant = "three"
    """)
    model = ScriptedModel(replies={"answer": ["four"]})
    await play(template, model, input="4")
    expected = (user("1"), assistant("one"), user("2 2026-11-23"), assistant("two"), user("4"))
    assert model.calls[0].messages == expected


async def test_examples_at_the_top_are_for_steps_that_begin_a_conversation() -> None:
    """A step has its own, else the file's; one that continues has had them already."""
    template = load("""
        [[examples]]
        user = "q"
        assistant = "a"
        [[step]]
        name = "one"
        prompt = "1"
        [[step]]
        name = "two"
        prompt = "2"
        [[step.examples]]
        user = "own"
        assistant = "yes"
        [[step]]
        name = "three"
        continue = "one"
        prompt = "3"
    """)
    model = ScriptedModel(replies={"one": ["."], "two": ["."], "three": ["."]})
    await play(template, model)
    assert [call.messages for call in model.calls] == [
        (user("q"), assistant("a"), user("1")),
        (user("own"), assistant("yes"), user("2")),
        (user("3"),),
    ]


async def test_the_model_of_a_step_is_known_in_its_texts() -> None:
    """`model` is what the engine says of the step's own model, after its alias or name is rendered."""
    template = load("""
        model = "{{ which }}"
        prompt = "{{ model.name }} {{ model.provider }} {{ model.reasons }} {{ model.context }}"
        [inputs]
        which = "text"
    """)
    facts = ModelFacts(provider="p", name="deep", efforts=("low", "high"))
    model = ScriptedModel(replies={"answer": ["ok"]}, facts_of={"thinker": facts})
    await play(template, model, which="thinker")
    assert model.calls[0].messages == (user("deep p true null"),)
    assert model.calls[0].model == "thinker"


async def test_a_picture_goes_with_the_prompt() -> None:
    """`images` names image inputs; the text says the picture's name, and an optional one may be left out."""
    template = load("""
        prompt = "What is in {{ chart }}?"
        images = ["chart", "other"]
        [inputs]
        chart = "image"
        other = { type = "image", required = false }
    """)
    model = ScriptedModel(replies={"answer": ["Bars."]})
    await play(template, model, chart=picture("c.png"), other=None)
    (message,) = model.calls[0].messages
    assert isinstance(message.parts[0], ImagePart)
    assert message.parts[1:] == (TextPart("What is in c.png?"),)


async def test_the_output_is_a_text_of_its_own_if_there_is_one() -> None:
    """Otherwise it is what the last step said."""
    steps = '[[step]]\nname = "a"\nprompt = "x"\n[[step]]\nname = "b"\nprompt = "{{ a }}"\n'
    model = ScriptedModel(replies={"a": ["first"], "b": ["second"]})
    assert await output(load(steps), model) == "second"
    assert await output(load('output = "{{ b }}after {{ a }}"\n' + steps), model) == "second after first"


async def test_a_refusal_ends_the_run() -> None:
    """No step is paid for to work on a refusal, and the door sees how it ended."""
    model = ScriptedModel(replies={"translation": ["I cannot."]}, finish={"translation": "refused"})
    events = await play(load(CHAIN), model, text="x", mood="kind")
    assert len(model.calls) == 1
    assert events[-2:] == [
        StepDone(step="translation", text="I cannot. ", finish="refused"),
        RunDone(text="I cannot. ", finish="refused"),
    ]


async def test_a_cut_reply_counts_as_far_as_it_goes() -> None:
    """The run goes on, and the step says that its reply was cut."""
    model = ScriptedModel(
        replies={"translation": ["Cia"], "summary": ["C"]}, finish={"translation": "length", "summary": "length"}
    )
    events = await play(load(CHAIN), model, text="x", mood="kind")
    finishes = [event.finish for event in events if isinstance(event, StepDone)]
    assert finishes == ["length", "length", None]
    assert events[-1] == RunDone(text="Cia | C ", finish="length")


async def test_a_failure_is_the_engines_own() -> None:
    """It comes through as it was raised, and no further step runs."""
    lost = Interrupted("the stream broke off")
    model = ScriptedModel(replies={"translation": ["Cia o"]}, errors={"translation": lost})
    with pytest.raises(Interrupted) as raised:
        await play(load(CHAIN), model, text="x", mood="kind")
    assert raised.value is lost
    assert [call.step for call in model.calls] == ["translation"]


async def test_closing_a_run_closes_the_reply() -> None:
    """Whoever stops listening stops the model."""
    model = ScriptedModel(replies={"answer": ["a b c d e"]})
    async with aclosing(run(load('prompt = "x"'), {}, ask=model, today=TODAY)) as events:
        async for event in events:
            if isinstance(event, StepTurn) and isinstance(event.event, TextDelta):
                break
        assert model.closed == []
    assert model.closed == ["answer"]


async def test_a_run_stops_before_the_call_that_passes_its_limit() -> None:
    """Calls within the limit are made, the next one is not."""
    template = load(CHAIN.replace("[inputs]", "[limits]\nmax_calls = 1\n[inputs]"))
    model = ScriptedModel(replies={"translation": ["Ciao"]})
    with pytest.raises(BudgetExceeded, match=r't\.toml: step "summary" is call 2, and max_calls is 1'):
        await play(template, model, text="x", mood="kind")
    assert len(model.calls) == 1


async def test_a_run_stops_before_the_call_that_begins_too_late() -> None:
    """Time counts from the run's beginning, on the clock that is passed in."""
    template = load('prompt = "x"\n[limits]\nmax_seconds = 5')
    seconds = iter([100.0, 106.0])
    model = ScriptedModel(replies={"answer": ["ok"]})
    with pytest.raises(BudgetExceeded, match="max_seconds"):
        async for _ in run(template, {}, ask=model, today=TODAY, clock=lambda: next(seconds)):
            pass
    assert model.calls == []


async def test_an_empty_prompt_is_not_sent() -> None:
    """Providers refuse it in words that help nobody."""
    model = ScriptedModel(replies={"answer": ["ok"]})
    with pytest.raises(TemplateError, match=r't\.toml:2: the prompt of "answer" is empty'):
        await play(load('\nprompt = "{{ input }}"'), model, input=" \n")
    assert model.calls == []


async def test_an_error_while_rendering_names_file_and_line() -> None:
    """The line is the one in the TOML file."""
    template = load("prompt = '''\nfine\n{{ data.missing }}\n'''\n[inputs]\ndata = 'json'")
    with pytest.raises(TemplateError, match=r"^t\.toml:3: .*data\.missing"):
        await play(template, ScriptedModel(), data={"there": 1})


@pytest.mark.parametrize("payload", ["{{ 7*7 }}", "{% for x in y %}", "{% raw %}", "{{ text }}", "{#", "${#a[@]}"])
async def test_a_reply_is_never_rendered(payload: str) -> None:
    """What a model says reaches the next prompt as it is."""
    template = load('[[step]]\nname = "a"\nprompt = "x"\n[[step]]\nname = "b"\nprompt = "<{{ a }}>"')
    model = ScriptedModel(replies={"a": [payload], "b": ["ok"]})
    await play(template, model)
    assert model.calls[1].messages == (user(f"<{payload} >"),)
