"""What is drawn is what Textual would draw."""

from itertools import pairwise
from pathlib import Path
from types import MethodType

import pytest
from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip

from tchat.tui.compositing import FrugalCompositor
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.widgets.completing import CompletionList
from tchat.tui.widgets.welcome import Welcome
from tests.tui.running import ask, running, wait_for

Chops = list[dict[int, Strip | None]]


def drawn(compositor: Compositor, crop: Region) -> Chops:
    """Return what is drawn, line by line, on every piece of it that lies in a region."""
    chops = compositor._render_chops(crop, lambda _: True)
    pairs = [dict(pairwise(cuts)) for cuts in compositor.cuts]
    left, right = crop.column_span
    return [
        {x: strip for x, strip in chops[y].items() if x < right and pairs[y][x] > left}
        for y in range(crop.y, crop.bottom)
    ]


def drawn_by_textual(screen: ChatScreen, crop: Region) -> Chops:
    """Return the same as Textual's own compositor has it."""
    compositor = screen._compositor
    compositor._get_renders = MethodType(Compositor._get_renders, compositor)
    try:
        return drawn(compositor, crop)
    finally:
        del compositor._get_renders


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_every_part_of_the_screen_is_drawn_as_textual_draws_it(tmp_path: Path, size: tuple[int, int]) -> None:
    """The whole screen, one widget, some lines of one, and what lies across several."""
    async with running(tmp_path, size=size) as (pilot, screen):
        await ask(pilot, screen, "hello there")
        screen.say("a note over the text")
        await pilot.pause()
        assert isinstance(screen._compositor, FrugalCompositor)
        whole, text = Region(0, 0, *size), screen.transcript.region
        lines, across = Region(text.x, text.y + 2, text.width, 3), Region(3, 1, size[0] - 9, 5)
        for crop in (whole, text, lines, across, screen.composer.region):
            assert drawn(screen._compositor, crop) == drawn_by_textual(screen, crop)


async def test_changes_apart_from_each_other_are_drawn_as_textual_draws_them(tmp_path: Path) -> None:
    """Some cells of the title, a line below what is offered, a part of the composer: the same is written."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "hello there")
        await pilot.press("slash")
        compositor, front = screen._compositor, screen.query_one(CompletionList)
        await wait_for(pilot, lambda: front.region)
        text, below = screen.transcript.region, screen.composer.region
        regions = {
            Region(3, 0, 9, 1),
            Region(text.x, front.region.y, text.width, 1),
            Region(below.x + 5, below.y, 7, 2),
        }
        written: list[str] = []
        kinds: tuple[type[Compositor], ...] = (FrugalCompositor, Compositor)
        for kind in kinds:
            compositor._dirty_regions = set(regions)
            compositor._get_renders = MethodType(kind._get_renders, compositor)
            update = kind.render_partial_update(compositor)
            assert update is not None
            written.append(update.render_segments(screen.app.console))
        assert written[0] == written[1]


async def test_what_lies_behind_is_not_drawn(tmp_path: Path) -> None:
    """A change of the text asks nothing but the text for lines, and only for those that change."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "hello there")
        text = screen.transcript.region
        crop = Region(text.x, text.y + 1, screen.transcript.scrollable_content_region.width, 2)
        ((region, part, strips),) = screen._compositor._get_renders(crop)
        assert (region, part, len(strips)) == (text, Region(text.x, text.y + 1, text.width, 2), 2)


async def test_what_has_just_been_shown_is_drawn_though_its_place_was_asked_for_before(tmp_path: Path) -> None:
    """A look at the place of a new widget makes Textual's map anew, which the next layout is compared with."""
    async with running(tmp_path) as (pilot, screen):
        welcome, transcript = screen.query_one(Welcome), screen.transcript
        await wait_for(pilot, lambda: welcome.region)
        compositor = screen._compositor
        compositor._dirty_regions.clear()
        welcome.display, transcript.display = False, True
        compositor._full_map_invalidated = True
        assert transcript in compositor.full_map
        _, shown, _ = compositor.reflow(screen, screen.size)
        assert transcript in shown
        assert compositor.full_map[transcript].region in compositor._dirty_regions
