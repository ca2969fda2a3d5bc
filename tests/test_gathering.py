"""Laws of answers that come in few chunks: h11, which takes them apart, tells the same with it and without."""

from collections.abc import Sequence
from itertools import pairwise

import h11
from hypothesis import example, given
from hypothesis import strategies as st

from tchat.gathering import Gatherer

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def told(reads: Sequence[bytes]) -> tuple[bytes, str, int]:
    """Return the body that h11 finds, how it ends, and in how many pieces it comes."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "a")]))
    connection.send(h11.EndOfMessage())
    body, pieces = b"", 0
    for read in (*reads, b""):
        connection.receive_data(read)
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                return body, "fault", pieces
            if isinstance(event, h11.Data):
                body += event.data
                pieces += 1
            elif isinstance(event, h11.EndOfMessage):
                return body, f"end {event.headers}", pieces
            elif event is h11.NEED_DATA:
                break
    return body, "open", pieces


def gathered(reads: Sequence[bytes]) -> list[bytes]:
    """Return what is handed on of each read, as long as it is anything, and what was held at the end."""
    gatherer = Gatherer()
    return [piece for piece in (*(gatherer.take(read) for read in reads), gatherer.rest()) if piece]


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """Return the data cut at places."""
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges) if start < stop]


CHUNK = st.tuples(st.binary(min_size=1, max_size=30), st.sampled_from([b"", b";a=b", b"; a\r ", b" ", b"\t"]))
HEADS = st.sampled_from(
    [
        HEAD,
        b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + HEAD,
        HEAD.replace(b"\r\n", b"\n"),
        b"HTTP/1.1 200 OK\r\nx: transfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n",
    ]
)


@given(
    HEADS,
    st.lists(CHUNK, max_size=8),
    st.sampled_from([b"0\r\n\r\n", b"000;x\r\na: b\r\n\r\n", b"0\r\nbad\r\n\r\n", b""]),
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from([b"\r", b"\n", b"5", b"zz", b"\r\n", b";"])), max_size=2),
    st.lists(st.integers(0, 400), max_size=12),
)
@example(HEAD, [(b"x" * 9, b"")], b"", [(len(HEAD) + 12, b"5\r\n")], [len(HEAD) + 12])
def test_gathering_changes_nothing_but_the_number_of_pieces(
    head: bytes,
    chunks: list[tuple[bytes, bytes]],
    end: bytes,
    mistakes: list[tuple[int, bytes]],
    places: list[int],
) -> None:
    """Whatever the server sends, right or wrong, and wherever the network cuts it."""
    answer = head + b"".join(b"%x%b\r\n%b\r\n" % (len(body), extra, body) for body, extra in chunks) + end
    for place, text in mistakes:
        place %= len(answer) + 1  # noqa: PLW2901  # within what there is
        answer = answer[:place] + text + answer[place:]
    reads = cut(answer, places)
    assert told(gathered(reads))[:2] == told(reads)[:2]


def test_gathering_makes_one_piece_of_what_comes_in_one_read() -> None:
    """A thousand chunks in three reads are three pieces, wherever the reads end."""
    answer = HEAD + b"".join(b"5\r\nhello\r\n" for _ in range(1_000)) + b"0\r\n\r\n"
    body, end, pieces = told(gathered(cut(answer, [3_001, 6_002])))
    assert (body, end, pieces) == (b"hello" * 1_000, "end <Headers([])>", 3)
