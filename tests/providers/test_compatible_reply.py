"""Laws of reading chat completion events: shapes, ends, usage and reasoning state."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.errors import BadRequest, Origin, Overloaded, ProviderError, RateLimited, ServerFault
from tchat.domain.events import Event, Finished
from tchat.domain.usage import Usage
from tchat.providers.compatible_reply import LAST_WORD_SECONDS, USAGE_SECONDS, Reply
from tchat.providers.sse import EventDecoder
from tests.providers.asked import Outcome, check_laws
from tests.servers import sse

ORIGIN = Origin(provider="house", model="model-1")


def chunk(delta: object = None, finish: object = None, **more: object) -> dict[str, Any]:
    """Return one event of a reply."""
    return {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def read(*bodies: bytes) -> Outcome:
    """Return what a body says that arrives in pieces, to its clean end."""
    reply, decoder = Reply(ORIGIN), EventDecoder()
    events: list[Event] = []
    for body in bodies:
        events += reply.take(decoder.feed(body))
    if not reply.is_over:
        events += reply.take_last(decoder.finish(), document=decoder.is_document)
    events += reply.rest() if reply.failure or not reply.is_complete else reply.end()
    error = reply.failure or (None if reply.is_complete else ProviderError("ended early"))
    outcome = Outcome(events=tuple(events), error=error)
    check_laws(outcome)
    return outcome


def reply_to(*chunks: object) -> Outcome:
    """Return what a stream of these chunks says."""
    return read(*sse(*chunks))


RICH = b"".join(
    (
        b"\xef\xbb\xbf: hello\n\n",
        *sse(
            chunk({"role": "assistant", "content": ""}),
            chunk({"content": " <th"}),
            chunk({"content": "ink>\nI add \ud83d"}),
            chunk({"content": "\ude80 </thi"}),
            chunk({"content": "nk>\n\nÉ 漢 👩‍🚀"}, usage={"prompt_tokens": 3, "completion_tokens": 1}),
            chunk({"content": " \ud83d"}),
            chunk({"reasoning": "hm \ud83d", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}),
            chunk({"content": "\ude80.", "reasoning_details": [{"type": "reasoning.text", "signature": "s"}]}),
            chunk({}, "length"),
            {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 9}},
            "[DONE]",
        ),
    )
)


@settings(max_examples=100)
@given(st.lists(st.integers(0, len(RICH)), max_size=30))
def test_replies_are_the_same_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    """Only the grouping of deltas depends on the network."""
    places = [0, *sorted(cuts), len(RICH)]
    pieces = [RICH[a:b] for a, b in itertools.pairwise(places)]
    assert read(*pieces).story == read(RICH).story


def test_replies_are_read_in_full() -> None:
    """Tags, surrogate pairs in two deltas, halves of them, usage on the way and state come out as they should."""
    outcome = read(RICH)
    assert outcome.text == "É 漢 👩‍🚀 \ufffd\ufffd."
    assert outcome.reasoning == "I add 🚀hm \ufffd"
    assert outcome.usage == Usage(input=3, output=9)
    assert outcome.finished == Finished("length")
    details = [{"type": "reasoning.text", "text": "hm", "signature": "s"}]
    assert outcome.sealed == {"role": "assistant", "content": outcome.text, "reasoning_details": details}


@pytest.mark.parametrize(
    ("reason", "finished"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("tool_calls", "stop"),
        ("LENGTH", "length"),
        ("model_length", "length"),
        ("max_tokens", "length"),
        ("content_filter", "filtered"),
        ("sensitive", "filtered"),
        ("refusal", "refused"),
    ],
)
def test_replies_end_in_every_servers_words(reason: str, finished: str) -> None:
    """Servers name the ends differently; unknown names are a plain stop."""
    outcome = reply_to(chunk({"content": "a"}), chunk({}, reason))
    assert outcome.finished is not None
    assert outcome.finished.reason == finished


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (chunk({}, "error"), ServerFault),
        (chunk({}, "insufficient_system_resource"), Overloaded),
        ({"error": {"code": 429, "message": "slow down"}}, RateLimited),
        ({"error": "boom"}, ServerFault),
        ({"object": "error", "message": "the prompt is odd", "type": "BadRequestError", "code": 400}, BadRequest),
        ({"id": "x", "x_groq": {"id": "r", "error": "boom"}, "choices": []}, ServerFault),
        (chunk({}, "error", error={"code": 502, "message": "upstream"}), ServerFault),
        ("[not JSON", ServerFault),
        ("[" * 100_000, ServerFault),
    ],
)
def test_replies_that_fail_keep_what_came_before(event: object, error: type[ProviderError]) -> None:
    """A failure inside a stream is an error, in any of the forms in which servers give it, even after an end."""
    for before in (chunk({"content": "so far <"}), chunk({"content": "so far <"}, "stop")):
        outcome = reply_to(before, event, chunk({"content": "too late"}))
        assert type(outcome.error) is error
        assert outcome.text == "so far <"


def test_replies_without_end_are_not_complete() -> None:
    """Neither an end without a reply nor a reply without an end is one; an end in an unfinished line is."""
    last = json.dumps(chunk({"content": "b"}, "stop")).encode()
    assert read(*sse("[DONE]")).error is not None
    assert read(*sse({"hello": 1}, "[DONE]")).events == ()
    assert reply_to(chunk({"content": "a"})).error is not None
    assert read(*sse(chunk({"content": "a"})), b"data: " + last).text == "ab"
    assert read(*sse(chunk({"content": "a"})), b"data: " + last[:-9]).error is not None
    assert reply_to(chunk({"content": "a"}), "[DONE]").finished == Finished("stop")


def test_replies_wait_for_last_words_only_a_moment() -> None:
    """Until a reply ends it may take its time; then usage is waited for a little, and the last word less."""
    reply = Reply(ORIGIN)
    assert reply.patience is None
    reply.take([json.dumps(chunk({"content": "a"}, "stop")).encode()])
    assert reply.patience == USAGE_SECONDS
    reply.take([json.dumps(chunk({}, usage={"completion_tokens": 1})).encode()])
    assert reply.patience == LAST_WORD_SECONDS


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "yes"}],
        [{"type": "thinking", "thinking": "hm"}, "yes"],
        ["ye", {"type": "image_url", "image_url": "x"}, {"type": "thinking", "thinking": ["hm"]}, {"text": "s"}],
    ],
)
def test_replies_in_lists_of_parts_are_read(content: object) -> None:
    """Mistral sends content as text or as parts, and thinking among the parts."""
    outcome = reply_to(chunk({"content": content}, "stop"))
    assert (outcome.text, outcome.reasoning) == ("yes", "hm")


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_in_a_field_of_its_own_leaves_tags_to_the_answer(field: str) -> None:
    """Where the server separates reasoning, tags in the answer are what was asked for."""
    text = "<think>as asked</think><answer>4</answer>"
    outcome = reply_to(chunk({field: "hm", "content": ""}), chunk({"content": text}, "stop"))
    assert (outcome.text, outcome.reasoning) == (text, "hm")


def test_reasoning_that_comes_twice_is_read_once() -> None:
    """A server that gives both names to the same reasoning means it once."""
    outcome = reply_to(chunk({"reasoning_content": "hm", "reasoning": "hm"}), chunk({"content": "a"}, "stop"))
    assert outcome.reasoning == "hm"


@pytest.mark.parametrize(
    "usage",
    [
        {"usage": {"prompt_tokens": 5, "completion_tokens": 7, "prompt_cache_hit_tokens": 2}},
        {
            "x_groq": {
                "usage": {"prompt_tokens": 5, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 2}}
            }
        },
        {
            "choices": [
                {"index": 0, "usage": {"prompt_tokens": 5, "completion_tokens": 7, "prompt_cache_hit_tokens": 2}}
            ]
        },
    ],
)
def test_usage_is_read_wherever_servers_put_it(usage: dict[str, Any]) -> None:
    """In the chunk, in Groq's own table, in the choice."""
    outcome = reply_to(chunk({"content": "a"}, "stop"), {"choices": [], **usage})
    assert outcome.usage == Usage(input=5, cached_read=2, output=7)


@pytest.mark.parametrize("odd", [None, [], "many", {"prompt_tokens": -1}, {"completion_tokens": True}, {"x": {}}])
def test_usage_that_is_none_is_ignored(odd: object) -> None:
    """Nonsense is unknown, and no reason to fail."""
    assert reply_to(chunk({"content": "a"}, "stop", usage=odd)).usage == Usage()


def test_usage_counts_reasoning_as_written() -> None:
    """Where reasoning is counted beside the output, as the total shows, it is added."""
    beside = {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 31}
    usage = {**beside, "completion_tokens_details": {"reasoning_tokens": 20}}
    assert reply_to(chunk({"content": "a"}, "stop", usage=usage)).usage == Usage(input=10, output=21, reasoning=20)


def test_reasoning_state_keeps_its_blocks_apart() -> None:
    """Fragments of one block are joined; other kinds, other blocks and encrypted state stay as they came."""
    details: list[dict[str, Any]] = [
        {"type": "reasoning.summary", "summary": "a", "index": 0, "format": "f"},
        {"type": "reasoning.summary", "summary": "b", "index": 0, "id": None},
        {"type": "reasoning.encrypted", "data": "x", "index": 0, "id": "rs_1"},
        {"type": "reasoning.encrypted", "data": "y", "index": 0},
        {"type": "reasoning.text", "text": "c", "index": 1},
        {"type": "reasoning.text", "text": "d", "index": 2, "signature": None},
        {"type": "reasoning.text", "signature": "s", "index": 2},
    ]
    outcome = reply_to(*(chunk({"reasoning_details": [detail]}) for detail in details), chunk({"content": "a"}, "stop"))
    assert outcome.sealed is not None
    assert outcome.sealed["reasoning_details"] == [
        {"type": "reasoning.summary", "summary": "ab", "index": 0, "format": "f"},
        *details[2:5],
        {"type": "reasoning.text", "text": "d", "index": 2, "signature": "s"},
    ]


def test_reasoning_state_of_a_reply_without_text_is_not_sealed() -> None:
    """There is nothing that it could be replayed with."""
    outcome = reply_to(chunk({"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}, "length"))
    assert outcome.sealed is None
