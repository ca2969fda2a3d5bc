"""The steps of a run as turns of one stored conversation: a step that continues no other begins a branch of its own."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.events import TurnEvent, TurnOpened
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Settings
from tchat.engine.session import Ask, Engine
from tchat.templates.format import Template
from tchat.templates.runner import StepCall


class Models(Struct, frozen=True, kw_only=True):
    """Which models answer, and how, where the template leaves it open."""

    resolve: Callable[[str | None], ModelRef]
    """Returns the model that a name in the template stands for; the user's choice for None."""
    facts: Callable[[ModelRef], ModelFacts]
    settings: Settings = Settings()
    system: str | None = None


class RunConversation:
    """Asks the engine on behalf of a run."""

    def __init__(self, engine: Engine, models: Models, template: Template) -> None:
        self._engine = engine
        self._models = models
        self._title = template.title or template.name
        self._source = template.name
        self._conversation: str | None = None
        self._leaves: dict[str, str] = {}

    def facts(self, model: str | None) -> ModelFacts:
        """Return what is known of the model that answers a call for `model`."""
        return self._models.facts(self._models.resolve(model))

    async def ask(self, call: StepCall) -> AsyncGenerator[TurnEvent]:
        """Ask, in the conversation of the step that is continued or on a new branch."""
        *lead, message = call.messages
        asked = Ask(
            ref=self._models.resolve(call.model),
            message=message,
            lead=tuple(lead),
            conversation_id=self._conversation,
            parent_id=self._leaves[call.continues] if call.continues else None,
            system=call.system or self._models.system,
            settings=_over(call.settings, self._models.settings),
            title=self._title,
            source=self._source,
        )
        async with aclosing(self._engine.turn(asked)) as events:
            async for event in events:
                if isinstance(event, TurnOpened):
                    self._conversation = event.conversation_id
                    self._leaves[call.step] = event.reply_id
                yield event


def _over(step: Settings, general: Settings) -> Settings:
    """Return the step's settings, and the general ones where it has none."""
    default = Settings()
    open_ = {
        name: getattr(general, name)
        for name in Settings.__struct_fields__
        if getattr(step, name) == getattr(default, name)
    }
    return replace(step, **open_)
