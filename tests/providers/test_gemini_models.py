"""The Gemini adapter's model list, and what its SDK costs and says."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from tchat.domain.errors import (
    KeyRejected,
    Overloaded,
    ProviderError,
    ServerFault,
)
from tchat.domain.model import ModelFacts
from tests.providers.gemini_client import (
    END,
    ask,
    provider,
    refusal,
    says,
)
from tests.servers import ROOT, Answer, scripted, sse


async def test_gemini_lists_what_can_chat_with_what_is_said_of_it() -> None:
    """All pages are read; names lose their prefix, and limits and thinking are kept."""
    chat = {
        "name": "models/gemini-3-pro",
        "displayName": "Gemini 3\x1b Pro",
        "inputTokenLimit": 1000,
        "outputTokenLimit": 100,
        "supportedGenerationMethods": ["generateContent"],
        "thinking": True,
    }
    others = [
        {"name": "models/embedder", "supportedGenerationMethods": ["embedContent"]},
        {"name": "models/plain", "thinking": False, "newField": {"a": 1}},
    ]
    pages = [{"models": [chat], "nextPageToken": "two"}, {"models": others}]
    answers = [Answer(content_type="application/json", body=(json.dumps(page).encode(),)) for page in pages]
    with scripted(*answers) as server:
        asked = provider(server.url, extra_body={"not": "for lists"})
        facts = await asked.models()
        await asked.aclose()
        assert [request.path.split("?")[0] for request in server.requests] == ["/v1beta/models"] * 2
        assert "pageToken=two" in server.requests[1].path
        assert {request.body for request in server.requests} == {b""}
    assert facts == (
        ModelFacts(
            provider="gemini", name="gemini-3-pro", title="Gemini 3 Pro", window=1000, max_output=100, listed=True
        ),
        ModelFacts(provider="gemini", name="plain", efforts=(), listed=True),
    )


async def test_gemini_stops_at_a_list_without_end() -> None:
    """A server that always has another page is not followed for ever."""
    page = json.dumps({"models": [{"name": "models/a"}], "nextPageToken": "more"}).encode()
    with scripted(Answer(content_type="application/json", body=(page,))) as server:
        asked = provider(server.url)
        assert 1 < len(await asked.models()) <= 50
        await asked.aclose()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(400, "API key not valid. Please pass a valid API key."), KeyRejected),
        (Answer(content_type="text/html", body=(b"<html>hotel</html>",)), ServerFault),
        (Answer(content_type="application/json", body=(b'{"models": [{"inputTokenLimit": {}}]}',)), ServerFault),
        (Answer(content_type="application/json", body=(b'{"error": {"code": 503}}',)), Overloaded),
    ],
)
async def test_gemini_raises_what_keeps_it_from_listing(answer: Answer, kind: type[ProviderError]) -> None:
    """A list that cannot be had is an error of tchat's own."""
    with scripted(answer) as server:
        asked = provider(server.url)
        with pytest.raises(ProviderError) as caught:
            await asked.models()
        assert caught.type is kind
        await asked.aclose()


async def test_gemini_lists_no_name_that_cannot_be_asked_for(chaos: str) -> None:
    """Thousands of models are listed, those with escapes, blanks or no name are not."""
    asked = provider(f"{chaos}/f/models_odd")
    names = [facts.name for facts in await asked.models()]
    await asked.aclose()
    assert len(names) > 5000
    assert all(name.isprintable() and name and " " not in name and "[" not in name for name in names)


async def test_gemini_can_be_warmed_and_closed_any_number_of_times() -> None:
    """Warming twice at once builds one client; a closed provider starts anew."""
    with scripted(Answer(body=END)) as server:
        asked = provider(server.url)
        await asked.aclose()
        await asyncio.gather(asked.warm(), asked.warm())
        tools = cast("Any", asked)._tools
        await asked.warm()
        assert cast("Any", asked)._tools is tools
        await asked.aclose()
        assert (await ask(asked)).text == "bye"


def run_python(code: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": str(Path(sys.executable).parent), **environ},
        timeout=60,
    )


def test_gemini_is_imported_without_its_sdk() -> None:
    """The module costs nothing until its first request."""
    heavy = ("google", "httpx", "httpx2", "pydantic")
    code = f"import sys, tchat.providers.gemini; print([name for name in {heavy} if name in sys.modules])"
    assert run_python(code).stdout.strip() == "[]"


def test_gemini_prints_nothing() -> None:
    """Whatever the SDK warns or logs of stays off the terminal, and nothing is left open at the end."""
    code = """
import asyncio, sys
from tests.providers.gemini_client import HI, provider
async def main():
    asyncio.get_running_loop().slow_callback_duration = 60  # a busy machine is no warning
    asked = provider(sys.argv[1])
    async for event in asked.stream(HI):
        pass
    await asked.aclose()
asyncio.run(main())
"""
    with scripted(Answer(body=sse(says("a", finish="NEVER_SEEN")))) as server:
        done = run_python(
            code,
            server.url,
            GOOGLE_API_KEY="a",
            GEMINI_API_KEY="b",
            GOOGLE_GENAI_HTTP_CLIENT="strange",
            GOOGLE_GENAI_USE_ENTERPRISE="1",
            GOOGLE_GENAI_USE_VERTEXAI="0",
        )
    assert (done.stdout, done.stderr) == ("", "")
