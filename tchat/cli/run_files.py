"""`--out DIR`: the result of a run and each of its calls as files.

A folder that holds something else is left alone; what an earlier `--out` left is replaced, and nothing beside it.
"""

import re
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tchat.cli.run_result import CallAccount, RunAccount
from tchat.domain.errors import UsageError
from tchat.domain.text import encodable

MARKER = ".tchat-run"
"""The file that says which files are of a run."""
_CALLS = "calls"
_CALL = re.compile(_CALLS + r"/\d{4,}-[A-Za-z0-9._-]*\.txt")
_RESULTS = ("result.txt", "result.json")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80
"""Characters of a place in the name of a file."""


class _Marker(Struct, frozen=True, kw_only=True):
    run: str | None
    template: str
    files: tuple[str, ...]
    """Relative to the folder."""


class OutFolder:
    """A folder that takes a run.

    Args:
        path: where it is, or is to be made.

    Raises:
        UsageError: something that is not of a run stands at the place, or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._earlier: tuple[str, ...] = ()
        try:
            if path.exists() and not path.is_dir():
                raise UsageError(f"--out: {str(path)!r} is a file")
            if (path / _CALLS).is_symlink():
                raise UsageError(f"--out: {str(path / _CALLS)!r} is a link", hint="name a new folder")
            if path.is_dir() and any(path.iterdir()):
                self._earlier = _earlier(path)
        except OSError as error:
            raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from error

    def make(self) -> None:
        """Make the folder, before anything is paid for.

        Raises:
            UsageError: it cannot be made, or takes no file.
        """
        try:
            (self._path / _CALLS).mkdir(parents=True, exist_ok=True)
            self._mark(run=None, template="", files=self._earlier)
        except OSError as error:
            raise UsageError(f"cannot write to {str(self._path)!r}: {error.strerror}") from error

    def write(self, account: RunAccount) -> None:
        """Write the result, if there is one, and every call.

        Raises:
            UsageError: the files cannot be written.
        """
        files = dict(_files(account))
        try:
            (self._path / _CALLS).mkdir(parents=True, exist_ok=True)
            self._mark(run=account.run, template=account.template, files=tuple(files))
            for name in self._earlier:
                if name not in files:
                    (self._path / name).unlink(missing_ok=True)
            for name, text in files.items():
                (self._path / name).write_text(encodable(text), "utf-8")
        except OSError as error:
            raise UsageError(f"cannot write to {str(self._path)!r}: {error.strerror}") from error

    def _mark(self, *, run: str | None, template: str, files: tuple[str, ...]) -> None:
        marker = _Marker(run=run, template=template, files=files)
        (self._path / MARKER).write_bytes(msgspec.json.encode(marker))


def _earlier(path: Path) -> tuple[str, ...]:
    """Return the files that an earlier run left in a folder."""
    try:
        marker = msgspec.json.decode((path / MARKER).read_bytes(), type=_Marker)
    except (FileNotFoundError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"--out: {str(path)!r} is not empty, and what it holds is not of a run",
            hint="name a new folder, or empty this one",
        ) from error
    return tuple(name for name in marker.files if _is_ours(name))


def _is_ours(name: str) -> bool:
    """Whether a name is one that a run gives its files, whatever the marker says."""
    return name in _RESULTS or bool(_CALL.fullmatch(name))


def _files(account: RunAccount) -> list[tuple[str, str]]:
    files: list[tuple[str, str]] = []
    if account.state == "done":
        files.append(_result(account))
    calls = [call for step in account.steps for call in step.calls]
    for number, call in enumerate(calls, 1):
        place = _UNSAFE.sub("-", call.place).strip("-.")[:_LONGEST]
        files.append((f"{_CALLS}/{number:04}-{place}.txt", _call_text(call)))
    return files


def _result(account: RunAccount) -> tuple[str, str]:
    value: Any = account.value
    if isinstance(value, dict | list):
        return _RESULTS[1], msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
    text = account.answer
    return _RESULTS[0], text if not text or text.endswith("\n") else f"{text}\n"


def _call_text(call: CallAccount) -> str:
    parts = [
        ("", f"place: {call.place}\nmodel: {call.model}"),
        ("system", call.system or ""),
        ("prompt", call.prompt),
        ("reasoning", call.reasoning),
        ("reply", call.text),
        ("problem", call.problem or ""),
    ]
    return "\n\n".join(f"--- {name} ---\n{text}" if name else text for name, text in parts if text) + "\n"
