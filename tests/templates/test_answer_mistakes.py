"""What is said of answers that are wrong: extract, check and schema."""

import pytest

from tests.templates.documents import in_step, in_steps, told

WRONG = {
    "a stage after a list": (
        in_step('prompt = "x"\nextract = ["lines", "number"]'),
        ['8: "extract" goes on after a stage that makes a list: put that one last'],
    ),
    "a stage with a typo": (
        in_step('prompt = "x"\nextract = "numbr"'),
        ['8: "numbr" is not a stage of extract (did you mean "number"?)'],
    ),
    "stages": (
        in_step(
            'prompt = "x"\nextract = ["after", 5, { aftr = "x" }, { after = "x", tag = "y" }, { after = '
            '" " }, { tag = "<x>" }, {}]'
        ),
        [
            '8: "after" and "tag" exclude each other: write a list of stages',
            '8: "after" is a stage that is a table: { after = … }',
            '8: "after" is empty',
            '8: "aftr" is not a key of a stage of extract (did you mean "after"?)',
            '8: "tag" is the name of a tag, without < and >, not "<x>"',
            (
                '8: a stage of extract is "text", "number", "first_number", "letter", "yesno", "line", '
                '"lines", "json", "code" or "boxed", or a table with "after", "tag", "regex" or "map"'
            ),
            '8: a stage of extract needs "after", "tag", "regex" or "map"',
        ],
    ),
    "regular expressions": (
        in_step(
            'prompt = "x"\nextract = [{ regex = "(" }, { regex = "(a)", group = 2 }, { regex = '
            '"(?P<ab>a)", group = "ac", which = "frst" }, { regex = "a", group = true }, { tag = "x", '
            'which = "all" }, { regex = "[[a]" }, { regex = 5 }]'
        ),
        [
            '8: "2" is not a group of the regular expression',
            '8: "ac" is not a group of the regular expression',
            '8: "group" is the number or the name of a group',
            '8: "regex" is a text, not the number 5',
            '8: "regex" is not a regular expression: Possible nested set at position 1',
            '8: "regex" is not a regular expression: missing ), unterminated subpattern at position 0',
            '8: "which" has no meaning without "regex"',
            '8: "which" is "first", "last" or "all", not "frst" (did you mean "first"?)',
        ],
    ),
    "tables of words": (
        in_step('prompt = "x"\nextract = [{ map = {} }, { map = "x" }, { map = { a = 1979-05-27 } }]'),
        [
            '8: "a" holds a date, a number out of range, or too many levels of lists',
            '8: "map" is a table of words: { yes = true, no = false }',
            '8: "map" is a table, not the text "x"',
        ],
    ),
    "no stage": (
        in_step('prompt = "x"\nextract = []'),
        ['8: "extract" is a stage or a list of stages, and this list is empty'],
    ),
    "two ways to read a reply": (
        in_step('prompt = "x"\nextract = "json"\nschema = { a = "text" }'),
        ['8: "extract" and "schema" exclude each other: a schema says how the reply is read'],
    ),
    "retries of what cannot fail": (
        in_step('prompt = "x"\nretries = 3\nif_missing = "null"'),
        [
            '8: "retries" has no meaning without "extract", "schema" or "check"',
            '9: "if_missing" has no meaning without "extract", "schema" or "check"',
        ],
    ),
    "what is missing": (
        in_step('prompt = "x"\nretries = -1\nextract = "number"\nif_missing = "nul"'),
        [
            '8: "retries" is a number at least 0, not -1',
            '10: "if_missing" is "stop" or "null", not "nul" (did you mean "null"?)',
        ],
    ),
    "checks": (
        in_step(
            'prompt = "x"\ncheck = { contain = "x", number = "5", tolerance = -1, one_of = [], matches '
            '= "(", contains = 5, lacks = ["a", 5], max_words = 2.5, min_words = -1, expr = 5, command '
            '= "ls", abstain = 1, threshold = 1 }'
        ),
        [
            '8: "abstain" is true, or the phrases that say so, not the number 1',
            '8: "command" is a list of words, ["python3", "-I", "-"]: there is no shell',
            '8: "contain" is not something to check (did you mean "contains"?)',
            '8: "contains" is a text or a list of texts, not the number 5',
            '8: "expr" is an expression, in quotes, not the number 5',
            '8: "lacks" is a text or a list of texts',
            '8: "matches" is not a regular expression: missing ), unterminated subpattern at position 0',
            '8: "max_words" is a whole number, not the number 2.5',
            '8: "min_words" is a whole number, not the number -1',
            '8: "number" is a number, not the text "5"',
            '8: "one_of" is a list of at least one value',
            '8: "threshold" is a number from 0 to below 1, not the number 1',
            '8: "tolerance" is a number that is not negative, not the number -1',
        ],
    ),
    "a tolerance of nothing": (
        in_step('prompt = "x"\ncheck = { tolerance = 1 }'),
        ['8: "tolerance" has no meaning without "number"'],
    ),
    "a key of the step below its check": (
        in_step('prompt = "x"\n[step.check]\nmax_words = 5\nretries = 3'),
        [
            (
                '10: "retries" belongs to the step: in TOML it must stand above the first table within '
                "[[step]], and here it is inside [step.check]"
            )
        ],
    ),
    "schemas in short form": (
        in_step(
            'prompt = "x"\nschema = { a = "txt", b = "string", c = ["list"], d = [], e = {}, f = "a | '
            'a", g = "int, 9 to 1", h = 5, "i?" = "text", "" = "text", "i" = "text", j = "a |", k = '
            '"x" }'
        ),
        [
            '8: "" in "schema" has no name',
            (
                '8: "a" in "schema" is "text", "int", "number", "bool", or words such as "yes | no", not '
                '"txt" (did you mean "text"?)'
            ),
            (
                '8: "b" in "schema" is "text", "int", "number", "bool", or words such as "yes | no", not '
                '"string" (did you mean "text"?)'
            ),
            (
                '8: "c" in "schema" is "text", "int", "number", "bool", or words such as "yes | no", not '
                '"list" (did you mean ["text"]?)'
            ),
            '8: "d" in "schema" is a list that holds the type of its items, once: ["text"]',
            '8: "e" in "schema" is a table with a key for each value: { answer = "text" }',
            '8: "f" in "schema" has a word twice, or none between two bars: "a | a"',
            '8: "g" in "schema" has an empty range: "9 to 1"',
            ('8: "h" in "schema" is a type in words: "text", "int", "number", "bool", or words such as "yes | no"'),
            '8: "i" in "schema" is there twice',
            '8: "j" in "schema" has a word twice, or none between two bars: "a |"',
            '8: "k" in "schema" is "text", "int", "number", "bool", or words such as "yes | no", not "x"',
        ],
    ),
    "what no schema is": (
        in_steps(
            'prompt = "x"\nschema = 5',
            'prompt = "x"\nschema = []',
            'prompt = "x"\nschema = {}',
            'prompt = "x"\nschema = "s.json"',
            'prompt = "x"\nschema = [{ a = "txt" }]',
            'prompt = "x"\nschema = { a = 1979-05-27 }',
        ),
        [
            '5: "schema" is a table, a list of one, or the name of a file, not the number 5',
            '9: "schema" is a list that holds the type of its items, once: ["text"]',
            '13: "schema" is a table with a key for each value: { answer = "text" }',
            '17: "s.json" is not in the template\'s folder',
            (
                '21: "a" in "schema" is "text", "int", "number", "bool", or words such as "yes | no", not '
                '"txt" (did you mean "text"?)'
            ),
            '25: "schema" holds a date, a number out of range, or too many levels of lists',
        ],
    ),
    "a schema on lines of its own": (
        in_step('prompt = "x"\n[step.schema]\na = "text"\nb = "txt"\n[step.schema.c]\nd = "txt"'),
        [
            (
                '10: "b" in "schema" is "text", "int", "number", "bool", or words such as "yes | no", not '
                '"txt" (did you mean "text"?)'
            ),
            (
                '12: "c.d" in "schema" is "text", "int", "number", "bool", or words such as "yes | no", '
                'not "txt" (did you mean "text"?)'
            ),
        ],
    ),
}


@pytest.mark.parametrize(("source", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_told_what_where_and_what_was_meant(source: str, expected: list[str]) -> None:
    """Every problem has its line in the TOML file, and all of a file are told at once."""
    assert told(source) == expected
