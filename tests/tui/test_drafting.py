"""Drafts on disk: who asks for one to be kept knows whether it is."""

import asyncio
from pathlib import Path

import pytest

from tchat.domain.draft import Draft
from tchat.domain.errors import StoreError
from tchat.store.conversations import Conversations
from tchat.tui.drafting import Drafting
from tests.tui.gates import Gate
from tests.tui.running import make_runtime


async def test_whoever_leaves_while_a_draft_is_being_stored_is_told_that_it_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one to ask waits for the first one's attempt, and may try again after it."""
    gate = Gate()

    async def fails(*_: object) -> None:
        await gate.passed()
        raise StoreError("the disk is full")

    runtime = make_runtime(tmp_path)
    drafting = Drafting(runtime, lambda _: Draft())
    try:
        drafting.write(None, Draft(text="precious"))
        with monkeypatch.context() as patch:
            patch.setattr(Conversations, "keep_draft", fails)
            asked = [asyncio.create_task(drafting.flush(None)) for _ in range(2)]
            await gate.reached.wait()
            gate.open()
            told = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(each) for each in told] == [StoreError, StoreError]
        await drafting.flush(None)
        assert await (await runtime.store()).draft(None) == Draft(text="precious")
    finally:
        await runtime.aclose()
