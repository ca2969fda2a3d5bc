"""From a step that asks a model to the call that is made: texts rendered, examples and pictures put in place."""

import json
from typing import Any, cast

from msgspec.structs import replace

from tchat.domain.errors import TemplateError
from tchat.domain.message import ImagePart, Message, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Settings
from tchat.templates.bindings import Bindings, Spoken
from tchat.templates.format import Call, Judge, Picture, Prompt, Text
from tchat.templates.frames import Frame, Scene
from tchat.templates.naming import quoted
from tchat.templates.structured import as_object
from tchat.templates.world import StepCall, World


async def compose(world: World, scene: Scene, step: str, prompt: Prompt) -> StepCall:
    """Return the call that a step makes.

    Raises:
        TemplateError: a text cannot be rendered, the prompt is empty, or there is no conversation to go on in.
        AttachmentError: a picture cannot be prepared.
    """
    frame, bindings = scene.frame, scene.bindings
    model, facts = _model(world, frame, prompt.call, bindings)
    names = Bindings.of({"model": described(facts)}, bindings)
    examples = _examples(frame, prompt, names)
    if prompt.shows_examples:
        names = Bindings.of({"examples": examples}, names)
    text = _prompt_text(frame, prompt.prompt, names, step)
    settings, in_words = _settings(prompt.call.settings, facts, scene.sample)
    pictures = [await _prepared(world, bindings, picture) for picture in prompt.call.images]
    shown = [] if prompt.shows_examples or prompt.continues else _turns(frame, prompt, examples)
    return StepCall(
        place=scene.place,
        reply_names=frame.reply_names(step),
        model=model,
        system=_system(frame, prompt.call.system, names),
        settings=settings,
        messages=(*shown, user(text + in_words, *(picture for picture in pictures if picture is not None))),
        continues=_spoken(frame, prompt, bindings),
        allowances=frame.allowances,
        sample=scene.sample,
    )


def compose_judge(world: World, scene: Scene, step: str, judge: Judge) -> StepCall:
    """Return the call of a judge: a prompt of its own, without examples and pictures.

    Raises:
        TemplateError: a text cannot be rendered, or the prompt is empty.
    """
    frame, call = scene.frame, judge.call
    model, facts = _model(world, frame, call, scene.bindings)
    names = Bindings.of({"model": described(facts)}, scene.bindings)
    return StepCall(
        place=scene.place,
        reply_names=(".".join((*frame.users, step, "judge")),),
        model=model,
        system=_system(frame, call.system, names),
        settings=_settings(call.settings, facts, scene.sample)[0],
        messages=(user(_prompt_text(frame, judge.prompt, names, step)),),
        allowances=frame.allowances,
        sample=scene.sample,
    )


def repaired(call: StepCall, spoken: Spoken, problem: str, number: int) -> StepCall:
    """Return the call that says what was wrong with a reply and asks again, as try `number`."""
    wanted = "Reply again, with JSON and nothing else." if call.settings.schema is not None else "Reply again."
    return replace(
        call,
        place=f"{call.place.partition('~')[0]}~{number}",
        messages=(user(f"That reply cannot be used: {problem}. {wanted}"),),
        continues=spoken,
    )


def _model(world: World, frame: Frame, call: Call, bindings: Bindings) -> tuple[str | None, ModelFacts]:
    name = frame.renderer.render(call.model, bindings).strip() if call.model else ""
    return name or None, world.ask.facts(name or None)


def described(facts: ModelFacts) -> dict[str, Any]:
    """Return a model as texts see it."""
    return {"name": facts.name, "provider": facts.provider, "reasons": facts.reasons, "context": facts.window}


def _prompt_text(frame: Frame, text: Text, names: Bindings, step: str) -> str:
    rendered = frame.renderer.render(text, names)
    if not rendered.strip():
        raise TemplateError(f"{frame.file}:{text.line(1)}: the prompt of {quoted(step)} is empty with these inputs")
    return rendered


def _system(frame: Frame, text: Text | None, names: Bindings) -> str | None:
    rendered = frame.renderer.render(text, names) if text else ""
    return rendered if rendered.strip() else None


def _settings(settings: Settings, facts: ModelFacts, sample: int) -> tuple[Settings, str]:
    """Return the settings of one sample, and what the prompt says of the schema where the provider may not hold it."""
    if settings.seed is not None:
        settings = replace(settings, seed=settings.seed + sample)
    schema = settings.schema
    if schema is None:
        return settings, ""
    settings = replace(settings, schema=as_object(schema))
    if facts.structured:
        return settings, ""
    return settings, f"\n\nReply with JSON and nothing else; it must fit this JSON Schema:\n{json.dumps(schema)}"


def _examples(frame: Frame, prompt: Prompt, names: Bindings) -> list[dict[str, Any]]:
    """Return the examples as tables of texts."""
    if prompt.examples_from is None:
        made: list[object] = [
            {key: frame.renderer.render(text, names) for key, text in example.fields.items()}
            for example in prompt.examples
        ]
    else:
        value = names[prompt.examples_from]
        made = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(example, dict) for example in made):
        place = f"{frame.file}:{prompt.prompt.line(1)}"
        raise TemplateError(f"{place}: {quoted(prompt.examples_from)} is no list of tables to take examples from")
    examples = cast("list[dict[str, Any]]", made)
    return examples if prompt.shots is None else examples[: prompt.shots]


def _turns(frame: Frame, prompt: Prompt, examples: list[dict[str, Any]]) -> list[Message]:
    turns: list[Message] = []
    for example in examples:
        asked, answered = example.get("user"), example.get("assistant")
        if not isinstance(asked, str) or not isinstance(answered, str):
            place = f"{frame.file}:{prompt.prompt.line(1)}"
            raise TemplateError(f'{place}: an example needs the texts "user" and "assistant"')
        turns += [user(asked), assistant(answered)]
    return turns


async def _prepared(world: World, bindings: Bindings, picture: Picture) -> ImagePart | None:
    value = bindings[picture.source]
    if not isinstance(value, ImagePart):
        return None
    is_plain = picture.grid is None and picture.max_side is None
    return value if is_plain or world.prepare_picture is None else await world.prepare_picture(value, picture)


def _spoken(frame: Frame, prompt: Prompt, bindings: Bindings) -> Spoken | None:
    if prompt.continues is None:
        return None
    found = bindings.find(prompt.continues)
    if found is None or found.spoken is None:
        place = f"{frame.file}:{prompt.prompt.line(1)}"
        raise TemplateError(
            f"{place}: {quoted(prompt.continues)} has no reply to go on from",
            hint="it was skipped, or its samples have no winner",
        )
    return found.spoken
