"""The outermost frame: every error becomes a message and a code, and a crash report holds no values."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tchat.__main__ import _let_all_through  # pyright: ignore[reportPrivateUsage]
from tchat.cli import commands, main

PLANTED = "sk-planted-9f8e7d6c5b4a"


def _fail(key: str) -> None:
    raise RuntimeError(f"cannot use {key}")


def test_a_crash_report_says_where_and_not_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Frames and the kind of error are written; keys, prompts and messages are not, nor are they printed."""
    monkeypatch.setenv("TCHAT_HOME", str(tmp_path))

    @click.command()
    def broken() -> None:
        _fail(PLANTED)

    monkeypatch.setattr(commands, "tchat", broken)
    assert main.run([]) == 1
    printed = "".join(capsys.readouterr())
    (report,) = (tmp_path / "state" / "crashes").iterdir()
    written = report.read_text()
    assert str(report) in printed
    assert "_fail" in written
    assert "RuntimeError" in written
    assert PLANTED not in written + printed


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["history", "--help"], ["-h"]])
def test_help_costs_no_heavy_import(arguments: list[str]) -> None:
    """Help, version and errors need neither an SDK nor an HTTP client nor Rich."""
    import subprocess
    import sys

    code = (
        "import sys; from tchat.cli.main import run; run(sys.argv[1:]);"
        "heavy = {'openai', 'anthropic', 'google.genai', 'httpx', 'httpx2', 'rich', 'PIL', 'textual', 'keyring'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    assert done.stdout.startswith("Usage:")


def test_every_command_is_summarised() -> None:
    """What the help lists is what can be called, in the same order."""
    assert list(commands.SUMMARIES) == list(commands.COMMANDS)
    context = click.Context(commands.tchat)
    for name in commands.COMMANDS:
        assert commands.tchat.get_command(context, name) is not None


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_a_pipe_has_every_character_whatever_the_locale(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is UTF-8, as files are."""
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding)
    _let_all_through(stream)
    stream.write("“é”")
    stream.flush()
    assert raw.getvalue().decode() == "“é”"


def test_a_shell_that_completes_words_on_a_terminal_is_answered() -> None:
    """Its words are in the environment: there is none on the command line, and standard input is the terminal."""
    ours, theirs = pty.openpty()
    words = {"_TCHAT_COMPLETE": "bash_complete", "COMP_WORDS": "tchat his", "COMP_CWORD": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tchat"],
            stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, **words}, timeout=30, check=False,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.stdout == b"plain,history\n"
