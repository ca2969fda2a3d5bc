"""What is said of prompts that are wrong: their conversations, examples and pictures."""

import pytest

from tests.templates.documents import in_step, in_steps, told

WRONG = {
    "continue with a later step": (
        in_steps('continue = "b"\nprompt = "y"', 'prompt = "x"'),
        ['4: "b" is not an earlier step'],
    ),
    "continue with a text": (
        in_steps('text = "y"', 'continue = "a"\nprompt = "x"'),
        ['7: "a" only renders a text: there is no conversation to go on in'],
    ),
    "continue with inner steps": (
        in_steps('[[step.do]]\nname = "x"\ntext = "y"', 'continue = "a"\nprompt = "x"'),
        ['9: "a" is made of inner steps: there is no conversation to go on in'],
    ),
    "continue with what has many conversations": (
        in_steps('prompt = "y"\nfor_each = "range(3)"', 'continue = "a"\nprompt = "x"'),
        ['8: "a" runs for each item: there is no one conversation to go on in'],
    ),
    "continue with what has no winner": (
        in_steps('prompt = "y"\nsamples = 2\nvote = "all"', 'continue = "a"\nprompt = "x"'),
        ['9: "a" has the vote "all": there is no one conversation to go on in'],
    ),
    "continue with a step within another": (
        in_steps('[[step.do]]\nname = "x"\nprompt = "y"', 'continue = "x"\nprompt = "x"'),
        ['9: "x" is not an earlier step'],
    ),
    "examples in the middle of a conversation": (
        in_steps('prompt = "y"', 'continue = "a"\nprompt = "x"\n[[step.examples]]\nuser = "u"\nassistant = "a"'),
        ["9: examples go before the first prompt of a conversation, and this step continues one"],
    ),
    "made examples in the middle of a conversation": (
        in_steps('prompt = "y"', 'continue = "a"\nprompt = "x"\nexamples_from = "a"'),
        ["9: examples go before the first prompt of a conversation, and this step continues one"],
    ),
    "examples from two places": (
        in_steps('prompt = "y"', 'prompt = "x"\nexamples_from = "z"\nexamples = [{ user = "u", assistant = "v" }]'),
        ['8: "examples_from" and "examples" exclude each other', '8: "z" is not an earlier step'],
    ),
    "half an example": (
        'prompt = "x"\n\n[[examples]]\nuser = "u"',
        ['3: an example needs "user" and "assistant", and here is no "assistant"'],
    ),
    "examples of another kind": (
        'prompt = "x"\n[[examples]]\nuser = "u"\nassistant = "a"\nhint = "h"',
        [
            (
                '5: "hint" is not sent: an example has "user" and "assistant", and other keys only for a '
                "prompt that renders `examples` itself"
            )
        ],
    ),
    "shots of nothing": (
        in_step('prompt = "x"\nshots = 2'),
        ['8: "shots" cuts a list of examples, and there is none here'],
    ),
    "pictures": (
        (
            'prompt = "x"\nimages = ["chrt", { from = "t", grid = "4", max_side = 0, size = 3 }, { grid '
            '= "4x3" }, 5]\n[inputs]\nchart = "image"\nt = "text"'
        ),
        [
            '2: "chrt" is not an input of type image (did you mean "chart"?)',
            '2: "grid" is columns and rows, each from 1 to 99, as in "4x3", not "4"',
            '2: "images" is a list of inputs, or of tables such as { from = "chart", grid = "4x3" }',
            '2: "max_side" is a number at least 1, not 0',
            '2: "size" is not a key of a picture',
            '2: "t" is not an input of type image',
            '2: a picture needs "from", an input of type image',
        ],
    ),
    "one picture": (
        'prompt = "x"\nimages = "chart"\n[inputs]\nchart = "image"',
        ['2: "images" is a list of texts, not the text "chart"'],
    ),
    "what is not supported": (
        in_step('prompt = "x"\ntools = ["calc"]\nlogprobs = true'),
        [
            '8: "tools" is not supported by this version of tchat',
            '9: "logprobs" is not supported by this version of tchat',
        ],
    ),
}


@pytest.mark.parametrize(("source", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_prompt_is_told_what_where_and_what_was_meant(source: str, expected: list[str]) -> None:
    """Every problem has its line in the TOML file, and all of a file are told at once."""
    assert told(source) == expected
