"""The first prompt of a template, rendered with what is filled in so far: what a run would send first."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from tchat.domain.message import ImagePart
from tchat.domain.model import ModelFacts
from tchat.templates.asking import Models
from tchat.templates.bindings import Bindings
from tchat.templates.composing import compose
from tchat.templates.format import Command, Do, Evaluate, Input, Prompt, Render, Step, Template, Use, Value
from tchat.templates.frames import Frame, Scene
from tchat.templates.inputs import Attach, fill_plain
from tchat.templates.offline import OfflineModel
from tchat.templates.rendering import Renderer
from tchat.templates.world import StepCall, World


class Looking(Struct, frozen=True, kw_only=True):
    """What a look at a template takes from outside."""

    models: Models
    today: date
    attach: Attach


class FirstPrompt(Struct, frozen=True, kw_only=True):
    """What would be sent first."""

    step: str | None = None
    """The path of the step."""
    call: StepCall | None = None
    note: str = ""
    """What there is to say: that it is one of several, or why nothing can be shown before the run."""


class _FactsOnly(OfflineModel):
    """Knows models, and asks none."""

    def __init__(self, models: Models) -> None:
        super().__init__({})
        self._models = models

    def facts(self, model: str | None) -> ModelFacts:
        """Return what is known of the model that a call would go to."""
        return self._models.facts(self._models.resolve(model))


def first_prompt(template: Template, values: Mapping[str, Value], looking: Looking) -> FirstPrompt:
    """Return the first prompt; inputs without a value stand there by name.

    Raises:
        TchatError: a text cannot be rendered, with the file and line, or there is no such model.
    """
    world = World(ask=_FactsOnly(looking.models), today=looking.today, prepare_picture=None, attach=looking.attach)
    names = {spec.name: values[spec.name] if spec.name in values else stand_in(spec) for spec in template.inputs}
    return asyncio.run(_Walk(world).look(template, names))


def stand_in(spec: Input) -> Value:
    """Return what stands for an input that is not filled in yet."""
    match spec.type:
        case "text" | "choice" | "file":
            return f"‹{spec.name}›"
        case "int" | "number":
            return 1 if spec.min is None else int(spec.min)
        case "bool":
            return False
        case "list":
            return [f"‹{spec.name}›"]
        case "image":
            return ImagePart(digest="", media_type="image/png", name=spec.name)
        case "json":
            return None


class _Walk:
    """Goes through steps as a run would, up to the first one that asks a model."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def look(self, template: Template, values: Mapping[str, Value], prefix: str = "") -> FirstPrompt:
        names = Bindings.of({**values, "today": self._world.today.isoformat()})
        frame = Frame(template=template, renderer=Renderer(template.file), guards=())
        return await self._steps(Scene(frame=frame, bindings=names, place=prefix), template.steps)

    async def _steps(self, scene: Scene, steps: Sequence[Step]) -> FirstPrompt:
        for step in steps:
            at = scene.at(step.name)
            renderer, names = at.frame.renderer, at.bindings
            if step.when is not None and not renderer.evaluate(step.when, names):
                scene = _binding(scene, step.name, None)
                continue
            match step.deed:
                case Render(text) if step.each is None:
                    scene = _binding(scene, step.name, renderer.render(text, names))
                case Evaluate(value) if step.each is None:
                    scene = _binding(scene, step.name, renderer.evaluate(value, names))
                case Command():
                    return FirstPrompt(note=f"{step.name} runs a program first: what it prints is known in the run")
                case Prompt() | Use() | Do() | Render() | Evaluate():
                    found = await self._asking(at, step)
                    if found is not None:
                        return found
        return FirstPrompt(note="no step asks a model")

    async def _asking(self, scene: Scene, step: Step) -> FirstPrompt | None:
        """Return the first prompt of a step with everything around it; None if it asks nothing."""
        renderer, note = scene.frame.renderer, ""
        if step.each is not None:
            items = renderer.evaluate(step.each.items, scene.bindings)
            if not isinstance(items, list) or not items:
                return FirstPrompt(note=f"{step.name} has no items yet")
            note = f"the first of {len(items)}" if len(items) > 1 else ""
            first: dict[str, Value] = {step.each.name: items[0], "index": 1, "done": []}
            scene = scene.at("[1]", bindings=Bindings.of(first, scene.bindings))
        if step.loop is not None:
            start = {name: renderer.fill(pattern, scene.bindings) for name, pattern in step.loop.start.items()}
            scene = scene.at("@1", bindings=Bindings.of(start, scene.bindings))
        return await self._deed(scene, step, note)

    async def _deed(self, scene: Scene, step: Step, note: str) -> FirstPrompt | None:
        match step.deed:
            case Prompt() as prompt:
                call = await compose(self._world, scene, step.name, prompt)
                return FirstPrompt(step=scene.place, call=call, note=note)
            case Use() as use:
                given = {name: scene.frame.renderer.fill(one, scene.bindings) for name, one in use.inputs.items()}
                values = fill_plain(use.template, given, self._world.attach)
                return await self.look(use.template, values, prefix=f"{scene.place}/")
            case Do(steps):
                return await self._steps(scene.at("/"), steps)
            case Command() | Render() | Evaluate():
                return None


def _binding(scene: Scene, name: str, value: Value) -> Scene:
    return scene.at("", bindings=Bindings.of({name: value}, scene.bindings))
