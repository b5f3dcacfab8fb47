"""The command as a person meets it: help, one clear line when something is wrong, exit codes, clean output."""

import asyncio
import signal
import socket
import sys
from pathlib import Path

import orjson
import pytest

from schemas.asyncapi import render
from streams.kafka.children import free_port
from tests.console.program import ASCII_ONLY, ENVIRONMENT, fresh, interdict
from tests.kit.patience import PATIENCE_S

COMMANDS = (
    "demo", "worker", "broker", "topics", "simulate", "town", "replay", "evaluate", "truth", "bench",
    "asyncapi", "check",
)  # fmt: skip


def test_help_names_every_command() -> None:
    told = fresh("--help", environment=ENVIRONMENT).stdout
    assert all(command in told for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert f"interdict {command}" in interdict(command, "--help").stdout.partition("Example:")[2]


@pytest.mark.parametrize(
    "words", [("levitate",), ("simulate", "--rate", "fast"), ("demo", "--seconds", "1"), ("replay", "/no/such/file")]
)
def test_wrong_usage_is_said_and_ends_with_two(words: tuple[str, ...]) -> None:
    assert interdict(*words, code=2).stderr


@pytest.mark.parametrize("words", [("worker",), ("topics",), ("topics", "--check")])
def test_a_missing_broker_gives_one_clear_line_and_ends_with_one(words: tuple[str, ...]) -> None:
    place = f"127.0.0.1:{free_port()}"
    (line,) = interdict(*words, "--bootstrap", place, code=1).stderr.strip().splitlines()[-1:]
    assert "no broker answers" in line
    assert place in line


def test_a_missing_broker_is_one_failed_check_among_others() -> None:
    told = interdict("check", "--bootstrap", f"127.0.0.1:{free_port()}", code=1).stdout
    assert "text model" in told
    assert "no" in told


def test_a_taken_port_gives_one_clear_line_and_ends_with_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in ("broker", "demo"):
            told = interdict(command, "--port", port, code=1).stderr.strip().splitlines()
            assert len(told) == 1
            assert f"port {port} is taken" in told[0]


def test_a_wrong_setting_is_named_but_its_value_is_not_printed() -> None:
    told = interdict("topics", code=1, INTERDICT_PARTITIONS="forty-two").stderr
    assert "INTERDICT_PARTITIONS" in told
    assert "forty-two" not in told


def test_the_contract_is_printed_as_it_is_rendered() -> None:
    assert interdict("asyncapi").stdout == render()


@pytest.mark.parametrize("words", [("asyncapi",), ("policy", "show", "victims", "--packaged")])
def test_data_is_utf_8_in_whatever_locale(words: tuple[str, ...]) -> None:
    assert interdict(*words, **ASCII_ONLY).stdout == interdict(*words).stdout


def test_a_recording_is_replayed_in_a_locale_that_has_no_chinese(tmp_path: Path) -> None:
    interdict("simulate", "--seconds", "600", "--rate", "1", "--out", str(tmp_path / "feed.ndjson"))
    words = ("replay", str(tmp_path / "feed.ndjson"))
    assert interdict(*words, **ASCII_ONLY).stdout == interdict(*words).stdout


def test_simulated_traffic_goes_to_stdout_and_can_be_replayed(tmp_path: Path) -> None:
    made = interdict("simulate", "--seconds", "600", "--rate", "5", "--population", "200", "--start",
                     "2026-01-01T12:00:00+08:00", "--truth", str(tmp_path / "truth.ndjson"))  # fmt: skip
    (tmp_path / "feed.ndjson").write_text(made.stdout)
    assert all(orjson.loads(line).keys() == {"topic", "key", "value"} for line in made.stdout.splitlines())
    told = interdict("replay", str(tmp_path / "feed.ndjson"))
    apart = interdict("replay", str(tmp_path / "feed.ndjson"), "--out", str(tmp_path / "out"))
    assert apart.stdout == ""
    files = sorted((tmp_path / "out").iterdir())
    assert sorted(told.stdout.splitlines()) == sorted(line for f in files for line in f.read_text().splitlines())
    assert {f.name for f in files} >= {"alerts.victims.ndjson", "actions.account.ndjson"}


@pytest.mark.broker
@pytest.mark.embedded
async def test_the_broker_command_serves_until_it_is_interrupted() -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "interdict", "broker", "--port", str(port), stdout=asyncio.subprocess.PIPE,
        env=ENVIRONMENT,
    )  # fmt: skip
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)
    assert str(port).encode() in line
    made = await asyncio.to_thread(interdict, "topics", "--bootstrap", f"127.0.0.1:{port}")
    assert "telecom.calls" in made.stdout
    assert (
        "every topic exists"
        in (await asyncio.to_thread(interdict, "topics", "--bootstrap", f"127.0.0.1:{port}")).stdout
    )
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0


@pytest.mark.broker
async def test_a_worker_told_to_stop_leaves_with_zero(lone_broker: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "interdict", "worker", "--bootstrap", lone_broker,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env=ENVIRONMENT | {"INTERDICT_SESSION_TIMEOUT_S": "6"},
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while b"worker ready" not in await process.stdout.readline():
            assert process.returncode is None
    process.send_signal(signal.SIGTERM)
    rest = await asyncio.wait_for(process.stdout.read(), PATIENCE_S)
    assert await process.wait() == 0
    assert b"Traceback" not in rest
