"""`tchat check` and `tchat test`, as a user and a build server call them."""

import json
import shutil
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.end_to_end.running import Shell, fails, interrupt, says
from tests.servers import Answer, scripted

GOOD = """
title = "A sum"
prompt = "{{ question }}"
extract = "number"
retries = 0

[inputs]
question = "text"

[[test]]
name = "read"
inputs = { question = "2 + 2?" }
replies = { answer = "It is 4." }
expect = { number = 4 }
calls = 1

[[test]]
name = "on data"
data = "rows.jsonl"
map = { question = "q", expected = "a" }
expect = { number = "{{ expected }}" }
"""
FAILING = GOOD.replace("number = 4 }", "number = 5 }")
WRONG = 'prompt = "{{ quest }}"\ntemprature = 1\n[inputs]\nquestion = "text"\n'
HIDDEN = "]]>\x1b[31m<&\u202e"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a template and the rows of its test on data."""
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "good.toml").write_text(GOOD)
    rows = [{"q": f"{number} + 1?", "a": str(number + 1)} for number in range(1, 5)]
    (tmp_path / "sums" / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "sums"


def data_of(done: Any) -> Any:  # noqa: ANN401  # tests look into it freely
    """Return the one test on data in the JSON output."""
    (found,) = done["data"]
    return found


# --- check


def test_check_says_what_is_well_made(shell: Shell, folder: Path) -> None:
    """One line for each file, with its steps and tests; a folder stands for everything in it."""
    done = shell.run("check", str(folder))
    assert (done.code, done.out, done.err) == (0, f"{folder}/good.toml: ok, 1 step, 2 tests\n", "")


def test_check_says_everything_that_is_wrong(shell: Shell, folder: Path) -> None:
    """All mistakes of all files with their lines, the good ones beside them, and exit code 2."""
    (folder / "wrong.toml").write_text(WRONG)
    (folder / "worse.toml").write_bytes(b"\xff")
    done = shell.run("check", str(folder))
    assert done.code == 2
    assert f'{folder}/wrong.toml:1: "quest" is not an input or an earlier step (did you mean "question"?)' in done.out
    assert f"{folder}/wrong.toml:2:" in done.out
    assert "good.toml: ok" in done.out
    assert "not UTF-8" in done.out
    assert done.err == ""


def test_what_is_not_there_is_a_usage_error(shell: Shell, tmp_path: Path) -> None:
    """A name without a template, and a folder without any."""
    assert shell.run("check", "no-such-template").code == 2
    assert "no file 'no-such.toml', and no template" in shell.run("check", "no-such.toml").err
    done = shell.run("check", str(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert "there is no template in" in done.err


HOSTILE = {
    "nul": b'prompt = "\\u0000"',
    "deep": b"a = " + b"[" * 5000,
    "dotted": b".".join([b"a"] * 2000) + b" = 1",
    "huge": b"prompt = 1" + b"0" * 5000,
    "bidi": '"\u202eab" = "\u2066"'.encode(),
    "escape": b'title = "\\u001b]0;x\\u0007"\nprompt = "{{ \\u001b[31m }}"',
    "half": b"\xff\xfe\x00",
    "empty": b"",
    "cycle": b'[[step]]\nname = "a"\nuse = "cycle"',
    "loop": b'prompt = "{% for i in range(999999999) %}x{% endfor %}"\n[[test]]\nreplies = { answer = "" }',
    "data": b'prompt = "{{ input }}"\n[[test]]\ndata = "../../../etc/passwd"',
    "regex": b'prompt = "x"\nextract = { regex = "(a+)+$" }\n[[test]]\nreplies = { answer = "aaaaaaaaab" }',
}


def test_no_file_is_too_much_for_any_command(shell: Shell, folder: Path) -> None:
    """Hostile files end in messages: no crash, no traceback, nothing that commands a terminal."""
    for name, content in HOSTILE.items():
        (folder / f"{name}.toml").write_bytes(content)
    home = shell.home / "prompts"
    shutil.copytree(folder, home)
    for arguments in (
        ["check", str(folder)],
        ["test", str(folder), "--junit", str(folder / "report.xml")],
        ["test", str(folder), "--json"],
        ["prompts", "list"],
        ["prompts", "list", "--json"],
        *(["prompts", "show", name] for name in HOSTILE),
        ["test", str(folder / "data.toml"), "--live", "-m", "script/echo"],
    ):
        done = shell.run(*arguments)
        assert done.code in (0, 2, 8), (arguments, done.err)
        assert "Traceback" not in done.err
        assert not set("\x1b\x07\u202e\u2066\x00") & set(done.out + done.err), arguments


# --- offline


def test_a_good_template_passes(shell: Shell, folder: Path) -> None:
    """Exit code 0, and a word on the tests that need a model."""
    done = shell.run("test", str(folder))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("ok    good: 1 passed\n1 passed in ")
    assert "1 on data: --live or --replay runs them" in done.out


def test_a_failed_test_has_its_place_and_its_exit_code(shell: Shell, folder: Path) -> None:
    """File and line, what was expected, what came out, and exit code 8."""
    (folder / "good.toml").write_text(FAILING)
    done = shell.run("test", str(folder / "good.toml"))
    assert done.code == 8
    assert f"{folder}/good.toml:10: read\n" in done.out
    assert "5 is expected" in done.out
    assert 'the output is "4"' in done.out


def test_a_template_with_mistakes_does_not_hide_the_others(shell: Shell, folder: Path) -> None:
    """The rest is tested, and exit code 2 goes before 8."""
    (folder / "failing.toml").write_text(FAILING)
    (folder / "wrong.toml").write_text(WRONG)
    done = shell.run("test", str(folder))
    assert done.code == 2
    assert "ERROR wrong" in done.out
    assert "FAIL  failing: 1 failed" in done.out
    assert "ok    good: 1 passed" in done.out


def test_tests_are_chosen_by_a_word(shell: Shell, folder: Path) -> None:
    """-k looks at the names of tests and templates, in either case."""
    (folder / "failing.toml").write_text(FAILING)
    assert shell.run("test", str(folder), "-k", "GOOD").code == 0
    assert shell.run("test", str(folder), "-k", "failing").code == 8


def test_a_word_that_no_test_has_is_a_usage_error(shell: Shell, folder: Path) -> None:
    """A typo must not pass for tests that are all well."""
    done = shell.run("test", str(folder / "good.toml"), "-k", "no-such-word")
    assert (done.code, done.out) == (2, "")
    assert "no test has 'no-such-word' in its name" in done.err


def test_json_has_every_test(shell: Shell, folder: Path) -> None:
    """One object on one line, failures and mistakes included."""
    (folder / "failing.toml").write_text(FAILING)
    (folder / "wrong.toml").write_text(WRONG)
    done = shell.run("test", str(folder), "--json")
    found = done.json
    assert done.out.count("\n") == 1
    assert (found["version"], found["passed"], found["failed"]) == (1, 1, 1)
    assert [(test["name"], test["line"], bool(test["problems"])) for test in found["tests"]] == [
        ("read", 10, True),
        ("read", 10, False),
    ]
    assert [broken["name"] for broken in found["broken"]] == ["wrong"]


def test_junit_is_xml_that_counts(shell: Shell, folder: Path, tmp_path: Path) -> None:
    """Suites, cases, failures and errors add up, whatever characters stand in names and outputs."""
    (folder / "failing.toml").write_text(FAILING.replace('"read"', f'"""{HIDDEN}"""'.replace("\x1b", "\\u001b")))
    (folder / "wrong.toml").write_text(WRONG)
    report = tmp_path / "report.xml"
    assert shell.run("test", str(folder), "--junit", str(report)).code == 2
    root = ET.fromstring(report.read_text())  # noqa: S314  # written a moment ago
    assert {key: root.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }
    assert len(root.findall("testsuite")) == 3
    (failure,) = root.iter("failure")
    assert "5 is expected" in str(failure.get("message"))
    assert [case.get("name") for case in root.iter("testcase")] == ["]]>[31m<&", "read", "the template"]


def test_the_shipped_library_is_tested_without_a_word(shell: Shell) -> None:
    """Without a template, all that are in sight are tested: no key, no network."""
    done = shell.run("test", "--json")
    found = done.json
    assert (done.code, found["failed"], found["broken"]) == (0, 0, [])
    assert found["passed"] >= 60


# --- data


def test_recorded_replies_are_measured(shell: Shell, folder: Path) -> None:
    """Rows and replies come from the file; the table has accuracy, its interval and what had no answer."""
    rows = [
        {"q": "1 + 1?", "a": "2", "said": {"ada": "2", "bob": "It is 3."}},
        {"q": "2 + 2?", "a": "4", "said": {"ada": "four", "bob": "4"}},
    ]
    recorded = folder / "recorded.jsonl"
    recorded.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = shell.run("test", str(folder), "--replay", str(recorded), "--column", "said.ada", "-v")
    assert done.code == 0, done.err
    assert "right          50.0 % (1 of 2)" in done.out
    assert "95 % interval  9.5 % to 90.5 %" in done.out
    assert "no answer      50.0 %" in done.out
    assert "row 2 of good: on data" in done.out
    assert "question    2 + 2?" in done.out
    both = data_of(shell.run("test", str(folder), "--replay", str(recorded), "--column", "said", "--json").json)
    assert (both["report"]["attempts"], both["report"]["pass_at"]) == (4, {"1": 0.5, "2": 1.0})


def test_options_that_mean_nothing_are_refused(shell: Shell, folder: Path) -> None:
    """A limit of cost without a model, or both kinds of answers, is a mistake and not ignored."""
    for arguments in (
        ["--max-cost", "1"],
        ["--resume", "last"],
        ["-m", "script/echo"],
        ["--column", "x"],
        ["--live", "--replay", str(folder / "rows.jsonl")],
    ):
        done = shell.run("test", str(folder), *arguments)
        assert (done.code, done.out) == (2, ""), arguments
    (folder / "rows.jsonl").unlink()
    assert shell.run("test", str(folder), "--live", "-m", "script/echo").code == 2


def test_a_model_is_measured(shell: Shell, folder: Path) -> None:
    """Each row is a call; figures and rows are in the JSON, and the history has one conversation."""
    with scripted(says("It is 2."), says("3"), says("no"), says("6")) as server:
        shell.use(server)
        done = shell.run("test", str(folder), "--live", "--json", "-v", "-j", "1")
        asked = [request.json["messages"][-1]["content"] for request in server.requests]
    found = data_of(done.json)
    assert done.code == 0, done.err
    assert asked == ["1 + 1?", "2 + 1?", "3 + 1?", "4 + 1?"]
    assert (found["report"]["accuracy"], found["report"]["unanswered"]) == (0.5, 0.25)
    assert (found["report"]["input_tokens"], found["report"]["output_tokens"]) == (11, 5)
    assert [item["attempts"][0]["verdict"] for item in found["items"]] == ["right", "right", "unanswered", "wrong"]
    assert shell.last()["conversation"]["title"] == "good: on data"


def test_a_test_that_breaks_off_goes_on_where_it_was(shell: Shell, folder: Path) -> None:
    """What was answered is counted and kept; with --resume, only the rest is paid."""
    with scripted(says("2"), says("3"), fails(401), says("4"), says("5")) as server:
        shell.use(server)
        first = shell.run("test", str(folder), "--live", "--json", "-j", "1")
        found = data_of(first.json)
        assert (first.code, found["report"]["items"], found["error"]["kind"]) == (3, 2, "KeyRejected")
        assert f"--resume {found['run']}" in first.err
        second = shell.run("test", str(folder), "--live", "--json", "-j", "1", "--resume", "last")
        assert (second.code, data_of(second.json)["report"]["right"]) == (0, 4)
        assert data_of(second.json)["run"] == found["run"]
    assert len(server.requests) == 5


def test_a_test_goes_on_with_the_model_that_it_began_with(shell: Shell, folder: Path) -> None:
    """Figures of two models must not be mixed, nor another model be paid, because -m was left out."""
    with scripted(says("2")) as server:
        shell.use(server)
        assert shell.run("test", str(folder), "--live", "-m", "script/unauthorized").code == 3
        again = shell.run("test", str(folder), "--live", "--resume", "last")
    assert (again.code, server.requests) == (3, [])


def test_ctrl_c_reports_what_was_answered(shell: Shell, folder: Path) -> None:
    """Calls under way come to their end, nothing new begins, and the exit code is 130."""
    slow = Answer(body=(1.5, *says("3").body))
    with scripted(says("2"), slow, says("4")) as server:
        shell.use(server)
        process = shell.start("test", str(folder), "--live", "--json", "-j", "1")
        while len(server.requests) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        done = interrupt(process)
    assert (done.code, data_of(done.json)["report"]["items"], len(server.requests)) == (130, 2, 2)
    assert "--resume" in done.err


def test_a_limit_of_cost_stops_before_the_call(shell: Shell, folder: Path) -> None:
    """The exit code is the budget's, and what was done before is reported."""
    with scripted(says("2")) as server:
        shell.use(server, extra='[models."own/model"]\nprice = { input = 1000.0, output = 1000.0 }\n')
        done = shell.run("test", str(folder), "--live", "-j", "1", "--max-cost", "0.05", "-o", "max_tokens=10")
    assert done.code == 9
    assert 1 <= len(server.requests) < 4
    assert "not done" in done.out


def test_each_row_can_be_run_several_times(shell: Shell, folder: Path) -> None:
    """--repeat makes attempts, which tell pass@k; --limit takes the first rows."""
    with scripted(says("2"), says("9")) as server:
        shell.use(server)
        done = shell.run("test", str(folder), "--live", "--json", "-j", "1", "--repeat", "2", "--limit", "1")
    assert data_of(done.json)["report"]["pass_at"] == {"1": 0.5, "2": 1.0}
    assert len(server.requests) == 2


def test_a_chart_has_no_colour_and_fits(shell: Shell, folder: Path) -> None:
    """--chart draws below the table, in characters that any terminal has."""
    shutil.copy(folder / "rows.jsonl", folder / "recorded.jsonl")
    done = shell.run("test", str(folder), "--replay", str(folder / "recorded.jsonl"), "--column", "a", "--chart")
    assert done.code == 0, done.err
    assert "right, and the 95 % interval" in done.out
    assert "\x1b" not in done.out
