"""One template on the screen: its form, and what is shown of it as the form is filled in.

Law: what is shown is made beside the event loop, and belongs to what is chosen and filled in, or is not shown.
"""

from pathlib import Path
from typing import cast

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import ContentSwitcher, Static

from tchat.domain.text import one_line, printable
from tchat.runtime import Runtime
from tchat.templates.format import Template
from tchat.templates.library import Entry
from tchat.threads import in_background
from tchat.tui.screens.prompts_keys import VIEW_KEYS
from tchat.tui.templates.forms import Forms
from tchat.tui.templates.looks import VIEWS, Choice, Looks, View
from tchat.tui.templates.page import Page
from tchat.tui.widgets.input_form import InputForm
from tchat.tui.widgets.long_text import LongText
from tchat.tui.widgets.template_list import TemplateList

_PAUSE = 0.12
"""Seconds without a key after which what depends on the keys is made."""


class TemplateScreen(ModalScreen[None]):
    """Shows the template that is chosen in a `TemplateList`.

    Args:
        runtime: models, and where templates are.
        forms: what was filled in before.
        choice: who answers where a template leaves it open.
    """

    def __init__(self, runtime: Runtime, forms: Forms, choice: Choice) -> None:
        super().__init__()
        self._runtime = runtime
        self._forms = forms
        self.choice = choice
        self._template: Template | None = None
        self._form: InputForm | None = None
        self._pause: Timer | None = None
        self._is_strict = False
        """Whether a run was asked for, so that what is missing is wrong."""
        self.is_settled = False
        """Whether what is shown belongs to what is chosen and filled in."""

    @property
    def entry(self) -> Entry | None:
        """The template that is chosen."""
        return self.query_one(TemplateList).chosen

    @property
    def view(self) -> View:
        """The view that is open."""
        return cast("View", self.query_one(ContentSwitcher).current or "about")

    # --- the form

    async def _drop_form(self) -> None:
        form, self._form = self._form, None
        if form is not None:
            await form.remove()

    async def _make_form(self) -> None:
        template = self._template
        if self._form is not None or template is None:
            return
        given = self._forms.given(template.name)
        held = {name: one_line(str(getattr(value, "name", value))) for name, value in given.items()}
        self._form = InputForm(template, self._forms.texts(template.name), held=held, folder=Path.cwd())
        await self.query_one("#form", Vertical).mount(self._form)

    def _keep(self) -> None:
        if self._form is not None and self._form.is_mounted and self._form.rows:
            self._forms.keep(self._form.template.name, self._form.texts)

    @on(InputForm.Changed)
    def _take_changed(self, event: InputForm.Changed) -> None:
        event.stop()
        self.is_settled = False
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(_PAUSE, self._reshow)

    def _reshow(self) -> None:
        self.run_worker(self._show, name="page", group="page", exclusive=True)

    # --- what is shown

    def _looks(self) -> Looks | None:
        template, entry = self._template, self.entry
        if template is None or entry is None:
            return None
        self._keep()
        return Looks(
            runtime=self._runtime,
            template=template,
            path=entry.path,
            choice=self.choice,
            texts=self._forms.texts_of(template),
            given=self._forms.given(template.name),
        )

    async def _show(self) -> None:
        """Make the page that is looked at, beside the event loop."""
        looks, view = self._looks(), self.view
        if looks is None:
            return
        page = await in_background(lambda: looks.page(view))
        if self._template is not looks.template or self.view != view:
            return
        self._show_page("beside" if view == "form" else view, page)
        if view == "form" and self._form is not None:
            form, filled = self._form, await in_background(looks.filled)
            form.explain(filled.problems, is_strict=self._is_strict)
        self.is_settled = True

    def _show_page(self, name: str, page: Page) -> None:
        self.query_one(f"#{name}", LongText).show(page.lines, page.paint, cropped=page.cropped, hang=page.hang)

    def _open_view(self, view: View) -> None:
        self.query_one(ContentSwitcher).current = view
        self.set_class(view == "form", "-filling")
        self._name_views()

    def _name_views(self) -> None:
        pieces: list[Content] = []
        for view in VIEWS:
            style = "bold $accent underline" if view == self.view else "$text-muted"
            action = "fill" if view == "form" else f"view('{view}')"
            pieces.append(
                Content.from_markup(f"[@click=screen.{action}]$key [{style}]{view}[/][/]", key=VIEW_KEYS[view])
            )
        self.query_one("#prompts-views", Static).update(Content("  ").join(pieces))
        self._show_keys()

    def _show_keys(self) -> None:
        keys = [("Enter", "fill in"), ("F9", "run"), ("Ctrl+O", "model"), ("Ctrl+G", "editor"), ("Esc", "back")]
        if self.view == "form":
            keys = [("Tab", "next field"), *keys[1:]]
        pieces: list[tuple[str, str] | str] = []
        for key, name in keys:
            pieces += [(f"{'   ' if pieces else ''}{key}", "bold $foreground"), f" {name}"]
        self.query_one("#prompts-keys", Static).update(Content.assemble(*pieces))

    def _show_model(self) -> None:
        effort = self.choice.settings.effort
        parts = [one_line(self.choice.model or ""), f"effort {effort}" if effort else ""]
        self.query_one("#prompts-model", Static).update(" · ".join(part for part in parts if part))

    def _say(self, text: str, *, is_trouble: bool = False) -> None:
        self.notify(printable(text), severity="error" if is_trouble else "information", markup=False)
