"""The transcript's pictures: nobody waits for one, and none that is broken does harm."""

import asyncio
from pathlib import Path

from tchat.domain.message import ImagePart
from tchat.media.blobs import Blobs
from tchat.tui.pictures.gallery import HIGHEST, WIDEST, Gallery
from tests.tui.palettes import PALETTE
from tests.tui.pictured import chart


class Watched:
    """A gallery, and what it told."""

    def __init__(self, folder: Path) -> None:
        self.blobs = Blobs(folder)
        self.told: list[str] = []
        self.gallery = Gallery(self.blobs, self._take)
        self.gallery.is_open = True
        self._news = asyncio.Event()

    def _take(self, digest: str) -> None:
        self.told.append(digest)
        self._news.set()

    async def news(self) -> None:
        """Wait until something is told."""
        async with asyncio.timeout(20):
            await self._news.wait()
        self._news.clear()


def _part(digest: str, size: tuple[int, int] = (1200, 800)) -> ImagePart:
    return ImagePart(digest=digest, media_type="image/png", name="chart.png", width=size[0], height=size[1])


async def test_a_picture_takes_its_room_before_it_is_there(tmp_path: Path) -> None:
    """Its lines are empty, then drawn: as many, and as wide."""
    watched = Watched(tmp_path)
    part = _part(watched.blobs.put(chart()))
    height = watched.gallery.height(part, 80)
    before = watched.gallery.lines(part, 80, PALETTE)
    assert {line.text.strip() for line in before} == {""}
    await watched.news()
    after = watched.gallery.lines(part, 80, PALETTE)
    assert len(before) == len(after) == height == HIGHEST
    assert {len(line.text) for line in (*before, *after)} == {42}
    assert {line.text.strip() for line in after} == {"▀" * 42}
    assert watched.told == [part.digest]
    assert max(len(line.text) for line in after) <= WIDEST


async def test_what_cannot_be_shown_says_why(tmp_path: Path) -> None:
    """A picture that is gone, and one that is broken, take one line."""
    watched = Watched(tmp_path)
    for digest in ("0" * 64, watched.blobs.put(chart()[:700])):
        part = _part(digest)
        watched.gallery.lines(part, 80, PALETTE)
        await watched.news()
        (line,) = watched.gallery.lines(part, 80, PALETTE)
        assert line.text.startswith("no preview: ")
        assert watched.gallery.height(part, 80) == 1


async def test_nothing_is_made_where_nothing_can_be_seen(tmp_path: Path) -> None:
    """A terminal without colours, a picture of unknown size, and one that only its provider fetches."""
    watched = Watched(tmp_path)
    digest = watched.blobs.put(chart())
    watched.gallery.is_open = False
    assert (watched.gallery.lines(_part(digest), 80, PALETTE), watched.gallery.height(_part(digest), 80)) == ((), 0)
    watched.gallery.is_open = True
    for part in (ImagePart(digest=digest, media_type="image/png"), _part("")):
        assert watched.gallery.lines(part, 80, PALETTE) == ()
    assert watched.gallery.is_idle


async def test_what_is_looked_at_now_is_made_first(tmp_path: Path) -> None:
    """After the one that is under way, the newest wish."""
    watched = Watched(tmp_path)
    parts = [_part(watched.blobs.put(chart(width))) for width in (600, 700, 800)]
    for part in parts:
        watched.gallery.lines(part, 80, PALETTE)
    while len(watched.told) < len(parts):
        await watched.news()
    assert watched.told == [part.digest for part in reversed(parts)]
    await watched.gallery.aclose()
