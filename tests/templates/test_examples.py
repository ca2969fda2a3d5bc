"""The worked examples of the design load, and say what they were written to say."""

from pathlib import Path

import pytest

from tchat.domain.errors import TemplateError
from tchat.templates.format import Step, Template, Use
from tchat.templates.library import Library
from tchat.templates.loading import load_file

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "design" / "examples"
UNSUPPORTED = "18-react"

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples come with ../shared, which is not here")


def example(name: str) -> Template:
    """Return one of the examples."""
    return load_file(EXAMPLES / f"{name}.toml")


@pytest.mark.parametrize("name", sorted({path.stem for path in EXAMPLES.glob("*.toml")} - {UNSUPPORTED}))
def test_an_example_loads(name: str) -> None:
    """With a title, steps and tests."""
    template = example(name)
    assert template.title
    assert template.steps
    assert template.tests


def test_tools_are_refused() -> None:
    """And nothing else is wrong with the example that has them."""
    with pytest.raises(TemplateError) as raised:
        example(UNSUPPORTED)
    assert raised.value.message == (
        f'{EXAMPLES / UNSUPPORTED}.toml:7: "tools" is not supported by this version of tchat'
    )


def test_a_handler_is_the_template_beside() -> None:
    """It is found from the example's folder, in the library's ways too."""

    def handler(step: Step) -> Path:
        assert isinstance(step.deed, Use)
        return Path(step.deed.template.file).resolve()

    expected = (EXAMPLES / "handlers" / "last-letter.toml").resolve()
    assert handler(example("17-decomposed").steps[1]) == expected
    assert handler(Library(()).load(str(EXAMPLES / "17-decomposed.toml")).steps[1]) == expected
