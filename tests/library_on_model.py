"""Runs every shipped template once on the embedded model: `python -m tests.library_on_model [NAME …]`.

The model is far too small to be right; each run must end in a result or in a message that says what is wrong. The
inputs are those of the template's first test. Every run has a home of its own, which is thrown away.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tchat.paths import find_paths, shipped_prompts
from tchat.providers import weights
from tchat.templates.format import Template
from tchat.templates.library import Library

SECONDS = 900
"""After which a run counts as hanging."""
_LONGEST = 100
_CRASH = re.compile(r"Traceback|crash|bug in tchat", re.IGNORECASE)


class Outcome(Struct, frozen=True, kw_only=True):
    """How a run ended."""

    name: str
    code: int | None
    """Exit code; None for one that hangs."""
    text: str
    """The result, or the message."""
    calls: int
    seconds: float

    @property
    def is_sound(self) -> bool:
        """Whether it came to a result, or said what is wrong."""
        return self.code is not None and bool(self.text.strip()) and not _CRASH.search(self.text)

    def __str__(self) -> str:
        kind = "hangs" if self.code is None else "result" if self.code in {0, 7} else f"exit {self.code}"
        text = " ".join(self.text.split())
        shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        mark = " " if self.is_sound else "!"
        return f"{mark} {self.name:36} {kind:8} {self.calls:3} calls {self.seconds:6.1f} s  {shown}"


def flags(template: Template, folder: Path) -> Iterator[str]:
    """Yield the options that give a template the inputs of its first test."""
    types = {spec.name: spec.type for spec in template.inputs}
    for name, value in template.tests[0].inputs.items():
        option = f"--{name.replace('_', '-')}"
        match types[name]:
            case "image":
                yield from (option, str(draw_chart(folder / value)))
            case "file":
                (folder / name).write_text(value, "utf-8")
                yield from (option, f"@{folder / name}")
            case "text" | "choice":
                yield from (option, f"@{value}" if value.startswith("@") else value)
            case _:
                yield from (option, json.dumps(value))


def draw_chart(path: Path) -> Path:
    """Draw a chart of three bars into a file."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (320, 240), "white")
    draw = ImageDraw.Draw(image)
    for column, height in enumerate((115, 170, 140)):
        draw.rectangle((40 + 90 * column, 220 - height, 100 + 90 * column, 220), fill="navy")
    image.save(path)
    return path


def run(name: str, template: Template, file: Path) -> Outcome:
    """Run a template as a user would, in a fresh home that has only the weights."""
    folder = Path(tempfile.mkdtemp(prefix="tchat-library-"))
    try:
        (folder / "config.toml").write_text(f"[local]\nmodel = {json.dumps(str(file))}\n", "utf-8")
        environ = {**_bare(), "HOME": str(folder), "TCHAT_HOME": str(folder)}
        given = [*flags(template, folder)]
        permission = ["--allow-commands"] if template.runs_commands else []
        words = [sys.executable, "-m", "tchat", "run", name, "-m", "local", "-o", "max_tokens=400", "--raw"]
        begun = time.monotonic()
        try:
            done = subprocess.run(  # the program under test
                [*words, *permission, *given], env=environ, cwd=folder, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as hanging:
            err = hanging.stderr
            said = err.decode(errors="replace") if isinstance(err, bytes) else ""
            return Outcome(name=name, code=None, text=said, calls=calls_of(folder), seconds=SECONDS)
        return Outcome(
            name=name,
            code=done.returncode,
            text=done.stdout if done.returncode in {0, 7} else done.stderr[done.stderr.rfind("error:") :],
            calls=calls_of(folder),
            seconds=time.monotonic() - begun,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def calls_of(home: Path) -> int:
    """Return how many replies the history of a home holds."""
    import sqlite3

    database = next(home.rglob("tchat.db"), None)
    if database is None:
        return 0
    with sqlite3.connect(database) as connection:
        return int(connection.execute("SELECT count(*) FROM reply").fetchone()[0])


def _bare() -> dict[str, str]:
    """Return the environment without keys, proxies and folders of the user."""
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "PYTHONPATH")
    root = str(Path(__file__).parents[1])
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONPATH": root}


def main(names: list[str]) -> int:
    """Run the named templates, or all, and return 1 if one is unsound."""
    named = os.environ.get("TCHAT_TEST_WEIGHTS")
    file = weights.find(find_paths(dict(os.environ)), Path(named) if named else None)
    if file is None or not weights.is_whole(file):
        print("the embedded model's weights are not here: run `tchat local pull`")
        return 2
    library = Library((shipped_prompts(),))
    outcomes: list[Outcome] = []
    for entry in library.entries():
        if not names or entry.name in names or entry.name.rpartition("/")[2] in names:
            outcomes.append(run(entry.name, library.load(entry.name), file))
            print(outcomes[-1], flush=True)
    unsound = [outcome.name for outcome in outcomes if not outcome.is_sound]
    print(f"{len(outcomes)} templates, {len(unsound)} without a result or a message {unsound or ''}")
    return 1 if unsound or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
