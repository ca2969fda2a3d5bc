"""The clipboard of the person at the keyboard: text onto it by the first route that works, text and pictures from it.

A program's own clipboard is the wrong one over SSH: there the terminal is asked instead (OSC 52), which never answers.
"""

import io
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Literal

from tchat.media.attachment import Source
from tchat.media.kinds import media_type

Route = Literal["native", "tmux", "terminal"]
"""The desktop's clipboard, tmux's buffer (which tmux hands on to its terminal), or the terminal itself by OSC 52."""

TERMINAL_LIMIT = 74_994
"""Bytes that terminals are known to take by OSC 52 (xterm's limit)."""

_SECONDS = 3.0
_PROGRAMS = (
    ("WAYLAND_DISPLAY", ("wl-paste", "--type", "image")),
    ("DISPLAY", ("xclip", "-selection", "clipboard", "-target", "image/png", "-out")),
)
"""What hands out a picture, each with the variable of its desktop: where that is set, it is asked first."""


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


def paste_picture(environ: Mapping[str, str]) -> Source | None:
    """Return the picture on the desktop's clipboard as it lies there; None if there is none, or no way to it.

    Args:
        environ: says which desktop there is.
    """
    data = _grabbed() if sys.platform in ("darwin", "win32") else _from_programs(environ)
    kind = media_type(data) or ""
    return Source(data, f"clipboard.{kind.rpartition('/')[2]}") if kind.startswith("image/") else None


def _from_programs(environ: Mapping[str, str]) -> bytes:
    for _, (name, *options) in sorted(_PROGRAMS, key=lambda known: not environ.get(known[0])):
        program = shutil.which(name)
        if program is None:
            continue
        try:
            done = subprocess.run([program, *options], check=False, capture_output=True, timeout=_SECONDS)  # noqa: S603  # the desktop's own
        except (OSError, subprocess.SubprocessError):
            continue
        if done.returncode == 0 and done.stdout:
            return done.stdout
    return b""


def _grabbed() -> bytes:
    from PIL import Image, ImageGrab

    data = io.BytesIO()
    try:
        picture = ImageGrab.grabclipboard()
        if isinstance(picture, Image.Image):
            picture.save(data, "PNG")
    except (OSError, subprocess.SubprocessError, Image.DecompressionBombError):
        return b""
    return data.getvalue()


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
