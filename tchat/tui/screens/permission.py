"""A question before a template runs programs on this machine."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tchat.domain.text import one_line
from tchat.templates.format import Command, Do, Step, Template, Use

_MOST = 8
"""Programs that are listed."""


class PermissionScreen(ModalScreen[bool]):
    """Gives whether the template may run programs."""

    CSS_PATH = "question.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "allow", "Allow", id="permission.allow", tooltip="Let this template, as it is, run its programs"),
        Binding("escape,n", "refuse", "Leave", id="permission.refuse", tooltip="Do not run the template"),
    ]

    def __init__(self, template: Template) -> None:
        super().__init__()
        self._template = template

    def compose(self) -> ComposeResult:
        """Put the programs below the question."""
        template = self._template
        programs = tuple(dict.fromkeys(programs_of(template.steps)))
        with Vertical(id="question"):
            yield Static(
                f"{template.name or template.file} runs programs on this machine", classes="title", markup=False
            )
            yield Static(
                "\n".join(f"  {one_line(program)}" for program in programs[:_MOST]), markup=False, classes="list"
            )
            yield Static(
                "They run as you, with what a model wrote among their input. Read the template first (Ctrl+G opens"
                " it). What you allow holds for this template as it is now, until its text changes.",
                markup=False,
                classes="text",
            )
            keys = (("a", "bold $foreground"), " allow   ", ("Esc", "bold $foreground"), " leave it")
            yield Static(Content.assemble(*keys), markup=False, classes="keys")

    def action_allow(self) -> None:
        """Allow it."""
        self.dismiss(True)

    def action_refuse(self) -> None:
        """Leave it."""
        self.dismiss(False)


def programs_of(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the command lines of steps, as the template has them."""
    for step in steps:
        if "command" in step.answer.check:
            yield f"{step.name}: the check of its answer"
        match step.deed:
            case Command(arguments=arguments):
                yield f"{step.name}: {' '.join(text.source for text in arguments)}"
            case Do(inner):
                yield from programs_of(inner)
            case Use(template=used):
                yield from programs_of(used.steps)
            case _:
                pass
