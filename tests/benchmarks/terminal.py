"""A terminal to measure in: a tmux of its own, spoken to in its control mode, which answers within 0.1 ms.

Times are CLOCK_MONOTONIC seconds (`time.monotonic`), comparable over all processes of the machine. What is waited for
is looked for every millisecond, so that a time is at most about 2 ms late and never early.
"""

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.servers import ROOT

WIDTH, HEIGHT = 120, 40
_POLL = 0.001
_TICK = os.sysconf("SC_CLK_TCK")

Lines = tuple[str, ...]


class Terminal:
    """A pane of 120x40 in which one program after the other runs."""

    def __init__(self, folder: Path) -> None:
        """Start a tmux server whose socket is in `folder`."""
        self._socket = folder / "tmux"
        tmux = ["tmux", "-S", str(self._socket), "-f", "/dev/null"]
        size = ["-x", str(WIDTH), "-y", str(HEIGHT)]
        subprocess.run([*tmux, "new-session", "-d", *size, "exec sleep 999999"], check=True, cwd=ROOT)
        self._client = subprocess.Popen(
            [*tmux, "-C", "attach", "-f", "no-output,ignore-size"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._read_answer()
        for setting in ("default-shell /bin/sh", "window-size manual", "remain-on-exit on", "escape-time 0"):
            self._call(f"set-option -g {setting}")

    def close(self) -> None:
        """End the server and what runs in it."""
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], check=False, capture_output=True)
        self._client.communicate()

    def run(self, command: Sequence[str], environ: Mapping[str, str]) -> float:
        """Run a program in place of the one before, in exactly this environment, and return when that was."""
        assignments = [f"{name}={value}" for name, value in environ.items()]
        line = shlex.join(["exec", "env", "-i", *assignments, "TERM=tmux-256color", "COLORTERM=truecolor", *command])
        began = time.monotonic()
        self._call(f"respawn-pane -k {shlex.quote(line)}")
        return began

    @property
    def process(self) -> int:
        """The id of the program's process."""
        return int(self._call("display-message -p '#{pane_pid}'")[0])

    @property
    def is_over(self) -> bool:
        """Whether the program has ended."""
        return self._call("display-message -p '#{pane_dead}'") == ("1",)

    def lines(self) -> Lines:
        """Return what the pane shows."""
        return self._call("capture-pane -p")

    def has_paint(self) -> bool:
        """Whether anything is drawn, be it a colour without a text."""
        return any(line.strip() for line in self._call("capture-pane -p -e"))

    def type(self, text: str) -> float:
        """Type a text and return when that was."""
        began = time.monotonic()
        self._call(f"send-keys -l {shlex.quote(text)}")
        return began

    def press(self, *keys: str) -> float:
        """Press keys, by tmux's names, and return when that was."""
        began = time.monotonic()
        self._call(f"send-keys {' '.join(keys)}")
        return began

    def wait_until(self, holds: Callable[[Lines], bool], seconds: float = 30) -> float:
        """Return when the pane was first seen to show something.

        Raises:
            TimeoutError: it does not in time.
        """
        deadline = time.monotonic() + seconds
        while True:
            shown = self.lines()
            now = time.monotonic()
            if holds(shown):
                return now
            if now > deadline:
                raise TimeoutError("what was waited for is not shown:\n" + "\n".join(shown))
            time.sleep(_POLL)

    def wait_for(self, text: str, seconds: float = 30) -> float:
        """Return when a text was first seen."""
        return self.wait_until(lambda lines: any(text in line for line in lines), seconds)

    def wait_for_paint(self, seconds: float = 30) -> float:
        """Return when anything was first seen to be drawn."""
        return self.wait_until(lambda _: self.has_paint(), seconds)

    def settle(self, part: Callable[[Lines], Lines], *, quiet: float = 0.3, seconds: float = 30) -> tuple[float, Lines]:
        """Return when a part of the pane changed last, once it has not for `quiet` seconds, and what it shows."""
        shown, since = part(self.lines()), time.monotonic()
        deadline = since + seconds
        while (now := time.monotonic()) - since < quiet:
            if now > deadline:
                raise TimeoutError("the pane does not come to rest:\n" + "\n".join(shown))
            time.sleep(_POLL)
            seen = part(self.lines())
            if seen != shown:
                shown, since = seen, time.monotonic()
        return since, shown

    def _call(self, command: str) -> Lines:
        assert self._client.stdin is not None
        self._client.stdin.write(f"{command}\n".encode())
        self._client.stdin.flush()
        return self._read_answer()

    def _read_answer(self) -> Lines:
        """Read up to the end of an answer.

        Raises:
            RuntimeError: tmux refused the command, or is gone.
        """
        assert self._client.stdout is not None
        lines: list[str] = []
        for raw in self._client.stdout:
            line = raw.decode(errors="replace").rstrip("\n")
            if line.startswith("%begin "):
                lines = []
            elif line.startswith("%end "):
                return tuple(lines)
            elif line.startswith("%error "):
                break
            else:
                lines.append(line)
        raise RuntimeError(f"tmux failed: {lines}")


def cpu_seconds(process: int) -> float:
    """Return the processor time that a process has used, user and system."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def peak_memory(process: int) -> float:
    """Return the most memory that a process has held, in MB (10^6 bytes)."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6
