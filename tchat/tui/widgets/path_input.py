"""A line for the path of a file: it is completed as one types, and Tab takes the completion."""

from pathlib import Path
from urllib.parse import unquote

from textual import events
from textual.suggester import Suggester

from tchat.threads import in_background
from tchat.tui.file_listing import listed, scope_of
from tchat.tui.widgets.line_input import LineInput


class PathSuggester(Suggester):
    """Completes the name of a file or folder, one folder at a time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._folder = folder
        self._scope: str | None = None
        self._names: tuple[str, ...] = ()
        self.offered: tuple[str, str] = ("", "")
        """What was typed last, and what it may become."""

    async def get_suggestion(self, value: str) -> str | None:
        """Return the first path that begins with what was typed."""
        scope = scope_of(value)
        if value and scope != self._scope:
            folder = self._folder
            self._names, self._scope = await in_background(lambda: listed(folder, scope)), scope
        found = next((name for name in self._names if value and name.startswith(value) and name != value), None)
        self.offered = (value, found or "")
        return found


class PathInput(LineInput):
    """A path; one that is dropped or pasted takes the place of what was there."""

    def __init__(self, text: str, folder: Path, *, placeholder: str = "") -> None:
        self._completion = PathSuggester(folder)
        super().__init__(text, placeholder=placeholder, compact=True, suggester=self._completion)

    def complete(self) -> bool:
        """Take the completion that is shown; return whether there was one."""
        typed, offered = self._completion.offered
        if typed != self.value or not offered:
            return False
        self.value = offered
        self.action_end()
        return True

    def _on_paste(self, event: events.Paste) -> None:
        """Take a path in place of what was there, quoted or as a URL as terminals drop it."""
        path = event.text.strip().strip("'\"")
        if path and "\n" not in path:
            event.stop()
            event.prevent_default()
            self.value = unquote(path.removeprefix("file://")) if path.startswith("file://") else path
            self.action_end()
