"""Pictures in the transcript, in the composer, large, and as models read them: what was looked at."""

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tchat.domain.draft import Draft
from tchat.domain.message import Attachment, AudioPart, DocumentPart
from tests.tui.prepared import prepare
from tests.tui.prepared_pictures import converse, kept_pictures
from tests.tui.running import wait_for
from tests.tui.snapshots.test_screens import Compare, Desk, every_look
from tests.tui.snapshots.test_screens import home as home  # noqa: PLC0414  # a fixture

FEW_LOOKS = pytest.mark.parametrize(("size", "theme"), [((80, 24), "tchat-light"), ((140, 45), "tchat-dark")])
SIZES = pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 45)], ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture
def pictures(home: Path) -> str:
    """The conversation with the pictures, among the others."""
    asyncio.run(prepare(home))
    return asyncio.run(converse(home))


async def _drawn(desk: Desk, pilot: Pilot[None]) -> None:
    """Wait for pictures that are drawn in threads."""
    await pilot.pause()
    await wait_for(pilot, lambda: not list(desk.app.workers))
    await pilot.pause()


def _look(compare: Compare, desk: Desk, keys: list[str], size: tuple[int, int], theme: str) -> bool:
    async def come_there(pilot: Pilot[None]) -> None:
        screen = await desk.settle(pilot)
        desk.app.theme = theme
        for key in keys:
            await pilot.press(key)
            await _drawn(desk, pilot)
        await wait_for(pilot, lambda: screen.gallery.is_idle)
        await desk.hold_still(pilot, theme)
        await wait_for(pilot, lambda: screen.gallery.is_idle)
        await _drawn(desk, pilot)

    return compare(desk.app, terminal_size=size, run_before=come_there)


@every_look
def test_a_conversation_with_pictures(
    snap_compare: Compare, home: Path, pictures: str, size: tuple[int, int], theme: str
) -> None:
    """Each where it stands among the words, those of the user and those that the model made."""
    assert _look(snap_compare, Desk(home, pictures), ["up", "home"], size, theme)


@every_look
def test_the_patches_of_a_picture(
    snap_compare: Compare, home: Path, pictures: str, size: tuple[int, int], theme: str
) -> None:
    """The model that was asked, and others."""
    assert _look(snap_compare, Desk(home, pictures), ["up", "home", "p"], size, theme)


@SIZES
def test_the_tiles_of_a_picture(snap_compare: Compare, home: Path, pictures: str, size: tuple[int, int]) -> None:
    """A model with tiles, a picture that was scaled down, and each tile with its number."""
    keys = ["up", "home", "p", "down", "down", "down", "minus"]
    assert _look(snap_compare, Desk(home, pictures), keys, size, "tchat-dark")


@SIZES
def test_single_patches(snap_compare: Compare, home: Path, pictures: str, size: tuple[int, int]) -> None:
    """Close by, at the low detail of the model, whose picture is blurred."""
    keys = ["up", "home", "p", "right", "z", "z", "s", "a"]
    assert _look(snap_compare, Desk(home, pictures), keys, size, "tchat-light")


@FEW_LOOKS
def test_a_preview(snap_compare: Compare, home: Path, pictures: str, size: tuple[int, int], theme: str) -> None:
    """What the model made."""
    assert _look(snap_compare, Desk(home, pictures), ["up", "o"], size, theme)


@FEW_LOOKS
def test_chips_of_every_kind(
    snap_compare: Compare, home: Path, pictures: str, size: tuple[int, int], theme: str
) -> None:
    """With their measures and tokens; what the model does not take says so."""
    desk = Desk(home, pictures)
    paper = DocumentPart(digest="0" * 64, media_type="application/pdf", name="notes.pdf", pages=12, size=84_000)
    speech = AudioPart(digest="1" * 64, media_type="audio/mpeg", name="speech.mp3", seconds=75.0, size=1_200_000)
    held: tuple[Attachment, ...] = (*kept_pictures(home), paper, speech)

    async def fill(pilot: Pilot[None]) -> None:
        screen = await desk.settle(pilot)
        screen.restore(Draft(text="Compare [image 1] and [image 2] with [pdf 1].", attachments=held))
        await wait_for(pilot, lambda: screen.composer.estimate and screen.gallery.is_idle)
        await desk.hold_still(pilot, theme)
        await wait_for(pilot, lambda: screen.gallery.is_idle)
        await _drawn(desk, pilot)

    assert snap_compare(desk.app, terminal_size=size, run_before=fill)
