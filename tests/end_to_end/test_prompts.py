"""`tchat prompts`: listing, showing and writing templates in a home of one's own."""

import json
import shlex
import tomllib
from pathlib import Path

import pytest

from tests.end_to_end.running import Shell, says
from tests.servers import scripted

MINE = """
title = "Of mine"
about = "When nothing else helps."
technique = "own-way"
paper = "arXiv:1"
tags = ["Odd", "math"]

[inputs]
text = { type = "text", stdin = true, help = "what it is about" }
count = { type = "int", default = 3, min = 1, max = 9 }

[[step]]
name = "first"
prompt = "{{ text }}"

[[step]]
name = "second"
prompt = "{{ text }} {{ count }}"
samples = 3
vote = "majority"
extract = "number"

[[step]]
name = "last"
text = "{{ first }} {{ second }}"

[[test]]
inputs = { text = "it's", count = 2 }
replies = { first = "a", second = "1" }
"""


@pytest.fixture
def own(shell: Shell) -> Path:
    """The user's folder, with a template in it."""
    folder = shell.home / "prompts"
    (folder / "odd").mkdir(parents=True)
    (folder / "odd" / "mine.toml").write_text(MINE)
    return folder


def names(shell: Shell, *arguments: str) -> list[str]:
    """Return the names that `tchat prompts list` prints as JSON."""
    return [json.loads(line)["name"] for line in shell.run("prompts", "list", "--json", *arguments).out.splitlines()]


def test_the_list_is_grouped_and_aligned(shell: Shell, own: Path) -> None:
    """Folders with their templates below them, titles below each other; one with a mistake says so in its line."""
    (own / "odd" / "broken.toml").write_text("prompt = 4\n")
    done = shell.run("prompts", "list")
    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert {"basics/", "reasoning/", "odd/"} <= set(lines)
    mine = next(line for line in lines if line.startswith("  mine"))
    ask = next(line for line in lines if line.startswith("  ask "))
    assert mine.index("Of mine") == ask.index("Ask")
    assert mine.endswith("own-way")
    assert '"prompt" is a text, not the number 4' in next(line for line in lines if line.startswith("  broken"))


def test_templates_are_found_by_words_technique_and_tag(shell: Shell, own: Path) -> None:  # noqa: ARG001  # its files
    """Every word must be there, in name, title, description or tags, in either case."""
    assert names(shell, "NOTHING", "zebra") == []
    assert names(shell, "nothing", "OWN-way") == ["odd/mine"]
    assert names(shell, "--technique", "own-way") == ["odd/mine"]
    assert names(shell, "--tag", "odd", "--tag", "Math") == ["odd/mine"]
    assert names(shell, "--tag", "odd", "--technique", "few-shot-cot") == []
    assert "reasoning/few-shot-cot" in names(shell, "few-shot")


def test_a_template_is_shown_with_its_graph_and_a_command_that_runs_it(shell: Shell, own: Path) -> None:
    """Inputs with types and defaults, steps in waves with what they take, and a command whose words are the test's."""
    done = shell.run("prompts", "show", "mine")
    assert done.code == 0, done.err
    assert done.out.startswith("odd/mine: Of mine\n\nWhen nothing else helps.\n")
    assert "  --text   text, or piped in  needed  what it is about\n" in done.out
    assert "  --count  int 1..9           = 3\n" in done.out
    assert " 1 ┬ first   prompt\n" in done.out
    assert "   └ second  prompt, 3 samples, vote majority\n" in done.out
    assert " 2 ─ last    text  ← first, second\n" in done.out
    assert f"file       {own}/odd/mine.toml\n" in done.out
    example = done.out.partition("run it\n")[2]
    assert shlex.split(example.replace("\\\n", "")) == ["tchat", "run", "odd/mine", "--text", "it's", "--count", "2"]
    assert shell.run("prompts", "show", "mine", "--source").out == MINE
    assert shell.run("prompts", "path", "mine").out == f"{own}/odd/mine.toml\n"
    assert shell.run("prompts", "path").out == f"{own}\n"


@pytest.mark.parametrize("name", ["tldr", "few-shot-cot"])
def test_shipped_templates_are_shown(shell: Shell, name: str) -> None:
    """By their plain names too."""
    done = shell.run("prompts", "show", name)
    assert (done.code, done.err) == (0, "")
    assert "run it" in done.out


def test_a_name_that_is_none_is_told_with_the_nearest(shell: Shell) -> None:
    """A usage error with a suggestion."""
    done = shell.run("prompts", "show", "tldrr")
    assert done.code == 2
    assert 'did you mean "tldr"' in done.err.replace("basics/", "")


def test_a_new_template_can_be_run_and_tested_at_once(shell: Shell) -> None:
    """The starter is well made, passes its own test, and is never written over another one."""
    done = shell.run("prompts", "new", "notes/mine")
    assert done.code == 0, done.err
    path = shell.home / "prompts" / "notes" / "mine.toml"
    assert str(path) in done.err
    assert shell.run("check", str(path)).out.endswith("mine.toml: ok, 1 step, 1 test\n")
    assert shell.run("test", "notes/mine").code == 0
    assert shell.run("prompts", "new", "notes/mine").code == 2
    for name in ("../mine", "a/b/c", "", "/x", "a b"):
        assert shell.run("prompts", "new", name).code == 2, name
    assert [file.name for file in shell.home.rglob("*.toml")] == ["mine.toml"]


def test_the_starter_explains_keys_that_can_be_taken_in(shell: Shell) -> None:
    """Its comments are keys with their meaning: without the comment sign, the file is still well made."""
    shell.run("prompts", "new", "mine")
    path = shell.home / "prompts" / "mine.toml"
    lines = path.read_text().splitlines()
    offered = [line for line in lines if line.startswith("# ") and " = " in line]
    assert len(offered) >= 5
    chosen = next(line for line in offered if "temperature" in line)
    path.write_text("\n".join(line.removeprefix("# ") if line == chosen else line for line in lines))
    assert shell.run("check", str(path)).code == 0
    assert tomllib.loads(path.read_text())["temperature"] == 0.7


def test_a_shipped_template_is_copied_before_it_is_edited(shell: Shell) -> None:
    """The editor gets the user's copy, which is checked when it ends; the shipped file stays as it is."""
    shipped = Path(shell.run("prompts", "path", "tldr").out.strip())
    before = shipped.read_bytes()
    editor = "sed -i s/^title.*/title=4/"
    done = shell.run("prompts", "edit", "tldr", EDITOR=editor)
    own = shell.home / "prompts" / "basics" / "tldr.toml"
    assert done.code == 2
    assert f'{own}:1: "title" is a text, not the number 4' in done.err
    assert "opens it again" in done.err
    assert shipped.read_bytes() == before
    done = shell.run("prompts", "edit", "tldr", VISUAL="sed -i s/^title.*/title='\"Mine\"'/")
    assert (done.code, tomllib.loads(own.read_text())["title"]) == (0, "Mine"), done.err
    assert "Mine" in shell.sh("cd / && tchat prompts list mine").out


def test_a_copy_brings_the_files_that_it_names(shell: Shell, own: Path) -> None:
    """Templates that it uses, data and schemas go along, so that the copy works; a name that is taken is refused."""
    (own / "odd" / "handlers").mkdir()
    (own / "odd" / "handlers" / "part.toml").write_text('prompt = "{{ input }}"\nschema = "part.json"\n')
    (own / "odd" / "handlers" / "part.json").write_text('{"type": "object"}')
    (own / "odd" / "rows.jsonl").write_text("{}\n")
    (own / "odd" / "other.jsonl").write_text("{}\n")
    (own / "odd" / "user.toml").write_text(
        '[[step]]\nname = "a"\nuse = "handlers/part"\nwith = { input = "x" }\n[[test]]\ndata = "rows.jsonl"\n'
    )
    done = shell.run("prompts", "copy", "user", "new/mine")
    assert done.code == 0, done.err
    copied = {path.relative_to(own / "new").as_posix() for path in (own / "new").rglob("*") if path.is_file()}
    assert copied == {"mine.toml", "handlers/part.toml", "handlers/part.json", "rows.jsonl"}
    assert shell.run("check", str(own / "new")).code == 0
    assert shell.run("prompts", "copy", "user", "new/mine").code == 2


def test_a_conversation_becomes_a_template(shell: Shell) -> None:
    """What was asked last is the prompt, what was said before are examples, and the file is well made."""
    with scripted(says("Four."), says("Five.")) as server:
        shell.use(server)
        first = shell.run("--json", "-s", "Be brief.", "What is 2 + 2?").json
        shell.run("--id", first["conversation"], "And {{ 1 }} more?")
    done = shell.run("prompts", "new", "sums", "--from-conversation", first["conversation"][:12])
    assert done.code == 0, done.err
    made = tomllib.loads((shell.home / "prompts" / "sums.toml").read_text())
    assert made["examples"] == [{"user": "What is 2 + 2?", "assistant": "Four."}]
    assert made["system"] == "Be brief."
    assert shell.run("check", "sums").code == 0
    assert shell.run("prompts", "new", "none", "--from-conversation", "nothing").code == 2


def test_names_are_completed(shell: Shell, own: Path) -> None:  # noqa: ARG001  # its files
    """Full names, and plain ones where there is only one such."""
    for command in ("prompts show", "check", "test"):
        words = f"tchat {command} mi"
        done = shell.run(_TCHAT_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(words.count(" ")))
        assert "plain,mine" in done.out.split("\n"), command
    done = shell.run(_TCHAT_COMPLETE="bash_complete", COMP_WORDS="tchat prompts show odd/", COMP_CWORD="3")
    assert done.out == "plain,odd/mine\n"
