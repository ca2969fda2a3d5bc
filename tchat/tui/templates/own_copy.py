"""A template that its user may change: their own file as it is, any other one as a copy in their folder."""

import shutil
from pathlib import Path

from tchat.domain.errors import ConfigError
from tchat.paths import Paths, shipped_prompts
from tchat.templates.library import PARTS, Entry


def own_copy(entry: Entry, paths: Paths) -> Path:
    """Return the file that may be changed; what the template uses comes along.

    Raises:
        ConfigError: it cannot be copied.
    """
    shipped = shipped_prompts()
    if not entry.path.is_relative_to(shipped):
        return entry.path
    copy = paths.prompts / entry.path.relative_to(shipped)
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        parts = entry.path.parent / PARTS
        if parts.is_dir() and f"{PARTS}/" in entry.path.read_text("utf-8"):
            shutil.copytree(parts, copy.parent / PARTS, dirs_exist_ok=True, copy_function=_copied_once)
        _copied_once(str(entry.path), str(copy))
    except OSError as error:
        raise ConfigError(f"cannot copy {entry.name} to {copy}: {error.strerror}") from error
    return copy


def _copied_once(source: str, target: str) -> str:
    """Copy a file unless its user has one already."""
    if not Path(target).exists():
        shutil.copyfile(source, target)
    return target
