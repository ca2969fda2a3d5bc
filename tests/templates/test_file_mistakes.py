"""What is said of files that are wrong: TOML, keys where they do not belong, inputs, limits and tests."""

import pytest

from tchat.templates.vocabulary import ABOUT, AT_TOP, JUDGE, STEP
from tests.templates.documents import in_step, told

WRONG = {
    "a name with a typo": (
        'prompt = "x {{ quest }}"\n[inputs]\nquestion = "text"',
        ['1: "quest" is not an input or an earlier step (did you mean "question"?)'],
    ),
    "the input that needs no declaration": (
        'prompt = "{{ inputt }}"',
        ['1: "inputt" is not an input or an earlier step (did you mean "input"?)'],
    ),
    "limits in the singular": (
        '[[step]]\nname = "a"\nprompt = "x"\n[limit]\nmax_calls = 3',
        ['4: "limit" is not a key of a template (did you mean "limits"?)'],
    ),
    "a test's key at the top": ('prompt = "x"\nexpect = { number = 3 }', ['2: "expect" belongs to a [[test]]']),
    "the line within a long prompt": (
        "\n\nprompt = '''\n\nfine\n  {{ input }} {{ inptu }}\n'''",
        ['6: "inptu" is not an input or an earlier step (did you mean "input"?)'],
    ),
    "the line after a continued line": (
        'prompt = """\\\n   a \\\n   b\n{{ x }}"""',
        ['4: "x" is not an input or an earlier step'],
    ),
    "a top-level key below a step": (
        '[[step]]\nname = "a"\nprompt = "x"\n\noutput = "{{ a }}"',
        [
            (
                '5: "output" belongs to the whole file: in TOML it must stand above the first [table], and '
                "here it is inside [[step]]"
            )
        ],
    ),
    "a prompt below the inputs": (
        '[inputs]\nquestion = "text"\nprompt = "{{ question }}"',
        [
            (
                '3: "prompt" belongs to the whole file: in TOML it must stand above the first [table], and '
                "here it is inside [inputs]"
            )
        ],
    ),
    "a call key below the examples": (
        'prompt = "x"\n[[examples]]\nuser = "u"\nassistant = "a"\ntemperature = 0',
        [
            (
                '5: "temperature" belongs to the whole file: in TOML it must stand above the first '
                "[table], and here it is inside [[examples]]"
            )
        ],
    ),
    "a step's key below its examples": (
        '[[step]]\nname = "a"\n[[step.examples]]\nuser = "u"\nassistant = "a"\nprompt = "x"',
        [
            '1: step "a" needs one of "prompt", "text", "value", "use", "do" or "command"',
            (
                '6: "prompt" belongs to the step: in TOML it must stand above the first table within '
                "[[step]], and here it is inside [[step.examples]]"
            ),
        ],
    ),
    "a step's key at the top": ('prompt = "x"\nneeds = ["a"]', ['2: "needs" belongs to a [[step]]']),
    "an unknown key": ('promt = "x"', ['1: "promt" is not a key of a template (did you mean "prompt"?)']),
    "an unknown key of a step": (
        '[[step]]\nname = "a"\nprompt = "x"\nmodl = "fast"',
        ['4: "modl" is not a key of [[step]] (did you mean "model"?)'],
    ),
    "nothing to do": (
        'title = "T"',
        ['1: there is nothing to do: a template has a "prompt" at its top, or [[step]] tables'],
    ),
    "prompt and steps": (
        'prompt = "x"\n[[step]]\nname = "a"\nprompt = "y"',
        ['1: "prompt" at the top and [[step]] exclude each other: move the prompt into a step of its own'],
    ),
    "a later step": (
        '[[step]]\nname = "a"\nprompt = "{{ b }}"\n[[step]]\nname = "b"\nprompt = "x"',
        ['3: "b" is not an earlier step: a step uses what stands above it'],
    ),
    "a name twice": (
        '[[step]]\nname = "a"\nprompt = "x"\n[[step]]\nname = "a"\nprompt = "x"',
        ['5: "a" is already a step'],
    ),
    "a reserved name": (
        'prompt = "x"\n[inputs]\nmodel = "text"\n[[test]]\nname = "t"',
        ['3: "model" is a reserved name'],
    ),
    "an unknown input type": (
        'prompt = "x"\n[inputs]\na = "txt"\nb = { type = "integer" }',
        [
            (
                '3: "a" is "text", "int", "number", "bool", "choice", "list", "file", "image" or "json", '
                'not "txt" (did you mean "text"?)'
            ),
            (
                '4: "type" is "text", "int", "number", "bool", "choice", "list", "file", "image" or '
                '"json", not "integer" (did you mean "int"?)'
            ),
        ],
    ),
    "wrong types and ranges": (
        'prompt = 5\ntemperature = 3\nmax_tokens = "many"\neffort = "hihg"\ntags = "a"',
        [
            '1: "prompt" is a text, not the number 5',
            '2: "temperature" is a number from 0 to 2, not 3',
            '3: "max_tokens" is a whole number, not the text "many"',
            (
                '4: "effort" is "none", "minimal", "low", "medium", "high", "xhigh" or "max", not "hihg" '
                '(did you mean "high"?)'
            ),
            '5: "tags" is a list of texts, not the text "a"',
        ],
    ),
    "defaults that do not fit": (
        (
            'prompt = "x"\n[inputs]\na = { type = "int", default = "x" }\nb = { type = "int", default = '
            '9, max = 5 }\nc = { type = "choice", choices = ["red", "blue"], default = "rde" }\nd = { '
            'type = "text", min = 3 }\ne = { type = "choice" }\nf = { type = "file", default = '
            '"../secret" }'
        ),
        [
            '3: the default of "a" is wrong: "x" is not of type int',
            '4: the default of "b" is wrong: 9 is more than 5',
            '5: the default of "c" is wrong: "rde" is not "red" or "blue" (did you mean "red"?)',
            '6: "min" is for inputs of type int and number, and "d" is text',
            '7: "e" needs choices, a list of texts',
            '8: the default of "f" is wrong: "../secret" is not in the template\'s folder',
        ],
    ),
    "two inputs of stdin": (
        'prompt = "x"\n[inputs]\na = { type = "text", stdin = true }\nb = { type = "text", stdin = true }',
        ['4: "b" cannot take stdin too: only one input can'],
    ),
    "syntax in a text": ("prompt = '''\nfine\n{% if x %}\n'''", ["3: unexpected end of input, expected end of block"]),
    "an unknown filter": (
        "prompt = '''\n{{ input }}\n{{ input | fenc }}'''",
        ['3: "fenc" is not a filter (did you mean "fence"?)'],
    ),
    "an unknown test": ('prompt = "{{ input is weird }}"', ['1: "weird" is not a test']),
    "a method": (
        'prompt = "{{ input.upper() }}"',
        ['1: "upper" cannot be called: values have no methods, only filters'],
    ),
    "another template": ("prompt = '{% include \"x\" %}'", ['1: "include" does nothing here: a template is one file']),
    "a newer format": (
        'format = 2\nprompt = "x"',
        ["1: format 2 is newer than this version of tchat, which reads format 1"],
    ),
    "no TOML": ('prompt = "x"\ntitle = \n', ["2: not valid TOML: Invalid value"]),
    "no TOML at the end": ('prompt = "x"\ntitle = """', ["2: not valid TOML: Unterminated string"]),
    "all at once, in the order of the lines": (
        'promt = "a"\nprompt = "{{ x }}"\nsamples = 5\n[limits]\nmax_call = 1\n[inputs]\na = "txt"\n',
        [
            '1: "promt" is not a key of a template (did you mean "prompt"?)',
            '2: "x" is not an input or an earlier step',
            '3: "samples" needs a "vote": "majority", "check", "judge", "score", "mean" or "all"',
            '5: "max_call" is not a key of [limits] (did you mean "max_calls"?)',
            (
                '7: "a" is "text", "int", "number", "bool", "choice", "list", "file", "image" or "json", '
                'not "txt" (did you mean "text"?)'
            ),
        ],
    ),
    "what is not supported, at the top": (
        'prompt = "x"\ntools = ["calc"]',
        ['2: "tools" is not supported by this version of tchat'],
    ),
    "keys of a step at the top": (
        'needs = ["a"]\nextract = "number"\n[[step]]\nname = "a"\nprompt = "x"',
        ['1: "needs" belongs to a [[step]]', '2: "extract" belongs to a [[step]]'],
    ),
    "tables of a step at the top": (
        ('[[step]]\nname = "a"\nprompt = "x"\nsamples = 2\nvote = "judge"\n[judge]\nprompt = "y"\n[[do]]\nname = "x"'),
        [
            '5: the vote "judge" needs a judge: a table [step.judge] with a prompt',
            '6: "judge" belongs to a [[step]]: write [step.judge]',
            '8: "do" belongs to a [[step]]: write [[step.do]]',
        ],
    ),
    "a kind of step at the top": ('text = "x"', ['1: "text" belongs to a [[step]]']),
    "keys of steps beside one prompt": (
        'prompt = "x"\ncontinue = "a"\nuse = "x"\nname = "b"',
        ['2: "continue" belongs to a [[step]]', '3: "use" belongs to a [[step]]', '4: "name" belongs to a [[step]]'],
    ),
    "a step that is no list": (
        '[step]\nname = "a"\nprompt = "x"',
        ['1: "step" is an array of tables: [[step]], not a table'],
    ),
    "keys below a judge": (
        in_step(
            'samples = 2\nvote = "judge"\nprompt = "x"\n[step.judge]\nprompt = "y"\nfor_each = "a"\noutput = "{{ a }}"'
        ),
        [
            (
                '12: "for_each" belongs to the step: in TOML it must stand above the first table within '
                "[[step]], and here it is inside [step.judge]"
            ),
            (
                '13: "output" belongs to the whole file: in TOML it must stand above the first [table], '
                "and here it is inside [step.judge]"
            ),
        ],
    ),
    "keys below a judge of an inner step": (
        in_step(
            '[[step.do]]\nname = "c"\nsamples = 2\nvote = "judge"\nprompt = "x"\n[step.do.judge]\nprompt = '
            '"y"\nfor_each = "a"'
        ),
        [
            (
                '14: "for_each" belongs to the step: in TOML it must stand above the first table within '
                "[[step.do]], and here it is inside [step.do.judge]"
            )
        ],
    ),
    "keys of the file in a step": (
        in_step('prompt = "x"\nlimits = { max_calls = 3 }\ntitle = "x"'),
        [
            (
                '8: "limits" belongs to the whole file: in TOML it must stand above the first [table], and '
                "here it is inside [[step]]"
            ),
            (
                '9: "title" belongs to the whole file: in TOML it must stand above the first [table], and '
                "here it is inside [[step]]"
            ),
        ],
    ),
    "a key of a step below limits": (
        in_step('prompt = "x"\n[limits]\nextract = "number"'),
        ['9: "extract" belongs to a [[step]], and here it is inside [limits]'],
    ),
    "a key of the step below its start": (
        in_step('repeat = 2\nprompt = "x"\n[step.start]\nuntil = "b"'),
        [
            (
                '10: "until" belongs to the step: in TOML it must stand above the first table within '
                "[[step]], and here it is inside [step.start]"
            )
        ],
    ),
    "limits": (
        'prompt = "x"\n[limits]\nmax_calls = -1\nmax_cost = "x"\nmax_calls_ = 1',
        [
            '3: "max_calls" is a number at least 0, not -1',
            '4: "max_cost" is a number, not the text "x"',
            '5: "max_calls_" is not a key of [limits] (did you mean "max_calls"?)',
        ],
    ),
    "no format": ('format = 0\nprompt = "x"', ["1: there is no format 0: this version of tchat reads format 1"]),
    "tests of what is not there": (
        (
            'prompt = "{{ input }}"\n[[test]]\nnme = "x"\ninputs = { input = 5, x = 1 }\nreplies = { '
            'answer = [], b = "x", "answer.judge" = "y" }\nexpect = { contain = "x" }\nmap = { a = "b" }\n'
            'limit = 0\nrepeat = 2\noutput = "x"'
        ),
        [
            '3: "nme" is not a key of [[test]] (did you mean "name"?)',
            '4: "input" is wrong: 5 is not of type text',
            '4: "x" is not an input',
            '5: "answer" has no replies',
            '5: "answer.judge" is not a step that asks a model or runs a program (did you mean "answer"?)',
            '5: "b" is not a step that asks a model or runs a program',
            '6: "contain" is not something to expect (did you mean "contains"?)',
            '7: "map" has no meaning without "data"',
            '8: "limit" has no meaning without "data"',
            '8: "limit" is a number at least 1, not 0',
            '9: "repeat" has no meaning without "data"',
            (
                '10: "output" belongs to the whole file: in TOML it must stand above the first [table], '
                "and here it is inside [[test]]"
            ),
        ],
    ),
    "a test without what is needed": (
        'prompt = "{{ input }}"\n[[test]]\nreplies = { answer = 5 }',
        [
            '2: the test gives no "input", which the template needs',
            '3: "answer" is a text or a list of texts, not the number 5',
        ],
    ),
    "columns for nothing": (
        (
            'prompt = "{{ input }}"\n[[test]]\ndata = "d.csv"\nmap = { inptu = "a", expected = "b", input '
            '= 5 }\nexpect = { number = "{{ expectd }}" }'
        ),
        [
            '4: "expected" is not an input, and not used by expect (did you mean "expectd"?)',
            '4: "inptu" is not an input, and not used by expect (did you mean "input"?)',
            '4: "input" is a text, not the number 5',
        ],
    ),
}


OF_THE_FILE = "belongs to the whole file: in TOML it must stand above the first [table], and here it is inside"
OF_THE_STEP = "belongs to the step: in TOML it must stand above the first table within [[step]], and here it is inside"


@pytest.mark.parametrize("key", [*ABOUT, "inputs", "limits", "test", *AT_TOP])
def test_a_key_of_the_file_below_a_table_is_told_its_place(key: str) -> None:
    """The commonest mistake in TOML."""
    assert f'5: "{key}" {OF_THE_FILE} [limits]' in told(f'prompt = "x"\n[inputs]\nq = "text"\n[limits]\n{key} = 1')


@pytest.mark.parametrize("key", [*ABOUT, "inputs", "limits", "test"])
def test_a_key_of_the_file_in_a_step_is_told_its_place(key: str) -> None:
    """Also in a step within another."""
    assert f'8: "{key}" {OF_THE_FILE} [[step]]' in told(in_step(f'prompt = "x"\n{key} = 1'))
    assert f'10: "{key}" {OF_THE_FILE} [[step.do]]' in told(
        in_step(f'[[step.do]]\nname = "c"\nprompt = "x"\n{key} = 1')
    )


@pytest.mark.parametrize("key", sorted({*STEP} - {*JUDGE}))
def test_a_key_of_a_step_below_its_judge_is_told_its_place(key: str) -> None:
    """In TOML, a table ends where the next begins."""
    said = told(in_step(f'prompt = "x"\nsamples = 2\nvote = "judge"\n[step.judge]\nprompt = "y"\n{key} = 1'))
    assert said == [f'12: "{key}" {OF_THE_STEP} [step.judge]']


@pytest.mark.parametrize("table", ["examples", "start", "check", "schema"])
def test_a_key_of_a_step_below_its_other_tables_is_told_its_place(table: str) -> None:
    """Whatever else the table could take."""
    header = "[[step.examples]]" if table == "examples" else f"[step.{table}]"
    needed = {
        "examples": 'user = "u"\nassistant = "a"',
        "start": "b = 1",
        "check": "min_words = 1",
        "schema": 'a = "int"',
    }
    said = told(in_step(f'prompt = "x"\nrepeat = 2\n{header}\n{needed[table]}\nsamples = 3'))
    assert said == [f'{12 if table == "examples" else 11}: "samples" {OF_THE_STEP} {header}']


@pytest.mark.parametrize(("source", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_told_what_where_and_what_was_meant(source: str, expected: list[str]) -> None:
    """Every problem has its line in the TOML file, and all of a file are told at once."""
    assert told(source) == expected
