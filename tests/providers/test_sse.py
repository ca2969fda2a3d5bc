"""Laws of reading server-sent events from bytes."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.providers.sse import EventDecoder

TRICKY = (
    b"\xef\xbb\xbf: hello\r\n\r\ndata:one\r\n\r\nid: 1\nretry: 5\nfoo: bar\ndata: two\ndata:  three\n\n"
    b"event: ping\n\ndata\n\n\n\n:\ndata: \xe2\x80\xa8 \xc3\xa9\r\rjustaword\ndata: {}\n\ndata: last"
)
DATA = [b"one", b"two\n three", "\u2028 é".encode(), b"{}", b"last"]
ENDS = st.sampled_from(["\n", "\r", "\r\n"])
TEXTS = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), min_size=1, max_size=8)
NOISE = st.sampled_from(["", ": ping", ":", "id: 7", "retry: 3000", "event: delta", "foo: bar", "justaword"])
CUTS = st.lists(st.integers(0, 400), max_size=12)


def decoded(pieces: Iterable[bytes]) -> list[bytes]:
    """Return the data of every event of a body that arrives in `pieces`."""
    decoder = EventDecoder()
    found = [data for piece in pieces for data in decoder.feed(piece)]
    return found + decoder.finish()


def cut(body: bytes, cuts: list[int]) -> list[bytes]:
    """Return `body` in pieces."""
    places = [0, *sorted(min(place, len(body)) for place in cuts), len(body)]
    return [body[a:b] for a, b in itertools.pairwise(places)]


def test_sse_reads_everything_that_the_format_allows() -> None:
    """Comments, byte order mark, other fields, any line end, a missing blank, a missing last blank line."""
    assert decoded([TRICKY]) == DATA


@given(CUTS)
def test_sse_reads_the_same_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    """No cut changes anything, not even between a return and a newline or inside a byte order mark."""
    assert decoded(cut(TRICKY, cuts)) == DATA


def test_sse_reads_byte_by_byte() -> None:
    """The smallest pieces say the same as one piece."""
    assert decoded(TRICKY[place : place + 1] for place in range(len(TRICKY))) == DATA


@settings(max_examples=100)
@given(st.lists(st.tuples(st.lists(TEXTS, min_size=1, max_size=3), NOISE, ENDS), max_size=5), CUTS, st.booleans())
def test_sse_returns_what_was_sent(events: list[tuple[list[str], str, str]], cuts: list[int], marked: bool) -> None:  # noqa: FBT001
    """Any events, between any other lines, with any line ends and in any pieces, come out whole and in order."""
    body = "\ufeff" if marked else ""
    for lines, noise, end in events:
        fields = [noise] if noise else []
        fields += [f"data: {line}" for line in lines]
        body += "".join(field + end for field in fields) + end
    sent = ["\n".join(lines).encode() for lines, _, _ in events]
    assert decoded(cut(body.encode(), cuts)) == sent


def test_sse_returns_an_event_as_soon_as_its_blank_line_comes() -> None:
    """A lone return completes an event: its newline, if one follows, is not waited for."""
    decoder = EventDecoder()
    assert decoder.feed(b"data: now\r\n\r") == [b"now"]
    assert decoder.feed(b"\ndata: then\n") == []
    assert decoder.feed(b"\n") == [b"then"]


def test_sse_leaves_out_events_without_data() -> None:
    """Names, empty data and blank lines alone are no events."""
    assert decoded([b"event: ping\n\ndata:\n\ndata\n\n\n\n\n: only a comment\n\n"]) == []


def test_sse_counts_what_it_holds() -> None:
    """The reader can tell an endless line from a long one."""
    decoder = EventDecoder()
    for _ in range(5):
        decoder.feed(b"data: " + b"x" * 94)
    assert decoder.pending == 500
    decoder.feed(b"\n\ndata")
    assert decoder.pending == 4


@pytest.mark.parametrize("body", [b'{\r\n"a": 1}\n\n', b'\xef\xbb\xbf\r\n [{"a": 1},\n\n{}]', b"<html>\n\n<body>"])
@given(cuts=CUTS)
def test_sse_keeps_a_document_whole(body: bytes, cuts: list[int]) -> None:
    """JSON and web pages come out in one piece, at the end, and are told apart from events."""
    decoder = EventDecoder()
    assert [data for piece in cut(body, cuts) for data in decoder.feed(piece)] == []
    assert decoder.is_document
    assert decoder.finish() == [body.removeprefix(b"\xef\xbb\xbf").lstrip()]
