"""How tests run: side by side, and on machines that have other things to do."""

import gc
import signal
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("tchat", deadline=None, max_examples=60, suppress_health_check=(HealthCheck.too_slow,))
settings.load_profile("tchat")  # how long an example takes says more of the machine than of what is tested


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Two workers more than there are cores: much of a test's time is waiting for a process, a socket or a terminal."""
    cores = yield
    return cores + 2


def pytest_configure() -> None:
    """Let what tests start take Ctrl-C: a shell has its background ignore it, which processes inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Collect garbage seldom, and none of what was imported: it is there until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
