"""`interdict simulate --live`: a city that goes on by the wall clock and answers, for a stack that somebody looks at.

traffic ─► Kafka ─► workers ─► Kafka ─► officers, executors, the bank ─► Kafka

Each round plays the plan from this very moment on; the next one plays that of the next seed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from itertools import count
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from interdict.city.feed import Pacer, send_all
from interdict.city.responders import Answers, Bank
from interdict.city.simulate import Plan, population, traffic
from schemas.topics import ACTIONS
from streams.kafka.clients import new_consumer, start
from streams.kafka.producer import new_producer
from streams.settings import Settings

ACTION_NAMES = tuple(topic.name for topic in ACTIONS)


async def play_live(
    plan: Plan,
    settings: Settings,
    on_sent: Callable[[int], None] = lambda _: None,
    rounds: Iterable[int] | None = None,
) -> None:
    """Play round after round until cancelled, or until the rounds are over.

    Args:
        plan: its start and its speed do not matter: events happen as they are sent.
        settings: where to.
        on_sent: told how many events were sent.
        rounds: what to add to the seed, round by round; None for 0, 1, 2 and on without end.

    Raises:
        BrokerAbsentError, RefusedError: no broker answers, or none that lets us in.
    """
    answers, bank = Answers(), Bank()
    producer = new_producer(settings)
    consumer = new_consumer(
        settings, *ACTION_NAMES, auto_offset_reset="latest", fetch_max_wait_ms=settings.fetch_wait_ms
    )

    async def play() -> None:
        for number in count() if rounds is None else rounds:
            await _round(replace(plan, seed=plan.seed + number, speed=1.0), producer, answers, bank, on_sent)

    await start(producer, settings)
    try:
        await consumer.start()
        for place in consumer.assignment():  # from here on nothing is missed
            await consumer.position(place)
        await _until_one_ends(play(), answers.give(producer, _now_ms), _listen(consumer, answers.hear, bank.hear))
    finally:
        await consumer.stop()
        await producer.stop()


async def _round(
    plan: Plan, producer: AIOKafkaProducer, answers: Answers, bank: Bank, on_sent: Callable[[int], None]
) -> None:
    answers.expect(plan)
    await send_all(producer, population(replace(plan, start_at=_now_ms())))
    begun = replace(plan, start_at=_now_ms())
    await Pacer(producer, begun).play(traffic(begun), on_sent, bank.settle)


def _now_ms() -> int:
    return int(time.time() * 1000)


async def _listen(consumer: AIOKafkaConsumer, *hearers: Callable[[dict[str, Any]], None]) -> None:
    async for record in consumer:
        command = orjson.loads(record.value)
        for hear in hearers:
            hear(command)


async def _until_one_ends(*work: Awaitable[None]) -> None:
    """Whichever ends or fails first ends all: a city that no longer answers is not to go on quietly."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
