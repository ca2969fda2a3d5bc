"""Where a run is: in which file, within which limits, at which place, and with which names."""

from collections.abc import Callable

from msgspec import Struct

from tchat.domain.errors import BudgetExceeded
from tchat.engine.budget import Allowance
from tchat.templates.bindings import Bindings
from tchat.templates.format import Template
from tchat.templates.naming import quoted
from tchat.templates.rendering import Renderer


class Guard:
    """Holds the `[limits]` of one template over all that it makes.

    Args:
        template: whose limits they are.
        clock: tells seconds.
        spent: what its calls have cost in earlier attempts at the run, US dollars.
    """

    def __init__(self, template: Template, clock: Callable[[], float], spent: float) -> None:
        self._limits = template.limits
        self._file = template.file
        self._clock = clock
        self._began = clock()
        self._calls = 0
        most = template.limits.max_cost
        self.allowance = None if most is None else Allowance(most, f"max_cost of {template.file}", spent)

    def count(self, step: str) -> None:
        """Count a call that is about to be made; what it costs is held by the budget.

        Raises:
            BudgetExceeded: it would pass a limit.
        """
        limits = self._limits
        if limits.max_calls is not None and self._calls >= limits.max_calls:
            raise BudgetExceeded(
                f"{self._file}: step {quoted(step)} needs call {self._calls + 1}, and max_calls is {limits.max_calls}",
                hint="raise max_calls under [limits]",
            )
        if limits.max_seconds is not None and self._clock() - self._began >= limits.max_seconds:
            raise BudgetExceeded(
                f"{self._file}: step {quoted(step)} would begin a call after max_seconds ({limits.max_seconds:g})",
                hint="raise max_seconds under [limits]",
            )
        self._calls += 1


class Frame(Struct, frozen=True, kw_only=True):
    """One template while it runs; a template that is used has a frame of its own."""

    template: Template
    renderer: Renderer
    guards: tuple[Guard, ...]
    """Those of the templates around it too."""
    users: tuple[str, ...] = ()
    """The steps that use it, the outermost first."""

    @property
    def file(self) -> str:
        """The file's name, for messages."""
        return self.template.file

    def count(self, step: str) -> None:
        """Count a call against every limit; see `Guard.count`."""
        for guard in self.guards:
            guard.count(step)

    @property
    def allowances(self) -> tuple[Allowance, ...]:
        """What this template and those around it let a call cost."""
        return tuple(guard.allowance for guard in self.guards if guard.allowance is not None)

    def reply_names(self, step: str) -> tuple[str, ...]:
        """Return what the calls of a step go by in a test: `use.inner` or `use` for one that is used."""
        chain = (*self.users, step)
        return tuple(".".join(chain[:end]) for end in range(len(chain), 0, -1)) if self.users else (step,)


class Scene(Struct, frozen=True, kw_only=True):
    """Where a step runs: in which file, with which names, in which sample."""

    frame: Frame
    bindings: Bindings
    place: str
    sample: int = 0
    """From 0; added to a seed, so that samples with a seed differ and can be drawn again."""

    def at(self, suffix: str, *, bindings: Bindings | None = None, sample: int | None = None) -> "Scene":
        """Return the scene of one item, round, sample or inner step of this one."""
        return Scene(
            frame=self.frame,
            bindings=self.bindings if bindings is None else bindings,
            place=self.place + suffix,
            sample=self.sample if sample is None else sample,
        )
