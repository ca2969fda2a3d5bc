"""Laws of showing a request: it is the one that goes out, and no key is in it."""

from pathlib import Path

import msgspec
import pytest

from tchat.config import LocalConfig, NetworkConfig
from tchat.domain.errors import BadRequest, ProviderError, UnknownModel
from tchat.domain.message import user
from tchat.domain.request import Request, Settings
from tchat.net import plan_route
from tchat.paths import find_paths
from tchat.providers.base import Endpoint, Provider
from tchat.providers.local import USUAL_URL, LocalProvider
from tchat.providers.scripted import ScriptedProvider
from tests.providers.wired import KEY, MAKERS, VARIABLE, plain, provider, requests
from tests.servers import Answer, Received, ScriptedServer, scripted

APIS = tuple(MAKERS)
BUSY = Answer(status=500, content_type="application/json", body=(b'{"error": {"message": "busy"}}',))


async def _sent(asked: Provider, server: ScriptedServer, request: Request) -> Received:
    with pytest.raises(ProviderError):
        async for _ in asked.stream(request):
            pass
    return server.requests[-1]


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("api", APIS)
async def test_the_shown_request_is_the_one_that_goes_out(api: str, number: int) -> None:
    """Method, address, headers and body are those that the server receives, but for the key."""
    request = requests(api)[number]
    headers = {"X-Title": "tchat tests"}
    with scripted(BUSY) as server:
        asked = provider(api, server.url, headers=headers, extra_body={"house_rule": {"nested": [1, None]}})
        wire = await asked.wire(request)
        assert server.requests == []
        sent = await _sent(asked, server, request)
        await asked.aclose()
    assert (wire.method, wire.url) == (sent.method, f"{server.url}{sent.path}")
    assert wire.headers == {name: value.replace(KEY, f"${VARIABLE}") for name, value in sent.headers.items()}
    assert wire.body == sent.json
    assert (wire.api, wire.variable) == (api, VARIABLE)
    assert KEY not in repr(wire)


@pytest.mark.parametrize("api", APIS)
async def test_without_a_key_none_is_shown(api: str) -> None:
    """A server that needs no key is told none, and no variable is named."""
    with scripted(BUSY) as server:
        asked = provider(api, server.url, key=None)
        wire = await asked.wire(plain())
        sent = await _sent(asked, server, plain())
        await asked.aclose()
    assert wire.headers == sent.headers
    assert (wire.variable, VARIABLE in repr(wire)) == ("", False)


@pytest.mark.parametrize("api", APIS)
async def test_secrets_in_a_configuration_stay_hidden(api: str) -> None:
    """Named headers, user names in URLs, queries and a key that the user wrote into a message are not shown."""
    headers = {
        "X-Api-Token": "tok-3", "OpenAI-Organization": "org-4", "Cookie": "sid=5", "X-Title": f"by {KEY}",
        "X-Pass": "gate-6", "X-Upstream": "Bearer up-7",
    }  # fmt: skip
    own = {
        "note": f"key {KEY}!",
        "prompt_cache_key": "physics course",
        "api_key": "key-8",
        "generation_config": {"gate_token": "body-token-10"},
        "house": {"user_tokens": ["body-token-9"], "rule": "no-secret"},
    }
    with scripted(BUSY) as server:
        address = server.url.replace("://", "://anna:pass-2@")
        asked = provider(api, address, headers=headers, extra_body=own)
        wire = await asked.wire(Request(facts=plain().facts, messages=(user(f"is {KEY} a key in a physics course?"),)))
        await asked.aclose()
    shown = msgspec.json.encode(wire).decode()
    for secret in (
        KEY,
        "tok-3",
        "org-4",
        "sid=5",
        "anna",
        "pass-2",
        "gate-6",
        "up-7",
        "key-8",
        "body-token-9",
        "body-token-10",
    ):
        assert secret not in shown
    assert f"is ${VARIABLE} a key in a physics course?" in shown
    assert "no-secret" in shown
    assert "physics course" in shown
    assert wire.headers["x-title"] == f"by ${VARIABLE}"


async def test_a_key_in_a_query_stays_hidden() -> None:
    """Some servers take the key in the address."""
    endpoint = Endpoint(name="house", base_url="http://127.0.0.1:9/v1?api-key=q-6&version=2", key=None)
    asked = MAKERS["chat"](endpoint, plan_route(endpoint.base_url, NetworkConfig(), {}))
    wire = await asked.wire(plain())
    await asked.aclose()
    assert wire.url == "http://127.0.0.1:9/v1/chat/completions?api-key=••••&version=2"


def test_a_key_without_a_variable_is_named_after_its_provider() -> None:
    """What stands for the key can be a variable of a shell."""
    assert Endpoint(name="my-lab.2", base_url="").variable == "MY_LAB_2_API_KEY"


async def test_a_script_is_shown_as_what_it_is_played_to() -> None:
    """There is no network, and it says so."""
    asked = ScriptedProvider(Endpoint(name="script", base_url=""))
    request = Request(facts=plain(model="echo").facts, messages=(user("hi"),), settings=Settings(seed=1))
    wire = await asked.wire(request)
    assert (wire.api, wire.url) == ("script", "script:echo")
    assert wire.body == {
        "messages": [{"role": "user", "parts": [{"type": "text", "text": "hi"}]}],
        "settings": {"seed": 1},
    }
    assert "inside tchat" in wire.notes[0]
    with pytest.raises(UnknownModel):
        await asked.wire(plain(model="nothing-of-the-kind"))


async def test_what_cannot_be_asked_cannot_be_shown() -> None:
    """A name that would lead elsewhere is refused as it is when it is sent."""
    asked = provider("gemini", "http://127.0.0.1:9")
    with pytest.raises((UnknownModel, BadRequest)):
        await asked.wire(plain(model="../files"))
    await asked.aclose()


async def test_a_local_model_is_shown_without_being_started(tmp_path: Path) -> None:
    """Looking at a request loads no weights; the note says why the address is not to be had."""
    file = tmp_path / "tiny.gguf"
    file.write_bytes(b"GGUF" + bytes(64))
    url = "http://127.0.0.1"
    asked = LocalProvider(
        Endpoint(name="local", base_url=""),
        plan_route(url, NetworkConfig(), {}),
        paths=find_paths({"TCHAT_HOME": str(tmp_path)}),
        local=LocalConfig(),
    )
    wire = await asked.wire(plain(model=str(file)))
    await asked.aclose()
    assert wire.url == f"{USUAL_URL}/chat/completions"
    assert wire.body["messages"] == [{"role": "user", "content": "hi"}]
    assert "only while tchat runs" in wire.notes[0]
    with pytest.raises(UnknownModel):
        await asked.wire(plain(model="no-such-model"))


@pytest.mark.parametrize("api", APIS)
async def test_a_word_for_a_key_leaves_the_rest_as_it_is(api: str) -> None:
    """Servers that take any key are given `none` or the like, which stands in names and values of its own right."""
    asked = provider(api, "http://127.0.0.1:1", key="none", extra_body={"none": "none"})
    wire = await asked.wire(plain())
    await asked.aclose()
    assert wire.body["none"] == "none"
    assert "none" not in wire.headers.values()


def test_an_endpoint_does_not_show_its_key() -> None:
    """Nor headers, which may hold one."""
    shown = repr(Endpoint(name="house", base_url="http://house", key=KEY, headers={"x-key": KEY}))
    assert KEY not in shown
