"""Laws of recalling earlier prompts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.tui.recall import Recall


def _recall(*prompts: str) -> Recall:
    recall = Recall()
    recall.prompts = prompts
    return recall


def test_recall_goes_from_the_newest_prompt_to_the_oldest() -> None:
    """The newest prompt comes first, and past the oldest there is none."""
    recall = _recall("first", "second")
    assert recall.older("mine") == "second"
    assert recall.older("second") == "first"
    assert recall.older("first") is None


def test_recall_keeps_what_was_being_written() -> None:
    """Coming back from the earlier prompts gives the text as it was left."""
    recall = _recall("first")
    assert recall.older("half a thou") == "first"
    assert recall.newer("first") == "half a thou"
    assert recall.newer("half a thou") is None


def test_recall_keeps_edits_of_recalled_prompts() -> None:
    """A recalled prompt that was edited is found as it was left."""
    recall = _recall("first", "second")
    recall.older("")
    assert recall.older("second, edited") == "first"
    assert recall.newer("first") == "second, edited"
    assert recall.prompts == ("first", "second")


def test_recall_is_back_only_among_earlier_prompts() -> None:
    """The text being written is no recalled prompt, also after coming back to it."""
    recall = _recall("first")
    assert not recall.is_back
    recall.older("mine")
    assert recall.is_back
    recall.newer("first")
    assert not recall.is_back


def test_recall_finds_what_was_kept_without_being_sent() -> None:
    """A discarded text is the newest prompt, and stays when the screen gives its prompts anew."""
    recall = _recall("first")
    recall.keep("never sent")
    recall.prompts = ("first", "second")
    assert recall.older("") == "never sent"
    assert recall.older("never sent") == "second"


def test_recall_keeps_no_blank_text() -> None:
    """Nothing is nothing to recall."""
    recall = _recall()
    recall.keep(" \n")
    assert recall.older("") is None


@settings(max_examples=60)
@given(st.lists(st.text(max_size=5), max_size=5), st.text(max_size=5), st.lists(st.booleans(), max_size=20))
def test_recall_never_loses_the_text_being_written(prompts: list[str], mine: str, steps: list[bool]) -> None:
    """However one goes back and forth, going on to the end gives one's own text."""
    recall = _recall(*prompts)
    text = mine
    for is_older in steps:
        moved = recall.older(text) if is_older else recall.newer(text)
        text = text if moved is None else moved
    while (newer := recall.newer(text)) is not None:
        text = newer
    assert text == mine


def test_recall_takes_what_is_said_as_the_newest_prompt() -> None:
    """What was sent now comes first, then what was said before it; nothing is added for a message without text."""
    recall = _recall("first")
    recall.older("half")
    recall.add("second")
    recall.add("")
    assert not recall.is_back
    assert recall.older("") == "second"
    assert recall.older("second") == "first"
