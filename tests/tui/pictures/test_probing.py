"""A terminal's answer among the keys of a person."""

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from tchat.tui.pictures.probing import Answers, may_be_asked, teach_answers

KITTY = "\x1b_Gi=3407;OK\x1b\\"
MANY = "\x1b[?64;1;2;4;6;9;15;16;17;18;21;22;28c"


def _keys(answers: Answers, *chunks: str) -> str:
    """Return what a person typed, as an application gets it from Textual's own parser."""
    teach_answers()
    parser = XTermParser()
    typed: list[events.Key] = []
    for chunk in (*chunks, ""):
        typed += (key for event in parser.feed(chunk) if isinstance(event, events.Key) for key in answers.take(event))
    return "".join(key.character or f"<{key.key}>" for key in typed)


@pytest.mark.parametrize(
    ("said", "graphics"),
    [
        (MANY, "sixel"),
        ("\x1b[?62;4c", "sixel"),
        ("\x1b[?62;22c", None),
        ("\x1b[?6c", None),
        (KITTY + "\x1b[?62;c", "kitty"),
        (KITTY + MANY, "sixel"),
        ("\x1b[?1;2;14c", None),
    ],
)
def test_an_answer_is_read_and_typed_nowhere(said: str, graphics: str | None) -> None:
    """Whatever its length; nothing of it reaches the text."""
    answers = Answers()
    assert _keys(answers, said) == ""
    assert answers.is_complete
    assert answers.graphics == graphics


@pytest.mark.parametrize("said", ["\x1b[?62;4c", KITTY + MANY])
def test_what_is_typed_around_an_answer_arrives_in_order(said: str) -> None:
    """Before it, after it in the same breath, brackets and question marks included."""
    answers = Answers()
    assert _keys(answers, "see [1", said, "]? [ok") == "see [1]? [ok"
    assert answers.is_complete


def test_what_only_begins_like_an_answer_is_given_back() -> None:
    """Once the terminal has had its time."""
    answers = Answers()
    assert _keys(answers, "a[?62") == "a"
    assert "".join(key.character or "" for key in answers.give_up()) == "[?62"
    assert answers.graphics is None


def test_terminals_that_would_print_the_question_are_not_asked() -> None:
    """The Linux console, Apple's Terminal and what is no terminal."""
    assert may_be_asked({"TERM": "xterm-256color"})
    assert not may_be_asked({"TERM": "linux"})
    assert not may_be_asked({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"})
    assert not may_be_asked({})
