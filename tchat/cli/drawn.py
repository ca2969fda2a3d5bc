"""Pictures that a model makes: saved where the user says, or told where they are kept."""

import hashlib
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
        if out is not None and not (out if _is_folder(out) else out.parent).is_dir():
            raise UsageError(f"--out: there is no folder {str(out if _is_folder(out) else out.parent)!r}")

    async def saving(self, turn: AsyncGenerator[TurnEvent]) -> AsyncGenerator[TurnEvent]:
        """Yield the events of a turn on, and save the pictures among them."""
        async with aclosing(turn) as events:
            async for event in events:
                if isinstance(event, Pictured):
                    self._take(event)
                yield event

    def _take(self, picture: Pictured) -> None:
        self._count += 1
        size = f"{len(picture.data):,} bytes"
        if self._out is None:
            place = self._kept(hashlib.sha256(picture.data).hexdigest()) if self._kept else None
            where = f"kept as {place}" if place else "not kept"
            self._note(f"picture {self._count} ({one_line(picture.media_type)}, {size}) is {where}; --out saves it")
            return
        path = self._path(self._out, picture.media_type)
        try:
            path.write_bytes(picture.data)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from error
        self._note(f"picture {self._count} ({size}) is saved as {path}")

    def _path(self, out: Path, media_type: str) -> Path:
        ending = _ENDINGS.get(media_type, f".{one_line(media_type).rpartition('/')[2]}")
        if _is_folder(out):
            number = next(number for number in range(1, 10**6) if not (out / f"picture-{number}{ending}").exists())
            return out / f"picture-{number}{ending}"
        return out if self._count == 1 else out.with_name(f"{out.stem}-{self._count}{out.suffix or ending}")


def _is_folder(out: Path) -> bool:
    return out.is_dir()
