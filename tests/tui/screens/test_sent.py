"""What was sent, on the screen: every key, every copy, and no key of a provider anywhere."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tchat.domain.errors import StoreError
from tchat.domain.message import Message, assistant, user
from tchat.domain.request import Request, Settings
from tchat.domain.usage import Usage
from tchat.engine.sent import Sent
from tchat.providers.base import WireRequest
from tchat.providers.folding import FoldedFile
from tchat.providers.json_text import pretty
from tchat.templates.loading import load_text
from tchat.tui.request_sheet import paint_json, settings_line, sheet_of
from tchat.tui.screens.sent import SentScreen
from tchat.tui.widgets.long_text import LongText
from tchat.tui.widgets.request_view import RequestView
from tests.providers.wired import KEY, PAPER, PICTURE, furnished, plain, provider, requests, tuned

SIZES = [(80, 24), (140, 45)]


async def made(api: str, request: Request, **about: object) -> Sent:
    """Return a request as an engine would."""
    asked = provider(api, "https://api.example.org")
    wire = await asked.wire(request)
    await asked.aclose()
    return Sent(request=request, wire=wire, **about)  # pyright: ignore[reportArgumentType]


class Desk:
    """The screen in a running program."""

    def __init__(
        self, screen: SentScreen, pilot: Pilot[None], copied: list[tuple[str, str]], saved: list[FoldedFile]
    ) -> None:
        self.screen = screen
        self.pilot = pilot
        self.copied = copied
        self.saved = saved

    async def press(self, *keys: str) -> None:
        """Press keys and let everything come of it."""
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self) -> None:
        """Wait for what is under way."""
        await self.pilot.app.workers.wait_for_complete()
        await self.pilot.pause()

    @property
    def all_parts(self) -> str:
        """Every line of the first view."""
        return "\n".join(self.screen.query_one("#parts", LongText).lines)

    @property
    def shown(self) -> str:
        """What is seen of the view that is open."""
        view = self.screen.query_one(f"#{self.screen.query_one(RequestView).view}", LongText)
        return "\n".join(view.render_line(y).text for y in range(view.size.height))

    def says(self, name: str) -> str:
        """Return what a label says."""
        return str(self.screen.query_one(f"#{name}", Static).visual)


@asynccontextmanager
async def desk(load: Callable[[], Awaitable[Sent]], size: tuple[int, int] = (80, 24)) -> AsyncGenerator[Desk]:
    """Run the screen."""
    copied: list[tuple[str, str]] = []
    saved: list[FoldedFile] = []
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        screen = SentScreen(load, "#2", lambda text, what: copied.append((text, what)), saved.extend)
        await app.push_screen(screen)
        shown = Desk(screen, pilot, copied, saved)
        await shown.settle()
        yield shown


def loading(sent: Sent) -> Callable[[], Awaitable[Sent]]:
    """Return what gives a request at once."""

    async def load() -> Sent:
        return sent

    return load


@pytest.mark.parametrize("size", SIZES)
async def test_parts_say_what_the_request_is_made_of(size: tuple[int, int]) -> None:
    """Model, endpoint, settings, tokens, and every part with its role, length and estimate."""
    sent = await made("messages", tuned(), usage=Usage(input=2310, cached_read=1900))
    async with desk(loading(sent), size) as at:
        parts = at.all_parts
        assert "house/model-1" in parts
        assert "POST https://api.example.org/v1/messages" in parts
        assert "effort high · temperature 0.5 · top-p 0.9 · max tokens 4,000 · seed 7" in parts
        assert "2,310 read, 1,900 of them cached; ≈20 by length" in parts
        for row in ("system", "#1 user", "#2 assistant", "#3 user", "15 chars", "≈13 tok", "it's"):
            assert row in parts
        assert "system" in at.shown
        assert at.says("sent-title") == "What was sent · #2"


async def test_attachments_and_state_are_named() -> None:
    """Each attachment with its tokens and what goes out; of the state nothing is known, and the estimate says so."""
    async with desk(loading(await made("messages", furnished("messages")))) as at:
        assert " by length without reasoning state" in at.all_parts
        image, paper = (next(row for row in at.all_parts.splitlines() if name in row) for name in ("chart", "paper"))
        assert re.search(r"image .*≈[\d,]+ tok  .*chart\.png · image/png, \d+ bytes", image)
        assert re.search(r"pdf .*≈[\d,]+ tok  .*my paper\.pdf · application/pdf, \d+ bytes", paper)
        assert at.all_parts.count("? tok") == 1


async def test_the_next_request_says_that_it_is_not_sent() -> None:
    """Nobody has counted it yet."""
    async with desk(loading(await made("chat", plain(), is_next=True, notes=("something was left out",)))) as at:
        assert at.says("sent-title") == "What will be sent next"
        assert "≈1 by length" in at.all_parts
        assert "read" not in at.all_parts
        assert "! note     something was left out" in at.all_parts


@pytest.mark.parametrize("key", ["tab", "shift+tab", "left", "right"])
async def test_the_other_view_is_the_body(key: str) -> None:
    """Each of the keys leads there and back."""
    async with desk(loading(await made("chat", tuned()))) as at:
        await at.press(key)
        assert '"messages": [' in at.shown
        assert '  "model": "model-1",' in at.shown
        await at.press(key)
        assert "endpoint" in at.shown


@pytest.mark.parametrize("size", SIZES)
async def test_every_copy_is_handed_over(size: tuple[int, int]) -> None:
    """Each key copies its form, named as it is called."""
    sent = await made("messages", tuned())
    async with desk(loading(sent), size) as at:
        await at.press("c")
        await at.press("p")
        await at.press("t")
        await at.press("j")
        texts = {what: text for text, what in at.copied}
        assert [what for _, what in at.copied] == ["curl", "Python", "template", "JSON"]
        assert texts["curl"].startswith("curl ")
        compile(texts["Python"], "pasted", "exec")
        assert load_text(texts["template"], file="t.toml").title
        assert sent.wire is not None
        assert texts["JSON"] == pretty(sent.wire.body)


@pytest.mark.parametrize("size", SIZES)
async def test_attachments_are_saved_as_copies_name_them(size: tuple[int, int]) -> None:
    """The key is there where there is something to save, and a copy says that it is needed."""
    async with desk(loading(await made("chat", furnished("chat"))), size) as at:
        assert "s save files" in at.says("sent-keys")
        await at.press("c", "s")
        ((curl, _),) = at.copied
        assert [file.name in curl for file in at.saved] == [True, True]
        assert [file.data for file in at.saved] == [PICTURE, PAPER]
        assert any("s writes them" in note.message for note in at.pilot.app._notifications)
    async with desk(loading(await made("chat", plain()))) as at:
        await at.press("c", "s")
        assert "save" not in at.says("sent-keys")
        assert not at.saved


@pytest.mark.parametrize("key", ["escape", "f3"])
async def test_the_screen_closes(key: str) -> None:
    """Also while the request is still being fetched."""
    async with desk(loading(await made("chat", plain()))) as at:
        await at.press(key)
        assert at.screen not in at.pilot.app.screen_stack
    asked = asyncio.Event()

    async def never() -> Sent:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    app: App[None] = App()
    async with app.run_test() as pilot:
        screen = SentScreen(never, "#2", lambda _, __: None, lambda _: None)
        await app.push_screen(screen)
        await asked.wait()
        await pilot.press("c", key)
        await pilot.pause()
        assert screen not in app.screen_stack


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("api", ["responses", "messages", "gemini", "chat"])
async def test_no_key_is_on_the_screen_or_in_a_copy(api: str, number: int) -> None:
    """A planted key is nowhere; its variable stands where it goes."""
    async with desk(loading(await made(api, requests(api)[number])), (140, 45)) as at:
        await at.press("c")
        await at.press("p")
        await at.press("t")
        await at.press("j")
        views = "\n".join(
            [at.all_parts, *at.screen.query_one("#json", LongText).lines, at.pilot.app.export_screenshot()]
        )
        assert len(at.copied) == 4
        assert KEY not in views + "".join(text for text, _ in at.copied)
        assert "$HOUSE_KEY" in at.all_parts


async def test_what_cannot_be_fetched_says_why() -> None:
    """The screen stays, and there is nothing to copy."""

    async def load() -> Sent:
        raise StoreError("the database is gone \x1b[31m[red]", hint="bring it back")

    async with desk(load) as at:
        assert at.says("sent-message") == "the database is gone [31m[red]\nbring it back"
        await at.press("c")
        assert at.copied == []


async def test_what_cannot_be_spelled_can_be_a_template() -> None:
    """Without a key to name, the parts are still shown."""
    sent = Sent(request=tuned(), wire=None, notes=("the request cannot be spelled: no key",))
    async with desk(loading(sent)) as at:
        assert "no key" in at.all_parts
        await at.press("c", "j")
        assert at.copied == []
        await at.press("t")
        assert [what for _, what in at.copied] == ["template"]


async def test_a_script_is_copied_as_what_it_is() -> None:
    """There is no command for it, and a template and its JSON there are."""
    wire = WireRequest(api="script", method="PLAY", url="script:echo", headers={}, body={"a": 1})
    async with desk(loading(Sent(request=plain(), wire=wire))) as at:
        await at.press("c")
        await at.press("p")
        await at.press("j")
        assert [what for _, what in at.copied] == ["JSON"]


async def test_hostile_text_is_only_text() -> None:
    """Control characters, markup and directions of a message or a provider's name do nothing."""
    hostile = "\x1b[2J[bold red]x[/]\u202e\x9b1m"
    request = Request(facts=plain(model=f"m{hostile}").facts, messages=(user(hostile),), system=hostile)
    wire = WireRequest(
        api="chat", method="POST", url=f"http://h/{hostile}", headers={"x": hostile}, body={"a": hostile}
    )
    async with desk(loading(Sent(request=request, wire=wire, notes=(hostile,)))) as at:
        lines = [at.all_parts, *at.screen.query_one("#json", LongText).lines]
        assert not any(letter in line for letter in "\x1b\u202e\x9b" for line in lines)
        assert "[bold red]x[/]" in at.shown


async def test_two_thousand_messages_open_at_once() -> None:
    """All of them are there, and the end of the body is one key away."""
    messages = tuple((user if number % 2 == 0 else assistant)("word " * 100) for number in range(2001))
    async with desk(loading(await made("chat", Request(facts=plain().facts, messages=messages)))) as at:
        assert "#2001 user" in at.all_parts
        await at.press("tab")
        await at.press("end")
        assert at.shown.rstrip().endswith("}")


def test_json_lines_are_painted_by_what_they_hold() -> None:
    """Names, texts and other values, without their commas."""
    lines = pretty({'a "b": c': 'x: "y"', "n": -1.5, "t": True, "l": ["s", None], "o": {}}).split("\n")
    told = [[(span.ink, line[span.start : span.end]) for span in paint_json(0, line)] for line in lines]
    assert told == [
        [],
        [("name", '"a \\"b\\": c"'), ("string", '"x: \\"y\\""')],
        [("name", '"n"'), ("number", "-1.5")],
        [("name", '"t"'), ("number", "true")],
        [("name", '"l"')],
        [("string", '"s"')],
        [("number", "null")],
        [],
        [("name", '"o"')],
        [],
    ]


def test_settings_are_said_in_words() -> None:
    """What is left to the provider is not named."""
    assert settings_line(Settings()) == "all left to the provider"
    assert settings_line(Settings(thinking_budget=2048, seed=1234567, stop=("\n",), schema={})) == (
        "thinking budget 2,048 · seed 1234567 · stop '\\n' · reply as a JSON Schema says"
    )


def test_a_sheet_without_a_request_is_still_a_sheet() -> None:
    """Messages without text or parts are no trouble."""
    empty = Request(facts=plain().facts, messages=(Message("user", ()),))
    sheet = sheet_of(Sent(request=empty, wire=None))
    assert sheet.body == ()
    assert any("model" in line for line in sheet.parts)
