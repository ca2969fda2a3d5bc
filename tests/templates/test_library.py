"""Where templates are found, and what loading them costs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tchat.domain.errors import NotFound, UsageError
from tchat.paths import Paths, shipped_prompts
from tchat.templates.format import Use
from tchat.templates.library import Library, open_library
from tests.servers import ROOT

HEAVY = ("httpx", "httpx2", "openai", "anthropic", "google.genai", "rich", "PIL", "keyring", "textual", "click")


def put(folder: Path, name: str, title: str = "T") -> Path:
    """Write a small template and return its path."""
    path = folder / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'title = "{title}"\nprompt = "x"\n', "utf-8")
    return path


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    """Absolute ones and those that end in `.toml`."""
    path = put(tmp_path, "mine")
    assert Library(()).find(str(path)) == path
    assert Library(()).load(str(path)).name == "mine"


def test_the_project_hides_the_user_and_the_user_the_shipped(tmp_path: Path) -> None:
    """The nearest folder wins, by full and by plain name."""
    paths = Paths(config=tmp_path / "config", data=tmp_path, cache=tmp_path, state=tmp_path)
    library = open_library(paths, tmp_path)
    assert library.find("tldr") == shipped_prompts() / "basics" / "tldr.toml"
    mine = put(paths.prompts, "basics/tldr")
    assert library.find("basics/tldr") == library.find("tldr") == mine
    project = put(tmp_path / "prompts", "tldr")
    assert library.find("tldr") == project
    assert library.find("basics/tldr") == mine
    assert library.load("basics/tldr").name == "basics/tldr"
    assert library.load("explain").name == "basics/explain"


def test_a_template_looks_beside_itself_first(tmp_path: Path) -> None:
    """For the templates that it names."""
    put(tmp_path / "a", "x")
    beside = put(tmp_path / "b", "handlers/x")
    library = Library((tmp_path / "a",))
    assert library.find("handlers/x", beside=tmp_path / "b") == beside


def test_an_unknown_name_is_told_the_nearest(tmp_path: Path) -> None:
    """With its folder or without."""
    put(tmp_path, "basics/translate")
    library = Library((tmp_path,))
    with pytest.raises(NotFound, match=r"no template 'tranlsate' \(did you mean \"basics/translate\"\?\)"):
        library.find("tranlsate")
    with pytest.raises(NotFound, match=r'did you mean "basics/translate"'):
        library.find("basic/translate")
    with pytest.raises(NotFound):
        library.find("../basics/translate")


def test_a_plain_name_in_two_folders_is_not_guessed(tmp_path: Path) -> None:
    """The full names are offered."""
    put(tmp_path, "a/x")
    put(tmp_path, "b/x")
    with pytest.raises(UsageError) as raised:
        Library((tmp_path,)).find("x")
    assert raised.value.hint == 'say "a/x" or "b/x"'


def test_the_list_has_every_template_also_the_broken(tmp_path: Path) -> None:
    """One wrong file does not hide the others."""
    put(tmp_path, "good", "Good")
    (tmp_path / "bad.toml").write_text("promt = 1", "utf-8")
    bad, good = Library((tmp_path, tmp_path / "missing")).entries()
    assert (good.name, good.title, good.problem) == ("good", "Good", None)
    assert bad.problem is not None
    assert 'did you mean "prompt"' in bad.problem


def test_the_list_says_what_a_template_is(tmp_path: Path) -> None:
    """Enough to choose by."""
    about = 'title = "T"\nabout = "A"\ntechnique = "t"\npaper = "p"\ntags = ["x"]\n'
    (tmp_path / "a.toml").write_text(f'{about}[[step]]\nname = "s"\nuse = "handlers/b"', "utf-8")
    part = put(tmp_path, "handlers/b")
    (entry,) = Library((tmp_path,)).entries()
    assert (entry.title, entry.about, entry.technique, entry.paper, entry.tags) == ("T", "A", "t", "p", ("x",))
    assert entry.problem is None
    assert Library((tmp_path,)).find("handlers/b") == part


def test_parts_are_found_beside_the_template_that_uses_them(tmp_path: Path) -> None:
    """Two folders down, where they are not listed; elsewhere, those of the library."""
    put(tmp_path, "decompose/handlers/letter", "near")
    put(tmp_path, "handlers/letter", "far")
    library = Library((tmp_path,))
    for folder, title in {"decompose": "near", "basics": "far"}.items():
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "user.toml").write_text('[[step]]\nname = "s"\nuse = "handlers/letter"', "utf-8")
        deed = library.load(f"{folder}/user").steps[0].deed
        assert isinstance(deed, Use)
        assert deed.template.title == title
    assert [entry.name for entry in library.entries()] == ["basics/user", "decompose/user"]


def test_a_name_beside_is_exact(tmp_path: Path) -> None:
    """Folders beside a template are not searched."""
    put(tmp_path / "here", "other/x")
    put(tmp_path / "there", "y/x")
    assert Library((tmp_path / "there",)).find("x", beside=tmp_path / "here") == tmp_path / "there" / "y" / "x.toml"


def test_importing_templates_imports_nothing_heavy() -> None:
    """A command that only reads templates starts fast."""
    modules = ["format", "loading", "rendering", "library", "inputs", "runner"]
    code = f"import sys, {', '.join(f'tchat.templates.{name}' for name in modules)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert set(done.stdout.split()).isdisjoint(HEAVY)


def test_listing_what_is_shipped_imports_no_reader_of_templates(tmp_path: Path) -> None:
    """The list is there at once: what reads and checks templates, and what copies them, comes with its first use."""
    late = {"tchat.templates.loading", "tchat.templates.rendering", "tchat.templates.own", "minijinja", "difflib"}
    code = (
        "import sys; from tchat.cli.main import run; run(['prompts', 'list']);"
        f"print(sorted({late!r} & set(sys.modules)), file=sys.stderr)"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TCHAT_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env=environ
    )
    assert done.stderr == "[]\n"
    assert "self-consistency" in done.stdout


def test_vouched_templates_are_listed_as_checked_ones_are() -> None:
    """What comes with tchat is listed without being checked, and says the same."""
    shipped = shipped_prompts()
    assert Library((shipped,), vouched=shipped).entries() == Library((shipped,)).entries()


@pytest.mark.parametrize("quote", ['"""', "'''"])
def test_a_bracket_in_a_text_of_a_vouched_template_begins_no_table(tmp_path: Path, quote: str) -> None:
    """What it says of itself is read to its end."""
    about = f'about = {quote}\n[[step]]\n{quote}\ntitle = "T"\n'
    (tmp_path / "a.toml").write_text(f'{about}[[step]]\nname = "s"\nprompt = "x"\n', "utf-8")
    (entry,) = Library((tmp_path,), vouched=tmp_path).entries()
    assert (entry.title, entry.about) == ("T", "[[step]]\n")


@pytest.mark.parametrize(
    "source", ["title = 4\nprompt = 'x'", "tags = ['a', 1]\nprompt = 'x'", "a = ", "a = " + "[" * 5000]
)
def test_a_vouched_template_that_cannot_be_summarised_is_checked(tmp_path: Path, source: str) -> None:
    """Its entry says what is wrong with it, and the listing goes on."""
    (tmp_path / "bad.toml").write_text(source, "utf-8")
    put(tmp_path, "good")
    bad, good = Library((tmp_path,), vouched=tmp_path).entries()
    assert bad.problem is not None
    assert (good.title, good.problem) == ("T", None)


def test_a_path_that_may_not_be_looked_at_is_told(tmp_path: Path) -> None:
    """Too long for a file's name, say: it is no fault of tchat."""
    with pytest.raises(UsageError, match="cannot look at"):
        Library((tmp_path,)).load(f"{'x' * 300}.toml")
