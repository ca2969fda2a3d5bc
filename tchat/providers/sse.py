"""Server-sent events from bytes, whatever pieces they arrive in.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DOCUMENTS = b"{[<"
"""What JSON and markup begin with, and no line of an event stream does."""


class EventDecoder:
    """Turns a body into the `data` of its events; comments, other fields and events without data are left out.

    A body that begins with a brace, a bracket or `<` is a document instead: it comes out whole, at its end.
    """

    def __init__(self) -> None:
        self._pending: list[bytes] = []
        self._begun = False
        self._after_return = False
        self.pending = 0
        """Bytes that are held until their event is complete."""
        self.is_document = False
        """Whether the body is one document and no event stream."""

    def feed(self, block: bytes) -> list[bytes]:
        """Return the data of the events that `block` completes."""
        block = self._lines(block) if self._begun else self._beginning(block)
        if self.is_document or b"\n" not in block:
            self._hold(block)
            return []
        body = b"".join((*self._pending, block))
        events, blank, rest = body.rpartition(b"\n\n")
        self._pending.clear()
        self.pending = 0
        self._hold(rest)
        return _data(events) if blank else []

    def finish(self) -> list[bytes]:
        """Return what the last event holds although no blank line ends it, or the document."""
        body = b"".join(self._pending)
        self._pending.clear()
        self.pending = 0
        return [body] if self.is_document else _data(body)

    def _hold(self, block: bytes) -> None:
        if block:
            self._pending.append(block)
            self.pending += len(block)

    def _beginning(self, block: bytes) -> bytes:
        """Return what is known of the body once its first visible byte is there."""
        head = b"".join((*self._pending, block))
        self._pending.clear()
        self.pending = 0
        body = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
        if not body or _BYTE_ORDER_MARK.startswith(head):
            self._hold(head)
            return b""
        self._begun = True
        self.is_document = body[0] in _DOCUMENTS
        return self._lines(body)

    def _lines(self, block: bytes) -> bytes:
        """Return `block` with every line end as a newline; a document is left as it is."""
        if self.is_document:
            return block
        if self._after_return and block:
            block = block.removeprefix(b"\n")
            self._after_return = False
        if b"\r" in block:
            self._after_return = block.endswith(b"\r")
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return block


def _data(events: bytes) -> list[bytes]:
    found: list[bytes] = []
    for event in events.split(b"\n\n"):
        if event.startswith(b"data: ") and b"\n" not in event:
            found.append(event[6:])
        elif data := b"\n".join(_fields(event)):
            found.append(data)
    return found


def _fields(event: bytes) -> list[bytes]:
    lines = (line.partition(b":") for line in event.split(b"\n"))
    return [value.removeprefix(b" ") for name, _, value in lines if name == b"data"]
