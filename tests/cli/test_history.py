"""`tchat history` as a program: which conversations it lists."""

import os
import subprocess
import sys
from pathlib import Path

from tchat.paths import find_paths
from tests.servers import ROOT
from tests.store.stores import exchange, opened


def history(home: Path, *arguments: str, code: int = 0) -> str:
    """Return what `tchat history` prints, errors where it fails."""
    command = [sys.executable, "-m", "tchat", "history", *arguments]
    environ = {**os.environ, "TCHAT_HOME": str(home)}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code, done.stderr
    return done.stderr if code else done.stdout


def listed(home: Path, *options: str) -> list[str]:
    """Return the titles that `tchat history list` prints."""
    return [line.split("  ")[-1] for line in history(home, "list", *options).splitlines()]


async def test_archived_conversations_are_listed_when_they_are_asked_for(tmp_path: Path) -> None:
    """Without the option they are left out, with it they are all there is."""
    async with opened(find_paths({"TCHAT_HOME": str(tmp_path)}).database) as store:
        ids = await exchange(store, "put away", "fine")
        await exchange(store, "at hand", "fine")
        await store.set_archived(ids.conversation_id, True)
    assert listed(tmp_path) == ["at hand"]
    assert listed(tmp_path, "--archived") == ["put away"]


async def test_what_is_deleted_is_brought_back_or_removed_for_good(tmp_path: Path) -> None:
    """By any program and at any time later; what is not deleted is not restored."""
    async with opened(find_paths({"TCHAT_HOME": str(tmp_path)}).database) as store:
        names = [(await exchange(store, said, "fine")).conversation_id for said in ("regretted", "private", "kept")]
        for name in names[:2]:
            await store.delete(name)
    regretted, private, kept = names
    assert listed(tmp_path) == ["kept"]
    assert listed(tmp_path, "--deleted") == ["private", "regretted"]
    assert f"history restore {private}" in history(tmp_path, "show", private, code=2)
    history(tmp_path, "restore", regretted)
    history(tmp_path, "rm", "-y", private)
    assert sorted(listed(tmp_path)) == ["kept", "regretted"]
    assert listed(tmp_path, "--deleted") == []
    assert "there is no deleted conversation" in history(tmp_path, "restore", kept, code=2)
    assert "there is no conversation" in history(tmp_path, "rm", "-y", private, code=2)
