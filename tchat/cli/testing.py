"""What `tchat test` is asked for: its options, and the templates with the tests that are wanted."""

from pathlib import Path

from msgspec import Struct

from tchat.cli.choosing import Chosen
from tchat.domain.errors import UsageError
from tchat.templates.format import Case, Template

_LIVE_ONLY = ("repeat", "max_cost", "jobs", "resume")


class Options(Struct, frozen=True, kw_only=True):
    """The options of the command, beside the templates."""

    live: bool = False
    replay: Path | None = None
    columns: tuple[str, ...] = ()
    """Where recorded replies are."""
    keyword: str | None = None
    limit: int | None = None
    """0 for every row; None for what the test says."""
    repeat: int | None = None
    max_cost: float | None = None
    jobs: int | None = None
    resume: str | None = None
    allow_commands: bool = False
    chart: bool = False
    junit: Path | None = None
    as_json: bool = False
    verbose: bool = False
    model: str | None = None
    effort: str | None = None
    options: tuple[str, ...] = ()
    """Settings of the model."""

    def check(self) -> None:
        """See whether the options go together.

        Raises:
            UsageError: they do not.
        """
        if self.live and self.replay:
            raise UsageError("--live and --replay exclude each other: a model answers, or what was recorded")
        for name in _LIVE_ONLY:
            if getattr(self, name) is not None and not self.live:
                raise UsageError(f"--{name.replace('_', '-')} has no meaning without --live")
        if self.model is not None and not self.live:
            raise UsageError("--model has no meaning without --live")
        if self.columns and self.replay is None:
            raise UsageError("--column has no meaning without --replay")

    def wants(self, template: str, case: Case) -> bool:
        """Whether a test is among those with the word in their names."""
        return self.keyword is None or self.keyword.casefold() in f"{template} {case.name}".casefold()


class Loaded(Struct, frozen=True):
    """A template, and those of its tests that are wanted."""

    chosen: Chosen
    template: Template
    cases: tuple[Case, ...]
