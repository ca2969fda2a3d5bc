"""A question before a run that is not cheap."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tchat.domain.figures import dollars
from tchat.domain.text import one_line
from tchat.templates.plan import Plan


class CostScreen(ModalScreen[bool]):
    """Gives whether the run is worth what it costs."""

    CSS_PATH = "question.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "agree", "Run", id="cost.agree", tooltip="Run the template for what it is expected to cost"),
        Binding("escape,n", "refuse", "Leave", id="cost.refuse", tooltip="Do not run the template"),
    ]

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    def compose(self) -> ComposeResult:
        """Put the figures below the question."""
        plan, cost = self._plan, self._plan.cost
        most = "no one can say how much at most" if cost.most is None else f"{dollars(cost.most)} at most"
        calls = f"{plan.calls.expected} {'call' if plan.calls.expected == 1 else 'calls'}"
        with Vertical(id="question"):
            yield Static(
                f"{one_line(plan.template)} costs about {dollars(cost.expected)}", classes="title", markup=False
            )
            yield Static(f"{calls}, {most}.", markup=False, classes="text")
            keys = (("Enter", "bold $foreground"), " run it   ", ("Esc", "bold $foreground"), " leave it")
            yield Static(Content.assemble(*keys), markup=False, classes="keys")

    def action_agree(self) -> None:
        """Run it."""
        self.dismiss(True)

    def action_refuse(self) -> None:
        """Leave it."""
        self.dismiss(False)
