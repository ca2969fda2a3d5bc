"""What an editor would make of a template, and the keys that it knows."""

from collections.abc import Mapping
from typing import Any, cast

from jsonschema import Draft202012Validator

from tchat.templates import vocabulary
from tchat.templates.editor_schema import editor_schema

SCHEMA = editor_schema()
_VALIDATOR = Draft202012Validator(SCHEMA)


def marked(document: Mapping[str, Any]) -> list[str]:
    """Return what an editor would mark."""
    errors = _VALIDATOR.iter_errors(document)  # pyright: ignore[reportUnknownMemberType]  # its stubs are half typed
    return [f"{error.json_path}: {error.message}" for error in errors]


def groups() -> list[Mapping[str, str]]:
    """Return every group of keys of the vocabulary, with what is said of them."""
    found = [cast("object", value) for name, value in vars(vocabulary).items() if name.isupper()]
    tables = [cast("Mapping[str, object]", value) for value in found if isinstance(value, Mapping)]
    return [
        cast("Mapping[str, str]", table) for table in tables if all(isinstance(said, str) for said in table.values())
    ]
