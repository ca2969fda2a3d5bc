"""What tests of the interface do with it, in a user's words."""

import re

from tests.end_to_end.running import Shell
from tests.end_to_end.tmux import Tmux

BAR = "▌ "
"""Stands before the message under the cursor."""
WRITING = "▏"
"""Stands before the composer while keys go to it."""
READY = "Type a message…"
"""Stands in an empty composer."""


def open_interface(shell: Shell, tmux: Tmux, *arguments: str, size: tuple[int, int] = (80, 24), **environ: str) -> None:
    """Start tchat and wait until it can be typed into."""
    tmux.start(shell, *arguments, size=size, **environ)
    tmux.wait_for(READY)


def ask(tmux: Tmux, question: str, number: int, *, answer: str = "") -> str:
    """Ask, and return the screen once the reply that is message `number` stands there whole."""
    tmux.write(question)
    tmux.type("Enter")
    return tmux.wait_for(f"#{number}", answer or question, " in · ", READY)


def choose(tmux: Tmux, number: int) -> None:
    """Go up from the composer to the message of a number."""
    for _ in range(20):
        tmux.type("Up")
        if any(BAR in line and f"#{number} " in line for line in tmux.wait_for(BAR).splitlines()):
            return
    raise AssertionError(f"message {number} is not reached:\n{tmux.screen()}")


def leave(tmux: Tmux) -> None:
    """Leave, and make sure that the terminal is as it was."""
    tmux.type("C-q")
    tmux.wait_for_end(0)
    assert tmux.facts("alternate_on", "cursor_flag", "mouse_any_flag", "keypad_flag") == ["0", "1", "0", "0"]


def wait_until_told(tmux: Tmux, *texts: str) -> None:
    """Return once the notes in the corner hold these texts, however they are wrapped."""

    def notes() -> str:
        return " ".join(line.strip() for line in re.findall(r"▌ ([^▌\n]*)\n", tmux.screen()))

    tmux.wait_until(lambda: all(text in notes() for text in texts), f"a note of {texts!r}")
