"""What a scripted model waits for, so that a test sees what goes on."""

import asyncio


class Gate:
    """Is closed until it is opened."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self.reached = asyncio.Event()
        """Set once somebody waits, or has waited."""

    def open(self) -> None:
        """Let everyone pass."""
        self._open.set()

    async def passed(self) -> None:
        """Wait until it is open."""
        self.reached.set()
        await self._open.wait()
