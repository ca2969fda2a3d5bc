"""Attachments on their way out: prepared once, and only so many at the same time."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tchat.domain.message import ImagePart, Message
from tchat.domain.model import ModelFacts
from tchat.domain.request import Inline, Payload, Request
from tchat.media import preparing
from tchat.media.attachment import Source, attach
from tchat.media.blobs import Blobs
from tchat.media.preparing import Bounds, Ready, prepare
from tchat.outgoing import AT_ONCE, Outgoing
from tests.media.pictures import photo, saved


class _Held:
    """Prepares pictures when it is let go on, and counts them."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self._gate = threading.Event()
        self._at_work = threading.Event()

    def __call__(self, data: bytes, kind: str, name: str, bounds: Bounds) -> Ready:
        """Prepare one as soon as all may go on."""
        self.began.append(name)
        self._at_work.set()
        self._gate.wait(10)
        return prepare(data, kind, name, bounds)

    def run(self, *asks: Callable[[], object]) -> int:
        """Ask side by side, and return how many pictures are begun before the first is done."""
        threads = [threading.Thread(target=ask) for ask in asks]
        for thread in threads:
            thread.start()
        self._at_work.wait(10)
        for thread in threads:
            thread.join(0.05)
        begun = len(self.began)
        self._gate.set()
        for thread in threads:
            thread.join(10)
        return begun


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> _Held:
    """What prepares pictures."""
    held = _Held()
    monkeypatch.setattr(preparing, "prepare", held)
    return held


def _request(part: ImagePart) -> Request:
    facts = ModelFacts(provider="anthropic", name="claude-sonnet-5-5")
    return Request(facts=facts, messages=(Message("user", (part,)),))


def _parts(blobs: Blobs, count: int) -> list[ImagePart]:
    made = [attach(Source(saved(photo((60 + n, 40)), "PNG"), f"{n}.png"), blobs) for n in range(count)]
    return [part for part in made if isinstance(part, ImagePart)]


def test_a_picture_that_is_asked_for_at_once_is_prepared_once(tmp_path: Path, held: _Held) -> None:
    """Samples, a run's calls side by side, a comparison of models: they wait for one another."""
    blobs = Blobs(tmp_path)
    outgoing = Outgoing(blobs, lambda _: "anthropic", lambda: ())
    (part,) = _parts(blobs, 1)
    payloads: list[Payload] = []
    begun = held.run(*[lambda: payloads.append(outgoing.payload(part, _request(part)))] * 5)
    assert (begun, held.began) == (1, ["0.png"])
    assert len(payloads) == 5
    assert all(isinstance(payload, Inline) and payload == payloads[0] for payload in payloads)


def test_only_so_many_pictures_are_prepared_at_the_same_time(tmp_path: Path, held: _Held) -> None:
    """Each may take hundreds of megabytes."""
    blobs = Blobs(tmp_path)
    outgoing = Outgoing(blobs, lambda _: "anthropic", lambda: ())
    parts = _parts(blobs, 5)
    asks = [lambda part=part: outgoing.payload(part, _request(part)) for part in parts]
    assert held.run(*asks) == AT_ONCE
    assert sorted(held.began) == [part.name for part in parts]
