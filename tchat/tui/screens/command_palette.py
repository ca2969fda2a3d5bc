"""The command palette: everything that has a key, and more."""

from functools import partial

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon

from tchat.tui.themes import THEMES


class Palette(CommandPalette):
    """Textual's palette, with a mark that every font has in place of its emoji."""

    def on_mount(self) -> None:
        """Replace the mark."""
        self.query_one(SearchIcon).icon = "›"


class Themes(Provider):
    """Every theme by its name, tchat's own ones first."""

    async def discover(self) -> Hits:
        """Yield all of them."""
        for name in self._names():
            yield DiscoveryHit(name, partial(self._take, name))

    async def search(self, query: str) -> Hits:
        """Yield those whose name fits."""
        matcher = self.matcher(query)
        for name in self._names():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), partial(self._take, name))

    def _names(self) -> list[str]:
        own = [theme.name for theme in THEMES]
        return [*own, *sorted(self.app.available_themes.keys() - set(own))]

    def _take(self, name: str) -> None:
        self.app.theme = name
