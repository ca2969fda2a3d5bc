"""How many tests run side by side."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One worker more than there are cores: much of a test's time is waiting for a process, a socket or a terminal."""
    cores = yield
    return cores + 1
