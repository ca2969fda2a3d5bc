"""Answers the calls of a run from replies that are written down: no model, no key, no network."""

from collections.abc import AsyncGenerator, Mapping, Sequence

from tchat.domain.errors import TemplateError
from tchat.domain.events import Finished, Started, TextDelta, TurnEvent
from tchat.domain.model import ModelFacts
from tchat.templates.naming import listed, quoted
from tchat.templates.world import Heard, Identity, Printed, ProgramCall, RunProgram, StepCall

_PROVIDER = "offline"


class OfflineModel:
    """Gives each step its replies in order, the last one from then on.

    Args:
        replies: by `step`, `step.inner` for a step of a template that is used, `step.judge`, `step.check`.
        model: what the texts of the template may know of the model; None for one that does not reason.
        run_program: runs the programs of steps that have no replies; None where none may run.
    """

    def __init__(
        self,
        replies: Mapping[str, Sequence[str]],
        *,
        model: ModelFacts | None = None,
        run_program: RunProgram | None = None,
    ) -> None:
        self._replies = replies
        self._model = model
        self._run_program = run_program
        self._taken: dict[str, int] = {}
        self.calls = 0
        """How many calls were answered."""

    def facts(self, model: str | None) -> ModelFacts:
        """Return the model, by whatever name it is asked for."""
        return self._model or ModelFacts(provider=_PROVIDER, name=model or "model", efforts=())

    def identify(self, call: StepCall) -> Identity:
        """Return the place for a fingerprint: nothing is taken again."""
        return Identity(model=str(self.facts(call.model).ref), digest=call.place)

    async def recall(self, call: StepCall, identity: Identity) -> Heard | None:  # noqa: ARG002  # of the protocol
        """Return nothing: every reply is written down anew."""
        return None

    async def ask(self, call: StepCall, identity: Identity) -> AsyncGenerator[TurnEvent]:
        """Say the next reply.

        Raises:
            TemplateError: none is written down for the step.
        """
        text = self._next(call.reply_names)
        self.calls += 1
        yield Started(model=identity.model)
        yield TextDelta(text)
        yield Finished("stop")

    async def measured(self, heard: Heard) -> Heard:
        """Return it as it is: nothing is stored."""
        return heard

    async def run_program(self, call: ProgramCall) -> Printed:
        """Print the next reply in a program's place, or run it where none is written down and programs may run.

        Raises:
            TemplateError: neither is so.
        """
        if self._run_program is not None and not any(name in self._replies for name in call.reply_names):
            return await self._run_program(call)
        return Printed(out=self._next(call.reply_names))

    def _next(self, names: Sequence[str]) -> str:
        name = next((name for name in names if name in self._replies), None)
        if name is None or not self._replies[name]:
            raise TemplateError(
                f"there is no reply for {quoted(names[0])}",
                hint=f"the test has replies for {listed(self._replies)}" if self._replies else None,
            )
        taken = self._taken.get(name, 0)
        self._taken[name] = taken + 1
        return self._replies[name][min(taken, len(self._replies[name]) - 1)]
