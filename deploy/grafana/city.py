"""A small city watched by a real Prometheus: for the tests of dashboards and alerts, and for the pictures of them.

    simulated feeds, officers, bank ─► broker ─► workers ─► /metrics ─► Prometheus, with the real rules

Events happen as they are sent, so that lag and first contact are what they say. Beside the scams there is some trouble:
records that cannot be read, ones keyed by nobody, a policy that is refused, a limiter and a kill switch that bite.
Whenever it is played, it is noon in the city.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.desk.limits import Limits
from agents.desk.roster import Roster
from agents.relay.playbook import Playbook
from agents.victims.policy import Policy
from deploy.prometheus.server import Prometheus
from interdict.access.keys import write_pair
from interdict.city.live import play_live
from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from schemas.topics import CALLS, OUTCOMES, POLICIES, SMS, TRANSACTIONS
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.producer import open_producer
from streams.kafka.topics import ensure_topics
from streams.settings import Settings

TROUBLES = 9
"""How often there is trouble, evenly spread."""
SETTLE_S = 3.0
"""How long Prometheus goes on looking when the time is over."""
STRICT = {"policy_version": "strict", "per_minute": 1, "per_minute_area": 1, "per_minute_rule": 1}
STOPPED = {**STRICT, "policy_version": "stopped", "kill_switch": True}
QUICK_ACK_S = 8
"""Within which an officer must acknowledge a task, in a city that is played for seconds."""
NOBODY = "+8619700000000"
Row = tuple[str, bytes | None, bytes]
"""Topic, key, value."""


class Broker(Protocol):
    """A broker that was started."""

    @property
    def bootstrap(self) -> str:
        """Its address, host:port."""


@dataclass(frozen=True)
class Watched:
    """A time of the city, as Prometheus has it."""

    prometheus: Prometheus
    workers: tuple[str, ...]
    """Their addresses, host:port: the values of `instance`."""
    start: float
    """Unix seconds."""
    end: float


@asynccontextmanager
async def watched(
    plan: Plan,
    seconds: float,
    broker: AbstractAsyncContextManager[Broker] | None = None,
    workers: int = 1,
    *,
    strict: bool = True,
) -> AsyncIterator[Watched]:
    """Play a plan by the wall clock; on entry it is over, and Prometheus still answers.

    Args:
        plan: the city; its start and speed do not matter.
        seconds: when to break off.
        broker: what to play it on; None for the embedded one, which slows within minutes (`streams/kafka/broker.py`).
        workers: how many processes share the lanes.
        strict: whether limits and deadlines are so strict that they bite, and the kill switch goes on in the end.

    Raises:
        PrometheusError: no Prometheus at hand.
        BrokerError, WorkerProcessError: those did not come up.
    """
    async with AsyncExitStack() as stack:
        started = await stack.enter_async_context(broker or EmbeddedBroker())
        keys = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        private, _ = write_pair(Ed25519PrivateKey.generate(), keys)
        settings = Settings(
            bootstrap=started.bootstrap, session_timeout_s=6.0, signing_key_file=private, environment="rehearsal"
        )
        await ensure_topics(settings)
        await _send_first(settings, *noon(datetime.now(UTC)))
        processes = [WorkerProcess(settings) for _ in range(workers)]
        addresses = tuple(worker.address.removeprefix("http://") for worker in processes)
        prometheus = await stack.enter_async_context(Prometheus(addresses))
        start = time.time()
        for worker in processes:
            await stack.enter_async_context(worker)
        await _play(plan, seconds, settings, strict=strict)
        yield Watched(prometheus, addresses, start, time.time())


async def _play(plan: Plan, seconds: float, settings: Settings, *, strict: bool) -> None:
    work = [
        asyncio.ensure_future(play_live(plan, settings)),
        asyncio.ensure_future(_make_trouble(seconds, settings, strict=strict)),
    ]
    try:
        done, _ = await asyncio.wait(work, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
        await asyncio.sleep(SETTLE_S)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)


async def _make_trouble(seconds: float, settings: Settings, *, strict: bool) -> None:
    """Strict policies at first, trouble of every kind again and again, the kill switch three quarters of the way on."""
    began, stopped = time.monotonic(), False
    producer = await open_producer(settings)
    try:
        if strict:
            playbook = Playbook.load().model_dump(mode="json")
            quick = {"policy_version": "quick", "ack_s": dict.fromkeys(playbook["ack_s"], QUICK_ACK_S)}
            await _send(producer, _limits(STRICT), _policy("relay", playbook | quick))
        for number in count():
            await asyncio.sleep(seconds / TROUBLES)
            await _send(producer, *_trouble(number))
            if strict and not stopped and time.monotonic() - began > 0.75 * seconds:
                stopped = True
                await _send(producer, _limits(STOPPED))
    finally:
        await producer.stop()


async def _send_first(settings: Settings, *rows: Row) -> None:
    producer = await open_producer(settings)
    try:
        await _send(producer, *rows)
    finally:
        await producer.stop()


async def _send(producer: Any, *rows: Row) -> None:
    for topic, key, value in rows:
        await producer.send_and_wait(topic, value, key)


def _trouble(number: int) -> Iterator[Row]:
    """What cannot be read, what is keyed by nobody, what is about nobody, word of an unknown command, a bad policy."""
    now, somebody = int(time.time() * 1000), NOBODY.encode()
    yield SMS.name, somebody, b"{"
    yield SMS.name, somebody, b'{"event_id":"bad"}'
    yield CALLS.name, somebody, b'{"phase":"levitating"}'
    yield TRANSACTIONS.name, somebody, b"null"
    astray = {"event_id": f"astray-{number}", "occurred_at": now, "subscriber": NOBODY, "peer": "10086",
              "direction": "in", "text": "您本月话费账单55元"}  # fmt: skip
    yield SMS.name, None, orjson.dumps(astray)
    nobodys = {"event_id": f"nobodys-{number}", "occurred_at": now, "payer_account": "62990000", "amount_minor": 100,
               "payee_account": "62990001", "phase": "posted"}  # fmt: skip
    yield TRANSACTIONS.name, b"62990000", orjson.dumps(nobodys)
    word = {"command_id": str(UUID(int=number)), "occurred_at": now, "subscriber": NOBODY, "outcome": "executed",
            "actor": "somebody"}  # fmt: skip
    yield OUTCOMES.name, somebody, orjson.dumps(word)
    yield _policy("victims", {"policy_version": "broken"})


def noon(now: datetime) -> Iterator[Row]:
    """Policies by which it is past twelve in the city. Night is evidence, and a shift's end hands tasks on: else what
    dashboards show, and what alarms are on, would hang on the hour at which this is run.

    Args:
        now: in UTC.
    """
    ahead_h = 12 - now.hour
    victims = Policy.load().model_dump(mode="json") | {"local_offset_min": 60 * ahead_h}
    roster = Roster.load().model_dump(mode="json") | {
        "time_zone": f"Etc/GMT{-ahead_h:+d}"
    }  # its signs are turned round
    for name, body in (("victims", victims), ("roster", roster)):
        yield _policy(name, body | {"policy_version": "noon"})


def _limits(changed: dict[str, Any]) -> Row:
    return _policy("limits", Limits.load().model_dump(mode="json") | changed)


def _policy(name: str, body: dict[str, Any]) -> Row:
    return POLICIES.name, name.encode(), orjson.dumps({"name": name, "body": body, "schema_version": 1})


def substituted(expression: str, *, interval: str, rate_interval: str, period: str) -> str:
    """An expression as Grafana sends it, with every worker chosen.

    Args:
        expression: with Grafana's variables.
        interval: for `$__interval`, such as `15s`.
        rate_interval: for `$__rate_interval`.
        period: for `$__range`.
    """
    words = {"$__rate_interval": rate_interval, "$__interval": interval, "$__range": period, "$instance": ".*"}
    for variable, value in words.items():
        expression = expression.replace(variable, value)
    assert "$" not in expression, expression
    return expression
