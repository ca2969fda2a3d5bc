"""The life of the embedded model's child process: it starts once, answers its parent only, and ends with it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from tchat.config import LocalConfig
from tchat.domain.errors import LocalModelError, Origin
from tchat.providers import weights
from tchat.providers.local import LocalProvider
from tchat.providers.local_child import Child
from tests.embedded import children, found_weights, is_gone, is_running, only_child, shown_of
from tests.providers.local_client import ENDLESS, SHORT, ask, provider, request
from tests.servers import ROOT

pytestmark = pytest.mark.local


@pytest.fixture(scope="session", name="file")
def _file() -> Path:
    return found_weights()


@pytest.fixture(name="local")
async def _local(file: Path, tmp_path: Path) -> AsyncIterator[LocalProvider]:
    made = provider(tmp_path, LocalConfig(model=file), ignore_eos=True)
    yield made
    await made.aclose()


def _owner(file: Path, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.providers.local_client", str(file), how],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _child_of(owner: subprocess.Popen[str], *, ready: bool) -> int:
    """Return the process id of an owner's child, as soon as it runs or, if asked, answers."""
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    if ready:
        assert owner.stdout.readline() == "ready\n"
    return pid


async def test_first_calls_together_start_one_child(local: LocalProvider) -> None:
    """Whoever comes while the model loads waits for the same child."""
    await asyncio.gather(local.warm(), *(ask(local, "Hello", SHORT) for _ in range(3)))
    assert len(children()) == 1


async def test_cancelled_first_call_leaves_the_child_to_the_next(local: LocalProvider) -> None:
    """Giving up while the model loads neither ends the child nor starts another."""
    local.start(weights.NAME)
    started = only_child()
    waiting = asyncio.create_task(ask(local, "Hello", SHORT))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert (await ask(local, "Hello", SHORT)).text
    assert children() == {started}


async def test_ctrl_c_does_not_reach_the_child(local: LocalProvider) -> None:
    """The child is in no terminal's session and ignores SIGINT, so its parent can finish what it does."""
    await local.warm()
    pid = only_child()
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGINT)
    assert (await ask(local, "Hello", SHORT)).text
    assert children() == {pid}


async def test_dead_child_is_told_and_started_anew(local: LocalProvider) -> None:
    """A child that dies in the middle of a reply is named as the cause, and the next question gets a new one."""
    async with aclosing(local.stream(request("Write a story.", ENDLESS))) as events:
        await anext(events)
        pid = only_child()
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(LocalModelError, match="signal 9") as failed:
            async for _ in events:
                pass
    assert failed.value.origin == Origin(provider="local", model=weights.NAME)
    assert (await ask(local, "Hello", SHORT)).text
    assert children() not in (set(), {pid})


async def test_closing_ends_the_child(local: LocalProvider) -> None:
    """After `aclose` no child is left, and it may be called again."""
    await local.warm()
    pid = only_child()
    await local.aclose()
    assert not is_running(pid)
    await local.aclose()


async def test_closing_ends_a_child_that_still_loads(local: LocalProvider) -> None:
    """`aclose` does not wait for a model to load."""
    local.start(weights.NAME)
    pid = only_child()
    await local.aclose()
    assert not is_running(pid)


@pytest.mark.parametrize("how", ["loading", "ready"])
def test_killed_parent_takes_the_child_along(file: Path, how: str) -> None:
    """Not even kill -9 on tchat leaves a child behind, whether it answers or still loads."""
    with _owner(file, how) as owner:
        pid = _child_of(owner, ready=how == "ready")
        owner.kill()
    assert is_gone(pid)


def test_exit_without_closing_ends_the_child_in_silence(file: Path) -> None:
    """A parent that ends without cleaning up leaves neither a child nor a word of llama.cpp's."""
    with _owner(file, "exit") as owner:
        pid = _child_of(owner, ready=True)
        _, errors = owner.communicate(timeout=30)
    assert owner.returncode == 0
    assert errors == ""
    assert is_gone(pid)


async def test_child_answers_only_those_who_know_the_key(file: Path) -> None:
    """Other users of the machine are turned away, and find the key neither in the process table nor on disk."""
    child = Child(file, LocalConfig(), Origin(), key="a-key-of-nobody")
    url = await child.ready()
    import httpx

    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        assert (await client.get("/v1/models")).status_code == 401
        allowed = await client.get("/v1/models", headers={"authorization": "Bearer a-key-of-nobody"})
        assert allowed.status_code == 200
    assert b"a-key-of-nobody" not in shown_of(child.pid)
    await child.aclose()


async def test_working_folder_has_no_say_in_what_runs(
    local: LocalProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is named like a module and lies where tchat is called is not run."""
    (tmp_path / "json.py").write_text("open('ran', 'w').close()", "utf-8")
    monkeypatch.chdir(tmp_path)
    await local.warm()
    assert "ran" not in os.listdir(tmp_path)  # noqa: PTH208  # a quick look


def test_child_can_be_started_before_an_event_loop(file: Path, tmp_path: Path) -> None:
    """Starting needs no loop, and `warm` waits for the child that was started."""
    made = provider(tmp_path, LocalConfig(model=file))
    made.start(weights.NAME)
    started = only_child()

    async def warm() -> None:
        await made.warm()
        assert children() == {started}
        await made.aclose()

    asyncio.run(warm())
