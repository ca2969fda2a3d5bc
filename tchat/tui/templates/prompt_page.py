"""A call as it would be sent, to be read: who says what, in order."""

from tchat.domain.errors import TchatError
from tchat.domain.figures import short_count
from tchat.domain.message import ImagePart
from tchat.templates.supposing import rough_tokens
from tchat.templates.world import StepCall
from tchat.tui.templates.first_prompt import FirstPrompt
from tchat.tui.templates.page import Page


def prompt_page(first: FirstPrompt) -> Page:
    """Return the first prompt of a template."""
    page = Page()
    if first.call is None:
        page.add((first.note, "quiet"))
        return page
    parts = [first.step or "", first.note, f"≈ {short_count(_tokens(first.call))} tok"]
    page.add((" · ".join(part for part in parts if part), "quiet"))
    _write_call(page, first.call)
    return page


def error_page(error: TchatError) -> Page:
    """Return why a prompt cannot be shown, with the file and line that the error names."""
    page = Page()
    page.add_text(error.message, "warning")
    if error.hint:
        page.add()
        page.add_text(error.hint, "quiet")
    return page


def _write_call(page: Page, call: StepCall) -> None:
    if call.system:
        page.add()
        page.add(("system", "name"))
        page.add_text(call.system)
    for message in call.messages:
        page.add()
        page.add(("you" if message.role == "user" else message.role, "name"))
        for part in message.parts:
            if isinstance(part, ImagePart):
                page.add((f"[picture {part.name}]", "quiet"))
        page.add_text(message.text)


def _tokens(call: StepCall) -> int:
    return rough_tokens(call.system or "") + sum(rough_tokens(message.text) for message in call.messages)
