"""Laws of copying a request: what is pasted makes the same request, no key is in it, and no attachment's bytes."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.errors import UsageError
from tchat.domain.message import user
from tchat.domain.request import Request
from tchat.providers.base import WireRequest
from tchat.providers.curl import as_curl
from tchat.providers.folding import Folding, fold
from tchat.providers.json_text import pretty
from tchat.providers.python_code import as_python
from tchat.providers.python_literals import Literals
from tests.providers.sdk_client import message, messages_stream, responses_stream, text
from tests.providers.wired import KEY, MAKERS, PAPER, PICTURE, VARIABLE, furnished, plain, provider, requests
from tests.servers import Answer, ScriptedServer, scripted, sse

APIS = tuple(MAKERS)
GEMINI = {"candidates": [{"content": {"role": "model", "parts": [{"text": "fine"}]}, "finishReason": "STOP"}]}
CHAT = ({"choices": [{"index": 0, "delta": {"content": "fine"}, "finish_reason": "stop"}]}, "[DONE]")
REPLIES: dict[str, Answer] = {
    "responses": Answer(body=sse(*responses_stream(message("fine")), named=True)),
    "messages": Answer(
        body=sse(
            *messages_stream(text("")),
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "fine"}},
            named=True,
        )
    ),
    "gemini": Answer(body=sse(GEMINI)),
    "chat": Answer(body=sse(*CHAT)),
}


async def _folding(api: str, request: Request, server: ScriptedServer, **about: Any) -> tuple[WireRequest, Folding]:  # noqa: ANN401  # of Endpoint
    asked = provider(api, server.url, **about)
    wire = await asked.wire(request)
    await asked.aclose()
    return wire, fold(wire, request)


def _run(command: list[str], source: str, folder: Path) -> str:
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), VARIABLE: KEY}
    done = subprocess.run(
        command, input=source, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _save(folding: Folding, folder: Path) -> None:
    """Write the attachments where copies read them."""
    for file in folding.files:
        (folder / file.name).write_bytes(file.data)


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("api", APIS)
async def test_pasted_into_a_shell_it_makes_the_same_request(api: str, number: int, tmp_path: Path) -> None:
    """The command sends the same body with the same key to the same place."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not here")
    request = requests(api)[number]
    with scripted(REPLIES[api]) as server:
        wire, folding = await _folding(api, request, server, headers={"X-Title": 'it\'s "$HOME" `id` !!'})
        command = as_curl(folding)
        _save(folding, tmp_path)
        assert KEY not in command
        assert "fine" in _run(["bash"], command, tmp_path)
    (sent,) = server.requests
    assert (f"{server.url}{sent.path}", sent.json) == (wire.url, wire.body)
    expected = {name: value.replace(f"${VARIABLE}", KEY) for name, value in wire.headers.items()}
    assert {name: sent.headers[name] for name in ("x-title", "content-type")} == {
        name: expected[name] for name in ("x-title", "content-type")
    }
    assert KEY in " ".join(sent.headers.values())


@pytest.mark.parametrize("api", APIS)
async def test_pasted_into_python_it_makes_the_same_request(api: str, tmp_path: Path) -> None:
    """The SDK, or httpx, sends the same body with the same key to the same place, and the answer is printed."""
    about: dict[str, Any] = {"headers": {"X-Title": "tests"}, "extra_body": {"house_rule": {"nested": [1, None, True]}}}
    with scripted(REPLIES[api]) as server:
        pasted = [await _folding(api, requests(api)[number], server, **about) for number in (1, 2)]
        programs = [as_python(folding) for _, folding in pasted]
        assert KEY not in "".join(programs)
        for _, folding in pasted:
            _save(folding, tmp_path)
        assert _run([sys.executable, "-"], "\n".join(programs), tmp_path) == "fine\n" * 2
    for sent, (wire, _) in zip(server.requests, pasted, strict=True):
        assert f"{server.url}{sent.path}" == wire.url
        assert sent.json == wire.body
        assert KEY in " ".join(sent.headers.values())
        assert sent.headers["x-title"] == "tests"


@pytest.mark.parametrize("api", APIS)
async def test_programs_are_python_for_any_text(api: str) -> None:
    """Quotes, backslashes, line ends, marks and f-string braces are only text."""
    said = "\"\"\"'''\\\n{x}\t<file 1: chart.png> 'data': 'x' \u2028\x00\U0001f600"
    with scripted(REPLIES[api]) as server:
        _, folding = await _folding(api, Request(facts=plain().facts, messages=(user(said),)), server, key=None)
    compile(as_python(folding), "pasted", "exec")
    assert "os.environ" not in as_python(folding)


@pytest.mark.parametrize("api", APIS)
async def test_attachments_are_marks_in_every_copy(api: str) -> None:
    """A mark names the file with its size, copies the file that is written, and no copy holds the bytes."""
    with scripted(REPLIES[api]) as server:
        _, folding = await _folding(api, furnished(api), server)
    first, second = folding.files
    assert first.mark == f"<file 1: chart.png, image/png, {len(PICTURE)} bytes as base64>"
    assert second.mark == f"<file 2: my paper.pdf, application/pdf, {len(PAPER)} bytes as base64>"
    digests = [hashlib.sha256(data).hexdigest()[:8] for data in (PICTURE, PAPER)]
    names = [f"chart-{digests[0]}.png", f"my-paper-{digests[1]}.pdf"]
    assert [(file.name, file.data) for file in folding.files] == list(zip(names, (PICTURE, PAPER), strict=True))
    copies = (pretty(folding.wire.body), as_curl(folding), as_python(folding))
    for data in (PICTURE, PAPER):
        for encoded in (base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()):
            assert all(encoded not in copied for copied in copies)
    assert first.mark in copies[0]
    assert f"FILE_1=$(base64 < {names[0]} | tr -d '\\n'" in copies[1]
    assert f"Path({names[1]!r}).read_bytes()" in copies[2]


async def test_hidden_values_are_asked_for() -> None:
    """What the user's configuration keeps to itself is for the user to put in."""
    with scripted(REPLIES["chat"]) as server:
        _, folding = await _folding("chat", plain(), server, headers={"X-Api-Token": "tok-3"})
    for copied in (as_curl(folding), as_python(folding)):
        assert "tok-3" not in copied
        assert "# put your own value where •••• stands" in copied


def test_a_script_is_no_request() -> None:
    """There is nothing to make again, and the error says what there is."""
    folding = Folding(wire=WireRequest(api="script", method="PLAY", url="script:echo", headers={}, body={}))
    for copied in (as_curl, as_python):
        with pytest.raises(UsageError, match="inside tchat") as caught:
            copied(folding)
        assert "template" in (caught.value.hint or "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100)
@given(JSON)
def test_literals_are_the_values(value: object) -> None:
    """What is written for a JSON value is that value in Python."""
    assert eval(Literals({}).spelled(value)) == value  # noqa: S307  # that is the law


@settings(max_examples=100)
@given(st.text(), st.text())
def test_a_variable_stands_for_its_mark(before: str, after: str) -> None:
    """Around a mark, a text stays what it is."""
    spelled = Literals({"<file 1>": "file_1"}).spelled(f"{before}<file 1>{after}")
    assert eval(spelled, {"file_1": "DATA"}) == f"{before}<file 1>{after}".replace("<file 1>", "DATA")  # noqa: S307


@settings(max_examples=100)
@given(JSON)
def test_pretty_json_is_the_value_and_safe_to_print(value: object) -> None:
    """It reads as the same value, and nothing in it commands a terminal."""
    shown = pretty(value)
    assert cast("object", json.loads(shown)) == value
    assert all(line.isprintable() or any(ord(letter) >= 0xA0 for letter in line) for line in shown.split("\n"))
    assert not any(letter in shown for letter in "\x1b\x7f\x85\x9b\u202e\u2066")
