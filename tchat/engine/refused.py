"""Settings that a model has refused in this session: the same value is not sent to it again."""

from collections.abc import Mapping

from msgspec import Struct

from tchat.domain.errors import BadRequest, ProviderError
from tchat.domain.model import ModelRef
from tchat.domain.request import Settings
from tchat.providers.fitting import value_of, without


class _Refusal(Struct, frozen=True):
    """What was refused, and what there is to say whenever it is left out."""

    value: object
    notice: str


class RefusedSettings:
    """Remembers what models refuse; threads may read it while it learns."""

    def __init__(self) -> None:
        self._known: Mapping[ModelRef, Mapping[str, _Refusal]] = {}

    def left_out(self, ref: ModelRef, settings: Settings) -> tuple[Settings, tuple[str, ...]]:
        """Return settings without the values that a model has refused, and a notice for each."""
        notices: list[str] = []
        for parameter, refusal in self._known.get(ref, {}).items():
            if value_of(settings, parameter) == refusal.value:
                settings = without(settings, parameter)
                notices.append(refusal.notice)
        return settings, tuple(notices)

    def learn(self, ref: ModelRef, settings: Settings, error: ProviderError) -> tuple[Settings, str] | None:
        """Return settings without the one that an error objects to, and a notice; None if it objects to none."""
        parameter = error.origin.parameter
        if not isinstance(error, BadRequest) or parameter is None:
            return None
        fewer = without(settings, parameter)
        if fewer == settings:
            return None
        refusal = _Refusal(
            value_of(settings, parameter), f"{ref} does not take {parameter}: sent without it ({error.message})"
        )
        self._known = {**self._known, ref: {**self._known.get(ref, {}), parameter: refusal}}
        return fewer, refusal.notice
