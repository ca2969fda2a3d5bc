"""Running tchat as a process of its own, in a home of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from tests.servers import ROOT, Answer, ScriptedServer, sse

FORKED = Path(__file__).with_name("forked.py")


class Done(Struct, frozen=True, kw_only=True):
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401  # tests look into it freely
        """What stdout holds, as JSON."""
        return json.loads(self.out)


class Shell(Struct, frozen=True, kw_only=True):
    """A user's shell, with a home that nobody else has."""

    home: Path
    environ: Mapping[str, str]
    forking: Path | None = None
    """The socket of a process that forks for every command that is run to its end; without it each starts anew."""

    def command(self, *arguments: str) -> list[str]:
        """Return the words that run tchat."""
        return [sys.executable, "-m", "tchat", *arguments]

    def run(self, *arguments: str, stdin: bytes | None = None, timeout: float = 60, **environ: str) -> Done:
        """Run tchat to its end; without `stdin` there is nothing to read."""
        command = self.command(*arguments)
        if self.forking is not None:
            command = [sys.executable, "-I", "-S", str(FORKED), str(self.forking), *arguments]
        process = self._start(command, subprocess.PIPE if stdin is not None else subprocess.DEVNULL, environ)
        try:
            out, err = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"tchat hangs; so far {out!r} {err!r}") from None
        return Done(code=process.returncode, out=out.decode(), err=err.decode())

    def start(self, *arguments: str, stdin: int = subprocess.DEVNULL, **environ: str) -> "subprocess.Popen[bytes]":
        """Start tchat anew and return the process."""
        return self._start(self.command(*arguments), stdin, environ)

    def _start(self, command: list[str], stdin: int, environ: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**self.environ, **environ}, cwd=ROOT,
        )  # fmt: skip

    def sh(self, script: str, timeout: float = 60) -> Done:
        """Run a shell script in which `tchat` is the program."""
        environ = {**self.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-c", script], env=environ, capture_output=True, timeout=timeout, check=False, cwd=ROOT,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Done(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())

    def configure(self, text: str) -> None:
        """Write the user's configuration."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "config.toml").write_text(text)

    def use(self, server: ScriptedServer, *, extra: str = "") -> None:
        """Make a scripted server the default, as the provider `own`, with one attempt for each request."""
        self.configure(
            f'model = "own/model"\n[network]\nattempts = 1\n[providers.own]\nbase_url = "{server.url}/v1"\n{extra}'
        )

    def last(self) -> dict[str, Any]:
        """Return the last conversation as its JSON export."""
        done = self.run("history", "export", "--json")
        assert done.code == 0, done.err
        return cast("dict[str, Any]", done.json)


def new_shell(home: Path, forking: Path | None = None) -> Shell:
    """Return a shell without keys, proxies and keyring."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TCHAT_HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    return Shell(home=home, environ=environ, forking=forking)


def chunk(text: str) -> dict[str, Any]:
    """Return one delta of a Chat Completions stream."""
    return {"id": "c", "model": "model-1", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


def ending(reason: str = "stop") -> tuple[object, ...]:
    """Return what closes a Chat Completions stream."""
    nothing: dict[str, str] = {}
    usage = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
    return (
        {"id": "c", "model": "model-1", "choices": [{"index": 0, "delta": nothing, "finish_reason": reason}]},
        {"id": "c", "model": "model-1", "choices": list[str](), "usage": usage},
        "[DONE]",
    )


def says(*texts: str, reason: str = "stop") -> Answer:
    """Return a complete streamed answer."""
    return Answer(body=sse(*map(chunk, texts), *ending(reason)))


def fails(status: int, message: str = "no", **headers: str) -> Answer:
    """Return an error answer."""
    body = json.dumps({"error": {"message": message}}).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, content_type="application/json", headers=names, body=(body,))


def interrupt(process: "subprocess.Popen[bytes]") -> Done:
    """Press Ctrl-C, as far as a process can tell, and return how it ends."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    return Done(code=process.returncode, out=out.decode(), err=err.decode())
