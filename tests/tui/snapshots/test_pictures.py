"""Pictures in the transcript, in the composer, large, and as models read them: what was looked at."""

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tchat.domain.draft import Draft
from tchat.domain.message import Attachment, AudioPart, DocumentPart
from tchat.tui.screens.chat import ChatScreen
from tests.tui.prepared import prepare
from tests.tui.prepared_pictures import converse, kept_pictures
from tests.tui.running import wait_for
from tests.tui.snapshots.looks import Looks
from tests.tui.snapshots.test_screens import Desk
from tests.tui.snapshots.test_screens import home as home  # noqa: PLC0414  # a fixture


@pytest.fixture
def pictures(home: Path) -> str:
    """The conversation with the pictures, among the others."""
    asyncio.run(prepare(home))
    return asyncio.run(converse(home))


class PictureDesk(Desk):
    """Waits for pictures, too, which are drawn in threads."""

    async def settle(self, pilot: Pilot[None]) -> ChatScreen:
        """Wait until all is drawn."""
        screen = await super().settle(pilot)
        await pilot.pause()
        await wait_for(pilot, lambda: screen.gallery.is_idle and not list(self.app.workers))
        await pilot.pause()
        return screen


def _differing(looks: Looks, desk: PictureDesk, keys: list[str]) -> list[str]:
    async def come_there(pilot: Pilot[None]) -> None:
        await desk.settle(pilot)
        for key in keys:
            await pilot.press(key)
            await desk.settle(pilot)

    return looks.differing(desk.app, come_there, desk.hold_still)


KEYS = {
    "conversation": ["up", "home"],
    "patches": ["up", "home", "p"],
    "tiles": ["up", "home", "p", "down", "down", "down", "minus"],
    "single patches": ["up", "home", "p", "right", "z", "z", "s", "a"],
    "preview": ["up", "o"],
}
"""Pictures among the words; the patches of the model that was asked; numbered tiles of another one, of a picture that
was scaled down; patches from nearby, blurred as at low detail; what the model made, large."""


@pytest.mark.parametrize("name", KEYS)
def test_pictures(looks: Looks, home: Path, pictures: str, name: str) -> None:
    """Each where it is seen."""
    assert _differing(looks, PictureDesk(home, pictures), KEYS[name]) == []


def test_chips_of_every_kind(looks: Looks, home: Path, pictures: str) -> None:
    """With their measures and tokens; what the model does not take says so."""
    desk = PictureDesk(home, pictures)
    paper = DocumentPart(digest="0" * 64, media_type="application/pdf", name="notes.pdf", pages=12, size=84_000)
    speech = AudioPart(digest="1" * 64, media_type="audio/mpeg", name="speech.mp3", seconds=75.0, size=1_200_000)
    held: tuple[Attachment, ...] = (*kept_pictures(home), paper, speech)

    async def fill(pilot: Pilot[None]) -> None:
        screen = await desk.settle(pilot)
        screen.restore(Draft(text="Compare [image 1] and [image 2] with [pdf 1].", attachments=held))
        await wait_for(pilot, lambda: screen.composer.estimate)

    assert looks.differing(desk.app, fill, desk.hold_still) == []
