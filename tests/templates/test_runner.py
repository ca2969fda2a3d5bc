"""Runs of templates against a scripted model: prompts, conversations, and how a run ends."""

import asyncio
from contextlib import aclosing

import pytest

from tchat.domain.errors import BudgetExceeded, Interrupted, TemplateError
from tchat.domain.events import Finished, Metered, ReasoningDelta, Started, TextDelta
from tchat.domain.message import ImagePart, TextPart, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.usage import Usage
from tchat.templates.happening import CallDone, CallStarted, CallTurn, RunDone, RunEvent, StepDone, StepStarted
from tchat.templates.runner import Run
from tests.templates.scripted import ScriptedModel, follow, load, output, picture, play, world

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
INPUTS = {"text": "Hello", "mood": "kind"}


async def test_a_step_begins_when_what_it_needs_is_done() -> None:
    """Steps and their calls tell where they are, and the run's end comes last."""
    model = ScriptedModel(replies={"translation": ["Ciao"], "summary": ["C"]})
    events = await play(load(CHAIN), model, INPUTS)
    kinds = [(type(event), event.place) for event in events if not isinstance(event, CallTurn | RunDone)]
    assert kinds == [
        (StepStarted, "translation"),
        (CallStarted, "translation"),
        (CallDone, "translation"),
        (StepDone, "translation"),
        (StepStarted, "summary"),
        (CallStarted, "summary"),
        (CallDone, "summary"),
        (StepDone, "summary"),
        (StepStarted, "report"),
        (StepDone, "report"),
    ]
    assert events[-1] == RunDone(text="Ciao | C ", value="Ciao | C ", finish="stop")


async def test_a_turn_is_passed_on_event_for_event() -> None:
    """What the engine says reaches the door with the call's place, reasoning and end included."""
    model = ScriptedModel(replies={"answer": ["Hi"]})
    events = await play(load('prompt = "Hello"'), model)
    assert [event for event in events if isinstance(event, CallTurn)] == [
        CallTurn(place="answer", event=Started(model="script")),
        CallTurn(place="answer", event=ReasoningDelta("hm")),
        CallTurn(place="answer", event=TextDelta("Hi ")),
        CallTurn(place="answer", event=Metered(Usage(input=10, output=2))),
        CallTurn(place="answer", event=Finished("stop")),
    ]


async def test_a_step_that_continues_sends_only_its_prompt() -> None:
    """The conversation so far is the engine's to know; the system prompt goes on with it."""
    model = ScriptedModel(replies={"translation": ["Ciao"], "summary": ["C"]})
    await play(load(CHAIN), model, INPUTS)
    first, second = model.calls
    assert (first.continues, first.messages) == (None, (user("Translate: Hello"),))
    assert second.continues is not None
    assert second.messages == (user("Now summarise it."),)
    assert first.system == second.system == "Be kind."


async def test_a_step_takes_what_it_leaves_open_from_the_top() -> None:
    """Model, effort and sampling are the step's own or the file's."""
    model = ScriptedModel(replies={"translation": ["Ciao"], "summary": ["C"]})
    await play(load(CHAIN), model, INPUTS)
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
    await play(template, model, {"input": "4"})
    expected = (user("1"), assistant("one"), user("2 2026-11-23"), assistant("two"), user("4"))
    assert model.calls[0].messages == expected


async def test_a_prompt_that_shows_its_examples_sends_no_turns() -> None:
    """`examples` is the list of tables, with any keys."""
    template = load("""
        prompt = "{% for e in examples %}{{ e.q }}={{ e.a }};{% endfor %}{{ input }}"
        [[examples]]
        q = "1"
        a = "one"
    """)
    model = ScriptedModel(replies={"answer": ["."]})
    await play(template, model, {"input": "2"})
    assert model.calls[0].messages == (user("1=one;2"),)


async def test_examples_may_come_from_a_step() -> None:
    """A list of tables becomes turns; anything else is told with file and line."""
    source = """
        [[step]]
        name = "made"
        value = "[{'user': 'q', 'assistant': 'a'}]"
        [[step]]
        name = "asked"
        examples_from = "made"
        prompt = "x"
    """
    model = ScriptedModel(replies={"asked": ["."]})
    await play(load(source), model)
    assert model.calls[0].messages == (user("q"), assistant("a"), user("x"))
    with pytest.raises(TemplateError, match=r"t\.toml:8: .*examples"):
        await play(load(source.replace("[{'user': 'q', 'assistant': 'a'}]", "[1]")), model)


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
    await play(template, model, jobs=1)
    by_place = {call.place: call.messages for call in model.calls}
    assert by_place == {
        "one": (user("q"), assistant("a"), user("1")),
        "two": (user("own"), assistant("yes"), user("2")),
        "three": (user("3"),),
    }


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
    await play(template, model, {"which": "thinker"})
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
    await play(template, model, {"chart": picture("c.png"), "other": None})
    (message,) = model.calls[0].messages
    assert isinstance(message.parts[0], ImagePart)
    assert message.parts[1:] == (TextPart("What is in c.png?"),)


async def test_the_output_is_a_text_of_its_own_if_there_is_one() -> None:
    """Otherwise it is what the last step said."""
    steps = '[[step]]\nname = "a"\nprompt = "x"\n[[step]]\nname = "b"\nprompt = "{{ a }}"\n'
    model = ScriptedModel(replies={"a": ["first"], "b": ["second"]})
    assert (await output(load(steps), model)).text == "second "
    assert (await output(load('output = "{{ b }}after {{ a }}"\n' + steps), model)).text == "second after first "


async def test_a_refusal_ends_the_run() -> None:
    """No step is paid for to work on a refusal, and the door sees how it ended."""
    model = ScriptedModel(replies={"translation": ["I cannot."]}, finish={"translation": "refused"})
    done = await output(load(CHAIN), model, INPUTS)
    assert model.places == ["translation"]
    assert done == RunDone(text="I cannot. ", value="I cannot. ", finish="refused")


async def test_a_step_that_can_do_without_an_answer_survives_a_refusal() -> None:
    """Its value is null."""
    template = load(CHAIN.replace('model = "strong"', 'extract = "text"\nif_missing = "null"'))
    model = ScriptedModel(replies={"translation": ["I cannot."], "summary": ["C"]}, finish={"translation": "refused"})
    assert (await output(template, model, INPUTS)).text == "null| C "


async def test_a_cut_reply_counts_as_far_as_it_goes() -> None:
    """The run goes on, and its end says that the last reply was cut."""
    model = ScriptedModel(
        replies={"translation": ["Cia"], "summary": ["C"]}, finish={"translation": "length", "summary": "length"}
    )
    events = await play(load(CHAIN), model, INPUTS)
    assert [event.finish for event in events if isinstance(event, CallDone)] == ["length", "length"]
    assert events[-1] == RunDone(text="Cia | C ", value="Cia | C ", finish="length")


async def test_a_failure_is_the_engines_own() -> None:
    """It comes through as it was raised, what arrived is told, and no further step runs."""
    lost = Interrupted("the stream broke off")
    model = ScriptedModel(replies={"translation": ["Cia o"]}, errors={"translation": lost})
    happened: list[RunEvent] = []
    with pytest.raises(Interrupted) as raised:
        await follow(Run(load(CHAIN), INPUTS, world(model)), happened)
    assert raised.value is lost
    assert model.places == ["translation"]
    (done,) = [event for event in happened if isinstance(event, CallDone)]
    assert (done.ending, done.text, done.problem) == ("failed", "Cia ", "the stream broke off")


async def test_closing_a_run_closes_the_reply() -> None:
    """Whoever stops listening stops the model."""
    model = ScriptedModel(replies={"answer": ["a b c d e"]})
    async with aclosing(Run(load('prompt = "x"'), {}, world(model)).events()) as events:
        async for event in events:
            if isinstance(event, CallTurn) and isinstance(event.event, TextDelta):
                break
        assert model.closed == []
    assert model.closed == ["answer"]


async def test_a_stopped_run_brings_calls_under_way_to_their_end() -> None:
    """Nothing new begins, and there is no result."""
    gate = asyncio.Event()
    model = ScriptedModel(replies={"translation": ["Ciao"], "summary": ["C"]}, gates={"translation": gate})
    run = Run(load(CHAIN), INPUTS, world(model))
    happened: list[RunEvent] = []

    def stop_in_mid_reply(event: RunEvent) -> None:
        if isinstance(event, CallTurn) and isinstance(event.event, TextDelta):
            run.stop()
            gate.set()

    await follow(run, happened, stop_in_mid_reply)
    assert [event.ending for event in happened if isinstance(event, CallDone)] == ["done"]
    assert model.places == ["translation"]
    assert not any(isinstance(event, RunDone) for event in happened)


async def test_a_run_stops_before_the_call_that_passes_its_limit() -> None:
    """Calls within the limit are made, the next one is not."""
    template = load(CHAIN.replace("[inputs]", "[limits]\nmax_calls = 1\n[inputs]"))
    model = ScriptedModel(replies={"translation": ["Ciao"]})
    with pytest.raises(BudgetExceeded, match=r't\.toml: step "summary" needs call 2, and max_calls is 1'):
        await play(template, model, INPUTS)
    assert model.places == ["translation"]


async def test_a_run_stops_before_the_call_that_begins_too_late() -> None:
    """Time counts from the run's beginning, on the clock that is passed in."""
    template = load('prompt = "x"\n[limits]\nmax_seconds = 5')
    seconds = iter([100.0, 106.0])
    model = ScriptedModel(replies={"answer": ["ok"]})
    with pytest.raises(BudgetExceeded, match="max_seconds"):
        await play(template, model, clock=lambda: next(seconds))
    assert model.calls == []


async def test_an_empty_prompt_is_not_sent() -> None:
    """Providers refuse it in words that help nobody."""
    model = ScriptedModel(replies={"answer": ["ok"]})
    with pytest.raises(TemplateError, match=r't\.toml:2: the prompt of "answer" is empty'):
        await play(load('\nprompt = "{{ input }}"'), model, {"input": " \n"})
    assert model.calls == []


async def test_an_error_while_rendering_names_file_and_line() -> None:
    """The line is the one in the TOML file."""
    template = load("prompt = '''\nfine\n{{ data.missing }}\n'''\n[inputs]\ndata = 'json'")
    with pytest.raises(TemplateError, match=r"^t\.toml:3: .*data\.missing"):
        await play(template, ScriptedModel(), {"data": {"there": 1}})


@pytest.mark.parametrize("payload", ["{{ 7*7 }}", "{% for x in y %}", "{% raw %}", "{{ text }}", "{#", "${#a[@]}"])
async def test_a_reply_is_never_rendered(payload: str) -> None:
    """What a model says reaches the next prompt as it is."""
    template = load('[[step]]\nname = "a"\nprompt = "x"\n[[step]]\nname = "b"\nprompt = "<{{ a }}>"')
    model = ScriptedModel(replies={"a": [payload], "b": ["ok"]})
    await play(template, model)
    assert model.calls[1].messages == (user(f"<{payload} >"),)


async def test_a_field_of_a_schema_may_be_anything() -> None:
    """`true` and `false` are schemas too; what a model says is taken, and a plan can be made."""
    template = load(
        'prompt = "x"\nschema = { type = "object", properties = { a = true, b = false }, required = ["a"] }\n'
    )
    assert (await output(template, ScriptedModel(replies={"answer": ['{"a": [1]}']}))).value == {"a": [1]}
