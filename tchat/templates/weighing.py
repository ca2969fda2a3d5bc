"""How large a call will be: its texts rendered with what is known, and with stand-ins for what is not."""

import json
from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import TchatError
from tchat.domain.message import ImagePart
from tchat.domain.model import ModelFacts
from tchat.domain.request import Settings
from tchat.templates.bindings import Bindings, Bound
from tchat.templates.composing import described
from tchat.templates.filters import shown
from tchat.templates.format import Call, Expression, Pattern, Prompt, Template, Text, Value
from tchat.templates.graph import names_in
from tchat.templates.inputs import Attach
from tchat.templates.rendering import Renderer
from tchat.templates.supposing import TOKENS_PER_PICTURE, rough_tokens


class PlanWorld(Struct, frozen=True, kw_only=True):
    """What a plan takes from outside."""

    facts: Callable[[str | None], ModelFacts]
    """Returns what is known of the model that answers a call for a name; raises TchatError if there is none."""
    today: date
    attach: Attach
    """Takes in a picture that a used template has as a default."""
    settings: Settings = Settings()
    """Where a step leaves them open."""
    system: str | None = None
    count_tokens: Callable[[str], int] = rough_tokens


class Guess(Struct, frozen=True, kw_only=True):
    """What a name is taken for."""

    bound: Bound
    is_known: bool = False
    """Whether it is this for certain, before anything has run."""
    said: int = 0
    """Tokens of the conversation that ends with it, for a step that goes on in it."""

    @property
    def value(self) -> Value:
        """What stands for the name."""
        return self.bound.value


class At(Struct, frozen=True, kw_only=True):
    """Where in a template a plan is."""

    template: Template
    renderer: Renderer
    names: Mapping[str, Guess]
    prefix: str = ""
    """What the places in it begin with."""
    depth: int = 0
    wave: int = 0
    """From 1; 0 outside of steps."""
    times: int = 1
    """How often it is run: items, rounds and samples around it multiplied."""

    def naming(self, **more: Value) -> "At":
        """Return the same place with names for what is known."""
        known = {name: Guess(bound=Bound(value=value), is_known=True) for name, value in more.items()}
        return replace(self, names={**self.names, **known})

    @property
    def bindings(self) -> Bindings:
        """The names as texts see them."""
        return Bindings({name: guess.bound for name, guess in self.names.items()})

    def knows(self, text: Text) -> bool:
        """Whether all that stands in a text is known."""
        names = set(names_in(text))
        return "run" not in names and all(self.names[name].is_known for name in names if name in self.names)

    def rendered(self, text: Text) -> str | None:
        """Return a text; None if it cannot be rendered with stand-ins."""
        try:
            return self.renderer.render(text, self.bindings)
        except TchatError:
            return None

    def evaluated(self, expression: Expression) -> Value:
        """Return the value of an expression; None if it has none with stand-ins."""
        try:
            return self.renderer.evaluate(expression, self.bindings)
        except TchatError:
            return None

    def filled(self, pattern: Pattern) -> Value:
        """Return the value of a pattern; None if it has none with stand-ins."""
        try:
            return self.renderer.fill(pattern, self.bindings)
        except TchatError:
            return None


def weigh(at: At, prompt: Prompt, facts: ModelFacts, world: PlanWorld) -> int:
    """Return about how many tokens a call of a step reads."""
    at = at.naming(model=described(facts))
    examples, turns = _examples(at, prompt, world)
    if prompt.shows_examples:
        at = at.naming(examples=examples)
    pictures = sum(isinstance(at.names[picture.source].value, ImagePart) for picture in prompt.call.images)
    tokens = size_of(at, prompt.prompt, world) + _system(at, prompt.call, world) + pictures * TOKENS_PER_PICTURE
    if prompt.continues is None:
        return tokens + (0 if prompt.shows_examples else turns) + _schema(prompt.call, facts, world)
    earlier = at.names.get(prompt.continues)
    return tokens + _schema(prompt.call, facts, world) + (earlier.said if earlier else 0)


def weigh_judge(at: At, text: Text, call: Call, world: PlanWorld) -> int:
    """Return about how many tokens a call of a judge reads."""
    return size_of(at, text, world) + _system(at, call, world)


def size_of(at: At, text: Text, world: PlanWorld) -> int:
    """Return the tokens of a text; where it cannot be rendered, its own and those of what it names."""
    rendered = None if isinstance(text, Expression) else at.rendered(text)
    if rendered is None:
        named = [shown(at.names[name].value) for name in set(names_in(text)) if name in at.names]
        rendered = "\n".join([text.source, *named])
    return world.count_tokens(rendered)


def _system(at: At, call: Call, world: PlanWorld) -> int:
    if call.system is not None:
        return size_of(at, call.system, world)
    return world.count_tokens(world.system) if world.system else 0


def _examples(at: At, prompt: Prompt, world: PlanWorld) -> tuple[list[Value], int]:
    """Return the examples as tables, and the tokens of those that are sent as turns."""
    if prompt.examples_from is not None:
        value = at.names[prompt.examples_from].value if prompt.examples_from in at.names else None
        made = list(value) if isinstance(value, list) else []
    else:
        made: list[Value] = [
            {key: at.rendered(text) or text.source for key, text in example.fields.items()}
            for example in prompt.examples
        ]
    shots = made if prompt.shots is None else made[: prompt.shots]
    return shots, sum(world.count_tokens(shown(shot)) for shot in shots)


def _schema(call: Call, facts: ModelFacts, world: PlanWorld) -> int:
    """Return the tokens of a schema that is asked for in words."""
    schema = call.settings.schema
    return 0 if schema is None or facts.structured else world.count_tokens(json.dumps(schema))
