"""One question from the shell: what is read, what is sent, what is printed and how it ends."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.end_to_end.running import Shell, chunk, ending, fails, interrupt, says
from tests.servers import Answer, scripted, sse

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)


def test_stdout_carries_the_answer_and_nothing_else(shell: Shell) -> None:
    """The answer is on stdout, usage on stderr, and neither has an escape sequence."""
    with scripted(says("Four", ", I think.")) as server:
        shell.use(server)
        done = shell.run("What is 2 + 2?")
    assert (done.code, done.out) == (0, "Four, I think.\n")
    assert "11 in" in done.err
    assert "5 out" in done.err
    assert "\x1b" not in done.out + done.err
    assert server.requests[0].json["messages"] == [{"role": "user", "content": "What is 2 + 2?"}]


def test_quiet_says_nothing_on_stderr(shell: Shell) -> None:
    """With -q a good run leaves stderr empty."""
    with scripted(says("Four")) as server:
        shell.use(server)
        done = shell.run("-q", "What is 2 + 2?")
    assert (done.code, done.out, done.err) == (0, "Four\n", "")


def test_piped_text_is_read_along_with_the_question(shell: Shell) -> None:
    """The question comes first, then what was piped in; without a question the pipe is the question."""
    with scripted(says("ok")) as server:
        shell.use(server)
        assert shell.run("Explain:", stdin=b"x = 1\n").code == 0
        assert shell.run(stdin=b"only this\n").code == 0
        assert shell.run("ask", "-", "Explain:", stdin=b"x = 2\n").code == 0
    contents = [request.json["messages"][0]["content"] for request in server.requests]
    assert contents == ["Explain:\n\nx = 1", "only this", "Explain:\n\nx = 2"]


def test_a_file_as_standard_input_is_read(shell: Shell) -> None:
    """Redirection is read like a pipe."""
    with scripted(says("ok")) as server:
        shell.use(server)
        assert shell.sh("tchat -q Explain: < LICENSE").code == 0
    assert "MIT License" in server.requests[0].json["messages"][0]["content"]


def test_a_silent_inherited_pipe_does_not_hang(shell: Shell) -> None:
    """A pipe that its parent never writes to and never closes costs a second, not for ever."""
    with scripted(says("ok")) as server:
        shell.use(server)
        process = shell.start("question", stdin=subprocess.PIPE)
        try:
            process.wait(20)
            assert process.stdout is not None
            assert process.stderr is not None
            out, err = process.stdout.read(), process.stderr.read()
        finally:
            process.kill()
            process.communicate()
    assert out == b"ok\n"
    assert b"silent" in err


def test_a_slow_pipeline_is_waited_for(shell: Shell) -> None:
    """What another program of the pipeline writes late is read all the same: here, after tchat says that it waits."""
    said = shell.home / "said"
    with scripted(says("ok")) as server:
        shell.use(server)
        said.touch()
        done = shell.sh(f"(until grep -q waiting {said}; do sleep 0.02; done; echo late) | tchat Explain: 2> {said}")
    assert done.code == 0, said.read_text()
    assert server.requests[0].json["messages"][0]["content"] == "Explain:\n\nlate"


def test_a_closed_stdout_ends_it_quietly(shell: Shell) -> None:
    """`| head -1` takes its line, and nothing is said of the rest."""
    with scripted(says(*[f"line {number}\n" for number in range(20_000)])) as server:
        shell.use(server)
        done = shell.sh("tchat -q count | head -1; exit ${PIPESTATUS[0]}")
    assert (done.code, done.out, done.err) == (0, "line 0\n", "")


def test_text_that_is_not_utf8_is_refused_with_its_place(shell: Shell) -> None:
    """The message names the byte, and nothing is sent."""
    with scripted(says("ok")) as server:
        shell.use(server)
        done = shell.run("Explain:", stdin=b"caf\xe9")
    assert done.code == 2
    assert "0xe9 at offset 3" in done.err
    assert server.requests == []


def test_a_piped_picture_becomes_an_attachment(shell: Shell) -> None:
    """Bytes that are a picture are sent as one, before the question."""
    with scripted(says("a dot")) as server:
        shell.use(server)
        done = shell.run("What is this?", stdin=PNG)
    assert done.code == 0, done.err
    picture, text = server.requests[0].json["messages"][0]["content"]
    assert picture["type"] == "image_url"
    assert picture["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    assert text == {"type": "text", "text": "What is this?"}


def test_attached_texts_are_named_and_broken_ones_refused(shell: Shell) -> None:
    """A text file goes along under its name; a missing or empty one is an error before anything is sent."""
    shell.home.mkdir()
    (shell.home / "notes.txt").write_text("buy milk")
    (shell.home / "empty.png").touch()
    with scripted(says("ok")) as server:
        shell.use(server)
        assert shell.run("-a", str(shell.home / "notes.txt"), "Shorten").code == 0
        assert shell.run("-a", str(shell.home / "none.txt"), "Shorten").code == 2
        assert shell.run("-a", str(shell.home / "empty.png"), "Shorten").code == 2
    content = json.dumps(server.requests[0].json["messages"][0]["content"])
    assert "notes.txt" in content
    assert "buy milk" in content
    assert len(server.requests) == 1


def test_a_conversation_goes_on(shell: Shell) -> None:
    """-c sends what was said before, with the same model and system prompt; --id finds any conversation."""
    with scripted(says("Four."), says("Five.")) as server:
        shell.use(server)
        first = shell.run("--json", "-s", "Be brief.", "What is 2 + 2?").json
        shell.run("Something else")
        assert shell.run("--id", first["conversation"][:12], "And plus 1?").code == 0
        assert shell.run("-c", "Sure?").code == 0
    said = [(message["role"], message["content"]) for message in server.requests[3].json["messages"]]
    assert said == [
        ("system", "Be brief."),
        ("user", "What is 2 + 2?"),
        ("assistant", "Four."),
        ("user", "And plus 1?"),
        ("assistant", "Five."),
        ("user", "Sure?"),
    ]


def test_nothing_is_asked_after_half_a_reply(shell: Shell) -> None:
    """While another process writes the last reply, the conversation does not go on; once it has ended, it does."""
    with scripted(Answer(body=(*sse(chunk("The beg")), "hang")), says("Four.")) as server:
        shell.use(server)
        other = shell.start("Hello")
        assert other.stdout is not None
        assert other.stdout.read(7) == b"The beg"
        done = shell.run("-c", "And now?")
        assert (done.code, done.out) == (2, "")
        assert "a reply of own/model is still being written in that conversation" in done.err
        interrupt(other)
        assert shell.run("-c", "And now?").out == "Four.\n"
    said = [message["content"] for message in server.requests[-1].json["messages"]]
    assert said == ["Hello", "The beg", "And now?"]


def test_json_is_one_documented_object(shell: Shell) -> None:
    """--json prints one object with the answer, the ids, the usage and no error."""
    with scripted(says("Four.")) as server:
        shell.use(server)
        done = shell.run("--json", "What is 2 + 2?")
    answer = done.json
    assert done.out.count("\n") == 1
    assert (answer["version"], answer["answer"], answer["finish"], answer["error"]) == (1, "Four.", "stop", None)
    assert (answer["provider"], answer["model"], answer["answered_by"]) == ("own", "model", "model-1")
    assert (answer["usage"]["input"], answer["usage"]["output"]) == (11, 5)
    assert (answer["usage_estimated"], answer["cost"], answer["reasoning_seconds"]) == (False, None, None)
    assert answer["seconds"] >= answer["first_text_after"] == answer["first_token_after"]
    assert answer["conversation"] == shell.last()["conversation"]["id"]


def test_json_tells_of_failures_too(shell: Shell) -> None:
    """A failed turn has the same object, with its error, and the exit code."""
    with scripted(fails(401, "bad key")) as server:
        shell.use(server)
        done = shell.run("--json", "hello")
    assert done.code == 3
    assert done.json["error"]["kind"] == "KeyRejected"


def test_jsonl_is_the_event_stream(shell: Shell) -> None:
    """--jsonl prints every event as a line: the turn first, what it took last."""
    with scripted(says("Fo", "ur.")) as server:
        shell.use(server)
        lines = [json.loads(line) for line in shell.run("--jsonl", "hello").out.splitlines()]
    assert lines[0]["type"] == "turn"
    assert [line["type"] for line in lines[-2:]] == ["finished", "measured"]
    assert lines[-1]["usage"] == {"input": 11, "output": 5}
    assert lines[-1]["seconds"] >= lines[-1]["first_text_after"] >= lines[-1]["first_token_after"]
    assert "".join(line["text"] for line in lines if line["type"] == "text") == "Four."


def test_only_the_first_code_block_with_x(shell: Shell) -> None:
    """-x prints the code and nothing around it; without code there is no output and its own exit code."""
    with scripted(says("Here:\n\n```py\nprint(1)\n```\nand\n```\n2\n```\n"), says("no code")) as server:
        shell.use(server)
        assert shell.run("-x", "write").out == "print(1)\n"
        done = shell.run("-x", "write")
    assert (done.code, done.out) == (8, "")


def test_no_store_keeps_nothing(shell: Shell) -> None:
    """With --no-store no file of the home holds the question."""
    with scripted(says("ok")) as server:
        shell.use(server)
        assert shell.run("--no-store", "a-secret-question").code == 0
    found = [path for path in shell.home.rglob("*") if path.is_file() and b"a-secret" in path.read_bytes()]
    assert found == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (fails(401), 3),
        (fails(429), 4),
        (fails(500), 10),
        (fails(400, "temperature is out of range"), 10),
        (fails(404, "model not found"), 10),
        (Answer(body=("close",)), 5),
        (Answer(body=(*sse(chunk("par")), "reset")), 5),
        (Answer(body=sse(chunk("par"))), 5),
        (Answer(content_type="text/html", body=(b"<html><title>Sign in</title></html>",)), 10),
        (Answer(body=(b"data: {garbage\n\n",)), 10),
        (Answer(status=502, content_type="text/html", body=(b"<html>bad gateway</html>",)), 10),
        (Answer(status=307, headers={"location": "http://127.0.0.1:9/"}), 10),
        (says("I will not", reason="content_filter"), 6),
        (says("cut", reason="length"), 7),
    ],
)
def test_every_end_has_its_exit_code(shell: Shell, answer: Answer, code: int) -> None:
    """A script can tell what went wrong, and the question is kept whatever it was."""
    with scripted(answer) as server:
        shell.use(server)
        done = shell.run("the question")
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    assert shell.last()["messages"][0]["text"] == "the question"


def test_odd_but_legal_streams_are_read(shell: Shell) -> None:
    """Bytes cut inside a character, pings, unknown fields and events: the answer is whole."""
    body = b"".join(
        sse(
            chunk("na\u00efve \u6f22\u5b57 "),
            {"type": "hologram", "x": 1},
            chunk("\U0001f469\u200d\U0001f680"),
            *ending(),
        )
    )
    odd = Answer(body=(b": ping\n\n", b"id: 7\nretry: 5\n\n", *(bytes([byte]) for byte in body)))
    with scripted(odd) as server:
        shell.use(server)
        done = shell.run("-q", "hello")
    assert (done.code, done.out) == (0, "na\u00efve \u6f22\u5b57 \U0001f469\u200d\U0001f680\n"), done.err


def test_a_server_that_is_not_there_is_a_network_error(shell: Shell) -> None:
    """Nobody listening: exit code 5, with a hint."""
    shell.configure('model = "own/m"\n[network]\nattempts = 1\n[providers.own]\nbase_url = "http://127.0.0.1:9/v1"\n')
    done = shell.run("hello")
    assert done.code == 5
    assert "hint:" in done.err


def test_a_spending_limit_stops_the_call_before_it_is_sent(shell: Shell) -> None:
    """A call that could pass the limit, or whose price nobody knows, is not sent; its exit code is the budget's."""
    with scripted(says("ok")) as server:
        shell.use(server, extra="[budget]\nper_run = 0.001\n")
        assert shell.run("hello").code == 9
        shell.use(
            server, extra='[budget]\nper_run = 1.0\n[models."own/model"]\nprice = { input = 1.0, output = 10.0 }\n'
        )
        assert shell.run("-o", "max_tokens=1000000", "hello").code == 9
        assert shell.run("-o", "max_tokens=1000", "hello").code == 0
    assert len(server.requests) == 1


def test_a_failed_request_is_sent_again_before_the_first_token(shell: Shell) -> None:
    """429 with Retry-After and 500 are retried with a notice; a break after the first token is not."""
    with scripted(fails(429, retry_after="1"), fails(500), says("ok")) as server:
        shell.use(server)
        shell.configure((shell.home / "config.toml").read_text().replace("attempts = 1", "attempts = 3"))
        began = time.monotonic()
        done = shell.run("hello")
        took = time.monotonic() - began
    assert (done.code, done.out) == (0, "ok\n"), done.err
    assert took >= 1
    assert done.err.count("retrying") == 2
    with scripted(Answer(body=(*sse(chunk("par")), "reset")), says("ok")) as server:
        shell.use(server)
        shell.configure((shell.home / "config.toml").read_text().replace("attempts = 1", "attempts = 3"))
        done = shell.run("hello")
    assert (done.code, done.out, len(server.requests)) == (5, "par\n", 1)


def test_a_setting_that_the_model_refuses_is_left_out(shell: Shell) -> None:
    """A 400 that names the temperature becomes a notice, and the request goes out without it."""
    with scripted(fails(400, "Unsupported parameter: 'temperature'"), says("ok")) as server:
        shell.use(server)
        done = shell.run("-o", "temperature=0.5", "hello")
    assert done.code == 0
    assert "temperature" in done.err
    assert server.requests[0].json["temperature"] == 0.5
    assert "temperature" not in server.requests[1].json


def test_ctrl_c_keeps_what_arrived(shell: Shell) -> None:
    """Exit code 130 at once, the partial reply stored as stopped, the connection closed."""
    with scripted(Answer(body=(*sse(chunk("partial "), chunk("reply")), "hang"))) as server:
        shell.use(server)
        process = shell.start("-q", "hello")
        assert process.stdout is not None
        assert process.stdout.read(13) == b"partial reply"
        began = time.monotonic()
        done = interrupt(process)
        assert time.monotonic() - began < 3
        assert server.closed_early.wait(5)
    assert (done.code, done.out) == (130, "\n")
    assert "Traceback" not in done.err
    reply = shell.last()["messages"][1]
    assert (reply["text"], reply["reply"]["state"]) == ("partial reply", "stopped")


def test_a_cut_stream_keeps_what_arrived(shell: Shell) -> None:
    """A dropped connection leaves an interrupted reply with its text, and says why."""
    with scripted(Answer(body=(*sse(chunk("partial reply")), "reset"))) as server:
        shell.use(server)
        done = shell.run("hello")
    assert (done.code, done.out) == (5, "partial reply\n")
    reply = shell.last()["messages"][1]
    assert (reply["text"], reply["reply"]["state"]) == ("partial reply", "interrupted")
    assert reply["reply"]["failure"]["kind"] == "Interrupted"


def test_a_silent_stream_is_a_stall(shell: Shell) -> None:
    """No byte for the stall timeout ends the turn as a network error; pings count as life."""
    ping = b": ping\n\n"
    alive = Answer(body=(*sse(chunk("a")), *(0.4, ping) * 4, *sse(chunk("b"), *ending())))
    with scripted(alive, Answer(body=(*sse(chunk("a")), "hang"))) as server:
        shell.use(server, extra="stall_timeout = 1.0\n")
        assert shell.run("hello").out == "ab\n"
        done = shell.run("hello")
    assert (done.code, done.out) == (5, "a\n")
    assert "silent" in done.err


def test_hostile_output_commands_no_terminal(shell: Shell) -> None:
    """Escape sequences of a model reach neither pipe nor JSON."""
    hostile = "a\x1b]52;c;aGk=\x07b\x1b[2Jc\x9b31md\x1b]8;;http://x\x1b\\e"
    with scripted(says(hostile)) as server:
        shell.use(server)
        for flags in ((), ("--raw",), ("--json",), ("--jsonl",), ("--no-stream",)):
            done = shell.run(*flags, "hello")
            assert not {"\x1b", "\x07", "\x9b"} & set(done.out + done.err), flags


def test_a_key_appears_nowhere(shell: Shell) -> None:
    """A planted key that the server echoes back is in no output, file or export."""
    planted = "sk-planted-9f8e7d6c5b4a"
    with scripted(fails(400, f"bad header Authorization: Bearer {planted}"), says("ok")) as server:
        shell.use(server, extra='key_env = "PLANTED"\n')
        failed = shell.run("hello", PLANTED=planted)
        good = shell.run("--json", "hello", PLANTED=planted)
        export = shell.run("history", "export", "--json")
    assert server.requests[0].headers["authorization"] == f"Bearer {planted}"
    for done in (failed, good, export):
        assert planted not in done.out + done.err
    for path in shell.home.rglob("*"):
        assert not path.is_file() or planted.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("histroy", "list"), "did you mean `tchat history list`?"),
        (("helo",), "did you mean `tchat --help`?)\nhint: `tchat ask helo` asks a model\n"),
        (("modles", "--json"), "`tchat ask modles --json` asks a model"),
        (("-m", "nonsense-model", "hi"), "no provider is known"),
        (("-m", "opneai/x", "hi"), "opneai"),
        (("-o", "temprature=1", "hi"), "temprature"),
        (("-o", "temperature=warm", "hi"), "warm"),
        (("-e", "huge", "hi"), "huge"),
        (("--id", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "hi"), "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        (("-c", "hi"), "no conversation"),
        (("--no-store", "-c", "hi"), "--no-store"),
        (("-a", "-", "hi"), "standard input"),
    ],
)
def test_a_mistake_on_the_command_line_is_named(shell: Shell, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, the mistake in the message, and no traceback."""
    done = shell.run(*arguments)
    assert done.code == 2, done.err
    assert said in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_question_that_begins_like_a_command_is_asked(shell: Shell) -> None:
    """Words that the command does not take make it a question, and so does what is piped in; `help` is the help."""
    with scripted(says("ok")) as server:
        shell.use(server)
        assert shell.run("usages", "of", "water").out == "ok\n"
        assert shell.run("tests", stdin=b"a poem").out == "ok\n"
        assert shell.run("help").out.startswith("Usage: tchat")
    assert server.requests[0].json["messages"][-1]["content"] == "usages of water"
    assert len(server.requests) == 2


def test_the_doctor_looks_for_no_network_where_there_is_none(shell: Shell) -> None:
    """A scripted model has neither a host nor a key."""
    done = shell.run("doctor", "script/echo")
    assert (done.code, "FAIL" in done.out) == (0, False)


def test_streams_that_are_closed_lead_nowhere(shell: Shell) -> None:
    """A daemon may start tchat without any; nothing crashes, and no file takes their place."""
    done = shell.sh("tchat -m script/echo hi <&- 2>&-; tchat -m script/echo hi >&-; tchat run ask <&-; echo $?")
    assert done.out == "hi\n2\n"
    assert "missing: --question" in done.err
    assert not list((shell.home / "state").glob("crashes/*"))


def test_limits_that_nothing_would_hold_are_refused(shell: Shell) -> None:
    """The interface takes no `--max-cost`, and nothing is sent that was only to be weighed."""
    for arguments in (
        ("--tui", "--dry-run", "hi"),
        ("--tui", "--max-cost", "1", "hi"),
        ("--dry-run",),
        ("--json", "-x", "hi"),
        ("--json", "--jsonl", "hi"),
    ):
        done = shell.run("ask", "-m", "script/echo", *arguments)
        assert (done.code, done.out) == (2, "")
    assert shell.run("history", "list").out == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_has_no_place_is_no_fault_of_tchat(shell: Shell) -> None:
    """The disk is full, or the quota; the reply is kept."""
    done = shell.sh("tchat -m script/echo hello > /dev/full")
    assert done.code == 1
    assert "cannot write to standard output: No space left on device" in done.err
    assert not list((shell.home / "state").glob("crashes/*"))
    assert shell.last()["messages"][1]["text"] == "hello"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_version_that_has_no_place_is_no_fault_of_tchat(shell: Shell) -> None:
    """The shortest of all commands says it as the others do."""
    done = shell.sh("tchat --version > /dev/full")
    assert (done.code, done.err) == (1, "error: cannot write to standard output: No space left on device\n")


def test_characters_that_the_output_has_not_end_nothing(shell: Shell) -> None:
    """A terminal of another encoding shows what it can, in the way that is asked for."""
    done = shell.sh("PYTHONIOENCODING=ascii tchat -m script/echo '“four”' -q")
    assert (done.code, done.out, done.err) == (0, "?four?\n", "")
    done = shell.sh("PYTHONIOENCODING=ascii:xmlcharrefreplace tchat -m script/echo '“four”' -q")
    assert (done.code, done.out, done.err) == (0, "&#8220;four&#8221;\n", "")


def test_scripts_are_listed_with_what_they_do_and_others_when_they_are_asked(shell: Shell) -> None:
    """Scripts come with tchat; what a server has, nobody knows before."""
    assert "script/echo" in shell.run("models", "script").out
    assert "says what you say" in shell.run("models", "script").out
    unknown = shell.run("models", "ollama")
    assert (unknown.out, unknown.err) == ("", "note: nothing is known of the models of ollama; --refresh asks it\n")


def test_a_conversation_is_removed_by_who_is_asked_or_says_so(shell: Shell) -> None:
    """Without an answer nothing is removed, and the option is named."""
    assert shell.run("-m", "script/echo", "hello").code == 0
    place = shell.run("history", "list").out.split()[0]
    unanswered = shell.sh(f"tchat history rm {place} < /dev/null")
    assert unanswered.code == 2
    assert "error: nobody answered: it was not removed\nhint: -y removes without asking\n" in unanswered.err
    assert shell.sh(f"echo n | tchat history rm {place}").code == 0
    assert place in shell.run("history", "list").out
    assert shell.sh(f"echo y | tchat history rm {place}").code == 0
    assert shell.run("history", "list").out == ""


def test_an_export_goes_on_behind_what_standard_output_has(shell: Shell) -> None:
    """What leads elsewhere is written to, and not replaced."""
    assert shell.run("-m", "script/echo", "hello").code == 0
    done = shell.sh("echo old > $HOME/log; tchat history export -o /dev/stdout >> $HOME/log; cat $HOME/log")
    assert done.out.startswith("old\n# hello\n")
    assert shell.run("history", "export", "-o", "-").out == done.out.removeprefix("old\n")


def test_no_help_has_signs_for_click(shell: Shell) -> None:
    """Examples stand in lines of their own."""
    for command in (("completion",), ("config", "set")):
        told = shell.run(*command, "--help").out
        assert "\\b" not in told
        assert "\n  bash: tchat completion bash" in told or "\n  tchat config set network.stall_timeout 120\n" in told
