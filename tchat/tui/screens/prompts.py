"""The library of templates: found by a few letters, read, filled in, looked at before anything is paid, and run."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher, Input, Static

from tchat.domain.errors import TchatError
from tchat.domain.model import ModelRef
from tchat.domain.text import one_line
from tchat.editing import edit_file
from tchat.running import RunRequest
from tchat.runtime import Runtime
from tchat.templates.library import Entry, Library
from tchat.templates.own import OwnPrompts
from tchat.threads import in_background
from tchat.tui.choice import has_efforts, shifted
from tchat.tui.compositing import FrugalCompositor
from tchat.tui.key_order import caught_up
from tchat.tui.screens.prompts_keys import KEYS
from tchat.tui.screens.query_screen import QueryScreen
from tchat.tui.screens.template_screen import TemplateScreen
from tchat.tui.suspending import while_suspended
from tchat.tui.templates.about_page import problem_page
from tchat.tui.templates.forms import Forms
from tchat.tui.templates.library_rows import Grouping, rows_of
from tchat.tui.templates.looks import Choice, View
from tchat.tui.widgets.input_form import InputForm
from tchat.tui.widgets.line_input import LineInput
from tchat.tui.widgets.long_text import LongText
from tchat.tui.widgets.path_input import PathInput
from tchat.tui.widgets.template_list import TemplateList


class PromptsScreen(QueryScreen[None], TemplateScreen):
    """Has a template chosen and filled in, and hands over what is to run.

    Args:
        runtime: models, and where templates are.
        library: the templates.
        forms: what was filled in before.
        choice: who answers where a template leaves it open.
        run: takes what is to run.
        start_at: the template to begin with, its form open.
    """

    CSS_PATH: ClassVar[list[str]] = [  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
        "../widgets/long_text.tcss",
        "../widgets/template_list.tcss",
        "../widgets/input_form.tcss",
        "prompts.tcss",
    ]
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [  # pyright: ignore[reportIncompatibleVariableOverride]  # Textual reads the class attribute
        (0, "-narrow"),
        (100, "-wide"),
        (140, "-broad"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]

    def __init__(
        self,
        runtime: Runtime,
        library: Library,
        forms: Forms,
        choice: Choice,
        run: Callable[[RunRequest], None],
        *,
        start_at: str | None = None,
    ) -> None:
        super().__init__(runtime, forms, choice)
        self._compositor = FrugalCompositor()
        self._library = library
        self._run = run
        self._start_at = start_at
        self._entries: tuple[Entry, ...] = ()
        self._grouping: Grouping = "folder"
        self._goes_to_form = False
        """Whether the form is gone to as soon as it is there."""

    def compose(self) -> ComposeResult:
        """Put the library beside the template."""
        with Horizontal(id="prompts-head"):
            yield Static("Prompts", id="prompts-title", markup=False)
            yield Static(id="prompts-model", markup=False)
        with Horizontal(id="prompts-body"):
            with Vertical(id="prompts-left"):
                yield LineInput(placeholder="find a template", compact=True, id="prompts-query")
                yield TemplateList(id="prompts-list")
            with Vertical(id="prompts-right"):
                with Horizontal(id="prompts-top"):
                    yield Static(id="prompts-name", markup=False)
                    yield Static(" [@click=screen.run]F9 run[/] ", id="prompts-run")
                yield Static(id="prompts-views")
                with Horizontal(id="prompts-pages"):
                    with ContentSwitcher(initial="about"):
                        yield LongText(id="about")
                        yield Vertical(id="form")
                        yield LongText(id="preview")
                        yield LongText(id="steps")
                        yield LongText(id="plan")
                    yield LongText(id="beside")
        yield Static(id="prompts-keys", markup=False)

    def on_mount(self) -> None:
        """Be ready to type; the library comes after the first paint."""
        self.begin_typing(self.query_one("#prompts-query", Input))
        self._list.show((), "", stay_at=None, notice="looking …")
        self._show_model()
        self._name_views()
        self.call_after_refresh(self._look)

    def on_unmount(self) -> None:
        """Keep what is filled in."""
        self._keep()

    @property
    def _list(self) -> TemplateList:
        return self.query_one(TemplateList)

    @property
    def _words(self) -> str:
        return self.query_one("#prompts-query", Input).value

    # --- the library

    def _look(self) -> None:
        self.run_worker(self._read(self._start_at or self._forms.last), name="library", group="library", exclusive=True)

    async def _read(self, stay_at: str | None) -> None:
        self._entries = await in_background(self._library.entries)
        if self._start_at is not None:
            stay_at, self._start_at = self._full_name(self._start_at), None
            self._goes_to_form = True
            self._open_view("form")
        self._refill(stay_at)

    def _full_name(self, name: str) -> str | None:
        names = [entry.name for entry in self._entries]
        return name if name in names else next((one for one in names if one.endswith(f"/{name}")), None)

    def _refill(self, stay_at: str | None) -> None:
        rows = rows_of(self._entries, self._words, self._grouping)
        self._list.show(rows, self._words, stay_at=stay_at, notice="nothing found")

    @on(Input.Changed, "#prompts-query")
    def _take_words(self, event: Input.Changed) -> None:
        event.stop()
        self._goes_to_form = False
        self._refill(None if self._words.strip() or self.entry is None else self.entry.name)

    @on(Input.Submitted, "#prompts-query")
    @on(TemplateList.Clicked)
    def _take_chosen(self, event: Input.Submitted | TemplateList.Clicked) -> None:
        event.stop()
        if isinstance(event, Input.Submitted):
            self.action_fill()

    @on(TemplateList.Highlighted)
    def _take_highlighted(self, event: TemplateList.Highlighted) -> None:
        event.stop()
        self._keep()
        self._template = None
        self.is_settled = self._is_strict = False
        if event.entry is not None:
            self._forms.last = event.entry.name
            self._show_name(event.entry)
            self.run_worker(partial(self._load, event.entry), name="template", group="template", exclusive=True)

    async def _load(self, entry: Entry) -> None:
        """Read the template that is chosen, and show it."""
        await self._drop_form()
        try:
            if entry.problem is None:
                library, name = self._library, entry.name
                self._template = await in_background(lambda: library.load(name))
        except TchatError as error:
            entry = replace(entry, problem=error.message)
        if self._template is None:
            self._goes_to_form = False
            self._open_view("about")
            self._show_page("about", problem_page(entry))
            self.is_settled = True
            return
        if self.view == "form":
            await self._make_form()
        if self._form is not None and self._goes_to_form:
            self._goes_to_form = False
            self._form.call_after_refresh(self._form.focus_on)
        await self._show()

    def _show_name(self, entry: Entry) -> None:
        self.query_one("#prompts-name", Static).update(one_line(entry.title or entry.name))

    @on(InputForm.Left)
    def _leave_form(self, event: InputForm.Left) -> None:
        event.stop()
        self.action_run()

    # --- actions

    def action_view(self, view: View) -> None:
        """Open one of the views."""
        if self._template is None:
            return
        self._open_view(view)
        self.query_one(f"#{view}", LongText).focus()
        self._reshow()

    def action_fill(self) -> None:
        """Open the form and go to its first field, as soon as the template is there."""
        has_mistakes = self._template is None and self.is_settled
        if self.entry is None or has_mistakes:
            return
        self._open_view("form")
        self._goes_to_form = self._template is None
        if self._template is not None:
            self.run_worker(self._fill, name="form", group="page", exclusive=True)

    async def _fill(self) -> None:
        await self._make_form()
        if self._form is not None:
            self._form.call_after_refresh(self._form.focus_on)
        await self._show()

    def action_find(self) -> None:
        """Go to the line in which words are typed."""
        self.query_one("#prompts-query", Input).focus()

    def action_group(self) -> None:
        """Group by technique, or by folder."""
        self._grouping = "folder" if self._grouping == "technique" else "technique"
        self._refill(self.entry.name if self.entry else None)

    def action_move(self, step: int) -> None:
        """Go to another template."""
        self._list.move(step)

    def action_page(self, direction: int) -> None:
        """Go up or down by a page of templates."""
        self._list.move(direction * self._list.page)

    def action_model(self) -> None:
        """Choose another model."""
        from tchat.tui.screens.models import ModelPicker

        def chosen(ref: ModelRef | None) -> None:
            if ref is not None:
                self.choice = replace(self.choice, model=str(ref))
                self._show_model()
                self._reshow()

        self.app.push_screen(ModelPicker(self._runtime, self._runtime.resolve(self.choice.model)), chosen)

    def action_effort(self, step: int) -> None:
        """Raise or lower the effort; above the highest comes the model's own."""
        self.run_worker(partial(self._shift_effort, step), name="effort", group="effort")

    async def _shift_effort(self, step: int) -> None:
        name = self.choice.model
        facts = await in_background(lambda: self._runtime.facts(self._runtime.resolve(name)))
        if not has_efforts(facts):
            self._say(f"{facts.name} does not reason: it has no levels of effort")
            return
        effort = shifted(facts, self.choice.settings.effort, step)
        self.choice = replace(self.choice, settings=replace(self.choice.settings, effort=effort))
        self._show_model()
        self._reshow()

    async def action_field(self, step: int) -> None:
        """Go to the next field or the one before, once the keys that were pressed before are taken."""
        field = self.focused
        if field is not None:
            await caught_up(field)
        if not (step > 0 and isinstance(field, PathInput) and field.complete()):
            self.focus_next() if step > 0 else self.focus_previous()

    def action_edit(self) -> None:
        """Open the template in the user's own editor, a shipped one as a copy."""
        if self.entry is not None:
            self.run_worker(partial(self._edit, self.entry), name="editor", group="editor", exclusive=True)

    async def _edit(self, entry: Entry) -> None:
        own = OwnPrompts(folder=self._runtime.paths.prompts, library=self._library)
        copied: list[str] = []
        try:
            path = await in_background(lambda: own.editable(entry.name, copied.append))
            await while_suspended(self.app, lambda: edit_file(path))
        except TchatError as error:
            self._say(error.in_full, is_trouble=True)
            return
        if copied:
            self._say(f"this is your own copy now: {path}")
        self._list.show((), "", stay_at=None)
        await self._read(entry.name)

    def action_run(self) -> None:
        """Run the template, if everything it needs is filled in."""
        self.run_worker(self._begin, name="run", group="run", exclusive=True)

    async def _begin(self) -> None:
        looks = self._looks()
        if looks is None:
            return
        filled = await in_background(lambda: looks.filled(is_real=True))
        if not filled.is_complete:
            self._is_strict = True
            self._open_view("form")
            await self._make_form()
            if self._form is not None:
                self._form.call_after_refresh(self._form.focus_on, next(iter(filled.problems)))
            await self._show()
            return
        self._run(
            RunRequest(
                template=looks.template,
                inputs=filled.values,
                file=looks.path,
                model=self.choice.model,
                settings=self.choice.settings,
            )
        )

    def action_help(self) -> None:
        """Show every key."""
        from tchat.tui.screens.help import HelpScreen, collect_rows

        self.app.push_screen(HelpScreen(collect_rows(self)))

    def action_leave(self) -> None:
        """Go back to the list; from there, to the conversation."""
        query = self.query_one("#prompts-query", Input)
        if self.focused in (query, self._list):
            self.action_close()
        else:
            query.focus()

    def action_close(self) -> None:
        """Go back to the conversation."""
        self.dismiss(None)
