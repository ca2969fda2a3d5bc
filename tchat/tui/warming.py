"""What is needed soon and not for the first paint: imported and parsed while there is nothing else to do."""

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any

from textual.app import App
from textual.screen import Screen

from tchat.threads import in_background

BEHIND = (
    "tchat.store.conversations",
    "tchat.store.database",
    "tchat.engine.foreseeing",
    "tchat.engine.counting",
    "tchat.meters",
    "tchat.engine.summarising",
    "tchat.markdown.rendering",
)
"""What the main screen works with and is not drawn by, the first needed first."""
SCREENS = (
    ("tchat.tui.screens.models", "ModelPicker"),
    ("tchat.tui.screens.search", "SearchScreen"),
    ("tchat.tui.screens.help", "HelpScreen"),
    ("tchat.tui.screens.run_settings", "RunSettingsScreen"),
    ("tchat.tui.screens.sent", "SentScreen"),
    ("tchat.tui.screens.prompts", "PromptsScreen"),
    ("tchat.tui.screens.run_view", "RunView"),
    ("tchat.tui.screens.call_sheet", "CallSheet"),
    ("tchat.tui.screens.settings", "SettingsScreen"),
    ("tchat.tui.screens.preview", "PreviewScreen"),
    ("tchat.tui.screens.patches", "PatchScreen"),
    ("tchat.tui.screens.usage", "UsageScreen"),
    ("tchat.tui.screens.too_long", "TooLongScreen"),
    ("tchat.tui.screens.value_editor", "ValueEditor"),
    ("tchat.tui.screens.cost", "CostScreen"),
    ("tchat.tui.screens.permission", "PermissionScreen"),
    ("tchat.tui.screens.pdf", "PdfScreen"),
)
"""The screens that can be opened, by module and class."""


async def load() -> None:
    """Import what the main screen works with, in a thread: what is typed meanwhile is shown."""
    await in_background(lambda: [importlib.import_module(name) for name in BEHIND])


async def warm_up(app: App[Any]) -> None:
    """Import the other screens in a thread, and read their styles one file at a time."""
    from tchat.markdown.rendering import warm

    await in_background(warm)
    kinds = await in_background(lambda: [_imported(*place) for place in SCREENS])
    for path in dict.fromkeys(path for kind in kinds for path in styles(kind)):
        if not app.stylesheet.has_source(str(path), ""):
            app.stylesheet.read(path)
            app.stylesheet.parse()
            await asyncio.sleep(0)


def _imported(module: str, name: str) -> type[Screen[Any]]:
    kind = getattr(importlib.import_module(module), name)
    assert isinstance(kind, type)  # noqa: S101  # SCREENS names classes
    assert issubclass(kind, Screen)  # noqa: S101
    return kind


def styles(kind: type[Screen[Any]]) -> list[Path]:
    """Return the style files of a screen, as Textual will look for them."""
    folder = Path(str(sys.modules[kind.__module__].__file__)).parent
    own = kind.CSS_PATH
    names = own if isinstance(own, list) else [own] if own else []
    return [(folder / name).resolve() for name in names]
