"""Recorded replies: which step they are of, and how many attempts they make."""

import pytest

from tchat.domain.errors import UsageError
from tchat.templates.loading import load_text
from tchat.templates.recorded import recorded, replies_in

ONE = 'prompt = "{{ input }}"'
SAMPLED = 'prompt = "{{ input }}"\nsamples = 3\nvote = "majority"\nextract = "number"'
TWO = '[[step]]\nname = "draft"\nprompt = "{{ input }}"\n[[step]]\nname = "final"\nprompt = "{{ draft }}"'


@pytest.mark.parametrize(
    ("source", "value", "replies"),
    [
        (ONE, "a", [{"answer": ("a",)}]),
        (ONE, None, [{"answer": ("",)}]),
        (ONE, ["a", "b"], [{"answer": ("a",)}, {"answer": ("b",)}]),
        (ONE, {"x": "a", "y": "b"}, [{"answer": ("a",)}, {"answer": ("b",)}]),
        (ONE, {"answer": ["a", "b"]}, [{"answer": ("a", "b")}]),
        (SAMPLED, ["a", "b"], [{"answer": ("a", "b")}]),
        (SAMPLED, {"x": "a", "y": "b"}, [{"answer": ("a", "b")}]),
        (SAMPLED, [["a", "b"], ["c"]], [{"answer": ("a", "b")}, {"answer": ("c",)}]),
        (TWO, {"draft": "a", "final": ["b"]}, [{"draft": ("a",), "final": ("b",)}]),
        (TWO, [{"draft": "a", "final": "b"}], [{"draft": ("a",), "final": ("b",)}]),
    ],
)
def test_a_cell_holds_one_reply_or_several(
    source: str, value: object, replies: list[dict[str, tuple[str, ...]]]
) -> None:
    """Several are the samples of one run where samples are drawn, else attempts; a table of steps is one run."""
    assert list(recorded(load_text(source, file="t.toml"), value)) == replies


@pytest.mark.parametrize(
    ("source", "value", "said"),
    [
        (TWO, "a", "asks in 2 places"),
        ('text = "{{ input }}"', "a", "asks in 0 places"),
        (ONE, [], "no reply is recorded"),
        (ONE, 4, "a recorded reply is a text"),
        (ONE, {"answer": [4]}, "a recorded reply is a text"),
    ],
)
def test_replies_that_cannot_be_told_apart_are_refused(source: str, value: object, said: str) -> None:
    """The message says what is missing."""
    if source.startswith("text"):
        source = f'[[step]]\nname = "x"\n{source}'
    with pytest.raises(UsageError, match=said):
        recorded(load_text(source, file="t.toml"), value)


def test_the_column_is_the_usual_one_or_the_named_one() -> None:
    """Without a name it is `reply` or `replies`; several names are several replies; the error lists what there is."""
    assert replies_in({"reply": "a"}, ()) == "a"
    assert replies_in({"replies": ["a"]}, ()) == ["a"]
    assert replies_in({"said": {"by": "a"}}, ("said.by",)) == "a"
    assert replies_in({"said": {"by": "a", "of": "b"}}, ("said.of", "said.by")) == ["b", "a"]
    with pytest.raises(UsageError, match="no column") as raised:
        replies_in({"said": "a"}, ())
    assert raised.value.hint == 'name one with --column; there are "said"'
    with pytest.raises(UsageError, match="no column"):
        replies_in({"reply": "a"}, ("answer",))
