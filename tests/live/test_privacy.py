"""Nobody's phone, account, handle or name leaves a worker but on its topics: not in a log, a metric, a page or a trace.

Two workers at log level debug, a third after one was killed, a wire that is cut, officers and executors that answer,
hostile records: everything that any process of it said is searched for everybody whom the feed named.
"""

import asyncio
import json
import random
import re
import signal
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from interdict.city.simulate import Plan, ground_truth
from interdict.run.processes import WorkerProcess
from schemas.topics import CALLS, OUTCOMES, SMS, SUBSCRIBERS, TRANSACTIONS
from streams.core.partitioner import partition_of
from streams.core.traceparent import TRACEPARENT
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.children import free_port
from streams.kafka.topics import ensure_topics
from streams.observe.logs import trail_of
from streams.observe.trail import COMMANDED
from streams.settings import Settings
from tests.chaos.wire import Wire
from tests.kit.patience import PATIENCE_S, until
from tests.live.trial import Row, Trial, all_committed, offsets, outcome, producing, simulated

PLAN = Plan(seed=11, population=300, duration_s=7_200, rate=0.4, scams_per_typology=3, duplicate_fraction=0.02)
ASTRAY = 5
KEY = "a key that all workers of the test share"
PERSON = "+8619900000007"
ABOUT_PERSONS = {
    "subscriber", "peer", "payer_account", "payee_account", "payee_name", "account", "accounts", "handles", "value",
    "trusted_peers", "trusted_payees", "payee_accounts", "note",
}  # fmt: skip
"""Fields whose every value names somebody."""
DIGITS_MIN = 7
"""Shorter numbers are services' (95588): they name nobody, and any count could look like them."""
WITHIN_MIN = 11
"""From this length on a number is looked for within longer runs of digits too: a shorter one lies there by chance."""
TAIL = 8
FRACTION = re.compile(r"(?<=\d)\.\d+(?:e[+-]?\d+)?")
"""What is behind a decimal point is a measured time, and twelve digits of it could be anybody."""


# -- the search ----------------------------------------------------------------------------------------------------


class Search:
    """Knows the secrets, and finds them in whatever spelling.

    Numbers: with and without + and country code, spaced or hyphenated, and their last eight digits; never part of a
    measured time or of a random id, where a short one is found by chance. Words: as they are, and as JSON, Python or a
    URL would escape them.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self.numbers: set[str] = set()
        self.tails: set[str] = set()
        self.words: set[str] = set()
        for secret in secrets:
            digits = re.sub(r"[+ -]", "", secret)
            if digits.isdecimal():
                if len(digits) >= DIGITS_MIN:
                    self.numbers |= {n for n in (digits, digits.removeprefix("86")) if len(n) >= DIGITS_MIN}
                    self.tails.add(digits[-TAIL:])
            else:
                self.words.add(secret)
        self._lengths = sorted({len(number) for number in self.numbers if len(number) >= WITHIN_MIN})

    def found(self, text: str) -> set[str]:
        """What of it stands in the text."""
        return set(self._numbers_in(text)) | {word for word in self.words if any(s in text for s in spellings(word))}

    def _numbers_in(self, text: str) -> Iterator[str]:
        whole = FRACTION.sub("", text)
        for run in re.findall(rf"\d(?:[ -]?\d){{{WITHIN_MIN - 1},}}", whole):
            digits = re.sub(r"[ -]", "", run)
            windows = (digits[at : at + size] for size in self._lengths for at in range(len(digits) - size + 1))
            yield from self.numbers.intersection(windows)
        for run in re.findall(rf"(?<![0-9A-Za-z])\d(?:[ -]?\d){{{DIGITS_MIN - 1},}}(?![0-9A-Za-z])", whole):
            digits = re.sub(r"[ -]", "", run)
            yield from {digits} & (self.numbers | self.tails)


def spellings(word: str) -> set[str]:
    return {word, json.dumps(word)[1:-1], repr(word.encode())[2:-1], ascii(word)[1:-1], quote(word)}


def secrets_of(rows: Iterable[Row]) -> set[str]:
    """Everybody whom the feed names, in its keys and in its fields."""
    secrets = set()
    for row in rows:
        with suppress(orjson.JSONDecodeError):
            value = orjson.loads(row.value)
            if isinstance(value, dict):
                secrets |= {name for field in ABOUT_PERSONS & value.keys() for name in _strings(value[field])}
        if row.key is not None and row.key.startswith(b"+"):
            secrets.add(row.key.decode())
    return secrets


def _strings(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [value for value in values if isinstance(value, str) and len(value) > 1]


# -- the feed ------------------------------------------------------------------------------------------------------

PLANTED = {
    "phone": "+8619812345678", "landline": "8675309", "account": "zfb:li_xiaolong@bank", "handle": "wx_欧阳晓峰",
    "name": "欧阳晓峰", "officer": "司马警官", "callee": "icbc-hotline-zhangsan",
}  # fmt: skip


def baited(at: int) -> list[Row]:
    """Records that are refused, or taken, with a name in every place that a careless program would print."""
    p, key = PLANTED, PERSON.encode()
    text = {"event_id": "b", "occurred_at": at, "subscriber": PERSON, "peer": p["callee"], "direction": "in",
            "text": ""}  # fmt: skip
    paid = {"event_id": "b", "occurred_at": at, "subscriber": PERSON, "payer_account": p["account"],
            "payee_account": p["account"], "payee_name": p["name"], "amount_minor": 5, "channel": "mobile",
            "phase": "initiated"}  # fmt: skip
    who = {"subscriber": PERSON, "age_band": "65+", "area": p["phone"], "handles": [p["handle"]],
           "accounts": [p["account"]], "trusted_peers": [p["callee"]], "trusted_payees": []}  # fmt: skip
    told = {"command_id": "00000000-0000-5000-8000-000000000000", "occurred_at": at, "subscriber": PERSON,
            "outcome": "executed", "actor": p["officer"], "note": p["name"]}  # fmt: skip
    bad: list[tuple[str, dict[str, Any]]] = [
        (SMS.name, {**text, "direction": p["name"]}), (SMS.name, {**text, "event_id": p["phone"], "text": p["handle"]}),
        (SMS.name, {**text, "peer": p["callee"] * 9}), (SMS.name, {**text, "subscriber": p["handle"]}),
        (SMS.name, {**text, p["phone"]: p["phone"], "text": [p["name"]]}), (SMS.name, {**text, "event_id": "b2"}),
        (CALLS.name, {**text, "phase": p["handle"], "call_id": p["landline"]}),
        (TRANSACTIONS.name, {**paid, "currency": p["account"]}), (TRANSACTIONS.name, {**paid, "event_id": "b3"}),
        (TRANSACTIONS.name, {**paid, "payee_account": p["account"] + " x"}), (SUBSCRIBERS.name, who),
        (SUBSCRIBERS.name, {**who, "handles": [p["handle"]] * 99}), (SUBSCRIBERS.name, {**who, "area": 5}),
        (OUTCOMES.name, told), (OUTCOMES.name, {**told, "outcome": p["officer"]}),
        (OUTCOMES.name, {**told, "command_id": p["phone"]}),
    ]  # fmt: skip
    rows = [Row(topic, key, orjson.dumps(value)) for topic, value in bad]
    rows.append(Row(SMS.name, p["phone"].encode(), orjson.dumps(text)))
    rows += [Row(SMS.name, key, raw.encode()) for raw in (f'{{"peer": {p["phone"]}', f'"{p["name"]}"', p["handle"])]
    rows.append(Row(SMS.name, p["handle"].encode(), b"{"))
    return rows


def fed(folder: Path) -> list[Row]:
    """A city whose payees have names, with the bait among its records."""
    victims = {scam["subscriber"].encode() for scam in ground_truth(PLAN)}
    rows = [_named(row, number, victims) for number, row in enumerate(simulated(folder, PLAN, ASTRAY).rows)]
    bait = baited(PLAN.start_at)
    for place, row in enumerate(bait):
        rows.insert(len(rows) * (place + 1) // (len(bait) + 1), row)
    return rows


def _named(row: Row, number: int, victims: set[bytes]) -> Row:
    """Payees with a name, and victims who live in what is no area."""
    value = row.value
    if row.topic == TRANSACTIONS.name:
        value = value.replace(b'"payee_name":null', b'"payee_name":"Payee %05d Wang"' % number)
    elif row.topic == SUBSCRIBERS.name and row.key in victims:
        value = orjson.dumps({**orjson.loads(value), "area": PLANTED["phone"]})
    return row._replace(value=value)


# -- the run -------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def cuttable_broker() -> AsyncIterator[tuple[Settings, Wire, Path]]:
    """A broker at the far end of a wire, and the broker's own log."""
    port = free_port()
    async with Wire() as wire:
        await wire.connect(port)
        async with EmbeddedBroker(port, wire.port) as broker:
            yield Settings(bootstrap=f"127.0.0.1:{wire.port}", session_timeout_s=6.0), wire, broker.log


async def publish(producer: AIOKafkaProducer, rows: Iterable[Row], rng: random.Random, partitions: int) -> None:
    """Every record belongs to a trace that its sender records."""
    sent = []
    for row in rows:
        lane = None
        if row.key is None:
            subject = orjson.loads(row.value)["subscriber"].encode()
            lane = (partition_of(subject, partitions) + 1) % partitions
        header = b"00-%032x-%016x-01" % (rng.getrandbits(128) | 1, rng.getrandbits(64) | 1)
        sent.append(await producer.send(row.topic, row.value, row.key, lane, headers=[(TRACEPARENT, header)]))
    await asyncio.gather(*sent)


async def watch(workers: list[WorkerProcess], pages: list[str]) -> None:
    """Read every page of every worker, again and again."""
    while True:
        for worker in workers:
            for path in ("/metrics", "/readyz", "/livez"):
                with suppress(URLError, OSError):
                    pages.append(await asyncio.to_thread(_page, worker.address + path))
        await asyncio.sleep(0.3)


def _page(url: str) -> str:
    try:
        with urlopen(url, timeout=PATIENCE_S) as answer:
            body: bytes = answer.read()
    except URLError as problem:  # not ready is told with 503
        body = problem.read() if hasattr(problem, "read") else b""
    return body.decode()


class Said:
    """What all processes of a run said."""

    def __init__(self) -> None:
        self.logs: list[str] = []
        self.pages: list[str] = []
        self.spans = ""
        self.broker = ""
        self.ids: set[str] = set()
        """Ids of cases, commands and alerts, which are said on topics only."""

    def all(self) -> dict[str, str]:
        return {
            "logs": "\n".join(self.logs),
            "pages": "\n".join(self.pages),
            "spans": self.spans,
            "broker": self.broker,
        }

    def lines(self) -> list[list[dict[str, Any]]]:
        """Each worker's log lines."""
        return [[json.loads(line) for line in log.splitlines()] for log in self.logs]


async def ids_given(settings: Settings) -> set[str]:
    decided = (await outcome(settings)).decided
    outputs = [topic for topic in decided if topic.partition(".")[0] in ("actions", "alerts", "cases")]
    values = [orjson.loads(value) for topic in outputs for _, value in decided[topic] if value]
    return {value[name] for value in values for name in ("case_id", "command_id", "alert_id") if name in value}


class Run:
    """Workers over a broker, and what they are put through."""

    def __init__(self, rows: list[Row], folder: Path) -> None:
        self.rows = rows
        self.folder = folder
        self.said = Said()
        self.workers: list[WorkerProcess] = []

    async def play(self) -> Said:
        async with cuttable_broker() as (settings, wire, broker_log):
            await ensure_topics(settings)
            watching = asyncio.ensure_future(watch(self.workers, self.said.pages))
            try:
                async with producing(settings) as producer:
                    await self._put_through(settings, wire, producer)
            finally:
                watching.cancel()
                for worker in self.workers:
                    await worker.end()
                    self.said.logs.append(worker.log.read_text())
                    worker.log.unlink()
            self.said.broker = broker_log.read_text(errors="replace")
        self.said.spans = "".join(path.read_text() for path in sorted(self.folder.glob("*.spans")))
        return self.said

    async def _put_through(self, settings: Settings, wire: Wire, producer: AIOKafkaProducer) -> None:
        rng, half = random.Random(PLAN.seed), len(self.rows) // 2
        doomed, heir = self._worker(settings), self._worker(settings)
        await asyncio.gather(doomed.start(), heir.start())
        await asyncio.gather(doomed.until_ready(), heir.until_ready())
        await publish(producer, self.rows[:half], rng, settings.partitions)
        await self._decided(settings, half // 2)
        doomed.send(signal.SIGKILL)
        wire.cut(1.0, rng)
        await publish(producer, self.rows[half:], rng, settings.partitions)
        third = self._worker(settings)
        await third.start()
        await all_committed(Trial(self.rows, self.folder, ASTRAY), settings)
        self.said.ids = await ids_given(settings)

    def _worker(self, settings: Settings) -> WorkerProcess:
        traces = f"file:{self.folder / f'{len(self.workers)}.spans'}"
        mine = {"log_level": "debug", "log_hash_key": KEY, "traces": traces}
        self.workers.append(WorkerProcess(Settings(**settings.model_dump(exclude_unset=True), **mine), keep_log=True))
        return self.workers[-1]

    async def _decided(self, settings: Settings, records: int) -> None:
        await until(lambda: offsets(settings), lambda found: sum(found.values()) >= records)


@pytest.mark.broker
@pytest.mark.embedded
async def test_nobody_whom_a_feed_names_is_in_a_log_a_metric_a_page_or_a_trace(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk")
    rows = fed(tmp_path)
    said = await Run(rows, tmp_path).play()
    search = Search([*secrets_of(rows), *PLANTED.values(), *said.ids])
    assert len(said.ids) > 50, "a case's id could be traced back to a number by trying all numbers"
    assert len(search.numbers) > 1_000, "a feed of nobody would prove nothing"
    assert len(search.words) > 300, "handles and names too"
    for where, text in said.all().items():
        assert not search.found(text), f"in {where}"
    _assert_enough_was_said(said)
    _assert_a_trail_goes_on_from_worker_to_worker(said, rows)


def _assert_enough_was_said(said: Said) -> None:
    """Silence would prove nothing either."""
    levels = {line["level"] for lines in said.lines() for line in lines}
    assert {"debug", "info", "warning"} <= levels
    assert said.spans.count("decide ") > 20
    assert said.all()["pages"].count("interdict_dead_letters_total{") > 10
    assert '{"ready":true' in said.all()["pages"].replace(" ", "")
    assert "Traceback" not in said.all()["logs"]


def _assert_a_trail_goes_on_from_worker_to_worker(said: Said, rows: list[Row]) -> None:
    settings = Settings(log_hash_key=KEY)
    people = {trail_of(row.key.decode(), settings) for row in rows if row.key is not None and row.key.startswith(b"+")}
    trails = [{line["subscriber"] for line in lines if line["event"] == COMMANDED} for lines in said.lines()]
    assert all(trail <= people for trail in trails), "who holds the key knows whose each line is"
    assert any(one & other for one, other in ((trails[0], trails[1] | trails[2]), (trails[1], trails[2])))


# -- the search itself ---------------------------------------------------------------------------------------------

SECRETS = ["+8619812345678", "6222020200112233445", "欧阳晓峰", "wx_li"]
PLANTED_LINES = [
    "refused +8619812345678", "tel:19812345678x", "198 1234 5678", "198-1234-5678", "...12345678", "a=8619812345678",
    '{"payee": "6222020200112233445"}', "6222 0202 0011 2233 445", "KeyError('欧阳晓峰')", "<wx_li>",
    r'"\u6b27\u9633\u6653\u5cf0"', r"b'\xe6\xac\xa7\xe9\x98\xb3\xe6\x99\x93\xe5\xb3\xb0'",
    "/?q=%E6%AC%A7%E9%98%B3%E6%99%93%E5%B3%B0",
]  # fmt: skip


@pytest.mark.parametrize("line", PLANTED_LINES)
@pytest.mark.parametrize("where", ["logs", "pages", "spans", "broker"])
def test_a_planted_line_is_found(line: str, where: str) -> None:
    said = Said()
    said.logs, said.pages = ['{"event": "harmless", "records": 3}'], ["interdict_ready 1.0"]
    setattr(said, where, [line] if where in ("logs", "pages") else line)
    assert [place for place, text in said.all().items() if Search(SECRETS).found(text)] == [where]


@pytest.mark.parametrize("line", ["#0c7ee17b9a2f4d10", "1790000000.123", "0.30000000000000004", "10.0.0.1:9092", ""])
def test_a_harmless_line_is_not(line: str) -> None:
    assert not Search(SECRETS).found(line)
