"""Answers in as few HTTP chunks as reads: a server that sends a chunk for each token sends many that arrive together.

Taking a chunk apart costs httpx 25 µs; here it costs one, and they go on as a single one.

Law: bodies stay the same, and so does what is wrong with their framing: chunks mean nothing
(https://www.rfc-editor.org/rfc/rfc9112#section-7.1), and what is not understood is handed on as it is.
"""

import re
from typing import Any, Literal, Protocol

_LONGEST_HEAD = 100_000
"""Bytes of a head that are looked at."""
_LONGEST_LINE = 256
"""Bytes that are held of the line before a chunk."""
_HEAD_END = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.\d 1(?!01)\d\d[ \r\n]")
"""The head before the head: of an answer that says that one will come."""
_CHUNKED = re.compile(rb"\ntransfer-encoding:[ \t]*chunked[ \t]*\r?\n", re.IGNORECASE)
_FIRST_LINE = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;[^\n]*)?[ \t]*\r\n")
_FIRST_LINE_BEGUN = re.compile(rb"[0-9A-Fa-f]{1,20}(?:;[^\n]*)?[ \t]*\r?")
_LINE = re.compile(rb"\r\n([0-9A-Fa-f]{1,20})(?:;[^\n]*)?[ \t]*\r\n")
_LINE_BEGUN = re.compile(rb"\r(?:\n(?:[0-9A-Fa-f]{1,20}(?:;[^\n]*)?[ \t]*\r?)?)?")
"""The line before a chunk ends the chunk before it."""


class Stream(Protocol):
    """A connection, as httpcore has it."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's
        """Return what has come, waiting for something; nothing at the end."""
        ...

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send."""
        ...

    async def aclose(self) -> None:
        """Close it."""
        ...

    async def start_tls(
        self,
        ssl_context: Any,  # noqa: ANN401  # httpcore's
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> "Stream":
        """Encrypt it from here on."""
        ...

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        """Return what httpcore asks about it."""
        ...


class Backend(Protocol):
    """What makes connections, as httpcore has it."""

    async def connect_tcp(self, *arguments: Any, **options: Any) -> Stream:  # noqa: ANN401
        """Connect to a host."""
        ...

    async def connect_unix_socket(self, *arguments: Any, **options: Any) -> Stream:  # noqa: ANN401
        """Connect to a socket in the file system."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts."""
        ...


class GatheringBackend:
    """Makes the connections of another one, whose answers come in few chunks."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def connect_tcp(self, *arguments: Any, **options: Any) -> "GatheringStream":  # noqa: ANN401
        """Connect to a host."""
        return GatheringStream(await self._backend.connect_tcp(*arguments, **options))

    async def connect_unix_socket(self, *arguments: Any, **options: Any) -> "GatheringStream":  # noqa: ANN401
        """Connect to a socket in the file system."""
        return GatheringStream(await self._backend.connect_unix_socket(*arguments, **options))

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts."""
        await self._backend.sleep(seconds)


class GatheringStream:
    """A connection whose answers come in few chunks."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._gatherer = Gatherer()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return what has come, waiting for something; nothing at the end."""
        while True:
            data = await self._stream.read(max_bytes, timeout)
            taken = self._gatherer.take(data) if data else self._gatherer.rest()
            if taken or not data:
                return taken

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send; what comes after that is the beginning of an answer."""
        self._gatherer = Gatherer()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: Any,  # noqa: ANN401
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> "GatheringStream":
        """Encrypt it from here on."""
        return GatheringStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        """Return what httpcore asks about it."""
        return self._stream.get_extra_info(info)


class Gatherer:
    """One answer, from its first byte on."""

    def __init__(self) -> None:
        self._part: Literal["head", "chunks", "as it is"] = "head"
        self._head = b""
        self._line = b""
        """The beginning of a line before a chunk, held until it is complete."""
        self._is_first = True
        """Whether no chunk has come yet."""
        self._left = 0
        """Bytes of the open chunk that are to come."""

    def take(self, data: bytes) -> bytes:
        """Return what is to be handed on of the next bytes; nothing where they tell nothing yet."""
        if self._part == "head":
            return self._taken_by_head(data)
        return self._gathered(self._line + data) if self._part == "chunks" else data

    def rest(self) -> bytes:
        """Return what was held, at the end of everything."""
        rest, self._line = self._line, b""
        return rest

    def _taken_by_head(self, data: bytes) -> bytes:
        self._head += data
        end = _HEAD_END.search(self._head)
        while end is not None and _INTERIM.match(self._head):
            self._head = self._head[end.end() :]
            end = _HEAD_END.search(self._head)
        if end is None:
            self._part = "head" if len(self._head) < _LONGEST_HEAD else "as it is"
            return data
        self._part = "chunks" if _CHUNKED.search(self._head, 0, end.end()) else "as it is"
        body, self._head = self._head[end.end() :], b""
        if self._part == "as it is":
            return data
        return data[: len(data) - len(body)] + self._gathered(body)

    def _gathered(self, data: bytes) -> bytes:
        """Return what has come of chunks as one chunk, and behind it what ends the body, or cannot be a chunk."""
        pieces: list[bytes] = []
        at, rest = 0, b""
        self._line = b""
        while at < len(data):
            if self._left:
                pieces.append(data[at : at + self._left])
                at += len(pieces[-1])
                self._left -= len(pieces[-1])
                continue
            line = (_FIRST_LINE if self._is_first else _LINE).match(data, at)
            self._left = int(line[1], 16) if line else 0
            if line is None or not self._left:
                rest = self._held(data[at:]) if line is None else self._ended(data[line.start(1) :])
                break
            at = line.end()
            self._is_first = False
        body = b"".join(pieces)
        return b"%x\r\n%b\r\n%b" % (len(body), body, rest) if body else rest

    def _ended(self, rest: bytes) -> bytes:
        self._part = "as it is"
        return rest

    def _held(self, rest: bytes) -> bytes:
        """Hold what may become the line before a chunk; else return it, as wrong as it is where that is so."""
        if (_FIRST_LINE_BEGUN if self._is_first else _LINE_BEGUN).fullmatch(rest) is None:
            return self._ended(rest if self._is_first else b"\r\n" + rest)
        if len(rest) > _LONGEST_LINE:
            return self._ended(rest.removeprefix(b"\r\n"))
        self._line = rest
        return b""
