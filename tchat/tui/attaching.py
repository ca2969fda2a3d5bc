"""Attachments on the main screen: where they come from, what they look like, and where they are saved."""

import io
import mimetypes
import shutil
from collections.abc import Awaitable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from tchat.domain.errors import AttachmentError, TchatError
from tchat.domain.message import Attachment, DocumentPart, ImagePart, TextPart, user
from tchat.domain.text import one_line
from tchat.media.blobs import Blobs
from tchat.providers.fitting import not_taken
from tchat.providers.folding import FoldedFile
from tchat.runtime import Runtime
from tchat.threads import in_background
from tchat.tui.arriving import PATIENCE, Arrival, Arrived, Put, all_over
from tchat.tui.attached import names_of, tokens_of
from tchat.tui.dropped import dropped_paths
from tchat.tui.entry import Entry
from tchat.tui.pictures.readers import Reader, readers_of
from tchat.tui.pictures.shrinking import first_page, shrunk
from tchat.tui.widgets.chips import Reading, Way
from tchat.tui.window import cut

if TYPE_CHECKING:
    from PIL.Image import Image

    from tchat.tui.screens.chat import ChatScreen
    from tchat.tui.screens.pdf import PdfWay

_SEEN = 2048
"""Pixels of the longer side of a picture that is looked at."""
_FACTS = {"pictures": "vision", "documents": "documents", "audio": "audio", "video": "video"}
"""The fact about a model that says whether it takes a kind."""
_LONGEST_NAME = 80


class Attaching:
    """Takes in files, opens what is attached, and saves it.

    Coroutines may raise a `TchatError`, which the screen shows.
    """

    def __init__(self, screen: "ChatScreen") -> None:
        self._screen = screen
        self._arrivals: list[Arrival] = []
        """What is being read."""

    # --- in

    def attach(self, paths: Sequence[str | Path]) -> None:
        """Attach files: texts as pastes, everything else as chips."""
        blobs = self._screen.runtime.blobs
        arrivals = [(str(path), self._expect(Path(path).name)) for path in paths]

        async def read() -> None:
            for path, arrival in arrivals:
                await self._bring(arrival, in_background(partial(_from_files, (path,), blobs)))

        self._screen.do(read)

    def attach_named(self, name: str) -> None:
        """Attach a file, some pages of a PDF, or what an address or the clipboard holds."""
        arrival = self._expect(name.rstrip("/").rpartition("/")[2])
        self._screen.do(lambda: self._bring(arrival, _named(name, arrival.name, self._screen.runtime)))

    def paste(self) -> None:
        """Attach the picture that is on the clipboard, or the files that its text names, or insert that."""
        arrival = self._expect("what is on the clipboard", self._insert)
        runtime, folder = self._screen.runtime, self._screen.composer.folder
        self._screen.do(lambda: self._bring(arrival, _from_clipboard(runtime, folder)))

    async def finish(self) -> None:
        """Wait for what is being read, but not for ever."""
        await all_over(self._arrivals, PATIENCE)

    def _expect(self, name: str, put: Put | None = None) -> Arrival:
        """Have something belong to what is being written, from now on."""
        arrival = Arrival(name, put or self._take)
        self._screen.sheet.expect(arrival)
        self._arrivals.append(arrival)
        self._tell_reading()
        return arrival

    async def _bring(self, arrival: Arrival, reading: Awaitable[Arrived]) -> None:
        """Read something and put it where it belongs; what cannot be read is told."""
        try:
            arrival.end(await reading)
        except TchatError as error:
            self._screen.trouble(error)
        finally:
            arrival.end(None, has_failed=True)
            self._tell_reading()
        await self._screen.sending.keep()

    def _tell_reading(self) -> None:
        self._arrivals = [arrival for arrival in self._arrivals if not arrival.is_over]
        self._screen.composer.reading = tuple(arrival.name for arrival in self._arrivals)

    def _insert(self, arrived: Arrived) -> None:
        """Put what was pasted into what is being written."""
        match arrived.parts:
            case ():
                self._screen.say(
                    "there is nothing on the clipboard that tchat can reach; the terminal's own paste works"
                )
            case (TextPart(text),):
                self._screen.composer.insert(text)
            case _:
                self._take(arrived)

    def _take(self, arrived: Arrived) -> None:
        """Put it into what is being written; what the model does not take is told at once."""
        self._screen.composer.add(arrived)
        for part in arrived.parts:
            if isinstance(part, TextPart) or self._is_taken(part):
                continue
            if isinstance(part, DocumentPart):
                self._offer(part)
            else:
                self._tell_refused(part)

    def _tell_refused(self, part: Attachment) -> None:
        model, kind = one_line(self._screen.talk.choice.ref.model), self._refused_kind(part)
        others = self._screen.runtime.outgoing.takers(_FACTS[kind])
        named = f"; {' or '.join(map(one_line, others))} would" if others else ""
        self._screen.say(f"{model} takes no {kind}{named}. Ctrl+O chooses another model", "warning")

    def _offer(self, part: DocumentPart) -> None:
        """Offer to send a PDF as what the model takes."""
        from tchat.tui.screens.pdf import PdfScreen

        def decided(way: "PdfWay | None") -> None:
            if way == "model":
                self._screen.action_model()
            elif way is not None:
                self._convert(part, way)

        facts = self._screen.talk.facts
        self._screen.app.push_screen(PdfScreen(part, facts), decided)

    def _convert(self, part: DocumentPart, way: "PdfWay") -> None:
        arrival = self._expect(one_line(part.name) or "pdf", self._screen.composer.add)
        kind = "text" if way == "text" else "pages"
        blobs = self._screen.runtime.blobs
        self._screen.do(lambda: self._bring(arrival, in_background(partial(_converted, part, kind, blobs))))

    # --- what the model makes of it

    def read(self, part: Attachment) -> Reading:
        """Return what the model that is asked next makes of an attachment."""
        choice = self._screen.talk.choice
        tokens = tokens_of(part, choice.ref.model, choice.settings.detail)
        return Reading(tokens, is_taken=self._is_taken(part))

    def _is_taken(self, part: Attachment) -> bool:
        return not self._refused_kind(part)

    def _refused_kind(self, part: Attachment) -> str:
        """Return what the model does not take, in the plural; empty if it takes it."""
        ref = self._screen.talk.choice.ref
        if not ref.provider:
            return ""
        return next((kind for kind, _ in not_taken(self._screen.talk.facts, (user("", part),))), "")

    async def _readers(self) -> tuple[Reader, ...]:
        return await readers_of(self._screen.runtime, self._screen.talk.choice.ref)

    # --- seen

    def open(self, parts: Sequence[Attachment], index: int, way: Way) -> None:
        """Show an attachment of the message that is being written."""
        part = parts[index]
        if way == "patches" and isinstance(part, ImagePart):
            self._open_patches(parts, part)
        else:
            self._preview(parts, index, is_written=True)

    def preview(self, entry: Entry, number: int = 0) -> None:
        """Show the attachments of a message, from one of them on."""
        if entry.attachments:
            self._preview(entry.attachments, number, is_written=False)
        else:
            self._screen.say("this message has no attachments")

    def patches(self, entry: Entry) -> None:
        """Show the pictures of a message as models read them."""
        picture = next((part for part in entry.attachments if isinstance(part, ImagePart)), None)
        if picture is None:
            self._screen.say("this message has no picture")
        else:
            self._open_patches(entry.attachments, picture)

    def newest_patches(self) -> None:
        """Show the newest picture as models read it: of what is being written, else of the conversation."""
        written = self._screen.composer.draft.attachments
        said = (entry.attachments for entry in reversed(self._screen.transcript.entries))
        for parts in (written, *said):
            picture = next((part for part in reversed(parts) if isinstance(part, ImagePart)), None)
            if picture is not None:
                self._open_patches(parts, picture)
                return
        self._screen.say("there is no picture in this conversation")

    def _preview(self, parts: Sequence[Attachment], index: int, *, is_written: bool) -> None:
        from tchat.tui.screens.preview import Handling, PreviewScreen

        handling = Handling(
            load=self._load,
            reading=self._reading,
            patches=lambda part: self._open_patches(parts, part),
            save=lambda part: self._screen.do(lambda: self.save((part,))),
            remove=self._screen.composer.detach if is_written else None,
        )
        self._screen.app.push_screen(PreviewScreen(parts, index, handling))

    def _open_patches(self, parts: Sequence[Attachment], part: ImagePart) -> None:
        from tchat.tui.screens.patches import PatchScreen

        pictures = [other for other in parts if isinstance(other, ImagePart)]
        detail = self._screen.talk.choice.settings.detail
        self._screen.app.push_screen(PatchScreen(pictures, pictures.index(part), self._see, self._readers, detail))

    def _reading(self, part: Attachment) -> str:
        reading, ref = self.read(part), self._screen.talk.choice.ref
        model = one_line(ref.model)
        if not reading.is_taken:
            return f"{model} does not take it"
        return f"≈{reading.tokens:,} tokens for {model}" if reading.tokens and ref.provider else ""

    async def _load(self, part: Attachment) -> "Image | None":
        """Return what an attachment looks like: a picture itself, a PDF by its first page."""
        if isinstance(part, ImagePart):
            return await self._see(part)
        if isinstance(part, DocumentPart):
            return await in_background(partial(first_page, self._screen.runtime.blobs, part, _SEEN))
        return None

    async def _see(self, part: ImagePart) -> "Image":
        if not part.digest:
            raise AttachmentError("it is fetched by the provider from its address", hint=one_line(part.url))
        return await in_background(partial(shrunk, self._screen.runtime.blobs, part, (_SEEN, _SEEN)))

    # --- saved

    async def save(self, parts: Sequence[Attachment]) -> None:
        """Write attachments to files in the folder that is worked in, and say where.

        Raises:
            AttachmentError: one is gone or cannot be written.
        """
        folder = self._screen.composer.folder.resolve()
        names = names_of(parts)
        blobs = self._screen.runtime.blobs
        paths = [
            await in_background(partial(_saved, folder, _file_name(part, name), blobs, part.digest))
            for part, name in zip(parts, names, strict=True)
            if part.digest
        ]
        self._screen.say("saved " + ", ".join(map(str, paths)) if paths else "there is nothing to save")

    async def save_sent(self, files: Sequence[FoldedFile]) -> None:
        """Write attachments as they went out into the folder that is worked in, as copies of the request name them.

        Raises:
            AttachmentError: one cannot be written.
        """
        folder = self._screen.composer.folder.resolve()
        paths = [await in_background(partial(_written_once, folder, file.name, file.data)) for file in files]
        self._screen.say("saved " + ", ".join(map(str, paths)))


def _from_files(paths: Sequence[str], blobs: Blobs) -> Arrived:
    from tchat.media.attachment import attach_file

    return Arrived(tuple(attach_file(path, blobs) for path in paths), name=Path(paths[0]).name)


async def _named(name: str, called: str, runtime: Runtime) -> Arrived:
    from tchat.media.attaching import Attacher

    return Arrived(
        tuple(await Attacher(runtime.blobs, runtime.fetching, runtime.environ).attach(name)), name=one_line(called)
    )


async def _from_clipboard(runtime: Runtime, folder: Path) -> Arrived:
    """Return what is on the clipboard: its picture, else the files that its text names, else that, else nothing."""
    from tchat.media.attachment import attach
    from tchat.media.clipboard import paste_picture, paste_text

    source = await in_background(partial(paste_picture, runtime.environ))
    if source is not None:
        return Arrived((await in_background(partial(attach, source, runtime.blobs)),))
    text = await in_background(paste_text)
    if not text:
        return Arrived(())
    paths = await dropped_paths(text, folder)
    if paths:
        return await in_background(partial(_from_files, tuple(map(str, paths)), runtime.blobs))
    return Arrived((TextPart(text),))


def _converted(part: DocumentPart, kind: Literal["text", "pages"], blobs: Blobs) -> Arrived:
    """Return what a PDF is sent as."""
    from tchat.media.attachment import Source, attach_pdf

    return Arrived(
        tuple(attach_pdf(Source(blobs.get(part.digest), part.name), blobs, kind)), one_line(part.name) or "pdf", part
    )


def _file_name(part: Attachment, name: str) -> str:
    """Return what a file may be called: as the attachment, without a way to another folder."""
    plain = Path(one_line(part.name).replace("\\", "/")).name.lstrip(".")
    suffix = mimetypes.guess_extension(part.media_type) or ""
    stem = Path(plain).stem or f"tchat-{name.replace(' ', '-')}"
    return f"{cut(stem, _LONGEST_NAME)}{Path(plain).suffix or suffix}"


def _written_once(folder: Path, name: str, data: bytes) -> Path:
    """Write a file whose name tells its bytes, unless it is there, and return its path.

    Raises:
        AttachmentError: it cannot be written.
    """
    return folder / name if (folder / name).is_file() else _written(folder, name, io.BytesIO(data))


def _saved(folder: Path, name: str, blobs: Blobs, digest: str) -> Path:
    """Write what is kept under a digest, however long it is.

    Raises:
        AttachmentError: it is gone, or cannot be written.
    """
    with blobs.open(digest) as kept:
        return _written(folder, name, kept)


def _written(folder: Path, name: str, content: BinaryIO) -> Path:
    """Write a file under the first free name and return its path.

    Raises:
        AttachmentError: it cannot be written.
    """
    stem, suffix = Path(name).stem, Path(name).suffix
    names = (name if number == 1 else f"{stem}-{number}{suffix}" for number in count(1))
    try:
        for free in names:
            path = folder / free
            if not path.exists():
                with path.open("xb") as file:
                    shutil.copyfileobj(content, file)
                return path
    except OSError as error:
        raise AttachmentError(f"cannot write {name} into {folder}: {error.strerror}") from error
    raise AssertionError
