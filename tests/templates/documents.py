"""TOML documents for tests, and what is read of them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tchat.domain.errors import TemplateError
from tchat.templates.format import Prompt, Template
from tchat.templates.loading import Find, load_text


def dumped(document: Mapping[str, object], *, multiline: bool = False) -> str:
    """Return a document as TOML; with `multiline`, texts of several lines are written on several."""
    import tomli_w

    return tomli_w.dumps(document, multiline_strings=multiline)


def load(source: str, folder: Path | None = None, find: Find | None = None) -> Template:
    """Return the template in `source`, which is called `t.toml`."""
    return load_text(source, file="t.toml", name="t", folder=folder, find=find)


def complaints(source: str, folder: Path | None = None, find: Find | None = None) -> list[str]:
    """Return what is said of a wrong template, one problem an item."""
    with pytest.raises(TemplateError) as raised:
        load(source, folder, find)
    return raised.value.message.split("\n")


def only_prompt(template: Template) -> Prompt:
    """Return what the one step of a template asks."""
    (step,) = template.steps
    assert isinstance(step.deed, Prompt)
    return step.deed


def in_steps(*steps: str) -> str:
    """Return a file with an input `q`, and steps that are called `a`, `b` and so on."""
    tables = (f'[[step]]\nname = "{name}"\n{step}\n' for name, step in zip("abcdef", steps, strict=False))
    return f'inputs = {{ q = "text" }}\n{"".join(tables)}'


def in_step(keys: str) -> str:
    """Return a file with an input `q`, a step `a` before, and a step `b` with these keys from line 7 on."""
    return f'inputs = {{ q = "text" }}\n[[step]]\nname = "a"\nprompt = "x"\n[[step]]\nname = "b"\n{keys}\n'


def told(source: str) -> list[str]:
    """Return what is said of a wrong template, each problem with its line and without the name of the file."""
    said = complaints(source)
    assert all(problem.startswith("t.toml:") for problem in said)
    return [problem.removeprefix("t.toml:") for problem in said]


def put(folder: Path, name: str, source: str) -> Path:
    """Write a template and return its path."""
    path = folder / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")
    return path
