"""Pictures in real terminals: from a path to the model, and by the graphics of terminals that have some."""

import base64
import io
import json
import re
from collections.abc import Callable

import pytest
from PIL import Image

from tests.end_to_end.driving import READY, leave, open_interface
from tests.end_to_end.graphic_terminal import ANSWERS, GraphicTerminal
from tests.end_to_end.running import Shell, says
from tests.end_to_end.tmux import Tmux
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


def _kitty(drawn: bytes) -> bool:
    return b"U=1" in drawn and "\U0010eeee".encode() in drawn


def _sixel(drawn: bytes) -> bool:
    return re.search(rb"\x1bP[\d;]*q", drawn) is not None


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
    terminal.wait_for("a chip", lambda drawn: b"chart.png" in drawn)
    assert b"\x1b_G" not in terminal.drawn
    terminal.write("\x1ba")
    terminal.write("\r")
    terminal.wait_for("a picture", draws)
    terminal.write("p")
    terminal.wait_for("patches", lambda drawn: b"patches of" in drawn and draws(drawn))
    terminal.write("\x1b")
    terminal.wait_for("the preview", lambda drawn: b"tokens for echo" in drawn)
    terminal.write("\x1b")
    terminal.wait_for("the chip", lambda drawn: b"chart.png" in drawn)
    terminal.write("\x11")
    assert terminal.end() == 0
    if kind == "kitty":
        assert terminal.drawn.count(b"\x1b_Ga=d") >= 2
    draft = shell.run("history", "list").out
    assert draft == ""
