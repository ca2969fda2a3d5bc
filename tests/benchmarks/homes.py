"""Homes of tchat to measure in: one with a big library, one to search in, one with a long conversation.

Libraries take a minute to make and are kept in `build/benchmarks` until the code that makes them changes.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from tchat.paths import find_paths
from tests.benchmarks import library
from tests.servers import ROOT

_KEPT = ROOT / "build" / "benchmarks"
_MAKERS = (Path(library.__file__), *sorted((ROOT / "tchat" / "store").glob("schema*.sql")))


class Home(Struct, frozen=True):
    """A user's files."""

    folder: Path

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment in which tchat finds nothing but these files."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TCHAT_HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    @property
    def database(self) -> Path:
        """Where the conversations are."""
        return find_paths(self.environ).database

    def replace_database(self, content: bytes) -> None:
        """Put a database in place of the one that is there, which nobody has open."""
        for suffix in ("", "-wal", "-shm"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
        self.database.write_bytes(content)


def make_home(folder: Path, url: str) -> Home:
    """Return a home whose only model is the mock server's."""
    folder.mkdir()
    (folder / "config.toml").write_text(f'model = "mock/mock"\n[providers.mock]\nbase_url = "{url}/v1"\n')
    return Home(folder)


def library_home(folder: Path, url: str, *, conversations: int, messages: int) -> Home:
    """Return a home with a library of so many conversations, which is made at the first call."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in _MAKERS)).hexdigest()[:12]
    kept = _KEPT / f"{digest}-{conversations}-{messages}.db"
    if not kept.exists():
        _KEPT.mkdir(parents=True, exist_ok=True)
        for old in _KEPT.glob(f"*-{conversations}-{messages}.db"):
            old.unlink()
        with tempfile.TemporaryDirectory(dir=_KEPT) as making:
            made = Path(making) / "library.db"
            library.make_library(made, conversations=conversations, messages=messages)
            made.rename(kept)
    home = make_home(folder, url)
    shutil.copyfile(kept, home.database)
    return home
