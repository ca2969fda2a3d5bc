"""A server for benchmarks: it answers every provider's API with a prepared reply, as fast as the socket takes it.

`python -m tests.benchmarks.mock` prints its URL. A prompt with `[[tokens=N]]` is answered with N tokens, any other
with 20; with `[[tokens=N kind=markdown]]` they are Markdown, one HTTP chunk an event, as providers send them, and with
`rate=R` after that they come R a second. `GET /__end` returns the time of the last byte that was sent of a chunked
reply, by `time.monotonic()`.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from tests.benchmarks.replies import tokens

BURST = 64
"""Events written at once where there is no rate."""
DIRECTIVE = re.compile(rb"\[\[tokens=(\d+)(?: kind=(\w+))?(?: rate=(\d+))?\]\]")


class Wanted(NamedTuple):
    """What the last directive of a request asks for."""

    tokens: int = 20
    kind: str = "prose"
    rate: int = 0
    """Tokens a second; 0: as fast as the socket takes them."""


def event(payload: object, name: str = "") -> bytes:
    """Return one server-sent event."""
    return (f"event: {name}\n" if name else "").encode() + f"data: {json.dumps(payload)}\n\n".encode()


def chat(texts: Sequence[str]) -> list[bytes]:
    """Return the events of a Chat Completions stream."""
    base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "mock"}
    parts = [
        event({**base, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}) for text in texts
    ]
    parts.append(event({**base, "choices": [{"index": 0, "delta": dict[str, str](), "finish_reason": "stop"}]}))
    count = len(texts)
    usage = {"prompt_tokens": 9, "completion_tokens": count, "total_tokens": 9 + count}
    return [*parts, event({**base, "choices": [], "usage": usage}), b"data: [DONE]\n\n"]


def responses(texts: Sequence[str]) -> list[bytes]:
    """Return the events of a Responses stream."""
    count = len(texts)
    response: dict[str, object] = {
        "id": "r", "object": "response", "created_at": 1, "model": "mock", "status": "in_progress", "output": [],
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None, "incomplete_details": None,
        "instructions": None, "metadata": {}, "temperature": 1.0, "top_p": 1.0,
    }  # fmt: skip
    part: dict[str, object] = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    item: dict[str, object] = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "status": "in_progress",
        "content": [],
    }
    place = {"item_id": "m", "output_index": 0, "content_index": 0}
    text = "".join(texts)
    done = {**item, "status": "completed", "content": [{**part, "text": text}]}
    usage = {
        "input_tokens": 9, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": count,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 9 + count,
    }  # fmt: skip
    events: list[dict[str, object]] = [
        {"type": "response.created", "response": response},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **place, "part": part},
        *({"type": "response.output_text.delta", **place, "delta": t, "logprobs": []} for t in texts),
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {
            "type": "response.completed",
            "response": {**response, "status": "completed", "output": [done], "usage": usage},
        },
    ]
    return [event({**each, "sequence_number": n}, str(each["type"])) for n, each in enumerate(events)]


def messages(texts: Sequence[str]) -> list[bytes]:
    """Return the events of a Messages stream."""
    message: dict[str, object] = {
        "id": "m", "type": "message", "role": "assistant", "model": "mock", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 1},
    }  # fmt: skip
    block = {"type": "text", "text": ""}
    events: list[dict[str, object]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": t}} for t in texts),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": len(texts)},
        },
        {"type": "message_stop"},
    ]
    return [event(each, str(each["type"])) for each in events]


def contents(texts: Sequence[str]) -> list[bytes]:
    """Return the events of a generateContent stream."""
    count = len(texts)
    parts = [event({"candidates": [{"content": {"role": "model", "parts": [{"text": t}]}, "index": 0}]}) for t in texts]
    last = {
        "candidates": [{"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": count, "totalTokenCount": 9 + count},
    }
    return [*parts, event(last)]


@lru_cache
def events(api: str, count: int, kind: str) -> tuple[bytes, ...]:
    """Return the events of a reply, for an API that is named by the end of its path."""
    makers = {"completions": chat, "responses": responses, "messages": messages}
    return tuple(makers.get(api, contents)(tokens(count, kind)))


@lru_cache
def reply(api: str, count: int) -> bytes:
    """Return the whole body of a reply in prose."""
    return b"".join(events(api, count, "prose"))


def wanted(body: bytes) -> Wanted:
    """Return what a request asks for."""
    found = DIRECTIVE.findall(body)
    if not found:
        return Wanted()
    count, kind, rate = found[-1]
    return Wanted(int(count), kind.decode() or "prose", int(rate or 0))


class Server:
    """Answers requests, and knows when it sent the last byte of a reply."""

    def __init__(self) -> None:
        self._end = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1]) if length else 0)
                api = head.split(" ", 2)[1].partition("?")[0].rpartition("/")[2]
                asked = wanted(body)
                if api == "__end":
                    await self._send_whole(writer, json.dumps(self._end).encode())
                elif asked.kind == "prose":
                    await self._send_whole(writer, reply(api, asked.tokens))
                else:
                    await self._send_chunks(writer, events(api, asked.tokens, asked.kind), asked.rate)
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()

    async def _send_whole(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
        writer.write(b"content-length: %d\r\n\r\n" % len(data))
        for start in range(0, len(data), 1 << 14):
            writer.write(data[start : start + (1 << 14)])
            await writer.drain()

    async def _send_chunks(self, writer: asyncio.StreamWriter, parts: Sequence[bytes], rate: int) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        began, sent = time.monotonic(), 0
        while sent < len(parts):
            if rate:
                await asyncio.sleep(max(0.0, began + (sent + 1) / rate - time.monotonic()))
            due = int((time.monotonic() - began) * rate) if rate else sent + BURST
            writer.write(b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts[sent:due]))
            sent = max(sent, due)
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        self._end = time.monotonic()


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(Server().serve, "127.0.0.1", 0, limit=1 << 24)
    for api in ("completions", "responses", "messages", "contents"):
        reply(api, 20)
    reply("completions", 20_000)
    events("completions", 20_000, "markdown")
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
