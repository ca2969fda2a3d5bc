"""Laws of three adapters when the wire, the server or its words go wrong: every fault has one right outcome."""

import json
import time
from collections.abc import Callable
from typing import Any, cast
from urllib.request import urlopen

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import (
    BadRequest,
    ConnectionFailed,
    Interrupted,
    KeyRejected,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    ServerFault,
    Stalled,
    TimedOut,
    UnknownModel,
)
from tchat.domain.events import Finished
from tchat.domain.usage import Usage
from tchat.providers.base import Provider
from tests.providers.asked import KEY, ask
from tests.providers.compatible_client import provider as compatible
from tests.providers.sdk_client import anthropic, openai

TEXT = "Hello — a naïve café, 👩‍🚀 and 漢字, e\u0301 then 🇩🇪; the answer is 42."  # what the fault server says
REASON = "First I add 40 and 2.\nThat gives 42."
NO = "I can't help with that."
PATIENCE = 0.6
"""Seconds without a byte after which these tests call a stream stalled."""


class Right(Struct, frozen=True, kw_only=True):
    """The right outcome of a fault."""

    text: str = TEXT
    reasoning: str = ""
    finished: Finished | None = Finished("stop")
    usage: Usage | None = None
    """None for what a good answer costs, or what was metered before a failure."""
    sealed: tuple[str, ...] = ()
    """The types of the items or blocks that are sealed."""
    error: type[ProviderError] | None = None
    says: str = ""
    """What the error says, in part."""


def wrong(error: type[ProviderError], says: str = "", *, text: str = "") -> Right:
    """Return the outcome of a fault that leaves no complete reply."""
    return Right(text=text, finished=None, error=error, says=says)


HARMLESS = [
    "ok",
    "stale_keepalive",
    "pinged_ttft",
    "drip",
    "never_close",
    "http10",
    "short_body",
    "early_hints",
    "big_headers",
    "split_utf8",
    "split_tokens",
    "crlf",
    "cr",
    "keepalive",
    "no_space",
    "multiline",
    "one_chunk",
    "bom",
    "id_retry",
    "empty_events",
    "gzip",
    "wrong_ct",
    "text_ct",
    "json_for_stream",
    "sse_for_json",
    "unknown_events",
    "null_delta",
    "empty_choices",
    "after_done",
    "dup_start",
    "dup_usage",
    "out_of_order",
    "pause_turn",
    "logprobs_odd",
    "n_choices",
    "tool_call",
    "image_out",
    "models_odd",
]
"""Faults that the reply survives unchanged."""
OPTIONS = {
    "stall": "secs=20",
    "slow_ttft": "secs=20",
    "slow_first_event": "secs=20",
    "never_close": "secs=20",
    "pinged_ttft": "secs=2",
    "drip": "secs=0",
    "many_events": "size=5000",
    "giant_line": "size=3000000",
}
COMMON: dict[str, Right] = {
    **dict.fromkeys(HARMLESS, Right()),
    # the connection
    "reset_first": wrong(ConnectionFailed, "it was reset"),
    "close_first": wrong(ConnectionFailed, "without sending a response"),
    "slow_ttft": wrong(TimedOut),
    "slow_first_event": wrong(TimedOut),
    "gzip_lie": wrong(ServerFault, "unpacked"),
    "no_done": wrong(Interrupted, "before it was complete", text=TEXT),
    # HTTP
    "http_500_then_ok": wrong(ServerFault, "500"),
    "http_503_then_ok": wrong(Overloaded),
    "http_529_then_ok": wrong(Overloaded),
    "http_429_then_ok": wrong(RateLimited),
    "http_429_forever": wrong(QuotaExhausted),
    "http_429_date": wrong(RateLimited),
    "http_429_ms": wrong(RateLimited),
    "http_429_bad_header": wrong(RateLimited),
    "http_400": wrong(BadRequest, "temperature"),
    "http_401": wrong(KeyRejected),
    "http_401_echo_key": wrong(KeyRejected, "••••"),
    "http_402": wrong(QuotaExhausted),
    "http_403_html": wrong(KeyRejected, "a web page: Just a moment..."),
    "http_404": wrong(UnknownModel, "model-1"),
    "http_404_text": wrong(BadRequest, "404 page not found"),
    "http_408": wrong(TimedOut),
    "http_409_then_ok": wrong(ServerFault, "409"),
    "http_413": wrong(BadRequest),
    "http_500": wrong(ServerFault, "500"),
    "http_502_html": wrong(ServerFault, "a web page: 502 Bad Gateway"),
    "http_504_html": wrong(TimedOut),
    "error_array": wrong(KeyRejected),
    "error_string": wrong(BadRequest, "something went wrong"),
    "error_huge": wrong(ServerFault, "a web page: 500 Oops"),
    "error_escapes": wrong(BadRequest, "visible"),
    "error_empty": wrong(ServerFault, "500"),
    "empty_200": wrong(Interrupted),
    "html_200": wrong(ServerFault, "a web page"),
    "json_200_other": wrong(ServerFault, "welcome"),
    "http_204": wrong(Interrupted),
    "redirect_same": wrong(BadRequest, "redirects to '/f/ok/v1/"),
    "redirect_other_host": wrong(BadRequest, "redirects to 'http://localhost"),
    "redirect_loop": wrong(BadRequest, "redirects"),
    # events
    "nul": Right(text="a\0b\1c\x7fd\x1be"),
    "surrogates": Right(text="rocket 🚀 lone \ufffd end"),
    "null_usage": Right(usage=Usage()),
    "no_usage": Right(usage=Usage()),
    "odd_usage": Right(usage=Usage()),
    "empty": Right(text=""),
    "max_tokens": Right(finished=Finished("length")),
    "think_tags": Right(text=f"<think>\n{REASON}\n</think>\n\n{TEXT}"),
    "think_unclosed": Right(text=f"<think>\n{REASON}"),
    "think_close_only": Right(text=f"{REASON}\n</think>\n\n{TEXT}"),
}
"""What is the same for all."""


def broken(text: str) -> dict[str, Right]:
    """Return the outcomes of the faults that end a reply after its first words."""
    return {
        "cut_mid_event": wrong(Interrupted, "broke off", text=text),
        "cut_between": wrong(Interrupted, "broke off", text=text),
        "end_early": wrong(Interrupted, "before it was complete", text=text),
        "reset": wrong(Interrupted, "it was reset", text=text),
        "stall": wrong(Stalled, "silent", text=text),
    }


PAID = Usage(input=11, cached_read=4, output=23, reasoning=0)
THOUGHT = Usage(input=11, cached_read=4, output=23, reasoning=7)
SEALED = Right(reasoning=REASON, usage=THOUGHT, sealed=("reasoning", "message"))
OPENAI: dict[str, Right] = {
    **COMMON,
    **broken("Hello"),
    "error_event": wrong(ServerFault, "had an error while processing", text="Hello — a "),
    "invalid_json": wrong(ServerFault, "{not json at all"),
    "truncated_json": wrong(ServerFault, "makes no sense"),
    "invalid_utf8": Right(text=TEXT.replace("Hello", "He\ufffd\ufffdllo")),
    "null_delta": Right(text=TEXT.replace(" — a ", "")),
    "reasoning": SEALED,
    "overlap_blocks": SEALED,
    "redacted": replace(SEALED, reasoning=""),
    "only_reasoning": Right(text="", reasoning=REASON, usage=THOUGHT),
    "content_filter": Right(finished=Finished("filtered")),
    "refusal": Right(text=NO, finished=Finished("refused")),
}
THINKING = Right(reasoning=REASON, sealed=("thinking", "text"))
ANTHROPIC: dict[str, Right] = {
    **COMMON,
    **broken("Hello — a "),
    "error_event": wrong(Overloaded, "Overloaded", text="Hello — a naïve"),
    "invalid_json": wrong(ServerFault, "{not json at all", text="Hello"),
    "truncated_json": wrong(ServerFault, "makes no sense", text="Hello"),
    "invalid_utf8": Right(text=TEXT.replace("—", "\ufffd\ufffd\ufffd")),
    "reasoning": THINKING,
    "overlap_blocks": THINKING,
    "redacted": Right(sealed=("redacted_thinking", "text")),
    "only_reasoning": Right(text="", reasoning=REASON),
    "content_filter": Right(finished=Finished("refused", NO)),
    "refusal": Right(text="", finished=Finished("refused", NO)),
    "pause_turn": Right(finished=Finished("length", "the provider paused the turn; ask it to go on")),
}
BEGUN = "Hello — a naïve café"
SPLIT = Right(reasoning=REASON, usage=THOUGHT)
COMPATIBLE: dict[str, Right] = {
    **COMMON,
    **broken(BEGUN),
    "no_done": Right(usage=PAID),
    "redirect_same": wrong(BadRequest, "redirects to '/f/ok/v1/chat/completions'"),
    "error_event": wrong(ServerFault, "had an error while processing", text=f"{BEGUN}, 👩‍🚀"),
    "invalid_json": wrong(ServerFault, "{not json at all", text="Hello — a naïve"),
    "truncated_json": wrong(ServerFault, "makes no sense", text="Hello — a naïve"),
    "invalid_utf8": Right(text=TEXT.replace("naïve", "naïve\ufffd\ufffd")),
    "dup_usage": Right(usage=Usage(input=11, cached_read=4, output=35, reasoning=0)),
    "odd_usage": Right(usage=Usage(reasoning=1000)),
    "overlap_blocks": SPLIT,
    "reasoning": SPLIT,
    "redacted": Right(usage=THOUGHT),
    "only_reasoning": replace(SPLIT, text=""),
    "content_filter": Right(finished=Finished("filtered")),
    "refusal": Right(text="", finished=Finished("refused", NO)),
    "think_tags": Right(reasoning=REASON),
    "think_unclosed": Right(text="", reasoning=REASON),
}
BULK = {
    "giant_line": 3_000_010,
    "many_events": 5000,
    "escapes": 222,
    "escapes_split": 222,
    "markup": 178,
    "bidi": 53,
    "markdown_bomb": 134_311,
    "wide": 20_094,
}
"""Faults that are answers of their own, and how long the text is that must arrive."""


class Protocol(Struct, frozen=True, kw_only=True):
    """An adapter, and what it makes of each fault."""

    make: Callable[..., Provider]
    right: dict[str, Right]
    paid: Usage
    """What a good answer costs."""
    metered: Usage
    """What is known of the cost once a reply has begun."""


def compatible_at(url: str, **settings: Any) -> Provider:  # noqa: ANN401  # of the provider
    """Return a provider that speaks Chat Completions to the server at `url`."""
    return compatible(f"{url}/v1", **settings)


PROTOCOLS = {
    "openai": Protocol(
        make=openai,
        right=OPENAI,
        paid=PAID,
        metered=Usage(),
    ),
    "anthropic": Protocol(
        make=anthropic,
        right=ANTHROPIC,
        paid=Usage(input=11, cached_read=4, cached_write=0, output=23),
        metered=Usage(input=11, cached_read=4, cached_write=0, output=1),
    ),
    "compatible": Protocol(
        make=compatible_at,
        right=COMPATIBLE,
        paid=PAID,
        metered=Usage(),
    ),
}
CASES = [(name, fault) for name, protocol in PROTOCOLS.items() for fault in protocol.right]


def usage_of(protocol: Protocol, fault: str, right: Right) -> Usage:
    """Return the figures that are to be metered."""
    if right.usage is not None:
        return right.usage
    if fault == "no_done":
        return protocol.paid if protocol.metered.output else Usage()
    if right.error is not None:
        return protocol.metered if right.text else Usage()
    return protocol.paid


@pytest.mark.parametrize(("name", "fault"), CASES)
async def test_faults_have_their_right_outcome(name: str, fault: str, chaos: str) -> None:
    """Nothing hangs, no foreign exception escapes, and what came before a failure is kept."""
    protocol = PROTOCOLS[name]
    right = protocol.right[fault]
    options = f",{OPTIONS[fault]}" if fault in OPTIONS else ""
    stall = 1.5 if fault == "pinged_ttft" else PATIENCE
    asked = protocol.make(f"{chaos}/f/{fault}{options},id=right{name}", stall_timeout=stall)
    await asked.warm()
    began = time.monotonic()
    outcome = await ask(asked)
    assert time.monotonic() - began < 10
    assert type(outcome.error) is (right.error or type(None))
    assert right.says in str(outcome.error)
    assert (outcome.text, outcome.reasoning) == (right.text, right.reasoning)
    assert outcome.finished == right.finished
    assert outcome.usage == usage_of(protocol, fault, right)
    assert tuple(part["type"] for part in outcome.sealed or ()) == right.sealed


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("fault", BULK)
async def test_bulk_and_hostile_text_arrives_whole(name: str, fault: str, chaos: str) -> None:
    """Nothing is cut or changed on the way; whoever prints it takes the sting out."""
    options = f",{OPTIONS[fault]}" if fault in OPTIONS else ""
    outcome = await ask(PROTOCOLS[name].make(f"{chaos}/f/{fault}{options},id=bulk"))
    assert outcome.finished == Finished("stop")
    assert len(outcome.text) == BULK[fault]


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("fault", ["http_401_echo_key", "error_escapes", "error_huge"])
async def test_errors_are_short_clean_and_keep_the_key(name: str, fault: str, chaos: str) -> None:
    """No key, no control character and no page of markup gets into an error."""
    error = (await ask(PROTOCOLS[name].make(f"{chaos}/f/{fault},id=clean"))).error
    assert error is not None
    assert KEY not in f"{error!r}{error.hint}"
    assert error.message.isprintable()
    assert len(error.message) < 600


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_fault_of_the_server_has_an_outcome(name: str, chaos: str) -> None:
    """A fault that is new to the server is missing here."""
    with urlopen(f"{chaos}/_faults") as listed:  # noqa: S310  # loopback
        faults = cast("dict[str, str]", json.load(listed))
    assert set(faults) == PROTOCOLS[name].right.keys() | BULK.keys()
