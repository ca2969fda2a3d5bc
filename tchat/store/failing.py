"""What SQLite and the file system report, turned into `StoreError`s that say what to do."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from msgspec import MsgspecError

from tchat.domain.errors import StoreError

BUSY_SECONDS = 30.0
"""How long a statement waits for other processes to let go of the database."""

_MEANINGS = {
    "SQLITE_NOTADB": ("is not a tchat database", "move the file away: tchat starts a new one"),
    "SQLITE_CORRUPT": ("is damaged", "restore a copy of it, or move it away: tchat starts a new one"),
    "SQLITE_FULL": ("cannot grow: the disk is full", "free some space and try again"),
    "SQLITE_READONLY": ("is read-only", "give yourself write permission for the file and its folder"),
    "SQLITE_PERM": ("may not be opened", "check the permissions of the file and its folder"),
    "SQLITE_AUTH": ("may not be opened", "check the permissions of the file and its folder"),
    "SQLITE_CANTOPEN": ("cannot be opened", "check the permissions of the file and its folder"),
    "SQLITE_IOERR": ("cannot be read or written", "check the disk and the permissions of the folder"),
    "SQLITE_BUSY": (f"was in use for more than {BUSY_SECONDS:.0f} s", "close the program that holds it and try again"),
    "SQLITE_LOCKED": ("is in use", "close the program that holds it and try again"),
}


@contextmanager
def converting(path: Path | None) -> Generator[None]:
    """Let no foreign error of the database at `path` (None: in memory) out.

    Raises:
        StoreError: in place of every error of SQLite, of the file system, and of a row that cannot be decoded.
    """
    name = str(path) if path else "in memory"
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "")
        meaning, hint = _MEANINGS.get("_".join(code.split("_")[:2]), ("does not do what it should", None))
        raise StoreError(f"the database {name} {meaning} ({error})", hint=hint) from error
    except OSError as error:
        raise StoreError(
            f"the database {name} cannot be used: {error.strerror or error}",
            hint="check the permissions and the space of its folder",
        ) from error
    except MsgspecError as error:
        raise StoreError(f"the database {name} holds a value that tchat does not know: {error}") from error
