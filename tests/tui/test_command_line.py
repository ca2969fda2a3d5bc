"""Laws of texts that begin with a slash."""

import pytest

from tchat.tui.command_line import Given, Refusal, meaning
from tchat.tui.commands import COMMANDS


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("/new", Given("new", "")),
        ("/model", Given("model", "")),
        ("/model openai/gpt ", Given("model", "openai/gpt")),
        ("/rename A long title", Given("rename", "A long title")),
        ("/system Be brief.\nBe kind.", Given("system", "Be brief.\nBe kind.")),
    ],
)
def test_a_known_command_is_given(text: str, given: Given) -> None:
    """The name, and everything after it as one argument."""
    assert meaning(text, COMMANDS) == given


@pytest.mark.parametrize(
    "text", ["hello", " /new", "", "/", "/ or not", "see /new", "@x", "a\n/new", "/usr/bin is what?", "/\n"]
)
def test_other_texts_are_sent(text: str) -> None:
    """Only a slash with a name at the very start begins a command; a path is no name."""
    assert meaning(text, COMMANDS) == text


def test_two_slashes_send_one() -> None:
    """A text that begins with a slash can be sent."""
    assert meaning("//new is what?", COMMANDS) == "/new is what?"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/nothing at all", "there is no command /nothing"),
        ("/NEW", "there is no command /NEW"),
        ("/rename", "/rename needs something after it: TITLE"),
        ("/new idea", "/new takes nothing after it"),
        ("/\x1b[31mred", "there is no command /[31mred"),
        ("/" + "x" * 500, "there is no command /" + "x" * 39 + "…"),
    ],
)
def test_other_slashes_are_refused_and_say_why(text: str, says: str) -> None:
    """Nothing that was meant as a command is sent to a model."""
    refusal = meaning(text, COMMANDS)
    assert isinstance(refusal, Refusal)
    assert says in refusal.text
