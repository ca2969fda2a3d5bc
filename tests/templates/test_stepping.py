"""Steps in all their forms: items, rounds, samples, inner steps, other templates, and what runs side by side."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from tchat.domain.errors import CheckFailed, Interrupted, TemplateError
from tchat.domain.events import Notice
from tchat.domain.usage import Usage
from tchat.templates.format import Template
from tchat.templates.happening import (
    AnswerFound,
    CallDone,
    CallStarted,
    CallTurn,
    RunDone,
    RunEvent,
    StepDone,
    StepSkipped,
    StepStarted,
)
from tchat.templates.loading import load_file
from tchat.templates.runner import Run
from tchat.templates.world import Heard, Printed
from tests.templates.scripted import Programs, ScriptedModel, follow, load, output, play, value_of, world

DIAMOND = """
[[step]]
name = "left"
prompt = "l"
[[step]]
name = "right"
prompt = "r"
[[step]]
name = "both"
text = "{{ left }}{{ right }}"
"""


# --- side by side


async def test_steps_that_need_nothing_of_each_other_run_at_once() -> None:
    """Neither waits for the other's end."""
    gate = asyncio.Event()
    model = ScriptedModel(replies={"left": ["L"], "right": ["R"]}, gates={"left": gate})
    run = Run(load(DIAMOND), {}, world(model))
    async with aclosing(run.events()) as events:
        async for event in events:
            if isinstance(event, StepDone) and event.step == "right":
                gate.set()
            if isinstance(event, RunDone):
                assert event.text == "L R "


async def test_needs_put_steps_in_order() -> None:
    """A step waits for what it needs, mentioned or not."""
    model = ScriptedModel(replies={"left": ["L"], "right": ["R"]})
    source = DIAMOND.replace('prompt = "r"', 'needs = "left"\nprompt = "r"')
    await play(load(source), model)
    assert model.most == 1
    assert model.places == ["left", "right"]


@pytest.mark.parametrize("jobs", [1, 3, 50])
async def test_no_more_calls_are_under_way_than_jobs(jobs: int) -> None:
    """Items and samples share them, and the values come in the order of the items."""
    template = load("""
        [[step]]
        name = "each"
        for_each = "range(6)"
        samples = 2
        vote = "all"
        prompt = "{{ item }}"
    """)
    model = ScriptedModel(replies={"each": ["x"]})
    await play(template, model, jobs=jobs)
    assert len(model.calls) == 12
    assert model.most == min(jobs, 12)


async def test_where_one_call_fails_the_others_come_to_their_end() -> None:
    """They are paid for; and nothing new begins."""
    gate = asyncio.Event()
    template = load(DIAMOND + '[[step]]\nname = "last"\nprompt = "{{ left }}"\n')
    model = ScriptedModel(
        replies={"left": ["L"], "right": ["R"], "last": ["never"]},
        errors={"right": Interrupted("lost")},
        gates={"left": gate},
    )
    happened: list[RunEvent] = []

    def let_go(event: RunEvent) -> None:
        if isinstance(event, CallDone) and event.ending == "failed":
            gate.set()

    with pytest.raises(Interrupted):
        await follow(Run(template, {}, world(model)), happened, let_go)
    assert {event.place: event.ending for event in happened if isinstance(event, CallDone)} == {
        "left": "done",
        "right": "failed",
    }
    assert sorted(model.places) == ["left", "right"]


EACH = """
[[step]]
name = "a"
for_each = "range(50)"
prompt = "{{ item }}"
extract = "number"
retries = 0
"""
SAMPLES = EACH.replace('for_each = "range(50)"', "samples = 50").replace("{{ item }}", "x")
INNER = """
[[step]]
name = "o"
for_each = "range(50)"
do = [{ name = "a", prompt = "x" }]
"""
SCORES = """
[[step]]
name = "o"
samples = 20
vote = "score"
prompt = "x"
[step.judge]
prompt = "{{ candidate }}"
"""


@pytest.mark.parametrize(
    ("source", "model", "most"),
    [
        (EACH, ScriptedModel(replies={"a": ["1"]}, errors={"a": Interrupted("lost")}), 4),
        (EACH, ScriptedModel(replies={"a": ["none", "1"]}), 4),
        (SAMPLES, ScriptedModel(replies={"a": ["1"]}, errors={"a": Interrupted("lost")}), 4),
        (INNER, ScriptedModel(replies={"a": ["1"]}, errors={"a": Interrupted("lost")}), 4),
        (
            SCORES,
            ScriptedModel(
                replies={"o": list("abcdefghijklmnopqrst"), "o.judge": ["1"]}, errors={"o.judge": Interrupted("lost")}
            ),
            24,
        ),
    ],
    ids=["items", "checks", "samples", "inner steps", "judges"],
)
async def test_after_a_failure_nothing_new_is_paid_for(source: str, model: ScriptedModel, most: int) -> None:
    """Only what was under way comes to its end, be it items, samples, inner steps or scores."""
    with pytest.raises((Interrupted, CheckFailed)):
        await play(load(source), model, jobs=4)
    assert len(model.calls) <= most


async def test_a_call_whose_answer_cannot_be_judged_is_told_with_what_it_took() -> None:
    """It is paid for, whatever is wrong with the check."""
    happened: list[RunEvent] = []
    template = load('prompt = "x"\ncheck = { equals = "{{ input.nope }}" }\n')
    with pytest.raises(TemplateError, match="nope"):
        await follow(Run(template, {"input": "i"}, world(ScriptedModel(replies={"answer": ["z"]}))), happened)
    (done,) = [event for event in happened if isinstance(event, CallDone)]
    assert done.usage.output == 2
    assert "nope" in (done.problem or "")


# --- items


async def test_a_step_runs_for_each_item() -> None:
    """Its value is the list of values; `index` counts from 1; places number the items."""
    template = load("""
        [inputs]
        words = "list"
        [[step]]
        name = "each"
        for_each = "words"
        as = "word"
        prompt = "{{ index }} {{ word }}"
    """)
    model = ScriptedModel(replies={"each": ["A", "B"]})
    events = await play(template, model, {"words": ["x", "y"]}, jobs=1)
    assert model.prompts == ["1 x", "2 y"]
    assert model.places == ["each[1]", "each[2]"]
    assert value_of(events, "each") == ["A ", "B "]
    assert [event.value for event in events if isinstance(event, AnswerFound)] == ["A ", "B "]
    assert next(event.items for event in events if isinstance(event, StepStarted)) == 2


async def test_serial_items_see_what_was_done() -> None:
    """`done` has each item under its own name, with its value."""
    template = load("""
        [[step]]
        name = "each"
        for_each = "['a', 'b', 'c']"
        as = "part"
        serial = true
        prompt = "{% for d in done %}{{ d.part }}={{ d.value }};{% endfor %}{{ part }}"
    """)
    model = ScriptedModel(replies={"each": ["1", "2", "3"]})
    await play(template, model)
    assert model.prompts == ["a", "a=1 ;b", "a=1 ;b=2 ;c"]


async def test_a_limit_takes_the_first_items_and_says_so() -> None:
    """Without one, over a hundred items stop the run before anything is paid for."""
    source = '[inputs]\nn = "int"\n[[step]]\nname = "each"\nfor_each = "range(101)"\nprompt = "{{ item }}"\n'
    model = ScriptedModel(replies={"each": ["."]})
    with pytest.raises(TemplateError, match=r"t\.toml:5: .*101 items"):
        await play(load(source), model, {"n": 2})
    assert model.calls == []
    events = await play(load(source + 'limit = "n"'), model, {"n": 2})
    assert [event.note for event in events if isinstance(event, StepStarted)] == ["the first 2 of 101 items"]
    assert len(model.calls) == 2


async def test_items_are_a_list() -> None:
    """Anything else is told with file and line."""
    template = load('[[step]]\nname = "each"\nfor_each = "3"\nprompt = "x"')
    with pytest.raises(TemplateError, match=r't\.toml:3: for_each of "each" is no list'):
        await play(template, ScriptedModel())


async def test_records_of_items_are_lists() -> None:
    """`run.name` has one of each for every item, and the usage of all."""
    template = load("""
        output = "{{ run.each.text }} {{ run.each.usage.output }} {{ run.each.tries }}"
        [[step]]
        name = "each"
        for_each = "['a', 'b']"
        prompt = "{{ item }}"
    """)
    model = ScriptedModel(replies={"each": ["A", "B"]})
    assert (await output(template, model, jobs=1)).text == '["A ", "B "] 4 [1, 1]'


# --- samples


def sampling(vote: str, *, extract: str = 'extract = "number"', count: str = "3", more: str = "") -> Template:
    """Return a template with one step that draws samples."""
    return load(f"""
        [inputs]
        n = {{ type = "int", default = 3 }}
        [[step]]
        name = "draw"
        samples = {count}
        vote = "{vote}"
        {extract}
        prompt = "x"
        {more}
    """)


async def test_the_majority_wins_and_tells_its_share() -> None:
    """The share is of all samples; places number them; and an input may say how many there are."""
    model = ScriptedModel(replies={"draw": ["18", "26", "18", "18"]})
    events = await play(sampling("majority", count='"n + 1"'), model, {"n": 3}, jobs=1)
    (done,) = [event for event in events if isinstance(event, StepDone)]
    assert (done.value, done.share, done.votes) == (18, 0.75, (("18", 3), ("26", 1)))
    assert model.places == ["draw#1", "draw#2", "draw#3", "draw#4"]


async def test_a_sample_without_an_answer_does_not_vote() -> None:
    """It is asked once more, and then counts among the samples only."""
    model = ScriptedModel(replies={"draw": ["7", "none", "none", "7"]})
    events = await play(sampling("majority"), model, jobs=1)
    (done,) = [event for event in events if isinstance(event, StepDone)]
    assert (done.value, done.votes) == (7, (("7", 2),))
    assert done.share == pytest.approx(2 / 3)
    assert model.places == ["draw#1", "draw#2", "draw#2~2", "draw#3"]


async def test_samples_without_any_answer_stop_the_run() -> None:
    """The message has the step's line."""
    model = ScriptedModel(replies={"draw": ["none"]})
    with pytest.raises(CheckFailed, match=r't\.toml:8: no usable answer of "draw"'):
        await play(sampling("majority"), model)


async def test_a_seed_grows_with_the_sample() -> None:
    """So samples differ, and each can be drawn again."""
    model = ScriptedModel(replies={"draw": ["1"]})
    await play(sampling("all", more="seed = 40"), model, jobs=1)
    assert [call.settings.seed for call in model.calls] == [40, 41, 42]


async def test_samples_within_samples_have_seeds_of_their_own() -> None:
    """No sample is a copy of another."""
    template = load("""
        [[step]]
        name = "outer"
        samples = 2
        vote = "all"
        do = [{ name = "draw", samples = 3, vote = "all", prompt = "x", seed = 40 }]
    """)
    model = ScriptedModel(replies={"draw": ["1"]})
    await play(template, model, jobs=1)
    assert sorted(str(call.settings.seed) for call in model.calls) == ["40", "41", "42", "43", "44", "45"]


async def test_each_item_may_have_its_own_number_of_samples() -> None:
    """It is known once the item is."""
    template = load("""
        [[step]]
        name = "draw"
        for_each = "[2, 3]"
        samples = "item"
        vote = "all"
        prompt = "x"
    """)
    assert (await output(template, ScriptedModel(replies={"draw": ["y"]}))).value == [["y "] * 2, ["y "] * 3]


async def test_what_may_be_missing_inside_may_be_missing_outside() -> None:
    """A step of steps is null where its last one is; in a loop as well."""
    for around in ('for_each = "[1, 2]"', "repeat = 1"):
        template = load(f"""
            [[step]]
            name = "a"
            {around}
            do = [{{ name = "b", prompt = "x", extract = "number", if_missing = "null", retries = 0 }}]
        """)
        value = (await output(template, ScriptedModel(replies={"b": ["y", "3"]}), jobs=1)).value
        assert value == ([None, 3] if "for_each" in around else None)


async def test_a_loop_of_steps_is_checked_each_round() -> None:
    """As a step of steps without a loop is."""
    for loop in ("", "repeat = 2"):
        template = load(f"""
            [[step]]
            name = "a"
            check = {{ equals = "x" }}
            {loop}
            do = [{{ name = "b", prompt = "x" }}]
        """)
        with pytest.raises(CheckFailed, match='no usable answer of "a"'):
            await play(template, ScriptedModel(replies={"b": ["y"]}))


async def test_the_mean_is_of_the_answers() -> None:
    """Numbers only."""
    model = ScriptedModel(replies={"draw": ["1", "2", "6"]})
    assert (await output(sampling("mean"), model, jobs=1)).value == 3


async def test_all_samples_are_a_list() -> None:
    """In the order in which they were drawn; one without an answer is null."""
    model = ScriptedModel(replies={"draw": ["1", "x", "x", "3"]})
    assert (await output(sampling("all"), model, jobs=1)).value == [1, None, 3]


async def test_the_first_sample_that_passes_the_check_is_taken() -> None:
    """A failed check costs no second call here."""
    template = sampling("check", extract='extract = "number"\ncheck = { expr = "value > 5" }')
    model = ScriptedModel(replies={"draw": ["1", "7", "9"]})
    assert (await output(template, model, jobs=1)).value == 7
    assert len(model.calls) == 3


async def test_a_judge_chooses_by_number() -> None:
    """It sees the candidates, is asked once, and its choice is the value."""
    template = sampling(
        "judge",
        extract="",
        more='[step.judge]\nprompt = "{% for c in candidates %}{{ loop.index }}:{{ c }}{% endfor %}"',
    )
    model = ScriptedModel(replies={"draw": ["a", "b", "c"], "draw.judge": ["I take 2"]})
    assert (await output(template, model, jobs=1)).value == "b "
    assert (model.places[-1], model.prompts[-1]) == ("draw.judge", "1:a 2:b 3:c ")


async def test_a_judge_that_says_no_number_is_asked_once_more() -> None:
    """Then it abstains, and says so: the step has no answer, and ends the run unless it can do without one."""
    template = sampling("judge", extract="", more='[step.judge]\nprompt = "which?"')
    model = ScriptedModel(replies={"draw": ["a"], "draw.judge": ["9", "the second: 2"]})
    assert (await output(template, model, jobs=1)).value == "a "
    silent = ScriptedModel(replies={"draw": ["a"], "draw.judge": ["none"]})
    with pytest.raises(CheckFailed, match="the judge says nothing that counts"):
        await play(template, silent)
    lenient = sampling("judge", extract='if_missing = "null"', more='[step.judge]\nprompt = "which?"')
    events = await play(lenient, silent)
    assert value_of(events, "draw") is None
    assert [event.event for event in events if isinstance(event, CallTurn) and isinstance(event.event, Notice)] == [
        Notice('the judge of "draw" abstains: no number')
    ]


async def test_a_judge_scores_each_candidate() -> None:
    """The highest score wins, the earlier of two that are equal."""
    template = sampling("score", extract="", more='[step.judge]\nprompt = "{{ candidate }}"')
    model = ScriptedModel(replies={"draw": ["a", "b", "c"], "draw.judge": ["3", "9", "9"]})
    assert (await output(template, model, jobs=1)).value == "b "
    assert model.places[3:] == ["draw.judge[1]", "draw.judge[2]", "draw.judge[3]"]


async def test_a_candidate_that_a_judge_gives_no_score_cannot_win() -> None:
    """The others are compared; their samples are paid for."""
    template = sampling("score", extract="", more='[step.judge]\nprompt = "{{ candidate }}"')
    model = ScriptedModel(replies={"draw": ["a", "b", "c"], "draw.judge": ["3", "none", "none", "9"]})
    assert (await output(template, model, jobs=1)).value == "c "
    model = ScriptedModel(replies={"draw": ["a", "b"], "draw.judge": ["none"]})
    with pytest.raises(CheckFailed, match="the judge says nothing that counts"):
        await output(template, model, jobs=1)


async def test_a_conversation_goes_on_from_the_winner() -> None:
    """Samples that lost are not in it."""
    template = load("""
        [[step]]
        name = "draw"
        samples = 3
        extract = "number"
        prompt = "x"
        [[step]]
        name = "more"
        continue = "draw"
        prompt = "y"
    """)
    model = ScriptedModel(replies={"draw": ["1", "2", "2"], "more": ["."]})
    events = await play(template, model, jobs=1)
    winner = [event for event in events if isinstance(event, CallDone)][1]
    assert winner.place == "draw#2"
    assert model.calls[-1].continues is not None


# --- rounds


LOOP = """
[inputs]
text = "text"
[[step]]
name = "better"
repeat = 3
until = "score >= 9"
start = { draft = "{{ text }}" }
  [[step.do]]
  name = "score"
  extract = "number"
  prompt = "Judge {{ draft }}"
  [[step.do]]
  name = "draft"
  when = "score < 9"
  prompt = "Mend {{ draft }}"
"""


async def test_rounds_go_on_until_it_holds() -> None:
    """A name is its newest value, a skipped step keeps what it had, and the value is the last inner step's."""
    model = ScriptedModel(replies={"score": ["3", "9"], "draft": ["second"]})
    events = await play(load(LOOP), model, {"text": "first"})
    assert model.prompts == ["Judge first", "Mend first", "Judge second "]
    assert model.places == ["better@1/score", "better@1/draft", "better@2/score"]
    assert value_of(events, "better") == "second "
    assert [event.value for event in events if isinstance(event, StepSkipped)] == ["second "]
    assert [event.rounds for event in events if isinstance(event, StepDone) and event.step == "better"] == [2]


async def test_rounds_end_at_their_number() -> None:
    """Whatever `until` says."""
    model = ScriptedModel(replies={"score": ["1"], "draft": ["again"]})
    await play(load(LOOP), model, {"text": "first"})
    assert len(model.calls) == 6


async def test_an_inner_step_sees_later_ones_as_they_were_in_the_round_before() -> None:
    """However quickly the later one is done in this round."""
    template = load("""
        [[step]]
        name = "turns"
        repeat = 3
        start = { b = "0" }
          [[step.do]]
          name = "a"
          prompt = "{{ b }}"
          [[step.do]]
          name = "b"
          text = "{{ run.a.tries }}{{ a }}"
    """)
    model = ScriptedModel(replies={"a": ["x", "y", "z"]})
    await play(template, model)
    assert model.prompts == ["0", "1x ", "1y "]


async def test_a_prompt_may_repeat_itself() -> None:
    """Its own name is its newest value, also in `until`."""
    template = load("""
        [[step]]
        name = "grow"
        repeat = 5
        until = "grow | words >= 3"
        start = { grow = "a" }
        prompt = "{{ grow }}"
    """)
    model = ScriptedModel(replies={"grow": ["a b", "a b c", "never"]})
    assert (await output(template, model)).text == "a b c "
    assert model.prompts == ["a", "a b "]


async def test_a_sampled_step_repeats_until_its_samples_agree() -> None:
    """`run.name` in `until` is the round's own record."""
    template = load("""
        [[step]]
        name = "solve"
        samples = 2
        extract = "number"
        repeat = 4
        until = "run.solve.share == 1"
        prompt = "x"
    """)
    model = ScriptedModel(replies={"solve": ["1", "2", "3", "3"]})
    assert (await output(template, model, jobs=1)).value == 3
    assert model.places == ["solve@1#1", "solve@1#2", "solve@2#1", "solve@2#2"]


# --- conditions, inner steps, other templates, programs


async def test_a_step_is_skipped_if_its_condition_does_not_hold() -> None:
    """Its value is null, and the output is that of the last step that ran."""
    template = load("""
        [[step]]
        name = "a"
        prompt = "x"
        [[step]]
        name = "b"
        when = "'never' in a"
        prompt = "y"
    """)
    model = ScriptedModel(replies={"a": ["A"]})
    assert (await output(template, model)).text == "A "


async def test_inner_steps_run_for_each_item() -> None:
    """Each item has names of its own, and the value is the last inner step's."""
    template = load("""
        [[step]]
        name = "outer"
        for_each = "['a', 'b']"
          [[step.do]]
          name = "one"
          prompt = "{{ item }}"
          [[step.do]]
          name = "two"
          prompt = "{{ one }}{{ item }}"
    """)
    model = ScriptedModel(replies={"one": ["1", "2"], "two": ["x", "y"]})
    events = await play(template, model, jobs=1)
    assert value_of(events, "outer") == ["x ", "y "]
    assert model.places == ["outer[1]/one", "outer[1]/two", "outer[2]/one", "outer[2]/two"]
    assert model.prompts == ["a", "1 a", "b", "2 b"]


def write(folder: Path, **files: str) -> Template:
    """Write templates into a folder and return the one called `main`."""
    for name, source in files.items():
        (folder / f"{name}.toml").write_text(source)
    return load_file(folder / "main.toml")


async def test_a_template_uses_another(tmp_path: Path) -> None:
    """It gets its inputs in their own kinds, its limits hold, and its output is the value."""
    template = write(
        tmp_path,
        main="""
            [[step]]
            name = "outer"
            for_each = "[[1, 2], [3]]"
            use = "inner"
            with = { numbers = "{{ item }}" }
        """,
        inner="""
            output = "{{ sum }}!"
            [inputs]
            numbers = "list"
            more = { type = "int", default = 7 }
            [[step]]
            name = "sum"
            prompt = "{{ numbers | length }} {{ more }}"
        """,
    )
    model = ScriptedModel(replies={"outer": ["a", "b"]})
    events = await play(template, model, jobs=1)
    assert value_of(events, "outer") == ["a !", "b !"]
    assert model.prompts == ["2 7", "1 7"]
    assert model.places == ["outer[1]/sum", "outer[2]/sum"]
    assert model.calls[0].reply_names == ("outer.sum", "outer")


PROGRAM = '[[step]]\nname = "made"\ncommand = ["calc", "{{ 1 + 1 }}"]\nstdin = "in"\n'


async def test_no_program_runs_unless_it_may() -> None:
    """The run does not begin."""
    with pytest.raises(TemplateError, match="runs programs") as raised:
        await play(load(PROGRAM), ScriptedModel())
    assert raised.value.hint is not None
    assert "--allow-commands" in raised.value.hint


async def test_a_program_prints_the_value() -> None:
    """Its words are rendered, its errors are in the record, and ending badly is no failure of the run."""
    programs = Programs(prints={"made": Printed(out="out", err="err", code=1)})
    template = load(f'output = "{{{{ made }}}} {{{{ run.made.ok }}}} {{{{ run.made.text }}}}"\n{PROGRAM}')
    done = await output(template, ScriptedModel(), run_program=programs)
    assert done.text == "out false out\nerr"
    (call,) = programs.calls
    assert (call.arguments, call.stdin) == (("calc", "2"), "in")


async def test_a_program_may_be_the_verifier() -> None:
    """It reads the value, and its end decides."""
    template = load("""
        samples = 2
        vote = "check"
        extract = "code"
        check = { command = ["verify"] }
        prompt = "x"
    """.replace("\n        ", "\n"))  # fmt: skip
    replies = ["```\nbad\n```", "```\ngood\n```"]
    programs = Programs(
        prints={"answer#1.check": Printed(out="", err="no", code=1), "answer#2.check": Printed(out="", code=0)}
    )
    done = await output(template, ScriptedModel(replies={"answer": replies}), jobs=1, run_program=programs)
    assert done.value == "good"


# --- answers


async def test_an_unusable_answer_is_asked_for_again_in_its_conversation() -> None:
    """The model is told what was wrong, so that it need not be random to do better."""
    template = load('extract = [{ after = "The answer is" }, "number"]\nprompt = "2 + 2?"')
    model = ScriptedModel(replies={"answer": ["It is four.", "The answer is 4."]})
    events = await play(template, model)
    assert value_of(events, "answer") == 4
    first, second = model.calls
    assert (first.place, second.place) == ("answer", "answer~2")
    assert second.continues is not None
    assert "The answer is" in second.prompt
    assert [event.problem is None for event in events if isinstance(event, CallDone)] == [False, True]


async def test_an_answer_that_stays_unusable_stops_the_run() -> None:
    """After as many calls as it may have; or the value is null where that is allowed."""
    source = 'extract = "number"\nretries = 2\nprompt = "x"\n'
    model = ScriptedModel(replies={"answer": ["none"]})
    with pytest.raises(CheckFailed, match=r't\.toml:1: no usable answer of "answer" after 3 calls'):
        await play(load(source), model)
    assert len(model.calls) == 3
    assert (await output(load(source + 'if_missing = "null"'), model)).value is None


async def test_a_reply_that_was_cut_says_so() -> None:
    """It is no mere lack of JSON."""
    template = load('schema = { a = "text" }\nretries = 0\nprompt = "x"')
    model = ScriptedModel(replies={"answer": ['{"a": "unfin']}, finish={"answer": "length"})
    with pytest.raises(CheckFailed, match="cut off"):
        await play(template, model)


async def test_a_table_is_validated_wherever_it_comes_from() -> None:
    """A model that does not hold a schema is told it in words; the value is the table."""
    template = load('schema = { score = "int, 0 to 10" }\nprompt = "x"')
    model = ScriptedModel(replies={"answer": ['{"score": 11}', 'Sure: {"score": 7}']})
    assert (await output(template, model)).value == {"score": 7}
    assert "JSON Schema" in model.prompts[0]
    assert model.calls[0].settings.schema is not None


async def test_a_list_goes_as_the_field_of_a_table() -> None:
    """Providers want an object at the root; the value is the list, whichever of both the model writes."""
    template = load('schema = [{ n = "int" }]\nprompt = "x"')
    for reply in ('[{"n": 1}]', '{"items": [{"n": 1}]}'):
        model = ScriptedModel(replies={"answer": [reply]})
        assert (await output(template, model)).value == [{"n": 1}]
        schema = model.calls[0].settings.schema
        assert schema is not None
        assert schema["type"] == "object"


# --- earlier attempts, and values that are given


async def test_what_an_earlier_attempt_heard_is_not_asked_again() -> None:
    """Its events say so."""
    model = ScriptedModel(replies={"left": ["L"], "right": ["R"]})
    first = await play(load(DIAMOND), model)
    kept = {model.identify(call).digest: call.prompt for call in model.calls}
    assert len(kept) == 2
    again = ScriptedModel(
        replies={"right": ["R"]},
        kept={next(iter(kept)): Heard(text="L ", usage=Usage(input=1), is_reused=True, finish="stop")},
    )
    second = await play(load(DIAMOND), again)
    assert first[-1] == second[-1]
    assert again.places == ["right"]
    reused = {event.place: event.is_reused for event in second if isinstance(event, CallStarted)}
    assert reused == {"left": True, "right": False}


async def test_a_given_value_stands_in_place_of_its_step() -> None:
    """What depends on it runs with it."""
    model = ScriptedModel(replies={"right": ["R"]})
    events = await play(load(DIAMOND), model, given={"left": "mine "})
    assert isinstance(events[-1], RunDone)
    assert events[-1].text == "mine R "
    assert model.places == ["right"]


async def test_an_answer_without_a_value_for_the_check_is_asked_for_again() -> None:
    """What a filter cannot take is wrong with the answer, and not with the template."""
    template = load('check = { expr = "value | calc > 0" }\nprompt = "x"')
    model = ScriptedModel(replies={"answer": ["10 / (4", "10 / 4"]})
    assert (await output(template, model)).value == "10 / 4 "
    assert "parenthesis" in model.prompts[1]
