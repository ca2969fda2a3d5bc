"""The patch view: a picture as a model reads it, what each look costs, and what scaling it down saves."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tchat.domain.detail import Detail
from tchat.domain.errors import TchatError
from tchat.domain.message import ImagePart
from tchat.domain.text import one_line, printable
from tchat.tui.attached import facts_of
from tchat.tui.pictures.patch_table import LEVELS, Choice, details_of, models_of, said_of, sides_of
from tchat.tui.pictures.readers import Reader
from tchat.tui.pictures.scene import Looking
from tchat.tui.widgets.picture_pane import Motif, PicturePane

if TYPE_CHECKING:
    from PIL.Image import Image

ZOOMS = (1, 2, 4, 8, 16)
_STEP = 0.25
"""How far the view moves, of what is seen."""
_FEWEST_MODELS = 6
"""Lines that the models have at least, with their heading."""
_KEYS = (("↑↓", "model"), ("←→", "detail"), ("− +", "scale"), ("z", "zoom"), ("wasd", "move"), ("Esc", "close"))


class PatchScreen(ModalScreen[None]):
    """Shows the pictures of a message, one at a time.

    Args:
        parts: the pictures.
        index: the one that is shown first.
        see: returns a picture; may raise a TchatError.
        readers: returns the models that it is shown through, the one that is asked first.
        detail: how closely it is looked at in this conversation.
    """

    CSS_PATH: ClassVar[str] = "patches.tcss"  # pyright: ignore[reportIncompatibleVariableOverride]  # one of its kinds
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [(0, "-narrow"), (96, "-wide"), (132, "-broad")]  # pyright: ignore[reportIncompatibleVariableOverride]  # Textual reads the class attribute
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "model(-1)", "Model above", id="patches.model-up", tooltip="See it as the model above does"),
        Binding("down", "model(1)", "Model below", id="patches.model-down", tooltip="See it as the model below does"),
        Binding("left", "detail(-1)", "Less detail", id="patches.detail-down", tooltip="The detail before"),
        Binding("right", "detail(1)", "More detail", id="patches.detail-up", tooltip="The next detail"),
        Binding("minus", "scale(1)", "Smaller", id="patches.smaller", tooltip="Scale it down before it is sent"),
        Binding("plus,equals_sign", "scale(-1)", "Larger", id="patches.larger", tooltip="Scale it down less"),
        Binding("z", "zoom(1)", "Closer", id="patches.zoom", tooltip="Look closer, down to single patches"),
        Binding("Z,x", "zoom(-1)", "Farther", id="patches.unzoom", tooltip="Look from farther away"),
        Binding("a,shift+left", "move(-1, 0)", "Left", id="patches.left", tooltip="Look further left"),
        Binding("d,shift+right", "move(1, 0)", "Right", id="patches.right", tooltip="Look further right"),
        Binding("w,shift+up", "move(0, -1)", "Up", id="patches.up", tooltip="Look further up"),
        Binding("s,shift+down", "move(0, 1)", "Down", id="patches.down", tooltip="Look further down"),
        Binding("tab,n", "go(1)", "Next picture", id="patches.next", tooltip="The next picture of the message"),
        Binding("escape,q,p", "close", "Close", id="patches.close", tooltip="Go back"),
    ]

    def __init__(
        self,
        parts: Sequence[ImagePart],
        index: int,
        see: "Callable[[ImagePart], Awaitable[Image]]",
        readers: Callable[[], Awaitable[Sequence[Reader]]],
        detail: Detail | None,
    ) -> None:
        super().__init__()
        self._parts = parts
        self._index = index
        self._see = see
        self._readers = readers
        self._level = LEVELS.index(detail)
        self._picture: Image | None = None
        self._choice: Choice | None = None
        self._looking = Looking()
        self._step = 0

    def compose(self) -> ComposeResult:
        """Put the picture beside what is said of it."""
        with Vertical(id="patches"):
            with Horizontal(id="patches-head"):
                yield Static(id="patches-title", markup=False)
                yield Static(id="patches-zoom", markup=False)
            with Horizontal(id="patches-body"):
                yield PicturePane(id="patches-picture")
                with Vertical(id="patches-side"):
                    yield Static("one moment …", id="patches-said", markup=False)
                    yield Static(id="patches-details", markup=False)
                    yield Static(id="patches-sides", markup=False)
                    yield Static(id="patches-models", markup=False)
            keys = [piece for key, name in _KEYS for piece in ((f"{key} ", "bold $foreground"), (f"{name}   ", ""))]
            yield Static(Content.assemble(*keys), id="patches-keys", markup=False)

    def on_mount(self) -> None:
        """Fetch the picture."""
        self._begin()

    def _begin(self) -> None:
        self.query_one("#patches-title", Static).update(self._title())
        self.run_worker(self._fetch, group="patches", exclusive=True)

    async def _fetch(self) -> None:
        part = self._parts[self._index]
        try:
            picture = await self._see(part)
        except TchatError as error:
            self.query_one("#patches-said", Static).update(Content(printable(error.in_full)))
            return
        size = (part.width or picture.width, part.height or picture.height)
        self._picture, self._looking = picture, Looking()
        if self._choice is None:
            self._choice = Choice(size=size, readers=await self._readers(), level=self._level)
        else:
            self._choice = replace(self._choice, size=size, side=0)
        self._show()

    def on_resize(self) -> None:
        """Say as much as there is room for."""
        self.call_after_refresh(self._say)

    def _title(self) -> Content:
        part = self._parts[self._index]
        name = one_line(part.name) or "the picture"
        others = f"   {self._index + 1} of {len(self._parts)}, Tab: next" if len(self._parts) > 1 else ""
        return Content.assemble((name, "bold"), (f"   {facts_of(part)}{others}", "$foreground-muted"))

    def _show(self) -> None:
        if self._choice is None or self._picture is None:
            return
        motif = Motif(picture=self._picture, grid=self._choice.grid, looking=self._looking)
        self.query_one(PicturePane).show(motif)
        self._say()

    def _say(self) -> None:
        choice, side = self._choice, self.query_one("#patches-side", Vertical).size
        if choice is None or not side.width:
            return
        said = list(said_of(choice, self._step, side.width))
        details = [] if self.has_class("-broad") else list(details_of(choice, side.width))
        sides = list(sides_of(choice, side.width))
        used = len(said) + (len(details) + 1 if details else 0) + 1
        if used + len(sides) + 1 + min(_FEWEST_MODELS, len(choice.readers) + 1) > side.height:
            sides = [Content.styled(f"scaled to {choice.sent[0]}×{choice.sent[1]}", "$accent")] if choice.side else []
        used += len(sides) + 1 if sides else 0
        models = models_of(choice, side.width, side.height - used)
        for name, lines in (("said", said), ("details", details), ("sides", sides), ("models", models)):
            label = self.query_one(f"#patches-{name}", Static)
            text = Content("\n").join(lines)
            label.update(text)
            label.display = bool(text.plain)
        zoom = self._looking.zoom
        self.query_one("#patches-zoom", Static).update(f"{zoom}× closer" if zoom > 1 else "")

    @on(PicturePane.Drawn)
    def _take_drawn(self, event: PicturePane.Drawn) -> None:
        if event.step != self._step:
            self._step = event.step
            self._say()

    # --- actions

    def _choose(self, **steps: int) -> None:
        if self._choice is not None:
            self._choice = self._choice.moved(**steps)
            self._show()

    def action_model(self, step: int) -> None:
        """See it through other eyes."""
        self._choose(reader=step)

    def action_detail(self, step: int) -> None:
        """Look more or less closely."""
        self._choose(level=step)

    def action_scale(self, step: int) -> None:
        """Scale it down before it is sent, or less."""
        self._choose(side=step)

    def action_zoom(self, step: int) -> None:
        """Look from nearer by or farther away; after the nearest look comes the whole again."""
        at = (ZOOMS.index(self._looking.zoom) + step) % len(ZOOMS)
        self._looking = replace(self._looking, zoom=ZOOMS[at]) if ZOOMS[at] > 1 else Looking()
        self._show()

    def action_move(self, across: int, down: int) -> None:
        """Look at another part."""
        step, looking = _STEP / self._looking.zoom, self._looking
        margin = 0.5 / looking.zoom
        x, y = looking.x + across * step, looking.y + down * step
        self._looking = replace(looking, x=min(max(margin, x), 1 - margin), y=min(max(margin, y), 1 - margin))
        self._show()

    def action_go(self, step: int) -> None:
        """See another picture of the message."""
        if len(self._parts) > 1:
            self._index = (self._index + step) % len(self._parts)
            self._begin()

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()
