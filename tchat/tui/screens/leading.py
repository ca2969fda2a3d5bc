"""The ways from the main screen to the others, and what comes back from them."""

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat.domain.model import ModelRef
from tchat.runtime import Runtime
from tchat.tui.screens.writing import WritingScreen

if TYPE_CHECKING:
    from tchat.tui.widgets.request_view import RequestView
    from tchat.tui.widgets.run_settings import RunSettings


class LeadingScreen(WritingScreen):
    """Opens the other screens, and takes what is chosen there."""

    runtime: Runtime

    def action_model(self) -> None:
        """Choose another model."""
        self.visiting.pick_model(self.use_model)

    async def use_model(self, ref: ModelRef) -> None:
        """Ask another model from here on."""
        self.talk.choose(replace(self.talk.choice, ref=ref))
        if self.talk.branch:
            from tchat.engine.retelling import retold

            history = [turn.stored for turn in self.talk.branch]
            _, told = retold(history, self.talk.facts_of(ref), is_answered=True)
            self.say("\n".join([f"the next turn goes to {ref}, with the whole conversation", *told]))

    async def action_run_settings(self) -> None:
        """Show and change the settings of the next turn."""
        await self.visiting.run_settings()

    def action_sent(self) -> None:
        """Show the request of the chosen turn, of what is written, or of the last turn; or hide it."""
        self.visiting.sent()

    def action_search(self, words: str = "") -> None:
        """Search everything that was said."""
        self.visiting.search(words)

    def action_prompts(self, name: str = "") -> None:
        """Show the library of templates, or the form of one."""
        if self.sheet.is_ready:
            self.visiting.desk.open(name or None)
        else:
            self.do(lambda: self._show_prompts(name))

    async def _show_prompts(self, name: str) -> None:
        await self.sheet.ready()
        self.visiting.desk.open(name or None)

    def action_usage(self) -> None:
        """Show what was spent."""
        self.visiting.usage()

    async def action_settings(self) -> None:
        """Show the settings."""
        await self.visiting.settings()

    def action_help(self) -> None:
        """Show every key."""
        self.visiting.help()

    # --- what stands beside the conversation, and is imported when it is opened

    def on_request_view_copied(self, event: "RequestView.Copied") -> None:
        """Copy a form of the request."""
        self.visiting.copy_soon(event.text, event.what)

    def on_request_view_save_asked(self, event: "RequestView.SaveAsked") -> None:
        """Write its attachments to files."""
        self.visiting.save_sent(event.files)

    def on_request_view_unfocused(self) -> None:
        """Keep step again."""
        self.visiting.beside.follow()

    def on_request_view_left(self) -> None:
        """Go back to where the request is from; the panel stays."""
        self.visiting.beside.leave_request()

    def on_run_settings_changed(self, event: "RunSettings.Changed") -> None:
        """Ask so from the next turn on."""
        self.visiting.take_run_settings(event.settings, event.system)

    def on_run_settings_schema_file_asked(self, event: "RunSettings.SchemaFileAsked") -> None:
        """Read the file that is named."""
        from tchat.tui.screens.run_settings import answer_schema

        self.run_worker(partial(answer_schema, event), group="schema", exclusive=True)

    def on_run_settings_left(self) -> None:
        """Go back to writing; the panel stays."""
        self.write()
