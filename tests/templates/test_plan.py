"""Plans: how many calls, how large, at what cost, before anything is asked."""

import pytest

from tchat.domain.message import ImagePart
from tchat.domain.model import ModelFacts, Price
from tchat.domain.request import Settings
from tchat.paths import shipped_prompts
from tchat.templates.format import Case, Template, Value
from tchat.templates.inputs import fill_plain
from tchat.templates.library import Library
from tchat.templates.plan import Calls, Plan, StepPlan, plan
from tchat.templates.supposing import REPLY_TOKENS
from tchat.templates.weighing import PlanWorld
from tests.templates.scripted import TODAY, load, picture

PRICED = ModelFacts(provider="p", name="m", price=Price(input=1.0, output=10.0), max_output=1_000, efforts=())


def world(facts: ModelFacts = PRICED, settings: Settings | None = None) -> PlanWorld:
    """Return a world with one model."""
    return PlanWorld(facts=lambda _: facts, today=TODAY, attach=picture, settings=settings or Settings())


def planned(source: str, facts: ModelFacts = PRICED, **inputs: Value) -> Plan:
    """Return the plan of the template in `source`."""
    return plan(load(source), inputs, world(facts))


def step(plan: Plan, place: str) -> StepPlan:
    """Return the plan of the step at a place."""
    return next(step for step in plan.steps if step.place == place)


def test_a_prompt_is_one_call_with_its_tokens_and_cost() -> None:
    """Four bytes are a token, and a reply has 300 unless something says otherwise."""
    made = planned('prompt = "12345678"\nsystem = "1234"')
    assert made.calls == Calls(least=1, expected=1, most=1)
    assert (made.input_tokens, made.output_tokens) == (3, REPLY_TOKENS)
    assert made.cost.expected == pytest.approx((3 + 10 * REPLY_TOKENS) / 1e6)
    assert made.cost.most == pytest.approx((3 + 10 * 1_000) / 1e6)
    assert f"a reply has {REPLY_TOKENS} tokens where its step does not say expect_tokens" in made.assumed


def test_the_longest_reply_bounds_what_is_expected() -> None:
    """max_tokens of the step, else of the user, else what the model can write."""
    assert planned('prompt = "x"\nmax_tokens = 50').output_tokens == 50
    made = plan(load('prompt = "x"'), {}, world(settings=Settings(max_tokens=20)))
    assert made.output_tokens == 20
    assert planned('prompt = "x"', ModelFacts(provider="p", name="m", price=PRICED.price)).cost.most is None


def test_an_unknown_price_is_unknown_and_a_local_model_is_free() -> None:
    """None is told apart from nothing."""
    unknown = planned('prompt = "x"', ModelFacts(provider="p", name="m"))
    assert (unknown.cost.expected, unknown.cost.most) == (None, None)
    assert "the price of p/m is unknown" in unknown.assumed
    free = planned('prompt = "x"', ModelFacts(provider="p", name="m", price=Price(input=0, output=0)))
    assert (free.cost.expected, free.cost.most) == (0, 0)


def test_items_are_counted_where_inputs_and_pure_steps_say_them() -> None:
    """A list of an input, cut by a value, is known before the run."""
    source = """
        [inputs]
        names = "list"
        [[step]]
        name = "some"
        value = "names | slice(1)"
        [[step]]
        name = "each"
        for_each = "names"
        limit = 3
        prompt = "{{ item }}"
    """
    made = planned(source.replace("names | slice(1)", "names"), names=["a", "b", "c", "d"])
    assert (step(made, "each").items, step(made, "each").is_assumed) == (3, False)
    assert made.calls.most == 3


def test_items_of_a_reply_are_assumed_and_said() -> None:
    """expect_items of the step, else of what it goes through, else five."""
    source = """
        [[step]]
        name = "parts"
        extract = "lines"
        prompt = "x"
        [[step]]
        name = "each"
        for_each = "parts"
        prompt = "{{ item }}"
    """
    assert step(planned(source), "each").items == 5
    assert step(planned(source.replace('extract = "lines"', 'extract = "lines"\nexpect_items = 7')), "each").items == 7
    made = planned(source.replace('for_each = "parts"', 'for_each = "parts"\nexpect_items = 9'))
    assert (step(made, "each").items, step(made, "each").is_assumed) == (9, True)
    assert "each has 9 items" in made.assumed
    assert made.calls.expected == 10


def test_items_that_are_not_known_are_one_at_least_and_all_that_may_be_at_most() -> None:
    """As many as the limit says, else as many as a run goes through without one."""
    source = """
        [[step]]
        name = "parts"
        extract = "lines"
        prompt = "x"
        [[step]]
        name = "each"
        for_each = "parts"
        limit = "n"
        prompt = "{{ item }}"
        [inputs]
        n = { type = "int", default = 8 }
    """
    assert step(planned(source, n=8), "each").calls == Calls(least=1, expected=5, most=8)
    assert step(planned(source, n=3), "each").calls == Calls(least=1, expected=3, most=3)
    assert step(planned(source.replace('limit = "n"', ""), n=3), "each").calls.most == 100


def test_samples_and_their_judge_are_counted() -> None:
    """A judge is asked once, a score for each sample; retries are the upper bound."""
    source = """
        [[step]]
        name = "best"
        samples = "n"
        vote = "judge"
        prompt = "x"
        [step.judge]
        prompt = "{{ candidates | length }}"
        [inputs]
        n = "int"
    """
    made = planned(source, n=4)
    assert (step(made, "best").calls.expected, step(made, "best.judge").calls) == (
        4,
        Calls(least=1, expected=1, most=2),
    )
    assert step(planned(source.replace('"judge"', '"score"'), n=4), "best.judge").calls.expected == 4


def test_a_loop_takes_one_round_to_all_of_them() -> None:
    """Without `until` there is no telling it short."""
    source = """
        [[step]]
        name = "rounds"
        repeat = 4
        until = "b == 'x'"
        start = { b = "" }
        [[step.do]]
        name = "a"
        prompt = "{{ b }} a"
        [[step.do]]
        name = "b"
        prompt = "{{ a }} b"
    """
    made = planned(source)
    assert made.calls == Calls(least=2, expected=8, most=8)
    assert step(made, "rounds/b").depth == 1
    assert planned(source.replace("until = \"b == 'x'\"", "")).calls.least == 8


def test_a_step_that_may_be_skipped_is_maybe() -> None:
    """What inputs decide is decided; what a reply decides is open."""
    source = """
        [inputs]
        deep = "bool"
        [[step]]
        name = "a"
        prompt = "x"
        [[step]]
        name = "b"
        when = "a == 'no'"
        prompt = "y"
        [[step]]
        name = "c"
        when = "deep"
        prompt = "z"
    """
    made = planned(source, deep=False)
    assert (step(made, "b").is_maybe, step(made, "b").calls) == (True, Calls(least=0, expected=1, most=1))
    assert (step(made, "c").is_maybe, step(made, "c").calls) == (False, Calls())
    assert planned(source, deep=True).calls == Calls(least=2, expected=3, most=3)


def test_retries_are_the_upper_bound() -> None:
    """An answer that must be read or pass may be asked for again; a plain reply is not."""
    assert planned('prompt = "x"\nextract = "number"\nretries = 3').calls == Calls(least=1, expected=1, most=4)
    assert planned('prompt = "x"').calls.most == 1


def test_a_conversation_that_goes_on_is_read_again() -> None:
    """The second prompt comes with the first one and its reply."""
    source = '[[step]]\nname = "a"\nprompt = "12345678"\n[[step]]\nname = "b"\ncontinue = "a"\nprompt = "1234"'
    assert step(planned(source), "b").input_tokens == 2 + REPLY_TOKENS + 1


def test_what_cannot_be_rendered_is_measured_by_its_parts() -> None:
    """A field of a reply that no one knows keeps no plan from being made."""
    source = """
        [[step]]
        name = "a"
        extract = "json"
        prompt = "x"
        [[step]]
        name = "b"
        prompt = "{{ a.name.first }} and more"
    """
    assert step(planned(source), "b").input_tokens > REPLY_TOKENS


def test_waves_say_what_can_begin_together() -> None:
    """With the calls of each, and the limits of the template."""
    source = """
        [[step]]
        name = "a"
        prompt = "x"
        [[step]]
        name = "b"
        samples = 3
        vote = "all"
        prompt = "y"
        [[step]]
        name = "c"
        prompt = "{{ a }} {{ b }}"
        [limits]
        max_calls = 3
    """
    made = planned(source)
    assert (made.waves, made.max_calls) == ((("a", "b"), ("c",)), 3)
    assert [(step.wave, step.calls.expected) for step in made.steps] == [(1, 1), (1, 3), (2, 1)]


def test_models_are_told_item_by_item() -> None:
    """A step that asks each item's model lists all of them, each with its own price."""
    prices = {"x": Price(input=0, output=1.0), "y": Price(input=0, output=2.0)}
    template = load('[[step]]\nname = "a"\nfor_each = "[\'x\', \'y\']"\nmodel = "{{ item }}"\nprompt = "p"')
    models = PlanWorld(
        facts=lambda name: ModelFacts(provider="p", name=name or "", price=prices[name or ""]),
        today=TODAY,
        attach=picture,
    )
    made = plan(template, {}, models)
    assert step(made, "a").models == ("p/x", "p/y")
    assert made.cost.expected == pytest.approx(3 * REPLY_TOKENS / 1e6)


LIBRARY = Library((shipped_prompts(),))
CASES = [
    pytest.param(template, case, id=f"{template.name}: {case.name}")
    for entry in LIBRARY.entries()
    if entry.problem is None
    for template in [LIBRARY.load(entry.name)]
    for case in template.tests
    if case.replies
]


@pytest.mark.parametrize(("template", "case"), CASES)
def test_shipped_templates_are_planned_within_what_they_then_ask(template: Template, case: Case) -> None:
    """Where no list is assumed, the calls of a test lie between the least and the most of its plan."""

    def attach(name: str) -> ImagePart:
        return picture(name)

    inputs = fill_plain(template, case.inputs, attach)
    made = plan(template, inputs, world())
    assert made.calls.least <= made.calls.expected <= made.calls.most
    if case.calls is not None and not any(step.is_assumed for step in made.steps):
        assert made.calls.least <= case.calls <= made.calls.most


def test_a_supposed_yes_or_no_takes_the_branch_that_the_answer_would() -> None:
    """It is supposed in the words in which it would be found."""
    made = planned("""
        [[step]]
        name = "asked"
        extract = "yesno"
        prompt = "x"
        [[step]]
        name = "then"
        when = "asked == 'yes'"
        prompt = "y"
    """)
    assert made.calls.expected == 2
