"""What is said of steps that are wrong: their kinds, and when and how often they run."""

import pytest

from tests.templates.documents import in_step, told

WRONG = {
    "no kind": (in_step(""), ['5: step "b" needs one of "prompt", "text", "value", "use", "do" or "command"']),
    "two kinds": (
        in_step('text = "y"\nprompt = "x"'),
        ['7: "prompt" and "text" exclude each other: a step does one thing'],
    ),
    "three kinds": (
        in_step('value = "q"\nuse = "x"\ncommand = ["x"]'),
        [
            '8: "value" and "use" exclude each other: a step does one thing',
            '9: "value" and "command" exclude each other: a step does one thing',
        ],
    ),
    "a text that asks": (
        in_step('text = "y"\nmodel = "fast"\nretries = 2\ncontinue = "a"'),
        [
            '8: "model" has no meaning in a step that only renders a text',
            '9: "retries" has no meaning in a step that only renders a text',
            '10: "continue" has no meaning in a step that only renders a text',
        ],
    ),
    "a value that extracts": (
        in_step('value = "q"\nextract = "number"'),
        ['8: "extract" has no meaning in a step that only evaluates an expression'],
    ),
    "a template that asks": (
        in_step('use = "i"\nsystem = "x"'),
        [
            '7: there is no template "i" beside this one',
            '8: "system" has no meaning in a step that uses another template',
        ],
    ),
    "inner steps that ask, of which there are none": (
        in_step("do = []\nseed = 1"),
        ['7: "do" has no steps', '8: "seed" has no meaning in a step that is made of inner steps'],
    ),
    "an inner step that is no list": (
        in_step('[step.do]\nname = "x"\ntext = "y"'),
        ['7: "do" is an array of tables: [[step.do]], not a table'],
    ),
    "a program for a shell": (
        in_step('command = "ls -l"\ntimeout = 0'),
        [
            '7: "command" is a list of words, ["python3", "-I", "-"]: there is no shell',
            '8: "timeout" is a number of seconds above 0',
        ],
    ),
    "a program without words": (
        in_step('command = []\nstdin = 5\neffort = "low"'),
        [
            '7: "command" is empty',
            '8: "stdin" is a text, not the number 5',
            '9: "effort" has no meaning in a step that runs a program',
        ],
    ),
    "words of a program that are none": (
        in_step('command = ["ls", 5]'),
        ['7: "command" is a list of texts, and there is something else in it'],
    ),
    "keys of other kinds": (
        in_step('prompt = "x"\nwith = { a = 1 }\nstdin = "x"\ntimeout = 3'),
        [
            '8: "with" has no meaning in a step that asks a model',
            '9: "stdin" has no meaning in a step that asks a model',
            '10: "timeout" has no meaning in a step that asks a model',
        ],
    ),
    "steps within steps without end": (
        "".join(f'[[step{".do" * n}]]\nname = "a{n}"\n' for n in range(15)) + 'text = "x"',
        ["23: steps are nested more than 10 levels deep"],
    ),
    "keys without what they belong to": (
        in_step('prompt = "x"\nas = "y"\nserial = true\nlimit = 3\nuntil = "x"\nstart = { b = 1 }\nvote = "all"'),
        [
            '8: "as" has no meaning without "for_each"',
            '9: "serial" has no meaning without "for_each"',
            '10: "limit" has no meaning without "for_each"',
            '11: "until" has no meaning without "repeat"',
            '12: "start" has no meaning without "repeat"',
            '13: "vote" has no meaning without "samples"',
        ],
    ),
    "a judge without samples": (
        in_step('prompt = "x"\n[step.judge]\nprompt = "y"'),
        ['8: "judge" has no meaning without "samples"'],
    ),
    "keys of the step around below its inner steps": (
        in_step('repeat = 2\n[[step.do]]\nname = "x"\ntext = "y"\nuntil = "x"\nserial = true'),
        [
            (
                '11: "until" has no meaning without "repeat"; what belongs to the step around must stand '
                "above the first [[step.do]]"
            ),
            (
                '12: "serial" has no meaning without "for_each"; what belongs to the step around must '
                "stand above the first [[step.do]]"
            ),
        ],
    ),
    "samples without a vote": (
        in_step('prompt = "x"\nsamples = 3'),
        ['8: "samples" needs a "vote": "majority", "check", "judge", "score", "mean" or "all"'],
    ),
    "no samples": (in_step('prompt = "x"\nsamples = 0\nvote = "all"'), ['8: "samples" is a number at least 1, not 0']),
    "half a sample": (
        in_step('prompt = "x"\nsamples = 2.5\nvote = "al"'),
        [
            '8: "samples" is a whole number, not the number 2.5',
            ('9: "vote" is "majority", "check", "judge", "score", "mean" or "all", not "al" (did you mean "all"?)'),
        ],
    ),
    "a vote that needs a check": (
        in_step('prompt = "x"\nsamples = 2\nvote = "check"'),
        ['9: the vote "check" takes the first sample that passes "check", and there is none here'],
    ),
    "a vote that needs a judge": (
        in_step('prompt = "x"\nsamples = 2\nvote = "judge"'),
        ['9: the vote "judge" needs a judge: a table [step.judge] with a prompt'],
    ),
    "a vote that needs a judge, in one prompt": (
        'samples = 2\nprompt = "x"\nvote = "score"',
        ['3: the vote "score" needs a judge: a table [judge] with a prompt'],
    ),
    "a judge and another vote": (
        in_step('prompt = "x"\nsamples = 2\nvote = "majority"\n[step.judge]\nprompt = "y"'),
        ['10: "judge" has no meaning with the vote "majority": it is for "judge" and "score"'],
    ),
    "keys that judges do not have": (
        in_step(
            'prompt = "x"\nsamples = 2\nvote = "judge"\n[step.judge]\nschema = { a = "text" }\nretries = 2\npromt = "x"'
        ),
        [
            '10: a judge needs a "prompt"',
            (
                '11: "schema" belongs to the step: in TOML it must stand above the first table within '
                "[[step]], and here it is inside [step.judge]"
            ),
            (
                '12: "retries" belongs to the step: in TOML it must stand above the first table within '
                "[[step]], and here it is inside [step.judge]"
            ),
            '13: "promt" is not a key of [step.judge] (did you mean "prompt"?)',
        ],
    ),
    "expressions in braces, and empty ones": (
        in_step('prompt = "x"\nfor_each = "{{ a }}"\nwhen = ""\nas = "model"'),
        [
            '8: "for_each" is an expression: write it without {{ and }}',
            '9: "when" is an expression, and is empty',
            '10: "model" is a reserved name',
        ],
    ),
    "expressions that are none": (
        in_step('prompt = "{{ item }}"\nfor_each = ["a"]\nwhen = true'),
        ['8: "for_each" is an expression, in quotes, not a list', '9: "when" is an expression, in quotes, not true'],
    ),
    "items that are called like an input": (
        in_step('prompt = "x"\nfor_each = "a"\nas = "q"'),
        ['9: "q" is already an input'],
    ),
    "items that are called like a step": (
        in_step('prompt = "x"\nfor_each = "a"\nas = "b"'),
        ['9: "b" is already a step'],
    ),
    "an input that is called like the items": (
        'prompt = "x"\nfor_each = "q"\n[inputs]\nitem = "text"\nq = "list"',
        ['2: "item" is already an input: say another name in "as"'],
    ),
    "a start for what does not change": (
        in_step('prompt = "{{ b }}"\nrepeat = 0\nstart = { c = 1 }'),
        [
            '7: "b" has no value in the first round: say in "start" what it is then',
            '8: "repeat" is a number at least 1, not 0',
            '9: "c" does not change in the rounds',
        ],
    ),
    "a start that is a date": (
        in_step('repeat = 2\nprompt = "x"\nstart = { b = 1979-05-27 }'),
        ['9: "b" holds a date, a number out of range, or too many levels of lists'],
    ),
    "needs of what is not above": (
        in_step('prompt = "x"\nneeds = ["b", "aa"]'),
        ['8: "aa" is not an earlier step (did you mean "a"?)', '8: "b" is not an earlier step'],
    ),
    "names that are none": (
        in_step(
            'prompt = "x"\n[[step]]\nname = "a b"\ntext = "x"\n[[step]]\ntext = "y"\n[[step]]\nname = "loop"\n'
            'text = "y"'
        ),
        [
            '9: "a b" cannot be used in a text: a name is made of letters, digits and _',
            "11: a step needs a name",
            '14: "loop" is a reserved name',
        ],
    ),
    "inner names that are taken": (
        in_step(
            '[[step.do]]\nname = "a"\ntext = "x"\n[[step.do]]\nname = "q"\ntext = "x"\n[[step.do]]\nname = '
            '"b"\ntext = "x"'
        ),
        ['8: "a" is already a step', '11: "q" is already an input', '14: "b" is already a step'],
    ),
    "an input that is called like the one step": (
        'prompt = "x"\n[inputs]\nanswer = "text"',
        ['3: "answer" is the name of the one step: the input needs another'],
    ),
    "assumptions that are no numbers": (
        in_step('prompt = "x"\nexpect_items = -1\nexpect_tokens = "x"'),
        ['8: "expect_items" is a number at least 0, not -1', '9: "expect_tokens" is a whole number, not the text "x"'],
    ),
    "tokens of what asks no model": (
        in_step('text = "x"\nexpect_tokens = 4'),
        ['8: "expect_tokens" has no meaning in a step that only renders a text'],
    ),
}


@pytest.mark.parametrize(("source", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_step_is_told_what_where_and_what_was_meant(source: str, expected: list[str]) -> None:
    """Every problem has its line in the TOML file, and all of a file are told at once."""
    assert told(source) == expected
