"""Attachments from the shell: what a server is sent of them, what is kept, exported and removed."""

import base64
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tchat.media.documents import text_of
from tests.end_to_end.running import Shell, chunk, ending, says
from tests.media.pictures import SECRETS, mp3, noted, pdf, photo, saved
from tests.servers import Answer, Received, scripted, sse


def content(request: Received) -> list[dict[str, Any]]:
    """Return the parts of the last message of a request."""
    return request.json["messages"][-1]["content"]


def test_a_piped_chart_is_seen(shell: Shell) -> None:
    """As in the README: the picture before the question, the answer on stdout."""
    shell.home.mkdir()
    chart = shell.home / "chart.png"
    chart.write_bytes(saved(photo(), "PNG", exif=noted()))
    with scripted(says("A chart.")) as server:
        shell.use(server)
        done = shell.sh(f'cat {chart} | tchat ask "what is this?"')
    assert (done.code, done.out) == (0, "A chart.\n"), done.err
    picture, question = content(server.requests[0])
    sent = base64.b64decode(picture["image_url"]["url"].removeprefix("data:image/png;base64,"))
    assert sent == saved(photo(), "PNG")
    assert question["text"] == "what is this?"


def test_a_piped_chart_fills_the_picture_of_a_template(shell: Shell, tmp_path: Path) -> None:
    """Where no text is waited for; `-` names the pipe, too."""
    template = tmp_path / "see.toml"
    template.write_text('prompt = "What is this?"\nimages = ["chart"]\ndetail = "low"\n[inputs]\nchart = "image"\n')
    with scripted(says("A chart.")) as server:
        shell.use(server)
        picture = saved(photo((900, 600)), "PNG")
        for words in ((), ("--chart", "-")):
            done = shell.run("run", str(template), *words, stdin=picture)
            assert (done.code, done.out) == (0, "A chart.\n"), done.err
    url = content(server.requests[0])[0]["image_url"]["url"]
    assert Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).size == (512, 341)


def test_attachments_stand_where_their_marks_are(shell: Shell, tmp_path: Path) -> None:
    """Scaled to the detail, a PDF as its text, and nothing of what a camera noted in a single byte."""
    names = {"one.jpg": saved(photo((900, 600)), "JPEG", exif=noted(6)), "two.webp": saved(photo(), "WEBP")}
    for name, data in {**names, "paper.pdf": pdf("so it is"), "talk.mp3": mp3()}.items():
        (tmp_path / name).write_bytes(data)
    order = ("one.jpg", "two.webp", "paper.pdf", "talk.mp3")
    files = [word for name in order for word in ("-a", str(tmp_path / name))]
    with scripted(says("ok")) as server:
        shell.use(server)
        done = shell.run("Is [image 2] like [image 1]?", *files, "--detail", "low", "--pdf", "text")
    assert done.code == 0, done.err
    sent = content(server.requests[0])
    assert [part["type"] for part in sent] == ["text", "input_audio", "text", "image_url", "text", "image_url", "text"]
    assert "so it is" in sent[0]["text"]
    assert [sent[at]["text"] for at in (2, 4, 6)] == ["Is [image 2]", " like [image 1]", "?"]
    assert sent[5]["image_url"]["url"].startswith("data:image/jpeg;base64,")
    urls = [sent[at]["image_url"]["url"] for at in (3, 5)]
    raw = b"".join(base64.b64decode(url.partition(",")[2]) for url in urls)
    raw += base64.b64decode(sent[1]["input_audio"]["data"])
    assert not any(secret in raw for secret in SECRETS)


def test_some_pages_of_a_pdf_reach_model_and_template(shell: Shell, tmp_path: Path) -> None:
    """As a PDF of them under a name that ends like one, as their text in a template, also of what is piped in."""
    (tmp_path / "paper").write_bytes(pdf("one", "two", "three"))
    template = tmp_path / "sum.toml"
    template.write_text('prompt = "Sum up: {{ paper }}"\n[inputs]\npaper = { type = "text", stdin = true }\n')
    with scripted(says("ok")) as server:
        shell.use(server, extra='[models."own/model"]\ndocuments = true\n')
        asked = shell.run("-a", f"{tmp_path}/paper#pages=2-", "What is it?")
        runs = [
            shell.run("run", str(template), "--paper", f"@{tmp_path}/paper#pages=3"),
            shell.run("run", str(template), stdin=pdf("piped")),
        ]
    assert [done.code for done in (asked, *runs)] == [0, 0, 0], asked.err + runs[0].err + runs[1].err
    file = content(server.requests[0])[0]["file"]
    assert file["filename"] == "paper, pages 2-.pdf"
    sent = base64.b64decode(file["file_data"].removeprefix("data:application/pdf;base64,"))
    assert text_of(sent, "x") == "--- page 1 ---\ntwo\n\n--- page 2 ---\nthree"
    prompts = [request.json["messages"][-1]["content"] for request in server.requests[1:]]
    assert prompts == ["Sum up: --- page 3 ---\nthree", "Sum up: --- page 1 ---\npiped"]


def test_what_a_model_does_not_take_is_refused_with_those_that_would(shell: Shell, tmp_path: Path) -> None:
    """Before anything is sent."""
    (tmp_path / "walk.mp3").write_bytes(mp3())
    shell.configure("")
    words = ("-m", "anthropic/claude-opus-5-5", "-a", str(tmp_path / "walk.mp3"), "what?")
    done = shell.run(*words, ANTHROPIC_API_KEY="k", GEMINI_API_KEY="k")
    assert done.code == 2
    assert "anthropic/claude-opus-5-5 does not take audio: 'walk.mp3' was not sent" in done.err
    assert "hint: ask gemini/" in done.err


def test_pictures_are_exported_along_and_removed_with_their_conversation(shell: Shell, tmp_path: Path) -> None:
    """As long as another conversation shows the same picture it stays; what is exported has no notes."""
    chart = tmp_path / "my chart.jpg"
    chart.write_bytes(saved(photo(), "JPEG", exif=noted()))
    with scripted(says("ok")) as server:
        shell.use(server)
        for _ in range(2):
            assert shell.run("what?", "-a", str(chart)).code == 0
    kept = [path for path in (shell.home / "media").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in kept] == [chart.read_bytes()]
    assert shell.run("history", "export", "-o", str(tmp_path / "talk.md")).code == 0
    (exported,) = (tmp_path / "talk-files").iterdir()
    assert f"![my chart.jpg](<talk-files/{exported.name}>)" in (tmp_path / "talk.md").read_text()
    whole = shell.last()
    page = tmp_path / "page.html"
    assert shell.run("history", "export", "--html", "-o", str(page)).code == 0
    assert page.read_text().count('<img src="data:image/') == 1
    assert shell.run("history", "export", "--html", "--json").code == 2
    (file,) = whole["attachments"].values()
    for data in (exported.read_bytes(), base64.b64decode(file["data"])):
        assert not any(secret in data for secret in SECRETS)
    listed = shell.run("history", "list").out.split()
    first, second = (word for word in listed if len(word) == 26)
    assert shell.run("history", "rm", "-y", first).code == 0
    assert kept[0].exists()
    assert shell.run("history", "rm", "-y", second).code == 0
    assert not kept[0].exists()


def drawing(picture: bytes) -> dict[str, Any]:
    """Return the chunk of a reply that brings a picture."""
    url = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    delta = {"content": "Here.", "images": [{"type": "image_url", "image_url": {"url": url}}]}
    return {"id": "c", "model": "model-1", "choices": [{"index": 0, "delta": delta}]}


@pytest.mark.parametrize("out", ["cat.png", "."])
def test_a_drawn_picture_is_saved_where_it_is_wanted(shell: Shell, tmp_path: Path, out: str) -> None:
    """And told of; without a place for it, where it is kept is told."""
    picture = saved(photo((8, 8)), "PNG")
    with scripted(Answer(body=sse(drawing(picture), *ending()))) as server:
        shell.use(server)
        done = shell.run("draw a cat", "--draw", "--out", str(tmp_path / out))
        kept = shell.run("draw a cat", "--json")
        nowhere = shell.run("draw a cat", "--out", str(tmp_path / "none" / "x.png"))
    assert (done.code, done.out) == (0, "Here.\n"), done.err
    saved_as = tmp_path / ("cat.png" if out == "cat.png" else "picture-1.png")
    assert saved_as.read_bytes() == picture
    assert f"is saved as {saved_as}" in done.err
    assert kept.json["pictures"] == 1
    place = kept.err.partition("is kept as ")[2].partition(";")[0]
    assert Path(place).read_bytes() == picture
    assert nowhere.code == 2
    assert len(server.requests) == 2
    assert json.dumps(shell.last()["messages"][1]["parts"]).count('"image"') == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("options", [(), ("--no-store",)])
def test_a_paid_picture_that_cannot_be_saved_is_not_lost(shell: Shell, options: tuple[str, ...]) -> None:
    """The reply comes to its end, and where the picture is instead is told."""
    picture = saved(photo((8, 8)), "PNG")
    more = {"id": "c", "choices": [{"index": 0, "delta": {"content": " That was it."}}]}
    with scripted(Answer(body=sse(drawing(picture), more, *ending()))) as server:
        shell.use(server)
        done = shell.run("draw a cat", "--draw", *options, "--out", "/dev/full")
    assert (done.code, done.out) == (2, "Here. That was it.\n"), done.err
    assert "cannot write /dev/full" in done.err
    found = re.search(r"the picture is (?:kept|saved) as (\S+)", done.err)
    assert found
    place = Path(found[1])
    assert place.read_bytes() == picture
    if options:
        place.unlink()


def test_a_picture_that_has_come_outlives_kill_9(shell: Shell) -> None:
    """Though the reply had not come to its end."""
    picture = saved(photo((8, 8)), "PNG")
    pieces = [step for number in range(400) for step in (*sse(chunk(f"{number} ")), 0.02)]
    with scripted(Answer(body=(*sse(drawing(picture)), *pieces))) as server:
        shell.use(server)
        process = shell.start("--jsonl", "draw a cat", "--draw")
        assert process.stdout is not None
        said = b""
        while b"30 " not in said:  # what came 600 ms before that is stored
            said = process.stdout.readline()
            assert said
        process.kill()
        process.communicate()
    reply = shell.last()["messages"][1]
    assert reply["reply"]["state"] == "interrupted"
    (part,) = (part for part in reply["parts"] if part["type"] == "image")
    assert part["digest"] == hashlib.sha256(picture).hexdigest()
