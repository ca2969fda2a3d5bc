"""Servers for tests, on loopback and over real sockets: a scripted one of the project's own, and the shared ones."""

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from msgspec import Struct, field

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
CASSETTES = SHARED / "data" / "cassettes"

Step = bytes | float | Literal["reset", "close", "hang"]
"""What a scripted answer does next: send bytes as one chunk, pause for seconds, or end the connection its own way."""


class Answer(Struct, frozen=True, kw_only=True):
    """One scripted HTTP answer, sent chunked."""

    status: int = 200
    content_type: str = "text/event-stream"
    headers: dict[str, str] = {}
    body: tuple[Step, ...] = ()


class Received(Struct, frozen=True, kw_only=True):
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401  # tests look into it freely
        """The body as JSON."""
        return json.loads(self.body)


class ScriptedServer(Struct, kw_only=True):
    """Answers the n-th request with the n-th answer (the last one from then on) and keeps what was asked."""

    answers: list[Answer]
    requests: list[Received] = field(default_factory=list[Received])
    closed_early: threading.Event = field(default_factory=threading.Event)
    """Set when a client hung up before its answer was complete."""
    port: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])

    @property
    def url(self) -> str:
        """The base URL, without a path."""
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = await _read_request(reader)
                self.requests.append(request)
                answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
                if not await self._played(answer, reader, writer):
                    break
        writer.close()

    async def _played(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        try:
            return await self._play(answer, reader, writer)
        except ConnectionError:
            self.closed_early.set()
            return False

    async def _play(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = [f"HTTP/1.1 {answer.status} Scripted", f"content-type: {answer.content_type}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        lines += ["transfer-encoding: chunked", "", ""]
        writer.write("\r\n".join(lines).encode())
        for step in answer.body:
            if step == "reset":
                writer.transport.abort()
                return False
            if step == "close":
                await writer.drain()
                return False
            if step == "hang":
                await writer.drain()
                await self._wait_for_hangup(reader)
                return False
            if isinstance(step, bytes):
                if step:
                    writer.write(b"%x\r\n%b\r\n" % (len(step), step))
                    await writer.drain()
            elif await self._hung_up(reader, cast("float", step)):
                return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _wait_for_hangup(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read(1)
        self.closed_early.set()

    async def _hung_up(self, reader: asyncio.StreamReader, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._wait_for_hangup(reader)
        except TimeoutError:
            return False
        return True


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers: dict[str, str] = {}
    for line in head[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    body = b""
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
    return Received(method=method, path=path, headers=headers, body=body)


@contextlib.contextmanager
def scripted(*answers: Answer) -> Generator[ScriptedServer]:
    """Run a scripted server in a thread of its own, so that clients in other loops and processes can reach it."""
    server = ScriptedServer(answers=list(answers))
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        listening = await asyncio.start_server(server.handle, "127.0.0.1", 0, limit=2**26)
        server.port = listening.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        listening.close()

    async def hang_up() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        for writer in server.writers:
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # an aborted transport is closed one turn of the loop later

    def run() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(serve())
            loop.run_until_complete(hang_up())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


def sse(*payloads: object, named: bool = False) -> tuple[bytes, ...]:
    """Return server-sent events, one chunk each: JSON values, or text as it is (`[DONE]`)."""
    chunks: list[bytes] = []
    for payload in payloads:
        data = payload if isinstance(payload, str) else json.dumps(payload)
        kind = cast("dict[str, str]", payload).get("type", "") if named and isinstance(payload, dict) else ""
        chunks.append((f"event: {kind}\n" if kind else "").encode() + f"data: {data}\n\n".encode())
    return tuple(chunks)


@contextlib.contextmanager
def shared_tool(name: str, *arguments: str) -> Generator[str]:
    """Run a server of `../shared/tools` and yield its URL; skip the test where the folder is missing."""
    program = SHARED / "tools" / name
    if not program.exists():
        pytest.skip(f"{program.name} comes with ../shared, which is not here")
    process = subprocess.Popen([sys.executable, str(program), *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.communicate()


class Cassette(Struct, frozen=True, kw_only=True):
    """One recorded reply and what a right client reads from it."""

    id: str
    protocol: str
    model: str | None
    stream: bool
    tags: list[str]
    request: dict[str, Any]
    response: dict[str, Any]
    expect: dict[str, Any]


def cassettes(folder: str) -> list[Cassette]:
    """Return the recordings of one folder of `../shared/data/cassettes`; none where it is missing."""
    import msgspec

    return [
        msgspec.json.decode(path.read_bytes(), type=Cassette) for path in sorted((CASSETTES / folder).glob("*.json"))
    ]
