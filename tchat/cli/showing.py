"""A turn as the shell shows it: the answer on stdout in the form that was asked for, the rest on stderr."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing

import msgspec
from msgspec import Struct

from tchat.cli import exit_codes
from tchat.cli.narration import Narrator
from tchat.cli.sinks import CodeSink, Held, JsonLinesSink, JsonSink, MarkdownSink, Sink, TextSink
from tchat.cli.terminal import Terminal
from tchat.cli.warning import warnings
from tchat.domain.conversation import Reply
from tchat.domain.errors import TchatError, UsageError
from tchat.domain.events import (
    Finished,
    FinishReason,
    Notice,
    ReasoningDelta,
    Retrying,
    Summarising,
    TurnEvent,
    TurnOpened,
)
from tchat.domain.model import ModelRef
from tchat.domain.text import printable
from tchat.domain.usage import total
from tchat.runtime import Runtime
from tchat.threads import in_background


class Output(Struct, frozen=True, kw_only=True):
    """How the answer is shown; see `tchat.cli.options.output_options`."""

    as_json: bool = False
    jsonl: bool = False
    raw: bool = False
    no_stream: bool = False
    code: bool = False
    quiet: bool = False
    no_store: bool = False


def output_from(given: Mapping[str, object]) -> Output:
    """Return how the answer is to be shown, by the options that were given.

    Raises:
        UsageError: two of them want the output for themselves.
    """
    output = msgspec.convert({name: given[name] for name in Output.__struct_fields__}, Output)
    forms = {"--json": output.as_json, "--jsonl": output.jsonl, "-x": output.code}
    wanted = [name for name, is_wanted in forms.items() if is_wanted]
    if len(wanted) > 1:
        raise UsageError(f"{wanted[0]} and {wanted[1]} exclude each other")
    return output


FULL = 0.7
"""The part of the context window from which on its fill is told of."""


class Told(Struct, frozen=True, kw_only=True):
    """What there is to tell of a reply once it is stored."""

    reply: Reply
    more: tuple[str, ...] = ()
    """What is said beside its own meters."""
    warnings: tuple[str, ...] = ()
    """What is nearly used up, a sentence each."""


LookUp = Callable[[str], Awaitable[Told | None]]
"""Returns what there is to tell of a reply by its id."""


async def reader_of(runtime: Runtime) -> LookUp:
    """Return what looks replies up."""
    store = await runtime.store()

    async def look_up(reply_id: str) -> Told | None:
        try:
            stored = await store.message(reply_id)
        except TchatError:  # the figures are beside the point: the answer is there
            return None
        reply = stored.reply
        if reply is None:
            return None
        window = runtime.facts(ModelRef(reply.provider, reply.model)).window
        energy = await _energy(reply) if runtime.config.energy else None
        more = tuple(word for word in (_fill(reply, window), energy) if word)
        return Told(reply=reply, more=more, warnings=await warnings(runtime, stored, window))

    return look_up


def _fill(reply: Reply, window: int | None) -> str | None:
    """Return how full the context window is, once there is reason to think of it."""
    taken = total(reply.usage.input, reply.usage.output)
    if not window or taken is None or taken < FULL * window:
        return None
    return f"context {100 * taken / window:.0f} % full"


async def _energy(reply: Reply) -> str | None:
    from tchat.meter.energy import footprint, is_installed

    if not is_installed():
        return 'energy ? (it needs `pip install "tchat[energy]"`)'
    written, seconds = reply.usage.output, reply.seconds
    if written is None or seconds is None:
        return None
    found = await in_background(lambda: footprint(reply.model, written, seconds))
    return found.words() if found else None


def write_stdout(text: str) -> None:
    """Write to stdout at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _write_stderr(text: str) -> None:
    sys.stderr.write(f"{printable(text)}\n")


def make_sink(output: Output) -> Sink:
    """Return where the answer goes."""
    if output.as_json:
        return JsonSink(write_stdout)
    if output.jsonl:
        return JsonLinesSink(write_stdout)
    if output.code:
        return CodeSink(write_stdout, _write_stderr if output.no_store else None)
    terminal = Terminal.of(sys.stdout, os.environ)
    plain = output.raw or not terminal.styled
    sink = TextSink(write_stdout) if plain else MarkdownSink(write_stdout, terminal)
    return Held(sink) if output.no_stream else sink


def make_narrator(output: Output) -> Narrator:
    """Return what tells the user on stderr of everything but the answer."""
    return Narrator(sys.stderr, os.environ, quiet=output.quiet, reasoning=not (output.as_json or output.jsonl))


async def show(
    turn: AsyncGenerator[TurnEvent], sink: Sink, narrator: Narrator, look_up: LookUp | None = None
) -> FinishReason | None:
    """Show a turn to its end and return how it finished; `look_up` tells what it took, whatever ended it.

    Raises:
        TchatError: the turn failed; what arrived is shown.
    """
    finished: Finished | None = None
    failed: TchatError | None = None
    reply_id: str | None = None
    try:
        async with aclosing(turn) as events:
            async for event in events:
                if isinstance(event, TurnOpened):
                    reply_id = event.reply_id
                if isinstance(event, Finished):
                    finished = event
                else:
                    narrate(event, sink, narrator)
                sink.take(event)
    except TchatError as error:
        failed = error
        raise
    finally:
        narrator.settle()
        told: Told | None = None
        try:
            told = await look_up(reply_id) if look_up and reply_id else None
            if failed is None and finished is None:
                sink.stop()
            else:
                if told is not None and isinstance(sink, JsonSink | JsonLinesSink):
                    sink.measure(told.reply)
                sink.close(failed)
        finally:
            if finished is not None:
                narrator.take(finished)
            if told is not None:
                tell(narrator, told)
    return finished.reason if finished is not None else None


def tell(narrator: Narrator, told: Told) -> None:
    """Tell what a turn took, and what is nearly used up."""
    narrator.measure(told.reply, told.more)
    for warning in told.warnings:
        narrator.note(warning)


def narrate(event: TurnEvent, sink: Sink, narrator: Narrator) -> None:
    """Tell of an event on stderr without tearing what the sink shows."""
    if isinstance(event, ReasoningDelta | Notice | Retrying | Summarising):
        sink.pause()
    narrator.take(event)


def run_async(work: Coroutine[None, None, int], runtime: Runtime) -> int:
    """Run a command's coroutine, close what it opened, and return its exit code; SIGTERM stops it as Ctrl-C does."""
    terminated = False

    async def supervise() -> int:
        nonlocal terminated
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a coroutine that runs is a task's

        def stop() -> None:
            nonlocal terminated
            terminated = True
            task.cancel()

        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers in the loop
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
        try:
            return await work
        finally:
            await runtime.aclose()

    try:
        return asyncio.run(supervise())
    except asyncio.CancelledError:
        return exit_codes.TERMINATED if terminated else exit_codes.INTERRUPTED
