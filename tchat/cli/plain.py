"""A conversation in the scrollback: what is typed is asked, and nothing on the screen is redrawn but the answer.

Commands begin with a slash; `/help` lists them.
"""

import asyncio
import importlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

from msgspec.structs import replace

from tchat.cli.asking import Wanted, place
from tchat.cli.drawn import DrawnPictures
from tchat.cli.showing import Output, make_narrator, make_sink, reader_of, show
from tchat.cli.terminal import unechoed
from tchat.domain.effort import EFFORTS
from tchat.domain.errors import TchatError, UsageError
from tchat.domain.events import TurnEvent, TurnOpened
from tchat.domain.interleaving import interleaved, marks_of
from tchat.domain.message import Message, TextPart
from tchat.domain.text import one_line
from tchat.engine.session import Engine
from tchat.engine.summarising import asked
from tchat.media.attaching import Attacher
from tchat.media.attachment import Attached
from tchat.naming import EMBEDDED
from tchat.runtime import Runtime

HELP = """\
/model NAME    ask another model from here on
/effort LEVEL  none, minimal, low, medium, high, xhigh or max
/system TEXT   another system prompt, from the next question on
/attach FILE   attach a file, an address or `clipboard` to what you write next
/new           begin a new conversation
/quit          leave (so does Ctrl-D)
A line that ends in \\ goes on in the next one. Ctrl-C stops an answer."""


class Talk:
    """A conversation with a person at a terminal.

    Args:
        runtime: the models.
        wanted: who is asked, and how.
        output: what the answers look like.
        max_cost: US dollars that all of it may cost.
    """

    def __init__(self, runtime: Runtime, wanted: Wanted, output: Output, max_cost: float | None = None) -> None:
        self._runtime = runtime
        self._max_cost = max_cost
        self._engine: Engine | None = None
        self._wanted = wanted
        self._output = output
        self._narrator = make_narrator(output)
        self._runner = asyncio.Runner()
        self._attached: list[Attached] = []
        """What goes along with the next message."""

    def run(self) -> int:
        """Talk until the end of input and return the exit code."""
        ref = self._runtime.resolve(self._wanted.model)
        self._narrator.note(f"{ref}; /help lists commands, Ctrl-D ends")
        if ref.provider == EMBEDDED:
            self._narrator.note("a very small model: it shows how tchat works, and is often wrong")
        with self._runner:
            try:
                while True:
                    self._take(_read_line())
            except EOFError:
                print()  # noqa: T201  # the prompt's line ends here
                return 0
            finally:
                self._runner.run(self._runtime.aclose())

    def _take(self, line: str) -> None:
        try:
            if line.startswith("/"):
                self._command(*line[1:].split(maxsplit=1))
            elif line.strip():
                with unechoed():
                    self._runner.run(self._ask(line))
        except TchatError as error:
            self._narrator.error(error)
        except KeyboardInterrupt:
            self._narrator.note("stopped")

    def _command(self, name: str = "", value: str = "") -> None:
        match name:
            case "model" if value:
                self._wanted = replace(self._wanted, model=str(self._runtime.resolve(value)))
            case "effort" if value in EFFORTS:
                self._wanted = replace(self._wanted, settings=replace(self._wanted.settings, effort=value))
            case "system" if value:
                self._wanted = replace(self._wanted, system=value)
            case "attach" if value:
                self._runner.run(self._attach(value))
            case "new":
                self._attached.clear()
                self._wanted = replace(self._wanted, conversation=None, go_on=False)
            case "quit" | "exit":
                raise EOFError
            case "help":
                self._narrator.note(HELP)
            case _:
                raise UsageError(f"no command /{name} {value}".rstrip(), hint="/help lists them")

    async def _attach(self, name: str) -> None:
        runtime, wanted = self._runtime, self._wanted
        attacher = Attacher(runtime.blobs, runtime.fetching, runtime.environ, pdf=wanted.pdf, links=wanted.links)
        self._attached += await attacher.attach(name)
        files = [part for part in self._attached if not isinstance(part, TextPart)]
        said = [f"{mark} {one_line(part.name)}".rstrip() for mark, part in zip(marks_of(files), files, strict=True)]
        said += ["a text"] * (len(self._attached) - len(files))
        self._narrator.note(f"goes along with what you write next: {', '.join(said)}")

    async def _ask(self, text: str) -> None:
        message = Message("user", interleaved(text, self._attached))
        wish = await place(self._runtime, self._wanted, message)
        if self._engine is None:
            self._engine = await self._runtime.engine(max_cost=self._max_cost)
        engine = self._engine
        drawn = DrawnPictures(None, self._runtime.blobs.path if self._runtime.keep else None, self._narrator.note)
        await show(
            drawn.saving(self._followed(asked(engine, wish))),
            make_sink(self._output),
            self._narrator,
            await reader_of(self._runtime),
        )

    async def _followed(self, turn: AsyncGenerator[TurnEvent]) -> AsyncGenerator[TurnEvent]:
        """Yield a turn's events and go on in its conversation from here."""
        async with aclosing(turn) as events:
            async for event in events:
                if isinstance(event, TurnOpened):
                    self._attached.clear()
                    self._wanted = replace(self._wanted, conversation=event.conversation_id, go_on=False)
                yield event


def _read_line() -> str:
    """Return what is typed next, lines that end in a backslash joined.

    Raises:
        EOFError: the input has ended.
    """
    importlib.import_module("readline")  # gives `input` its line editing and history

    lines: list[str] = []
    while True:
        try:
            line = input("> " if not lines else "… ")
        except KeyboardInterrupt:
            print()  # noqa: T201  # the prompt's line ends here
            lines.clear()
            continue
        if not line.endswith("\\"):
            return "\n".join([*lines, line])
        lines.append(line[:-1])
