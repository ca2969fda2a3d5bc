"""What is said of texts and expressions that mention what is not there."""

import pytest

from tests.templates.documents import in_step, in_steps, told

WRONG = {
    "items and what goes with them, elsewhere": (
        in_steps(
            'prompt = "x"\nfor_each = "q"',
            'text = "{{ item }} {{ index }} {{ done }} {{ candidates }} {{ candidate }}"',
        ),
        [
            '8: "candidate" is known only in the prompt of a judge whose vote is "score"',
            '8: "candidates" is known only in the prompt of a judge',
            '8: "done" is known only in a step with "for_each" and "serial = true"',
            '8: "index" is known only in a step with "for_each"',
            '8: "item" is known only in a step with "for_each"',
        ],
    ),
    "an item before there is one": (
        in_steps('prompt = "x"\nfor_each = "q"\nwhen = "item"\nlimit = "index"'),
        ['6: "item" is known only in a step with "for_each"', '7: "index" is known only in a step with "for_each"'],
    ),
    "what was so far where all run at once": (
        in_steps('prompt = "{{ done }}"\nfor_each = "q"'),
        ['4: "done" is known only in a step with "for_each" and "serial = true"'],
    ),
    "what a step is known by": (
        in_steps(
            'prompt = "x"',
            (
                'text = "{{ run.a.txt }} {{ run.aa.text }} {{ run }} {{ run.b.text }} {{ run.a.text }} {{ '
                "run.a }} {{ run['a'].x }}\""
            ),
        ),
        [
            '7: "b" is not an earlier step: a step uses what stands above it',
            '7: "run" is used as run.step.field, such as run.answer.share',
            '7: "run.a.txt" is not known of a step (did you mean "text"?)',
            '7: "run.aa": "aa" is not an earlier step (did you mean "a"?)',
        ],
    ),
    "an input that was not run": (in_steps('prompt = "{{ run.q.text }}"'), ['4: "run.q": "q" is not an earlier step']),
    "a loop in its own end": (
        in_steps('prompt = "x"\nrepeat = 3\nuntil = "run.a.rounds > 1 and a and run.a.round"'),
        ['6: "run.a.round" is not known of a step (did you mean "rounds"?)'],
    ),
    "inner steps outside": (
        in_steps(
            'repeat = 2\nuntil = "x and a"\n[[step.do]]\nname = "x"\nprompt = "y"', 'text = "{{ x }} {{ run.x.text }}"'
        ),
        [
            '5: "a" is not an earlier step: a step uses what stands above it',
            '11: "x" is a step within "a", and is not known outside it',
        ],
    ),
    "inner steps from above": (
        in_steps(
            (
                '[[step.do]]\nname = "x"\nprompt = "{{ y }}"\n[[step.do]]\nname = "y"\nprompt = "{{ x }} {{ b '
                '}} {{ a }}"'
            ),
            'text = "z"',
        ),
        [
            '6: "y" is not an earlier step: a step uses what stands above it',
            '9: "a" is not an earlier step: a step uses what stands above it',
            '9: "b" is not an earlier step: a step uses what stands above it',
        ],
    ),
    "a loop without a start": (
        in_steps(
            'repeat = 2\n[[step.do]]\nname = "x"\nprompt = "{{ y }}"\n[[step.do]]\nname = "y"\nprompt = "{{ '
            'x }} {{ y }}"'
        ),
        [
            '7: "y" has no value in the first round: say in "start" what it is then',
            '10: "y" has no value in the first round: say in "start" what it is then',
        ],
    ),
    "a start with a typo": (
        in_steps(
            'repeat = 2\nstart = { yy = 1 }\n[[step.do]]\nname = "x"\nprompt = "{{ y }}"\n[[step.do]]\nname '
            '= "y"\nprompt = "x"'
        ),
        [
            '5: "yy" does not change in the rounds (did you mean "y"?)',
            '8: "y" has no value in the first round: say in "start" what it is then',
        ],
    ),
    "a model where none is asked": (
        in_steps('text = "{{ model.name }}"'),
        ['4: "model" is known only in the texts of a step that asks a model'],
    ),
    "a field that models do not have": (
        in_steps('prompt = "{{ model.nam }}"\nmodel = "{{ model }}"'),
        [
            '4: "model.nam" is not known of a model (did you mean "name"?)',
            '5: "model" is known only in the texts of a step that asks a model',
        ],
    ),
    "examples that are not there": (
        in_steps('prompt = "{{ examples }}"\nsystem = "{{ examples }}"'),
        [
            '4: "examples" is known only in a prompt that has examples',
            '5: "examples" is known only in a prompt that has examples',
        ],
    ),
    "names in checks": (
        in_steps(
            'prompt = "x"\ncheck = { max_words = "{{ qq }}", contains = ["a {{ value }}", "{{ q }}"], '
            'expr = "value > qq" }'
        ),
        [
            '5: "qq" is not an input or an earlier step (did you mean "q"?)',
            '5: "value" is known only in "expr" of a check',
        ],
    ),
    "names in counts": (
        in_steps('prompt = "x"\nfor_each = "q"\nrepeat = "n"\nsamples = "index + m"\nvote = "all"'),
        ['6: "n" is not an input or an earlier step', '7: "m" is not an input or an earlier step'],
    ),
    "names in programs": (
        in_steps('command = ["x", "{{ z }}"]\nstdin = """\n\n{{ zz }}"""'),
        ['4: "z" is not an input or an earlier step', '7: "zz" is not an input or an earlier step'],
    ),
    "lines of expressions": (
        in_steps('value = """\nq |\n fenc\n"""\nwhen = """q and\n  qq"""'),
        [
            '6: "fenc" is not a filter (did you mean "fence"?)',
            '9: "qq" is not an input or an earlier step (did you mean "q"?)',
        ],
    ),
    "expressions that are none": (
        in_steps(
            'value = "q +"', 'value = "q }} {{ q"', 'value = "a, b"', 'value = "q is weird"', 'value = "q.upper()"'
        ),
        [
            "4: unexpected end of variable block",
            '7: "q }} {{ q" is not an expression',
            "10: unexpected `,`, expected end of variable block",
            '13: "weird" is not a test',
            '16: "upper" cannot be called: values have no methods, only filters',
        ],
    ),
    "what minijinja has": (
        in_steps('prompt = "{{ self.x }} {{ super() }}"'),
        ['4: "self" is not an input or an earlier step', '4: "super" is not an input or an earlier step'],
    ),
    "what a test expects": (
        (
            'prompt = "{{ input }}"\n[[test]]\ninputs = { input = "x" }\nexpect = { contains = "{{ inpt '
            '}}", expr = "value == input and valu" }'
        ),
        [
            '4: "inpt" is not an input or an earlier step (did you mean "input"?)',
            '4: "valu" is not an input or an earlier step (did you mean "value"?)',
        ],
    ),
    "what a test with data expects": (
        (
            'prompt = "{{ input }}"\n[[test]]\ndata = "x"\nexpect = { contains = "{{ anything | fenc }}", '
            'expr = "value ==" }'
        ),
        ['4: "fenc" is not a filter (did you mean "fence"?)', "4: unexpected end of variable block"],
    ),
    "names of judges": (
        in_step(
            'prompt = "x"\nsamples = 2\nvote = "judge"\n[step.judge]\nprompt = "{{ candidate }} {{ '
            'candidates }} {{ b }}"\nmodel = "{{ model.name }}"'
        ),
        [
            '11: "b" is not an earlier step: a step uses what stands above it',
            '11: "candidate" is known only in the prompt of a judge whose vote is "score"',
            '12: "model" is known only in the texts of a step that asks a model',
        ],
    ),
    "a round before the first": (
        in_step('prompt = "{{ b }}"\nrepeat = 2\nuntil = "b"'),
        ['7: "b" has no value in the first round: say in "start" what it is then'],
    ),
}


@pytest.mark.parametrize(("source", "expected"), WRONG.values(), ids=WRONG)
def test_a_name_that_is_not_there_is_told_where(source: str, expected: list[str]) -> None:
    """With the line of the text that it stands on, and the nearest name that is."""
    assert told(source) == expected
