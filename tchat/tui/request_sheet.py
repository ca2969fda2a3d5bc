"""A request as lines to be read: what it is made of part by part, and its body as JSON."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from tchat.domain.figures import count
from tchat.domain.interleaving import kind_of
from tchat.domain.message import Attachment, Message, Part, SealedPart, TextPart
from tchat.domain.request import Inline, Linked, OnDisk, Payload, Request, Settings, Uploaded
from tchat.domain.text import one_line
from tchat.engine.sent import Sent
from tchat.providers.folding import FoldedFile, Folding, fold
from tchat.providers.json_text import pretty
from tchat.tui.attached import bytes_of, size_of, tokens_of
from tchat.tui.widgets.long_text import Ink, Span

BYTES_PER_TOKEN = 4
"""Of English text, in most tokenizers."""
_PREVIEW = 200
"""Characters of a part that are shown."""
LABEL = 11
"""Characters of a label, and the cells by which the text after it is folded."""
_KEY = re.compile(r'\s*("[^"\\]*(?:\\.[^"\\]*)*"): ')
_MARKS: dict[str, Ink] = {'"': "string", "t": "number", "f": "number", "n": "number", "-": "number"}


class Sheet(Struct, frozen=True, kw_only=True):
    """What a screen shows of a request."""

    parts: tuple[str, ...]
    cropped: frozenset[int]
    """The lines of `parts` that are cut where the screen ends."""
    spans: dict[int, tuple[Span, ...]]
    """How `parts` are drawn, by line."""
    body: tuple[str, ...]
    """The body as JSON, line by line; empty where it cannot be spelled."""
    folding: Folding | None
    """What is copied."""

    @property
    def files(self) -> Sequence[FoldedFile]:
        """The attachments that went out within the body."""
        return self.folding.files if self.folding is not None else ()

    def paint_part(self, number: int, _: str) -> Sequence[Span]:
        """Return how a line of `parts` is drawn."""
        return self.spans.get(number, ())


def sheet_of(sent: Sent, *, is_narrow: bool = False) -> Sheet:
    """Return a request as lines; takes its time for a long one.

    Args:
        sent: the request.
        is_narrow: whether a part's text is to stand below its size instead of beside it.
    """
    folding = fold(sent.wire, sent.request) if sent.wire is not None else None
    writer = _Writer(is_narrow=is_narrow)
    _write_notes(writer, sent)
    _write_summary(writer, sent)
    _write_messages(writer, sent)
    _write_headers(writer, sent)
    return Sheet(
        parts=tuple(writer.lines),
        cropped=frozenset(writer.cropped),
        spans=writer.spans,
        body=tuple(pretty(folding.wire.body).split("\n")) if folding is not None else (),
        folding=folding,
    )


def paint_json(_: int, line: str) -> Sequence[Span]:
    """Return how a line of pretty JSON is drawn."""
    key = _KEY.match(line)
    at = key.end() if key else len(line) - len(line.lstrip())
    first = line[at : at + 1]
    ink = "number" if first.isdigit() else _MARKS.get(first)
    end = len(line.rstrip(",")) if ink else at
    named = [Span(*key.span(1), "name")] if key else []
    return (*named, *([Span(at, end, ink)] if ink else []))


def settings_line(settings: Settings) -> str:
    """Return settings in words; those that are left to the provider are not named."""
    named = {
        "effort": settings.effort,
        "thinking budget": settings.thinking_budget,
        "temperature": settings.temperature,
        "top-p": settings.top_p,
        "max tokens": settings.max_tokens,
        "detail of pictures": settings.detail,
        "seed": settings.seed,
        "stop": ", ".join(map(repr, settings.stop)) or None,
        "reply": "as a JSON Schema says" if settings.schema is not None else None,
    }
    said = [
        f"{name} {value:,}" if isinstance(value, int) and name != "seed" else f"{name} {value}"
        for name, value in named.items()
        if value is not None
    ]
    return " · ".join(said) or "all left to the provider"


class _Writer:
    """Collects lines and how they are drawn."""

    def __init__(self, *, is_narrow: bool) -> None:
        self.is_narrow = is_narrow
        self.lines: list[str] = []
        self.cropped: list[int] = []
        self.spans: dict[int, tuple[Span, ...]] = {}

    def write(self, *pieces: tuple[str, Ink | None], cropped: bool = False) -> None:
        """Add a line of pieces."""
        number, at = len(self.lines), 0
        spans: list[Span] = []
        for text, ink in pieces:
            if ink is not None:
                spans.append(Span(at, at + len(text), ink))
            at += len(text)
        self.lines.append("".join(text for text, _ in pieces))
        self.spans[number] = tuple(spans)
        if cropped:
            self.cropped.append(number)

    def field(self, label: str, text: str, ink: Ink | None = None) -> None:
        """Add a line with a name before it."""
        self.write((f"{label:<{LABEL}}", "quiet"), (text, ink))


def _write_notes(writer: _Writer, sent: Sent) -> None:
    for note in sent.notes:
        writer.write((f"{'! note':<{LABEL}}", "warning"), (one_line(note), None))
    if sent.notes:
        writer.write()


def _write_summary(writer: _Writer, sent: Sent) -> None:
    request, wire = sent.request, sent.wire
    writer.field("model", one_line(str(request.facts.ref)), "strong")
    if wire is not None:
        writer.field("endpoint", one_line(f"{wire.method} {wire.url}"))
    writer.field("settings", one_line(settings_line(request.settings)))
    writer.field("tokens", _tokens_line(sent))
    writer.write()


def _write_headers(writer: _Writer, sent: Sent) -> None:
    headers = sent.wire.headers if sent.wire is not None else {}
    if headers:
        writer.write()
    for number, (name, value) in enumerate(headers.items()):
        writer.field("" if number else "headers", one_line(f"{name}: {value}"), "quiet")


def _tokens_line(sent: Sent) -> str:
    request = sent.request
    size = _tokens(request.system or "")
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, TextPart) and message.sealed is None:
                size += _tokens(part.text)
            elif isinstance(part, Attachment):
                size += tokens_of(part, request.model, request.settings.detail)
    without = " without reasoning state" if any(message.sealed for message in request.messages) else ""
    estimate = f"≈{size:,} by length{without}"
    if sent.is_next:
        return estimate
    if sent.usage.input is None:
        return f"? read; {estimate}"
    cached = f", {count(sent.usage.cached_read)} of them cached" if sent.usage.cached_read else ""
    return f"{count(sent.usage.input)} read{cached}; {estimate}"


def _tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def _write_messages(writer: _Writer, sent: Sent) -> None:
    system = sent.request.system
    if system:
        _write_part(writer, "system", "text", system)
    for number, message in enumerate(sent.request.messages, 1):
        who = f"#{number} {message.role}"
        for part in _parts(message):
            _describe(writer, who, part, sent.request)
            who = ""


def _parts(message: Message) -> Iterator[Part]:
    """Return what goes out of a message: state in place of the text where there is any."""
    if message.role == "assistant" and message.sealed is not None:
        yield message.sealed
    else:
        yield from message.parts


def _describe(writer: _Writer, who: str, part: Part, request: Request) -> None:
    match part:
        case TextPart():
            _write_part(writer, who, "text", part.text)
        case SealedPart():
            said = "reply with its reasoning state, as the provider sent it"
            _write_row(writer, who, "state", "", "? tok", said)
        case _:
            tokens = tokens_of(part, request.model, request.settings.detail)
            sent = _gone_out(request.payloads.get(part.key))
            said = " · ".join(text for text in (one_line(part.name), sent) if text)
            _write_row(writer, who, kind_of(part), size_of(part), f"≈{tokens:,} tok", said)


def _gone_out(payload: Payload | None) -> str:
    """Return how an attachment goes out; it may be smaller than what was attached."""
    match payload:
        case Inline(data=data, media_type=kind):
            return f"{kind}, {len(data):,} bytes"
        case OnDisk(size=size, media_type=kind):
            return f"{kind}, {bytes_of(size)}, uploaded before"
        case Linked(url=url):
            return f"fetched from {one_line(url)}"
        case Uploaded(file=file):
            return f"uploaded as {one_line(file)}"
        case None:
            return ""


def _write_part(writer: _Writer, who: str, kind: str, text: str) -> None:
    _write_row(writer, who, kind, f"{len(text):,} chars", f"≈{_tokens(text):,} tok", one_line(text[:_PREVIEW]))


def _write_row(writer: _Writer, who: str, kind: str, size: str, tokens: str, preview: str) -> None:
    told: tuple[tuple[str, Ink | None], ...] = (
        (f"{who:<15}", "name"),
        (f"{kind:<9}", "quiet"),
        (f"{size:>13}", None),
        (f"{tokens:>11}", None),
    )
    if writer.is_narrow:
        writer.write(*told, cropped=True)
        writer.write((f"  {preview}", "quiet"), cropped=True)
    else:
        writer.write(*told, (f"  {preview}", "quiet"), cropped=True)
