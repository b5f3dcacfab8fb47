"""Accounts at the console: where its money went, why it was graded, and an officer's word that it is honest."""

import asyncio
import time
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from aiokafka import AIOKafkaConsumer

from interdict.centre.accounts import LEGEND, Known, picture
from interdict.run.processes import WorkerProcess
from schemas.alerts import MuleAlert
from schemas.codec import encode
from schemas.commands import AccountCommand
from schemas.events import Transaction
from schemas.reference import WatchlistEntry
from schemas.spans import DAY_MS
from schemas.topics import MULE_ALERTS, TRANSACTIONS, VICTIM_ALERTS, WATCHLIST
from streams.kafka.children import free_port
from streams.kafka.producer import new_producer
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.console.program import interdict
from tests.console.screen import EVENING, MINUTE_MS, NUMBERS, lines_of, said_of
from tests.schemas.records import CASE, COMMAND, PERSON

MULE = "6222999900001111"
OTHER = "6222020200112233445"
NUMBER = count(1)
HONEST = WatchlistEntry(
    value=MULE, kind="honest_account", category="charity", source="officer 07", added_at=EVENING,
    expires_at=EVENING + 30 * DAY_MS, note="募捐账户",
)  # fmt: skip


def transfer(at: int, payer: str, payee: str, minor: int = 300_000, **more: Any) -> Transaction:
    fields = {
        "event_id": f"a{next(NUMBER)}", "occurred_at": at, "payer_account": payer, "payee_account": payee,
        "amount_minor": minor, "phase": "posted", **more,
    }  # fmt: skip
    return Transaction.model_validate(fields)


def alert(at: int, level: str | None) -> MuleAlert:
    reason = {"code": "mule.fast", "weight": 2.0, "text": "passed on within minutes", "text_zh": "快进快出"}
    return MuleAlert.model_validate(
        {"alert_id": CASE, "occurred_at": at, "level": level, "score": 0.41, "reasons": (reason,), "account": MULE,
         "policy_version": "mules-1", "caused_by": "a1", "expires_at": at + DAY_MS}
    )  # fmt: skip


def command(at: int) -> AccountCommand:
    return AccountCommand.model_validate(
        {"command_id": COMMAND, "case_id": CASE, "issued_at": at, "expires_at": at + DAY_MS, "subscriber": PERSON,
         "level": "red", "score": 0.9, "typology": "other", "reasons": (), "policy_version": "v",
         "caused_by": "a1", "action": "stop_payment", "hop": 1, "account": MULE, "amount_minor": 300_000}
    )  # fmt: skip


def known(*, entry: WatchlistEntry | None = None, level: str | None = "orange") -> Known:
    """Money comes in before midnight, and goes on after it."""
    transfers = [
        transfer(EVENING, OTHER, MULE),
        transfer(EVENING + MINUTE_MS, OTHER, MULE, 5_000, currency="JPY"),
        transfer(EVENING + 3 * MINUTE_MS, MULE, OTHER, 295_000, channel="atm"),
        transfer(EVENING + 3 * MINUTE_MS, MULE, OTHER, 1, phase="initiated"),
    ]
    graded = alert(EVENING + 3 * MINUTE_MS, level)
    return Known(transfers, [graded], [command(EVENING + 4 * MINUTE_MS)], graded, entry)


def seen(of: Known, now: int = EVENING + 10 * MINUTE_MS) -> list[str]:
    """The lines of the picture, on a clock that hangs in China."""
    return lines_of(picture(MULE, of, ZoneInfo("Asia/Shanghai"), now), 110)


def test_the_head_says_how_an_account_stands_and_why() -> None:
    lines = seen(known())
    assert said_of("account", lines) == "···1111"
    assert said_of("grade", lines) == "orange  score 0.41  until 2026-01-03 00:01:00"
    assert said_of("because", lines) == "passed on within minutes 快进快出"
    assert said_of("came in", lines) == "3,000.00 CNY in 1 transfer, 5,000 JPY in 1 transfer"
    assert said_of("went out", lines) == "2,950.00 CNY in 1 transfer"


def test_what_happened_stands_line_by_line_with_the_date_where_the_day_changes() -> None:
    lines = [" ".join(line.split()) for line in seen(known())]
    assert lines[lines.index("2026-01-01") :] == [
        "2026-01-01",
        "23:58:00 ◄ 3,000.00 CNY from ···3445",
        "23:59:00 ◄ 5,000 JPY from ···3445",
        "2026-01-02",
        "00:01:00 ► 2,950.00 CNY to ···3445, atm",
        "00:01:00 ! orange, score 0.41: passed on within minutes",
        f"00:02:00 ■ stop the payment at the payee's 3,000.00 CNY, case {CASE[:8]}",
        " ".join(LEGEND.split()),
    ]


def test_nobodys_number_is_on_the_screen() -> None:
    assert not NUMBERS.search("\n".join(seen(known(entry=HONEST))))


def test_a_grade_that_was_taken_back_or_has_ended_is_none_any_more() -> None:
    for lines in (seen(known(level=None)), seen(known(), now=EVENING + 2 * DAY_MS)):
        assert said_of("grade", lines) == "none any more"


def test_a_grade_that_was_borne_out_again_holds_for_as_long_as_workers_hold_it() -> None:
    again = known()._replace(grade=alert(EVENING + DAY_MS, "orange"))
    assert said_of("grade", seen(again, now=EVENING + DAY_MS + 5 * MINUTE_MS)).startswith("orange")


def test_what_the_list_says_of_it_is_shown_while_it_holds() -> None:
    lines = seen(known(entry=HONEST))
    assert said_of("list", lines) == "honest: charity, by officer 07, until 2026-01-31 23:58:00"
    assert "募捐账户" in "\n".join(lines)
    assert not [line for line in seen(known(entry=HONEST), EVENING + 31 * DAY_MS) if line.startswith("list")]


@pytest.mark.parametrize("command", ["show", "clear"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert f"interdict account {command}" in interdict("account", command, "--help").stdout.partition("Example:")[2]


@pytest.mark.parametrize(
    "words",
    [
        ("show",),
        ("show", "账户"),
        ("show", "6" * 65),
        ("clear", MULE),
        ("clear", MULE, "--because", "No Slug", "--by", "x"),
        ("clear", MULE, "--because", "merchant", "--by", "x", "--days", "0"),
        ("clear", MULE, "--because", "merchant", "--by", ""),
        ("clear", MULE, "--because", "merchant", "--by", "x" * 65),
        ("clear", MULE, "--because", "merchant", "--by", "x", "--note", "x" * 501),
    ],
)
def test_wrong_usage_ends_with_two(words: tuple[str, ...]) -> None:
    assert interdict("account", *words, code=2).stderr


def test_without_a_broker_one_line_says_so() -> None:
    place = f"127.0.0.1:{free_port()}"
    (line,) = interdict("account", "show", MULE, "--bootstrap", place, code=1).stderr.splitlines()
    assert f"no broker answers at {place}" in line


async def run(place: str, *words: str, code: int = 0) -> Any:
    return await asyncio.to_thread(interdict, "account", *words, "--bootstrap", place, code=code)


async def next_of(consumer: AIOKafkaConsumer, topic: str, key: str) -> Any:
    """The next record under a key."""
    while (record := await consumer.getone()).topic != topic or record.key != key.encode():
        pass
    return orjson.loads(record.value)


@pytest.mark.broker
async def test_an_officer_looks_an_account_up_and_clears_it_and_who_pays_it_is_not_warned_of_it(
    lone_broker: str,
) -> None:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    assert "nothing is known" in (await run(lone_broker, "show", MULE, code=1)).stderr
    consumer = AIOKafkaConsumer(
        MULE_ALERTS.name, VICTIM_ALERTS.name, bootstrap_servers=lone_broker, auto_offset_reset="earliest"
    )
    await consumer.start()
    producer = new_producer(settings)
    await producer.start()

    async def pays(at: int, payer: str, payee: str, subscriber: str | None, **more: Any) -> None:
        paid = transfer(
            at, payer, payee, more.pop("minor", 4_800_000), payee_is_new=True, subscriber=subscriber, **more
        )
        await producer.send_and_wait(TRANSACTIONS.name, encode(paid), (subscriber or "").encode())

    try:
        now = int(time.time() * 1000)
        async with WorkerProcess(settings):
            await pays(now - 40 * MINUTE_MS, "6222000000000011", MULE, "+8613900000011")
            await pays(now - 20 * MINUTE_MS, MULE, OTHER, None)
            await next_of(consumer, MULE_ALERTS.name, MULE)
            lines = (await run(lone_broker, "show", f"{MULE[:4]}-{MULE[4:8]} {MULE[8:]}")).stdout.splitlines()
            assert said_of("grade", lines).startswith("orange")
            assert said_of("came in", lines) == "48,000.00 CNY in 1 transfer"
            records = (await run(lone_broker, "show", MULE, "--json")).stdout.splitlines()
            assert [orjson.loads(record)["topic"] for record in records].count(MULE_ALERTS.name) == 1
            done = await run(lone_broker, "clear", MULE, "--because", "merchant", "--by", "officer 07", "--days", "3")
            assert "is honest, says officer 07, for 3 days" in done.stderr
            assert "honest: merchant" in (await run(lone_broker, "show", MULE)).stdout
            for person in range(20, 100):  # until the worker has heard of it
                phone = f"+86139000000{person}"
                order = {"minor": 6_000_000, "phase": "initiated", "balance_minor": 100_000}
                await pays(int(time.time() * 1000), f"62220000000000{person}", MULE, phone, **order)
                told = await next_of(consumer, VICTIM_ALERTS.name, phone)
                codes = {reason["code"] for reason in told["reasons"]}
                if "pay.graded_orange" not in codes:
                    break
            assert codes & {"pay.graded_yellow", "pay.graded_orange", "pay.new_payee"} == {"pay.new_payee"}
    finally:
        await producer.stop()
        await consumer.stop()


@pytest.mark.broker
async def test_an_account_that_is_listed_as_a_mules_is_not_cleared_over_the_heads_of_who_listed_it(
    lone_broker: str,
) -> None:
    settings = Settings(bootstrap=lone_broker)
    await ensure_topics(settings)
    listed = WatchlistEntry(value=MULE, kind="account", category="mule", source="station 3", added_at=EVENING)
    words = ("clear", MULE, "--because", "merchant", "--by", "officer 07")
    producer = new_producer(settings)
    await producer.start()
    try:
        await producer.send_and_wait(WATCHLIST.name, encode(listed), MULE.encode())
        assert "by station 3" in (await run(lone_broker, *words, code=1)).stderr
        await producer.send_and_wait(WATCHLIST.name, None, MULE.encode())
    finally:
        await producer.stop()
    await run(lone_broker, *words)
    assert "honest: merchant, by officer 07" in (await run(lone_broker, "show", MULE)).stdout
