"""What the Gemini adapter makes of every fault: never a hang, a foreign error or a word on the terminal."""

import asyncio
import json
from typing import Any
from urllib import request

import pytest
from msgspec import Struct

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
from tchat.domain.text import one_line
from tchat.providers.gemini import GeminiProvider
from tests.providers.gemini_client import HI, KEY, ask, provider

TEXT = "Hello — a naïve café, 👩\u200d🚀 and 漢字, e\u0301 then 🇩🇪; the answer is 42."
REASON = "First I add 40 and 2.\nThat gives 42."
CUT = TEXT[:25]
"""What five events say."""


class Fate(Struct, frozen=True, kw_only=True):
    """What is to come of a fault."""

    text: str | None = TEXT
    """None where only the beginning and the end matter."""
    reasoning: str = ""
    finish: str = "stop"
    error: type[ProviderError] | None = None
    options: str = ""
    """Of the fault, in the URL."""
    stall_timeout: float = 10.0
    output: int | None = 23
    is_sealed: bool = False


def good(text: str | None = TEXT, *, options: str = "") -> Fate:
    """Return the fate of a reply that is read as if nothing were wrong."""
    return Fate(text=text, options=options)


def fails(error: type[ProviderError], text: str = "") -> Fate:
    """Return the fate of a reply that fails after `text`."""
    return Fate(text=text, error=error, output=None)


FATES: dict[str, Fate] = {
    # the wire
    "ok": good(),
    "cut_mid_event": fails(Interrupted, CUT),
    "cut_between": fails(Interrupted, CUT),
    "end_early": fails(Interrupted, CUT),
    "reset": fails(Interrupted, CUT),
    "reset_first": fails(ConnectionFailed),
    "close_first": fails(ConnectionFailed),
    "stale_keepalive": good(),
    "stall": Fate(text=CUT, error=Stalled, options=",secs=2", stall_timeout=0.3, output=None),
    "slow_ttft": Fate(text="", error=TimedOut, options=",secs=2", stall_timeout=0.3, output=None),
    "slow_first_event": Fate(text="", error=Stalled, options=",secs=2", stall_timeout=0.3, output=None),
    "pinged_ttft": Fate(options=",secs=2", stall_timeout=1.5),
    "drip": good(options=",secs=0.0001"),
    "never_close": good(options=",secs=2"),
    "http10": good(),
    "short_body": good(),
    "early_hints": good(),
    "big_headers": good(),
    # the framing
    "split_utf8": good(),
    "split_tokens": good(),
    "crlf": good(),
    "cr": good(),
    "keepalive": good(),
    "no_space": good(),
    "multiline": good(),
    "one_chunk": good(),
    "bom": good(),
    "id_retry": good(),
    "empty_events": good(),
    "giant_line": good("start " + "y" * 1_000_000 + " end", options=",size=1000000"),
    "many_events": good(("abcdefghij " * 500)[:5000], options=",size=5000"),
    "gzip": good(),
    "gzip_lie": fails(ServerFault),
    "wrong_ct": good(),
    "text_ct": good(),
    "json_for_stream": Fate(is_sealed=True),
    "sse_for_json": good(),
    # refusals
    "http_500_then_ok": fails(ServerFault),
    "http_503_then_ok": fails(Overloaded),
    "http_529_then_ok": fails(Overloaded),
    "http_429_then_ok": fails(RateLimited),
    "http_429_forever": fails(QuotaExhausted),
    "http_429_date": fails(RateLimited),
    "http_429_ms": fails(RateLimited),
    "http_429_bad_header": fails(RateLimited),
    "http_400": fails(BadRequest),
    "http_401": fails(KeyRejected),
    "http_401_echo_key": fails(KeyRejected),
    "http_402": fails(QuotaExhausted),
    "http_403_html": fails(KeyRejected),
    "http_404": fails(UnknownModel),
    "http_404_text": fails(BadRequest),
    "http_408": fails(TimedOut),
    "http_409_then_ok": fails(ServerFault),
    "http_413": fails(BadRequest),
    "http_500": fails(ServerFault),
    "http_502_html": fails(ServerFault),
    "http_504_html": fails(TimedOut),
    "error_array": fails(KeyRejected),
    "error_string": fails(BadRequest),
    "error_huge": fails(ServerFault),
    "error_escapes": fails(BadRequest),
    "error_empty": fails(ServerFault),
    "empty_200": fails(Interrupted),
    "html_200": fails(ServerFault),
    "json_200_other": fails(Interrupted),
    "http_204": fails(Interrupted),
    "redirect_same": fails(BadRequest),
    "redirect_other_host": fails(BadRequest),
    "redirect_loop": fails(BadRequest),
    # events
    "error_event": fails(Overloaded, TEXT[:30]),
    "unknown_events": good(),
    "invalid_json": fails(ServerFault, TEXT[:20]),
    "truncated_json": fails(ServerFault, TEXT[:20]),
    "invalid_utf8": Fate(text=None),
    "nul": good("a\x00b\x01c\x7fd\x1be"),
    "surrogates": good("rocket 🚀 lone \ufffd end"),
    "null_usage": Fate(output=None),
    "no_usage": Fate(output=None),
    "dup_usage": Fate(output=35),
    "odd_usage": Fate(output=1),
    "null_delta": good(),
    "empty_choices": good(),
    "no_done": fails(Interrupted, TEXT),
    "after_done": good(),
    "dup_start": good(),
    "out_of_order": Fate(text=None),
    "overlap_blocks": Fate(reasoning=REASON, output=30, is_sealed=True),
    "only_reasoning": Fate(text="", reasoning=REASON, output=30, is_sealed=True),
    "empty": good(""),
    "max_tokens": Fate(finish="length"),
    "content_filter": Fate(finish="filtered"),
    "refusal": Fate(text="", finish="filtered"),
    "pause_turn": good(),
    "think_tags": good(f"<think>\n{REASON}\n</think>\n\n{TEXT}"),
    "think_unclosed": good(f"<think>\n{REASON}"),
    "think_close_only": good(f"{REASON}\n</think>\n\n{TEXT}"),
    "reasoning": Fate(reasoning=REASON, output=30, is_sealed=True),
    "redacted": Fate(output=30, is_sealed=True),
    "logprobs_odd": good(),
    "n_choices": good(),
    "tool_call": good(),
    "image_out": Fate(is_sealed=True),
    # content: passed on as it is
    "escapes": good(None),
    "escapes_split": good(None),
    "markup": good(None),
    "bidi": good(None),
    "markdown_bomb": good(None),
    "wide": good(None),
    "models_odd": good(),
}


def fetched(url: str) -> Any:  # noqa: ANN401  # tests look into it freely
    """Return what a page of the fault server says."""
    with request.urlopen(url) as answer:  # noqa: S310  # on loopback
        return json.load(answer)


def test_every_fault_has_a_fate(chaos: str) -> None:
    """The table names what the fault server has, no more and no less."""
    assert set(fetched(f"{chaos}/_faults")) == set(FATES)


@pytest.mark.parametrize("fault", FATES)
async def test_gemini_survives(fault: str, chaos: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Each fault ends as the table says, in time, without a word and without the key."""
    fate = FATES[fault]
    outcome = await ask(provider(f"{chaos}/f/{fault}{fate.options}", stall_timeout=fate.stall_timeout))
    assert type(outcome.error) is (fate.error or type(None)), outcome.error
    if fate.text is not None:
        assert outcome.text == fate.text
    if outcome.error is not None:
        assert isinstance(outcome.error, ProviderError)
        assert outcome.error.message == one_line(outcome.error.message)
        assert len(outcome.error.message) < 600
        assert KEY not in f"{outcome.error.message} {outcome.error.hint} {outcome.error.origin}"
    else:
        assert outcome.finished is not None
        assert outcome.finished.reason == fate.finish
    assert outcome.reasoning == fate.reasoning
    assert outcome.usage.output == fate.output
    assert (outcome.sealed is not None) == fate.is_sealed
    assert capfd.readouterr() == ("", "")


async def test_gemini_reads_through_several_faults_at_once(chaos: str) -> None:
    """What a proxy may do to a stream, together."""
    assert (await ask(provider(f"{chaos}/f/bom+crlf+keepalive+no_space+id_retry+split_tokens"))).text == TEXT


@pytest.mark.parametrize("fault", ["redirect_same", "redirect_other_host", "redirect_loop"])
async def test_gemini_takes_its_key_to_no_other_address(fault: str, chaos: str) -> None:
    """A redirect is not followed, so the key stays where it belongs."""
    assert type((await ask(provider(f"{chaos}/f/{fault}"))).error) is BadRequest
    assert await asyncio.to_thread(fetched, f"{chaos}/_leaks") == []


async def test_gemini_says_when_to_come_back(chaos: str) -> None:
    """The header's delay is told where the body has none; nonsense is no delay."""
    delays = {"http_429_then_ok,retry_after=3": 3.0, "http_429_ms": 0.3, "http_429_bad_header": None}
    for fault, delay in delays.items():
        error = (await ask(provider(f"{chaos}/f/{fault},id=delay"))).error
        assert isinstance(error, RateLimited)
        assert error.origin.retry_after == delay


async def ending(asked: GeminiProvider) -> str:
    """Return what a reply ends with, on connections that are kept."""
    try:
        return [type(event).__name__ async for event in asked.stream(HI)][-1]
    except ProviderError as error:
        return f"{type(error).__name__} {error.retryable}"


async def test_gemini_finds_a_stale_connection_out_before_the_answer(chaos: str) -> None:
    """A kept connection that the server dropped fails, if at all, as one that can be tried again, and then can be."""
    asked = provider(f"{chaos}/f/stale_keepalive")
    endings = [await ending(asked) for _ in range(6)]
    await asked.aclose()
    assert endings[0] == "Finished"
    assert set(endings) <= {"Finished", "ConnectionFailed True"}
    assert endings.count("Finished") >= 3
