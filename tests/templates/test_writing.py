"""Laws of making a template of a request."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.message import DocumentPart, ImagePart, Message, SealedPart, TextPart, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request, Settings
from tchat.domain.text import encodable
from tchat.templates.format import Value
from tchat.templates.loading import load_text
from tchat.templates.world import StepCall
from tchat.templates.writing import template_of
from tests.templates.scripted import ScriptedModel, picture, play

FACTS = ModelFacts(provider="house", name="model-1")
TEXT = st.text() | st.text(st.sampled_from("{}%#-+ \t\n'\"\\aé\r\x00\x85\u202e\ufeff"))
SAID = TEXT.filter(lambda text: bool(encodable(text).strip()))


async def asked_by(request: Request, **inputs: Value) -> StepCall:
    """Return what the template of a request asks when it runs."""
    facts = ModelFacts(provider="house", name="model-1", structured=True)
    model = ScriptedModel(replies={"answer": ["{}"]}, facts_of={"house/model-1": facts})
    await play(load_text(template_of(request), file="t.toml"), model, inputs)
    (call,) = model.calls
    return call


def _request(*messages: Message, system: str | None = None, **wishes: object) -> Request:
    return Request(facts=FACTS, messages=messages, system=system, settings=Settings(**wishes))  # pyright: ignore[reportArgumentType]


@settings(max_examples=100, deadline=None)
@given(SAID, SAID, SAID, st.none() | SAID)
async def test_a_template_asks_what_was_asked(first: str, answer: str, last: str, system: str | None) -> None:
    """Whatever stands in them, prompt, examples and system prompt arrive character for character."""
    request = _request(user(first), assistant(answer), user(last), system=system)
    call = await asked_by(request)
    assert [message.text for message in call.messages] == [encodable(text) for text in (first, answer, last)]
    assert call.system == (None if system is None else encodable(system))
    assert call.model == "house/model-1"


async def test_settings_are_written() -> None:
    """Every setting that a template knows is the same when it is read."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"ä b": {"enum": ["x", 1, 0.5, True]}},
        "required": [],
        "title": 'q"\n',
    }
    wishes = Settings(
        effort="high", temperature=0.5, top_p=1.0, max_tokens=9, seed=-3, stop=("END", "\n\n", '"'), schema=schema
    )
    assert (await asked_by(Request(facts=FACTS, messages=(user("hi"),), settings=wishes))).settings == wishes


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Settings(thinking_budget=5), "thinking_budget 5"),
        (Settings(temperature=3.0), "temperature 3.0"),
        (Settings(schema={"type": "object", "default": None}), "the schema"),
        (Settings(schema={"answer": "text"}), "the schema"),
        (Settings(schema={"type": "object", "maximum": 2**70}), "the schema"),
    ],
)
async def test_what_a_template_cannot_say_is_said_in_a_comment(wishes: Settings, said: str) -> None:
    """The rest still loads and runs."""
    request = Request(facts=FACTS, messages=(user("hi"),), settings=wishes)
    assert f"# left out: {said}" in template_of(request)
    assert (await asked_by(request)).settings == Settings()


async def test_pictures_of_the_prompt_become_inputs() -> None:
    """A picture is asked for by the name that it had; documents and earlier attachments are named as left out."""
    chart = ImagePart(digest="a", media_type="image/png", name='my "chart".png')
    paper = DocumentPart(digest="b", media_type="application/pdf", name="p.pdf")
    request = _request(user("look", chart), assistant("yes"), user("and this?", chart, paper))
    written = template_of(request)
    assert "# left out: 1 attachment of earlier turns, as examples are texts" in written
    assert "# left out: p.pdf, as templates take pictures only" in written
    call = await asked_by(request, picture_1=picture("other.png"))
    assert call.messages[-1] == user("and this?", picture("other.png"))


async def test_messages_that_do_not_alternate_are_joined() -> None:
    """Two of one side become one, a reply without text goes, and one that nothing was asked for is named."""
    sealed = Message("assistant", (TextPart(""), SealedPart(provider="p", model="m", data=[])))
    request = _request(assistant("hello"), user("a"), sealed, user("b"), assistant("c"), user("d"))
    assert "# left out: the reply that the conversation began with" in template_of(request)
    assert [message.text for message in (await asked_by(request)).messages] == ["a\n\nb", "c", "d"]
    unanswered = _request(user("a"), user("b"))
    assert [message.text for message in (await asked_by(unanswered)).messages] == ["a\n\nb"]


def test_titles_are_short_and_plain() -> None:
    """The first words of the prompt, on one line, without what commands a terminal."""
    template = load_text(template_of(_request(user("Say\n\x1b[31m" + "word " * 40))), file="t.toml")
    assert template.title.startswith("Say [31mword word")
    assert len(template.title) <= 61
    chart = ImagePart(digest="a", media_type="image/png")
    assert load_text(template_of(_request(user("", chart))), file="t.toml").title == "A picture"


def test_the_date_is_not_taken_for_an_input() -> None:
    """Names in braces are text here, whatever they mean in a template."""
    written = template_of(_request(user("What is {{ today }} {% if x %}?")))
    template = load_text(written, file="t.toml")
    assert template.inputs == ()
    assert str(date(2026, 11, 23)) not in written
