"""What was sent: the request of a stored turn, over real sockets and a real store, is the one that the server got."""

import asyncio
import contextlib
import io
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tchat.domain.errors import NotFound, ProviderError
from tchat.domain.events import TurnEvent, TurnOpened
from tchat.domain.message import ImagePart, assistant, user
from tchat.domain.model import ModelRef
from tchat.domain.request import Settings
from tchat.engine.sent import sent_for, sent_next
from tchat.engine.session import Ask, Engine
from tchat.media.attachment import Source, attach
from tchat.runtime import Runtime
from tests.providers.sdk_client import message, responses_stream
from tests.providers.wired import KEY
from tests.servers import Answer, ScriptedServer, scripted, sse

ITEMS: tuple[dict[str, Any], ...] = (
    {"type": "reasoning", "id": "rs_1", "encrypted_content": "c2VhbGVk", "summary": []},
    message("four"),
)
SEALED = Answer(body=sse(*responses_stream(*ITEMS), named=True))
BUSY = Answer(status=400, content_type="application/json", body=(b'{"error": {"message": "no"}}',))
REF = ModelRef("house", "model-1")
CONFIG = """
[providers.house]
kind = "openai"
base_url = "{url}/v1"
key_env = "HOUSE_KEY"

[network]
attempts = 1
"""


def _picture() -> Source:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (2, 2), "red").save(file, "PNG")
    return Source(file.getvalue(), "dot.png")


class Desk:
    """A user of one server, with a store on disk."""

    def __init__(self, home: Path, url: str) -> None:
        self.home = home
        self.url = url
        self.runtime = self._open(KEY)
        self.place: dict[str, Any] = {}
        self.replies: list[str] = []

    def _open(self, key: str) -> Runtime:
        (self.home / "config.toml").write_text(CONFIG.format(url=self.url))
        return Runtime.open({"HOME": str(self.home), "TCHAT_HOME": str(self.home), "HOUSE_KEY": key})

    async def use_key(self, key: str) -> None:
        """Go on with another account."""
        await self.runtime.aclose()
        self.runtime = self._open(key)

    async def engine(self) -> Engine:
        """Return what asks."""
        return await self.runtime.engine()

    async def ask(self, text: str, **rest: Any) -> list[TurnEvent]:  # noqa: ANN401  # of Ask
        """Ask on in the conversation."""
        engine = await self.engine()
        events: list[TurnEvent] = []
        values: dict[str, Any] = {"ref": REF, "message": user(text), **self.place, **rest}
        asked = Ask(**values)
        async with aclosing(engine.turn(asked)) as turn:
            with contextlib.suppress(ProviderError):
                async for event in turn:
                    events.append(event)
                    if isinstance(event, TurnOpened):
                        self.place = {"conversation_id": event.conversation_id, "parent_id": event.reply_id}
                        self.replies.append(event.reply_id)
        return events


@contextlib.asynccontextmanager
async def desk(home: Path, *answers: Answer) -> AsyncGenerator[tuple[Desk, ScriptedServer]]:
    """Run a server and a user of it."""
    with scripted(*answers) as server:
        user_of_it = Desk(home, server.url)
        try:
            yield user_of_it, server
        finally:
            await user_of_it.runtime.aclose()


async def _check(at: Desk, server: ScriptedServer, number: int) -> tuple[str, ...]:
    sent = await sent_for(await at.engine(), at.replies[number])
    assert sent.wire is not None
    assert sent.wire.body == server.requests[number].json
    assert not sent.is_next
    return sent.notes


async def test_every_turn_is_shown_as_it_was_sent(tmp_path: Path) -> None:
    """History, system prompt, settings, pictures and sealed state are those of that turn, whatever came after it."""
    async with desk(tmp_path, SEALED) as (at, server):
        picture = attach(_picture(), at.runtime.blobs)
        assert isinstance(picture, ImagePart)
        await at.ask("2 + 2?", system="Be brief.", settings=Settings(temperature=0.5, max_tokens=99))
        await at.ask("sure?", system="Be brief.")
        await at.ask("and this?", message=user("and this?", picture), system="Be long.")
        assert [await _check(at, server, number) for number in range(2)] == [(), ()]
        notes = await _check(at, server, 2)
        assert notes == ("2 earlier turns went as text: the reasoning state is another model's, key's or prompt's",)
        assert "c2VhbGVk" in server.requests[1].body.decode()
        assert "c2VhbGVk" not in server.requests[2].body.decode()


async def test_a_new_key_changes_nothing_of_what_was_sent(tmp_path: Path) -> None:
    """State that went out with an older key is shown, as the reply to it says which key that was."""
    async with desk(tmp_path, SEALED) as (at, server):
        await at.ask("2 + 2?")
        await at.ask("sure?")
        await at.use_key("sk-another")
        assert await _check(at, server, 1) == ()


async def test_what_cannot_be_known_is_said(tmp_path: Path) -> None:
    """A reply without state does not say which key it was asked with."""
    async with desk(tmp_path, SEALED, BUSY) as (at, _):
        await at.ask("2 + 2?")
        await at.ask("sure?")
        await at.use_key("sk-another")
        sent = await sent_for(await at.engine(), at.replies[1])
        assert sent.notes == ("1 earlier turn may have gone with reasoning state, if another key was in use then",)


async def test_a_refused_setting_is_not_shown_as_sent(tmp_path: Path) -> None:
    """What went out last is what the reply answers."""
    refusal = Answer(
        status=400,
        content_type="application/json",
        body=(b'{"error": {"message": "Unsupported parameter: temperature", "param": "temperature"}}',),
    )
    async with desk(tmp_path, refusal, SEALED) as (at, server):
        await at.ask("hi", settings=Settings(temperature=0.5))
        assert "temperature" not in server.requests[1].json
        sent = await sent_for(await at.engine(), at.replies[0])
        assert sent.wire is not None
        assert sent.wire.body == server.requests[1].json


async def test_the_next_request_is_the_one_that_goes_out_then(tmp_path: Path) -> None:
    """A draft is shown as it would be sent, examples included, and nothing is sent or stored by looking."""
    async with desk(tmp_path, SEALED) as (at, server):
        await at.ask("2 + 2?")
        asked = Ask(ref=REF, message=user("sure?"), system="Other.", **at.place)
        shown = await sent_next(await at.engine(), asked)
        assert len(server.requests) == 1
        assert shown.is_next
        assert "reasoning state" in shown.notes[0]
        await at.ask("sure?", system="Other.")
        assert shown.wire is not None
        assert shown.wire.body == server.requests[1].json
        lead = Ask(ref=REF, message=user("3 + 3?"), lead=(user("1 + 1?"), assistant("two")))
        led = await sent_next(await at.engine(), lead)
        assert [said.text for said in led.request.messages] == ["1 + 1?", "two", "3 + 3?"]


async def test_a_turn_that_never_went_out_says_so(tmp_path: Path) -> None:
    """Without a key nothing was sent, and the request is shown as it would have been."""
    async with desk(tmp_path, SEALED) as (at, server):
        await at.use_key("")
        await at.ask("hi")
        sent = await sent_for(await at.engine(), at.replies[0])
        assert server.requests == []
        assert sent.request.messages == (user("hi"),)
        assert len(sent.notes) == 1
        assert sent.notes[0].startswith("nothing was sent: no key")


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini", "openrouter"])
async def test_a_request_is_spelled_without_a_key(provider: str, tmp_path: Path) -> None:
    """Who has none yet sees what would go out, the name of a variable in place of the key; nothing goes out."""
    runtime = Runtime.open({"TCHAT_HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"})
    ref = runtime.resolve(provider)
    sent = await sent_next(await runtime.engine(), Ask(ref=ref, message=user("hi there")))
    await runtime.aclose()
    assert sent.wire is not None
    assert "hi there" in str(sent.wire.body)
    assert sent.wire.variable in runtime.spec(provider).variables
    assert f"${sent.wire.variable}" in str(sent.wire.headers)
    assert sent.notes == ()


async def test_a_lost_attachment_is_named(tmp_path: Path) -> None:
    """The rest of the request is shown."""
    async with desk(tmp_path, SEALED) as (at, _):
        picture = attach(_picture(), at.runtime.blobs)
        assert isinstance(picture, ImagePart)
        await at.ask("", message=user("what?", picture))
        await at.use_key(KEY)
        for file in (path for path in at.runtime.paths.media.rglob("*") if path.is_file()):
            await asyncio.to_thread(file.unlink)
        sent = await sent_for(await at.engine(), at.replies[0])
        assert sent.wire is not None
        assert "is gone" in sent.notes[0]


async def test_only_replies_have_requests(tmp_path: Path) -> None:
    """The user's message is part of one."""
    async with desk(tmp_path, SEALED) as (at, _):
        opened = (await at.ask("hi"))[0]
        assert isinstance(opened, TurnOpened)
        with pytest.raises(NotFound):
            await sent_for(await at.engine(), opened.message_id)
        with pytest.raises(NotFound):
            await sent_for(await at.engine(), "no such id")
