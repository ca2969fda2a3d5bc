"""Laws of meters and budgets, seen from a shell."""

import csv
import io
import signal
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.running import Shell
from tests.servers import Answer, scripted

PAID = """
about = "answers for money"
[facts]
window = 1000
max_output = 100
[facts.price]
input = 1000.0
output = 10000.0
[[turns]]
actions = [
    { do = "usage", input = 100, output = 10 },
    { do = "text", text = "Four, I think." },
]
"""
COST = (100 * 1000 + 10 * 10_000) / 1e6


@pytest.fixture
def paid(tmp_path: Path) -> str:
    """A scripted model that costs 20 cents a reply, and could cost more than a dollar."""
    path = tmp_path / "paid.toml"
    path.write_text(PAID, "utf-8")
    return f"script/{path}"


def test_a_line_after_each_question_tells_tokens_cost_and_time(shell: Shell, paid: str) -> None:
    """On stderr, and not with -q; the answer alone is on stdout."""
    done = shell.run("-m", paid, "2 + 2?")
    assert (done.code, done.out) == (0, "Four, I think.\n")
    assert "100 in · 10 out · $0.200 · " in done.err
    assert shell.run("-q", "-m", paid, "2 + 2?").err == ""


def test_a_reply_that_broke_off_or_was_stopped_tells_what_it_took_too(shell: Shell, tmp_path: Path) -> None:
    """As an estimate, counted in the sums; what was turned down took nothing."""
    told = '{ do = "text", text = "Four, I think." },'
    (tmp_path / "cut.toml").write_text(PAID.replace(told, f'{told} {{ do = "fail", error = "Interrupted" }},'), "utf-8")
    cut = shell.run("-m", f"script/{tmp_path / 'cut.toml'}", "2 + 2?")
    assert cut.code == 5
    assert cut.err.startswith("≈100 in · ≈10 out · ≈ $0.200 · ")
    assert "\nerror: " in cut.err
    (tmp_path / "slow.toml").write_text(PAID.replace(told, f'{told} {{ do = "pause", seconds = 60.0 }},'), "utf-8")
    slow = shell.start("-m", f"script/{tmp_path / 'slow.toml'}", "2 + 2?")
    assert slow.stdout is not None
    assert slow.stdout.read(4) == b"Four"
    slow.send_signal(signal.SIGINT)
    _, said = slow.communicate(timeout=60)
    assert slow.returncode == 130
    assert said.decode().startswith("≈100 in · ≈10 out · ≈ $0.200 · ")
    turned_down = PAID.replace("actions = [", 'actions = [{ do = "fail", error = "KeyRejected" },')
    (tmp_path / "no.toml").write_text(turned_down, "utf-8")
    assert shell.run("-m", f"script/{tmp_path / 'no.toml'}", "2 + 2?").err.startswith("error: ")
    (row,) = shell.run("usage", "--json").json
    assert (row["replies"], row["estimated"], row["cost"]) == (2, 2, pytest.approx(2 * COST))
    assert "≈$0.400" in shell.run("usage").out


def test_what_was_spent_is_summed_whatever_was_kept(shell: Shell, paid: str) -> None:
    """Each question once: with a conversation, without one, and after the conversation is gone."""
    shell.run("-q", "-m", paid, "one")
    shell.run("-q", "-m", paid, "-c", "two")
    shell.run("-q", "-m", paid, "--no-store", "three")
    shell.run("-q", "-m", "script/echo", "for nothing")
    (by_day,) = shell.run("usage", "--json").json
    assert (by_day["replies"], by_day["input"], by_day["unpriced"]) == (4, 303, 0)
    assert by_day["cost"] == pytest.approx(3 * COST)
    models = {row["key"]: row for row in shell.run("usage", "--by", "model", "--json").json}
    assert models[paid]["cost"] == pytest.approx(3 * COST)
    assert models["script/echo"]["cost"] == 0
    history = shell.run("history", "list").out.splitlines()
    assert shell.run("history", "rm", "-y", *(line.split()[0] for line in history)).code == 0
    rows = list(csv.DictReader(io.StringIO(shell.run("usage", "--by", "conversation", "--csv").out)))
    assert [(row["conversation"], row["replies"]) for row in rows] == [("", "4")]
    assert "together" in shell.run("usage").out


def test_a_question_that_could_cost_too_much_is_not_sent(shell: Shell, paid: str) -> None:
    """The budget's exit code, what happened and what to do; a shorter reply goes out."""
    done = shell.run("-m", paid, "--max-cost", "0.5", "2 + 2?")
    assert (done.code, done.out) == (9, "")
    assert "could cost" in done.err
    assert "--max-cost" in done.err
    assert shell.run("-q", "-m", paid, "--max-cost", "0.5", "-o", "max_tokens=20", "2 + 2?").code == 0
    assert shell.run("usage", "--json").json[0]["replies"] == 1


def test_processes_share_the_month(shell: Shell, paid: str) -> None:
    """Many questions at once, kept or not, never spend more than the month has."""
    limit = 3.0
    shell.run("config", "set", "budget.per_month", str(limit))
    commands = [
        shell.start("-q", "-m", paid, "-o", "max_tokens=20", *(["--no-store"] if number % 2 else []), "2 + 2?",
                    stdin=subprocess.DEVNULL)
        for number in range(6)
    ]  # fmt: skip
    for process in commands:
        process.communicate(timeout=120)
    codes = [process.returncode for process in commands]
    assert set(codes) <= {0, 9}
    assert codes.count(0) >= 1
    spent = sum(row["cost"] for row in shell.run("usage", "--json").json)
    assert spent == pytest.approx(COST * codes.count(0))
    assert spent <= limit


def test_processes_share_the_limit_of_a_conversation(shell: Shell, tmp_path: Path) -> None:
    """One goes on where another one has ended, and not before; what was stopped has cost what it took."""
    usage = '{ do = "usage", input = 100, output = 10 },'
    slow = PAID.replace(usage, f'{usage} {{ do = "text", text = "Well. " }}, {{ do = "pause", seconds = 60.0 }},')
    (tmp_path / "slow.toml").write_text(slow, "utf-8")
    (tmp_path / "paid.toml").write_text(PAID, "utf-8")
    slow_one, paid = (f"script/{tmp_path / name}" for name in ("slow.toml", "paid.toml"))
    short = ("-o", "max_tokens=20")
    shell.run("config", "set", "budget.per_conversation", "0.72")
    assert shell.run("-m", paid, *short, "2 + 2?").code == 0
    home = shell.run("history", "list").out.split()[0]
    holding = shell.start("--id", home, "-m", slow_one, *short, "2 + 2?")
    assert holding.stdout is not None
    assert holding.stdout.read(4) == b"Well"
    refused = shell.run("--id", home, "-m", paid, *short, "2 + 2?")
    elsewhere = shell.run("-m", paid, *short, "2 + 2?")
    holding.send_signal(signal.SIGINT)
    holding.communicate(timeout=60)
    assert (refused.code, elsewhere.code) == (2, 0)
    assert "is still being written in that conversation" in refused.err
    shorter = ("-o", "max_tokens=10")
    assert shell.run("--id", home, "-m", paid, *shorter, "2 + 2?").code == 0
    assert shell.run("--id", home, "-m", paid, *shorter, "2 + 2?").code == 9
    rows = {row["key"]: row for row in shell.run("usage", "--by", "conversation", "--json").json}
    assert rows[home]["cost"] == pytest.approx(3 * COST)
    assert rows[home]["cost"] <= 0.72


def test_a_dry_run_sends_nothing_and_says_the_worst_case(shell: Shell, paid: str) -> None:
    """Tokens, window and the most that it could cost, for people and as JSON."""
    done = shell.run("-m", paid, "--dry-run", "2 + 2?")
    assert done.code == 0
    assert "% of 1k" in done.out
    assert "at most $" in done.out
    forecast = shell.run("-m", paid, "--dry-run", "--json", "2 + 2?").json
    assert forecast["model"] == paid
    assert forecast["worst_cost"] > 1.0
    assert 3 < forecast["estimated"] < 20
    assert shell.run("usage", "--json").json == []
    assert shell.run("history", "list").out == ""


def test_a_dry_run_asks_the_provider_only_where_that_is_said(shell: Shell) -> None:
    """Without --count not a byte goes out; with it the provider's own count stands beside the estimate."""
    says = Answer(content_type="application/json", body=(b'{"input_tokens": 1234}',))
    with scripted(says) as server:
        shell.configure(f'[providers.house]\nkind = "openai"\nbase_url = "{server.url}/v1"\nneeds_key = false\n')
        alone = shell.run("-m", "house/model", "--dry-run", "2 + 2?")
        assert "input   ≈" in alone.out
        assert server.requests == []
        counted = shell.run("-m", "house/model", "--dry-run", "--count", "2 + 2?")
        assert "input   1,234 (estimated ≈" in counted.out
        assert [request.path for request in server.requests] == ["/v1/responses/input_tokens"]
    assert shell.run("-m", "house/model", "--count", "2 + 2?").code == 2


def test_a_conversation_that_does_not_fit_is_refused_or_shortened_aloud(shell: Shell, tmp_path: Path) -> None:
    """Refused with what to do; with --fit drop the oldest turns are left out, and that is said."""
    (tmp_path / "small.toml").write_text(PAID.replace('{ do = "usage", input = 100, output = 10 },', ""), "utf-8")
    paid = f"script/{tmp_path / 'small.toml'}"
    first = shell.run("-m", paid, "--fit", "drop", "word " * 5000)
    assert first.code == 10
    assert "hint: send less, or take a model with a larger window" in first.err
    assert shell.run("-q", "-m", paid, "word " * 700).code == 0
    full = shell.run("-m", paid, "word " * 560)
    assert "context 7" in full.err
    assert "% full" in full.err
    refused = shell.run("-m", paid, "-c", "word " * 300)
    assert refused.code == 10
    assert "--fit drop" in refused.err
    dropped = shell.run("-m", paid, "-c", "--fit", "drop", "word " * 300)
    assert dropped.code == 0
    assert "left out" in dropped.err
    weighed = shell.run("-m", paid, "-c", "--dry-run", "word " * 300)
    assert weighed.code == 0
    assert "fit     it does not fit the model and would not be sent\n" in weighed.out
    assert "--fit summarise  summarise the 2 oldest turns in 2 calls: ≈ $" in weighed.out
    assert "--fit drop       leave out the 2 oldest turns this once\n" in weighed.out
    ways = shell.run("-m", paid, "-c", "--dry-run", "--json", "word " * 300).json["ways"]
    assert (ways["summary"]["turns"], ways["summary"]["calls"], ways["left_out"]) == (2, 2, 2)
    assert ways["summary"]["cost"] < ways["summary"]["worst_cost"]
    summarised = shell.run("-m", paid, "-c", "--fit", "summarise", "word " * 300)
    assert summarised.code == 0
    assert "summarises the oldest turn first" in summarised.err
    assert "in place of the oldest turn from here on" in summarised.err
    assert "Four, I think." in shell.run("history", "show").out.partition("in place of everything above")[2]
    alone = shell.run("-m", paid, "-c", "--fit", "summarise", "word " * 3000)
    assert alone.code == 10


def test_what_is_nearly_used_up_is_warned_of(shell: Shell, paid: str, tmp_path: Path) -> None:
    """The model's window and a limit, from nine tenths on; -q silences it."""
    shell.run("config", "set", "budget.per_month", "1.1")
    small = ("-o", "max_tokens=20", "-m", paid)
    told = [shell.run(*small, "2 + 2?").err for _ in range(5)]
    assert ["note: $1.00 of the $1.10 that a month may cost are spent" in said for said in told] == [False] * 4 + [True]
    assert shell.run("config", "set", "budget.per_month", "9").code == 0
    full = PAID.replace("input = 100,", "input = 930,")
    (tmp_path / "full.toml").write_text(full, "utf-8")
    assert "note: the context window is 94 % full" in shell.run("-m", f"script/{tmp_path / 'full.toml'}", "hi").err
    assert shell.run("-q", "-m", f"script/{tmp_path / 'full.toml'}", "-o", "max_tokens=20", "hi").err == ""


@pytest.mark.parametrize("day", ["yesterday-ish", "2026-13", "2026-02-30", "1"])
def test_what_is_no_day_is_refused(shell: Shell, day: str) -> None:
    """The message names it."""
    done = shell.run("usage", "--since", day)
    assert done.code == 2
    assert repr(day) in done.err
