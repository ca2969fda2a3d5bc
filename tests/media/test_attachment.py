"""What can be attached, and what cannot: told by content, and in words that help."""

import hashlib
import io
import os
import re
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tchat.config import NetworkConfig
from tchat.domain.errors import AttachmentError
from tchat.domain.message import AudioPart, DocumentPart, ImagePart, TextPart, VideoPart
from tchat.engine.attaching import attachment_notices
from tchat.media import attachment
from tchat.media.attaching import Attacher
from tchat.media.attachment import Source, attach, attach_file, attach_pdf, read_file
from tchat.media.blobs import Blobs
from tchat.media.documents import text_of
from tchat.media.fetching import Fetching
from tchat.media.kinds import media_type
from tchat.media.lengths import seconds_of
from tchat.media.page_ranges import pages_of
from tchat.media.stripping import stripped
from tchat.net import plan_route
from tests.media.pictures import MADE_AT, SECRETS, film_with_places, flac, mp3, mp4, pdf, photo, saved, wave

WAY = Fetching(route_to=lambda url: plan_route(url, NetworkConfig(), {}))


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """A folder of attachments."""
    return Blobs(tmp_path / "media")


KINDS: list[tuple[bytes, str | None]] = [
    (mp4(), "video/mp4"),
    (mp4(brand=b"qt  "), "video/quicktime"),
    (mp4(brand=b"3gp4"), "video/3gpp"),
    (mp4(brand=b"M4A "), "audio/mp4"),
    (mp4(handler=b"soun"), "audio/mp4"),
    (b"\x00\x00\x00\x1cftypmif1\0\0\0\0mif1heic", "image/heic"),
    (b"\x00\x00\x00\x1cftypmif1\0\0\0\0mif1avif", "image/avif"),
    (wave(), "audio/wav"),
    (mp3(), "audio/mpeg"),
    (b"\xff\xfb\x90\x64" + bytes(9), "audio/mpeg"),
    (b"\xff\xf1\x50\x80" + bytes(9), "audio/aac"),
    (flac(), "audio/flac"),
    (b"fLaC is lossless", None),
    (b"ID3 is a decision tree", None),
    (b"GIF89a came after GIF87a", None),
    (b"GIF89a", None),
    (b"\xef\xbb\xbf\n" + pdf("x"), "application/pdf"),
    (b"OggS" + bytes(24) + b"OpusHead", "audio/ogg"),
    (b"OggS" + bytes(24) + b"\x80theora", "video/ogg"),
    (b"FORM\0\0\0\x2eAIFF", "audio/aiff"),
    (b"\x1aE\xdf\xa3" + bytes(8) + b"webm" + b"V_VP9", "video/webm"),
    (b"\x1aE\xdf\xa3" + bytes(8) + b"webm" + b"A_OPUS", "audio/webm"),
    (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
    (b"\x00\x00\x01\xba\x44", "video/mpeg"),
    (pdf("x"), "application/pdf"),
    (b"BMW is a car", None),
    (b"hello", None),
    ("ein Text".encode("utf-16"), None),
    (b"", None),
]


@pytest.mark.parametrize(("data", "kind"), KINDS)
def test_bytes_are_told_by_how_they_begin(data: bytes, kind: str | None) -> None:
    """Whatever the file is called."""
    assert media_type(data) == kind


@given(st.binary(max_size=600))
def test_any_bytes_are_something_or_nothing(data: bytes) -> None:
    """No bytes are too odd to be asked about, or to lose their notes."""
    for head in (b"", b"\xff\xd8\xff", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x10ftypisom", b"ID3", b"fLaC"):
        kind = media_type(head + data)
        if kind is not None:
            stripped(head + data, kind)


def test_parts_tell_pixels_pages_and_seconds(blobs: Blobs) -> None:
    """What the user sees before anything is sent."""
    picture = attach(Source(saved(photo((30, 20)), "PNG"), "c.png"), blobs)
    paper = attach(Source(pdf("one", "two"), "p.pdf"), blobs)
    sound, film = attach(Source(wave(2.0), "s.wav"), blobs), attach(Source(mp4(7), "f.mp4"), blobs)
    assert isinstance(picture, ImagePart)
    assert (picture.width, picture.height) == (30, 20)
    assert isinstance(paper, DocumentPart)
    assert paper.pages == 2
    assert isinstance(sound, AudioPart)
    assert sound.seconds == 2.0
    assert isinstance(film, VideoPart)
    assert (film.seconds, film.size) == (7.0, len(mp4(7)))


def _fax(pages: int) -> bytes:
    first, *rest = [photo((30, 20), "1") for _ in range(pages)]
    return saved(first, "TIFF", save_all=True, append_images=rest, compression="group4")


def test_what_is_not_sent_of_a_picture_is_told(blobs: Blobs) -> None:
    """The other pages of a fax, the other pictures of a HEIC, the other frames of what moves."""
    heic = io.BytesIO()
    pair = pillow_heif.from_pillow(photo())
    pair.add_from_pillow(photo())  # pyright: ignore[reportUnknownMemberType]  # untyped
    pair.save(heic)  # pyright: ignore[reportUnknownMemberType]  # untyped
    moving = saved(photo(), "GIF", save_all=True, append_images=[photo().rotate(90)])
    data = {"fax.tif": _fax(3), "letter.tif": _fax(1), "pair.heic": heic.getvalue(), "moving.gif": moving}
    parts = [attach(Source(content, name), blobs) for name, content in data.items()]
    assert attachment_notices([part for part in parts if isinstance(part, ImagePart)]) == [
        "fax.tif holds 3 pictures: only the first is sent",
        "pair.heic holds 2 pictures: only the main one is sent",
        "moving.gif moves: only its first frame is sent",
    ]


def test_a_smaller_copy_is_no_page(blobs: Blobs) -> None:
    """Scanners put one behind each page."""
    small = Image.new("L", (5, 5))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    part = attach(Source(saved(photo(), "TIFF", save_all=True, append_images=[small]), "scan.tif"), blobs)
    assert isinstance(part, ImagePart)
    assert part.pages is None


@pytest.mark.parametrize("tags", [{254: 1}, {50706: b"\1\4\0\0"}], ids=["a preview", "DNG"])
def test_a_raw_photograph_is_not_sent_as_its_preview(tags: dict[int, object], blobs: Blobs) -> None:
    """What can be read of it is some pixels wide."""
    raw = saved(photo((160, 120)), "TIFF", tiffinfo=tags)
    with pytest.raises(AttachmentError, match=r"DSC_1\.dng is a raw photograph"):
        attach(Source(raw, "DSC_1.dng"), blobs)


@pytest.mark.parametrize("data", [mp4(), mp3(), wave(), flac(), film_with_places()])
def test_sounds_and_films_leave_without_notes(data: bytes) -> None:
    """And are what they were: the same length, the same kind."""
    kind = media_type(data) or ""
    assert any(secret in data for secret in SECRETS)
    bare = stripped(data, kind)
    assert media_type(bare) == kind
    assert len(bare) == len(data)
    assert not any(secret in bare for secret in SECRETS)


def test_a_film_keeps_what_is_seen_and_loses_what_runs_along() -> None:
    """Cameras write each second's place into a track of its own; when the film was made goes too."""
    data = film_with_places()
    bare = stripped(data, "video/mp4")
    assert bare.count(b"frames") == data.count(b"frames") == 9
    assert struct.pack(">I", MADE_AT) in data
    assert struct.pack(">I", MADE_AT) not in bare
    assert seconds_of(bare, "video/mp4") == 7.0


def test_sound_without_a_length_is_left_alone() -> None:
    """A recorder that was stopped too early wrote 0 for it."""
    data = wave()
    place = data.index(b"data") + 4
    unfinished = data[:place] + bytes(4) + data[place + 4 :]
    assert stripped(unfinished, "audio/wav")[place:] == unfinished[place:]


def test_what_is_odd_in_a_film_saves_no_other_note() -> None:
    """A damaged track, or sizes that nobody believes, and the place goes all the same; long sizes are sizes."""
    film = film_with_places()
    stsc = film.rindex(b"stsc")
    damaged = film[: stsc + 8] + struct.pack(">I", 5) + film[stsc + 12 :]
    stsz = film.rindex(b"stsz")
    claiming = film[: stsz + 8] + struct.pack(">II", 1, 2**32 - 1) + film[stsz + 16 :]
    for odd in (damaged, claiming):
        assert struct.pack(">I", MADE_AT) not in stripped(odd, "video/mp4")
    head = mp4()[:20]
    long = struct.pack(">I4sQ", 1, b"uuid", 16 + 16) + b"Secret Person..."
    bare = stripped(head + long + mp4()[20:], "video/mp4")
    assert bare[20:36] == struct.pack(">I4sQ", 1, b"free", 32)
    assert not any(secret in bare for secret in SECRETS)
    assert seconds_of(bare, "video/mp4") == 7.0


def test_boxes_upon_boxes_are_not_followed_for_ever() -> None:
    """Neither down nor along; a file that is no film is sent as it is."""
    deep = b""
    for _ in range(3000):
        deep = struct.pack(">I4s", 8 + len(deep), b"moov") + deep
    head = mp4()[:20]
    assert len(stripped(head + deep, "video/mp4")) == len(head + deep)
    flat = head + struct.pack(">I4s", 8, b"free") * 200_000
    assert stripped(flat, "video/mp4") == flat


def test_a_long_film_is_kept_without_being_read_whole(
    tmp_path: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes pass by; a long text is refused."""
    monkeypatch.setattr(attachment, "LARGEST", 200)
    (tmp_path / "f.mp4").write_bytes(mp4(7))
    part = attach_file(str(tmp_path / "f.mp4"), blobs)
    assert isinstance(part, VideoPart)
    assert (part.seconds, blobs.get(part.digest)) == (7.0, mp4(7))
    (tmp_path / "t.txt").write_text("x" * 300)
    with pytest.raises(AttachmentError, match="has 300 bytes, and 200 are the most"):
        attach_file(str(tmp_path / "t.txt"), blobs)


def test_what_is_no_file_is_told_at_once(tmp_path: Path, blobs: Blobs) -> None:
    """A pipe is not waited for, and a device that never ends is not read."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    for name, said in (
        (str(tmp_path / "pipe"), "is a pipe"),
        (str(tmp_path), "is a folder"),
        ("/dev/zero", "is not a file"),
        (str(tmp_path / "none"), "does not exist"),
        (str(tmp_path / "empty"), "is empty"),
    ):
        with pytest.raises(AttachmentError, match=said):
            attach_file(name, blobs)


class _Growing(io.FileIO):
    """A file that somebody writes to while it is read."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return bytes, and have more of them."""
        data = super().read(-1 if size is None else size)
        with Path(str(self.name)).open("ab") as file:
            file.write(b"more")
        return data or b""


def test_a_file_that_changes_while_it_is_read_is_not_taken(tmp_path: Path) -> None:
    """Half of an old and half of a new file is neither."""
    (tmp_path / "log.txt").write_bytes(b"line\n" * 9)
    with _Growing(str(tmp_path / "log.txt")) as file, pytest.raises(AttachmentError, match="changed while it was read"):
        attachment._read(file, tmp_path / "log.txt")  # pyright: ignore[reportPrivateUsage, reportArgumentType]


def test_a_pdf_goes_as_its_text_or_its_pages(blobs: Blobs) -> None:
    """For models that do not read PDFs."""
    paper = Source(pdf("first page", "second page"), "p.pdf")
    (text,) = attach_pdf(paper, blobs, "text")
    assert isinstance(text, TextPart)
    assert "--- page 1 ---\nfirst page\n\n--- page 2 ---\nsecond page" in text.text
    pages = list(attach_pdf(paper, blobs, "pages"))
    assert [page.name for page in pages if isinstance(page, ImagePart)] == ["p.pdf, page 1", "p.pdf, page 2"]
    with pytest.raises(AttachmentError, match="is not a readable PDF"):
        list(attach_pdf(Source(b"%PDF-1.4 broken", "b.pdf"), blobs, "text"))
    with pytest.raises(AttachmentError, match="has no text"):
        list(attach_pdf(Source(pdf(""), "b.pdf"), blobs, "text"))


def test_some_pages_of_a_pdf_go_in_each_of_its_forms(blobs: Blobs) -> None:
    """As a PDF of their own, the same bytes each time; as text and pictures under the numbers that they have."""
    paper, wanted = Source(pdf(*"abcdef"), "p.pdf"), pages_of("2, 5-")
    part, again = (next(attach_pdf(paper, blobs, "file", wanted)) for _ in range(2))
    assert part == again
    assert isinstance(part, DocumentPart)
    assert (part.name, part.pages) == ("p, pages 2,5-.pdf", 3)
    assert text_of(blobs.get(part.digest), "x") == "--- page 1 ---\nb\n\n--- page 2 ---\ne\n\n--- page 3 ---\nf"
    (text,) = attach_pdf(paper, blobs, "text", wanted)
    assert isinstance(text, TextPart)
    assert "--- page 2 ---\nb\n\n--- page 5 ---\ne\n\n--- page 6 ---\nf" in text.text
    pictures = [page.name for page in attach_pdf(paper, blobs, "pages", wanted) if isinstance(page, ImagePart)]
    assert pictures == [f"p.pdf, page {number}" for number in (2, 5, 6)]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("p.pdf#pages=3", "p.pdf has 2 pages, and there is no page 3"),
        ("p.pdf#page=9-", "p.pdf has 2 pages, and there is no page 9"),
        ("p.pdf#pages=2-1", "'2-1' end before they begin"),
        ("p.pdf#pages=0", "'0' are no pages"),
        ("p.pdf#pages=", "'' are no pages"),
        ("p.pdf#pages=1,x", "'1,x' are no pages"),
        ("n.txt#pages=1", "n.txt is no PDF"),
    ],
)
async def test_pages_that_are_not_there_are_told(tmp_path: Path, blobs: Blobs, name: str, said: str) -> None:
    """With what there is."""
    (tmp_path / "p.pdf").write_bytes(pdf("a", "b"))
    (tmp_path / "n.txt").write_text("text")
    attacher = Attacher(blobs, WAY, {})
    with pytest.raises(AttachmentError, match=re.escape(said)):
        await attacher.attach(str(tmp_path / name))


async def test_a_file_that_is_called_so_is_that_file(tmp_path: Path, blobs: Blobs) -> None:
    """Its name says nothing of pages."""
    (tmp_path / "p.pdf#pages=2").write_bytes(pdf("a", "b"))
    attacher = Attacher(blobs, WAY, {})
    (part,) = await attacher.attach(str(tmp_path / "p.pdf#pages=2"))
    assert isinstance(part, DocumentPart)
    assert part.pages == 2


@given(st.integers(1, 60), st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60) | st.none()), min_size=1))
def test_pages_are_those_that_are_written(count: int, spans: list[tuple[int, int | None]]) -> None:
    """Each once, in the order in which they are named, or there is an error."""
    written = [str(first) if last == 0 else f"{first}-{last or ''}" for first, last in spans]
    wanted: list[int] = []
    for first, last in spans:
        wanted += range(first, (first if last == 0 else last or count) + 1)
    is_right = all(last in (0, None) or first <= last for first, last in spans)
    is_right &= all(max(first, last or 0) <= count for first, last in spans)
    if is_right:
        places = pages_of(",".join(written)).within(count, "p.pdf")
        assert [place + 1 for place in places] == list(dict.fromkeys(wanted))
    else:
        with pytest.raises(AttachmentError):
            pages_of(",".join(written)).within(count, "p.pdf")


def test_texts_of_other_encodings_are_read_or_told_of(tmp_path: Path, blobs: Blobs) -> None:
    """UTF-16 with its mark is; Latin-1 cannot be told from noise."""
    (tmp_path / "wide.txt").write_bytes("grüße".encode("utf-16"))
    part = attach(read_file(str(tmp_path / "wide.txt")), blobs)
    assert isinstance(part, TextPart)
    assert "grüße" in part.text
    with pytest.raises(AttachmentError, match="is not UTF-8 text"):
        attach(Source("grüße".encode("latin-1"), "n.txt"), blobs)


def test_the_same_bytes_are_kept_once_and_swept_when_unused(tmp_path: Path) -> None:
    """A sweep leaves what is used, and what was put after it began."""
    blobs = Blobs(tmp_path)
    digests = [blobs.put(text) for text in (b"one", b"two", b"three", b"one")]
    assert digests[0] == digests[3]
    assert len(list(tmp_path.glob("??/*"))) == 3
    for digest in digests[:2]:
        os.utime(blobs.path(digest), (1000, 1000))
    assert blobs.sweep({digests[0]}, before=2000) == 1
    assert [blobs.holds(digest) for digest in digests[:3]] == [True, False, True]
    blobs.put(b"one")
    assert blobs.drop({digests[0]}, before=2000) == 0
    assert blobs.get(digests[0]) == b"one"


def test_the_same_bytes_may_be_kept_by_many_at_once(tmp_path: Path) -> None:
    """Whoever is later finds them kept; nobody else may read them, and nothing is left half done."""
    blobs, data, at_once = Blobs(tmp_path), os.urandom(2**20), threading.Barrier(8)

    def put(number: int) -> str:
        at_once.wait()
        return blobs.put(data) if number % 2 else blobs.put_file(io.BytesIO(data))[0]

    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(put, range(8)))
    files = [path for path in tmp_path.glob("**/*") if path.is_file()]
    assert files == [blobs.path(digest) for digest in digests]
    assert blobs.get(*digests) == data
    assert files[0].stat().st_mode & 0o077 == 0


def test_a_file_that_changes_while_it_is_kept_is_not_kept_by_the_digest_of_before(tmp_path: Path) -> None:
    """A digest never stands for other bytes."""

    class Changing(io.BytesIO):
        def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
            self.getbuffer()[:] = b"after!"
            return super().seek(offset, whence)

    blobs = Blobs(tmp_path)
    digest, _ = blobs.put_file(Changing(b"before"))
    assert blobs.get(digest) == b"after!"
    assert hashlib.sha256(b"after!").hexdigest() == digest


def test_what_a_killed_process_left_half_done_is_swept(tmp_path: Path) -> None:
    """Once nobody can be at it any more."""
    blobs = Blobs(tmp_path)
    half, digest = tmp_path / "abc.part", blobs.put(b"one")
    away = blobs.path(digest).with_name(f"{digest}.swept")
    for path in (half, away):
        path.write_bytes(b"half")
    now = time.time() + 60
    blobs.sweep({digest}, now)
    assert half.exists()
    blobs.sweep({digest}, now + 100_000)
    assert not half.exists()
    assert not away.exists()
    assert blobs.get(digest) == b"one"


def test_what_must_not_be_stored_is_not(tmp_path: Path) -> None:
    """It is held in memory, a long film in a folder that goes away."""
    blobs = Blobs(tmp_path / "media", keep=False)
    digest = blobs.put(b"secret")
    film, size = blobs.put_file(io.BytesIO(mp4()))
    assert (blobs.get(digest), blobs.get(film), size) == (b"secret", mp4(), len(mp4()))
    place = blobs.path(film)
    blobs.close()
    assert not (tmp_path / "media").exists()
    assert not place.exists()
