"""Files that a template names: they stand beside it or below, so that a template from elsewhere reads nothing else."""

from pathlib import Path

from tchat.domain.errors import UsageError
from tchat.templates.naming import quoted


def find_beside(folder: Path | None, name: str) -> Path:
    """Return the file called `name` in a template's folder or below it.

    Raises:
        UsageError: it is not there, or it is elsewhere; the message is about the name only.
    """
    try:
        root = (folder or Path()).resolve()
        path = (root / name).resolve()
        is_file = path.is_file()
    except (OSError, ValueError) as error:  # a name that no file can have
        raise UsageError(f"{quoted(name)} is not a file") from error
    if folder is None or not path.is_relative_to(root):
        raise UsageError(f"{quoted(name)} is not in the template's folder")
    if not is_file:
        raise UsageError(f"there is no file {quoted(name)} in the template's folder")
    return path


def is_there(path: Path) -> bool:
    """Whether a path leads to something that can be read as a file.

    Raises:
        UsageError: it may not be looked at.
    """
    try:
        return path.exists() and not path.is_dir()
    except OSError as error:
        raise UsageError(f"cannot look at {quoted(path)}: {error.strerror}") from error


def read_text(path: Path) -> str:
    """Return the text of a file, UTF-8 with or without a byte order mark.

    Raises:
        UsageError: it cannot be read or is not text.
    """
    return decoded(read_bytes(path), path).replace("\r\n", "\n").replace("\r", "\n")


def read_bytes(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {quoted(path)}: {error.strerror}") from error


def decoded(content: bytes, path: Path) -> str:
    """Return the text that a file holds.

    Raises:
        UsageError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except ValueError as error:
        raise UsageError(f"{quoted(path)} is not UTF-8 text") from error
