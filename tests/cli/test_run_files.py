"""`--out`: what a run writes, and what it leaves alone."""

from pathlib import Path

import msgspec
import pytest

from tchat.cli.run_files import MARKER, OutFolder
from tchat.cli.run_result import RunAccount
from tchat.domain.errors import UsageError


def test_a_forged_list_of_files_deletes_nothing_else(tmp_path: Path) -> None:
    """Only names that a run gives its files are taken for its own; what was left by one is replaced."""
    (tmp_path / "calls").mkdir()
    own = ("result.json", "calls/0001-answer.txt")
    strange = ("main.py", "../outside", "calls/notes.txt", "calls/../main.py", "/etc/passwd")
    for name in (*own, "main.py", "calls/notes.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / MARKER).write_bytes(msgspec.json.encode({"run": None, "template": "t", "files": [*own, *strange]}))
    OutFolder(tmp_path).write(RunAccount(state="done", answer="42"))
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == [MARKER, "calls/notes.txt", "main.py", "result.txt"]


def test_a_linked_folder_of_calls_is_refused(tmp_path: Path) -> None:
    """It could lead anywhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / "calls").symlink_to(elsewhere)
    (out / MARKER).write_bytes(msgspec.json.encode({"run": None, "template": "t", "files": []}))
    with pytest.raises(UsageError, match="is a link"):
        OutFolder(out)
