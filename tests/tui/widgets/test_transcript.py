"""The virtual list of messages, with keys and mouse."""

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.widgets import Input

from tchat.tui.entries import LiveEntry
from tchat.tui.painting import BAR
from tchat.tui.themes import THEMES
from tchat.tui.widgets.transcript import FRAME, Transcript
from tests.tui.plain import Plain
from tests.tui.running import wait_for


class Shown(App[None]):
    """A transcript above an input."""

    CSS = "Transcript { height: 1fr; overflow-y: scroll; overflow-x: hidden; }"

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "tchat-dark"
        self.things = [Plain(f"m{number}", text, 3) for number, text in enumerate(texts)]
        self.acted: list[tuple[str, str]] = []
        self.left = 0

    def compose(self) -> ComposeResult:
        """Put both on the screen."""
        yield Transcript()
        yield Input()

    def on_mount(self) -> None:
        """Show the texts."""
        self.query_one(Transcript).show(self.things)
        self.query_one(Transcript).focus()

    @on(Transcript.Acted)
    def _take_acted(self, message: Transcript.Acted) -> None:
        """Note what is wanted."""
        self.acted.append((message.action, message.entry.key))

    @on(Transcript.Left)
    def _take_left(self) -> None:
        """Note that the user went back."""
        self.left += 1


def screen_of(app: App[None]) -> list[str]:
    """Return what the transcript shows, without trailing blanks."""
    transcript = app.query_one(Transcript)
    return [transcript.render_line(y).text.rstrip() for y in range(transcript.size.height)]


MANY = [f"message {number} " + "word " * (number % 40) for number in range(200)]


async def test_it_opens_at_the_end() -> None:
    """The last message is seen and chosen."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert any("message 199" in line for line in screen_of(app))
        chosen = app.query_one(Transcript).chosen
        assert chosen is not None
        assert chosen.key == "m199"


async def test_the_cursor_goes_from_message_to_message_and_is_always_seen() -> None:
    """Up chooses the one above, Down below the last one goes back to writing."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        for number in range(198, 150, -1):
            await pilot.press("up")
            assert any(line.startswith(BAR.strip()) and f"message {number} " in f"{line} " for line in screen_of(app))
        await pilot.press("end", "down")
        assert app.left == 1


async def test_a_page_is_a_page_less_a_line() -> None:
    """No line is skipped, and one stays for the eye."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        before = screen_of(app)
        await pilot.press("pageup")
        assert screen_of(app)[-1].lstrip(BAR) == before[0].lstrip(BAR)
        await pilot.press("pagedown")
        assert screen_of(app) == before


async def test_home_and_end_go_to_the_ends() -> None:
    """The first message, and the last line."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("home")
        assert "message 0" in screen_of(app)[0]
        await pilot.press("end")
        assert any("message 199" in line for line in screen_of(app))


async def test_every_key_asks_for_what_it_says() -> None:
    """The chosen message is named along."""
    keys = {
        "enter": "unfold", "c": "copy", "C": "copy-code", "e": "edit", "r": "again", "R": "again-with", "f": "fork",
        "d": "discard", "u": "restore", "<": "earlier", "left": "earlier", ">": "later", "right": "later",
        "t": "template", "i": "sent",
    }  # fmt: skip
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("up")
        await pilot.press(*keys)
        await pilot.pause()
    assert app.acted == [(action, "m198") for action in keys.values()]


async def test_escape_goes_back_to_writing() -> None:
    """Nothing is chosen any more."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert app.left == 1
        assert app.query_one(Transcript).cursor is None


async def test_the_mouse_moves_nothing() -> None:
    """Neither pressing it, which lets keys go there, nor clicking, at the end or where a reader has scrolled to."""
    app = Shown([*MANY, "long " * 400])
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.query_one(Transcript)
        for scrolled in (0, 500):
            app.query_one(Input).focus()
            await pilot.pause()
            transcript.scroll_relative(y=-scrolled, animate=False)
            await pilot.pause()
            before = [line.removeprefix(BAR).strip() for line in screen_of(app)]
            await pilot.mouse_down(transcript, offset=(20, 5))
            await pilot.pause()
            await pilot.click(transcript, offset=(20, 5))
            await pilot.pause()
            assert [line.removeprefix(BAR).strip() for line in screen_of(app)] == before
            row = transcript.view.row(5)
            assert row is not None
            assert transcript.cursor == row.entry


async def test_going_up_from_where_a_reader_has_scrolled_to_moves_nothing() -> None:
    """The last message that is seen is chosen; at the end it is the last one."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.query_one(Transcript)
        app.query_one(Input).focus()
        await pilot.pause()
        transcript.action_page(-1)
        await pilot.pause()
        before = screen_of(app)
        transcript.enter()
        await pilot.pause()
        assert [line.removeprefix(BAR).strip() for line in screen_of(app)] == [line.strip() for line in before]
        assert transcript.cursor == transcript.view.seen()[-1]


async def test_a_reader_who_scrolled_up_stays_and_is_told_of_new_text() -> None:
    """The mark below leads to the end."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.query_one(Transcript)
        reply = LiveEntry("reply", 201, "model", 0.0)
        transcript.append(reply)
        await pilot.press("pageup", "pageup")
        before = screen_of(app)
        reply.feed(" more" * 50)
        transcript.grown()
        await wait_for(pilot, lambda: "new text" in screen_of(app)[-1])
        assert screen_of(app)[:-1] == before[:-1]
        await pilot.click(Transcript, offset=(55, 16))
        await pilot.pause()
        assert any("more" in line for line in screen_of(app))
        assert "new text" not in screen_of(app)[-1]


async def test_the_wheel_scrolls_by_lines() -> None:
    """Up and down again is where one was."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        before = screen_of(app)
        transcript = app.query_one(Transcript)
        for _ in range(5):
            transcript.scroll_up(animate=False)
        await pilot.pause()
        assert screen_of(app)[5:] == before[:-5]
        for _ in range(5):
            transcript.scroll_down(animate=False)
        await pilot.pause()
        assert screen_of(app) == before


async def test_a_click_chooses_the_message_under_the_mouse() -> None:
    """The one that is seen there."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        transcript = app.query_one(Transcript)
        row = transcript.view.row(2)
        assert row is not None
        await pilot.click(Transcript, offset=(10, 2))
        await pilot.pause()
        assert transcript.cursor == row.entry


async def test_text_selects_with_the_mouse_over_wrapped_lines_and_messages() -> None:
    """What is copied has no line ends that only the width made."""
    app = Shown(["first message", "a long text " * 20 + "end", "third"])
    async with app.run_test(size=(40, 24)) as pilot:
        await pilot.pause()
        transcript = app.query_one(Transcript)
        last = transcript.view.rows_of(1).stop - 2
        await pilot.mouse_down(Transcript, offset=(len(BAR), 2))
        await pilot.hover(Transcript, offset=(30, 4))
        await pilot.hover(Transcript, offset=(35, last))
        await pilot.mouse_up(Transcript, offset=(35, last))
        await pilot.pause()
        selected = app.screen.get_selected_text()
        assert selected == "a long text " * 20 + "end"


async def test_resizing_keeps_the_place() -> None:
    """The message that was read is still read."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.query_one(Transcript)
        await pilot.press("pageup", "pageup", "pageup")
        row = transcript.view.row(0)
        assert row is not None
        for size in ((45, 30), (100, 12), (60, 20)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            again = transcript.view.row(0)
            assert again is not None
            assert again.entry == row.entry


async def test_resizing_keeps_the_end() -> None:
    """Whoever follows the end goes on following it, whatever the sizes."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        for size in ((60, 40), (45, 30), (45, 44), (100, 12), (100, 31), (60, 20)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert app.query_one(Transcript).view.follows
            assert any("message 199" in line for line in screen_of(app))


async def test_a_frame_of_a_growing_reply_draws_only_the_lines_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word more is one line more or less the same one; the lines above are not drawn again."""
    app = Shown([])
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.query_one(Transcript)
        reply = LiveEntry("reply", 1, "model", 0.0)
        reply.feed("first\n\nsecond\n\nthird")
        transcript.append(reply)
        await pilot.pause()
        drawn: list[Region] = []
        plain = transcript.refresh

        def refresh(*regions: Region, **flags: bool) -> Transcript:
            drawn.extend(regions)
            return plain(*regions, **flags)

        monkeypatch.setattr(transcript, "refresh", refresh)
        reply.feed(" and more")
        transcript.grown()
        await pilot.pause(2 * FRAME)
        assert "third and more" in screen_of(app)[drawn[0].y]
        assert [region.height for region in drawn] == [1]


async def test_it_takes_a_size_that_nobody_told_it_of() -> None:
    """Textual does not tell of a size that it came by while it looked for a widget."""
    app = Shown(MANY)
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.query_one(Transcript)
        transcript.display = False
        await pilot.resize_terminal(44, 30)
        await pilot.pause()
        transcript.display = True
        compositor = app.screen._compositor
        compositor._full_map_invalidated = True
        assert transcript in compositor.full_map
        await pilot.pause()
        assert transcript.view.height == transcript.size.height > 20
        assert any("message 199" in line for line in screen_of(app))
