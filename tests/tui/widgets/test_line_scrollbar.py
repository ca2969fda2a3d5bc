"""The scrollbar of a conversation looks and works as any other."""

from textual.app import App, ComposeResult
from textual.geometry import Region, Size
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from tchat.tui.widgets.line_scrollbar import LineScrollBar, LineScrollView
from tests.tui.running import wait_for

HEIGHT = 12


class Page(LineScrollView):
    """A hundred empty lines."""

    DEFAULT_CSS = "Page { overflow: hidden scroll; }"

    def on_mount(self) -> None:
        """Have something to scroll through."""
        self.virtual_size = Size(20, 100)


class Host(App[None]):
    """Shows a page."""

    def compose(self) -> ComposeResult:
        """Show it."""
        yield Page()


def cells(strips: list[Strip]) -> list[tuple[object, ...]]:
    """Return what the lines show, and what a click on them does."""
    return [
        (segment.text, segment.style and segment.style.without_color, segment.style and segment.style.meta)
        + ((segment.style.color, segment.style.bgcolor) if segment.style else ())
        for strip in strips
        for segment in strip
    ]


async def test_it_is_drawn_as_textual_draws_it() -> None:
    """At every place, and with more or less to scroll through."""
    app = Host()
    async with app.run_test(size=(20, HEIGHT)) as pilot:
        page = app.query_one(Page)
        bar = page.vertical_scrollbar
        assert isinstance(bar, LineScrollBar)
        whole = Region(0, 0, bar.size.width, HEIGHT)
        for total in (13, 40, 100):
            page.virtual_size = Size(20, total)
            for top in range(0, total - HEIGHT + 1, 5):
                page.scroll_to(y=top, animate=False)
                await pilot.pause()
                bar._styles_cache.clear()
                assert cells(bar.render_lines(whole)) == cells(ScrollBar.render_lines(bar, whole))


async def test_it_is_moved_with_the_mouse() -> None:
    """A click below the thumb goes on by a page; the thumb is taken along."""
    app = Host()
    async with app.run_test(size=(20, HEIGHT)) as pilot:
        page = app.query_one(Page)
        await pilot.click(Page, offset=(19, HEIGHT - 1))
        await wait_for(pilot, lambda: page.scroll_target_y > 0)
        page.scroll_to(y=0, animate=False)
        await pilot.pause()
        await pilot.mouse_down(Page, offset=(19, 0))
        await pilot.hover(Page, offset=(19, 6))
        await pilot.mouse_up(Page, offset=(19, 6))
        await pilot.pause()
        assert page.scroll_target_y >= 40
