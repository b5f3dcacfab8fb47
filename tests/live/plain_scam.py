"""One plain scam for tests on a live worker: red, and answered on every topic, at any hour.

Night is evidence (`pay.night`): a payment that is red only with it makes a test that passes by the hour. This one has
many witnesses: an hour of video with somebody abroad, a text that offers tasks for pay, all the money. So it is red at
noon, and everything is taken; `test_plain_scam.py` looks at every hour of a day.
"""

from collections.abc import Iterable
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from schemas.topics import ACCOUNT, CALLS, CASES, DISSUASION, POLICIES, SMS, TRANSACTIONS, VICTIM_ALERTS, WATCHLIST
from tests.kit.story import ABROAD
from tests.live.trial import ROSTER, Row

MULE = "6222999900000001"
PERSON = "+8619900000001"
ANSWERED_ON = (ACCOUNT.name, DISSUASION.name, VICTIM_ALERTS.name, CASES.name)
"""Where a worker says something about it."""
TASKS_TEXT = "招兼职刷单，每单返利50元，先垫付做任务，完成即返本金和佣金，名额有限"
BEFORE_MS = 120_000
"""The text comes so long before the money leaves."""
ON_LINE_MS = 3_600_000
"""So long the caller has been on the line by then."""


def before(at: int) -> list[Row]:
    """What a worker must know first: the payee's account is listed, and somebody is on duty round the clock, so that no
    shift ends while a test looks."""
    roster = _row(POLICIES.name, "roster", name="roster", body=ROSTER)
    mule = _row(WATCHLIST.name, MULE, value=MULE, kind="account", category="mule", source="test", added_at=at)
    return [roster, mule]


def scam(at: int, person: str = PERSON) -> list[Row]:
    """A call from abroad, a text that offers tasks, and two minutes later all the money leaves for the mule, with
    the caller on the line.

    Args:
        at: when it leaves, Unix ms. On a live worker, now: it refuses what lies ahead of its clock; and where nothing
            came before, deadlines that lie behind its clock are over at once.
        person: the victim.
    """
    call = _row(
        CALLS.name, person, event_id=f"call-{person[1:]}", occurred_at=at - ON_LINE_MS, subscriber=person, peer=ABROAD,
        peer_type="foreign", direction="in", phase="answered", medium="video", call_id=f"call-{person[1:]}",
    )  # fmt: skip
    text = _row(
        SMS.name, person, event_id=f"text-{person[1:]}", occurred_at=at - BEFORE_MS, subscriber=person,
        peer="13711112222", direction="in", text=TASKS_TEXT,
    )  # fmt: skip
    paid = _row(
        TRANSACTIONS.name, person, event_id=f"paid-{person[1:]}", occurred_at=at, subscriber=person,
        payer_account="6222000000000001", payee_account=MULE, amount_minor=60_000_000, balance_minor=100_000,
        phase="initiated", payee_is_new=True, payer_is_subscriber=True,
    )  # fmt: skip
    return [call, text, paid]


def _row(topic: str, key: str, **value: Any) -> Row:
    return Row(topic, key.encode(), orjson.dumps(value))


async def produce(producer: AIOKafkaProducer, rows: Iterable[Row], **more: Any) -> None:
    """Produce rows one after the other, with whatever else the producer is to be told."""
    for row in rows:
        await producer.send_and_wait(row.topic, row.value, row.key, **more)
