"""Pictures that models make, out of every API's replies, and back into the next request."""

import base64
import hashlib
import re
from contextlib import aclosing
from typing import Any

import pytest
from msgspec.structs import replace

from tchat.domain.events import Event, Finished, Pictured, Sealed, TextDelta
from tchat.domain.message import ImagePart, Message, SealedPart, TextPart, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Inline, Request, Settings
from tests.media.pictures import photo, saved
from tests.providers.wired import provider
from tests.servers import Answer, cassettes, scripted, sse

PICTURE = saved(photo((8, 8)), "PNG")
BASE64 = base64.b64encode(PICTURE).decode()
DIGEST = hashlib.sha256(PICTURE).hexdigest()
NOTHING: dict[str, str] = {}
PRESETS = {"chat": {"preset": "openrouter"}}
REPLIES: dict[str, tuple[bytes, ...]] = {
    "responses": sse(
        {"type": "response.created", "response": {"id": "r", "object": "response", "model": "m"}},
        {"type": "response.output_item.done", "output_index": 0,
         "item": {"type": "reasoning", "id": "rs", "encrypted_content": "e"}},
        {"type": "response.image_generation_call.partial_image", "partial_image_b64": BASE64},
        {"type": "response.output_item.done", "output_index": 1,
         "item": {"type": "image_generation_call", "id": "ig", "output_format": "png", "result": BASE64}},
        {"type": "response.completed", "response": {"id": "r", "object": "response", "status": "completed"}},
    ),
    "gemini": sse(
        {"candidates": [{"content": {"parts": [
            {"text": "Here:"},
            {"inlineData": {"mimeType": "image/png", "data": BASE64}, "thoughtSignature": "c2ln"},
        ]}, "finishReason": "STOP"}]}
    ),
    "chat": sse(
        {"id": "1", "choices": [{"index": 0, "delta": {"content": "Here:"}}]},
        {"id": "1", "choices": [{"index": 0, "delta": {"images": [
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{BASE64}"}}]}}]},
        {"id": "1", "choices": [{"index": 0, "delta": NOTHING, "finish_reason": "stop"}]},
        "[DONE]",
    ),
}  # fmt: skip


def asking(*history: Message, draw: bool | None = None, draws: bool | None = None, data: bytes = PICTURE) -> Request:
    """Return a request for a picture, after some turns."""
    return Request(
        facts=ModelFacts(provider="house", name="m", draws=draws),
        messages=(*history, user("draw")),
        settings=Settings(draw=draw),
        payloads={DIGEST: Inline(data=data, media_type="image/png")},
    )


async def said(api: str, request: Request, *body: bytes) -> tuple[list[Event], dict[str, Any]]:
    """Return what a reply says, and the request's body."""
    with scripted(Answer(body=body)) as server:
        speaker = provider(api, server.url, **PRESETS.get(api, {}))
        async with aclosing(speaker.stream(request)) as events:
            told = [event async for event in events]
        await speaker.aclose()
        return told, server.requests[0].json


@pytest.mark.parametrize("api", REPLIES)
async def test_a_picture_is_an_event_of_its_own(api: str) -> None:
    """Between the words around it, once, whole; what is stored of the provider's state does not hold it again."""
    events, _ = await said(api, asking(), *REPLIES[api])
    pictures = [event for event in events if isinstance(event, Pictured)]
    assert pictures == [Pictured(data=PICTURE, media_type="image/png")]
    kinds = [type(event) for event in events if isinstance(event, TextDelta | Pictured | Finished)]
    assert kinds == ([Pictured, Finished] if api == "responses" else [TextDelta, Pictured, Finished])
    assert not any(BASE64 in str(event.data) for event in events if isinstance(event, Sealed))


@pytest.mark.parametrize("api", ["responses", "gemini"])
async def test_a_picture_goes_back_in_its_maker_s_own_words(api: str) -> None:
    """So that the next turn can change it."""
    events, _ = await said(api, asking(), *REPLIES[api])
    (sealed,) = [event.data for event in events if isinstance(event, Sealed)]
    picture = ImagePart(digest=DIGEST, media_type="image/png")
    state = SealedPart(provider="house", model="m", data=sealed)
    turn = Message("assistant", (TextPart("Here:"), picture, state))
    _, body = await said(api, asking(user("draw"), turn), *REPLIES[api])
    if api == "responses":
        assert body["input"][2] == {
            "type": "image_generation_call", "id": "ig", "output_format": "png", "result": BASE64
        }  # fmt: skip
    else:
        part = body["contents"][1]["parts"][1]
        assert base64.urlsafe_b64decode(part["inlineData"]["data"]) == PICTURE


async def test_a_picture_among_thoughts_is_neither_shown_nor_sent_back() -> None:
    """It was a sketch; what the model said for good goes back without it."""
    thought = {"thought": True, "inlineData": {"mimeType": "image/png", "data": BASE64}}
    final = {"inlineData": {"mimeType": "image/png", "data": BASE64}, "thoughtSignature": "c2ln"}
    reply = sse({"candidates": [{"content": {"parts": [thought, {"text": "Here:"}, final]}, "finishReason": "STOP"}]})
    events, _ = await said("gemini", asking(), *reply)
    assert len([event for event in events if isinstance(event, Pictured)]) == 1
    (sealed,) = [event.data for event in events if isinstance(event, Sealed)]
    assert [sorted(part) for part in sealed] == [["text"], ["inlineData", "thoughtSignature"]]


@pytest.mark.parametrize("api", ["responses", "gemini"])
async def test_a_picture_that_is_gone_leaves_no_empty_place(api: str) -> None:
    """Providers refuse one."""
    events, _ = await said(api, asking(), *REPLIES[api])
    (sealed,) = [event.data for event in events if isinstance(event, Sealed)]
    turn = Message("assistant", (TextPart("Here:"), SealedPart(provider="house", model="m", data=sealed)))
    request = replace(asking(user("draw"), turn), payloads={})
    _, body = await said(api, request, *REPLIES[api])
    if api == "responses":
        assert [item.get("type", item.get("role")) for item in body["input"]] == ["user", "reasoning", "user"]
    else:
        assert body["contents"][1]["parts"] == [{"text": "Here:"}]


@pytest.mark.parametrize("api", ["responses", "messages", "chat"])
async def test_a_picture_goes_back_as_a_user_s_where_there_is_no_state(api: str) -> None:
    """Models show no pictures in their own turns; the words stay theirs."""
    turn = Message("assistant", (TextPart("Here:"), ImagePart(digest=DIGEST, media_type="image/png")))
    wire = await provider(api, "http://127.0.0.1:9").wire(asking(user("draw"), turn))
    messages = wire.body["input" if api == "responses" else "messages"]
    roles = [message["role"] for message in messages]
    assert roles in (["user", "assistant", "user", "user"], ["user", "assistant", "user"])
    assert BASE64 in str(messages[2])
    assert BASE64 not in str(messages[1])


async def test_pictures_are_asked_for_where_they_are_wanted() -> None:
    """By the user, or because the model is made for them."""
    for draw, draws, expected in ((None, None, False), (True, None, True), (None, True, True), (False, True, False)):
        request = asking(draw=draw, draws=draws)
        chat = (await provider("chat", "http://127.0.0.1:9", preset="openrouter").wire(request)).body
        assert ("modalities" in chat) is expected
        gemini = (await provider("gemini", "http://127.0.0.1:9").wire(request)).body
        assert (gemini["generationConfig"].get("responseModalities") == ["TEXT", "IMAGE"]) is expected
    body = (await provider("responses", "http://127.0.0.1:9").wire(asking(draw=True))).body
    assert body["tools"] == [{"type": "image_generation"}]


async def test_a_recorded_picture_is_read() -> None:
    """OpenAI's own traffic: one picture, and the partial one before it is none.

    The recording leaves out the middle of the picture, so that its base64 has to be cut to whole bytes.
    """
    for cassette in cassettes("openai_responses"):
        if "image-out" in cassette.tags:
            body = re.sub(
                r'"result":"([^"]+)"',
                lambda found: f'"result":"{found[1].replace("...", "")[:320]}"',
                cassette.response["body"],
            )
            with scripted(Answer(body=(body.encode(),))) as server:
                speaker = provider("responses", server.url)
                async with aclosing(speaker.stream(asking())) as events:
                    pictures = [event async for event in events if isinstance(event, Pictured)]
                await speaker.aclose()
            assert len(pictures) == cassette.expect["images"]
            assert pictures[0].data.startswith(b"RIFF")
            assert pictures[0].media_type == "image/webp"
