"""`tchat local` as a program: what it prints where, how it ends, and what it leaves behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tchat.cli.exit_codes import LOCAL_MODEL
from tchat.providers import weights
from tests.embedded import children, found_weights, is_gone
from tests.servers import ROOT


@pytest.fixture(scope="session", name="file")
def _file() -> Path:
    return found_weights()


def _home(tmp_path: Path, file: Path | None = None) -> dict[str, str]:
    """Return an environment in which tchat keeps everything under a folder, with weights if there are any to link."""
    if file is not None:
        (tmp_path / "weights").mkdir()
        (tmp_path / "weights" / weights.FILE).symlink_to(file)
    return {**os.environ, "TCHAT_HOME": str(tmp_path), "NO_COLOR": "1"}


def _run(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tchat", "local", *words]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=120)


class TestStatus:
    """`tchat local status`."""

    @pytest.mark.local
    def test_status_tells_what_runs(self, file: Path, tmp_path: Path) -> None:
        """Extra, model, weights, size and licence, one a line, and the code says that all is there."""
        done = _run(_home(tmp_path, file), "status")
        assert done.returncode == 0, done.stderr
        rows = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
        assert rows["extra"].startswith("xllamacpp ")
        assert rows["model"] == f"local/{weights.NAME}"
        assert rows["weights"] == str(tmp_path / "weights" / weights.FILE)
        assert rows["size"] == "98 MB"
        assert rows["licence"] == "Apache-2.0"

    def test_status_of_a_missing_file_names_it(self, tmp_path: Path) -> None:
        """A configured model that is not there is missing, whatever else there is, and nothing is made."""
        (tmp_path / "config.toml").write_text("[local]\nmodel = '/nowhere/own.gguf'\n", "utf-8")
        done = _run(_home(tmp_path), "status")
        assert done.returncode == LOCAL_MODEL
        assert "local.model" in done.stdout
        assert "there is no file /nowhere/own.gguf" in done.stdout
        assert os.listdir(tmp_path) == ["config.toml"]  # noqa: PTH208  # names are all that is wanted

    def test_status_of_damaged_weights_says_so(self, tmp_path: Path) -> None:
        """Weights are known by their content, not by their name."""
        damaged = tmp_path / "elsewhere" / weights.FILE
        damaged.parent.mkdir()
        damaged.write_bytes(b"GGUF")
        done = _run(_home(tmp_path, damaged), "status")
        assert "damaged: run `tchat local pull`" in done.stdout


class TestPull:
    """`tchat local pull`."""

    @pytest.mark.local
    def test_pull_of_what_is_here_needs_no_network(self, file: Path, tmp_path: Path) -> None:
        """Pulling twice is harmless, says so on stderr and prints nothing on stdout."""
        environ = {**_home(tmp_path, file), "PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
        done = _run(environ, "pull")
        assert (done.returncode, done.stdout) == (0, "")
        assert "here already" in done.stderr


class TestServe:
    """`tchat local serve`."""

    @pytest.mark.local
    def test_serve_prints_its_url_answers_and_ends_quietly_on_ctrl_c(self, file: Path, tmp_path: Path) -> None:
        """The base URL alone is on stdout; other programs are answered without a key; Ctrl-C is the normal end."""
        import httpx

        command = [sys.executable, "-m", "tchat", "local", "serve"]
        serving = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_home(tmp_path, file),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with serving, contextlib.ExitStack() as at_the_end:
            at_the_end.callback(serving.kill)
            assert serving.stdout is not None
            url = serving.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:")
            assert url.endswith("/v1")
            asked = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 3}
            answer = httpx.post(f"{url}/chat/completions", json=asked, trust_env=False, timeout=60)
            assert answer.json()["usage"]["completion_tokens"] > 0
            (pid,) = children(serving.pid)
            serving.send_signal(signal.SIGINT)
            rest, told = serving.communicate(timeout=30)
        assert (serving.returncode, rest) == (0, "")
        assert f"curl {url}/chat/completions" in told
        assert "Traceback" not in told
        assert is_gone(pid)

    @pytest.mark.local
    def test_serve_on_a_taken_port_says_so(self, file: Path, tmp_path: Path) -> None:
        """A port that something else listens on is named, with the way out."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = _run(_home(tmp_path, file), "serve", "--port", str(port))
        assert done.returncode == LOCAL_MODEL
        assert f"port {port} of this machine cannot be listened on" in done.stderr
        assert done.stdout == ""

    def test_serve_of_what_is_no_model_is_refused(self, tmp_path: Path) -> None:
        """A wrong file is named before anything is started."""
        wrong = tmp_path / "notes.gguf"
        wrong.write_text("certainly not", "utf-8")
        done = _run(_home(tmp_path), "serve", "--model", str(wrong))
        assert done.returncode == LOCAL_MODEL
        assert f"{wrong} is not a GGUF file" in done.stderr
