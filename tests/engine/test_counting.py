"""What is written, counted by its provider: once for each text, and never in a storm."""

import asyncio
import json

from tchat.domain.errors import MissingKey
from tchat.domain.model import ModelFacts
from tchat.engine.counting import FIRST_REST, Counts
from tchat.engine.session import Connection
from tests.providers.wired import provider
from tests.servers import Answer, ScriptedServer, scripted

FACTS = ModelFacts(provider="house", name="model-1")
COUNTED = Answer(content_type="application/json", body=(json.dumps({"input_tokens": 19}).encode(),))
BROKEN = Answer(status=500, content_type="application/json", body=(b"{}",))


async def counted(server: ScriptedServer, *asked: tuple[float, str]) -> list[int | None]:
    """Return what becomes of texts that are asked for at some times."""
    asking = provider("responses", server.url)
    now = 0.0

    async def connect(_: str) -> Connection:
        return Connection(provider=asking, slots=asyncio.Semaphore(1))

    counts = Counts(connect, lambda: now)
    found: list[int | None] = []
    for now, text in asked:  # noqa: B007  # the clock reads it
        found.append(await counts.count(FACTS, text))
    await asking.aclose()
    return found


async def test_a_text_is_counted_once() -> None:
    """Asked for again it is known; nothing of the conversation is sent."""
    with scripted(COUNTED) as server:
        assert await counted(server, (0, "hello"), (1, "hello")) == [19, 19]
        (request,) = server.requests
        assert [item["content"] for item in request.json["input"]] == ["hello"]


async def test_a_provider_that_fails_is_left_alone_for_longer_each_time() -> None:
    """Nothing is said of it, and what it would have counted stays an estimate; then it is asked again."""
    with scripted(BROKEN, BROKEN, COUNTED) as server:
        times = [0.0, 1.0, FIRST_REST - 1, FIRST_REST, 2 * FIRST_REST, 3 * FIRST_REST]
        found = await counted(server, *((time, f"text {time}") for time in times))
        assert found == [None] * 5 + [19]
        assert len(server.requests) == 3


async def test_without_a_key_nothing_is_asked_for() -> None:
    """It is looked for once in a while, not with every pause."""
    looked: list[str] = []

    async def connect(name: str) -> Connection:
        looked.append(name)
        raise MissingKey("no key")

    counts = Counts(connect, lambda: 0.0)
    assert [await counts.count(FACTS, text) for text in ("a", "b", "c")] == [None] * 3
    assert looked == ["house"]
