"""The plan of a run as a table."""

import pytest

from tchat.cli.layout import width_of
from tchat.cli.run_plan import plan_text
from tchat.domain.model import ModelFacts, Price
from tchat.paths import shipped_prompts
from tchat.templates.inputs import fill_plain
from tchat.templates.library import Library
from tchat.templates.plan import plan
from tchat.templates.weighing import PlanWorld
from tests.templates.scripted import TODAY, picture

FACTS = ModelFacts(provider="anthropic", name="claude-opus-5-5-20260901", price=Price(input=5.0, output=25.0))


@pytest.mark.parametrize("entry", Library((shipped_prompts(),)).files())
def test_a_plan_fits_eighty_cells(entry: str) -> None:
    """The table of every shipped template, whatever it asks; what has no room in it stands below."""
    template = Library((shipped_prompts(),)).load(entry)
    inputs = fill_plain(template, {spec.name: "x" for spec in template.inputs if spec.default is None}, picture)
    made = plan(template, inputs, PlanWorld(facts=lambda _: FACTS, today=TODAY, attach=picture))
    table, _, _ = plan_text(made, 80).partition("\n\n")
    assert max(map(width_of, table.split("\n"))) <= 80
    if not any(line.endswith("cost") and "model" in line for line in table.split("\n")):
        assert f"model: {FACTS.ref}\n" in plan_text(made, 80)
    assert str(FACTS.ref) in plan_text(made)
