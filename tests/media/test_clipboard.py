"""Text onto the clipboard and pictures from it, by the first route that works: told by real programs in a folder."""

import importlib
from pathlib import Path

import pyperclip
import pytest

from tchat.media import clipboard
from tchat.media.clipboard import copy_text, paste_picture, paste_text
from tests.media.pictures import photo, saved


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, but for the shell's own programs; what is copied goes to `copied` in it."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return tmp_path


def install(folder: Path, name: str, *, fails: bool = False) -> None:
    """Make a program that writes its input to a file, or fails."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{'exit 1' if fails else f'cat > {folder}/copied'}\n")
    path.chmod(0o755)


def fresh() -> None:
    """Let the library look for programs again."""
    importlib.reload(pyperclip)


@pytest.mark.parametrize(("name", "display"), [("wl-paste", "WAYLAND_DISPLAY"), ("xclip", "DISPLAY"), ("xclip", "")])
def test_a_picture_is_taken_as_it_lies_on_the_clipboard(program: Path, name: str, display: str) -> None:
    """The program of the desktop that is there is asked for a picture, and what it gives is judged by its content."""
    picture = saved(photo(), "JPEG")
    (program / "picture").write_bytes(picture)
    for other in ("wl-paste", "xclip"):
        script = f'case "$*" in *image*) cat {program}/picture;; esac' if other == name else "exit 1"
        (program / other).write_text(f"#!/bin/sh\n{script}\n")
        (program / other).chmod(0o755)
    source = paste_picture({display: ":0"})
    assert source is not None
    assert (source.data, source.name) == (picture, "clipboard.jpeg")


def test_what_is_no_picture_is_none(program: Path) -> None:
    """A text, a program that fails or hangs, and none at all."""
    assert paste_picture({}) is None
    for script in ("echo text", "echo 'Nothing is copied' >&2; exit 1"):
        (program / "wl-paste").write_text(f"#!/bin/sh\n{script}\n")
        (program / "wl-paste").chmod(0o755)
        assert paste_picture({"WAYLAND_DISPLAY": "wayland-0"}) is None


def test_a_program_that_hangs_is_not_waited_for(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns the clipboard may never answer."""
    (program / "wl-paste").write_text("#!/bin/sh\nexec sleep 60\n")
    (program / "wl-paste").chmod(0o755)
    monkeypatch.setattr(clipboard, "_SECONDS", 0.1)
    assert paste_picture({"WAYLAND_DISPLAY": "wayland-0"}) is None


def test_the_desktop_s_clipboard_comes_first(program: Path) -> None:
    """Where its program is, nothing else is asked."""
    install(program, "xclip")
    fresh()
    asked: list[str] = []
    assert copy_text("grüße", {}, asked.append) == "native"
    assert (program / "copied").read_text("utf-8") == "grüße"
    assert asked == []


def test_over_ssh_the_other_machine_s_clipboard_is_left_alone(program: Path) -> None:
    """The terminal is asked: it is the one at the user's side."""
    install(program, "xclip")
    fresh()
    asked: list[str] = []
    assert copy_text("text", {"SSH_CONNECTION": "1 2 3 4"}, asked.append) == "terminal"
    assert asked == ["text"]
    assert not (program / "copied").exists()


def test_in_tmux_the_text_goes_through_tmux(program: Path) -> None:
    """There it is handed on to its own terminal."""
    install(program, "tmux")
    asked: list[str] = []
    assert copy_text("text", {"SSH_TTY": "/dev/pts/0", "TMUX": "/run/tmux,1,0"}, asked.append) == "tmux"
    assert (program / "copied").read_text() == "text"


def test_a_tmux_that_refuses_is_no_route(program: Path) -> None:
    """The terminal is asked instead."""
    install(program, "tmux", fails=True)
    asked: list[str] = []
    assert copy_text("text", {"SSH_TTY": "/dev/pts/0", "TMUX": "/run/tmux,1,0"}, asked.append) == "terminal"
    assert asked == ["text"]


def test_nothing_to_paste_is_no_error(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a clipboard there is no text."""
    monkeypatch.setenv("PATH", str(program))
    fresh()
    assert paste_text() is None
