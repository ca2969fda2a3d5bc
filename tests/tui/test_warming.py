"""Nothing that can be opened makes one wait for its styles."""

import importlib
import inspect
import pkgutil
from pathlib import Path

from textual.screen import Screen

from tchat.tui import screens, warming
from tests.tui.running import running, wait_for


def _styled() -> set[type[Screen[object]]]:
    """Return the screens that are opened from the main one and have styles of their own."""
    names = [f"{screens.__name__}.{module.name}" for module in pkgutil.iter_modules(screens.__path__)]
    members = [kind for name in names for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass)]
    return {kind for kind in members if kind.__module__ in names and issubclass(kind, Screen) and warming.styles(kind)}


def test_every_screen_is_got_ready() -> None:
    """By name, as they are imported only after the first paint."""
    assert {(kind.__module__, kind.__name__) for kind in _styled()} == set(warming.SCREENS)


async def test_their_styles_are_read_while_there_is_nothing_to_do(tmp_path: Path) -> None:
    """A style that is read when a screen opens has Textual read all others again, too."""
    async with running(tmp_path) as (pilot, _):
        sheet = pilot.app.stylesheet
        files = {str(path) for kind in _styled() for path in warming.styles(kind)}
        await wait_for(pilot, lambda: all(sheet.has_source(path, "") for path in files))
