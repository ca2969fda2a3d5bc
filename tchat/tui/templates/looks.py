"""What is shown of one template before it runs: pages made beside the event loop, of what is filled in so far."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Literal

from msgspec import Struct

from tchat.domain.errors import TchatError
from tchat.domain.request import Settings
from tchat.running import attach_picture, models_of, plan_of, read_named
from tchat.runtime import Runtime
from tchat.templates.format import Template, Value
from tchat.tui.templates.about_page import about_page
from tchat.tui.templates.first_prompt import Looking, first_prompt, stand_in
from tchat.tui.templates.form_values import NEEDED, Filled, read_form, without_pictures
from tchat.tui.templates.page import Page
from tchat.tui.templates.plan_page import plan_page
from tchat.tui.templates.prompt_page import error_page, prompt_page
from tchat.tui.templates.step_page import step_page

View = Literal["about", "form", "preview", "steps", "plan"]
VIEWS: tuple[View, ...] = ("about", "form", "preview", "steps", "plan")


class Choice(Struct, frozen=True, kw_only=True):
    """Who answers where a template leaves it open, and how."""

    model: str | None
    """None for the default."""
    settings: Settings = Settings()


class Looks(Struct, frozen=True, kw_only=True):
    """A template as it is filled in; everything here takes its time.

    Every page has the problems of the template in place of what cannot be shown.
    """

    runtime: Runtime
    template: Template
    path: Path
    choice: Choice
    texts: Mapping[str, str]
    """What stands in the fields."""
    given: Mapping[str, Value] = {}
    """What inputs are whose field is blank."""

    def filled(self, *, is_real: bool = False) -> Filled:
        """Return the values of the inputs; pictures are taken in only if it `is_real`."""
        attach = attach_picture(self.runtime, partial(read_named, self.runtime)) if is_real else without_pictures
        return read_form(self.template, self.texts, attach, self.given)

    def page(self, view: View) -> Page:
        """Return one of the pages; the form is none, and shows as its preview."""
        try:
            match view:
                case "about":
                    return about_page(self.template, self.path)
                case "steps":
                    return step_page(self.template, self.filled().values)
                case "plan":
                    return self._plan()
                case "form" | "preview":
                    return self._preview()
        except TchatError as error:
            return error_page(error)

    def _preview(self) -> Page:
        filled = self.filled()
        models = models_of(self.runtime, self.choice.model, self.choice.settings)
        looking = Looking(models=models, today=_today(), attach=without_pictures)
        return prompt_page(first_prompt(self.template, filled.values, looking))

    def _plan(self) -> Page:
        filled = self.filled()
        values = {spec.name: filled.values.get(spec.name, stand_in(spec)) for spec in self.template.inputs}
        missing = [name for name, problem in filled.problems.items() if problem == NEEDED]
        models = models_of(self.runtime, self.choice.model, self.choice.settings)
        return plan_page(plan_of(self.runtime, self.template, values, models, without_pictures), missing)


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()
