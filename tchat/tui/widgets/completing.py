"""The short list above the text, from which a command, a file or a template is chosen.

Law: looking at a word never waits for the disk; files appear when they have been listed.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Protocol

from textual import events
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from tchat.domain.text import one_line
from tchat.threads import in_background
from tchat.tui.commands import Command
from tchat.tui.completion import Asked, Choice, command_choices, file_choices, template_choices
from tchat.tui.file_listing import listed, scope_of
from tchat.tui.window import cut, window

_ROWS = 8
_WIDEST = 40
"""Cells of a name."""


class Sources(Protocol):
    """Where choices come from."""

    commands: Sequence[Command]
    templates: Sequence[tuple[str, str]]
    """Names, and what each is about."""
    folder: Path
    """Where the names of files begin."""


class CompletionList(Static):
    """What the word before the cursor may become; it is open while there is anything."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"completion-list--chosen", "completion-list--about"}

    class Picked(Message):
        """A row was clicked; it is the chosen one now."""

    def __init__(self, sources: Sources) -> None:
        super().__init__(markup=False)
        self.sources = sources
        self.was_moved = False
        """Whether the user has gone to another row."""
        self._choices: tuple[Choice, ...] = ()
        self._index = 0
        self._asked: Asked | None = None
        self._declined: tuple[str, int] | None = None
        """Kind and column of the word for which the list was closed by hand."""
        self._scope: str | None = None
        self._names: tuple[str, ...] = ()
        """What was listed in the scope."""
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether there is something to choose."""
        return bool(self._choices)

    @property
    def asked(self) -> Asked | None:
        """The word that is being completed."""
        return self._asked

    @property
    def choice(self) -> Choice | None:
        """The row that stands out."""
        return self._choices[self._index] if self._choices else None

    def look(self, asked: Asked | None) -> None:
        """Show what fits a word; None is no word to complete."""
        if asked is None:
            self._declined = None
            self._forget_files()
        if asked is None or self._declined == (asked.kind, asked.start):
            self._show(None, ())
        elif asked != self._asked:
            self._look_for(asked)

    def decline(self) -> None:
        """Close the list until another word asks."""
        if self._asked is not None:
            self._declined = (self._asked.kind, self._asked.start)
        self._show(None, ())

    def move(self, step: int) -> None:
        """Choose the row `step` rows below, going round."""
        self._index = (self._index + step) % len(self._choices)
        self.was_moved = True
        self._draw()

    def _look_for(self, asked: Asked) -> None:
        match asked.kind:
            case "command":
                self._show(asked, command_choices(asked.word, self.sources.commands))
            case "template":
                self._show(asked, template_choices(asked.word, self.sources.templates))
            case "file":
                self._show(asked, file_choices(asked.word, self._names))
                self._list_files(scope_of(asked.word))

    def _list_files(self, scope: str) -> None:
        if scope != self._scope:
            self._scope = scope
            self.run_worker(partial(self._take_files, scope), group="completion files", exclusive=True)

    async def _take_files(self, scope: str) -> None:
        folder = self.sources.folder
        names = await in_background(lambda: listed(folder, scope))
        if self._scope == scope:
            self._names = names
            if self._asked is not None and self._asked.kind == "file":
                self._show(self._asked, file_choices(self._asked.word, names))

    def _forget_files(self) -> None:
        self._scope, self._names = None, ()

    def _show(self, asked: Asked | None, choices: tuple[Choice, ...]) -> None:
        if asked is None and self._asked is None and not self._choices:
            return
        kept = [self.choice] if self.was_moved and self.choice in choices else []
        self._asked, self._choices = asked, choices
        self.was_moved = bool(kept)
        self._index = choices.index(kept[0]) if kept and kept[0] else 0
        self._draw()

    def _draw(self) -> None:
        self.display = self.is_open
        if self.is_open:
            rows = window(len(self._choices), self._index, _ROWS)
            self.styles.offset = (0, -len(rows) - 2)  # above the line over the text
            self.update(Content("\n").join([*map(self._row, rows), self._legend()]))

    def _row(self, index: int) -> Content:
        choice = self._choices[index]
        is_chosen = index == self._index
        width = min(_WIDEST, max(len(one_line(other.name)) for other in self._choices))
        name = cut(one_line(choice.name), max(width, _WIDEST if not choice.about else width))
        clicked = Style.from_meta({"row": index})
        if is_chosen:
            text = Content(f"▸ {name.ljust(width)}  {one_line(choice.about)}".rstrip())
            return text.stylize(self.get_visual_style("completion-list--chosen") + clicked)
        about = self.get_visual_style("completion-list--about")
        return Content.assemble(f"  {name.ljust(width)}  ", (one_line(choice.about), about)).stylize(clicked)

    def _legend(self) -> Content:
        about = self.get_visual_style("completion-list--about")
        many = f"{self._index + 1} of {len(self._choices)} · " if len(self._choices) > _ROWS else ""
        return Content(f"  {many}Tab chooses · Esc closes").stylize(about)

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        row = event.style.meta.get("row")
        if isinstance(row, int) and row < len(self._choices):
            self._index = row
            self.post_message(self.Picked())
