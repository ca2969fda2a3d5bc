"""Laws of the scripted provider."""

import asyncio
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tchat.domain.errors import (
    BadRequest,
    Interrupted,
    KeyRejected,
    Overloaded,
    ProviderError,
    RateLimited,
    UnknownModel,
)
from tchat.domain.events import Event, Finished, Metered, ReasoningDelta, Started, TextDelta
from tchat.domain.message import Message, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.usage import Usage
from tchat.providers.base import Endpoint
from tchat.providers.script import Script, pieces
from tchat.providers.scripted import FOLDER, ScriptedProvider
from tests.servers import ROOT

NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))
ENDPOINT = Endpoint(name="script", base_url="")
DOCUMENT = ROOT / "docs" / "scripted-provider.md"


class Clock:
    """Keeps what was slept, and lets others run instead."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Note a pause."""
        self.slept.append(seconds)
        await asyncio.sleep(0)


def script(*turns: str) -> str:
    """Return a script with some turns."""
    return "\n".join(f"[[turns]]\nactions = [{turn}]" for turn in turns)


def request(name: str, *messages: Message) -> Request:
    """Return a request to a script."""
    return Request(facts=ModelFacts(provider="script", name=name), messages=messages or (user("hello"),))


async def played(provider: ScriptedProvider, name: str, *messages: Message) -> tuple[list[Event], ProviderError | None]:
    """Return the events of one reply, and what it failed with."""
    events: list[Event] = []
    try:
        async for event in provider.stream(request(name, *messages)):
            events.append(event)  # noqa: PERF401  # what came before a failure counts
    except ProviderError as error:
        return events, error
    return events, None


async def played_text(provider: ScriptedProvider, name: str, *messages: Message) -> str:
    """Return the text of one reply."""
    events, _ = await played(provider, name, *messages)
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize("name", NAMES)
async def test_scripted_keeps_the_laws_of_a_stream(name: str) -> None:
    """One start first and one end last, or a failure; no empty deltas; usage never decreases."""
    events, error = await played(ScriptedProvider(ENDPOINT, sleep=Clock().sleep), name)
    kinds = [type(event) for event in events]
    assert kinds[:1] in ([], [Started])
    assert kinds.count(Started) <= 1
    assert Finished not in kinds[:-1]
    assert (kinds[-1:] == [Finished]) == (error is None)
    assert all(event.text for event in events if isinstance(event, TextDelta | ReasoningDelta))
    usages = [Usage(), *(event.usage for event in events if isinstance(event, Metered))]
    assert usages == sorted(usages, key=lambda usage: usage.output or 0)
    assert msgspec.json.encode(events)


@pytest.mark.parametrize("name", NAMES)
async def test_scripted_does_the_same_every_time(name: str) -> None:
    """Events, failures and pauses of two fresh providers are equal."""
    clocks = Clock(), Clock()
    first, second = [await played(ScriptedProvider(ENDPOINT, sleep=clock.sleep), name) for clock in clocks]
    assert first[0] == second[0]
    assert str(first[1]) == str(second[1])
    assert clocks[0].slept == clocks[1].slept


@pytest.mark.parametrize(
    ("name", "kind"), [("cut", Interrupted), ("overloaded", Overloaded), ("unauthorized", KeyRejected)]
)
async def test_scripted_fails_as_its_name_says(name: str, kind: type[ProviderError]) -> None:
    """A failure is tchat's own, with its origin, and always the same."""
    provider = ScriptedProvider(ENDPOINT, sleep=Clock().sleep)
    for _ in range(3):
        _, error = await played(provider, name)
        assert error is not None
        assert type(error) is kind
        assert (error.origin.provider, error.origin.model) == ("script", name)
        assert error.hint


async def test_scripted_limits_the_rate_only_so_often() -> None:
    """The third request of the same turn passes, and says nothing of the other two."""
    provider = ScriptedProvider(ENDPOINT, sleep=Clock().sleep)
    errors = [(await played(provider, "rate-limited"))[1] for _ in range(4)]
    assert [type(error) for error in errors] == [RateLimited, RateLimited, type(None), type(None)]
    assert errors[0] is not None
    assert (errors[0].origin.retry_after, errors[0].origin.status) == (1.0, 429)


async def test_scripted_refuses_with_a_reason() -> None:
    """A refusal is an end, not a failure."""
    events, error = await played(ScriptedProvider(ENDPOINT, sleep=Clock().sleep), "refusing")
    assert error is None
    assert events[-1] == Finished("refused", "the scripted policy allows no answer")


async def test_scripted_echoes_what_was_said_last() -> None:
    """The echo is the last message, whatever came before it."""
    provider = ScriptedProvider(ENDPOINT, sleep=Clock().sleep)
    assert (
        await played_text(provider, "echo", user("one"), assistant("one"), user("two\x1b[2J [b]")) == "two\x1b[2J [b]"
    )


async def test_scripted_floods_with_twenty_thousand_tokens() -> None:
    """A flood is as much as it says, and lets other tasks run."""
    clock = Clock()
    events, _ = await played(ScriptedProvider(ENDPOINT, sleep=clock.sleep), "flood")
    assert sum(isinstance(event, TextDelta) for event in events) >= 20_000
    assert len(clock.slept) > 500
    assert set(clock.slept) == {0.0}


async def test_scripted_takes_its_time_from_the_clock(tmp_path: Path) -> None:
    """Pauses are those of the script: between deltas and on their own."""
    path = tmp_path / "s.toml"
    path.write_text(
        script('{ do = "text", text = "abcde", cut = 2, every = 0.5 }, { do = "pause", seconds = 3.0 }'), "utf-8"
    )
    clock = Clock()
    events, _ = await played(ScriptedProvider(ENDPOINT, sleep=clock.sleep), str(path))
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["ab", "cd", "e"]
    assert clock.slept == [0.5, 0.5, 0.5, 3.0]


async def test_scripted_plays_turn_by_turn(tmp_path: Path) -> None:
    """The n-th reply is the n-th turn, asked again it is the same, and the last turn goes on."""
    path = tmp_path / "s.toml"
    path.write_text(script('{ do = "text", text = "one" }', '{ do = "text", text = "two" }'), "utf-8")
    provider = ScriptedProvider(ENDPOINT, sleep=Clock().sleep)
    history = (user("a"), assistant("one"), user("b"), assistant("two"), user("c"))
    said = [await played_text(provider, str(path), *history[:count]) for count in (1, 1, 3, 5)]
    assert said == ["one", "one", "two", "two"]


async def test_scripted_counts_the_attempts_of_each_turn_apart(tmp_path: Path) -> None:
    """Failing in one turn uses up nothing of another."""
    path = tmp_path / "s.toml"
    turn = '{ do = "fail", error = "Overloaded", first = 1 }, { do = "text", text = "fine" }'
    path.write_text(script(turn, turn), "utf-8")
    provider = ScriptedProvider(ENDPOINT, sleep=Clock().sleep)
    later = (user("a"), assistant("fine"), user("b"))
    said = [await played_text(provider, str(path), *messages) for messages in ((), (), later, later)]
    assert said == ["", "fine", "", "fine"]


async def test_scripted_gives_the_usage_of_the_script(tmp_path: Path) -> None:
    """Figures of the script are given as they are and never fall; what is finished is finished."""
    path = tmp_path / "s.toml"
    path.write_text(
        script(
            '{ do = "usage", input = 9 }, { do = "text", text = "x" }, { do = "usage", input = 5, output = 7 },'
            '{ do = "finish", reason = "length" }, { do = "text", text = "not played" }'
        ),
        "utf-8",
    )
    events, _ = await played(ScriptedProvider(ENDPOINT, sleep=Clock().sleep), str(path))
    assert events == [
        Started(model=str(path)),
        Metered(Usage(input=9)),
        TextDelta("x"),
        Metered(Usage(input=9, output=7)),
        Finished("length"),
    ]


async def test_scripted_counts_characters_where_a_script_gives_no_usage() -> None:
    """Four characters are a token."""
    events, _ = await played(ScriptedProvider(ENDPOINT, sleep=Clock().sleep), "echo", user("x" * 9))
    assert events[-2] == Metered(Usage(input=3, output=3))


async def test_scripted_can_be_cancelled_in_a_pause() -> None:
    """A stalled reply ends at once with the task that reads it."""
    provider = ScriptedProvider(ENDPOINT)
    is_silent = asyncio.Event()

    async def read() -> None:
        text = ""
        async for event in provider.stream(request("stall")):
            text += event.text if isinstance(event, TextDelta) else ""
            if text.endswith("then "):
                is_silent.set()

    task = asyncio.create_task(read())
    async with asyncio.timeout(5):
        await is_silent.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await provider.aclose()


async def test_scripted_can_be_closed_at_any_event() -> None:
    """Closing the generator ends it, and another reply can be read."""
    provider = ScriptedProvider(ENDPOINT, sleep=Clock().sleep)
    for count in range(1, 6):
        events = provider.stream(request("thinking"))
        for _ in range(count):
            await anext(events)
        await events.aclose()
    assert await played_text(provider, "thinking")


@pytest.mark.parametrize("name", ["", "nothing", "nowhere/nothing.toml", "~nobody-here/x.toml", "a\x00b", ".."])
async def test_scripted_knows_no_script_of_that_name(name: str) -> None:
    """What is no script is an unknown model, and the hint says where the known ones are."""
    _, error = await played(ScriptedProvider(ENDPOINT), name)
    assert type(error) is UnknownModel
    assert "tchat models script" in (error.hint or "")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("turns = ]", "line 1"),
        ("", "turns"),
        ("turns = []", "turns"),
        (script('{ do = "dance" }'), "dance"),
        (script('{ do = "text" }'), "text"),
        (script('{ do = "text", text = "a", cut = 0 }'), "$.turns[0].actions[0].cut"),
        (script('{ do = "pause", seconds = -1 }'), "$.turns[0].actions[0].seconds"),
        (script('{ do = "fail", error = "Everything" }'), "$.turns[0].actions[0].error"),
        (script('{ do = "pause", seconds = 1, minutes = 2 }'), "minutes"),
    ],
)
async def test_scripted_says_what_is_wrong_with_a_file(text: str, where: str, tmp_path: Path) -> None:
    """The error names the file and the place."""
    path = tmp_path / "bad.toml"
    path.write_text(text, "utf-8")
    _, error = await played(ScriptedProvider(ENDPOINT), str(path))
    assert type(error) is BadRequest
    assert str(path) in error.message
    assert where in error.message


async def test_scripted_plays_no_pictures(tmp_path: Path) -> None:
    """A file that is no text is no script."""
    path = tmp_path / "picture.toml"
    path.write_bytes(b"\x89PNG\xff")
    _, error = await played(ScriptedProvider(ENDPOINT), str(path))
    assert type(error) is BadRequest


async def test_scripted_lists_what_comes_with_it() -> None:
    """Every shipped script is listed with what it shows."""
    facts = await ScriptedProvider(ENDPOINT).models()
    assert [fact.name for fact in facts] == NAMES
    assert all(fact.listed and fact.title and fact.provider == "script" for fact in facts)
    assert next(fact for fact in facts if fact.name == "thinking").reasons


async def test_scripted_needs_no_warming() -> None:
    """Warming and closing do nothing, any number of times."""
    provider = ScriptedProvider(ENDPOINT)
    await provider.warm()
    await provider.aclose()
    await provider.aclose()
    assert provider.name == "script"


@given(st.text(max_size=50), st.integers(1, 60))
def test_pieces_are_the_text(text: str, size: int) -> None:
    """Joined pieces are what was cut; none is empty, none too long."""
    cut = list(pieces(text, size))
    assert "".join(cut) == text
    assert all(0 < len(piece) <= size for piece in cut)


def test_the_document_names_every_script_and_its_example_is_one() -> None:
    """docs/scripted-provider.md and the shipped scripts agree."""
    document = DOCUMENT.read_text("utf-8")
    assert sorted(re.findall(r"^\| `([a-z-]+)` \| [^|`]+ \|$", document, re.MULTILINE)) == NAMES
    (example,) = re.findall(r"```toml\n(.*?)```", document, re.DOTALL)
    assert len(msgspec.convert(tomllib.loads(example), Script).turns) == 2


def test_scripted_imports_nothing_heavy() -> None:
    """A scripted reply needs no SDK, no HTTP client and no screen."""
    heavy = ("openai", "anthropic", "google", "httpx", "httpx2", "pydantic", "rich", "PIL", "keyring")
    code = f"import sys, tchat.providers.scripted; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
