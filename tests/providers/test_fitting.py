"""Laws of fitting settings to a model."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tchat.domain.detail import DETAILS
from tchat.domain.effort import EFFORTS, Effort
from tchat.domain.errors import AttachmentError
from tchat.domain.message import DocumentPart, ImagePart, user
from tchat.domain.model import EffortStyle, ModelFacts
from tchat.domain.request import Request, Settings
from tchat.providers.fitting import check_content, fit, not_taken, refusals, thinking_tokens, without

MAYBE = st.sampled_from((None, True, False))
LEVELS = st.lists(st.sampled_from(EFFORTS), unique=True).map(lambda some: tuple(sorted(some, key=EFFORTS.index)))
STYLES: tuple[EffortStyle, ...] = ("level", "budget", "adaptive")
QUIET: tuple[Effort | None, ...] = (None, "none")
RANGES = st.tuples(st.integers(0, 2_000), st.integers(2_001, 70_000))


@st.composite
def models(draw: st.DrawFn) -> ModelFacts:
    """Any facts that agree with each other."""
    efforts = draw(st.none() | LEVELS)
    return ModelFacts(
        provider="lab",
        name="m",
        max_output=draw(st.none() | st.integers(1, 70_000)),
        efforts=efforts,
        default_effort=draw(st.none() | st.sampled_from(efforts)) if efforts else None,
        effort_style=draw(st.sampled_from(STYLES)),
        budget=draw(st.none() | RANGES),
        sampling=draw(MAYBE),
        sampling_at=draw(st.sampled_from(QUIET)),
        stops=draw(MAYBE),
        seeds=draw(MAYBE),
        structured=draw(MAYBE),
        draws=draw(MAYBE),
    )


WISHES = st.builds(
    Settings,
    effort=st.none() | st.sampled_from(EFFORTS),
    thinking_budget=st.none() | st.integers(-1, 100_000),
    temperature=st.none() | st.just(0.7),
    top_p=st.none() | st.just(0.9),
    max_tokens=st.none() | st.integers(1, 100_000),
    seed=st.none() | st.just(7),
    draw=MAYBE,
    detail=st.none() | st.sampled_from(DETAILS),
    stop=st.sampled_from(((), ("END",))),
    schema=st.none() | st.just({"type": "object"}),
)


def model(**known: object) -> ModelFacts:
    """Facts of `lab/m`."""
    return replace(ModelFacts(provider="lab", name="m"), **known)


# --- laws


@settings(max_examples=100)
@given(WISHES, models())
def test_fitting_again_changes_nothing(wishes: Settings, facts: ModelFacts) -> None:
    """Fitted settings fit."""
    fitted = fit(wishes, facts)
    again = fit(fitted.settings, facts)
    assert again.settings == fitted.settings
    assert again.notices == ()


@settings(max_examples=100)
@given(WISHES, models())
def test_notices_stand_exactly_where_something_changed(wishes: Settings, facts: ModelFacts) -> None:
    """Nothing is changed in silence, and nothing is told about what stayed."""
    fitted = fit(wishes, facts)
    assert bool(fitted.notices) == (fitted.settings != wishes)
    assert all(notice.startswith("lab/m ") and "\n" not in notice for notice in fitted.notices)


@settings(max_examples=100)
@given(WISHES)
def test_unknown_facts_forbid_nothing(wishes: Settings) -> None:
    """A model that nobody knows is told everything as it was wished."""
    assert fit(wishes, model()).settings == wishes


@settings(max_examples=100)
@given(WISHES, models())
def test_effort_that_is_left_to_the_provider_stays_so(wishes: Settings, facts: ModelFacts) -> None:
    """An effort appears only where one was asked for, as a level or as a number of tokens."""
    if wishes.effort is None and wishes.thinking_budget is None:
        assert fit(wishes, facts).settings.effort is None


@settings(max_examples=100)
@given(WISHES, models())
def test_fitted_reasoning_is_taken_by_the_model(wishes: Settings, facts: ModelFacts) -> None:
    """Effort is one of the model's levels, a budget is in its range and smaller than the reply."""
    fitted = fit(wishes, facts).settings
    if facts.efforts is None:
        return
    assert fitted.effort is None or fitted.effort in facts.efforts
    tokens = fitted.thinking_budget
    if tokens is not None:
        assert fitted.effort is None
        assert facts.effort_style == "budget"
        least, most = facts.budget or (0, tokens)
        assert least <= tokens <= most or (tokens == 0 and "none" in facts.efforts)
        assert tokens == 0 or fitted.max_tokens is None or tokens < fitted.max_tokens


@settings(max_examples=100)
@given(WISHES, models())
def test_what_a_model_refuses_is_never_sent(wishes: Settings, facts: ModelFacts) -> None:
    """Every refusal is kept to, and of sampling, stops, seed and schema nothing else is left out."""
    refused = refusals(wishes, facts)
    fitted = fit(wishes, facts).settings
    none = Settings()
    converted = {"effort"} if wishes.thinking_budget is not None else set[str]()
    for name in set(refused) - converted:
        assert getattr(fitted, name) == getattr(none, name)
    for name in {"temperature", "top_p", "stop", "seed", "schema"} - set(refused):
        assert getattr(fitted, name) == getattr(wishes, name)


def test_refusals_say_why_in_words() -> None:
    """Each reason can follow the model's name."""
    silent = model(efforts=(), sampling=False, stops=False, seeds=False, structured=False)
    assert refusals(Settings(), silent) == {
        "effort": "does not reason",
        "thinking_budget": "does not reason",
        "temperature": "does not take temperature",
        "top_p": "does not take top_p",
        "stop": "does not take stop sequences",
        "seed": "does not take a seed",
        "schema": "does not enforce a schema",
    }
    levels = model(efforts=("none", "high"), sampling=True, sampling_at="none", default_effort="high")
    assert refusals(Settings(), levels) == {
        "thinking_budget": "takes levels of effort",
        "temperature": "takes temperature only with effort none",
        "top_p": "takes top_p only with effort none",
    }
    assert refusals(Settings(effort="none"), levels) == {"thinking_budget": "takes levels of effort"}
    assert refusals(Settings(), model()) == {}


@settings(max_examples=100)
@given(WISHES, models())
def test_fitted_tuning_is_taken_by_the_model(wishes: Settings, facts: ModelFacts) -> None:
    """Nothing stays that the model is known to refuse."""
    fitted = fit(wishes, facts).settings
    samples = fitted.temperature is not None or fitted.top_p is not None
    assert not (samples and facts.sampling is False)
    if samples and facts.sampling_at is not None and fitted.thinking_budget is None:
        assert (fitted.effort or facts.default_effort) in (None, facts.sampling_at)
    assert not (fitted.stop and facts.stops is False)
    assert not (fitted.seed is not None and facts.seeds is False)
    assert not (fitted.schema is not None and facts.structured is False)
    assert fitted.max_tokens is None or facts.max_output is None or fitted.max_tokens <= facts.max_output


@settings(max_examples=100)
@given(WISHES, models())
def test_effort_becomes_tokens_that_leave_room_for_an_answer(wishes: Settings, facts: ModelFacts) -> None:
    """The tokens of a fitted effort are in the model's range and fewer than the reply may have."""
    fitted = fit(wishes, facts).settings
    if fitted.effort in (None, "none") or facts.effort_style != "budget" or not facts.efforts or not facts.budget:
        return
    tokens = thinking_tokens(fitted.effort, facts, fitted.max_tokens)
    assert facts.budget[0] <= tokens <= facts.budget[1]
    assert fitted.max_tokens is None or tokens < fitted.max_tokens


@given(RANGES, st.none() | st.integers(1, 100_000))
def test_more_effort_is_never_fewer_tokens(limits: tuple[int, int], max_tokens: int | None) -> None:
    """The levels rise with the tokens they stand for, and only `none` turns thinking off for sure."""
    facts = model(budget=limits)
    tokens = [thinking_tokens(level, facts, max_tokens) for level in EFFORTS]
    assert tokens == sorted(tokens)
    assert tokens[0] == 0
    assert max_tokens is not None or tokens[-1] == limits[1]


@settings(max_examples=100)
@given(WISHES, st.sampled_from(Settings.__struct_fields__))
def test_a_setting_that_is_dropped_is_gone_and_takes_no_other_along(wishes: Settings, name: str) -> None:
    """Only the named setting goes back to its default; effort stands for the thinking budget, too."""
    left = without(wishes, name)
    gone = {name, "thinking_budget"} if name == "effort" else {name}
    for field in Settings.__struct_fields__:
        assert getattr(left, field) == getattr(Settings() if field in gone else wishes, field)


def test_dropping_what_is_no_setting_changes_nothing() -> None:
    """A provider may object to anything it likes."""
    wishes = Settings(temperature=0.5)
    assert without(wishes, "frobnication") == wishes


# --- what is said

REASONING: tuple[Effort, ...] = ("none", "low", "high")


@pytest.mark.parametrize(
    ("wishes", "facts", "left", "said"),
    [
        (
            Settings(effort="max"),
            model(efforts=REASONING),
            Settings(effort="high"),
            "lab/m has no effort max: sent with high",
        ),
        (
            Settings(effort="none"),
            model(efforts=("low", "high")),
            Settings(effort="low"),
            "lab/m has no effort none: sent with low",
        ),
        (
            Settings(effort="high"),
            model(efforts=()),
            Settings(),
            "lab/m does not reason: sent without effort high",
        ),
        (
            Settings(temperature=0.2, top_p=0.9),
            model(sampling=False),
            Settings(),
            "lab/m does not take temperature and top_p: sent without",
        ),
        (
            Settings(temperature=0.0, effort="high"),
            model(efforts=REASONING, sampling=True, sampling_at="none"),
            Settings(effort="high"),
            "lab/m takes temperature only with effort none: sent without",
        ),
        (
            Settings(top_p=0.5),
            model(efforts=REASONING, default_effort="high", sampling_at="none"),
            Settings(),
            "lab/m takes top_p only with effort none: sent without",
        ),
        (
            Settings(max_tokens=500),
            model(max_output=100),
            Settings(max_tokens=100),
            "lab/m writes at most 100 tokens: max_tokens 500 is lowered to that",
        ),
        (
            Settings(thinking_budget=16_000),
            model(efforts=("low", "medium", "high")),
            Settings(effort="medium"),
            "lab/m takes levels of effort: thinking_budget 16000 is sent as medium",
        ),
        (
            Settings(thinking_budget=500),
            model(efforts=REASONING, effort_style="budget", budget=(1024, 9000)),
            Settings(thinking_budget=1024),
            "lab/m thinks with 1024 tokens instead of 500",
        ),
        (
            Settings(thinking_budget=5000, max_tokens=4000),
            model(efforts=REASONING, effort_style="budget", budget=(1024, 9000)),
            Settings(thinking_budget=3999, max_tokens=4000),
            "lab/m thinks with 3999 tokens instead of 5000",
        ),
        (
            Settings(thinking_budget=5000, max_tokens=100),
            model(efforts=("low", "high"), effort_style="budget", budget=(128, 9000)),
            Settings(max_tokens=100),
            "lab/m has no room to think in max_tokens 100: sent without thinking_budget",
        ),
        (
            Settings(effort="high", max_tokens=1000),
            model(efforts=REASONING, effort_style="budget", budget=(1024, 9000)),
            Settings(effort="none", max_tokens=1000),
            "lab/m has no room to think in max_tokens 1000: sent with effort none",
        ),
        (
            Settings(effort="high", thinking_budget=2000),
            model(efforts=REASONING, effort_style="budget", budget=(1024, 9000)),
            Settings(thinking_budget=2000),
            "lab/m is told thinking_budget, so effort high is left out",
        ),
        (
            Settings(effort="high", thinking_budget=2000),
            model(efforts=REASONING, effort_style="adaptive"),
            Settings(effort="high"),
            "lab/m takes effort, so thinking_budget is left out",
        ),
        (
            Settings(thinking_budget=2000),
            model(efforts=()),
            Settings(),
            "lab/m does not reason: sent without thinking_budget",
        ),
        (
            Settings(stop=("END",)),
            model(stops=False),
            Settings(),
            "lab/m does not take stop sequences: sent without",
        ),
        (Settings(seed=1), model(seeds=False), Settings(), "lab/m does not take a seed: sent without"),
        (
            Settings(schema={"type": "object"}),
            model(structured=False),
            Settings(),
            "lab/m does not enforce a schema: sent without",
        ),
    ],
)
def test_what_a_model_does_not_take_is_left_out_and_said(
    wishes: Settings, facts: ModelFacts, left: Settings, said: str
) -> None:
    """Each change is one plain sentence that names the model and the setting."""
    fitted = fit(wishes, facts)
    assert fitted.settings == left
    assert fitted.notices == (said,)


def test_sampling_stays_where_the_model_is_not_thinking() -> None:
    """At effort none, asked for or by default, temperature is as good as anywhere."""
    facts = model(efforts=REASONING, default_effort="none", sampling=True, sampling_at="none")
    for wishes in (Settings(temperature=0.2), Settings(temperature=0.2, effort="none")):
        assert fit(wishes, facts).settings == wishes


def test_thinking_turned_off_by_number_stays_off() -> None:
    """No tokens is a number that a model takes if it can be turned off, whatever its least number is."""
    wishes = Settings(thinking_budget=0, max_tokens=10)
    assert fit(wishes, model(efforts=REASONING, effort_style="budget", budget=(1024, 9000))).settings == wishes


# --- content


def _asked(facts: ModelFacts) -> tuple[Request, Request]:
    picture = ImagePart(digest="a" * 64, media_type="image/png", name="chart.png")
    paper = DocumentPart(digest="b" * 64, media_type="application/pdf", name="paper.pdf")
    return (
        Request(facts=facts, messages=(user("what is this?", picture), user("well?"))),
        Request(facts=facts, messages=(user("what is this?", paper),)),
    )


def test_what_a_model_refuses_of_a_conversation_is_known_before_it_is_asked() -> None:
    """So that a switch to it can say so."""
    facts = model(vision=False, documents=False)
    found = [list(not_taken(facts, request.messages)) for request in _asked(facts)]
    assert found == [[("pictures", "chart.png")], [("documents", "paper.pdf")]]


@pytest.mark.parametrize("taken", [None, True])
def test_content_that_is_not_known_to_be_refused_goes_out(*, taken: bool | None) -> None:
    """Unknown eyes may well see."""
    for request in _asked(model(vision=taken, documents=taken)):
        check_content(request)


def test_content_that_the_model_does_not_take_is_refused() -> None:
    """An attachment is never left out in silence: the answer would be about something else."""
    picture, paper = _asked(model(vision=False, documents=False))
    with pytest.raises(AttachmentError, match=r"lab/m does not take pictures: 'chart\.png'"):
        check_content(picture)
    with pytest.raises(AttachmentError, match=r"lab/m does not take documents: 'paper\.pdf'"):
        check_content(paper)
