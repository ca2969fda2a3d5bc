"""Where what a run says goes: its answer as any answer does, or the account of the whole run, or its events."""

from tchat.cli.run_result import Accountant
from tchat.cli.showing import Output, make_sink, write_stdout
from tchat.cli.sinks import JSON_VERSION, Sink, TextSink, error_object, json_line
from tchat.domain.errors import TchatError
from tchat.domain.events import Sealed, TextDelta, TurnEvent
from tchat.templates.happening import CallTurn, RunDone, RunEvent


class RunSink:
    """The output of a run on stdout.

    Args:
        answer: takes the answer.
        table: takes an answer that is a list or a table, as JSON; None where `answer` does.
        streams: whether the answer may come in pieces, before the run is over.
    """

    def __init__(self, answer: Sink, table: Sink | None = None, *, streams: bool = True) -> None:
        self.answer = answer
        self._table = table
        self.streams = streams

    def begin(self, run_id: str | None, template: str) -> None:
        """Say which run it is."""

    def note(self, event: RunEvent) -> None:
        """Show an event."""

    def finish(self, event: RunDone) -> None:
        """Write the whole answer at once."""
        if self._table is not None and not isinstance(event.value, str) and event.value is not None:
            self.answer = self._table
        self.answer.take(TextDelta(event.text))

    def close(self, error: TchatError | None, *, is_dropped: bool, is_done: bool) -> None:  # noqa: ARG002
        """Finish the output of a run that is done, has failed, was stopped, or was dropped.

        Raises:
            CheckFailed: the answer has not what was asked for.
        """
        if error is not None or is_done:
            self.answer.close(error)
        else:
            self.answer.stop()


class _Nothing:
    """Takes an answer that is printed in another form."""

    def take(self, event: TurnEvent) -> None:
        """Print nothing."""

    def pause(self) -> None:
        """Leave everything as it is."""

    def close(self, error: TchatError | None) -> None:
        """Print nothing."""

    def stop(self) -> None:
        """Print nothing."""


class JsonRunSink(RunSink):
    """One object when the run is over, stopped and failed ones too: `--json`."""

    def __init__(self, accountant: Accountant) -> None:
        super().__init__(_Nothing(), streams=False)
        self._accountant = accountant

    def close(self, error: TchatError | None, *, is_dropped: bool, is_done: bool) -> None:  # noqa: ARG002
        """Write the object, but not of a run that was dropped: its calls did not come to their ends."""
        if not is_dropped:
            write_stdout(json_line(self._accountant.account))


class JsonLinesRunSink(RunSink):
    """Every event as one line: `--jsonl`."""

    def __init__(self) -> None:
        super().__init__(_Nothing(), streams=False)

    def begin(self, run_id: str | None, template: str) -> None:
        """Write the first line."""
        write_stdout(json_line({"type": "run", "version": JSON_VERSION, "run": run_id, "template": template}))

    def note(self, event: RunEvent) -> None:
        """Write an event; sealed state is the provider's business and left out."""
        if not (isinstance(event, CallTurn) and isinstance(event.event, Sealed)):
            write_stdout(json_line(event))

    def close(self, error: TchatError | None, *, is_dropped: bool, is_done: bool) -> None:  # noqa: ARG002
        """Write the error, if there is one, as the last line."""
        if error is not None:
            write_stdout(json_line({"type": "error", **error_object(error)}))


def make_run_sink(output: Output, accountant: Accountant | None) -> RunSink:
    """Return where what a run says goes."""
    if output.as_json and accountant is not None:
        return JsonRunSink(accountant)
    if output.jsonl:
        return JsonLinesRunSink()
    return RunSink(make_sink(output), None if output.code else TextSink(write_stdout))
