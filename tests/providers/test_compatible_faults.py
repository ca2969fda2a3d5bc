"""Laws of the compatible adapter when the wire, the server or its words go wrong: every fault has one right outcome."""

import json
import time
from typing import cast
from urllib.request import urlopen

import pytest
from msgspec import Struct

from tchat.domain.errors import (
    BadRequest,
    ConnectionFailed,
    Interrupted,
    KeyRejected,
    Overloaded,
    QuotaExhausted,
    RateLimited,
    ServerFault,
    Stalled,
    TchatError,
    TimedOut,
    UnknownModel,
)
from tchat.domain.events import Finished
from tchat.domain.usage import Usage
from tests.providers.compatible_client import KEY, ask, provider

TEXT = "Hello — a naïve café, 👩‍🚀 and 漢字, e\u0301 then 🇩🇪; the answer is 42."  # what the fault server says
REASON = "First I add 40 and 2.\nThat gives 42."
BEGUN = "Hello — a naïve café"
PAID = Usage(input=11, cached_read=4, output=23, reasoning=0)
PATIENCE = 0.6
"""Seconds without a byte after which these tests call a stream stalled."""


class Right(Struct, frozen=True, kw_only=True):
    """The right outcome of a fault."""

    text: str = TEXT
    reasoning: str = ""
    finished: Finished | None = Finished("stop")
    usage: Usage = PAID
    error: type[TchatError] | None = None
    says: str = ""
    """What the error says, in part."""


def wrong(error: type[TchatError], says: str = "", *, text: str = "") -> Right:
    """Return the outcome of a fault that leaves no complete reply."""
    return Right(text=text, finished=None, usage=Usage(), error=error, says=says)


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
    "no_done",
    "after_done",
    "dup_start",
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
THOUGHT = Usage(input=11, cached_read=4, output=23, reasoning=7)
RIGHT: dict[str, Right] = {
    **dict.fromkeys(HARMLESS, Right()),
    # the connection
    "cut_mid_event": wrong(Interrupted, "broke off", text=BEGUN),
    "cut_between": wrong(Interrupted, "broke off", text=BEGUN),
    "end_early": wrong(Interrupted, "before it was complete", text=BEGUN),
    "reset": wrong(Interrupted, "it was reset", text=BEGUN),
    "reset_first": wrong(ConnectionFailed, "it was reset"),
    "close_first": wrong(ConnectionFailed, "without sending a response"),
    "stall": wrong(Stalled, "silent", text=BEGUN),
    "slow_ttft": wrong(TimedOut),
    "slow_first_event": wrong(TimedOut),
    "gzip_lie": wrong(ServerFault, "unpacked"),
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
    "redirect_same": wrong(BadRequest, "redirects to '/f/ok/v1/chat/completions'"),
    "redirect_other_host": wrong(BadRequest, "redirects to 'http://localhost"),
    "redirect_loop": wrong(BadRequest, "redirects"),
    # events
    "error_event": wrong(ServerFault, "had an error while processing", text=f"{BEGUN}, 👩‍🚀"),
    "invalid_json": wrong(ServerFault, "{not json at all", text="Hello — a naïve"),
    "truncated_json": wrong(ServerFault, "makes no sense", text="Hello — a naïve"),
    "invalid_utf8": Right(text=TEXT.replace("naïve", "naïve\ufffd\ufffd")),
    "nul": Right(text="a\0b\1c\x7fd\x1be"),
    "surrogates": Right(text="rocket 🚀 lone \ufffd end"),
    "null_usage": Right(usage=Usage()),
    "no_usage": Right(usage=Usage()),
    "dup_usage": Right(usage=Usage(input=11, cached_read=4, output=35, reasoning=0)),
    "odd_usage": Right(usage=Usage(reasoning=1000)),
    "overlap_blocks": Right(reasoning=REASON, usage=THOUGHT),
    "only_reasoning": Right(text="", reasoning=REASON, usage=THOUGHT),
    "reasoning": Right(reasoning=REASON, usage=THOUGHT),
    "redacted": Right(usage=THOUGHT),
    "empty": Right(text=""),
    "max_tokens": Right(finished=Finished("length")),
    "content_filter": Right(finished=Finished("filtered")),
    "refusal": Right(text="", finished=Finished("refused", "I can't help with that.")),
    "think_tags": Right(reasoning=REASON),
    "think_unclosed": Right(text="", reasoning=REASON),
    "think_close_only": Right(text=f"{REASON}\n</think>\n\n{TEXT}"),
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


@pytest.mark.parametrize("fault", RIGHT)
async def test_faults_have_their_right_outcome(fault: str, chaos: str) -> None:
    """Nothing hangs, no foreign exception escapes, and what came before a failure is kept."""
    right = RIGHT[fault]
    options = f",{OPTIONS[fault]}" if fault in OPTIONS else ""
    stall = 1.5 if fault == "pinged_ttft" else PATIENCE
    began = time.monotonic()
    outcome = await ask(provider(f"{chaos}/f/{fault}{options},id=right/v1", stall_timeout=stall))
    assert time.monotonic() - began < 10
    assert type(outcome.error) is (right.error or type(None))
    assert right.says in str(outcome.error)
    assert (outcome.text, outcome.reasoning) == (right.text, right.reasoning)
    assert (outcome.finished, outcome.usage) == (right.finished, right.usage)


@pytest.mark.parametrize("fault", BULK)
async def test_hostile_answers_arrive_as_they_were_sent(fault: str, chaos: str) -> None:
    """Control characters, markup and very long answers are the doors' to tame; the adapter passes them on."""
    options = f",{OPTIONS[fault]}" if fault in OPTIONS else ""
    outcome = await ask(provider(f"{chaos}/f/{fault}{options}/v1"))
    assert outcome.finished == Finished("stop")
    assert len(outcome.text) == BULK[fault]


def told(url: str) -> object:
    """Return what the fault server says of itself."""
    with urlopen(url, timeout=10) as answer:  # noqa: S310  # loopback
        return json.load(answer)


def test_faults_are_all_expected(chaos: str) -> None:
    """Every fault that the server knows has its outcome here."""
    faults = told(f"{chaos}/_faults")
    assert isinstance(faults, dict)
    assert set(cast("dict[str, str]", faults)) == {*RIGHT, *BULK}


@pytest.mark.parametrize(
    "fault", ["http_401_echo_key", "error_escapes", "error_huge", "redirect_other_host", "http_400"]
)
async def test_errors_hold_neither_key_nor_control_characters(fault: str, chaos: str) -> None:
    """What a provider says is cut, redacted and printable before anyone sees it."""
    outcome = await ask(provider(f"{chaos}/f/{fault}/v1"))
    assert outcome.error is not None
    said = f"{outcome.error} {outcome.error.hint}"
    assert KEY not in said
    assert said.isprintable()
    assert len(said) < 700


async def test_redirects_are_not_followed_with_the_key(chaos: str) -> None:
    """The other host is never asked."""
    await ask(provider(f"{chaos}/f/redirect_other_host/v1"))
    assert told(f"{chaos}/_leaks") == []


@pytest.mark.parametrize(
    "faults",
    [
        "crlf+keepalive+id_retry+split_tokens",
        "cr+bom+empty_events+split_utf8",
        "multiline+crlf+split_utf8",
        "keepalive+no_space+drip,secs=0",
        "gzip+crlf+multiline",
        "json_for_stream+gzip",
    ],
)
async def test_faults_of_framing_combine(faults: str, chaos: str) -> None:
    """Any of the legal ways to frame events may come together."""
    outcome = await ask(provider(f"{chaos}/f/{faults}/v1"))
    assert (outcome.text, outcome.finished, outcome.usage) == (TEXT, Finished("stop"), PAID)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("json_for_stream+truncated_json", Interrupted),
        ("json_for_stream+invalid_json", ServerFault),
        ("json_for_stream+stall,secs=20", TimedOut),
        ("json_for_stream+reset", Interrupted),
    ],
)
async def test_answers_in_one_piece_fail_like_streams(fault: str, error: type[TchatError], chaos: str) -> None:
    """A whole answer that is cut or broken is no reply."""
    outcome = await ask(provider(f"{chaos}/f/{fault}/v1", stall_timeout=PATIENCE))
    assert type(outcome.error) is error
    assert outcome.events == ()


async def test_waiting_times_of_the_server_are_kept(chaos: str) -> None:
    """The error says how long to wait, in seconds or milliseconds, if the server says so in figures."""
    waits: list[float | None] = []
    for fault in ("http_429_then_ok,retry_after=7,id=w", "http_429_ms,id=w", "http_429_bad_header,id=w"):
        error = (await ask(provider(f"{chaos}/f/{fault}/v1"))).error
        assert isinstance(error, RateLimited)
        waits.append(error.origin.retry_after)
    assert waits == [7.0, 0.3, None]
