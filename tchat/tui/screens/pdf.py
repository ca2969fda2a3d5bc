"""A choice in place of sending a PDF to a model that takes none."""

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tchat.domain.message import DocumentPart
from tchat.domain.model import ModelFacts
from tchat.domain.text import one_line
from tchat.tui.attached import size_of

PdfWay = Literal["text", "pages", "model"]
"""What is sent of it: its text, its pages as pictures; or another model is asked."""


class PdfScreen(ModalScreen[PdfWay | None]):
    """Gives what is to be done; None leaves the PDF as it is.

    Args:
        part: the PDF.
        facts: the model, which does not take it.
    """

    CSS_PATH = "question.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "choose('text')", "Text", id="pdf.text", tooltip="Send the text that is in it"),
        Binding("p", "choose('pages')", "Pages", id="pdf.pages", tooltip="Send its pages as pictures"),
        Binding("m", "choose('model')", "Model", id="pdf.model", tooltip="Choose a model that takes PDFs"),
        Binding("escape,n", "cancel", "Leave", id="pdf.cancel", tooltip="Leave the PDF as it is"),
    ]

    def __init__(self, part: DocumentPart, facts: ModelFacts) -> None:
        super().__init__()
        self._part = part
        self._facts = facts

    @property
    def _sees(self) -> bool:
        return self._facts.vision is not False

    def compose(self) -> ComposeResult:
        """Put the ways out below what is the matter."""
        name, size = one_line(self._part.name) or "It", size_of(self._part)
        pages = (("p", "bold $foreground"), " its pages as pictures   ") if self._sees else ()
        with Vertical(id="question"):
            yield Static("This model takes no PDF", classes="title", markup=False)
            yield Static(
                f"{name}{f' ({size})' if size else ''} cannot go to {one_line(self._facts.name)} as it is. "
                "What shall be sent in its place?",
                markup=False,
                classes="text",
            )
            keys = (("t", "bold $foreground"), " its text   ", *pages, ("m", "bold $foreground"), " another model   ",
                    ("Esc", "bold $foreground"), " leave it")  # fmt: skip
            yield Static(Content.assemble(*keys), markup=False, classes="keys")

    def action_choose(self, way: PdfWay) -> None:
        """Take a way."""
        if way != "pages" or self._sees:
            self.dismiss(way)

    def action_cancel(self) -> None:
        """Leave it as it is."""
        self.dismiss(None)
