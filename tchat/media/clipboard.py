"""Text onto the clipboard of the person at the keyboard, by the first route that works.

A program's own clipboard is the wrong one over SSH: there the terminal is asked instead (OSC 52), which never answers.
"""

import io
import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Literal

from tchat.media.attachment import Source

Route = Literal["native", "tmux", "terminal"]
"""The desktop's clipboard, tmux's buffer (which tmux hands on to its terminal), or the terminal itself by OSC 52."""

TERMINAL_LIMIT = 74_994
"""Bytes that terminals are known to take by OSC 52 (xterm's limit)."""

_SECONDS = 3.0


def copy_text(text: str, environ: Mapping[str, str], ask_terminal: Callable[[str], None]) -> Route:
    """Copy a text and return the route it took.

    Args:
        text: what to copy.
        environ: says whether this is a remote or a tmux session.
        ask_terminal: sends the text to the terminal by OSC 52; used where no other route works.
    """
    is_remote = bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
    if not is_remote and _copy_natively(text):
        return "native"
    if environ.get("TMUX") and _copy_to_tmux(text):
        return "tmux"
    ask_terminal(text)
    return "terminal"


def paste_text() -> str | None:
    """Return the text on the desktop's clipboard; None if there is none, or no way to it."""
    import pyperclip

    try:
        return str(pyperclip.paste()) or None
    except (pyperclip.PyperclipException, OSError, subprocess.SubprocessError):
        return None


def paste_picture() -> Source | None:
    """Return the picture on the desktop's clipboard as PNG; None if there is none, or no way to it."""
    from PIL import Image, ImageGrab

    try:
        picture = ImageGrab.grabclipboard()
    except (NotImplementedError, OSError, subprocess.SubprocessError):
        return None
    if not isinstance(picture, Image.Image):
        return None
    data = io.BytesIO()
    picture.save(data, "PNG")
    return Source(data.getvalue(), "clipboard.png")


def _copy_natively(text: str) -> bool:
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError, subprocess.SubprocessError):
        return False
    return True


def _copy_to_tmux(text: str) -> bool:
    """Hand the text to tmux; `-w` has it passed on to the clipboard of tmux's own terminal."""
    program = shutil.which("tmux")
    if program is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603  # tmux, with the text on its standard input
            [program, "load-buffer", "-w", "-"], input=text.encode(), check=False, capture_output=True, timeout=_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
