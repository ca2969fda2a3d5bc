"""Laws of pasted paths."""

from pathlib import Path

import pytest

from tchat.tui.dropped import dropped_paths, existing, readings


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A picture and a PDF, one with blanks and an apostrophe in its name."""
    picture, paper = tmp_path / "my sister's chart.PNG", tmp_path / "paper.pdf"
    picture.touch()
    paper.touch()
    return picture, paper


def _found(text: str, folder: Path) -> tuple[Path, ...]:
    return existing(readings(text), folder)


def test_plain_paths_are_found(files: tuple[Path, Path], tmp_path: Path) -> None:
    """A line of its own each, blanks and apostrophes included, in either case of the suffix."""
    picture, paper = files
    assert _found(f"{picture}\n", tmp_path) == (picture,)
    assert _found(f"{picture}\r\n{paper}\r\n".replace("\r", ""), tmp_path) == (picture, paper)


def test_quoted_paths_are_found(files: tuple[Path, Path], tmp_path: Path) -> None:
    """In single or double quotes, or with backslashes; several on a line."""
    picture, paper = files
    escaped = str(picture).replace(" ", "\\ ").replace("'", "\\'")
    assert _found(f'"{picture}"', tmp_path) == (picture,)
    assert _found(f"'{paper}' ", tmp_path) == (paper,)
    assert _found(f"{escaped} {paper} ", tmp_path) == (picture, paper)


def test_file_addresses_are_found(files: tuple[Path, Path], tmp_path: Path) -> None:
    """With or without a host, percent signs decoded."""
    picture, paper = files
    assert _found(picture.as_uri(), tmp_path) == (picture,)
    assert _found(f"file://localhost{paper}", tmp_path) == (paper,)


@pytest.mark.parametrize("name", ["a.HEIC", "speech.aiff", "talk.mp4", "clip.webm"])
def test_files_of_every_kind_are_found(tmp_path: Path, name: str) -> None:
    """Pictures, sound and films."""
    (tmp_path / name).touch()
    assert _found(str(tmp_path / name), tmp_path) == (tmp_path / name,)


def test_paths_are_seen_from_the_folder(files: tuple[Path, Path], tmp_path: Path) -> None:
    """A relative path begins at the folder that is worked in."""
    _, paper = files
    assert _found("./paper.pdf", tmp_path) == (paper,)


def test_one_missing_file_makes_all_of_it_text(files: tuple[Path, Path], tmp_path: Path) -> None:
    """A list of paths is taken as a whole or not at all."""
    _, paper = files
    assert _found(f"{paper}\n{tmp_path}/missing.png", tmp_path) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "paper.pdf",
        "see /tmp/paper.pdf please",
        "https://example.org/chart.png",
        "/etc/passwd",
        "file://[/x.png",
        "a\0/b.png",
        "/" + "x" * 9_000 + ".png",
        "it's in /tmp/what.txt",
    ],
)
def test_what_is_no_path_of_a_picture_stays_text(text: str, tmp_path: Path) -> None:
    """Words, sentences, web addresses and other files are inserted as they are."""
    (tmp_path / "paper.pdf").touch()
    assert _found(text, tmp_path) == ()


async def test_dropped_paths_are_looked_up_beside_the_event_loop(files: tuple[Path, Path], tmp_path: Path) -> None:
    """What is found is what the disk has; a text that names nothing costs no look."""
    assert await dropped_paths(str(files[1]), tmp_path) == (files[1],)
    assert await dropped_paths("hello", tmp_path) == ()
