"""Attachments as each API is sent them: compared with recorded traffic, uploaded where they are too large."""

import asyncio
import base64
import json
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tchat.domain.errors import AttachmentError, ProviderError
from tchat.domain.events import TextDelta
from tchat.domain.message import (
    Attachment,
    AudioPart,
    DocumentPart,
    ImagePart,
    Message,
    Part,
    TextPart,
    VideoPart,
    user,
)
from tchat.domain.model import ModelFacts
from tchat.domain.request import Inline, Linked, OnDisk, Payload, Request, Settings
from tchat.providers import uploads
from tchat.providers.anthropic_request import body as anthropic_body
from tchat.providers.base import Provider
from tchat.providers.compatible_request import body as compatible_body
from tchat.providers.openai_request import body as openai_body
from tests.media.pictures import SECRETS, mp4
from tests.providers.wired import provider
from tests.servers import CASSETTES, Answer, ScriptedServer, scripted, sse

FACTS = ModelFacts(provider="house", name="gpt-6-sol")
FILE = ImagePart(digest="a" * 64, media_type="image/png", name="chart.png")
PAPER = DocumentPart(digest="b" * 64, media_type="application/pdf", name="paper.pdf", pages=3)
SOUND = AudioPart(digest="c" * 64, media_type="audio/mpeg", name="talk.mp3")
FILM = VideoPart(digest="d" * 64, media_type="video/mp4", name="walk.mp4")


def asking(*parts: Part, payloads: Mapping[str, Payload], model: str = "gpt-6-sol", **settings: Any) -> Request:  # noqa: ANN401  # of Settings
    """Return a request with attachments."""
    facts = ModelFacts(provider="house", name=model)
    return Request(facts=facts, messages=(Message("user", parts),), payloads=payloads, settings=Settings(**settings))


def recorded(name: str) -> dict[str, Any]:
    """Return the body of a recorded request; skip the test where the recordings are missing."""
    path = CASSETTES / name
    if not path.exists():
        pytest.skip("the recordings come with ../shared, which is not here")
    return json.loads(path.read_bytes())["request"]["json"]


def same(spelled: list[dict[str, Any]], sent: list[dict[str, Any]]) -> None:
    """Compare what a body has for a message with the recording, part by part."""
    assert len(spelled) == len(sent)
    for ours, theirs in zip(spelled, sent, strict=True):
        assert {name: ours.get(name) for name in theirs} == theirs
        assert ours.keys() - theirs.keys() <= {"title", "detail"}


def test_anthropic_is_sent_what_was_recorded() -> None:
    """A picture and a PDF in base64, in their places."""
    content = recorded("anthropic/image_base64_stream_sonnet_4_5.json")["messages"][0]["content"]
    data = base64.b64decode(content[0]["source"]["data"])
    request = asking(FILE, TextPart(content[1]["text"]), payloads={FILE.key: Inline(data=data, media_type="image/png")})
    same(anthropic_body(request)["messages"][0]["content"], content)
    content = recorded("anthropic/pdf_base64_sonnet_4_5.json")["messages"][0]["content"]
    paper = Inline(data=base64.b64decode(content[1]["source"]["data"]), media_type="application/pdf")
    request = asking(TextPart(content[0]["text"]), PAPER, payloads={PAPER.key: paper})
    same(anthropic_body(request)["messages"][0]["content"], content)


def test_openai_is_sent_what_was_recorded() -> None:
    """A PDF as data, and a picture by its address."""
    content = recorded("openai_responses/pdf_input_gpt_4o.json")["input"][0]["content"]
    data = base64.b64decode(content[1]["file_data"].partition(",")[2])
    part = DocumentPart(digest="b" * 64, media_type="application/pdf", name=content[1]["filename"])
    paper = Inline(data=data, media_type="application/pdf")
    request = asking(TextPart(content[0]["text"]), part, payloads={part.key: paper})
    same(openai_body(request, padded=False)["input"][0]["content"], content)
    content = recorded("openai_responses/image_url_input_gpt_4o.json")["input"][0]["content"]
    url = content[1]["image_url"]
    picture = ImagePart(digest="", media_type="image/jpeg", url=url)
    request = asking(TextPart("hello"), picture, payloads={url: Linked(url=url, media_type="image/jpeg")})
    same(openai_body(request, padded=False)["input"][0]["content"], content)


def test_a_compatible_server_is_sent_what_was_recorded() -> None:
    """A picture by its address."""
    content = recorded("compat/groq_image_input_llama4.json")["messages"][0]["content"]
    url = content[1]["image_url"]["url"]
    picture = ImagePart(digest="", media_type="image/jpeg", url=url)
    payloads: dict[str, Payload] = {url: Linked(url=url, media_type="image/jpeg")}
    request = asking(TextPart(content[0]["text"]), picture, payloads=payloads, model="llama-4")
    same(compatible_body(request, "groq")["messages"][0]["content"], content)


def test_compatible_servers_hear_and_see() -> None:
    """Sound as base64 with its format, films as addresses; of sound, only WAV and MP3 are taken."""
    payloads: dict[str, Payload] = {
        SOUND.key: Inline(data=b"sound", media_type="audio/mpeg"),
        FILM.key: Inline(data=b"film", media_type="video/mp4"),
    }
    content = compatible_body(asking(SOUND, FILM, payloads=payloads), "")["messages"][0]["content"]
    assert content == [
        {"type": "input_audio", "input_audio": {"data": base64.b64encode(b"sound").decode(), "format": "mp3"}},
        {"type": "video_url", "video_url": {"url": f"data:video/mp4;base64,{base64.b64encode(b'film').decode()}"}},
    ]
    flac = AudioPart(digest="e" * 64, media_type="audio/flac", name="a.flac")
    payloads = {flac.key: Inline(data=b"f", media_type="audio/flac")}
    with pytest.raises(AttachmentError, match="takes WAV and MP3 only"):
        compatible_body(asking(flac, payloads=payloads), "")


@pytest.mark.parametrize(
    ("detail", "openai", "openrouter"),
    [(None, "auto", None), ("low", "low", "low"), ("medium", "high", "high"), ("original", "original", "high")],
)
def test_detail_is_said_in_each_api_s_words(detail: Any, openai: str, openrouter: str | None) -> None:  # noqa: ANN401
    """A server that is not known is not told; there the picture is smaller already."""
    request = asking(FILE, payloads={FILE.key: Inline(data=b"x", media_type="image/png")}, detail=detail)
    assert openai_body(request, padded=False)["input"][0]["content"][0]["detail"] == openai
    assert compatible_body(request, "openrouter")["messages"][0]["content"][0]["image_url"].get("detail") == openrouter
    assert "detail" not in compatible_body(request, "llamacpp")["messages"][0]["content"][0]["image_url"]


@pytest.mark.parametrize(
    ("model", "detail", "part_level", "common"),
    [
        ("gemini-3.8-flash", None, None, None),
        ("gemini-3.8-flash", "low", "MEDIA_RESOLUTION_LOW", None),
        ("gemini-3.8-flash", "original", "MEDIA_RESOLUTION_ULTRA_HIGH", None),
        ("gemini-2.5-flash", "medium", None, "MEDIA_RESOLUTION_MEDIUM"),
    ],
)
async def test_gemini_is_told_the_media_resolution(
    model: str,
    detail: Any,  # noqa: ANN401
    part_level: str | None,
    common: str | None,
) -> None:
    """For each part since the third generation, for all before."""
    payloads: dict[str, Payload] = {FILE.key: Inline(data=b"x", media_type="image/png")}
    request = asking(FILE, TextPart("?"), payloads=payloads, model=model, detail=detail)
    wire = await provider("gemini", "http://127.0.0.1:9").wire(request)
    part = wire.body["contents"][0]["parts"][0]
    resolution: dict[str, Any] = part.get("mediaResolution") or part.get("media_resolution") or {}
    assert resolution.get("level") == part_level
    assert wire.body["generationConfig"].get("mediaResolution") == common


REPLIES = {
    "responses": sse(
        {"type": "response.created", "response": {"id": "r", "object": "response", "model": "m"}},
        {"type": "response.output_text.delta", "delta": "ok"},
        {"type": "response.completed", "response": {"id": "r", "object": "response", "status": "completed"}},
    ),
    "messages": sse(
        {"type": "message_start", "message": {"id": "m", "model": "m", "usage": {"input_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "ok"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ),
    "gemini": sse({"candidates": [{"content": {"parts": [{"text": "ok"}]}, "finishReason": "STOP"}]}),
}


def told(value: object, **headers: str) -> Answer:
    """Return an answer in one piece."""
    return Answer(content_type="application/json", headers=headers, body=(json.dumps(value).encode(),))


async def asked(speaker: Provider, request: Request) -> str:
    """Return the text of a reply."""
    async with aclosing(speaker.stream(request)) as events:
        return "".join([event.text async for event in events if isinstance(event, TextDelta)])


def film_on_disk(folder: Path) -> OnDisk:
    """Return a film that is too large for a request, and where it notes a place and a person."""
    from tchat.media.notes import notes_in

    path = folder / "walk.mp4"
    path.write_bytes(mp4())
    with path.open("rb") as file:
        notes = notes_in(file, "video/mp4")
    return OnDisk(path=str(path), size=len(mp4()), media_type="video/mp4", notes=notes)


def uploaded_bytes(server: ScriptedServer, paths: set[str]) -> bytes:
    """Return what was uploaded."""
    return b"".join(request.body for request in server.requests if request.path.partition("?")[0] in paths)


@pytest.mark.parametrize(
    ("api", "path", "spelled"),
    [
        ("responses", "/v1/files", {"type": "input_file", "file_id": "file-1"}),
        (
            "messages",
            "/v1/files",
            {"type": "document", "source": {"type": "file", "file_id": "file-1"}, "title": "paper.pdf"},
        ),
    ],
)
async def test_what_does_not_fit_is_uploaded_and_removed(
    api: str, path: str, spelled: dict[str, Any], tmp_path: Path
) -> None:
    """The request names the file, whose bytes went before; nothing of it stays with the provider."""
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7 whole")
    paper = OnDisk(path=str(tmp_path / "paper.pdf"), size=14, media_type="application/pdf")
    speaker = provider(api, "")
    with scripted(told({"id": "file-1"}), Answer(body=REPLIES[api]), told({"id": "file-1", "deleted": True})) as server:
        speaker = provider(api, server.url)
        assert await asked(speaker, asking(PAPER, TextPart("?"), payloads={PAPER.key: paper})) == "ok"
        await speaker.aclose()
        put, question, gone = server.requests
        assert (put.method, put.path.partition("?")[0]) == ("POST", path)
        assert b"%PDF-1.7 whole" in put.body
        assert b'filename="paper.pdf"' in put.body
        content = question.json["input" if api == "responses" else "messages"][0]["content"]
        assert content[0] == spelled
        assert (gone.method, gone.path.partition("?")[0]) == ("DELETE", f"{path}/file-1")


async def test_gemini_s_films_are_uploaded_in_pieces_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once they are ready; where they were taken is blanked out on the way, and the key goes nowhere else."""
    monkeypatch.setattr("tchat.providers.gemini_files.PIECE", 100)
    monkeypatch.setattr("tchat.providers.gemini_files.POLL_SECONDS", 0.0)
    film = film_on_disk(tmp_path)
    pieces = -(-film.size // 100)
    ready = {"name": "files/f", "uri": "https://x/files/f", "state": "ACTIVE"}
    answers = [
        told({}, **{"x-goog-upload-url": "https://elsewhere.example/up?id=1"}),
        *[told({})] * (pieces - 1),
        told({"file": {**ready, "state": "PROCESSING"}}),
        told({**ready, "state": "PROCESSING"}),
        told(ready),
        Answer(body=REPLIES["gemini"]),
        told({}),
    ]
    with scripted(*answers) as server:
        speaker = provider("gemini", server.url)
        request = asking(FILM, TextPart("?"), payloads={FILM.key: film}, model="gemini-3.8-flash")
        assert await asked(speaker, request) == "ok"
        await speaker.aclose()
        sent = uploaded_bytes(server, {"/up"})
        assert len(sent) == film.size
        assert sent.startswith(mp4()[:20])
        assert not any(secret in sent for secret in SECRETS)
        assert server.requests[-2].json["contents"][0]["parts"][0]["fileData"]["file_uri"] == "https://x/files/f"
        assert (server.requests[-1].method, server.requests[-1].path) == ("DELETE", "/v1beta/files/f")


@pytest.mark.parametrize("api", ["responses", "messages"])
async def test_a_request_that_fails_leaves_no_file_behind(api: str, tmp_path: Path) -> None:
    """What was uploaded for it is removed all the same."""
    (tmp_path / "paper.pdf").write_bytes(b"%PDF")
    paper = OnDisk(path=str(tmp_path / "paper.pdf"), size=4, media_type="application/pdf")
    refusal = Answer(status=400, content_type="application/json", body=(b'{"error": {"message": "no"}}',))
    with scripted(told({"id": "file-1"}), refusal, told({})) as server:
        speaker = provider(api, server.url)
        with pytest.raises(ProviderError):
            await asked(speaker, asking(PAPER, payloads={PAPER.key: paper}))
        await speaker.aclose()
        assert server.requests[-1].method == "DELETE"


async def arrived(server: ScriptedServer, count: int) -> None:
    """Wait until a server was asked so often."""
    async with asyncio.timeout(20):
        while len(server.requests) < count:  # noqa: ASYNC110  # the server runs in a thread of its own
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("api", ["responses", "messages"])
async def test_an_upload_that_is_stopped_before_its_name_came_leaves_no_file_behind(api: str, tmp_path: Path) -> None:
    """The bytes are there already: the answer that names them is waited for a little."""
    (tmp_path / "paper.pdf").write_bytes(b"%PDF")
    paper = OnDisk(path=str(tmp_path / "paper.pdf"), size=4, media_type="application/pdf")
    slowly = Answer(content_type="application/json", body=(0.3, b'{"id": "file-1"}'))
    with scripted(slowly, told({})) as server:
        speaker = provider(api, server.url)
        asking_it = asyncio.create_task(asked(speaker, asking(PAPER, payloads={PAPER.key: paper})))
        await arrived(server, 1)
        asking_it.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking_it
        await speaker.aclose()
        last = server.requests[-1]
        assert (last.method, last.path.partition("?")[0]) == ("DELETE", "/v1/files/file-1")


@pytest.mark.parametrize("is_stopped", [True, False])
async def test_a_film_that_gemini_is_making_ready_is_removed_however_that_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_stopped: bool
) -> None:
    """The user stops, or the API fails."""
    monkeypatch.setattr("tchat.providers.gemini_files.POLL_SECONDS", 0.0)
    film = film_on_disk(tmp_path)
    processing = {"name": "files/f", "uri": "https://x/files/f", "state": "PROCESSING"}
    failing = Answer(status=500, content_type="application/json", body=(b"{}",))
    answers = [
        told({}, **{"x-goog-upload-url": "https://elsewhere.example/up?id=1"}),
        told({"file": processing}),
        Answer(content_type="application/json", body=("hang",)) if is_stopped else failing,
        told({}),
    ]
    with scripted(*answers) as server:
        speaker = provider("gemini", server.url)
        request = asking(FILM, payloads={FILM.key: film}, model="gemini-3.8-flash")
        asking_it = asyncio.create_task(asked(speaker, request))
        if is_stopped:
            await arrived(server, 3)
            asking_it.cancel()
        with pytest.raises(asyncio.CancelledError if is_stopped else ProviderError):
            await asking_it
        await speaker.aclose()
        assert (server.requests[-1].method, server.requests[-1].path) == ("DELETE", "/v1beta/files/f")


async def test_a_film_that_is_cut_off_is_not_sent_for_ever(tmp_path: Path) -> None:
    """Its bytes end before what it is said to have."""
    (tmp_path / "walk.mp4").write_bytes(b"half")
    film = OnDisk(path=str(tmp_path / "walk.mp4"), size=99, media_type="video/mp4")
    begun = told({}, **{"x-goog-upload-url": "https://elsewhere.example/up?id=1"})
    with scripted(begun, told({})) as server:
        speaker = provider("gemini", server.url)
        with pytest.raises(AttachmentError, match="is cut off: 4 of 99 bytes are there"):
            await asked(speaker, asking(FILM, payloads={FILM.key: film}, model="gemini-3.8-flash"))
        await speaker.aclose()


def test_the_largest_go_first_until_the_rest_fits() -> None:
    """Small pictures stay within the request."""
    parts: list[Attachment] = [
        ImagePart(digest=str(size), media_type="image/png", name=f"{size}.png") for size in (10, 90, 50)
    ]
    payloads: dict[str, Payload] = {
        part.key: Inline(data=b"x" * int(part.digest), media_type="image/png") for part in parts
    }
    request = Request(facts=FACTS, messages=(user("?", *parts),), payloads=payloads)
    assert list(uploads._chosen(request, 65)) == ["90"]  # pyright: ignore[reportPrivateUsage]
    assert list(uploads._chosen(request, 200)) == []  # pyright: ignore[reportPrivateUsage]
    planned, notes = uploads.as_planned(request, 30)
    assert notes == ("uploaded before the request, and removed after it: 90.png, 50.png",)
    assert isinstance(planned.payloads["10"], Inline)
