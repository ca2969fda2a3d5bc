"""A process that has imported tchat and forks for every command, which so begins at once in a process of its own.

`python -m tests.end_to_end.forking SOCKET`; `forked.py` is its client. A command has its caller's arguments,
environment, folder and standard streams. That commands import what they need, and that an interpreter can be taken
apart after them, is shown by `Shell.start`, `Shell.sh` and the terminals, where every process is new.
"""

import atexit
import gc
import marshal
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import threading
import time
from importlib import import_module
from types import FrameType
from typing import NoReturn

from msgspec import Struct, convert

import tchat

AFRESH = ("tchat.tui", "tchat.__main__")
"""What is not imported before: the interface, which is for terminals, and the program itself."""
SDKS = ("openai.types.chat", "httpx", "httpx2", "jsonschema_rs", "genai_prices", "rich.console", "sqlite3", "tomli_w")
"""What commands import where they use it."""


class Command(Struct, frozen=True, array_like=True):
    """A command as its caller gives it."""

    arguments: list[str]
    environ: dict[str, str]
    folder: str

    def run(self, streams: list[int]) -> NoReturn:
        """Become the process of this command, run it and end."""
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.environ.clear()
        os.environ.update(self.environ)
        os.chdir(self.folder)
        time.tzset()
        sys.argv[1:] = self.arguments
        code = _run_tchat()
        threading._shutdown()  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]  # as an interpreter does that ends
        atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]  # likewise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # to take everything apart that was imported takes longer than most commands


def _run_tchat() -> int:
    try:
        runpy.run_module("tchat", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


class Forker:
    """Forks for every command that comes to a socket, and tells who sent it how it ended."""

    def __init__(self, path: str) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(path)
        self._listening.listen(64)
        self._ended, ending = socket.socketpair()
        ending.setblocking(False)
        signal.set_wakeup_fd(ending.detach())
        signal.signal(signal.SIGCHLD, _wake_up)
        self._callers: dict[int, socket.socket] = {}

    def serve(self) -> NoReturn:
        """Run one command after the other."""
        while True:
            ready, _, _ = select.select([self._listening, self._ended, *self._callers.values()], [], [])
            for pid, caller in self._callers.items():
                if caller in ready:
                    os.kill(pid, signal.SIGKILL)  # nobody waits for it any more
            if self._ended in ready:
                self._ended.recv(4096)
                self._tell_ends()
            if self._listening in ready:
                self._begin(*self._next())

    def _next(self) -> tuple[Command, list[int], socket.socket]:
        caller, _ = self._listening.accept()
        text, streams, _, _ = socket.recv_fds(caller, 2**16, 3)
        while len(text) < 4 + int.from_bytes(text[:4], "big"):
            text += caller.recv(2**16)
        return convert(marshal.loads(text[4:]), Command), streams, caller  # noqa: S302  # of this test's own process

    def _begin(self, command: Command, streams: list[int], caller: socket.socket) -> None:
        self._callers[pid := os.fork()] = caller
        if pid == 0:
            os.close(signal.set_wakeup_fd(-1))
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for known in (self._listening, self._ended, *self._callers.values()):
                known.close()
            command.run(streams)
        for stream in streams:
            os.close(stream)

    def _tell_ends(self) -> None:
        for pid, caller in list(self._callers.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._callers[pid]
                with caller:
                    caller.send(str(os.waitstatus_to_exitcode(status)).encode())


def _wake_up(signal_number: int, frame: FrameType | None) -> None:
    """Let a signal interrupt the waiting; an ignored one would not."""
    del signal_number, frame


def load() -> None:
    """Import everything that commands use."""
    for module in pkgutil.walk_packages(tchat.__path__, "tchat."):
        if not module.name.startswith(AFRESH):
            import_module(module.name)
    for name in SDKS:
        import_module(name)
    gc.collect()
    gc.freeze()  # what is never collected is not copied in a fork


if __name__ == "__main__":
    load()
    forker = Forker(sys.argv[1])
    print("ready", flush=True)
    forker.serve()
