"""Writes a template: the file that asks again what one request asked.

Law: what is written loads, and its prompt, system prompt and examples render to the very texts of the request. What the
format cannot say is left out, and a comment says so.
"""

import json
import re
from collections.abc import Sequence
from itertools import groupby
from textwrap import dedent
from typing import Any, cast

from msgspec import Struct

from tchat.domain.message import DocumentPart, ImagePart, Message, Role
from tchat.domain.request import Request, Settings
from tchat.domain.text import encodable, one_line
from tchat.templates.rendering import NO_COMMENT
from tchat.templates.schemas import is_json_schema

_TITLE = 60
"""Characters of the prompt that make the title."""
_HOTTEST = 2
"""The highest temperature that a template may have."""
_OPENING = re.compile(rf"\{{[{{%]|{NO_COMMENT[0]}")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_NOTHING = '{{ "" }}'
"""Renders to nothing, and is no blank."""


class _Turn(Struct, frozen=True):
    """What one side says until the other one does."""

    role: Role
    text: str


def template_of(request: Request) -> str:
    """Return the TOML of a template that asks what `request` asks.

    The last message is the prompt, its pictures are inputs, and what was said before are examples.
    """
    *earlier, last = request.messages
    turns = _turns(earlier)
    prompt = last.text
    if turns and turns[-1].role == "user":
        prompt = _joined([turns.pop().text, prompt])
    first = turns[:1] if turns and turns[0].role == "assistant" else []
    pictures = [part for part in last.attachments if isinstance(part, ImagePart)]
    inputs = [f"picture_{number}" for number in range(1, len(pictures) + 1)]
    settings, unsaid = _settings(request.settings)
    comments = [
        *unsaid,
        *(["the reply that the conversation began with"] if first else []),
        *_unattached(earlier, last),
    ]
    lines = [
        "format = 1",
        f"title = {_quoted(_title(prompt))}",
        *(f"# left out: {comment}" for comment in comments),
        f"model = {_quoted(_escaped(encodable(str(request.facts.ref))))}",
        *settings,
        *([f"images = [{', '.join(map(_quoted, inputs))}]"] if inputs else []),
        *([f"system = {_text(request.system)}"] if request.system else []),
        f"prompt = {_text(prompt)}",
        *_inputs(inputs, pictures),
        *_examples(turns[len(first) :]),
    ]
    return "\n".join([*lines, ""])


def _turns(messages: Sequence[Message]) -> list[_Turn]:
    """Return what was said in turn: neighbours of one side are one, and what says nothing is left out."""
    spoken = [message for message in messages if message.text.strip()]
    groups = [list(group) for _, group in groupby(spoken, key=lambda message: message.role)]
    return [_Turn(group[0].role, _joined([message.text for message in group])) for group in groups]


def _joined(texts: list[str]) -> str:
    return "\n\n".join(text for text in texts if text.strip())


def _title(prompt: str) -> str:
    title = one_line(encodable(prompt))
    if not title:
        return "A picture"
    return f"{title[:_TITLE].rstrip()}…" if len(title) > _TITLE else title


def _examples(turns: Sequence[_Turn]) -> list[str]:
    lines: list[str] = []
    for asked, answered in zip(turns[::2], turns[1::2], strict=True):
        lines += ["", "[[examples]]", f"user = {_text(asked.text)}", f"assistant = {_text(answered.text)}"]
    return lines


def _inputs(names: list[str], pictures: list[ImagePart]) -> list[str]:
    fields = [
        f'{name} = {{ type = "image", help = {_quoted(one_line(encodable(picture.name)) or "a picture")} }}'
        for name, picture in zip(names, pictures, strict=True)
    ]
    return ["", "[inputs]", *fields] if fields else []


def _unattached(earlier: Sequence[Message], last: Message) -> list[str]:
    count = sum(len(message.attachments) for message in earlier)
    said = [f"{count} attachment{'' if count == 1 else 's'} of earlier turns, as examples are texts"] if count else []
    documents = [part for part in last.attachments if isinstance(part, DocumentPart)]
    return [
        *said,
        *(f"{one_line(encodable(part.name)) or 'a document'}, as templates take pictures only" for part in documents),
    ]


def _settings(settings: Settings) -> tuple[list[str], list[str]]:
    """Return the lines of the settings, and what of them a template cannot say."""
    words = (("effort", settings.effort), ("detail", settings.detail))
    lines = [f"{name} = {_quoted(word)}" for name, word in words if word is not None]
    unsaid: list[str] = []
    if settings.thinking_budget is not None:
        unsaid.append(f"thinking_budget {settings.thinking_budget}, as effort is the portable way to say it")
    if settings.draw is not None:
        unsaid.append("draw, as steps of templates are texts")
    for name in ("temperature", "top_p", "max_tokens", "seed"):
        value = getattr(settings, name)
        if name == "temperature" and value is not None and not 0 <= value <= _HOTTEST:
            unsaid.append(f"temperature {value}, which is above {_HOTTEST}")
        elif value is not None:
            lines.append(f"{name} = {value!r}")
    if settings.stop:
        lines.append(f"stop = [{', '.join(map(_quoted, settings.stop))}]")
    if settings.schema is not None:
        if is_json_schema(settings.schema) and not _has_null(settings.schema):
            lines.append(f"schema = {_inline(settings.schema)}")
        else:
            unsaid.append("the schema, which TOML cannot say as a JSON Schema: put it into a file and name that")
    return lines, unsaid


def _has_null(value: object) -> bool:
    match value:
        case dict():
            return any(map(_has_null, cast("dict[str, object]", value).values()))
        case list():
            return any(map(_has_null, cast("list[object]", value)))
        case _:
            return value is None


def _inline(value: Any) -> str:  # noqa: ANN401  # JSON without null
    match value:
        case dict():
            fields = cast("dict[str, object]", value).items()
            spelled = (f"{key if _BARE.fullmatch(key) else _quoted(key)} = {_inline(item)}" for key, item in fields)
            return f"{{ {', '.join(spelled)} }}" if value else "{}"
        case list():
            return f"[{', '.join(map(_inline, cast('list[object]', value)))}]"
        case str():
            return _quoted(value)
        case _:
            return json.dumps(value)


# --- texts


def _escaped(text: str) -> str:
    """Return a text that renders to `text`."""
    return _OPENING.sub(lambda found: f"{{{{ {json.dumps(found[0])} }}}}", text)


def _text(text: str) -> str:
    """Return a TOML string that a template reads as a text that renders to `text`."""
    source = _escaped(encodable(text))
    if "\n" not in source:
        return _quoted(source)
    lines = [f"{line}{_NOTHING}" if line.isspace() else line for line in source.split("\n")]
    value = "\n".join([*lines, ""])
    if dedent(value) != value:
        value = f"{_NOTHING}{value}"
    if "'''" in value or _UNSAFE.search(value):
        return f'"""\n{_basic(value)}"""'
    return f"'''\n{value}'''"


def _quoted(text: str) -> str:
    """Return a text as a TOML string on one line."""
    return f'"{_basic(encodable(text)).replace(chr(10), chr(92) + "n")}"'


def _basic(text: str) -> str:
    """Return a text as it stands in a TOML string with escapes; its line ends stay."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
