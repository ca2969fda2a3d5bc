"""What a template is, to be read before it is filled in: what it does, where it comes from, what it takes."""

from pathlib import Path

from tchat.domain.text import one_line
from tchat.paths import shipped_prompts
from tchat.templates.format import Input, Template
from tchat.templates.library import Entry
from tchat.tui.templates.page import Page

_LABEL = 11


def about_page(template: Template, path: Path) -> Page:
    """Return what a template says of itself, and its inputs."""
    page = Page()
    if template.about:
        page.add_text(template.about)
        page.add()
    _fact(page, "technique", template.technique)
    _fact(page, "paper", template.paper)
    _fact(page, "tags", " · ".join(template.tags))
    _fact(page, "examples", template.source)
    if template.runs_commands:
        _fact(page, "programs", "runs programs on this machine; you are asked first")
    is_shipped = path.is_relative_to(shipped_prompts())
    _fact(page, "file", "comes with tchat; Ctrl+G makes a copy of your own" if is_shipped else str(path))
    page.cropped.add(len(page.lines) - 1)
    if template.inputs:
        page.add()
        page.add(("takes", "strong"))
        widest = max(len(spec.name) for spec in template.inputs)
        for spec in template.inputs:
            said = " · ".join(part for part in (one_line(spec.help), bounds_of(spec)) if part)
            page.add(f"  {spec.name.ljust(widest)}  ", (said, "quiet"))
    return page


def problem_page(entry: Entry) -> Page:
    """Return why a template cannot be used."""
    page = Page()
    page.add(("This template cannot be used:", "warning"))
    page.add()
    page.add_text(entry.problem or "")
    page.add()
    page.add(("Ctrl+G opens it in your editor; when it is right, it can be run at once.", "quiet"))
    page.add()
    _fact(page, "file", str(entry.path))
    page.cropped.add(len(page.lines) - 1)
    return page


def bounds_of(spec: Input) -> str:
    """Return what an input takes, as far as its name and help do not say it."""
    parts: list[str] = []
    match spec.type:
        case "int" | "number":
            parts.append(_range(spec))
        case "choice":
            parts.append(", ".join(spec.choices))
        case "list":
            parts.append("one item a line")
        case "file":
            parts.append("a file")
        case "image":
            parts.append("a picture")
        case "json":
            parts.append("JSON")
        case "text" | "bool":
            pass
    if not spec.required and spec.default is None:
        parts.append("optional")
    return " · ".join(part for part in parts if part)


def _range(spec: Input) -> str:
    kind = "a whole number" if spec.type == "int" else "a number"
    if spec.min is not None and spec.max is not None:
        return f"{spec.min:g} to {spec.max:g}"
    if spec.min is not None:
        return f"{kind} from {spec.min:g}"
    return f"{kind} up to {spec.max:g}" if spec.max is not None else kind


def _fact(page: Page, label: str, text: str) -> None:
    if text:
        page.add((label.ljust(_LABEL), "quiet"), one_line(text))
