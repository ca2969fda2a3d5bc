"""Pictures that a model makes: saved where the user says, or told where they are kept."""

import hashlib
import os
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from tchat.domain.errors import UsageError
from tchat.domain.events import Pictured, TurnEvent
from tchat.domain.text import one_line

_ENDINGS = {"image/jpeg": ".jpg"}


class DrawnPictures:
    """Saves the pictures of a reply.

    Args:
        out: a file for the first picture, with numbers for more, or a folder; None saves nothing.
        kept: tells where a picture is kept anyway, by its digest; None where nothing is kept.
        note: tells the user.

    Raises:
        UsageError: the place cannot be written to.
    """

    def __init__(self, out: Path | None, kept: Callable[[str], Path] | None, note: Callable[[str], None]) -> None:
        self._out = out
        self._kept = kept
        self._note = note
        self._count = 0
        self._failure: UsageError | None = None
        if out is None:
            return
        folder = out if _is_folder(out) else out.parent
        if not folder.is_dir():
            raise UsageError(f"--out: there is no folder {str(folder)!r}")
        if not os.access(out if out.exists() else folder, os.W_OK):
            raise UsageError(f"--out: {str(out)!r} cannot be written")

    async def saving(self, turn: AsyncGenerator[TurnEvent]) -> AsyncGenerator[TurnEvent]:
        """Yield the events of a turn on, and save the pictures among them.

        Raises:
            UsageError: a picture could not be saved where it was wanted; all of the reply was yielded before.
        """
        async with aclosing(turn) as events:
            async for event in events:
                if isinstance(event, Pictured):
                    self._take(event)
                yield event
        if self._failure is not None:
            raise self._failure

    def _take(self, picture: Pictured) -> None:
        self._count += 1
        size = f"{len(picture.data):,} bytes"
        if self._out is None:
            kept = self._kept(hashlib.sha256(picture.data).hexdigest()) if self._kept else None
            where = f"kept as {kept}" if kept else "not kept"
            kind = one_line(picture.media_type)
            self._note(f"picture {self._count} ({kind}, {size}) is {where}; `tchat ask --out FILE` saves it")
            return
        path = self._path(self._out, _ending(picture))
        try:
            path.write_bytes(picture.data)
        except OSError as error:
            self._failure = UsageError(f"cannot write {path}: {error.strerror}", hint=self._rescued(picture))
            return
        self._note(f"picture {self._count} ({size}) is saved as {path}")

    def _rescued(self, picture: Pictured) -> str | None:
        """Put a paid picture where it can be found, and return a hint that says where that is."""
        if self._kept is not None:
            return f"the picture is kept as {self._kept(hashlib.sha256(picture.data).hexdigest())}"
        try:
            with tempfile.NamedTemporaryFile(prefix="tchat-", suffix=_ending(picture), delete=False) as file:
                file.write(picture.data)
        except OSError:
            return None
        return f"the picture is saved as {file.name}"

    def _path(self, out: Path, ending: str) -> Path:
        if _is_folder(out):
            number = next(number for number in range(1, 10**6) if not (out / f"picture-{number}{ending}").exists())
            return out / f"picture-{number}{ending}"
        return out if self._count == 1 else out.with_name(f"{out.stem}-{self._count}{out.suffix or ending}")


def _ending(picture: Pictured) -> str:
    return _ENDINGS.get(picture.media_type, f".{one_line(picture.media_type).rpartition('/')[2]}")


def _is_folder(out: Path) -> bool:
    return out.is_dir()
