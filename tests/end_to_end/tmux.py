"""A real terminal to run tchat in: tmux, of any size, with nobody looking."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from tests.end_to_end.running import Shell
from tests.servers import ROOT

_POLL = 0.03


class Tmux(Struct, frozen=True):
    """A terminal of its own."""

    socket: Path

    def call(self, *arguments: str) -> str:
        """Run a tmux command and return what it prints."""
        return subprocess.run(
            ["tmux", "-S", str(self.socket), "-f", "/dev/null", *arguments], capture_output=True, text=True, check=True
        ).stdout

    def start(self, shell: Shell, *arguments: str, size: tuple[int, int] = (80, 24), **environ: str) -> None:
        """Run tchat in a new window; how it ends is shown as `END=code`."""
        self.run(shell, f"exec {shlex.join(shell.command(*arguments))}", size=size, **environ)

    def run(self, shell: Shell, script: str, *, size: tuple[int, int] = (80, 24), **environ: str) -> None:
        """Run a shell script in a new window; in it, `tchat` is the program."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        names = {**shell.environ, "TERM": "tmux-256color", "PATH": path, **environ}
        assignments = [f"{name}={value}" for name, value in names.items()]
        noting = f"echo $$ > {shlex.quote(str(self._pid_file))}; {script}"
        command = shlex.join(["env", "-i", *assignments, "sh", "-c", noting])
        width, height = map(str, size)
        self._pid_file.unlink(missing_ok=True)
        self.call("new-session", "-d", "-x", width, "-y", height, "sh", "-c", self._in_window(command))

    def _in_window(self, command: str) -> str:
        return f"trap : INT; cd {shlex.quote(str(ROOT))}; {command}; echo END=$?; exec cat"

    @property
    def pid(self) -> int:
        """The id of the process that was started: tchat's own, unless a script runs it."""
        self.wait_until(lambda: self._pid_file.is_file() and bool(self._pid_file.read_text().strip()), "a process")
        return int(self._pid_file.read_text())

    @property
    def _pid_file(self) -> Path:
        return self.socket.with_suffix(".pid")

    # --- what is seen

    def screen(self, *, colours: bool = False) -> str:
        """Return what the window shows, scrolled lines included."""
        return self.call("capture-pane", "-p", "-S", "-", *(["-e"] if colours else []))

    def facts(self, *names: str) -> list[str]:
        """Return what tmux knows of the window, by the names of its formats, such as `alternate_on`."""
        return self.call("display-message", "-p", "\t".join(f"#{{{name}}}" for name in names)).rstrip("\n").split("\t")

    def wait_for(self, *texts: str, seconds: float = 30) -> str:
        """Return the screen once it shows every one of the texts.

        Raises:
            AssertionError: it does not in time.
        """
        return self.wait_until(lambda: all(text in self.screen() for text in texts), f"all of {texts!r}", seconds)

    def wait_until_gone(self, text: str, seconds: float = 30) -> str:
        """Return the screen once it shows a text no more."""
        return self.wait_until(lambda: text not in self.screen(), f"a screen without {text!r}", seconds)

    def wait_for_end(self, code: int = 0, seconds: float = 30) -> str:
        """Return the screen once tchat has ended with a code."""
        shown = self.wait_for("END=", seconds=seconds)
        assert f"END={code}\n" in shown, shown
        return shown

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = 30) -> str:
        """Return the screen once something holds; `what` says what that is."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"{what} does not come up:\n{self.screen()}"
            time.sleep(_POLL)
        return self.screen()

    # --- what is done

    def type(self, *keys: str) -> None:
        """Press keys, by tmux's names; what is no name is typed."""
        self.call("send-keys", *keys)

    def write(self, text: str) -> None:
        """Type a text, character by character."""
        self.call("send-keys", "-l", text)

    def paste(self, text: str) -> None:
        """Paste a text, bracketed where the program asked for that."""
        subprocess.run(["tmux", "-S", str(self.socket), "load-buffer", "-"], input=text, text=True, check=True)
        self.call("paste-buffer", "-p")

    def resize(self, width: int, height: int) -> None:
        """Make the window larger or smaller."""
        self.call("resize-window", "-x", str(width), "-y", str(height))

    def close(self) -> None:
        """Close the window, as a terminal emulator does: what runs in it gets SIGHUP. Another one can be opened."""
        self.call("set-option", "-s", "exit-empty", "off")
        self.call("kill-session")

    def end(self) -> None:
        """End the terminal and everything in it."""
        subprocess.run(["tmux", "-S", str(self.socket), "kill-server"], capture_output=True, check=False)
