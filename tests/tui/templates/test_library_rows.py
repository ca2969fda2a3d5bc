"""What the library lists: groups in an order one can learn, or what fits the words, the best first."""

from pathlib import Path

from tchat.templates.library import Entry
from tchat.tui.templates.library_rows import Row, Section, matching, rows_of

ENTRIES = (
    Entry(name="basics/tldr", path=Path("a"), title="Three sentences", technique="zero-shot", tags=("summary",)),
    Entry(name="check/confidence", path=Path("b"), problem='confidence.toml:3: "mean" is not a filter'),
    Entry(name="mine", path=Path("c"), about="Counts calories in recipes."),
    Entry(name="reasoning/self-consistency", path=Path("d"), title="Vote", technique="self-consistency"),
    Entry(name="zoo/animals", path=Path("e"), title="Animals", technique="zero-shot"),
)


def _shown(rows: tuple[Row, ...]) -> list[str]:
    return [f"# {row.title}" if isinstance(row, Section) else row.name for row in rows]


def test_folders_come_in_the_order_of_the_library() -> None:
    """One's own come first, then other folders, then the shipped ones from simple to intricate."""
    assert _shown(rows_of(ENTRIES, "")) == [
        "# own", "mine", "# zoo", "zoo/animals", "# basics", "basics/tldr", "# reasoning",
        "reasoning/self-consistency", "# check", "check/confidence",
    ]  # fmt: skip


def test_techniques_group_across_folders() -> None:
    """What names none comes last."""
    assert _shown(rows_of(ENTRIES, " ", "technique")) == [
        "# self-consistency", "reasoning/self-consistency", "# zero-shot", "basics/tldr", "zoo/animals",
        "# no technique named", "check/confidence", "mine",
    ]  # fmt: skip


def test_words_are_found_in_name_title_about_technique_and_tags() -> None:
    """Every one of them, in any order; letters with gaps between them only in the name."""

    def found(words: str) -> list[str]:
        return [entry.name for entry in matching(ENTRIES, words)]

    assert found("tldr") == ["basics/tldr"]
    assert found("slfcons") == ["reasoning/self-consistency"]
    assert found("summary three") == ["basics/tldr"]
    assert found("calories") == ["mine"]
    assert found("clrs") == []
    assert found("zero-shot") == ["basics/tldr", "zoo/animals"]
    assert found("zero-shot calories") == []


def test_a_template_with_mistakes_is_listed() -> None:
    """It can be found by what is wrong with it, too."""
    assert [entry.name for entry in matching(ENTRIES, "filter")] == ["check/confidence"]
