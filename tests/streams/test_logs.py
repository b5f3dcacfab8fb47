"""No phone and no account number reaches a log line, and one person's trail can be followed all the same."""

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from interdict.cli import cli
from schemas.alerts import MuleAlert
from schemas.codec import Rejected, decoder
from schemas.topics import MULE_ALERTS, Output
from streams.core.engine import Outgoing
from streams.observe.logs import (
    HashKeyError,
    configure_logging,
    divert_python,
    hidden,
    keyed_hash,
    mask,
    told,
    trail_of,
)
from streams.observe.trail import ALERTED, COMMANDED, LINES_MAX_PER_S, Trail
from streams.settings import Settings
from tests.schemas.records import LEAST
from tests.streams.bench import Bench, text

SECRETS = ["+8613800138000", "13800138000", "6222020200112233445", "138 0013 8000", "+86-138-0013-8000", "8888888",
           "acct6222020200112233445x", "alipay_13800138000"]  # fmt: skip
HANDLE = "zhang_wei"
KEY = "a key of thirty-two random bytes"
PHONE = "+8613800138000"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr("sys.stderr", stream)
    configure_logging(Settings(log_format="json", log_level="debug", log_hash_key=KEY))
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


# -- numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", SECRETS)
def test_our_own_lines_are_masked_wherever_the_number_stands(log: io.StringIO, secret: str) -> None:
    structlog.get_logger("t").warning(f"refused {secret}", payee=secret, more={"deep": [secret], secret: {secret}})
    assert secret not in log.getvalue()
    assert lines(log)[0]["level"] == "warning"


@pytest.mark.parametrize("secret", SECRETS)
def test_a_librarys_lines_are_masked_too(log: io.StringIO, secret: str) -> None:
    logging.getLogger("aiokafka.consumer").error("record %r of %s", secret.encode(), secret)
    try:
        raise ValueError(secret)
    except ValueError:
        logging.getLogger("faust").exception("failed")
    assert secret not in log.getvalue()


def test_times_and_counts_stay_readable(log: io.StringIO) -> None:
    structlog.get_logger("t").info("batch", records=3000, at=1_790_000_000_000, broker="10.100.200.30:9092")
    (line,) = lines(log)
    assert (line["records"], line["at"], line["broker"]) == (3000, 1_790_000_000_000, "10.100.200.30:9092")


@given(
    st.from_regex(r"\+?[1-9][0-9]{6,18}", fullmatch=True),
    st.sampled_from(["{}", "a {} b", "({})", "'{}',", "{}。", "id{}x", "a-{}-b"]),
)
def test_any_long_number_is_masked(number: str, sentence: str) -> None:
    assert number.lstrip("+") not in mask(sentence.format(number), b"k").replace(keyed_hash(number, b"k"), "")


# -- what has no digits ------------------------------------------------------------------------------------------


def test_what_is_said_as_hidden_leaves_as_its_hash_whatever_it_looks_like(log: io.StringIO) -> None:
    structlog.get_logger("t").info("seen", handle=hidden(HANDLE), person=hidden(PHONE), deep=[hidden(HANDLE)])
    (line,) = lines(log)
    assert HANDLE not in log.getvalue()
    assert line["handle"] == line["deep"][0] == "#" + keyed_hash(HANDLE, KEY.encode())
    assert line["person"] == mask(PHONE, KEY.encode()), "a person has one hash, masked or hidden"


def test_what_is_hidden_says_nothing_where_no_formatter_hides_it() -> None:
    assert HANDLE not in f"{hidden(HANDLE)} {hidden(HANDLE)!r} {[hidden(HANDLE)]}"


QUOTING = [
    lambda: {}[HANDLE],
    lambda: int(HANDLE),
    lambda: HANDLE.encode().join([b"\xff"]).decode() + (HANDLE.encode() + b"\xff").decode(),
    lambda: [].remove(HANDLE),  # type: ignore[arg-type]
    lambda: getattr(object(), HANDLE),
]


@pytest.mark.parametrize("fails", QUOTING)
def test_an_error_that_quotes_its_input_is_told_by_class_and_place(log: io.StringIO, fails: Any) -> None:
    try:
        fails()
    except Exception as problem:
        structlog.get_logger("t").error("ours", error=problem)
        structlog.get_logger("t").exception("ours, under way")
        logging.getLogger("mode.services").exception("Crashed reason=%r", problem)
        logging.getLogger("mode.services").error("Crashed reason=%s", problem)
        kind = type(problem).__name__
    assert HANDLE not in log.getvalue()
    assert log.getvalue().count(kind) >= 4
    assert log.getvalue().count("test_logs.py") >= 4, "and where it was"


def test_an_errors_cause_is_told_too_and_not_quoted() -> None:
    try:
        try:
            {}[HANDLE]
        except KeyError as problem:
            raise RuntimeError(HANDLE) from problem
    except RuntimeError as problem:
        said = told(problem)
    assert said.startswith("RuntimeError at streams/test_logs.py:")
    assert "; after KeyError at " in said
    assert HANDLE not in said


def test_errors_of_our_own_say_what_they_have_to_say() -> None:
    assert told(Rejected("not_json", "line 1")) == "Rejected: not_json: line 1"
    assert told(FileNotFoundError(2, "No such file", "/x")).startswith("FileNotFoundError: [Errno 2]")


async def test_what_python_itself_would_print_goes_through_the_formatter(
    log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner, hook in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(owner, hook, getattr(owner, hook))
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    loop = asyncio.get_running_loop()
    divert_python(loop)
    problem = KeyError(HANDLE)
    sys.excepthook(KeyError, problem, None)
    thread = threading.Thread(target=lambda: {}[HANDLE])
    thread.start()
    thread.join()
    loop.call_exception_handler({"message": f"Task {HANDLE} failed", "exception": problem})
    warnings.showwarning(f"Expected `str`, got {HANDLE}", UserWarning, "/a/b.py", 3)
    sys.unraisablehook(type("Args", (), {"exc_value": problem})())
    assert HANDLE not in log.getvalue()
    assert [line["logger"] for line in lines(log)] == ["python"] * 5


# -- a trail -------------------------------------------------------------------------------------------------------


def test_one_persons_lines_can_be_followed_without_knowing_them() -> None:
    key = b"secret"
    assert mask("13800138000 called", key) == mask("138-0013-8000 called", key)
    assert keyed_hash(PHONE, key) == keyed_hash("86 13800138000", key)
    assert keyed_hash("a", key) != keyed_hash("a", b"other")


def written() -> list[Outgoing]:
    """What the text of somebody leads to."""
    return Bench(every=1).apply(text(PHONE, 1)).outgoing


def test_a_command_is_one_line_that_names_person_case_and_command_by_hashes(log: io.StringIO) -> None:
    (command,) = written()
    Trail("victims").written([command])
    (line,) = lines(log)
    assert command.output is not None
    value: Any = command.output.value
    settings = Settings(log_hash_key=KEY)
    assert (line["event"], line["action"], line["risk"]) == (COMMANDED, value.action, value.level)
    assert line["subscriber"] == trail_of(PHONE, settings)
    assert line["case"] == trail_of(value.case_id, settings)
    assert line["command"] == trail_of(value.command_id, settings)
    for kept in (PHONE[1:], value.case_id, value.command_id, value.caused_by):
        assert kept not in log.getvalue()


def test_an_alert_is_a_line_at_level_debug_and_what_no_person_is_about_is_none(log: io.StringIO) -> None:
    alert = decoder(MULE_ALERTS)(orjson.dumps(LEAST[MuleAlert]))
    account: Any = alert
    Trail("mules").written([Outgoing(MULE_ALERTS.name, b"", b"", [], Output(MULE_ALERTS, account.account, alert))])
    Trail("mules").written([Outgoing("telecom.sms.dead-letter", b"", b"", [])])
    (line,) = lines(log)
    assert (line["event"], line["level"]) == (ALERTED, "debug")
    assert line["account"] == "#" + keyed_hash(account.account, KEY.encode())


def test_a_flood_of_commands_is_no_flood_of_lines(log: io.StringIO) -> None:
    seconds = [10.0]
    trail = Trail("victims", lambda: seconds[0])
    (one,) = written()
    trail.written([one] * (LINES_MAX_PER_S + 7))
    assert len(lines(log)) == LINES_MAX_PER_S
    seconds[0] = 11.0
    trail.written([one])
    assert [line.get("lines") for line in lines(log)[-2:]] == [7, None]


def test_who_holds_the_key_finds_the_trail() -> None:
    environment = {"INTERDICT_LOG_HASH_KEY": KEY}
    asked = CliRunner().invoke(cli, ["trail", PHONE, "x"], env=environment)
    read = CliRunner().invoke(cli, ["trail", "-"], env=environment, input=f"{PHONE}\nx\n")
    assert asked.stdout.split() == read.stdout.split() == ["#" + keyed_hash(n, KEY.encode()) for n in (PHONE, "x")]


def test_without_the_key_there_is_no_trail_and_a_short_key_is_refused() -> None:
    with pytest.raises(HashKeyError, match="LOG_HASH_KEY is not set"):
        trail_of(PHONE, Settings())
    with pytest.raises(HashKeyError, match="shorter than"):
        configure_logging(Settings(log_hash_key="1234"))
