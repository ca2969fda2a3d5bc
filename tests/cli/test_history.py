"""`tchat history` as a program: which conversations it lists."""

import os
import subprocess
import sys
from pathlib import Path

from tchat.paths import find_paths
from tests.servers import ROOT
from tests.store.stores import exchange, opened


def listed(home: Path, *options: str) -> list[str]:
    """Return the titles that `tchat history list` prints."""
    command = [sys.executable, "-m", "tchat", "history", "list", *options]
    environ = {**os.environ, "TCHAT_HOME": str(home)}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True, timeout=60)
    return [line.split("  ")[-1] for line in done.stdout.splitlines()]


async def test_archived_conversations_are_listed_when_they_are_asked_for(tmp_path: Path) -> None:
    """Without the option they are left out, with it they are all there is."""
    async with opened(find_paths({"TCHAT_HOME": str(tmp_path)}).database) as store:
        ids = await exchange(store, "put away", "fine")
        await exchange(store, "at hand", "fine")
        await store.set_archived(ids.conversation_id, True)
    assert listed(tmp_path) == ["at hand"]
    assert listed(tmp_path, "--archived") == ["put away"]
