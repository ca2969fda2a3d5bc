"""A run as the shell shows it: the answer on stdout, how it goes on stderr, and what Ctrl-C does."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import aclosing

from msgspec import Struct

from tchat.cli.exit_codes import INTERRUPTED, code_of_finish
from tchat.cli.interrupting import interrupts
from tchat.cli.narration import Narrator
from tchat.cli.run_files import OutFolder
from tchat.cli.run_progress import LiveProgress, PlainProgress, Progress, Silence
from tchat.cli.run_result import Accountant, RunAccount, Sums, summary
from tchat.cli.run_sinks import RunSink, make_run_sink
from tchat.cli.showing import LookUp, Output, Told, make_narrator, narrate, tell
from tchat.cli.terminal import Terminal, share_place
from tchat.domain.errors import CheckFailed, TchatError
from tchat.domain.events import Finished, Notice, ReasoningDelta, Retrying, TextDelta, TurnEvent, TurnOpened
from tchat.providers.think_tags import ThinkTags
from tchat.running import StartedRun
from tchat.templates.format import Do, Prompt, Step, Template, Use
from tchat.templates.happening import CallDone, CallStarted, CallTurn, RunDone, RunEvent

TICK = 0.5
"""Seconds between two looks at the clock."""


class Showing(Struct, frozen=True, kw_only=True):
    """How a run is shown."""

    output: Output
    verbose: bool = False
    """Whether every prompt and every reply is told on stderr."""
    folder: OutFolder | None = None


class Follower:
    """Follows one run to its end.

    Args:
        template: what runs.
        showing: how it is shown.
        account: what is known of the run before it begins.
        look_up: tells what a reply took.
    """

    def __init__(self, template: Template, showing: Showing, account: RunAccount, look_up: LookUp) -> None:
        self._template = template
        self._showing = showing
        self._look_up = look_up
        self._replies: set[str] = set()
        """The replies that were asked for."""
        self._sums = Sums()
        keeps = showing.folder is not None or showing.output.as_json
        self._accountant = Accountant(account, self._sums) if keeps else None
        self._streams = streaming_step(template)
        self._narrator = make_narrator(showing.output)
        is_one = self._streams is not None and len(template.steps) == 1
        self._told: Narrator | None = self._narrator if is_one else None
        """Tells of the only call as `tchat ask` does; None where there is a step list."""
        self._progress = Silence() if is_one and not showing.verbose else _progress(template.steps, showing)
        self._sink: RunSink = make_run_sink(showing.output, self._accountant)
        self._has_streamed = False
        self._tags = ThinkTags()
        """Takes reasoning out of the answer that is written as it comes."""
        self._shares_place = share_place(sys.stdout, sys.stderr)
        """Whether a line about a step would stand in the middle of the answer."""
        self._done: RunDone | None = None
        self._kept = 0
        """Calls that need not be paid again."""
        self._interrupts = 0
        self._is_dropped = False

    async def follow(self, started: StartedRun) -> int:
        """Show the run to its end and return the exit code.

        Raises:
            TchatError: it failed; what there is to show is shown.
        """
        self._kept = sum(call.state == "complete" for call in started.earlier)
        self._sink.begin(None if self._showing.output.no_store else started.run_id, self._template.name)
        failed: TchatError | None = None
        ticking = asyncio.create_task(self._tick())
        try:
            with interrupts(lambda: self._interrupted(started)):
                async with aclosing(started.events()) as events:
                    async for event in events:
                        self._take(event)
        except TchatError as error:
            failed = error
            self._explain(error)
            raise
        finally:
            ticking.cancel()
            is_dropped = self._is_dropped or (failed is None and self._done is None and not self._interrupts)
            told: Told | None = None
            try:
                told = await self._of_the_only_one()
            finally:
                self._end(failed, told, is_dropped=is_dropped)
        if self._done is None:
            self._say(f"stopped: {self._resume_hint() or 'nothing was kept'}")
            return INTERRUPTED
        return code_of_finish(self._done.finish)

    async def _of_the_only_one(self) -> Told | None:
        """Return what there is to tell of the only call of a template of one prompt; None where there were more."""
        if self._told is None or len(self._replies) != 1:
            return None
        return await self._look_up(next(iter(self._replies)))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._progress.tick()

    def _take(self, event: RunEvent) -> None:
        if self._accountant is not None:
            self._accountant.take(event)
        if isinstance(event, CallTurn) and isinstance(event.event, Notice | Retrying):
            self._sink.answer.pause()
        self._progress.take(event)
        self._sink.note(event)
        match event:
            case CallStarted():
                if self._showing.verbose:
                    self._progress.say(_prompt_text(event))
            case CallTurn():
                self._turn(event)
            case CallDone():
                self._kept += event.ending == "done" and not event.is_reused
                self._sums.take(event)
                if self._showing.verbose and not self._is_streaming(event.place):
                    self._progress.say(_reply_text(event))
            case RunDone():
                self._finish(event)
            case _:
                pass

    def _turn(self, event: CallTurn) -> None:
        if isinstance(event.event, TurnOpened):
            self._replies.add(event.event.reply_id)
        for each in self._without_thoughts(event):
            if self._told is not None and not isinstance(each, Finished):
                narrate(each, self._sink.answer, self._told)
            if isinstance(each, TextDelta) and self._is_streaming(event.place):
                self._answer(each.text)

    def _without_thoughts(self, event: CallTurn) -> Iterator[TurnEvent]:
        """Yield an event; of the answer that is written as it comes, what stands in `<think>` as reasoning."""
        thought = text = ""
        if self._is_streaming(event.place):
            match event.event:
                case TextDelta(piece):
                    thought, text = self._tags.split(piece)
                case Finished():
                    thought, text = self._tags.finish()
                case _:
                    pass
        if thought:
            yield ReasoningDelta(thought)
        if text:
            yield TextDelta(text)
        if not (isinstance(event.event, TextDelta) and self._is_streaming(event.place)):
            yield event.event

    def _answer(self, text: str) -> None:
        if self._shares_place:
            self._progress.leave(self._streams)
        self._has_streamed = True
        self._sink.answer.take(TextDelta(text))

    def _finish(self, event: RunDone) -> None:
        self._done = event
        self._progress.leave()
        if not self._has_streamed:
            self._sink.finish(event)
        if event.finish is not None:
            self._sink.answer.take(Finished(event.finish))

    def _end(self, failed: TchatError | None, told: Told | None, *, is_dropped: bool) -> None:
        """Finish the output, whatever ended the run."""
        if self._done is None:
            self._progress.halt()
        self._progress.leave()
        self._narrator.settle()
        account = self._accountant.close(failed) if self._accountant is not None else None
        try:
            self._sink.close(failed, is_dropped=is_dropped, is_done=self._done is not None)
        finally:
            if self._done is not None and self._done.finish is not None:
                self._narrator.take(Finished(self._done.finish))
            self._sum_up(told)
            if account is not None and self._showing.folder is not None:
                self._showing.folder.write(account)

    def _sum_up(self, told: Told | None) -> None:
        totals = self._sums.totals()
        if told is not None:
            tell(self._narrator, told)
        elif totals.calls or totals.reused:
            self._say(summary(totals))

    def _is_streaming(self, place: str) -> bool:
        return place == self._streams and self._sink.streams

    # --- what is told beside

    def _say(self, text: str) -> None:
        if not self._showing.output.quiet:
            self._narrator.note(text)

    def _interrupted(self, started: StartedRun) -> bool:
        """Take a Ctrl-C: the first lets the calls under way end; return whether everything is to be dropped.

        A template of one prompt is stopped at once, like a question: there is no call to come that could be spared.
        """
        self._interrupts += 1
        if self._interrupts > 1 or self._told is not None:
            self._is_dropped = True
            return True
        started.run.stop()
        goes_on = "" if self._showing.output.no_store else "; `tchat run --resume last` goes on from there"
        self._progress.say(f"stopping: {_waiting_for(started.run.under_way)}{goes_on}")
        return False

    def _explain(self, error: TchatError) -> None:
        """Add to an error where in the template it arose, and how the run can go on."""
        place = self._sums.failed.get(error.message)
        step = _step_at(self._template, place) if place else None
        if step is not None and not error.message.startswith(self._template.file):
            error.message = f"{self._template.file}:{step.line}: {place}: {error.message}"
        hints = [hint for hint in (error.hint, self._resume_hint(error)) if hint]
        error.hint = "\n".join(hints) or None

    def _resume_hint(self, error: TchatError | None = None) -> str | None:
        if not self._kept or self._showing.output.no_store:
            return None
        if isinstance(error, CheckFailed):
            return "run it anew to ask again; `tchat run --resume last` is for a template that was mended"
        kept = "the reply that is there is" if self._kept == 1 else f"the {self._kept} replies that are there are"
        return f"`tchat run --resume last` goes on; {kept} not paid again"


def _waiting_for(calls: int) -> str:
    """Return what a run that is stopped waits for."""
    match calls:
        case 0:
            return "no call is under way"
        case 1:
            return "1 call under way comes to an end (Ctrl-C again drops it)"
        case _:
            return f"{calls} calls under way come to an end (Ctrl-C again drops them)"


def streaming_step(template: Template) -> str | None:
    """Return the step whose reply is the output, just as it comes; None where something is still made of it."""
    last = template.steps[-1]
    is_plain = (
        isinstance(last.deed, Prompt)
        and last.deed.call.settings.schema is None
        and not last.answer.extract
        and not last.answer.check
    )
    is_once = last.each is None and last.loop is None and last.sampling is None
    return last.name if template.output is None and is_plain and is_once else None


def _progress(steps: tuple[Step, ...], showing: Showing) -> Progress:
    if showing.output.quiet:
        return Silence()
    terminal = Terminal.of(sys.stderr, os.environ)
    tears = showing.output.jsonl and sys.stdout.isatty()
    if not terminal.styled or showing.verbose or tears:
        return PlainProgress(sys.stderr, steps)
    return LiveProgress(sys.stderr, terminal, steps)


def _prompt_text(event: CallStarted) -> str:
    head = f"--- {event.place} · {event.model}{' · taken again' if event.is_reused else ''}"
    return "\n".join(part for part in (head, f"system: {event.system}" if event.system else "", event.prompt) if part)


def _reply_text(event: CallDone) -> str:
    problem = f"cannot be used: {event.problem}" if event.problem else ""
    return "\n".join(part for part in (f"--- {event.place} replies", event.text, problem) if part)


def _step_at(template: Template, place: str) -> Step | None:
    """Return the step of a template that a place is in, the innermost that is in this file."""
    steps, found = template.steps, None
    for part in place.split("/"):
        name = part.partition("[")[0].partition("@")[0].partition("#")[0].partition("~")[0].partition(".")[0]
        step = next((step for step in steps if step.name == name), None)
        if step is None:
            break
        found = step
        if isinstance(step.deed, Use):
            break
        steps = step.deed.steps if isinstance(step.deed, Do) else ()
    return found
