"""Laws of listing files to name."""

from pathlib import Path

import pytest

from tchat.tui import file_listing
from tchat.tui.file_listing import listed, resolved, scope_of


def _tree(top: Path, *names: str) -> None:
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_files_are_listed_nearest_first_and_hidden_ones_last(tmp_path: Path) -> None:
    """A folder before its content, level by level, in the order of the alphabet."""
    _tree(tmp_path, "b.txt", ".hidden", "a/deep/x.txt", "a/B.txt", "a/a.txt")
    assert listed(tmp_path, "") == ("a/", "b.txt", ".hidden", "a/a.txt", "a/B.txt", "a/deep/", "a/deep/x.txt")


def test_hidden_and_generated_folders_are_named_but_not_entered(tmp_path: Path) -> None:
    """Nobody attaches what a tool has put there."""
    _tree(tmp_path, ".git/config", "node_modules/x.js", "a.txt")
    assert listed(tmp_path, "") == ("a.txt", "node_modules/", ".git/")


def test_a_folder_that_was_named_is_entered(tmp_path: Path) -> None:
    """Names keep what was typed so far, hidden folders included."""
    _tree(tmp_path, ".config/app/x.toml", "a.txt")
    assert listed(tmp_path, ".config/") == (".config/app/", ".config/app/x.toml")


def test_elsewhere_one_folder_is_listed_at_a_time(tmp_path: Path) -> None:
    """Whole trees above the folder are too large."""
    _tree(tmp_path, "work/x.txt", "other/deep/y.txt", "z.txt")
    assert listed(tmp_path / "work", "../") == ("../other/", "../work/", "../z.txt")
    assert listed(tmp_path / "work", f"{tmp_path}/") == (f"{tmp_path}/other/", f"{tmp_path}/work/", f"{tmp_path}/z.txt")


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    """A link to a folder above would never end."""
    _tree(tmp_path, "a/x.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    assert listed(tmp_path, "") == ("a/", "a/up/", "a/x.txt")


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    """A folder that is not there has no files."""
    assert listed(tmp_path / "missing", "") == ()
    assert listed(tmp_path, "~nobody-of-this-name/") == ()


def test_a_listing_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many files there are, so many names are given."""
    _tree(tmp_path, *(f"{number}.txt" for number in range(30)))
    monkeypatch.setattr(file_listing, "_MOST", 10)
    assert len(listed(tmp_path, "")) == 10


def test_scope_is_the_folder_named_so_far() -> None:
    """Up to the last slash."""
    assert [scope_of(word) for word in ("ma", "src/ma", "src/", "/")] == ["", "src/", "src/", "/"]


def test_names_are_resolved_from_the_folder(tmp_path: Path) -> None:
    """Relative ones from the folder, absolute ones as they are."""
    assert resolved(tmp_path, "a/b.txt") == tmp_path / "a/b.txt"
    assert resolved(tmp_path, "/etc/hosts") == Path("/etc/hosts")
    assert resolved(tmp_path, "~/x").is_absolute()
