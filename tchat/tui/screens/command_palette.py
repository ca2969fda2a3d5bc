"""The command palette: everything that has a key, and more."""

from textual.command import CommandPalette, SearchIcon


class Palette(CommandPalette):
    """Textual's palette, with a mark that every font has in place of its emoji."""

    def on_mount(self) -> None:
        """Replace the mark."""
        self.query_one(SearchIcon).icon = "›"
