"""What choosing from the completion list does to the text, and when Enter chooses."""

from collections.abc import Callable

from textual.message import Message

from tchat.tui.command_line import wants_argument
from tchat.tui.completion import Asked, Choice, asked, begun
from tchat.tui.file_listing import resolved
from tchat.tui.widgets.completing import CompletionList
from tchat.tui.widgets.composer_messages import ComposerMessages
from tchat.tui.widgets.prompt_area import PromptArea


class Completer:
    """Stands between the text and its completion list."""

    def __init__(self, area: PromptArea, choices: CompletionList, post: Callable[[Message], object]) -> None:
        self._area = area
        self._list = choices
        self._post = post

    def look(self) -> None:
        """Show what the word before the cursor may become."""
        row, column = self._area.cursor_location
        word = asked(self._area.document.get_line(row), column, is_first=row == 0)
        self._list.look(word if self._area.selection.is_empty else None)

    @property
    def takes_enter(self) -> bool:
        """Whether Enter chooses: once another row was chosen or a letter typed, and not over a complete command."""
        word = self._list.asked
        if not self._list.is_open or word is None:
            return False
        if word.kind == "command" and any(command.name == word.word for command in self._list.sources.commands):
            return self._list.was_moved
        if word.kind == "template" and self._stands_first(word):
            is_whole = any(name == word.word for name, _ in self._list.sources.templates)
            return self._list.was_moved or (word.has_letter and not is_whole)
        return self._list.was_moved or word.has_letter

    def _stands_first(self, word: Asked) -> bool:
        """Whether a word begins the text: there a template's name runs it on the rest."""
        return word.start == 0 and self._area.cursor_location[0] == 0

    def choose(self) -> bool:
        """Act on the row that stands out; return whether the text is now a command that may stand alone."""
        choice, word = self._list.choice, self._list.asked
        if choice is None or word is None:
            return False
        match word.kind:
            case "command":
                self._area.replace_word(word.start, f"/{choice.name} ")
                return not any(
                    command.name == choice.name and wants_argument(command) for command in self._list.sources.commands
                )
            case "file":
                self._choose_file(choice, word)
            case "template" if self._stands_first(word):
                self._area.replace_word(word.start, f"#{choice.name} ")
            case "template":
                self._area.replace_word(word.start, "")
                self._post(ComposerMessages.TemplateChosen(choice.name))
        return False

    def _choose_file(self, choice: Choice, word: Asked) -> None:
        self._area.replace_word(word.start, begun(choice.name) if choice.is_folder else "")
        if not choice.is_folder:
            self._post(ComposerMessages.FilesChosen((resolved(self._list.sources.folder, choice.name),)))
