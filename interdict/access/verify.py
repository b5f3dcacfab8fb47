"""`interdict verify`: reads a broker's commands and judges each as an executor would now."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console

from interdict.access.keys import read_public_keys
from interdict.access.verifier import GOOD, UNREADABLE, VERDICTS, Verdict, Verifier
from schemas.topics import ACTIONS
from streams.core.deadletters import Unreadable
from streams.kafka.clients import BrokerAbsentError, start
from streams.kafka.recovery import new_reader, read_to_end
from streams.runtime.signing import environment_of
from streams.settings import Settings

COMMAND_TOPICS = tuple(topic.name for topic in ACTIONS)
WATCH_S = 10.0
POLL_MS = 200
TOLD_MAX = 20
"""Bad commands whose places are told one by one."""


class Tally:
    """What was found, topic by topic, and where the bad ones lie."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.found: dict[str, Counter[Verdict]] = {topic: Counter() for topic in topics}
        self.bad: list[str] = []

    def add(self, record: Any, verdict: Verdict) -> None:
        """Count a record, and note its place if it is bad."""
        self.found[record.topic][verdict] += 1
        if verdict.is_bad and len(self.bad) < TOLD_MAX:
            self.bad.append(f"{record.topic} partition {record.partition} offset {record.offset}: {verdict.name}")

    @property
    def all(self) -> Counter[Verdict]:
        """Every topic's together."""
        return sum(self.found.values(), Counter())

    def lines(self) -> Iterable[str]:
        """One line a topic."""
        for topic, found in self.found.items():
            told = ", ".join(f"{verdict.name} {found[verdict]:,}" for verdict in VERDICTS if found[verdict])
            yield f"{topic:<20} {found.total():>9,}  {told or 'none came'}"


async def verify(
    settings: Settings,
    keys: Iterable[Path],
    topics: Iterable[str],
    console: Console,
    *,
    from_beginning: bool,
    seconds: float,
) -> int:
    """`interdict verify`: judge a broker's commands as an executor would now; exit code 1 where any is bad.

    Args:
        settings: where the broker is.
        keys: files of public keys and folders of them: those that are valid.
        topics: topics of commands.
        console: where progress is told.
        from_beginning: whether what the topics hold is judged too.
        seconds: how long to watch for what comes then.

    Raises:
        SigningKeyError: a file is no key, or this environment has no name.
        BrokerAbsentError, RefusedError: no broker answers or lets us in, or it has not these topics.
    """
    verifier, tally = Verifier(read_public_keys(keys), environment_of(settings)), Tally(topics)

    def judge(records: Iterable[Any]) -> None:
        for record in records:
            tally.add(record, _verdict(verifier, record))
        status.update(f"verifying commands ... {tally.all.total():,}")

    consumer = new_reader(settings, skip=True)
    with console.status("verifying commands ...") as status:
        try:
            await start(consumer, settings)
            tps = await _partitions(consumer, tuple(tally.found))
            if from_beginning:
                async for records in read_to_end(consumer, tps):
                    judge(records)
            else:
                consumer.assign(tps)
                await consumer.seek_to_end(*tps)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while True:
                        for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                            judge(records)
        finally:
            await consumer.stop()
    return _tell(tally, console)


def _verdict(verifier: Verifier, record: Any) -> Verdict:
    if isinstance(record, Unreadable):
        return UNREADABLE
    return verifier.check(record.topic, record.key, record.value, record.headers, int(time.time() * 1000))


async def _partitions(consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    metadata = await consumer._client.fetch_all_metadata()
    found = {topic: metadata.partitions_for_topic(topic) for topic in topics}
    if missing := [topic for topic, partitions in found.items() if not partitions]:
        raise BrokerAbsentError(f"the broker has no topic {', '.join(missing)}; `interdict topics` makes it")
    return [TopicPartition(topic, number) for topic, numbers in found.items() for number in sorted(numbers)]


def _tell(tally: Tally, console: Console) -> int:
    for line in tally.lines():
        print(line)
    for place in tally.bad:
        print(place)
    found = {verdict: count for verdict, count in tally.all.items() if verdict is not GOOD}
    for verdict in sorted(found, key=VERDICTS.index):
        console.print(f"[bold]{verdict.name}[/bold]: {verdict.means}")
    bad = sum(count for verdict, count in found.items() if verdict.is_bad)
    if bad:
        console.print(f"[red]{bad:,} commands must not be carried out[/red]")
    return int(bad > 0)
