"""Laws of drafts: what was typed is never lost, and never someone else's while they live."""

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.draft import Draft, Paste
from tchat.domain.errors import NotFound
from tchat.domain.message import DocumentPart, ImagePart
from tchat.store.conversations import Conversations
from tests.store.stores import exchange, opened, writer
from tests.store.test_surviving import ended, lines_of, suspend

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=5)
STEPS = st.lists(st.tuples(st.booleans(), st.booleans(), TEXTS), max_size=12)
PICTURE = ImagePart(digest="a" * 64, media_type="image/png", name="chart.png", width=3, height=2)
PDF = DocumentPart(digest="b" * 64, media_type="application/pdf", name="notes.pdf")
ADOPTERS = 6


def tell(process: subprocess.Popen[str]) -> None:
    """Let a process go on that waits for a line."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


async def test_a_draft_is_kept_whole(store: Conversations) -> None:
    """Pastes, attachments and what is queued come back as they were; halves of surrogate pairs as U+FFFD."""
    queued = (Draft(text="first", attachments=(PDF,)), Draft(text="second"))
    draft = Draft(text="see [1] ", pastes=(Paste("[1]", "a\0b"),), attachments=(PICTURE, PDF), queued=queued)
    await store.keep_draft(None, draft)
    assert await store.draft(None) == draft
    await store.keep_draft(None, Draft(text="\ud800"))
    assert await store.draft(None) == Draft(text="\ufffd")


async def test_an_empty_draft_is_none(store: Conversations) -> None:
    """Keeping an empty draft removes the one before, also where there was none."""
    for _ in range(2):
        await store.keep_draft(None, Draft(text=" \n"))
        assert await store.draft(None) is None
        await store.keep_draft(None, Draft(text="x"))
    await store.keep_draft("nowhere", Draft())


async def test_a_draft_belongs_to_a_conversation_that_is_there(store: Conversations) -> None:
    """An unknown conversation keeps none; a deleted one keeps its own; a purged one takes it along."""
    ids = await exchange(store, "hello", "hi")
    with pytest.raises(NotFound):
        await store.keep_draft("nowhere", Draft(text="x"))
    await store.keep_draft(ids.conversation_id, Draft(text="mine"))
    assert await store.draft(None) is None
    await store.delete(ids.conversation_id)
    assert await store.draft(ids.conversation_id) == Draft(text="mine")
    await store.purge(ids.conversation_id)
    assert await store.draft(ids.conversation_id) is None


@settings(max_examples=20, deadline=None)
@given(steps=STEPS)
async def test_two_that_live_never_touch_each_others_drafts(steps: list[tuple[bool, bool, str]]) -> None:
    """Whatever two writers keep, in a conversation or for a new one, each reads its own last draft and no other."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tchat.db"
        async with opened(path) as one, opened(path) as other:
            ids = await exchange(one, "hello", "hi")
            kept: dict[tuple[bool, bool], str] = {}
            for is_other, is_new, text in [(False, False, "a"), (True, False, "b"), *steps]:
                place = None if is_new else ids.conversation_id
                await (other if is_other else one).keep_draft(place, Draft(text=text))
                kept[is_other, is_new] = text
            for is_other, store in ((False, one), (True, other)):
                for is_new in (False, True):
                    draft = await store.draft(None if is_new else ids.conversation_id)
                    text = kept.get((is_other, is_new), "")
                    assert draft == (Draft(text=text) if text.strip() else None)


async def test_the_newest_draft_that_was_left_is_adopted(path: Path) -> None:
    """A new process takes the last draft of one that ended; the one before comes once that is sent; nothing is lost."""
    for text in ("older", "newer"):
        async with opened(path) as store:
            await store.keep_draft(None, Draft(text=text))
    async with opened(path) as store:
        assert await store.draft(None) == Draft(text="newer")
        async with opened(path) as other:
            assert await other.draft(None) == Draft(text="older")
        assert await store.draft(None) == Draft(text="newer")
        await store.keep_draft(None, Draft())
        assert await store.draft(None) == Draft(text="older")


async def test_looking_for_a_draft_leaves_no_trace(path: Path) -> None:
    """Where there is none to adopt, nothing is written and no lock is taken."""
    async with opened(path) as store:
        before = await store.stamp()
        assert await store.draft(None) is None
        assert await store.stamp() == before
        assert not (path.parent / "writers").exists()


async def test_a_killed_process_leaves_its_draft_to_exactly_one(path: Path) -> None:
    """After kill -9 the draft is on disk, and of many processes that ask at the same moment one gets it."""
    dying = writer(path, "write", "never lost")
    assert lines_of(dying, 1) == ["kept"]
    dying.kill()
    dying.communicate()
    adopters = [writer(path, "adopt") for _ in range(ADOPTERS)]
    for process in adopters:
        assert lines_of(process, 1) == ["ready"]
    for process in adopters:
        tell(process)
    drafts = [lines_of(process, 1)[0] for process in adopters]
    assert sorted(drafts) == ["never lost", *["none"] * (ADOPTERS - 1)]
    for process in adopters:
        tell(process)
    assert [ended(process) for process in adopters] == [(0, "")] * ADOPTERS
    async with opened(path) as store:
        assert await store.draft(None) == Draft(text="never lost")


async def test_a_suspended_process_keeps_its_draft(path: Path) -> None:
    """A process that stands still lives: nobody adopts its draft."""
    process = writer(path, "write", "mine")
    try:
        assert lines_of(process, 1) == ["kept"]
        suspend(process)
        async with opened(path) as store:
            assert await store.draft(None) is None
    finally:
        process.kill()
        process.communicate()
