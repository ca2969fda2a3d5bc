"""Where an answer goes: each sink takes a turn's events and puts the answer, and nothing else, on stdout."""

import re
from collections.abc import Callable
from typing import Any, Protocol, assert_never

import msgspec
from msgspec import Struct

from tchat.cli.terminal import Terminal
from tchat.domain.conversation import Reply
from tchat.domain.errors import CheckFailed, TchatError
from tchat.domain.events import (
    Event,
    Finished,
    FinishReason,
    Metered,
    Notice,
    Pictured,
    ReasoningDelta,
    Retrying,
    Sealed,
    Started,
    Summarising,
    TextDelta,
    TurnEvent,
    TurnOpened,
)
from tchat.domain.figures import speed
from tchat.domain.text import printable
from tchat.domain.usage import Usage
from tchat.markdown.code_blocks import code_blocks

JSON_VERSION = 1
"""The version of what `--json` and `--jsonl` print."""

Write = Callable[[str], None]

_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Sink(Protocol):
    """A form of output."""

    def take(self, event: TurnEvent) -> None:
        """Show what an event adds to the answer."""
        ...

    def pause(self) -> None:
        """Leave the terminal fit for something else to be written in whole lines."""
        ...

    def close(self, error: TchatError | None) -> None:
        """Finish the output, after `error` if the turn failed.

        Raises:
            CheckFailed: the answer has not what was asked for.
        """
        ...

    def stop(self) -> None:
        """Leave the output as it is, when the user stops the turn; a line that was begun is ended."""
        ...


class _Quiet:
    """A sink that shows nothing that could be torn."""

    def pause(self) -> None:
        """Leave everything as it is."""


class TextSink(_Quiet):
    """Plain text as it comes, for pipes and `--raw`; ends with a newline."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._last = "\n"

    def take(self, event: TurnEvent) -> None:
        """Write the text of a delta."""
        if isinstance(event, TextDelta):
            text = printable(event.text)
            if text:
                self._write(text)
                self._last = text[-1]

    def close(self, error: TchatError | None) -> None:  # noqa: ARG002  # what was written stands either way
        """End the last line."""
        if self._last != "\n":
            self._write("\n")

    def stop(self) -> None:
        """End the output where it is."""
        self.close(None)


class MarkdownSink:
    """Rendered Markdown on a terminal, as it comes."""

    def __init__(self, write: Write, terminal: Terminal) -> None:
        from tchat.cli.markdown import MarkdownStream

        self._stream = MarkdownStream(write, width=terminal.width, height=terminal.height, colour=terminal.colour)

    def take(self, event: TurnEvent) -> None:
        """Render more of the answer."""
        if isinstance(event, TextDelta):
            self._stream.feed(event.text)

    def pause(self) -> None:
        """Take the part that still changes off the screen until there is more of the answer."""
        self._stream.pause()

    def close(self, error: TchatError | None) -> None:  # noqa: ARG002  # what was rendered stands either way
        """Render the last block for good."""
        self._stream.close()

    def stop(self) -> None:
        """End the output where it is."""
        self.close(None)


class Held(_Quiet):
    """Holds a sink back until the reply is complete: `--no-stream`."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._text: list[str] = []

    def take(self, event: TurnEvent) -> None:
        """Keep the text, pass the rest on."""
        if isinstance(event, TextDelta):
            self._text.append(event.text)
        else:
            self._sink.take(event)

    def close(self, error: TchatError | None) -> None:
        """Show the whole answer."""
        self._sink.take(TextDelta("".join(self._text)))
        self._sink.close(error)

    def stop(self) -> None:
        """Print nothing: half an answer is none in this form."""


class CodeSink(_Quiet):
    """Only the first code block: `-x`.

    Args:
        write: writes the code.
        spare: takes a reply without code that is kept nowhere else.
    """

    def __init__(self, write: Write, spare: Write | None = None) -> None:
        self._write = write
        self._spare = spare
        self._text: list[str] = []
        self._is_whole = True

    def take(self, event: TurnEvent) -> None:
        """Keep the text."""
        if isinstance(event, TextDelta):
            self._text.append(event.text)
        elif isinstance(event, Finished):
            self._is_whole = event.reason == "stop"

    def close(self, error: TchatError | None) -> None:
        """Write the code, if all of it has come: what is cut off may do something else.

        Raises:
            CheckFailed: there is no code block, and so nothing is written.
        """
        if error is not None:
            return
        blocks = code_blocks("".join(self._text))
        if not blocks or not (self._is_whole or blocks[0].is_closed):
            why = "the reply broke off in its first code block" if blocks else "the reply has no code block"
            if self._spare is not None:
                self._spare("".join(self._text))
            raise CheckFailed(why, hint=None if self._spare else "`tchat history show` shows the reply")
        code = blocks[0].text
        self._write(code if not code or code.endswith("\n") else code + "\n")

    def stop(self) -> None:
        """Print nothing: half an answer is none in this form."""


class Measures(Struct, frozen=True, kw_only=True):
    """What a reply took, once it is stored; None is unknown."""

    usage: Usage
    usage_estimated: bool
    """Whether some of `usage` is tchat's estimate."""
    expected_input: int | None
    """Tokens that were expected to be read."""
    cost: float | None
    """US dollars."""
    first_token_after: float | None
    first_text_after: float | None
    reasoning_seconds: float | None
    seconds: float | None
    tokens_per_second: float | None

    @classmethod
    def of(cls, reply: Reply) -> "Measures":
        """Return those of a stored reply."""
        return cls(
            usage=reply.usage,
            usage_estimated=reply.usage_estimated,
            expected_input=reply.expected_input,
            cost=reply.cost,
            first_token_after=reply.first_token_after,
            first_text_after=reply.first_text_after,
            reasoning_seconds=reply.reasoning_seconds,
            seconds=reply.seconds,
            tokens_per_second=speed(reply.usage, reply.seconds, reply.first_token_after),
        )


class Answer(Struct, kw_only=True):
    """What `--json` prints: one object, its form told by `version`."""

    version: int = JSON_VERSION
    conversation: str | None = None
    message: str | None = None
    """The id of the user's message."""
    reply: str | None = None
    """The id of the reply."""
    provider: str | None = None
    model: str | None = None
    answered_by: str | None = None
    request_id: str | None = None
    answer: str = ""
    reasoning: str = ""
    finish: FinishReason | None = None
    detail: str | None = None
    pictures: int = 0
    """How many pictures the reply has."""
    usage: Usage = Usage()
    usage_estimated: bool = False
    expected_input: int | None = None
    cost: float | None = None
    first_token_after: float | None = None
    first_text_after: float | None = None
    reasoning_seconds: float | None = None
    seconds: float | None = None
    tokens_per_second: float | None = None
    notices: list[str] = []
    attempts: int = 1
    error: dict[str, Any] | None = None


class JsonSink(_Quiet):
    """One JSON object when the turn is over, failed or not: `--json`."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._answer = Answer()
        self._text: list[str] = []
        self._reasoning: list[str] = []

    def take(self, event: TurnEvent) -> None:
        """Collect."""
        answer = self._answer
        match event:
            case TurnOpened():
                answer.conversation, answer.message = event.conversation_id, event.message_id
                answer.reply, answer.provider, answer.model = event.reply_id, event.provider, event.model
            case Started():
                answer.answered_by, answer.request_id = event.model, event.request_id
            case TextDelta():
                self._text.append(event.text)
            case ReasoningDelta():
                self._reasoning.append(event.text)
            case Metered():
                answer.usage = event.usage
            case Finished():
                answer.finish, answer.detail = event.reason, event.detail
            case Notice():
                answer.notices.append(event.text)
            case Retrying():
                answer.attempts = event.attempt
            case Pictured() | Sealed() | Summarising():
                answer.pictures += isinstance(event, Pictured)
            case _:
                assert_never(event)

    def measure(self, reply: Reply) -> None:
        """Take what the reply took."""
        measures = Measures.of(reply)
        for name in Measures.__struct_fields__:
            setattr(self._answer, name, getattr(measures, name))

    def close(self, error: TchatError | None) -> None:
        """Write the object."""
        answer = self._answer
        answer.answer, answer.reasoning = "".join(self._text), "".join(self._reasoning)
        answer.error = error_object(error) if error else None
        self._write(json_line(answer))

    def stop(self) -> None:
        """Print nothing: half an answer is none in this form."""


class JsonLinesSink(_Quiet):
    """The event stream, one JSON object a line: `--jsonl`."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def take(self, event: TurnEvent) -> None:
        """Write an event; sealed state is the provider's business and left out."""
        if not isinstance(event, Sealed):
            self._write(json_line(event))

    def measure(self, reply: Reply) -> None:
        """Write what the reply took."""
        self._write(json_line({"type": "measured", **msgspec.structs.asdict(Measures.of(reply))}))

    def close(self, error: TchatError | None) -> None:
        """Write the error, if there is one, as the last line."""
        if error is not None:
            self._write(json_line({"type": "error", **error_object(error)}))

    def stop(self) -> None:
        """Print nothing: half an answer is none in this form."""


def error_object(error: TchatError) -> dict[str, Any]:
    """Return an error as JSON output shows it."""
    return {"kind": type(error).__name__, "message": error.message, "hint": error.hint}


def json_line(value: Event | TurnEvent | Struct | dict[str, Any]) -> str:
    """Return a value as one line of JSON that is safe to print: every control character is escaped."""
    text = msgspec.json.encode(value).decode()
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"
