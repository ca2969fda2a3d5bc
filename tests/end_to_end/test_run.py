"""`tchat run` from the shell: inputs, output in every form, limits, the plan, files, and how it ends."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.running import Shell, chunk, ending, fails, says
from tests.end_to_end.test_one_shot import PNG
from tests.servers import Answer, scripted, sse

ONE = 'prompt = "Say {{ word }}"\n[inputs]\nword = { type = "text", stdin = true, help = "what to say" }\n'
TWO = """
title = "Two steps"
about = "Asks twice."
[inputs]
word = { type = "text", stdin = true, help = "what to say" }
times = { type = "int", default = 2, min = 1, max = 5 }
tone = { type = "choice", choices = ["dry", "warm"], required = false }
[[step]]
name = "draft"
system = "Be brief."
prompt = "Draft {{ word }} {{ times }}"
[[step]]
name = "final"
prompt = "Finish {{ draft }}"
"""
RICH = """
[[step]]
name = "votes"
samples = 3
extract = "number"
prompt = "A number"
[[step]]
name = "items"
for_each = "['x', 'y']"
prompt = "Item {{ item }}"
[[step]]
name = "skipped"
when = "false"
prompt = "Never"
[[step]]
name = "table"
value = "{'votes': votes, 'items': items}"
"""
PRICED = '[models."own/model"]\nprice = {input = 1.0, output = 5.0}\nmax_output = 100\n'


def written(shell: Shell, source: str, name: str = "t.toml") -> str:
    """Write a template and return its path."""
    shell.home.mkdir(parents=True, exist_ok=True)
    path = shell.home / name
    path.write_text(source)
    return str(path)


def test_inputs_are_given_as_flags_pairs_files_and_pipes(shell: Shell) -> None:
    """Every way says the same, whatever stands before the template's name."""
    (Path(shell.home)).mkdir()
    (shell.home / "word.txt").write_text("hi\n")
    path = written(shell, ONE)
    file = f"@{shell.home / 'word.txt'}"
    with scripted(says("ok")) as server:
        shell.use(server)
        for words in (
            ["--word", "hi"],
            ["--word=hi"],
            ["--input", "word=hi"],
            ["--word", file],
            [f"--input=word={file}"],
        ):
            done = shell.run("run", path, *words)
            assert (done.code, done.out) == (0, "ok\n"), done.err
        assert shell.run("run", "--word", "hi", path).code == 0
        assert shell.run("run", path, stdin=b"hi\n").code == 0
        assert shell.run("run", path, "--word", "-", stdin=b"hi\n").code == 0
    assert {request.json["messages"][0]["content"] for request in server.requests} == {"Say hi"}
    assert len(server.requests) == 8


def test_everything_that_is_wrong_with_the_inputs_is_one_error(shell: Shell) -> None:
    """Missing, unknown and wrong inputs are listed together, and nothing is sent."""
    with scripted(says("ok")) as server:
        shell.use(server)
        done = shell.run("run", written(shell, TWO), "--tims", "3", "--times", "9", "--tone", "hot")
    assert done.code == 2
    for text in ('"tims" is not an input', "times", "more than 5", '"hot"', "missing: --word (text): what to say"):
        assert text in done.err
    assert server.requests == []


def test_what_belongs_to_no_input_is_refused(shell: Shell) -> None:
    """A second name, an option that is none, and a flag without its value."""
    path = written(shell, ONE)
    for words, text in (
        (["extra"], "'extra' belongs to no input"),
        (["-z"], "'-z'"),
        (["--word"], "--word has no value"),
    ):
        done = shell.run("run", path, *words)
        assert done.code == 2
        assert text in done.err


def test_help_of_a_template_tells_its_inputs(shell: Shell) -> None:
    """Title, about, and each input with type, default, choices and help; without a name, the options only."""
    done = shell.run("run", written(shell, TWO), "--help")
    assert done.code == 0
    for text in (
        "Two steps",
        "Asks twice.",
        "--word TEXT",
        "what to say",
        "--times INT",
        "default: 2",
        "--tone dry|warm",
    ):
        assert text in done.out
    assert "--dry-run" in shell.run("run", "--help").out


def test_stdout_carries_the_answer_and_stderr_the_steps(shell: Shell) -> None:
    """Without a terminal each step has a line where it begins and one where it ends; -q leaves nothing."""
    path = written(shell, TWO)
    with scripted(says("Four", ".")) as server:
        shell.use(server)
        done = shell.run("run", path, "--word", "hi")
        quiet = shell.run("run", "-q", path, "--word", "hi")
    assert (done.code, done.out) == (0, "Four.\n")
    assert "\x1b" not in done.err
    lines = done.err.splitlines()
    assert lines[0] == "draft: begins"
    assert lines[1].startswith("draft: done · 5 tok")
    assert lines[-1].startswith("note: 2 calls · 22 in · 10 out · ")
    assert (quiet.code, quiet.out, quiet.err) == (0, "Four.\n", "")


def test_a_single_prompt_is_told_like_a_question(shell: Shell) -> None:
    """One reply that streams needs no list of steps, and says what it took and cost, kept or not, whole or not."""
    broken = Answer(body=(*sse(chunk("Fo")), "reset"))
    with scripted(says("Four."), says("Four."), broken, says("Four.")) as server:
        shell.use(server, extra=PRICED)
        ask = ("run", written(shell, ONE), "--word", "hi")
        done = [shell.run(*ask), shell.run(*ask, "--no-store"), shell.run(*ask)]
        shell.use(server)
        unpriced = shell.run(*ask)
    assert [each.out for each in done] == ["Four.\n", "Four.\n", "Fo\n"]
    assert not any("begins" in each.err for each in done)
    assert all(each.err.startswith("11 in · 5 out · <$0.0001 · ") for each in done[:2])
    assert done[2].err.startswith("≈9 in · ≈1 out · ≈ <$0.0001 · ")
    assert unpriced.err.startswith("11 in · 5 out · $? · ")


def test_a_run_takes_what_its_stored_replies_took(shell: Shell) -> None:
    """Of a server that never counts it is an estimate, marked as one, and the same as in the sums of all."""
    end = {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]}
    uncounted = Answer(body=sse(chunk("Some words, and then some more."), end, "[DONE]"))
    with scripted(uncounted, uncounted, uncounted, uncounted) as server:
        shell.use(server, extra=PRICED)
        ask = ("run", written(shell, TWO), "--word", "hi")
        told = shell.run(*ask).err.splitlines()[-1]
        account = shell.run(*ask, "--json").json
    assert told.startswith("note: 2 calls · ≈")
    assert " out · ≈$0.0" in told or " out · ≈<$0.0" in told
    rows = shell.run("usage", "--by", "run", "--json").json
    assert len(rows) == 2
    for row in rows:
        assert row["cost"] == pytest.approx(account["totals"]["cost"])
        assert (row["input"], row["output"]) == (
            account["totals"]["usage"]["input"], account["totals"]["usage"]["output"],
        )  # fmt: skip
    assert account["totals"]["is_estimated"]


def test_verbose_tells_every_prompt_and_inner_reply(shell: Shell) -> None:
    """With its place, its model and its system prompt; the reply that is the answer is on stdout only."""
    with scripted(says("Draft."), says("Final.")) as server:
        shell.use(server)
        done = shell.run("run", "-v", written(shell, TWO), "--word", "hi")
    assert "--- draft · own/model\nsystem: Be brief.\nDraft hi 2\n" in done.err
    assert "--- draft replies\nDraft.\n" in done.err
    assert "--- final · own/model\nFinish Draft.\n" in done.err
    assert "Final." not in done.err
    assert done.out == "Final.\n"


def test_a_seed_for_all_grows_with_the_sample_and_the_attempt(shell: Shell) -> None:
    """Samples and attempts with one and the same seed would be one and the same reply; a step's own seed goes first."""
    source = '[[step]]\nname = "votes"\nsamples = 3\nvote = "majority"\nprompt = "A number"\n'
    data = '[[test]]\nname = "rows"\ndata = "rows.jsonl"\nexpect = { equals = "4" }\n'
    path = written(shell, source + data)
    own = written(shell, source.replace("prompt", "seed = 90\nprompt"), "own.toml")
    (shell.home / "rows.jsonl").write_text('{"input": "x"}\n')
    with scripted(says("4")) as server:
        shell.use(server)
        shell.run("run", path, "-o", "seed=5")
        shell.run("run", own, "-o", "seed=5")
        tested = shell.run("test", path, "--live", "--repeat", "2", "-o", "seed=5")
    assert tested.code == 0, tested.err
    seeds = [request.json["seed"] for request in server.requests]
    assert [sorted(seeds[:3]), sorted(seeds[3:6])] == [[5, 6, 7], [90, 91, 92]]
    assert len({*seeds[6:]}) == len(seeds[6:]) == 6


def test_reasoning_that_a_model_writes_into_its_reply_is_no_part_of_the_answer(shell: Shell) -> None:
    """What streams to stdout is what the step's value is; a single prompt tells the rest on stderr."""
    script = written(
        shell,
        '[[turns]]\nactions = [{ do = "text", text = "<think>Let me\\nsee. </think>\\n\\nFour.", cut = 3 }, '
        '{ do = "finish", reason = "stop" }]',
        "thinks.toml",
    )
    one = shell.run("run", written(shell, ONE), "--word", "hi", "-m", f"script/{script}")
    two = shell.run("run", written(shell, TWO), "--word", "hi", "-m", f"script/{script}")
    assert (one.out, two.out) == ("Four.\n", "Four.\n")
    assert one.err.startswith("Let me\nsee.\n")
    assert "see." not in two.err


def test_an_answer_and_what_is_told_beside_it_share_a_pipe_in_whole_lines(shell: Shell) -> None:
    """No line about a step stands behind or within the answer."""
    path = written(shell, TWO)
    with scripted(says("Draft."), says("Final", " answer.")) as server:
        shell.use(server)
        done = shell.sh(f"tchat run {path} --word hi 2>&1 | cat")
    lines = done.out.split("\n")
    assert "Final answer." in lines
    assert [line.partition(":")[0] for line in lines] == ["draft", "draft", "final", "Final answer.", "note", ""]


def test_json_has_every_step_and_the_sums(shell: Shell) -> None:
    """Places, values, votes, share, usage and replies, as docs/json.md says."""
    with scripted(says("4")) as server:
        shell.use(server, extra=PRICED)
        done = shell.run("run", "--json", written(shell, RICH))
    told = done.json
    assert (told["version"], told["state"], told["template"], told["error"]) == (1, "done", "t", None)
    assert told["value"] == {"votes": 4, "items": ["4", "4"]}
    assert json.loads(told["answer"]) == told["value"]
    steps = {step["step"]: step for step in told["steps"]}
    assert (steps["votes"]["votes"], steps["votes"]["share"], steps["votes"]["samples"]) == ([["4", 3]], 1.0, 3)
    assert [call["place"] for call in steps["votes"]["calls"]] == ["votes#1", "votes#2", "votes#3"]
    assert steps["items"]["items"] == 2
    assert {answer["place"] for answer in steps["items"]["answers"]} == {"items[1]", "items[2]"}
    assert steps["skipped"]["state"] == "skipped"
    assert told["totals"]["calls"] == 5
    assert told["totals"]["usage"] == {"input": 55, "output": 25}
    assert abs(told["totals"]["cost"] - 5 * (11 + 25) / 1e6) < 1e-12
    assert all(call["reply"] for step in told["steps"] for call in step["calls"])
    assert shell.run("run", "--resume", told["run"], "--json").json["totals"]["reused"] == 5


def test_json_is_printed_for_a_failure_too(shell: Shell) -> None:
    """The object holds what was done and the error; the exit code is the error's."""
    with scripted(says("Draft."), fails(401, "bad key")) as server:
        shell.use(server)
        done = shell.run("run", "--json", written(shell, TWO), "--word", "hi")
    assert done.code == 3
    assert done.json["state"] == "failed"
    assert done.json["error"]["kind"] == "KeyRejected"
    assert [step["state"] for step in done.json["steps"]] == ["done", "failed"]


def test_jsonl_is_the_stream_of_events(shell: Shell) -> None:
    """One object a line: the run, then what happens, the deltas of every call among it, and the end."""
    with scripted(says("4")) as server:
        shell.use(server)
        done = shell.run("run", "--jsonl", written(shell, TWO), "--word", "hi")
    events = [json.loads(line) for line in done.out.splitlines()]
    assert events[0]["type"] == "run"
    assert events[-1] == {"type": "run_done", "text": "4", "value": "4", "finish": "stop"}
    assert {event["type"] for event in events} >= {
        "step_started",
        "call_started",
        "call_turn",
        "call_done",
        "step_done",
    }
    assert {"type": "call_turn", "place": "draft", "event": {"type": "text", "text": "4"}} in events


@pytest.mark.parametrize("options", [(), ("--no-stream",)])
def test_code_that_is_cut_off_is_not_printed_with_x(shell: Shell, options: tuple[str, ...]) -> None:
    """A shell that reads it would do something else."""
    cut = Answer(body=sse(chunk("Here:\n```sh\nrm -rf /tmp/build\nrm -rf /"), *ending("length")))
    with scripted(cut) as server:
        shell.use(server)
        done = shell.run("run", "-x", *options, written(shell, ONE), "--word", "hi")
    assert done.out == ""
    assert done.code in (7, 8)


def test_only_code_is_printed_with_x(shell: Shell) -> None:
    """The first block of the answer; without one the exit code is 8."""
    path = written(shell, ONE)
    with scripted(says("Here:\n```\nx = 1\n```\n"), says("none")) as server:
        shell.use(server)
        assert shell.run("run", "-x", path, "--word", "hi").out == "x = 1\n"
        done = shell.run("run", "-x", path, "--word", "hi")
    assert (done.code, done.out) == (8, "")


def test_no_store_keeps_nothing_and_cannot_be_resumed(shell: Shell) -> None:
    """No database is made; with --resume it is refused."""
    with scripted(says("ok")) as server:
        shell.use(server)
        done = shell.run("run", "--no-store", "--json", written(shell, TWO), "--word", "hi")
    assert (done.code, done.json["run"]) == (0, None)
    assert not (shell.home / "tchat.db").exists()
    assert shell.run("run", "--no-store", "--resume", "last").code == 2


def test_dry_run_asks_nothing(shell: Shell) -> None:
    """The table, or the plan as JSON, with what is assumed; the server hears nothing."""
    path = written(shell, TWO)
    with scripted(says("ok")) as server:
        shell.use(server, extra=PRICED)
        table = shell.run("run", path, "--word", "hi", "--dry-run")
        plan = shell.run("run", path, "--word", "hi", "--dry-run", "--json").json
    assert table.code == 0
    assert table.out.splitlines()[0].split() == [
        "wave",
        "step",
        "calls",
        "model",
        "tokens",
        "in",
        "tokens",
        "out",
        "cost",
    ]
    assert "own/model" in table.out
    assert plan["calls"] == {"least": 2, "expected": 2, "most": 2}
    assert plan["waves"] == [["draft"], ["final"]]
    assert server.requests == []


def test_limits_stop_a_run_before_the_call_that_would_pass_them(shell: Shell) -> None:
    """max_calls of the template and --max-cost end with 9, and what was answered can be gone on from."""
    with scripted(says("ok")) as server:
        shell.use(server, extra=PRICED)
        calls = shell.run("run", written(shell, f"{TWO}[limits]\nmax_calls = 1\n"), "--word", "hi")
        cost = shell.run("run", written(shell, TWO), "--word", "hi", "--max-cost", "0.0005")
    assert (calls.code, cost.code) == (9, 9)
    assert "max_calls" in calls.err
    assert "tchat run --resume last" in calls.err
    assert len(server.requests) == 1


def test_commands_run_only_where_they_are_allowed(shell: Shell) -> None:
    """Without the flag nothing begins, and no step is told of."""
    source = (
        '[[step]]\nname = "a"\nprompt = "Hi"\n[[step]]\nname = "b"\ncommand = ["tr", "a-z", "A-Z"]\nstdin = "{{ a }}"\n'
    )
    path = written(shell, source)
    with scripted(says("loud")) as server:
        shell.use(server)
        refused = shell.run("run", path)
        done = shell.run("run", path, "--allow-commands")
    assert refused.code == 2
    assert [line.partition(":")[0] for line in refused.err.split("\n")] == ["error", "hint", ""]
    assert "--allow-commands" in refused.err
    assert (done.code, done.out) == (0, "LOUD\n")
    assert len(server.requests) == 1


def test_out_takes_the_result_and_every_call(shell: Shell) -> None:
    """One file a call, named by its place; a second run replaces them; a folder of other things is left alone."""
    folder = shell.home / "out"
    with scripted(says("4")) as server:
        shell.use(server)
        assert shell.run("run", written(shell, RICH), "--out", str(folder)).code == 0
        assert json.loads((folder / "result.json").read_text()) == {"votes": 4, "items": ["4", "4"]}
        names = sorted(path.name for path in (folder / "calls").iterdir())
        assert len(names) == 5
        assert "0001-votes-1.txt" in names
        assert "--- prompt ---\nA number\n" in (folder / "calls" / "0001-votes-1.txt").read_text()
        assert shell.run("run", written(shell, TWO), "--word", "hi", "--out", str(folder)).code == 0
        assert (folder / "result.txt").read_text() == "4\n"
        assert sorted(path.name for path in (folder / "calls").iterdir()) == ["0001-draft.txt", "0002-final.txt"]
        assert not (folder / "result.json").exists()
        other = shell.home / "other"
        other.mkdir()
        (other / "mine.txt").write_text("mine")
        refused = shell.run("run", written(shell, TWO), "--word", "hi", "--out", str(other))
    assert refused.code == 2
    assert [path.name for path in other.iterdir()] == ["mine.txt"]
    assert len(server.requests) == 7


def test_a_place_that_takes_no_files_is_refused_before_anything_is_asked(shell: Shell) -> None:
    """A result that cannot be written must not be paid for."""
    template = written(shell, TWO)
    place = shell.home / "file"
    place.write_text("mine")
    with scripted(says("4")) as server:
        shell.use(server)
        refused = shell.run("run", template, "--word", "hi", "--out", str(place / "out"))
    assert refused.code == 2
    assert "cannot write to" in refused.err
    assert server.requests == []


def test_a_refusal_ends_the_run(shell: Shell) -> None:
    """What the model says instead is the answer, no further step is asked, and the exit code is 6."""
    refusal = Answer(body=sse(chunk("I will not."), *ending("content_filter")))
    with scripted(refusal) as server:
        shell.use(server)
        done = shell.run("run", written(shell, TWO), "--word", "hi")
    assert (done.code, done.out) == (6, "I will not.\n")
    assert len(server.requests) == 1


def test_a_check_that_fails_ends_with_its_line(shell: Shell) -> None:
    """After one more try the exit code is 8, and the message names the file and the line."""
    path = written(shell, '[[step]]\nname = "n"\nextract = "number"\nprompt = "A number"\n')
    with scripted(says("none")) as server:
        shell.use(server)
        done = shell.run("run", path)
    assert done.code == 8
    assert f"{path}:3" in done.err
    assert len(server.requests) == 2


def test_jobs_is_how_many_calls_are_under_way(shell: Shell) -> None:
    """With one job the samples are asked one after the other, on one connection."""
    path = written(shell, '[[step]]\nname = "n"\nsamples = 4\nvote = "all"\nprompt = "A number"\n')
    with scripted(says("4")) as server:
        shell.use(server)
        assert shell.run("run", path, "--jobs", "1").code == 0
    assert len(server.requests) == 4
    assert len(server.writers) == 1


def test_a_template_that_is_not_there_or_broken_is_a_usage_error(shell: Shell) -> None:
    """The nearest name is told, or the file and line of what is wrong."""
    assert "did you mean" in shell.run("run", "basics/tldrr").err
    done = shell.run("run", written(shell, 'promt = "x"\n'))
    assert done.code == 2
    assert "t.toml:1" in done.err


def test_models_and_settings_are_taken_from_the_command_line(shell: Shell) -> None:
    """-m, -e and -o hold where the template leaves it open, and again when the run is taken up."""
    path = written(shell, TWO)
    with scripted(says("ok"), fails(500)) as server:
        shell.use(server)
        shell.run("run", path, "--word", "hi", "-m", "own/other", "-o", "temperature=0.5")
    with scripted(says("ok")) as server:
        shell.use(server)
        assert shell.run("run", "--resume", "last").code == 0
    assert [(request.json["model"], request.json["temperature"]) for request in server.requests] == [("other", 0.5)]


def test_pictures_go_along_scaled_and_with_their_grid(shell: Shell) -> None:
    """The step that asks for a grid gets the picture with one, the other the picture as it is; both are taken again."""
    source = """
        [inputs]
        photo = "image"
        [[step]]
        name = "grid"
        images = [{ from = "photo", grid = "2x2" }]
        prompt = "Where?"
        [[step]]
        name = "plain"
        images = ["photo"]
        prompt = "What? {{ grid }}"
    """
    path = written(shell, source)
    (shell.home / "dot.png").write_bytes(PNG)
    with scripted(says("here")) as server:
        shell.use(server)
        done = shell.run("run", path, "--photo", str(shell.home / "dot.png"))
        again = shell.run("run", "--resume", "last", "--json")
    assert done.code == 0, done.err
    urls = [request.json["messages"][0]["content"][0]["image_url"]["url"] for request in server.requests]
    assert len(urls) == 2
    assert urls[0] != urls[1]
    assert again.json["totals"]["reused"] == 2
