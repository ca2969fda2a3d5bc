"""Pictures of one running application at three sizes, dark and light, beside those that were looked at."""

import inspect
import pickle
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import cast

import pytest
from msgspec import Struct
from pytest_textual_snapshot import PseudoApp, PseudoConsole, SVGImageExtension, get_tempdir
from rich.console import ConsoleDimensions
from syrupy.assertion import SnapshotAssertion
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex
from textual.app import App
from textual.pilot import Pilot

SIZES = ((80, 24), (100, 30), (140, 45))
THEMES = ("tchat-dark", "tchat-light")
LOOKS = [f"{width}x{height}-{theme}" for width, height in SIZES for theme in THEMES]
Prepare = Callable[[Pilot[None]], Awaitable[None]]


class Pictures(SVGImageExtension):
    """One file a picture, named by the test, its parameters and the look."""

    file_extension = "svg"  # the plugin names it as an older syrupy did

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        """Return a name in which the look is one of the test's parameters."""
        return super().get_snapshot_name(test_location=test_location, index=index).replace("][", "-")

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        """Whether a file is a look of this test."""
        names = {cls.get_snapshot_name(test_location=test_location, index=look) for look in LOOKS}
        return Path(snapshot_location).stem in names


class Looks(Struct, frozen=True):
    """Compares every look of a screen; what differs is in the plugin's report, beside what is expected."""

    pictured: SnapshotAssertion
    test: pytest.Function

    def differing(
        self, app: App[None], come_there: Prepare, hold_still: Prepare, sizes: Sequence[tuple[int, int]] = SIZES
    ) -> list[str]:
        """Return the looks in which a screen is not what was looked at.

        Args:
            app: not yet running.
            come_there: brings it to the screen, at the first size.
            hold_still: waits until all is shown and stops what blinks, in every look.
            sizes: what it is resized to, one after the other.
        """
        pictures = _take(app, come_there, hold_still, sizes)
        return [look for look, picture in pictures.items() if not self._is_same(look, picture)]

    def _is_same(self, look: str, picture: str) -> bool:
        is_same = self.pictured(name=look) == picture
        if not is_same:
            self._report(look, picture)
        return is_same

    def _report(self, look: str, picture: str) -> None:
        expected = self.pictured.executions[self.pictured.num_executions - 1].recalled_data
        path, line, name = self.test.reportinfo()
        console = PseudoConsole(legacy_windows=False, size=ConsoleDimensions(80, 24))
        difference = (
            False, str(expected), picture, PseudoApp(console), path, line, f"{name} {look}",
            inspect.getdoc(self.test.function) or "", "", expected is not None,
        )  # fmt: skip
        (Path(get_tempdir().name) / f"{Path(path).stem}.{name}.{look}").write_bytes(pickle.dumps(difference))


def _take(app: App[None], come_there: Prepare, hold_still: Prepare, sizes: Sequence[tuple[int, int]]) -> dict[str, str]:
    pictures: dict[str, str] = {}

    async def go_around(driving: Pilot[object]) -> None:
        pilot = cast("Pilot[None]", driving)
        await come_there(pilot)
        for theme in THEMES:  # a theme takes longer to change than a size
            app.theme = theme
            for width, height in sizes:
                await pilot.resize_terminal(width, height)
                await hold_still(pilot)
                await pilot.wait_for_scheduled_animations()
                pictures[f"{width}x{height}-{theme}"] = app.export_screenshot(title=app.title, simplify=True)
        app.exit()

    app.run(headless=True, auto_pilot=go_around, size=sizes[0])
    return pictures
