"""Attachments on the main screen: chips, marks, previews, the patch view, what a model does not take, and saving."""

import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Select, Static

from tchat.domain.message import ImagePart, TextPart
from tchat.media.attachment import Source, attach
from tchat.threads import in_background
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.patches import PatchScreen
from tchat.tui.screens.pdf import PdfScreen
from tchat.tui.screens.preview import PreviewScreen
from tchat.tui.screens.sent import SentScreen
from tchat.tui.widgets.chips import Chips
from tchat.tui.widgets.picture_pane import PicturePane
from tchat.tui.widgets.setting_row import SettingRow
from tchat.tui.widgets.transcript import Transcript
from tests.media.pictures import SECRETS, noted, pdf, photo, saved
from tests.servers import Answer, scripted
from tests.tui.pictured import chart, photograph
from tests.tui.running import running, shown, type_text, wait_for

BLIND = 'model = "script/echo"\n[models."script/echo"]\nvision = false\ndocuments = false\n'
READS_PICTURES = 'model = "script/echo"\n[models."script/echo"]\nvision = true\ndocuments = false\n'


class Hand:
    """What a person does and sees."""

    def __init__(self, pilot: Pilot[None], screen: ChatScreen, folder: Path) -> None:
        self.pilot = pilot
        self.screen = screen
        self.folder = folder

    @property
    def top(self) -> Screen[Any]:
        """The screen in front."""
        return self.pilot.app.screen

    @property
    def chips(self) -> str:
        """What the chips say."""
        return str(self.screen.query_one(Chips).render())

    async def paste(self, text: str, count: int = 1) -> None:
        """Paste a text that names so many files, and wait for their chips."""
        before = len(self.screen.composer.draft.attachments)
        self.pilot.app.post_message(events.Paste(text))
        await wait_for(self.pilot, lambda: len(self.screen.composer.draft.attachments) == before + count)

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what is drawn."""
        await self.pilot.press(*keys)
        await self.pilot.pause()
        await self.pilot.app.workers.wait_for_complete(
            [worker for worker in self.pilot.app.workers if worker.group in {"picture", "preview", "patches"}]
        )
        await self.pilot.pause()

    async def come(self, kind: type[Screen[Any]]) -> None:
        """Wait for a screen."""
        await wait_for(self.pilot, lambda: isinstance(self.top, kind))

    def says(self, name: str) -> str:
        """Return what a label of the screen in front says."""
        return str(self.top.query_one(f"#{name}", Static).visual)

    def drawn(self) -> list[str]:
        """Return the lines of the picture in front."""
        pane = self.top.query_one(PicturePane)
        return [pane.render_line(y).text for y in range(pane.size.height)]


@asynccontextmanager
async def hand(home: Path, config: str = READS_PICTURES, size: tuple[int, int] = (100, 30)) -> AsyncGenerator[Hand]:
    """Run tchat in a folder with a chart, a photograph and a PDF of two pages."""
    folder = home / "folder of files"
    folder.mkdir()
    (folder / "chart.png").write_bytes(chart())
    (folder / "hills.jpg").write_bytes(photograph())
    pages = [Image.new("RGB", (200, 300), colour) for colour in ("white", "gray")]
    pages[0].save(folder / "notes.pdf", save_all=True, append_images=pages[1:])
    async with running(home / "home", config=config, size=size) as (pilot, screen):
        screen.composer.folder = folder
        yield Hand(pilot, screen, folder)


async def test_dropped_files_become_chips_with_size_and_tokens(tmp_path: Path) -> None:
    """Several at once, quoted; each says what the model that is asked reads it as."""
    async with hand(tmp_path) as desk:
        await desk.paste(f"'{desk.folder}/chart.png' \"{desk.folder}/hills.jpg\"", 2)
        assert "image 1 · chart.png 1200×800 ≈950 tok" in desk.chips
        assert "image 2 · hills.jpg 1600×1066 ≈1,700 tok" in desk.chips


async def test_a_mark_decides_where_a_picture_is_read(tmp_path: Path) -> None:
    """`m` on a chip puts its mark at the cursor; what has no mark goes before the text; removing renumbers."""
    async with hand(tmp_path) as desk:
        await desk.paste(f"{desk.folder}/chart.png".replace(" ", "\\ "))
        await desk.paste((desk.folder / "hills.jpg").as_uri())
        await type_text(desk.pilot, "see ")
        await desk.press("alt+a", "m")
        await type_text(desk.pilot, " now")
        assert desk.screen.composer.draft.text == "see [image 2] now"
        await desk.press("alt+a", "left", "delete", "escape")
        assert desk.screen.composer.draft.text == "see [image 1] now"
        await desk.press("enter")
        await wait_for(desk.pilot, lambda: desk.screen.talk.branch and desk.screen.is_settled)
        before, picture, after = desk.screen.talk.branch[0].stored.message.parts
        assert isinstance(picture, ImagePart)
        assert (before, picture.name, after) == (TextPart("see [image 1]"), "hills.jpg", TextPart(" now"))


async def test_a_mark_is_deleted_whole_and_opens_its_picture(tmp_path: Path) -> None:
    """It acts as one character, and Alt+O on it shows what it stands for."""
    async with hand(tmp_path) as desk:
        await desk.paste(f"'{desk.folder}/chart.png'")
        await desk.press("alt+a", "m", "alt+o")
        await desk.come(PreviewScreen)
        await desk.press("escape", "backspace")
        assert desk.screen.composer.draft.text == ""
        assert len(desk.screen.composer.draft.attachments) == 1


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_a_chip_is_previewed_and_removed(tmp_path: Path, size: tuple[int, int]) -> None:
    """Enter shows it with pixels, bytes and tokens; the arrow goes to the other; Del takes it off the message."""
    async with hand(tmp_path, size=size) as desk:
        await desk.paste(f"'{desk.folder}/chart.png' '{desk.folder}/hills.jpg'", 2)
        await desk.press("alt+a", "enter")
        await desk.come(PreviewScreen)
        await desk.press("left")
        assert "image 1  chart.png   1 of 2" in desk.says("preview-title")
        assert "1200×800 · PNG · 21 kB · ≈950 tokens for echo" in desk.says("preview-facts")
        assert any("▀" in line for line in desk.drawn())
        await desk.press("delete")
        assert "image 1  hills.jpg" in desk.says("preview-title")
        await desk.press("delete")
        await wait_for(desk.pilot, lambda: desk.top is desk.screen)
        assert desk.screen.composer.draft.attachments == ()


async def test_the_patch_view_goes_through_models_details_and_sizes(tmp_path: Path) -> None:
    """Each key draws the grid anew and says the tokens: from the chip, closer, and back."""
    async with hand(tmp_path) as desk:
        await desk.paste(f"'{desk.folder}/chart.png'")
        await desk.press("alt+a", "p")
        await desk.come(PatchScreen)
        await desk.press("down", "down", "down")
        assert "gpt-4o\n1,105 tokens" in desk.says("patches-said")
        assert "3 × 2 tiles of 512 pixels\n85 + 6 × 170 tokens\nseen at 1152×768" in desk.says("patches-said")
        tiles = desk.drawn()
        assert sum("┼" in line for line in tiles) == 1
        await desk.press("right")
        assert "85 tokens" in desk.says("patches-said")
        assert "one number, whatever its size" in desk.says("patches-said")
        await desk.press("left", "minus", "minus")
        assert "425 tokens" in desk.says("patches-said")
        assert desk.drawn() != tiles
        await desk.press("plus", "plus", "z")
        assert desk.says("patches-zoom") == "2× closer"
        assert desk.drawn() != tiles
        await desk.press("x", "escape")
        assert desk.top is desk.screen


async def test_a_sent_picture_is_seen_in_the_transcript(tmp_path: Path) -> None:
    """With its facts, in half blocks; `o` and Enter show it, `p` its patches, `s` saves it and says where."""
    async with hand(tmp_path) as desk:
        await desk.paste(f"'{desk.folder}/chart.png'")
        await type_text(desk.pilot, "what")
        await desk.press("enter")
        await wait_for(desk.pilot, lambda: desk.screen.talk.branch and desk.screen.is_settled)
        await wait_for(desk.pilot, lambda: "▀" in shown(desk.screen))
        assert "[image 1: chart.png  1200×800 · PNG · 21 kB · ≈950 tok]" in shown(desk.screen)
        for key, kind in (("o", PreviewScreen), ("enter", PreviewScreen), ("p", PatchScreen)):
            await desk.press("up", "home", key)
            await desk.come(kind)
            await desk.press("escape")
        await desk.press("up", "home", "s")
        saved = desk.folder / "chart-2.png"
        await wait_for(desk.pilot, saved.is_file)
        assert saved.read_bytes() == chart()
        await wait_for(desk.pilot, lambda: any(str(saved) in note.message for note in desk.pilot.app._notifications))


async def test_what_a_model_does_not_take_is_told_before_it_is_sent(tmp_path: Path) -> None:
    """By a note that names another one, and on the chip."""
    async with hand(tmp_path, BLIND + '[providers.openai]\nkey_command = "echo key"\n') as desk:
        await desk.paste(f"'{desk.folder}/chart.png'")
        assert "not taken by this model" in desk.chips
        told = "echo takes no pictures; openai/"
        await wait_for(desk.pilot, lambda: any(told in note.message for note in desk.pilot.app._notifications))


@pytest.mark.parametrize(("key", "kinds"), [("p", ["image", "image"]), ("escape", ["pdf"])])
async def test_a_pdf_becomes_what_the_model_takes(tmp_path: Path, key: str, kinds: list[str]) -> None:
    """Its pages as pictures, if that is chosen; else it stays."""
    async with hand(tmp_path) as desk:
        await desk.paste(f"'{desk.folder}/notes.pdf'")
        await desk.come(PdfScreen)
        await desk.press(key)
        await wait_for(desk.pilot, lambda: desk.chips.count("·") == len(kinds))
        for number, kind in enumerate(kinds, 1):
            assert f"[{kind} {number} ·" in desk.chips


async def test_a_pdf_becomes_its_text(tmp_path: Path) -> None:
    """A mark that names it stands for the text, and the chip is gone."""
    async with hand(tmp_path) as desk:
        (desk.folder / "paper.pdf").write_bytes(pdf("It is so.", "Or not."))
        await desk.paste(f"'{desk.folder}/paper.pdf'")
        await desk.come(PdfScreen)
        await desk.press("t")
        await wait_for(desk.pilot, lambda: not desk.screen.composer.draft.attachments)
        draft = desk.screen.composer.draft
        assert draft.text.startswith("[paper.pdf ")
        assert "--- page 1 ---\nIt is so.\n\n--- page 2 ---\nOr not." in draft.full_text


@pytest.mark.parametrize("count", [2, 201])
async def test_a_pdf_is_previewed_by_its_first_page(tmp_path: Path, count: int) -> None:
    """With its pages and tokens, however many there are."""
    async with hand(tmp_path, 'model = "script/echo"\n[models."script/echo"]\ndocuments = true\n') as desk:
        (desk.folder / "paper.pdf").write_bytes(pdf("XXXXXXXX", *["Or not."] * (count - 1)))
        await desk.paste(f"'{desk.folder}/paper.pdf'")
        await desk.press("alt+a", "enter")
        await desk.come(PreviewScreen)
        await wait_for(desk.pilot, lambda: any("▀" in line for line in desk.drawn()))
        assert "pdf 1  paper.pdf" in desk.says("preview-title")
        assert f"{count} pages · PDF · " in desk.says("preview-facts")
        assert "tokens for echo" in desk.says("preview-facts")
        assert desk.top.query_one("#preview-note", Static).display is False


async def test_a_click_on_a_picture_shows_it(tmp_path: Path) -> None:
    """On the chip, and in the conversation on its name and on the picture itself; beside it, it chooses the message."""
    async with hand(tmp_path) as desk:
        await desk.paste(f"'{desk.folder}/chart.png' '{desk.folder}/hills.jpg'", 2)
        await desk.pilot.click(Chips, offset=(5, 0))
        await desk.come(PreviewScreen)
        await desk.press("escape")
        await type_text(desk.pilot, "what")
        await desk.press("enter")
        await wait_for(desk.pilot, lambda: desk.screen.talk.branch and desk.screen.is_settled)
        await wait_for(desk.pilot, lambda: "▀" in shown(desk.screen))
        lines = shown(desk.screen).splitlines()
        name = next(y for y, line in enumerate(lines) if "[image 2: hills.jpg" in line)
        picture = next(y for y, line in enumerate(lines) if y > name and "▀" in line) + 1
        for y in (name, picture):
            await desk.pilot.click(Transcript, offset=(lines[y].index(lines[y].strip()[0]) + 3, y))
            await desk.come(PreviewScreen)
            assert "image 2  hills.jpg" in desk.says("preview-title")
            await desk.press("escape")
        await desk.pilot.click(Transcript, offset=(desk.screen.transcript.size.width - 5, picture))
        await desk.pilot.pause()
        assert desk.top is desk.screen
        assert desk.screen.transcript.cursor == 0


async def test_attach_takes_pages_addresses_and_quoted_names(tmp_path: Path) -> None:
    """As `-a` of the command line does."""
    config = f"{READS_PICTURES}[network]\nprivate_addresses = true\n".replace("documents = false", "documents = true")
    picture = Answer(content_type="image/png", body=(chart(),))
    async with hand(tmp_path, config) as desk:
        with scripted(picture) as server:
            for number, name in enumerate(
                (f"{server.url}/a/chart.png", f"'{desk.folder}/hills.jpg'", f"{desk.folder}/notes.pdf#pages=2"), 1
            ):
                desk.screen._commanding.run("attach", name)
                await wait_for(desk.pilot, lambda n=number: len(desk.screen.composer.draft.attachments) == n)
        names = [part.name for part in desk.screen.composer.draft.attachments]
        assert names == ["chart.png", "hills.jpg", "notes, page 2.pdf"]


async def test_a_text_is_a_mark_of_its_name(tmp_path: Path) -> None:
    """So that one sees what will be read."""
    async with hand(tmp_path) as desk:
        (desk.folder / "notes.md").write_text("one\ntwo\n")
        desk.screen._commanding.run("attach", f"{desk.folder}/notes.md")
        await wait_for(desk.pilot, lambda: desk.screen.composer.draft.text)
        assert desk.screen.composer.draft.text.startswith("[notes.md ")
        assert '<document name="notes.md">\none\ntwo\n' in desk.screen.composer.draft.full_text


async def test_what_was_sent_is_saved_as_it_was_sent(tmp_path: Path) -> None:
    """F3 and s write the picture that the model was given, without what the camera noted."""
    server = '[providers.own]\nbase_url = "http://127.0.0.1:9/v1"\n'
    config = f'model = "own/model"\n{server}[models."own/model"]\nvision = true\n'
    async with hand(tmp_path, config) as desk:
        (desk.folder / "photo.jpg").write_bytes(saved(photo((90, 60)), "JPEG", exif=noted(6)))
        await desk.paste(f"'{desk.folder}/photo.jpg'")
        await desk.press("f3")
        await desk.come(SentScreen)
        await wait_for(desk.pilot, lambda: "s save files" in desk.says("sent-keys"))
        await desk.press("s", "s")
        await wait_for(desk.pilot, lambda: list(desk.folder.glob("photo-*.jpg")))
        await desk.pilot.pause()
        (path,) = desk.folder.glob("photo-*.jpg")
        with Image.open(path) as sent:
            assert sent.size == (60, 90)
        assert not any(secret in path.read_bytes() for secret in SECRETS)


async def test_the_detail_is_a_setting_of_the_conversation(tmp_path: Path) -> None:
    """Chosen in the run settings, shown with the estimate, and there again when the conversation is opened."""
    async with hand(tmp_path) as desk:
        await desk.paste(f"'{desk.folder}/chart.png'")
        await desk.press("f2")
        await wait_for(desk.pilot, lambda: desk.top.query("#row-detail #detail"))
        await desk.pilot.pause()
        desk.top.query_one("#detail", Select).value = "low"
        await desk.press("escape")
        assert "≈176 tok" in desk.chips
        await wait_for(desk.pilot, lambda: desk.screen.composer.estimate.endswith("detail low"))
        await desk.press("enter")
        await wait_for(desk.pilot, lambda: desk.screen.talk.branch and desk.screen.is_settled)
        conversation = desk.screen.talk.conversation
        assert conversation is not None
        await desk.screen.open(None)
        await desk.screen.open(conversation.id)
        assert desk.screen.talk.choice.settings.detail == "low"


async def test_a_picture_that_is_gone_says_so(tmp_path: Path) -> None:
    """In the transcript and in the preview; nothing else suffers."""
    async with hand(tmp_path) as desk:
        await desk.paste(f"'{desk.folder}/chart.png'")
        (part,) = desk.screen.composer.draft.attachments
        await desk.press("enter")
        await wait_for(desk.pilot, lambda: desk.screen.talk.branch and desk.screen.is_settled)
        desk.screen.runtime.blobs.path(part.digest).unlink()
        conversation = desk.screen.talk.conversation
        assert conversation is not None
    async with running(tmp_path / "home", config=READS_PICTURES) as (pilot, screen):
        await screen.open(conversation.id)
        await wait_for(pilot, lambda: "no preview: " in shown(screen))


def _png(size: tuple[int, int]) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size).save(data, "PNG")
    return data.getvalue()


async def test_pictures_of_every_shape_are_shown(tmp_path: Path) -> None:
    """One pixel, and one as long as a river."""
    async with hand(tmp_path) as desk:
        for number, size in enumerate([(1, 1), (9_000, 4), (3, 5_000)]):
            (desk.folder / f"{number}.png").write_bytes(_png(size))
            await desk.paste(f"'{desk.folder}/{number}.png'")
        await desk.press("alt+a", "p")
        await desk.come(PatchScreen)
        for key in ("tab", "tab", "z", "z", "w", "a", "down", "right", "tab"):
            await desk.press(key)
            assert "tokens" in desk.says("patches-said")
        await desk.press("escape", "escape", "enter")
        await wait_for(desk.pilot, lambda: desk.screen.talk.branch and desk.screen.is_settled)
        await wait_for(desk.pilot, lambda: "▀" in shown(desk.screen))


async def test_without_colours_a_picture_is_a_line_of_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the patch view is the grid alone."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with hand(tmp_path) as desk:
        await desk.paste(f"'{desk.folder}/chart.png'")
        await desk.press("enter")
        await wait_for(desk.pilot, lambda: desk.screen.talk.branch and desk.screen.is_settled)
        assert "[image 1: chart.png  1200×800" in shown(desk.screen)
        await desk.press("up", "home", "p")
        await desk.come(PatchScreen)
        assert any("│" in line for line in desk.drawn())
        assert not any("▀" in line for line in (*desk.drawn(), shown(desk.screen)))


async def test_a_model_without_eyes_has_no_detail(tmp_path: Path) -> None:
    """The run settings say why."""
    async with hand(tmp_path, BLIND) as desk:
        await desk.press("f2")
        await wait_for(desk.pilot, lambda: desk.top.query("#row-detail #detail"))
        await desk.pilot.pause()
        row = desk.top.query_one("#row-detail", SettingRow)
        assert row.control.disabled
        assert row.note == "this model takes no pictures"


async def test_what_is_saved_stays_in_the_folder(tmp_path: Path) -> None:
    """Whatever it is called; what a model made has a name of its own, and nothing is overwritten."""
    async with hand(tmp_path) as desk:
        blobs = desk.screen.runtime.blobs
        for name, files in (
            ("../../evil/..\\chart.png", ["chart-2.png"]),
            ("", ["tchat-image-1.png"]),
            ("", ["tchat-image-1-2.png"]),
            ("...\x1b[31m", ["[31m.png"]),
        ):
            part = attach(Source(chart(), name), blobs)
            assert isinstance(part, ImagePart)
            await desk.screen.attaching.save((part,))
            for file in files:
                assert (desk.folder / file).read_bytes() == chart()
        assert {path.name for path in await in_background(lambda: list(tmp_path.iterdir()))} == {
            "folder of files",
            "home",
        }


async def test_commands_reach_pictures_and_their_detail(tmp_path: Path) -> None:
    """`/patches` shows the newest one, `/detail` says how closely it is looked at."""
    async with hand(tmp_path) as desk:
        await desk.paste(f"'{desk.folder}/chart.png' '{desk.folder}/hills.jpg'", 2)
        await type_text(desk.pilot, "/detail low")
        await desk.press("enter")
        await wait_for(desk.pilot, lambda: desk.screen.talk.choice.settings.detail == "low")
        await type_text(desk.pilot, "/patches")
        await desk.press("enter")
        await desk.come(PatchScreen)
        await wait_for(desk.pilot, lambda: "tokens" in desk.says("patches-said"))
        assert "hills.jpg" in desk.says("patches-title")
        assert "176 tokens" in desk.says("patches-said")
