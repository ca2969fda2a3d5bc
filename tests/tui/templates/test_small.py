"""Names in the composer, permissions, copies of shipped templates, what is kept of forms."""

from pathlib import Path

import pytest

from tchat.paths import Paths, shipped_prompts
from tchat.templates.library import open_library
from tchat.templates.own import OwnPrompts
from tchat.tui.templates.forms import Forms
from tchat.tui.templates.named import Named, named_template
from tchat.tui.templates.permissions import Permissions
from tests.tui.staged import CHAIN, template_of

NAMES = ("basics/tldr", "mine", "reasoning/self-consistency")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Folders of one user."""
    return Paths(config=tmp_path, data=tmp_path, cache=tmp_path, state=tmp_path)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("#tldr The moon.", Named("tldr", "The moon.")),
        ("#basics/tldr  The moon.\n\nIt turns.", Named("basics/tldr", "The moon.\n\nIt turns.")),
        ("#mine", Named("mine", "")),
        ("#tldr\nText below", Named("tldr", "Text below")),
        ("#nothing of the kind", None),
        ("# tldr", None),
        ("#3 is the issue", None),
        ("see #tldr", None),
        ("##tldr", None),
    ],
)
def test_a_text_that_begins_with_a_template_runs_it(text: str, named: Named | None) -> None:
    """Every other text is only a text, a heading and a number of an issue among them."""
    assert named_template(text, NAMES) == named


def test_a_permission_holds_for_one_digest_and_lasts(paths: Paths) -> None:
    """A template whose text changes has to be allowed anew; one without a digest always."""
    permissions = Permissions(paths)
    assert not permissions.has("abc")
    permissions.allow("abc", "code\nuntil tests pass")
    permissions.allow("def", "other")
    assert Permissions(paths).has("abc")
    assert not permissions.has("ab")
    assert not permissions.has("")
    assert permissions.file.read_text("utf-8").count("\n") == 2


def test_a_shipped_template_is_changed_as_a_copy(paths: Paths, tmp_path: Path) -> None:
    """With what it uses, each file told of; a copy that is there stays as it is, and an own file is its own copy."""
    shipped = shipped_prompts() / "decompose" / "decomposed.toml"
    own = OwnPrompts(folder=paths.prompts, library=open_library(paths, tmp_path))
    told: list[str] = []
    copy = own.editable("decompose/decomposed", told.append)
    assert copy == paths.prompts / "decompose" / "decomposed.toml"
    assert copy.read_bytes() == shipped.read_bytes()
    part = copy.parent / "handlers" / "fact.toml"
    assert part.is_file()
    assert {f"copied to {copy}", f"copied to {part}"} <= set(told)
    copy.write_text("mine", "utf-8")
    told.clear()
    assert own.editable("decompose/decomposed", told.append).read_text("utf-8") == "mine"
    assert own.editable(str(copy), told.append) == copy
    assert not told


def test_what_was_filled_in_is_kept_for_each_template() -> None:
    """Fields that were never shown have their defaults."""
    forms, template = Forms(), template_of(CHAIN)
    assert forms.texts_of(template) == {"text": "", "language": "English", "words": "20"}
    forms.keep("mine", {"text": "Hallo."})
    forms.keep("mine", {"words": "7"}, {})
    assert forms.texts_of(template) == {"text": "Hallo.", "language": "English", "words": "7"}
