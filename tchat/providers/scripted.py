"""The provider that ships with tchat: its models play scripts, the same every time and without a network.

`script/NAME` plays a script that comes with tchat, `script/PATH.toml` one of the user's own.
"""

import asyncio
import tomllib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import msgspec
from msgspec.structs import asdict, replace

from tchat.domain.errors import BadRequest, Origin, UnknownModel
from tchat.domain.events import Event, Finished, Metered, ReasoningDelta, Started, TextDelta
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.usage import Usage
from tchat.paths import user_path
from tchat.providers.base import Endpoint, WireRequest
from tchat.providers.script import Action, Deed, Echo, Fail, Finish, Meter, Pause, Say, Script, Think, pieces

FOLDER = Path(__file__).resolve().parent / "scripts"
"""The scripts that come with tchat."""
CHARACTERS = 4
"""How many characters count as one token where a script gives no figures."""
BREATH = 32
"""After how many deltas without a pause other tasks get their turn."""


class ScriptedProvider:
    """Plays scripts in place of a model.

    Args:
        endpoint: only its name is used.
        sleep: waits for some seconds.
    """

    def __init__(self, endpoint: Endpoint, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._endpoint = endpoint
        self._sleep = sleep
        self._asked: dict[tuple[str, int], int] = {}

    @property
    def name(self) -> str:
        """The provider's name in model references."""
        return self._endpoint.name

    async def stream(self, request: Request) -> AsyncGenerator[Event]:
        """Play the turn that the conversation has come to; the last one goes on for ever.

        Raises:
            UnknownModel: there is no such script.
            BadRequest: the file is no script.
            ProviderError: the script says so.
        """
        origin = Origin(provider=self.name, model=request.model)
        turns = self._script(request.model, origin).turns
        number = min(sum(message.role == "assistant" for message in request.messages), len(turns) - 1)
        self._asked[request.model, number] = attempt = self._asked.get((request.model, number), 0) + 1
        performance = _Performance(request, origin, attempt)
        for action in turns[number].actions:
            async with aclosing(self._played(performance, action)) as events:
                async for event in events:
                    yield event
            if performance.is_finished:
                return
        for event in performance.finished(Finish()):
            yield event

    async def wire(self, request: Request) -> WireRequest:
        """Return what a script is played to: the conversation in tchat's own words.

        Raises:
            UnknownModel: there is no such script.
            BadRequest: the file is no script.
        """
        self._script(request.model, Origin(provider=self.name, model=request.model))
        body = {"system": request.system, "messages": request.messages, "settings": request.settings}
        return WireRequest(
            api="script",
            method="PLAY",
            url=f"{self.name}:{request.model}",
            headers={},
            body=msgspec.json.decode(msgspec.json.encode({name: value for name, value in body.items() if value})),
            notes=("a script is played inside tchat: nothing goes over a network",),
        )

    async def models(self) -> tuple[ModelFacts, ...]:
        """Return the scripts that come with tchat."""
        names = sorted(path.stem for path in FOLDER.glob("*.toml"))
        return tuple(self._facts(name) for name in names)

    async def warm(self) -> None:
        """Do nothing: there is nothing to import."""

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""

    def _facts(self, name: str) -> ModelFacts:
        script = self._script(name, Origin(provider=self.name, model=name))
        return ModelFacts(provider=self.name, name=name, title=script.about, listed=True, **asdict(script.facts))

    def _script(self, name: str, origin: Origin) -> Script:
        try:
            content = _file(name).read_bytes()
        except (OSError, RuntimeError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise UnknownModel(
                f"{self.name} has no script {name!r}: {why}",
                hint=f"`tchat models {self.name}` lists what it has; a file is named with its .toml",
                origin=origin,
            ) from error
        try:
            return msgspec.convert(tomllib.loads(content.decode()), Script)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
            raise BadRequest(
                f"{name} is not a script: {error}", hint="docs/scripted-provider.md has the format", origin=origin
            ) from error

    async def _played(self, performance: "_Performance", action: Action) -> AsyncGenerator[Event]:
        if isinstance(action, Pause):
            await self._sleep(action.seconds)
            return
        every = action.every if isinstance(action, Say | Think | Echo) else 0.0
        deltas = 0
        for event in performance.events(action):
            yield event
            if isinstance(event, TextDelta | ReasoningDelta):
                deltas += 1
                if every or deltas % BREATH == 0:
                    await self._sleep(every)


class _Performance:
    """One reply as a script has it, and what was said of it so far."""

    def __init__(self, request: Request, origin: Origin, attempt: int) -> None:
        self._request = request
        self._origin = origin
        self._attempt = attempt
        self._is_started = False
        self._usage = Usage()
        self._said = 0
        self._thought = 0
        self.is_finished = False
        """Whether the last event was given."""

    def events(self, action: Deed) -> Iterator[Event]:
        """Return what an action adds.

        Raises:
            ProviderError: the action is a failure.
        """
        match action:
            case Say():
                yield from self._deltas(action.text * action.times, action.cut, TextDelta)
            case Think():
                yield from self._deltas(action.text * action.times, action.cut, ReasoningDelta)
            case Echo():
                yield from self._deltas(self._request.messages[-1].text, action.cut, TextDelta)
            case Meter():
                yield from self._metered(Usage(**asdict(action)))
            case Fail():
                if action.first is None or self._attempt <= action.first:
                    raise action.failure(self._origin)
            case Finish():
                yield from self.finished(action)

    def finished(self, action: Finish) -> Iterator[Event]:
        """Return what ends the reply; usage that the script does not give is counted by characters."""
        self.is_finished = True
        if self._usage == Usage():
            read = len(self._request.system or "") + sum(len(message.text) for message in self._request.messages)
            written = _tokens(self._said) + _tokens(self._thought)
            yield from self._metered(
                Usage(input=_tokens(read), output=written, reasoning=_tokens(self._thought) or None)
            )
        yield from self._started()
        yield Finished(action.reason, action.detail)

    def _deltas(self, text: str, cut: int, kind: type[TextDelta] | type[ReasoningDelta]) -> Iterator[Event]:
        yield from self._started()
        for piece in pieces(text, cut):
            if kind is TextDelta:
                self._said += len(piece)
            else:
                self._thought += len(piece)
            yield kind(piece)

    def _metered(self, usage: Usage) -> Iterator[Event]:
        usage = self._usage.raised_to(usage)
        if usage != self._usage:
            self._usage = usage
            yield from self._started()
            yield Metered(usage)

    def _started(self) -> Iterator[Event]:
        if not self._is_started:
            self._is_started = True
            yield Started(model=self._request.model)


def script_facts(known: ModelFacts) -> ModelFacts:
    """Return the facts of a scripted model with what its script says over them, if there is such a script."""
    try:
        script = msgspec.convert(tomllib.loads(_file(known.name).read_text("utf-8")), Script)
    except (OSError, RuntimeError, ValueError):
        return known
    said = {name: value for name, value in asdict(script.facts).items() if value is not None}
    if script.facts.price is not None:
        said["price"] = script.facts.price
    return replace(known, **said)


def _file(name: str) -> Path:
    return user_path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"


def _tokens(characters: int) -> int:
    return -(-characters // CHARACTERS)
