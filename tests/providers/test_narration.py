"""Laws of a reply's events in the making, whatever is said in whatever pieces."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.events import Event, Finished, Metered, ReasoningDelta, Sealed, Started, TextDelta
from tchat.domain.usage import Usage
from tchat.providers.narration import Narration

FIGURES = st.none() | st.integers(0, 99)
SAYINGS = st.one_of(
    st.tuples(st.sampled_from(["speak", "think"]), st.text(max_size=4) | st.none() | st.integers()),
    st.tuples(st.just("meter"), st.builds(Usage, input=FIGURES, output=FIGURES)),
    st.tuples(st.just("take"), st.none()),
)
EMOJI = "\U0001f680"
HALVES = ("\ud83d", "\ude80")


def tell(sayings: list[tuple[str, object]]) -> list[Event]:
    """Return the events of a reply that says all of this, given out where it says `take`."""
    narration = Narration()
    narration.begin("model", None)
    narration.begin("another", None)
    events: list[Event] = []
    for verb, what in sayings:
        if verb == "speak":
            narration.speak(what)
        elif verb == "think":
            narration.think(what)
        elif isinstance(what, Usage):
            narration.meter(what)
        else:
            events += narration.take(more=True)
    narration.finish("stop", sealed=[1])
    return [*events, *narration.take(more=False)]


@settings(max_examples=100)
@given(st.lists(SAYINGS, max_size=20))
def test_a_narration_keeps_the_laws_of_a_stream(sayings: list[tuple[str, object]]) -> None:
    """One start, one end, no empty delta, growing usage, and every text in its order."""
    events = tell(sayings)
    assert events[0] == Started(model="model")
    assert events[-2:] == [Sealed([1]), Finished("stop")]
    for verb, kind in (("speak", TextDelta), ("think", ReasoningDelta)):
        told = [event.text for event in events if isinstance(event, kind)]
        assert all(told)
        assert "".join(told) == "".join(what for said, what in sayings if said == verb and isinstance(what, str))
    usage = Usage()
    for event in events:
        if isinstance(event, Metered):
            assert event.usage == usage.raised_to(event.usage) != usage
            usage = event.usage
    everything = Usage()
    for _, what in sayings:
        everything = everything.raised_to(what) if isinstance(what, Usage) else everything
    assert usage == everything


@settings(max_examples=50)
@given(st.lists(st.sampled_from([EMOJI, *HALVES, "a"]), max_size=8), st.lists(st.booleans(), max_size=8))
def test_a_narration_joins_halves_however_they_come(pieces: list[str], cuts: list[bool]) -> None:
    """Halves of a pair meet across deltas and reads; a lone half becomes U+FFFD, and never more than that."""
    sayings: list[tuple[str, object]] = []
    for place, piece in enumerate(pieces):
        sayings.append(("speak", piece))
        if place < len(cuts) and cuts[place]:
            sayings.append(("take", None))
    told = "".join(event.text for event in tell(sayings) if isinstance(event, TextDelta))
    whole = "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert told == whole


def test_a_narration_says_neighbours_at_once() -> None:
    """Deltas of one kind between two reads are one event."""
    sayings: list[tuple[str, object]] = [("think", "a"), ("think", "b"), ("speak", "c"), ("speak", "d"), ("think", "e")]
    assert tell(sayings)[1:-2] == [ReasoningDelta("ab"), TextDelta("cd"), ReasoningDelta("e")]
