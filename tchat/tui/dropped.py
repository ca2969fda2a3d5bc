"""Paths that a terminal pastes when files are dropped on it or copied in a file manager.

Each terminal quotes them in its own way: plain, in quotes, with backslashes, as `file://` addresses, one or many.
"""

import asyncio
import shlex
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from tchat.threads import in_background
from tchat.tui.file_listing import resolved

_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".pdf"),
    *(".mp3", ".wav", ".m4a", ".flac", ".ogg", ".opus", ".aac", ".aif", ".aiff"),
    *(".mp4", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".m4v", ".3gp"),
)
"""Of pictures, PDFs, audio and video."""
_LOCAL = "file://"
_LONGEST = 8_000
_MOST = 50
_LOOK_SECONDS = 1.0
"""How long a slow disk may keep a pasted path from being pasted as text."""

Reading = tuple[Path, ...]


def readings(text: str) -> tuple[Reading, ...]:
    """Return the ways in which pasted text may be read as paths of what can be attached, the likeliest first.

    A name without a folder is a word and no path. Nothing is looked up.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return ()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    candidates = [lines]
    with suppress(ValueError):  # an apostrophe in a plain name is no opening quote
        candidates.append([word for line in lines for word in shlex.split(line)])
    found = [tuple(map(_path, names)) for names in candidates if len(names) <= _MOST and all(map(_is_likely, names))]
    return tuple(dict.fromkeys(found))


def existing(ways: tuple[Reading, ...], folder: Path) -> Reading:
    """Return the first reading of which every path is a file, as seen from `folder`; empty if there is none.

    This asks the disk.
    """
    seen = (tuple(resolved(folder, str(path)) for path in paths) for paths in ways)
    return next((paths for paths in seen if all(map(_is_file, paths))), ())


async def dropped_paths(text: str, folder: Path) -> Reading:
    """Return the files that pasted text names, beside the event loop; none where the disk takes its time."""
    ways = readings(text)
    if not ways:
        return ()
    try:
        return await asyncio.wait_for(in_background(lambda: existing(ways, folder)), _LOOK_SECONDS)
    except TimeoutError:
        return ()


def _is_likely(name: str) -> bool:
    is_address = "://" in name and not name.startswith(_LOCAL)
    return "/" in name and not is_address and "\0" not in name and unquote(name).lower().endswith(_SUFFIXES)


def _path(name: str) -> Path:
    if name.startswith(_LOCAL):
        _host, slash, path = name.removeprefix(_LOCAL).partition("/")
        return Path(slash + unquote(path))
    return Path(name)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
