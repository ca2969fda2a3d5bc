"""A server for benchmarks: it answers every provider's API with a prepared reply, as fast as the socket takes it.

`python -m tests.benchmarks.mock` prints its URL. A prompt with `[[tokens=N]]` is answered with N tokens, any other
with 20.
"""

import asyncio
import json
import re
import sys
from functools import lru_cache

WORDS = ("the", " model", " reads", " a", " prompt", " and", " writes", " one", " token", " after", " another", ".\n\n")


@lru_cache
def tokens(count: int) -> tuple[str, ...]:
    """Return `count` short tokens of prose."""
    return tuple(WORDS[place % len(WORDS)] for place in range(count))


def event(payload: object, name: str = "") -> bytes:
    """Return one server-sent event."""
    return (f"event: {name}\n" if name else "").encode() + f"data: {json.dumps(payload)}\n\n".encode()


def chat(count: int) -> bytes:
    """Return a Chat Completions stream."""
    base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "mock"}
    parts = [
        event({**base, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})
        for text in tokens(count)
    ]
    parts.append(event({**base, "choices": [{"index": 0, "delta": dict[str, str](), "finish_reason": "stop"}]}))
    usage = {"prompt_tokens": 9, "completion_tokens": count, "total_tokens": 9 + count}
    return b"".join([*parts, event({**base, "choices": [], "usage": usage}), b"data: [DONE]\n\n"])


def responses(count: int) -> bytes:
    """Return a Responses stream."""
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
    text = "".join(tokens(count))
    done = {**item, "status": "completed", "content": [{**part, "text": text}]}
    usage = {
        "input_tokens": 9, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": count,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 9 + count,
    }  # fmt: skip
    events: list[dict[str, object]] = [
        {"type": "response.created", "response": response},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **place, "part": part},
        *({"type": "response.output_text.delta", **place, "delta": t, "logprobs": []} for t in tokens(count)),
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {
            "type": "response.completed",
            "response": {**response, "status": "completed", "output": [done], "usage": usage},
        },
    ]
    return b"".join(event({**each, "sequence_number": n}, str(each["type"])) for n, each in enumerate(events))


def messages(count: int) -> bytes:
    """Return a Messages stream."""
    message: dict[str, object] = {
        "id": "m", "type": "message", "role": "assistant", "model": "mock", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 1},
    }  # fmt: skip
    block = {"type": "text", "text": ""}
    events: list[dict[str, object]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": t}}
            for t in tokens(count)
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": count},
        },
        {"type": "message_stop"},
    ]
    return b"".join(event(each, str(each["type"])) for each in events)


def contents(count: int) -> bytes:
    """Return a generateContent stream."""
    parts = [
        event({"candidates": [{"content": {"role": "model", "parts": [{"text": t}]}, "index": 0}]})
        for t in tokens(count)
    ]
    last = {
        "candidates": [{"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": count, "totalTokenCount": 9 + count},
    }
    return b"".join([*parts, event(last)])


@lru_cache
def reply(kind: str, count: int) -> bytes:
    """Return the whole body for a kind of request."""
    makers = {"completions": chat, "responses": responses, "messages": messages}
    return makers.get(kind, contents)(count)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1]) if length else 0)
            asked = re.search(rb"\[\[tokens=(\d+)\]\]", body)
            kind = head.split(" ", 2)[1].partition("?")[0].rpartition("/")[2]
            data = reply(kind, int(asked[1]) if asked else 20)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
            writer.write(b"content-length: %d\r\n\r\n" % len(data))
            for start in range(0, len(data), 1 << 14):
                writer.write(data[start : start + (1 << 14)])
                await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        writer.close()


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 24)
    for kind in ("completions", "responses", "messages", "contents"):
        reply(kind, 20)
    reply("completions", 20_000)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
