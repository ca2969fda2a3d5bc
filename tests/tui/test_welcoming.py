"""What a new user is told is found out piece by piece, and nothing is looked for in vain."""

from pathlib import Path

import pytest

from tchat.domain.model import ModelFacts, ModelRef
from tchat.paths import Paths
from tchat.providers import weights
from tchat.providers.finding import FoundServer
from tchat.tui.welcoming import Greeting, greetings, model_to_try
from tests.homes import home_runtime, listing, use_keyring
from tests.servers import scripted

REF = ModelRef("script", "echo")


@pytest.fixture(autouse=True)
def _keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch)


async def test_with_a_key_nothing_else_is_looked_for(tmp_path: Path) -> None:
    """Servers on this machine are not asked who has a key."""
    with scripted(listing("a")) as server:
        runtime = home_runtime(tmp_path, f'[providers.zoo]\nbase_url = "{server.url}/v1"\n', OPENAI_API_KEY="x")
        told = [greeting async for greeting in greetings(runtime, REF, "high")]
        await runtime.aclose()
    assert told[0] == Greeting(ref=REF, effort="high")
    assert told[-1] == Greeting(ref=REF, effort="high", has_key=True)
    assert not server.requests


async def test_without_a_key_every_way_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the embedded model lacks, and which servers answer; each is told as soon as it is known."""

    def nowhere(_: Paths, configured: Path | None) -> Path | None:
        return configured

    monkeypatch.setattr(weights, "find", nowhere)
    with scripted(listing("nomic-embed-text", "llama3.2")) as server:
        runtime = home_runtime(tmp_path, f'[providers.zoo]\nbase_url = "{server.url}/v1"\n')
        told = [greeting async for greeting in greetings(runtime, REF, None)]
        await runtime.aclose()
    assert [(each.has_key, each.embedded is None, each.servers is None) for each in told] == [
        (None, True, True), (False, True, True), (False, False, True), (False, False, False),
    ]  # fmt: skip
    last = told[-1]
    assert last.embedded is not None
    assert last.embedded.trouble
    assert "tchat local pull" in last.embedded.hint
    assert last.servers is not None
    (found,) = last.servers
    assert model_to_try(found).ref == ModelRef("zoo", "llama3.2")


def test_a_server_with_nothing_to_talk_to_gives_what_it_has() -> None:
    """The first model, if none looks better."""
    only = ModelFacts(provider="zoo", name="embed")
    assert model_to_try(FoundServer("zoo", (only,))) == only
