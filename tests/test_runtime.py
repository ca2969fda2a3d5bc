"""What changes while a program runs is taken in, and what is under way is not disturbed."""

import asyncio
import io
import os
from pathlib import Path
from typing import cast

import pytest
from PIL import Image

from tchat.config import set_value
from tchat.domain.errors import BudgetExceeded, ConfigError, StoreError, UsageError
from tchat.domain.events import TextDelta
from tchat.domain.message import ImagePart, user
from tchat.domain.model import ModelRef
from tchat.domain.request import Settings
from tchat.engine.session import Ask
from tchat.key_keeping import forget_key, keep_key
from tchat.media import marking
from tchat.media.attachment import Source, attach
from tchat.providers.compatible import CompatibleProvider
from tchat.running import models_of, picture_preparer
from tchat.runtime import Runtime
from tchat.templates.format import Picture
from tests.end_to_end.running import chunk, ending, says
from tests.homes import home_runtime, listing, use_keyring
from tests.servers import Answer, scripted, sse

OWN = ModelRef("own", "model")
SECRET = "sk-planted-0123456789abcdef"  # noqa: S105  # planted, to be looked for


@pytest.fixture(autouse=True)
def _keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch)


def _own(url: str) -> str:
    return f'[providers.own]\nbase_url = "{url}/v1"\n'


async def _said(runtime: Runtime) -> str:
    engine = await runtime.engine()
    events = [event async for event in engine.turn(Ask(ref=OWN, message=user("hi")))]
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def _closed(runtime: Runtime) -> None:
    """Wait until what was retired is closed."""
    while retiring := runtime._connections._retiring:
        await asyncio.wait(retiring)


async def test_a_turn_under_way_survives_a_reload_and_its_connection_is_closed_after_it(tmp_path: Path) -> None:
    """Another base URL holds from the next turn on; the reply that streams comes to its end over the old one."""
    going_on = Answer(body=(*sse(chunk("one ")), 0.2, *sse(chunk("two")), *sse(*ending())))
    with scripted(going_on) as old, scripted(says("new")) as new:
        runtime = home_runtime(tmp_path, _own(old.url))
        engine = await runtime.engine()
        connection = await runtime.connect("own")
        said: list[str] = []
        async for event in engine.turn(Ask(ref=OWN, message=user("hi"))):
            if isinstance(event, TextDelta):
                said.append(event.text)
                if len(said) == 1:
                    home_runtime(tmp_path, _own(new.url))
                    await runtime.reload()
                    assert await _said(runtime) == "new"
        assert "".join(said) == "one two"
        await _closed(runtime)
        assert cast("CompatibleProvider", connection.provider)._wire._client is None
        assert (await runtime.connect("own")) is not connection
        await runtime.aclose()


async def test_a_retired_connection_still_serves_who_has_it(tmp_path: Path) -> None:
    """A call that waited to be tried again goes out over the connection that it began with."""
    with scripted(listing("still-here")) as server:
        runtime = home_runtime(tmp_path, _own(server.url))
        connection = await runtime.connect("own")
        await runtime.reload("own")
        await _closed(runtime)
        async with connection.slots:
            (facts,) = await connection.provider.models()
        assert facts.name == "still-here"
        await runtime.aclose()


async def test_a_new_key_is_sent_after_a_reload(tmp_path: Path) -> None:
    """The old connection knows only the old key."""
    with scripted(listing("model")) as server:
        runtime = home_runtime(tmp_path, _own(server.url))
        await runtime.list_models("own")
        keep_key(runtime, "own", SECRET)
        await runtime.reload("own")
        await runtime.list_models("own")
        forget_key(runtime, "own")
        await runtime.reload("own")
        await runtime.list_models("own")
        await runtime.aclose()
    sent = [request.headers.get("authorization", "") for request in server.requests]
    assert [SECRET in header for header in sent] == [False, True, False]


async def test_what_did_not_change_keeps_its_connection(tmp_path: Path) -> None:
    """A reload for one provider leaves the others alone."""
    with scripted(listing("model")) as server:
        runtime = home_runtime(tmp_path, _own(server.url) + f'[providers.other]\nbase_url = "{server.url}/v1"\n')
        own, other = await runtime.connect("own"), await runtime.connect("other")
        await runtime.reload("own")
        assert await runtime.connect("other") is other
        assert await runtime.connect("own") is not own
        await runtime.aclose()


async def test_a_broken_file_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """The settings that were read last hold on."""
    runtime = home_runtime(tmp_path, 'effort = "low"\n')
    (tmp_path / "config.toml").write_text("effort = \n")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        await runtime.reload()
    assert runtime.config.effort == "low"
    await runtime.aclose()


async def test_a_new_limit_holds_for_engines_that_are_there_already(tmp_path: Path) -> None:
    """The budget is asked for its limits at every call."""
    with scripted(says("ok")) as server:
        runtime = home_runtime(tmp_path, _own(server.url))
        engine = await runtime.engine()
        set_value(runtime.paths, "budget.per_run", 0.0)
        await runtime.reload()
        with pytest.raises(BudgetExceeded):
            async for _ in engine.turn(Ask(ref=OWN, message=user("hi"))):
                pass
        await runtime.aclose()


async def test_what_the_user_says_of_models_is_taken_in(tmp_path: Path) -> None:
    """The catalogue follows the settings."""
    runtime = home_runtime(tmp_path)
    assert runtime.facts(ModelRef("ollama", "x")).window is None
    set_value(runtime.paths, 'models."ollama/x".window', 4096)
    await runtime.reload()
    assert runtime.facts(ModelRef("ollama", "x")).window == 4096
    await runtime.aclose()


async def test_a_list_is_kept_for_the_next_time(tmp_path: Path) -> None:
    """What a provider lists is known afterwards without asking; many at once lose nothing."""
    with scripted(listing("a", "b")) as server:
        names = [f"own{number}" for number in range(6)]
        config = "".join(f'[providers.{name}]\nbase_url = "{server.url}/v1"\n' for name in names)
        runtime = home_runtime(tmp_path, config)
        await asyncio.gather(*(runtime.list_models(name) for name in names))
        await runtime.aclose()
    again = home_runtime(tmp_path, config)
    for name in names:
        assert [facts.name for facts in again.known_models(name)] == ["a", "b"]
    await again.aclose()


async def test_the_embedded_model_is_always_known(tmp_path: Path) -> None:
    """It needs no list, and its window is the configured one."""
    runtime = home_runtime(tmp_path, "[local]\nwindow = 2048\n")
    (facts,) = runtime.known_models("local")
    assert facts.ref == runtime.resolve("local")
    assert facts.window == 2048
    await runtime.aclose()


async def test_a_key_of_an_own_endpoint_is_used_until_it_is_forgotten(tmp_path: Path) -> None:
    """Keeping it says that one is needed; forgetting it takes that back."""
    runtime = home_runtime(tmp_path)
    set_value(runtime.paths, "providers.lab.base_url", "https://lab.example/v1")
    await runtime.reload()
    assert not runtime.spec("lab").needs_key
    keep_key(runtime, "lab", SECRET)
    await runtime.reload("lab")
    assert runtime.is_ready("lab")
    assert forget_key(runtime, "lab") == ("keyring",)
    await runtime.reload("lab")
    assert not runtime.spec("lab").needs_key
    with pytest.raises(UsageError, match="no key"):
        keep_key(runtime, "local", SECRET)
    await runtime.aclose()


@pytest.mark.parametrize(("config", "key"), [("needs_key = false\n", SECRET), ("", "no key\x07")])
async def test_a_key_that_cannot_be_kept_changes_nothing(tmp_path: Path, config: str, key: str) -> None:
    """The user's own file says that none is needed, or it is no key."""
    runtime = home_runtime(tmp_path, f'[providers.lab]\nbase_url = "https://lab.example/v1"\n{config}')
    with pytest.raises(UsageError):
        keep_key(runtime, "lab", key)
    await runtime.reload()
    assert not runtime.spec("lab").needs_key
    assert runtime.keys.find(runtime.key_plan("lab")) is None
    await runtime.aclose()


async def test_servers_on_this_machine_are_found(tmp_path: Path) -> None:
    """Those that list models are; what is closed, silent, or no server of models is passed over, and no key is sent."""
    page = Answer(content_type="text/html", body=(b"<html><title>my site</title></html>",))
    silent = Answer(body=("hang",))
    with scripted(listing("a", "b")) as models, scripted(page) as site, scripted(silent) as hangs:
        config = "".join(
            f'[providers.{name}]\nbase_url = "{url}/v1"\n'
            for name, url in (("zoo", models.url), ("site", site.url), ("hangs", hangs.url))
        )
        runtime = home_runtime(tmp_path, f'{config}[providers.far]\nbase_url = "https://far.example/v1"\n')
        (found,) = await runtime.find_local_servers()
        await runtime.aclose()
    assert (found.provider, [facts.name for facts in found.models]) == ("zoo", ["a", "b"])
    assert "authorization" not in models.requests[0].headers


async def test_every_call_of_a_run_is_priced_though_prices_are_found_late(tmp_path: Path) -> None:
    """On a fresh machine the first call finds the prices; what was known before it is not kept for the others."""
    runtime = home_runtime(tmp_path)
    try:
        models = models_of(runtime, "openai/gpt-5-mini", Settings())
        early = models.facts(models.resolve(None))
        assert early.price is None
        assert (await runtime.priced(early)).price is not None
        assert models.facts(models.resolve(None)).price is not None
        assert (await runtime.priced(early)).price is not None
    finally:
        await runtime.aclose()


async def test_a_role_without_a_model_stands_for_the_default(tmp_path: Path) -> None:
    """Also where the default, the choice for a run or an alias is such a role itself."""
    runtime = home_runtime(
        tmp_path, 'model = "strong"\n[aliases]\nmine = "fast"\njudge = "own/model"\n' + _own("http://own")
    )
    default = runtime.resolve("local")
    for name, fallback in ((None, None), ("fast", None), ("fast", "fast"), ("mine", None), ("strong", "mine")):
        assert runtime.resolve(name, fallback=fallback) == default
    assert runtime.resolve("mine", fallback="own/model") == runtime.resolve("judge") == OWN
    await runtime.aclose()


@pytest.mark.parametrize("keep", [True, False])
async def test_whoever_asks_first_has_the_same_store(tmp_path: Path, *, keep: bool) -> None:
    """Calls that begin together open one database each for what is kept and for what is counted."""
    runtime = Runtime.open({"TCHAT_HOME": str(tmp_path)}, keep=keep)
    stores = await asyncio.gather(*(runtime.store() for _ in range(3)))
    accounts = await asyncio.gather(*(runtime.accounts() for _ in range(3)))
    assert len({id(store) for store in stores}) == len({id(store) for store in accounts}) == 1
    await runtime.aclose()


async def test_a_slow_key_holds_up_its_own_provider_alone(tmp_path: Path) -> None:
    """Others are connected meanwhile, and settings are read; the slow one is made of what holds in the end."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    config = f"{_own('http://127.0.0.1:1')}key_command = ['cat', '{gate}']\n"
    runtime = home_runtime(tmp_path, f'{config}[providers.other]\nbase_url = "http://127.0.0.1:1/v1"\n')
    async with asyncio.timeout(20):
        slow = asyncio.create_task(runtime.connect("own"))
        await asyncio.sleep(0)
        await runtime.connect("other")
        home_runtime(tmp_path, _own("http://127.0.0.1:2"))
        await runtime.reload()
        assert not slow.done()
        await asyncio.to_thread(gate.write_text, SECRET)
        provider = cast("CompatibleProvider", (await slow).provider)
    assert provider._endpoint.base_url == "http://127.0.0.1:2/v1"
    await runtime.aclose()


async def test_what_fails_to_close_leaves_nothing_open(tmp_path: Path) -> None:
    """The database is closed whatever a provider does."""
    runtime = home_runtime(tmp_path, _own("http://127.0.0.1:1"))
    provider = (await runtime.connect("own")).provider
    store = await runtime.store()
    provider.aclose = _broken
    with pytest.raises(OSError, match="no way"):
        await runtime.aclose()
    with pytest.raises(StoreError, match="closed"):
        await store.last()


async def _broken() -> None:
    raise OSError("no way")


async def test_what_begins_together_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One estimator for the first calls of a model, and one picture for all items that want it the same way."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    marks: list[str] = []

    def mark(data: bytes, name: str, **_: object) -> bytes:
        marks.append(name)
        return data

    monkeypatch.setattr(marking, "mark", mark)
    runtime = home_runtime(tmp_path)
    estimators = await asyncio.gather(*(runtime.estimators.of(OWN) for _ in range(5)))
    assert len({id(estimator) for estimator in estimators}) == 1
    part = attach(Source(file.getvalue(), "dot.png"), runtime.blobs)
    assert isinstance(part, ImagePart)
    prepare = picture_preparer(runtime)
    wanted = Picture(source="dot.png")
    pictures = await asyncio.gather(*(prepare(part, wanted) for _ in range(5)))
    assert (len(set(pictures)), marks) == (1, ["dot.png"])
    await runtime.aclose()
