"""Laws of the groups of conversations and of the rows that they become."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as some

from tchat.domain.conversation import Conversation
from tchat.tui.grouping import Group, grouped, holding
from tchat.tui.rows import Heading, More, Row, first_conversation, followed, heading_above, key_of, rows_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2024, 11, 20, 0, 30, tzinfo=BERLIN)


def updated(moment: datetime, *, id: str = "c", title: str = "t") -> Conversation:  # noqa: A002
    """Return a conversation of a date."""
    return Conversation(id=id, title=title, created_at=0, updated_at=moment.timestamp())


def names(*conversations: Conversation) -> list[str]:
    """Return the headings of what is shown."""
    return [group.name for group in grouped(conversations, now=NOW.timestamp(), zone=BERLIN)]


def test_grouping_follows_local_midnight() -> None:
    """Half an hour ago is yesterday if midnight lies between."""
    assert names(updated(NOW - timedelta(minutes=29)), updated(NOW - timedelta(minutes=31))) == ["today", "yesterday"]


def test_grouping_names_the_week_and_then_months() -> None:
    """What is older than seven days stands under its month, months of other years apart."""
    moments = [(11, 18), (11, 13), (11, 12), (10, 31)]
    found = names(
        *(updated(datetime(2024, month, day, 12, tzinfo=BERLIN)) for month, day in moments),
        updated(datetime(2023, 11, 12, tzinfo=BERLIN)),
    )
    assert found == ["last 7 days", "November 2024", "October 2024", "November 2023"]


def test_grouping_counts_days_across_a_change_of_clocks() -> None:
    """A day of 25 hours is one day."""
    now = datetime(2024, 10, 28, 0, 15, tzinfo=BERLIN)
    late, early = datetime(2024, 10, 27, 0, 1, tzinfo=BERLIN), datetime(2024, 10, 26, 23, 59, tzinfo=BERLIN)
    groups = grouped((updated(late), updated(early)), now=now.timestamp(), zone=BERLIN)
    assert [group.name for group in groups] == ["yesterday", "last 7 days"]


def test_grouping_takes_the_future_for_today() -> None:
    """A clock that runs ahead on another machine makes no group of its own."""
    assert names(updated(NOW + timedelta(days=40))) == ["today"]


def test_grouping_sorts_pinned_first_folders_by_name_and_archived_last() -> None:
    """Archived counts before pinned, pinned before the folder."""
    shown = (
        Conversation(id="1", title="", created_at=0, updated_at=9, folder="work"),
        Conversation(id="2", title="", created_at=0, updated_at=8, folder="Art", archived=True, pinned=True),
        Conversation(id="3", title="", created_at=0, updated_at=7, folder="Art", pinned=True),
        Conversation(id="4", title="", created_at=0, updated_at=6, folder="Art"),
        Conversation(id="5", title="", created_at=0, updated_at=5),
    )
    groups = grouped(shown, now=NOW.timestamp(), zone=BERLIN)
    assert [(group.name, [one.id for one in group.conversations]) for group in groups] == [
        ("pinned", ["3"]),
        ("January 1970", ["5"]),
        ("folder: Art", ["4"]),
        ("folder: work", ["1"]),
        ("archived", ["2"]),
    ]


conversations = some.builds(
    Conversation,
    id=some.uuids().map(str),
    title=some.text(max_size=5),
    created_at=some.just(0.0),
    updated_at=some.floats(0, 2_000_000_000),
    pinned=some.booleans(),
    folder=some.sampled_from([None, None, "a", "B"]),
    archived=some.booleans(),
)
lists = some.lists(conversations, max_size=30, unique_by=lambda one: one.id).map(
    lambda found: tuple(sorted(found, key=lambda one: -one.updated_at))
)


@given(lists)
@settings(max_examples=60)
def test_grouping_loses_and_doubles_nothing(shown: tuple[Conversation, ...]) -> None:
    """Every conversation is in one group, in the order that was given, and no two groups share a key."""
    groups = grouped(shown, now=NOW.timestamp(), zone=BERLIN)
    assert sorted(one.id for group in groups for one in group.conversations) == sorted(one.id for one in shown)
    assert len({group.key for group in groups}) == len(groups)
    for group in groups:
        assert list(group.conversations) == [one for one in shown if one in group.conversations]


def rows(shown: tuple[Conversation, ...], *folded: str, has_more: bool = False) -> tuple[Row, ...]:
    """Return the rows of what is shown, groups of these keys folded."""

    def is_folded(group: Group) -> bool:
        return group.key in folded

    return rows_of(grouped(shown, now=NOW.timestamp(), zone=BERLIN), is_folded, has_more=has_more)


def test_rows_leave_out_what_is_folded() -> None:
    """A folded group is its heading."""
    shown = (updated(NOW, id="1"), updated(NOW - timedelta(days=1), id="2"))
    assert [key_of(row) for row in rows(shown, "today")] == ["group today", "group yesterday", "2"]


def test_rows_await_more_below_the_dates() -> None:
    """Further pages continue the dates, so they stand above the folders."""
    filed = Conversation(id="2", title="", created_at=0, updated_at=0, folder="f")
    keys = [key_of(row) for row in rows((updated(NOW, id="1"), filed), has_more=True)]
    assert keys == ["group today", "1", "more", "group folder f", "2"]
    assert isinstance(rows((), has_more=True)[0], More)


@given(lists, lists, some.integers(0, 100))
@settings(max_examples=60)
def test_cursor_stays_on_its_conversation(
    old: tuple[Conversation, ...], new: tuple[Conversation, ...], place: int
) -> None:
    """Whatever is shown next, the cursor stands on the same conversation if it is there, and always on a row."""
    before = rows(old)
    after = rows((*new, *old[::2]))
    place = min(place, max(0, len(before) - 1))
    found = followed(before, place, after)
    assert 0 <= found < max(1, len(after))
    if before and key_of(before[place]) in {key_of(row) for row in after}:
        assert key_of(after[found]) == key_of(before[place])


def test_cursor_goes_to_the_next_conversation_if_its_own_is_gone() -> None:
    """After a deletion one stands on what followed, at the end on what went before."""
    one, two, three = (updated(NOW - timedelta(minutes=n), id=str(n)) for n in range(3))
    whole = rows((one, two, three))
    assert followed(whole, 2, rows((one, three))) == 2
    assert followed(whole, 3, rows((one, two))) == 2


def test_cursor_on_the_row_for_more_stands_on_the_next_page_afterwards() -> None:
    """What was fetched takes the place of the row that stood for it."""
    one, two = updated(NOW, id="1"), updated(NOW - timedelta(minutes=1), id="2")
    before = rows((one,), has_more=True)
    after = rows((one, two), has_more=True)
    assert key_of(after[followed(before, 2, after)]) == "2"


def test_heading_above_is_that_of_the_group() -> None:
    """A row's heading is the nearest one above it."""
    shown = rows((updated(NOW, id="1"), updated(NOW - timedelta(days=1), id="2")))
    assert heading_above(shown, 1) == 0
    assert heading_above(shown, 3) == 2
    assert heading_above((), 0) is None
    assert first_conversation(shown) == 1
    assert isinstance(shown[0], Heading)


def test_filter_finds_every_word_in_title_or_folder() -> None:
    """Words count in any case and any order, over title and folder together."""
    shown = (
        Conversation(id="1", title="Moon landing", created_at=0, updated_at=0, folder="Straße"),
        Conversation(id="2", title="Moon", created_at=0, updated_at=0),
    )
    assert [one.id for one in holding(shown, "strasse MOON")] == ["1"]
    assert [one.id for one in holding(shown, "oon")] == ["1", "2"]
    assert holding(shown, "sun") == ()
