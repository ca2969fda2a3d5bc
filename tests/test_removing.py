"""Laws of removing conversations while other processes attach the same files."""

import subprocess
import sys
from pathlib import Path

from tchat.domain.message import ImagePart, assistant, user
from tchat.media.attachment import attach_file
from tchat.media.blobs import Blobs
from tchat.removing import purge
from tests.media.pictures import photo, saved
from tests.servers import ROOT
from tests.store.stores import complete, opened, turn


class Other:
    """Another tchat, which has attached a file and not sent it yet."""

    def __init__(self, folder: Path) -> None:
        arguments = [str(folder / name) for name in ("tchat.db", "media", "chart.png")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.attaching_process", *arguments],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._line() == "kept"

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def send(self) -> str:
        """Send it, and return the conversation."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        conversation = self._line()
        self._process.communicate(timeout=60)
        return conversation


def kept(folder: Path) -> list[Path]:
    """Return the files of all attachments."""
    return sorted((folder / "media").glob("??/*"))


async def test_what_another_process_is_about_to_send_stays(tmp_path: Path) -> None:
    """Its file is attached when the only conversation with the same bytes goes; it goes with the last one."""
    (tmp_path / "chart.png").write_bytes(saved(photo(), "PNG"))
    blobs = Blobs(tmp_path / "media")
    first = Other(tmp_path).send()
    other = Other(tmp_path)
    async with opened(tmp_path / "tchat.db") as store:
        assert await purge(store, blobs, first) == 0
        assert len(kept(tmp_path)) == 1
        second = other.send()
        (question, _) = await store.tree(second)
        (part,) = question.message.attachments
        assert isinstance(part, ImagePart)
        assert blobs.get(part.digest) == saved(photo(), "PNG")
        assert await purge(store, blobs, second) == 1
    assert kept(tmp_path) == []


async def test_what_was_attached_while_a_reply_came_stays(tmp_path: Path) -> None:
    """A turn that ends later than the other process attached takes nothing away from that."""
    (tmp_path / "chart.png").write_bytes(saved(photo(), "PNG"))
    blobs = Blobs(tmp_path / "media")
    part = attach_file(str(tmp_path / "chart.png"), blobs)
    assert isinstance(part, ImagePart)
    async with opened(tmp_path / "tchat.db") as store:
        ids = await store.begin_turn(turn(user("what?", part)))
        other = Other(tmp_path)
        await store.finish(ids.reply_id, assistant("bars"), complete())
        assert await purge(store, blobs, ids.conversation_id) == 0
        assert await purge(store, blobs, other.send()) == 1


async def test_two_conversations_with_the_same_file_are_removed_in_any_order(tmp_path: Path) -> None:
    """The bytes go with the last of them."""
    (tmp_path / "chart.png").write_bytes(saved(photo(), "PNG"))
    blobs = Blobs(tmp_path / "media")
    for turned in (False, True):
        made = [Other(tmp_path).send() for _ in range(2)]
        async with opened(tmp_path / "tchat.db") as store:
            gone = [await purge(store, blobs, name) for name in (reversed(made) if turned else made)]
        assert gone == [0, 1]
        assert kept(tmp_path) == []
