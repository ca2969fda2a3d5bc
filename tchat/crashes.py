"""Reports of this program's own faults: where it failed, without the values it held, which may be keys or prompts."""

import os
import sys
import time
import traceback
from pathlib import Path

from tchat import __version__


def write_crash(folder: Path, error: BaseException) -> Path | None:
    """Write a report into `folder` and return its path; None if it cannot be written."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    path = folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(f"tchat {__version__}, Python {sys.version}\n\n{frames}{type(error).__name__}\n", "utf-8")
    except OSError:
        return None
    return path
