"""What texts and expressions may mention: everything here loads."""

import pytest

from tchat.templates.filters import FILTERS
from tests.templates.documents import in_step, in_steps, load

INNER = '[[step.do]]\nname = "x"\n'
SECOND = '[[step.do]]\nname = "y"\n'

KNOWN = {
    "inputs and earlier steps": in_steps(
        'prompt = "{{ q }}"', 'text = "{{ q }} {{ a }} {{ today }}"', 'value = "[a, b]"'
    ),
    "how a step came about": in_steps('prompt = "x"', 'text = "{{ run.a.text }} {{ run.a.usage.input }} {{ run.a }}"'),
    "items": in_steps('for_each = "q"\nprompt = "{{ item }} {{ index }}"\nsystem = "{{ item }}"\nmodel = "{{ item }}"'),
    "items by name": in_steps('for_each = "q"\nas = "z"\nserial = true\nprompt = "{{ z }} {{ done[0].z }}"'),
    "items in checks": in_steps(
        'for_each = "q"\nprompt = "x"\ncheck = { expr = "value == item", equals = "{{ index }}" }'
    ),
    "items in counts": in_steps('for_each = "q"\nprompt = "x"\nsamples = "index"\nvote = "all"\nrepeat = "item"'),
    "items in programs": in_steps('for_each = "q"\ncommand = ["x", "{{ item }}"]\nstdin = "{{ index }}"'),
    "items within": in_steps(
        f'for_each = "q"\n{INNER}text = "{{{{ item }}}} {{{{ q }}}}"\n{SECOND}text = "{{{{ x }}}}"'
    ),
    "items of items": in_steps(
        f'for_each = "q"\n{INNER}for_each = "item"\nas = "z"\ntext = "{{{{ item }}}} {{{{ z }}}}"'
    ),
    "a loop's newest value": in_steps('repeat = 3\nstart = { a = "{{ q }}" }\nuntil = "a"\nprompt = "{{ a }}"'),
    "a loop's end": in_steps('repeat = "q"\nuntil = "a and run.a.rounds > 1"\nprompt = "x"'),
    "inner steps at the end": in_steps(
        f'repeat = 2\nuntil = "x and y and run.x.share and run.a.rounds"\n'
        f'{INNER}prompt = "z"\n{SECOND}text = "{{{{ x }}}}"'
    ),
    "inner steps from the round before": in_steps(
        f'repeat = 2\nstart = {{ y = 1 }}\n{INNER}when = "y"\nprompt = "{{{{ y }}}}"\n'
        f'{SECOND}prompt = "{{{{ y }}}} {{{{ x }}}}"'
    ),
    "a start within items": in_steps('for_each = "q"\nrepeat = 2\nstart = { a = "{{ item }}" }\nprompt = "{{ a }}"'),
    "inner steps of inner steps": in_steps(
        f'repeat = 2\nstart = {{ x = 1 }}\n{INNER}[[step.do.do]]\nname = "z"\n'
        f'text = "{{{{ x }}}}"\n{SECOND}text = "{{{{ x }}}}"'
    ),
    "models": in_steps('prompt = "{{ model.reasons }}"\nsystem = "{{ model.name }}"'),
    "models in examples": in_steps(
        'prompt = "x"\nexamples = [{ user = "{{ model.context }}", assistant = "{{ q }}" }]'
    ),
    "judges": in_steps(
        'prompt = "x"\nsamples = 2\nvote = "judge"\n[step.judge]\nprompt = "{{ candidates }} {{ model.name }}"\n'
        'system = "{{ model.provider }} {{ q }}"\nmodel = "{{ q }}"'
    ),
    "judges of each": in_steps(
        'for_each = "q"\nprompt = "x"\nsamples = 2\nvote = "score"\n[step.judge]\nprompt = "{{ candidate }} {{ item }}"'
    ),
    "examples": 'prompt = "{{ examples | length }}"\n[[examples]]\nuser = "u"\nassistant = "a"',
    "examples of a step": in_steps('prompt = "x"', 'prompt = "{{ examples }}"\nexamples_from = "a"'),
    "what minijinja gives": in_steps(
        'prompt = "{% set z = q %}{% for i in range(3) %}{{ loop.index }}{{ i + z }}{% endfor %}{{ dict(a=1).a }}"'
    ),
    "values in checks": in_step('prompt = "x"\ncheck = { expr = "value > 1 and q and a", max_words = "{{ q }}" }'),
    "values in tests": 'prompt = "{{ input }}"\n[[test]]\ninputs = { input = "x" }\n'
    'expect = { expr = "value == input" }',
    "columns": 'prompt = "{{ input }}"\n[[test]]\ndata = "d.csv"\nexpect = { equals = "{{ whatever }}" }',
    "the output": in_steps('prompt = "x"') + "[limits]\n",
}


@pytest.mark.parametrize("source", KNOWN.values(), ids=KNOWN)
def test_what_is_there_can_be_mentioned(source: str) -> None:
    """In every text and expression that is rendered where it is known."""
    assert load(source).steps


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_is_known(name: str) -> None:
    """In texts as in expressions."""
    assert load(f'prompt = "{{{{ input | {name} }}}}"\nwhen = "input | {name}"').steps


def test_an_item_may_be_called_like_another_ones() -> None:
    """What one step calls its items is nothing to the others."""
    each = 'for_each = "q"\nas = "z"\nprompt = "{{ z }}"'
    assert load(in_steps(each, each)).steps
