"""What is told of commands, and reports: of what nobody gave, of somebody else, at odd times."""

from collections.abc import Iterator
from itertools import product

import orjson

from schemas.topics import OUTCOME_TOPICS, REPORTS
from streams.core.partitioner import partition_of
from tests.live.poison.aim import DAY, MINUTE, TIME_MAX, UUID, Aim, Fate, Parcel, account_of
from tests.live.poison.kinds import Kinds
from tests.live.raw import Dose

KINDS = Kinds()


@KINDS.kind("outcomes: of commands that nobody gave")
def _of_nothing(aim: Aim) -> Iterator[Parcel]:
    for topic in OUTCOME_TOPICS:
        for number, told in enumerate(OUTCOME_WORDS):
            yield aim.parcel(topic, aim.good(topic, command_id=UUID % number, outcome=told))


OUTCOME_WORDS = (
    "acknowledged", "executed", "rejected", "failed", "reached", "unreachable", "persuaded", "refused", "false_alarm",
    "expired", "approved", "declined", "handed_over",
)  # fmt: skip


@KINDS.kind("outcomes: of another person's command")
def _of_another(aim: Aim) -> Iterator[Parcel]:
    for topic in OUTCOME_TOPICS:
        for told in OUTCOME_WORDS:
            yield aim.parcel(topic, aim.good(topic, command_id=aim.command[0], outcome=told))


@KINDS.kind("outcomes: of a real command, dated oddly", aside=True)
def _oddly_dated(aim: Aim) -> Iterator[Parcel]:
    command, person = aim.command
    lane = partition_of(person.encode(), aim.partitions)
    ahead = (aim.clock + 58 * MINUTE, aim.clock + DAY, TIME_MAX)
    for at in (aim.now - 100 * DAY, aim.now - DAY, *ahead):
        for topic, told in product(OUTCOME_TOPICS, ("acknowledged", "unreachable")):
            value = aim.good(topic, command_id=command, subscriber=person, occurred_at=at, outcome=told)
            yield Parcel(topic.name, lane, (Dose(orjson.dumps(value), person.encode()),))


@KINDS.kind("outcomes: about the desk")
def _of_desk(aim: Aim) -> Iterator[Parcel]:
    for topic in OUTCOME_TOPICS:
        value = aim.good(topic, subscriber="desk")
        yield Parcel(topic.name, aim.lane, (Dose(orjson.dumps(value), b"desk"),))


@KINDS.kind("reports: of money that innocents received")
def _reported(aim: Aim) -> Iterator[Parcel]:
    innocent = account_of(aim.command[1])
    values = [aim.good(REPORTS, payee_accounts=[innocent, aim.account], amount_minor=9_000_000, account=aim.account)]
    values += [aim.good(REPORTS, payee_accounts=[f"{n:016}" for n in range(64)]) for _ in range(20)]
    yield aim.parcel(REPORTS, *values, fate=Fate.TAKEN)
