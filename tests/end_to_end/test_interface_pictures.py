"""Pictures in real terminals: from a path to the model, and by the graphics of terminals that have some."""

import base64
import io
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.end_to_end.driving import READY, leave, open_interface
from tests.end_to_end.graphic_terminal import ANSWERS, CELL, SIZE, GraphicTerminal
from tests.end_to_end.graphics_read import kitty_cells, kitty_pictures, sixel_pictures
from tests.end_to_end.running import Shell, says
from tests.end_to_end.tmux import Tmux
from tests.media.pictures import resized
from tests.servers import scripted
from tests.tui.pictured import chart


def test_a_pasted_picture_is_seen_and_sent(shell: Shell, tmux: Tmux) -> None:
    """Its path becomes a chip; Enter shows it, p its patches; it goes out where its mark stands; a key removes it."""
    path = shell.home / "a chart.png"
    with scripted(says("It shows ", "bars.")) as server:
        shell.use(server, extra='[models."own/model"]\nvision = true\n')
        path.write_bytes(chart())
        open_interface(shell, tmux, size=(100, 30), COLORTERM="truecolor")
        tmux.paste(str(path))
        tmux.wait_for("[image 1 · a chart.png 1200×800 ≈950 tok ×]")
        tmux.type("M-a", "Enter")
        tmux.wait_for("1200×800 · PNG · 21 kB · ≈950 tokens for model", "▀▀▀▀")
        tmux.type("p")
        tmux.wait_for("950 tokens", "38 × 25 patches of 32 pixels", "gpt-4o", "1,105", "┼")
        tmux.type("Escape")
        tmux.wait_until_gone("patches of")
        tmux.type("Escape")
        tmux.wait_for("a chart.png 1200×800")
        tmux.type("m")
        tmux.write(" shows what?")
        tmux.type("Enter")
        tmux.wait_for("#2", "It shows bars.", " in · ", "[image 1: a chart.png", "▀▀▀▀", READY)
        tmux.paste(f"'{path}'")
        tmux.wait_for("[image 1 · a chart.png")
        tmux.type("M-a", "BSpace")
        tmux.wait_until_gone("[image 1 · a chart.png")
        leave(tmux)
        first, picture, rest = json.loads(server.requests[0].body)["messages"][0]["content"]
    assert (first["text"], rest["text"]) == ("[image 1]", " shows what?")
    head, _, data = picture["image_url"]["url"].partition(";base64,")
    assert head == "data:image/png"
    with Image.open(io.BytesIO(base64.b64decode(data))) as sent:
        assert sent.size == (1200, 800)


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
@pytest.mark.parametrize(("name", "display"), [("wl-paste", "WAYLAND_DISPLAY"), ("xclip", "DISPLAY")])
def test_the_clipboard_s_picture_is_attached(
    shell: Shell, tmux: Tmux, name: str, display: str, size: tuple[int, int]
) -> None:
    """Ctrl+V makes a chip of it, and it goes out; a path that was copied is attached, too."""
    programs = shell.home / "bin"
    programs.mkdir(parents=True)
    (programs / "picture").write_bytes(chart())
    (programs / "a photo.png").write_bytes(chart())
    script = f'#!/bin/sh\ncase "$*" in *image*) cat {programs}/picture;; *) cat {programs}/text;; esac\n'
    for program in (name, "wl-copy"):  # who has one of wl-clipboard's programs has the other
        (programs / program).write_text(script)
        (programs / program).chmod(0o755)
    path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    with scripted(says("It shows bars.")) as server:
        shell.use(server, extra='[models."own/model"]\nvision = true\n')
        open_interface(shell, tmux, size=size, PATH=path, **{display: ":0"})
        tmux.type("C-v")
        tmux.wait_for("[image 1 · clipboard.png 1200×800 ≈950 tok ×]")
        (programs / "picture").unlink()
        (programs / "text").write_text(f"{programs}/a photo.png")
        tmux.type("C-v")
        tmux.wait_for("[image 2 · a photo.png 1200×800")
        tmux.write("what?")
        tmux.type("Enter")
        tmux.wait_for("#2", "It shows bars.", READY)
        leave(tmux)
        content = json.loads(server.requests[0].body)["messages"][0]["content"]
    assert [part["type"] for part in content] == ["image_url", "image_url", "text"]


def test_kitty_without_all_colours_is_drawn_to_in_half_blocks(shell: Shell) -> None:
    """As over SSH, where nobody says that it has them: the number of a picture is told by a colour."""
    shell.configure('model = "script/echo"\n[models."script/echo"]\nvision = true\n')
    path = shell.home / "chart.png"
    path.write_bytes(chart())
    terminal = GraphicTerminal(shell, ANSWERS["kitty"], colours="")
    terminal.wait_for("a prompt", lambda drawn: READY.encode() in drawn)
    terminal.write(f"\x1b[200~{path}\x1b[201~")
    terminal.wait_for("a chip", lambda drawn: "image 1 · chart.png".encode() in drawn)
    terminal.write("\x1ba\r")
    terminal.wait_for("a picture", lambda drawn: "▀".encode() in drawn)
    terminal.write("\x1b\x11")
    assert terminal.end() == 0
    assert kitty_pictures(terminal.drawn) == {}


def _kitty(drawn: bytes) -> bool:
    return b"U=1" in drawn and "\U0010eeee".encode() in drawn


def _sixel(drawn: bytes) -> bool:
    return re.search(rb"\x1bP[\d;]*q", drawn) is not None


def _check_kitty(drawn: bytes) -> None:
    """Every picture has the pixels of its cells, fills them without a gap, and is let go of at the end."""
    pictures, cells = kitty_pictures(drawn), kitty_cells(drawn)
    assert len(pictures) >= 2
    assert set(cells) == set(pictures)
    for number, picture in pictures.items():
        assert picture.size == (picture.columns * CELL[0], picture.rows * CELL[1])
        assert cells[number] == {(row, column) for row in range(picture.rows) for column in range(picture.columns)}
        assert picture.is_gone


def _check_sixels(drawn: bytes) -> None:
    """Every picture stands within the screen, and is the chart: black on white, with bars."""
    pictures = list(sixel_pictures(drawn))
    assert len(pictures) >= 2
    for found in pictures:
        width, height = found.picture.size
        assert found.column - 1 + width / CELL[0] <= SIZE[0]
        assert found.row - 1 + height / CELL[1] < SIZE[1], "the screen would scroll"
    with Image.open(io.BytesIO(chart())) as meant:
        wanted = resized(meant.convert("RGB"), pictures[0].picture.size)
    difference = ImageStat.Stat(ImageChops.difference(wanted, pictures[0].picture)).mean
    assert max(difference) < 6


@pytest.mark.parametrize(("kind", "draws"), [("kitty", _kitty), ("sixel", _sixel)])
def test_a_terminal_with_graphics_draws_pictures_by_them(
    shell: Shell, kind: str, draws: Callable[[bytes], bool]
) -> None:
    """It is asked when a picture is opened, and nothing of its answer is typed anywhere; the patches are drawn too."""
    shell.configure('model = "script/echo"\n[models."script/echo"]\nvision = true\n')
    path = shell.home / "chart.png"
    path.write_bytes(chart())
    terminal = GraphicTerminal(shell, ANSWERS[kind])
    terminal.wait_for("a prompt", lambda drawn: READY.encode() in drawn)
    terminal.write(f"\x1b[200~{path}\x1b[201~")
    terminal.wait_for("a chip", lambda drawn: "image 1 · chart.png".encode() in drawn)
    assert b"\x1b_G" not in terminal.drawn
    terminal.write("\x1ba")
    terminal.write("\r")
    terminal.wait_for("a picture", draws)
    terminal.write("p")
    terminal.wait_for("patches", lambda drawn: b"patches of" in drawn and draws(drawn))
    terminal.write("\x1b")
    terminal.wait_for("the preview", lambda drawn: b"tokens for echo" in drawn)
    terminal.write("\x1b")
    terminal.wait_for("the chip", lambda drawn: "image 1 · chart.png".encode() in drawn)
    terminal.write("\x11")
    assert terminal.end() == 0
    (_check_kitty if kind == "kitty" else _check_sixels)(terminal.drawn)
    draft = shell.run("history", "list").out
    assert draft == ""
