"""What the child process of the embedded model runs: llama.cpp's own HTTP server on a loopback port.

One JSON line on stdin says what to serve (`Job`), one on stdout how it went (`Report`); llama.cpp's own words go to
stderr. The process ends when its stdin does, and on Linux at the very moment its parent dies. It needs nothing but the
standard library and xllamacpp, so that it is up before its parent has imported a client.
"""

import json
import os
import signal
import sys
import threading
from typing import Any, Literal, NotRequired, TypedDict, cast

HOST = "127.0.0.1"
_MOST_THREADS = 8
"""More threads wait for each other longer than they compute, unless the model is large."""
_CACHE_MIB = 256
"""Memory for the prompts of earlier conversations."""
_ERRORS_ONLY = 1
"""llama.cpp's verbosity."""
_SPINS = "1000"
"""Rounds that a thread waits for the others awake. By default they are so many that on a busy machine the waiting
threads keep the computing ones from the cores: a reply of half a second has been seen to take thirty.
"""
_PR_SET_PDEATHSIG = 1


class Job(TypedDict):
    """What the child is to serve."""

    parent: int
    """The process that the child must not outlive."""
    model: str
    """The path of the GGUF file."""
    alias: str
    """What the server calls the model in its replies."""
    key: str | None
    """What clients must send as bearer token; None lets everyone in."""
    port: int
    """0 takes a free one."""
    window: int
    """Tokens that a request and its reply may fill together."""
    slots: int
    """Requests that are answered at once, each with a window of its own."""
    threads: int | None


class Report(TypedDict):
    """How it went: `url` when requests are taken, else `failure`."""

    url: NotRequired[str]
    failure: NotRequired[Literal["extra", "import", "server"]]
    """The extra is missing, it is there and cannot be imported, or llama.cpp cannot serve the file."""
    words: NotRequired[str]
    """What was said about the failure."""


def main() -> None:
    """Serve until the parent is gone or closes stdin."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = _keep_stdout()
    job = _read_job()
    if job is None:
        return
    _die_with(job["parent"])
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    report, server = _serve(job)
    os.write(answers, json.dumps(report).encode() + b"\n")
    if server is None:
        os._exit(1)
    threading.Event().wait()


def _keep_stdout() -> int:
    """Return a descriptor for the report; whatever else is written to stdout goes to stderr from now on."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def _read_job() -> Job | None:
    """Return the job, or None if stdin ends before it; nothing is buffered, so that a thread can wait on stdin."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(0, 1)
        if not more:
            return None
        line += more
    return cast("Job", json.loads(line))


def _die_with(parent: int) -> None:
    """Have the kernel end this process with its parent, even while llama.cpp holds the interpreter's lock."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _end_with_stdin() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)


def _serve(job: Job) -> tuple[Report, object | None]:
    """Return the report, and the server, which answers from threads of its own for as long as it is referenced."""
    os.environ["GOMP_SPINCOUNT"] = _SPINS
    try:
        import xllamacpp
    except ModuleNotFoundError as error:
        return Report(failure="extra" if error.name == "xllamacpp" else "import", words=str(error)), None
    except ImportError as error:
        return Report(failure="import", words=str(error)), None
    llama = cast("Any", xllamacpp)
    try:
        server = llama.Server(_parameters(job, llama.CommonParams()))
    except RuntimeError as error:
        return Report(failure="server", words=str(error)), None
    return Report(url=server.listening_address), server


def _parameters(job: Job, params: Any) -> Any:  # noqa: ANN401  # xllamacpp has no types
    """Fill in llama.cpp's `CommonParams`."""
    params.model.path = job["model"]
    params.model_alias = {job["alias"]}
    params.hostnames = [HOST]
    params.port = job["port"]
    params.api_keys = [job["key"]] if job["key"] else []
    params.cors_origins = ""
    params.n_parallel = job["slots"]
    params.n_ctx = job["window"] * job["slots"]
    threads = job["threads"] or min(_usable_cores(), _MOST_THREADS)
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib = _CACHE_MIB
    params.warmup = False
    params.fit_params = False
    params.ui = False
    params.endpoint_slots = False
    params.offline = True
    params.verbosity = _ERRORS_ONLY
    return params


def _usable_cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


if __name__ == "__main__":
    main()
