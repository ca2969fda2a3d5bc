"""Timing whole processes in turn, A B A B, so that a drifting machine moves both."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from msgspec import Struct


class Run(Struct, frozen=True):
    """What one process took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    rss: float
    """Peak resident memory, MiB."""


class Comparison(Struct, frozen=True, kw_only=True):
    """Two commands measured in one run, and the ratio that was promised."""

    name: str
    figure: str
    unit: str
    ours: float
    floor: float
    target: float

    @property
    def ratio(self) -> float:
        """How many times the floor ours takes."""
        return self.ours / self.floor

    @property
    def is_missed(self) -> bool:
        """Whether the ratio is over its target."""
        return self.ratio > self.target

    def row(self) -> str:
        """Return a line of the report."""
        verdict = "OVER" if self.is_missed else "ok"
        return (
            f"{self.name:44} {self.figure:5} {self.ours:9.1f} {self.floor:9.1f} {self.unit:4}"
            f" {self.ratio:6.2f}x  <= {self.target:.1f}x  {verdict}"
        )


class Limited(Struct, frozen=True, kw_only=True):
    """A figure and the most that was promised of it."""

    name: str
    figure: str
    unit: str
    ours: float
    limit: float

    @property
    def is_missed(self) -> bool:
        """Whether the figure is over its limit."""
        return self.ours > self.limit

    def row(self) -> str:
        """Return a line of the report."""
        verdict = "OVER" if self.is_missed else "ok"
        return (
            f"{self.name:44} {self.figure:5} {self.ours:9.1f} {'':9} {self.unit:4}"
            f" {'':7}  <= {self.limit:g} {self.unit}  {verdict}"
        )


def measure(command: Sequence[str], environ: Mapping[str, str]) -> Run:
    """Run a command to its end, its output thrown away; Python may keep its bytecode, as for an installed program.

    Raises:
        RuntimeError: it failed.
    """
    kept = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=kept, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    while os.read(process.stdout.fileno(), 1 << 20):
        pass
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    process.stdout.close()
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{command[:4]} failed: {said.decode(errors='replace')[-2000:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def pair(ours: Sequence[str], floor: Sequence[str], environ: Mapping[str, str], *, runs: int = 9) -> tuple[Run, Run]:
    """Return the median runs of two commands, taken in turn after one warm-up each."""
    measured: tuple[list[Run], list[Run]] = ([], [])
    for turn in range(runs + 1):
        for command, kept in zip((ours, floor), measured, strict=True):
            run = measure(command, environ)
            if turn:
                kept.append(run)
    return _median(measured[0]), _median(measured[1])


def _median(runs: Sequence[Run]) -> Run:
    return Run(*(statistics.median(getattr(run, name) for run in runs) for name in ("wall", "cpu", "rss")))


def python(code: str) -> list[str]:
    """Return the command that runs a script."""
    return [sys.executable, "-c", code]
