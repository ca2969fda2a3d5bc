"""From the main screen to templates and back: the library, runs, and what becomes of their results.

Each screen is imported when it is opened: the first paint does not wait for what may never be seen.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat.domain.draft import Draft
from tchat.domain.errors import TchatError, UsageError
from tchat.domain.message import DocumentPart, ImagePart
from tchat.media.blobs import Blobs
from tchat.running import RunRequest, attach_picture, models_of, plan_of, read_named
from tchat.templates.files import value_of
from tchat.templates.format import Template, Value
from tchat.templates.library import Library, open_library
from tchat.templates.plan import part_of
from tchat.threads import in_background
from tchat.tui.templates.form_values import main_input, read_form, without_pictures
from tchat.tui.templates.forms import Forms
from tchat.tui.templates.library_rows import plain_name
from tchat.tui.templates.looks import Choice
from tchat.tui.templates.named import Named, named_template
from tchat.tui.templates.permissions import Permissions
from tchat.tui.templates.staging import Staging

if TYPE_CHECKING:
    from tchat.tui.screens.chat import ChatScreen
    from tchat.tui.screens.run_view import Taken


class TemplateDesk:
    """Opens the library and runs, and takes back what they give.

    Coroutines may raise a `TchatError`, which the screen shows.
    """

    def __init__(self, screen: "ChatScreen") -> None:
        self._screen = screen
        self._names: tuple[str, ...] | None = None
        """Of every template that can be used, with its folder; None until they were looked for."""
        self._forms = Forms()
        self._permissions = Permissions(screen.runtime.paths)
        self._begun = asyncio.Event()
        """Set when a run begins."""

    @property
    def library(self) -> Library:
        """The templates as they are now."""
        return open_library(self._screen.runtime.paths, Path.cwd())

    @property
    def choice(self) -> Choice:
        """Who answers where a template leaves it open: as in the conversation."""
        choice = self._screen.talk.choice
        return Choice(model=str(choice.ref) if choice.ref.provider else None, settings=choice.settings)

    async def name_templates(self) -> None:
        """Let the composer complete the names of templates."""
        library = self.library
        entries = await in_background(library.entries)
        usable = [entry for entry in entries if entry.problem is None]
        self._names = tuple(entry.name for entry in usable)
        plain = Counter(plain_name(entry) for entry in usable)
        self._screen.composer.templates = tuple(
            (plain_name(entry) if plain[plain_name(entry)] == 1 else entry.name, entry.title) for entry in usable
        )

    def open(self, name: str | None = None, when_left: Callable[[], None] | None = None) -> None:
        """Show the library; with a name, the form of that template. `when_left` is called when it is left."""
        from tchat.tui.screens.prompts import PromptsScreen

        def left(_: None) -> None:
            self._screen.do(self.name_templates)
            if when_left is not None:
                when_left()

        runtime = self._screen.runtime
        self._screen.app.push_screen(
            PromptsScreen(runtime, self.library, self._forms, self.choice, self.run, start_at=name), left
        )

    # --- by name

    async def named(self, draft: Draft) -> Named | None:
        """Return the template that what is sent begins with, if it does."""
        if not draft.text.startswith("#"):
            return None
        if self._names is None:
            await self.name_templates()
        return named_template(draft.full_text, self._names or ())

    async def run_named(self, named: Named, draft: Draft) -> bool:
        """Run a template on a text, and the pictures and PDFs beside it, and return whether it runs.

        Where something is missing, its form is opened, and it is waited until that runs or is left.

        Raises:
            TchatError: the template cannot be used.
        """
        library, runtime = self.library, self._screen.runtime
        template = await in_background(lambda: library.load(named.name))
        texts = _said(template, named.text)
        given = await in_background(lambda: _attached(template, draft, runtime.blobs))
        shown = Forms().texts_of(template) | texts
        attach = attach_picture(runtime, partial(read_named, runtime))
        filled = await in_background(lambda: read_form(template, shown, attach, given))
        if not filled.is_complete:
            self._forms.keep(template.name, texts, given)
            return await self._run_by_form(template.name)
        path = await in_background(lambda: library.find(template.name))
        choice = self.choice
        return await self._ask_and_run(
            RunRequest(template=template, inputs=filled.values, file=path, model=choice.model, settings=choice.settings)
        )

    async def _run_by_form(self, name: str) -> bool:
        """Open the form of a template, and return whether a run was begun before it was left."""
        over = self._begun = asyncio.Event()
        is_left = False

        def left() -> None:
            nonlocal is_left
            is_left = not over.is_set()
            over.set()

        self.open(name, left)
        await over.wait()
        return not is_left

    async def open_on(self, name: str, draft: Draft) -> None:
        """Open the form of a template with what is being written in it.

        Raises:
            TchatError: the template cannot be used.
        """
        library = self.library
        template = await in_background(lambda: library.load(name))
        text = draft.full_text.strip()
        spec = main_input(template)
        given = await in_background(lambda: _attached(template, draft, self._screen.runtime.blobs))
        self._forms.keep(template.name, {spec.name: text} if spec is not None and text else {}, given or None)
        self.open(template.name)

    # --- a run

    def run(self, request: RunRequest) -> None:
        """Run a template: one that runs programs once it is allowed, a dear one once its cost is agreed to."""

        async def run() -> None:
            await self._ask_and_run(request)

        self._screen.do(run)

    async def _ask_and_run(self, request: RunRequest) -> bool:
        """Run what is allowed and worth its cost, and return whether it is."""
        is_wanted = await self._is_allowed(request.template) and await self._is_worth_it(request)
        if is_wanted:
            self._begun.set()
            self._show_run(replace(request, allows_commands=request.template.runs_commands))
        return is_wanted

    async def _is_allowed(self, template: Template) -> bool:
        """Whether the template may run its programs; asked once for every text of it."""
        if not template.runs_commands or self._permissions.has(template.digest):
            return True
        from tchat.tui.screens.permission import PermissionScreen

        is_allowed = await self._screen.app.push_screen_wait(PermissionScreen(template))
        if is_allowed and template.digest:
            await in_background(lambda: self._permissions.allow(template.digest, template.name))
        return is_allowed

    async def _is_worth_it(self, request: RunRequest, steps: frozenset[str] | None = None) -> bool:
        """Whether the run, or some of its steps, costs little as far as one can tell, or its cost is agreed to."""
        runtime = self._screen.runtime
        models = models_of(runtime, request.model, request.settings)
        try:
            plan = await in_background(
                lambda: plan_of(runtime, request.template, request.inputs, models, without_pictures)
            )
        except TchatError:
            return True  # what is wrong is told by the run itself
        if steps is not None:
            plan = part_of(plan, steps)
        if plan.cost.expected is None or plan.cost.expected <= runtime.config.confirm_above:
            return True
        from tchat.tui.screens.cost import CostScreen

        return await self._screen.app.push_screen_wait(CostScreen(plan))

    def _show_run(self, request: RunRequest) -> None:
        from tchat.tui.screens.run_view import RunView

        screen = self._screen
        staging = Staging(screen.runtime, request, screen.fail)
        view = RunView(staging, screen.visiting.copy, lambda steps: self._is_worth_it(request, steps))
        screen.app.push_screen(view, self._take)

    def _take(self, taken: "Taken | None") -> None:
        """Go back to the conversation with what a run has given; without anything, to where it was begun."""
        if taken is None:
            return
        screen = self._screen
        while screen.app.screen is not screen and len(screen.app.screen_stack) > 1:
            screen.app.pop_screen()
        screen.do(lambda: self._taken(taken))

    async def _taken(self, taken: "Taken") -> None:
        screen = self._screen
        await self.name_templates()
        if taken.into == "conversation":
            await screen.open(taken.conversation_id)
        elif taken.into == "new":
            await screen.open(None)
        if taken.text:
            screen.composer.insert(taken.text.rstrip())
        screen.composer.focus()


def _said(template: Template, text: str) -> dict[str, str]:
    """Return a text as the input that it is for.

    Raises:
        UsageError: there is none.
    """
    spec = main_input(template)
    if not text.strip():
        return {}
    if spec is None:
        raise UsageError(f"{template.name} takes no text", hint="send its name alone, or fill its form in (Ctrl+T)")
    return {spec.name: text}


def _attached(template: Template, draft: Draft, blobs: Blobs) -> dict[str, Value]:
    """Return what is attached as the inputs that take it, in order: pictures, and PDFs as their text.

    Raises:
        UsageError: more is attached than the template takes, or a PDF has no text.
    """
    pictures = [part for part in draft.attachments if isinstance(part, ImagePart)]
    papers = [part for part in draft.attachments if isinstance(part, DocumentPart)]
    seen, read = ([spec.name for spec in template.inputs if spec.type == kind] for kind in ("image", "file"))
    is_other = len(pictures) + len(papers) < len(draft.attachments)
    if is_other or len(pictures) > len(seen) or len(papers) > len(read):
        takes = [f"{len(names)} {kind}{'s' * (len(names) > 1)}" for names, kind in ((seen, "picture"), (read, "PDF"))]
        said = " and ".join(text for text in takes if not text.startswith("0 ")) or "no attachments"
        raise UsageError(f"{template.name} takes {said}", hint="take the others off: Backspace in an empty text")
    texts = [value_of(blobs.get(part.digest), Path(part.name)) for part in papers]
    given: dict[str, Value] = dict(zip(seen, pictures, strict=False))
    given.update(zip(read, texts, strict=False))
    return given
