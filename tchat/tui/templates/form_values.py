"""What the fields of a form say, as values for the inputs of a template, with what is wrong beside each of them."""

import json
from collections.abc import Mapping
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import TchatError, UsageError
from tchat.domain.message import ImagePart
from tchat.media.attaching import CLIPBOARD, WEB
from tchat.paths import is_file, user_path
from tchat.templates.files import read_value
from tchat.templates.format import Input, Template, Value
from tchat.templates.inputs import Attach, fill_plain
from tchat.templates.naming import flag
from tchat.templates.values import empty, from_text

NEEDED = "needed"
"""What is said of an input without which nothing runs."""


class Filled(Struct, frozen=True, kw_only=True):
    """What a form comes to."""

    values: dict[str, Value]
    """Of every input that has one."""
    problems: dict[str, str]
    """By input, why there is no value; `NEEDED` where nothing was filled in."""

    @property
    def is_complete(self) -> bool:
        """Whether a run can begin."""
        return not self.problems


def main_input(template: Template) -> Input | None:
    """Return the input that a text is for which comes without a name."""
    declared = next((spec for spec in template.inputs if spec.stdin), None)
    return declared or next((spec for spec in template.inputs if spec.type == "text" and spec.default is None), None)


def spelled(value: object) -> str:
    """Return what stands in a field for a value as TOML has it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() if all(isinstance(item, str) and "\n" not in item for item in cast("list[object]", value)):
            return "\n".join(cast("list[str]", value))
        case str():
            return value
        case int() | float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False, indent=2)


def read_form(
    template: Template, texts: Mapping[str, str], attach: Attach, given: Mapping[str, Value] | None = None
) -> Filled:
    """Return what the fields of a form say; reads the files that are named.

    Args:
        template: whose inputs they are.
        texts: what stands in each field; blank ones are left to the default.
        attach: takes in the pictures that are named.
        given: values that are there already, for inputs whose field is blank.
    """
    values, problems = dict[str, Value](), dict[str, str]()
    for spec in template.inputs:
        text = texts.get(spec.name, "")
        try:
            if text.strip():
                values[spec.name] = _typed(spec, text, attach)
            elif given and spec.name in given:
                values[spec.name] = given[spec.name]
            elif spec.default is not None:
                values |= fill_plain(replace(template, inputs=(spec,)), {}, attach)
            elif spec.required:
                problems[spec.name] = NEEDED
            else:
                values[spec.name] = empty(spec)
        except TchatError as error:
            problems[spec.name] = error.message.removeprefix(f"{flag(spec.name)}: ")
    return Filled(values=values, problems=problems)


def without_pictures(name: str) -> ImagePart:
    """Stand for taking in a picture where none is sent: only its name counts.

    Raises:
        UsageError: there is no such file.
    """
    if name.startswith(WEB) or name == CLIPBOARD:
        return ImagePart(digest="", media_type="image/png", name=name)
    path = user_path(name)
    if not is_file(path):
        raise UsageError("there is no such file")
    return ImagePart(digest="", media_type="image/png", name=path.name)


def _typed(spec: Input, text: str, attach: Attach) -> Value:
    match spec.type:
        case "text":
            return from_text(spec, text)
        case "file":
            return from_text(spec, read_value(text.strip()))
        case "image":
            return attach(text.strip())
        case "list" | "json" | "int" | "number" | "bool" | "choice":
            return from_text(spec, text.strip())
