"""What a terminal keeps: in tmux, whose history is read back, everything stands exactly once."""

import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tchat.markdown.look import ANSI
from tchat.markdown.rendering import render
from tests.servers import ROOT

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

PROGRAM = """
import itertools, sys
from tchat.cli.markdown import MarkdownStream

def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()

ticks = itertools.count()
for number in range({before}):
    print(f"before {{number}}.")
stream = MarkdownStream(write, width=80, height=24, colour=True, clock=lambda: float(next(ticks)))
text = open({text!r}).read()
for at in range(0, len(text), 3):
    stream.feed(text[at : at + 3])
    if at and at % {pause} == 0:
        stream.pause()
        print(f"note {{at}}.", file=sys.stderr)
stream.close()
print("END")
"""

ITEMS = "".join(f"{number}. item {number}. of **many** things\n" for number in range(1, 41))
CODE = "```python\n" + "".join(f"def f{number}(): return {number}\n" for number in range(1, 61)) + "```\n"
PROSE = "".join(f"Sentence {number}. " for number in range(400)) + "\n"
TABLE = "| a | b |\n|---|---|\n" + "".join(f"| row {number}. | {number} |\n" for number in range(50))


def history(folder: Path, text: str, *, before: int, pause: int = 10**9) -> list[str]:
    """Return every line that tmux keeps of a text that streams, from the top of its history to the end."""
    (folder / "text").write_text(text)
    program = folder / "program.py"
    program.write_text(PROGRAM.format(before=before, text=str(folder / "text"), pause=pause))
    command = (
        f"cd {shlex.quote(str(ROOT))}; PYTHONPATH=. {shlex.quote(sys.executable)} {shlex.quote(str(program))}; cat"
    )

    def tmux(*arguments: str) -> str:
        call = ["tmux", "-f", "/dev/null", "-S", str(folder / "socket"), *arguments]
        return subprocess.run(call, capture_output=True, text=True, check=True).stdout

    tmux("new-session", "-d", "-x", "80", "-y", "24", command)
    try:
        deadline = time.monotonic() + 60
        while "END" not in (shown := tmux("capture-pane", "-p", "-S", "-")).splitlines():
            assert time.monotonic() < deadline, shown
            time.sleep(0.05)
    finally:
        tmux("kill-server")
    return shown.splitlines()


@pytest.mark.parametrize("before", [0, 5, 30])
@pytest.mark.parametrize("text", [ITEMS, CODE, PROSE, TABLE], ids=["list", "code", "prose", "table"])
def test_everything_stands_in_the_history_once(tmp_path: Path, text: str, before: int) -> None:
    """Whatever is taller than the screen streams into the scrollback whole, in order, and leaves nothing else there."""
    lines = history(tmp_path, text, before=before)
    rendered = [line.text for line in render(text, 80, ANSI)]
    while lines and not lines[-1]:
        lines.pop()
    assert lines == [*(f"before {number}." for number in range(before)), *rendered, "END"]


def test_a_note_tears_nothing(tmp_path: Path) -> None:
    """What is said between the frames stands on lines of its own, and the text around it is there once."""
    lines = history(tmp_path, ITEMS + "\n" + PROSE[:600] + "\n\n" + CODE, before=3, pause=300)
    notes = [line for line in lines if "note" in line]
    assert len(notes) > 5
    assert all(line.startswith("note ") and line.endswith(".") for line in notes)
    whole = " ".join(line.strip() for line in lines if line not in notes)
    assert all(whole.count(f"item {number}. of") == 1 for number in range(1, 41))
    assert all(whole.count(f"def f{number}():") == 1 for number in range(1, 61))
