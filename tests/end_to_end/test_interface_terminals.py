"""The interface in terminals of every kind and size, and what a reply may not do to them."""

import re
import time

from tests.end_to_end.driving import READY, ask, leave, open_interface
from tests.end_to_end.running import Shell, chunk, ending, fails, says
from tests.end_to_end.tmux import Tmux
from tests.servers import Answer, scripted, sse


def test_resizing_while_it_streams_loses_nothing(shell: Shell, tmux: Tmux) -> None:
    """A hundred sizes in five seconds: it goes on, and in the end everything stands on the screen."""
    words = [f"word{number}" for number in range(500)]
    steps = [step for word in words for step in (*sse(chunk(f"{word} ")), 0.01)]
    with scripted(Answer(body=(*steps, *sse(*ending())))) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.type("go", "Enter")
        tmux.wait_for("streaming")
        for turn in range(100):
            began = time.monotonic()
            tmux.resize(40 + turn * 37 % 120, 12 + turn * 17 % 40)
            time.sleep(max(0.0, began + 0.05 - time.monotonic()))
        tmux.resize(80, 24)
        tmux.wait_for("word499", " in · ", READY)
        leave(tmux)
    assert shell.last()["messages"][1]["text"].split() == words
    assert not list((shell.home / "crashes").glob("*"))


def test_a_hostile_reply_leaves_the_terminal_alone(shell: Shell, tmux: Tmux) -> None:
    """No title, no clipboard, no change of screen, nothing turned around: in replies, errors and titles."""
    hostile = (
        "before\x1b[2J\x1b[H\x1b]0;pwned\x07\x1b[?1049l\x1b]52;c;cHduZWQ=\x07\x9b2J\u202eafter\n\n`\x1b[2J\u2066`\n"
    )
    with scripted(says(*hostile), fails(500, hostile)) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.call("set-option", "-g", "set-clipboard", "on")
        title = tmux.facts("pane_title")
        shown = ask(tmux, "hello", 2, answer="before")
        assert "after" in shown
        tmux.type("again", "Enter")
        shown = tmux.wait_for("#4", "error: ")
        assert tmux.facts("pane_title", "alternate_on") == [*title, "1"]
        assert not {"\u202e", "\u2066", "\x9b"} & set(tmux.screen(colours=True))
        assert tmux.call("list-buffers") == ""
        leave(tmux)


def test_without_colour_it_shows_shades_of_grey(shell: Shell, tmux: Tmux) -> None:
    """With NO_COLOR there is no hue, and it can be used."""
    shell.configure('model = "script/echo"\n')
    open_interface(shell, tmux, NO_COLOR="1", COLORTERM="truecolor")
    ask(tmux, "some `code` here", 2, answer="some code here")
    shades = [tuple(map(int, shade)) for shade in re.findall(r"[34]8[;:]2[;:](\d+)[;:](\d+)[;:](\d+)", painted(tmux))]
    assert shades
    assert [shade for shade in shades if max(shade) - min(shade) > 1] == []
    assert re.findall(r"\x1b\[(?:3[1-6]|4[1-6]|9[1-6])m", painted(tmux)) == []
    leave(tmux)


def test_sixteen_colours_are_enough(shell: Shell, tmux: Tmux) -> None:
    """A terminal that knows no more colours gets no more, and can be used."""
    shell.configure('model = "script/echo"\n')
    open_interface(shell, tmux, TERM="xterm")
    ask(tmux, "some `code` here", 2, answer="some code here")
    assert re.findall(r"[34]8[;:][25]", painted(tmux)) == []
    leave(tmux)


def painted(tmux: Tmux) -> str:
    """Return the window with its colours."""
    return tmux.screen(colours=True)
