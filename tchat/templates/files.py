"""Files that a template or its user names; those of a template stand beside it or below, and it reads nothing else."""

from pathlib import Path

from tchat.domain.errors import UsageError
from tchat.media.documents import text_of
from tchat.media.kinds import media_type
from tchat.media.page_ranges import Pages, without_pages
from tchat.paths import user_path
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


def find_text_beside(folder: Path | None, name: str) -> tuple[Path, Pages | None]:
    """Return the file that an input's default names, and which of its pages, where it is a PDF.

    Raises:
        UsageError: as `find_beside`, or what is named are no pages.
    """
    name, pages = without_pages(name)
    return find_beside(folder, name), pages


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
    return _with_plain_ends(decoded(read_bytes(path), path))


def read_value(name: str) -> str:
    """Return what a file holds that a user names, as a value: its text, without the end of the last line.

    A PDF is read as the text that is in it; `#pages=2-5` behind its name takes some of its pages.

    Raises:
        UsageError: it cannot be read, or has no text.
    """
    name, pages = without_pages(name)
    path = user_path(name)
    return value_of(read_bytes(path), path, pages)


def value_of(content: bytes, path: Path, pages: Pages | None = None) -> str:
    """Return the content of a file, or of what is piped in, as `read_value` does.

    Raises:
        UsageError: there is no text in it.
    """
    if media_type(content) == "application/pdf":
        return text_of(content, path.name, pages)
    if pages is not None:
        raise UsageError(f"{quoted(path)} is no PDF, of which some pages could be read")
    return _with_plain_ends(decoded(content, path)).removesuffix("\n")


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


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
