"""Runs the tests of a template without a model: with the replies that are written down in them."""

import datetime as dt

from msgspec import Struct

from tchat.domain.errors import TchatError
from tchat.domain.message import ImagePart
from tchat.domain.text import one_line
from tchat.templates.expecting import Expectation
from tchat.templates.format import Case, Template
from tchat.templates.inputs import fill_plain
from tchat.templates.offline import OfflineModel
from tchat.templates.outcomes import Outcome, outcome_of
from tchat.templates.rendering import Renderer
from tchat.templates.runner import Run
from tchat.templates.world import RunProgram, World

_LONGEST = 500
"""Characters of an output that a problem shows."""


class Result(Struct, frozen=True, kw_only=True):
    """How a test ended."""

    template: str
    file: str
    name: str
    line: int
    problems: tuple[str, ...] = ()
    """What was not as it should be; nothing if the test has passed."""
    calls: int = 0
    seconds: float = 0.0

    @property
    def place(self) -> str:
        """File and line of the test."""
        return f"{self.file}:{self.line}"


async def run_offline(
    template: Template, case: Case, *, today: dt.date | None = None, run_program: RunProgram | None = None
) -> Result:
    """Run one test with its replies and return how it ended.

    Args:
        template: whose test it is.
        case: the test.
        today: what `today` is in texts.
        run_program: runs the programs of the test, and of steps that have no replies; None where none may run.
    """
    model = OfflineModel(case.replies, run_program=run_program)
    expectation = Expectation(case.expect, Renderer(template.file), run_program)
    try:
        inputs = fill_plain(template, case.inputs, picture_by_name)
        world = World(
            ask=model,
            today=today or dt.datetime.now().astimezone().date(),
            jobs=1,
            run_program=model.run_program,
            prepare_picture=None,
            attach=picture_by_name,
        )
        outcome = await outcome_of(Run(template, inputs, world).events())
        problems = _ended(outcome) or await expectation.unmet(outcome, inputs)
    except TchatError as error:
        outcome, problems = Outcome(), [_told(error)]
    if problems and outcome.error is None and outcome.text:
        problems.append(f"the output is {_shortened(outcome.text)}")
    if outcome.error is None and case.calls not in (None, model.calls):
        problems.append(f"it makes {_calls(model.calls)}, and the test says {case.calls}")
    return Result(
        template=template.name,
        file=template.file,
        name=case.name,
        line=case.line,
        problems=tuple(problems),
        calls=model.calls,
        seconds=outcome.seconds,
    )


def picture_by_name(name: str) -> ImagePart:
    """Return a picture that is known by its name alone: without a model, nobody looks at it."""
    return ImagePart(digest=name, media_type="image/png", name=name)


def is_offline(case: Case) -> bool:
    """Whether a test needs neither a model nor recorded replies."""
    return case.data is None


def _ended(outcome: Outcome) -> list[str]:
    """Return what kept the run from an output."""
    return [_told(outcome.error)] if outcome.error is not None else []


def _told(error: TchatError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _shortened(text: str) -> str:
    line = one_line(text)
    return f'"{line if len(line) <= _LONGEST else line[:_LONGEST] + "…"}"'


def _calls(number: int) -> str:
    return "no call" if number == 0 else "1 call" if number == 1 else f"{number} calls"
