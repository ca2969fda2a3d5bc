"""A turn on a terminal: the answer and what is told besides it share a screen and do not tear each other."""

import asyncio
import io
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pyte
import pytest

from tchat.cli.narration import Narrator
from tchat.cli.showing import reader_of, show
from tchat.cli.sinks import MarkdownSink
from tchat.cli.terminal import Terminal
from tchat.domain.conversation import NewTurn, Reply
from tchat.domain.events import Finished, Notice, ReasoningDelta, Started, TextDelta, TurnEvent
from tchat.domain.message import assistant, user
from tchat.domain.usage import Usage
from tests.tui.running import make_runtime


class Shared(io.StringIO):
    """A screen that both streams write to."""

    def __init__(self) -> None:
        super().__init__()
        self.screen = pyte.Screen(40, 20)
        self._stream = pyte.Stream(self.screen)

    def write(self, text: str, /) -> int:
        """Show a text as a terminal does, whose driver turns line feeds into line ends."""
        plain = text.replace("\x1b[?2026h", "").replace("\x1b[?2026l", "").replace("\r\n", "\n").replace("\n", "\r\n")
        self._stream.feed(plain)
        return len(text)

    def lines(self) -> list[str]:
        """Return what is shown."""
        shown = [line.rstrip() for line in self.screen.display]
        while shown and not shown[-1]:
            shown.pop()
        return shown


def _shown(*events: TurnEvent) -> list[str]:
    """Return what a turn leaves on the screen."""
    terminal = Shared()

    async def turn() -> AsyncGenerator[TurnEvent]:
        for event in events:
            yield event

    def write(text: str) -> None:
        terminal.write(text)

    sink = MarkdownSink(write, Terminal(styled=True, colour=True, width=40, height=20))
    asyncio.run(show(turn(), sink, Narrator(terminal, {})))
    return terminal.lines()


async def test_energy_that_is_asked_for_without_its_extra_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is missing, and nothing where nobody asked."""
    monkeypatch.setitem(sys.modules, "ecologits", None)
    said: list[tuple[str, ...]] = []
    for wanted in ("false", "true"):
        runtime = make_runtime(tmp_path / wanted, f"energy = {wanted}\n")
        store = await runtime.store()
        new = NewTurn(provider="openai", model="gpt-4o", message=user("hi"))
        reply_id = (await store.begin_turn(new)).reply_id
        reply = Reply(provider="openai", model="gpt-4o", state="complete", usage=Usage(input=1, output=9), seconds=1.0)
        await store.finish(reply_id, assistant("hi"), reply)
        told = await (await reader_of(runtime))(reply_id)
        assert told is not None
        said.append(told.more)
        await runtime.aclose()
    assert said == [(), ('energy ? (it needs `pip install "tchat[energy]"`)',)]


def test_a_note_in_the_middle_of_a_paragraph_tears_nothing() -> None:
    """The open paragraph makes way for the note and comes back below it."""
    paragraph = TextDelta("some words that are more than a line of this ")
    shown = _shown(
        Started(model="m"), TextDelta("# T\n\n"), paragraph, Notice("beware"), TextDelta("end"), Finished("stop")
    )
    assert shown == ["T", "note: beware", "", "some words that are more than a line of", "this end"]


def test_reasoning_in_the_middle_of_an_answer_tears_nothing() -> None:
    """What is thought between two parts of an answer stands between them."""
    shown = _shown(
        TextDelta("first\n\n- it"), ReasoningDelta("hm, "), ReasoningDelta("well"), TextDelta("em"), Finished("stop")
    )
    assert shown == ["first", "hm, well", "", "• item"]


def test_how_it_ended_is_told_after_the_answer() -> None:
    """A note that the answer was cut off follows its last line."""
    assert _shown(TextDelta("half an ans"), Finished("length")) == [
        *("half an ans", "note: the reply was cut off at its great", "est length"),
    ]
