"""Runs the programs of steps: without a shell, in an empty folder, with neither keys nor the terminal.

A program is not shut in: it may do what its user may do. So none runs without being allowed.
"""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Mapping

from tchat.domain.errors import UsageError
from tchat.templates.naming import quoted
from tchat.templates.world import Printed, ProgramCall

LONGEST = 1_000_000
"""Bytes of output that are kept."""

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SYSTEMROOT")
"""The environment variables that a program sees; keys are in others."""


class ProgramRunner:
    """Runs programs with the harmless part of an environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {name: environ[name] for name in _PASSED_ON if name in environ}

    async def __call__(self, call: ProgramCall) -> Printed:
        """Run a program to its end or its timeout, when it and all that it has started are killed.

        Raises:
            UsageError: it cannot be started.
        """
        with tempfile.TemporaryDirectory(prefix="tchat-") as folder:
            try:
                process = await asyncio.create_subprocess_exec(
                    *call.arguments,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    cwd=folder,
                    env=self._environ,
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or error
                raise UsageError(f"cannot run {quoted(call.arguments[0])}: {why}") from error
            try:
                return await _talk(process, call)
            finally:
                await _end(process)


async def _talk(process: asyncio.subprocess.Process, call: ProgramCall) -> Printed:
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018  # all are pipes
    out, err = bytearray(), bytearray()
    talk = asyncio.gather(
        _write(process.stdin, call.stdin), _read(process.stdout, out), _read(process.stderr, err), process.wait()
    )
    code: int | None = None
    try:
        async with asyncio.timeout(call.timeout):
            await talk
        code = process.returncode
    except TimeoutError:
        pass
    return Printed(out=_text(out), err=_text(err), code=code)


async def _write(pipe: asyncio.StreamWriter, text: str) -> None:
    try:
        pipe.write(text.encode("utf-8", "replace"))
        await pipe.drain()
        pipe.close()
        await pipe.wait_closed()
    except (BrokenPipeError, ConnectionResetError):
        return  # it does not want to read any more


async def _read(pipe: asyncio.StreamReader, kept: bytearray) -> None:
    """Read to the end, so that the program can go on writing, and keep the beginning."""
    while piece := await pipe.read(65536):
        kept += piece[: LONGEST - len(kept)]


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):  # nothing of it is left
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _text(data: bytearray) -> str:
    return data.decode("utf-8", "replace").removesuffix("\n")
