"""`interdict demo`: a city's half minute, with scams planted in it, through a real broker and a real worker.

simulated feeds ─► embedded broker ─► worker (a process of its own) ─► embedded broker ─► command centre (this screen)
      ▲                                                                                        │
      └──────────── the bank declines what it was told to stop or freeze ◄─────────────────────┘
"""

import asyncio
import contextlib
import signal
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import orjson
from aiokafka import AIOKafkaConsumer
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from agents.victims.policy import LEVELS
from agents.victims.typology import BY_TYPOLOGY
from interdict.feed import Pacer, send_all
from interdict.processes import WorkerProcess
from interdict.simulate import Plan, Record, ground_truth, population, traffic
from schemas.fields import Typology
from schemas.topics import ACCOUNT, DISSUASION, PHONE, SESSION, TRANSACTIONS, VICTIM_ALERTS
from streams.broker import EmbeddedBroker
from streams.engine import PUBLISHED_AT
from streams.producer import new_producer
from streams.settings import Settings
from streams.topics import ensure_topics

SPEED = 60.0
"""Event-time seconds a second: half a minute shows half an hour of the city."""
RATE = 3.0
"""Mean events a second of event time; times SPEED is the load on the broker."""
POPULATION = 2000
SETTLE_S = 2.0
"""How long the command centre listens after the last event."""
SHOWN = 12
DAY_S = 86_400
COLOURS = {"red": "bold red", "orange": "dark_orange", "yellow": "yellow", "blue": "blue"}
OUTPUTS = (DISSUASION, PHONE, ACCOUNT, SESSION, VICTIM_ALERTS)


@dataclass
class Centre:
    """What the command centre has heard, and what the bank must act upon."""

    lines: deque[Text] = field(default_factory=lambda: deque(maxlen=SHOWN))
    latencies_ms: list[float] = field(default_factory=list)
    highest: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By subscriber: the highest level yet, and what it was called last."""
    commands: int = 0
    frozen: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    acted_on: set[str] = field(default_factory=set)
    warned: set[str] = field(default_factory=set)
    """Subscribers who got any command."""
    _numbers: dict[str, int] = field(default_factory=dict)

    def hear(self, record: Any) -> None:
        """Take in one alert or command."""
        value = orjson.loads(record.value)
        if record.topic == VICTIM_ALERTS.name:
            self._alert(value)
        else:
            self._command(record, value)

    def _alert(self, value: dict[str, Any]) -> None:
        who = value["subscriber"]
        levels = [level for level in (value["level"], self.highest.get(who, ("",))[0]) if level]
        if levels:
            self.highest[who] = min(levels, key=LEVELS.index), value["typology"]
        self.lines.append(_alert_line(value, self._number(who)))

    def _number(self, subscriber: str) -> int:
        """Who it is, without saying who it is: the how-manyeth person warned about."""
        return self._numbers.setdefault(subscriber, len(self._numbers) + 1)

    def _command(self, record: Any, value: dict[str, Any]) -> None:
        self.commands += 1
        self.warned.add(value["subscriber"])
        published = int(dict(record.headers)[PUBLISHED_AT])
        self.latencies_ms.append(time.time() * 1000 - published)
        if value["action"] == "freeze":
            self.frozen.add(value["account"])
        elif value["action"] == "stop_payment":
            self.stopped.add(value["account"])
        self.lines.append(_command_line(value, self._number(value["subscriber"])))

    def percentile_ms(self, share: float) -> float:
        """Latency from an event's entry into Kafka to its command's arrival here."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Bank:
    """Carries out stops and freezes: a transfer that is not yet posted is declined."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self.declined: set[str] = set()
        """Event ids of postings that did not happen."""

    def settle(self, record: Record) -> Record:
        """The last look at a record: a posting that was stopped leaves as a decline."""
        value = record.value
        if record.topic != TRANSACTIONS.name or value["phase"] != "posted":
            return record
        if value["payer_account"] in self._centre.frozen or value["payee_account"] in self._centre.stopped:
            self.declined.add(value["event_id"])
            return record._replace(value={**value, "phase": "declined"})
        return record


def _yesterday_afternoon_ms() -> int:
    """14:00 in China, Unix ms: night is evidence, so the same seed must be played at the same hour."""
    return (int(time.time()) // DAY_S - 1) * DAY_S * 1000 + 6 * 3_600_000


class Fate(NamedTuple):
    """What became of one planted scam."""

    level: str
    """Highest level reached; empty where it was missed."""
    named: str
    stopped: int
    tried: int
    kept_minor: int
    sought_minor: int


class Demo:
    """One demonstration.

    Args:
        seconds: how long traffic is played.
        seed: of the traffic.
        port: of the broker; 0 for a free one.
        plain: print lines instead of a live screen.
    """

    def __init__(self, seconds: int, seed: int, port: int, *, plain: bool) -> None:
        self._plan = Plan(
            seed=seed, population=POPULATION, start_at=_yesterday_afternoon_ms(),
            duration_s=seconds * SPEED, rate=RATE, scams_per_typology=1, speed=SPEED,
        )  # fmt: skip
        self._seconds = seconds
        self._port = port
        self._plain = plain
        self._console = Console(highlight=False)
        self._centre = Centre()
        self._bank = Bank(self._centre)
        self._sent = 0

    async def run(self) -> int:
        """Play it to its end or until ^C; exit code."""
        show = asyncio.ensure_future(self._show())
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, show.cancel)
        try:
            await show
            self._console.print(self._closing_table())
        except asyncio.CancelledError:
            self._say("ended early")
        return 0

    async def _show(self) -> None:
        self._say("starting the embedded broker ...")
        async with EmbeddedBroker(port=self._port) as broker:
            settings = Settings(bootstrap=broker.bootstrap, session_timeout_s=6.0)
            await ensure_topics(settings)
            self._say("starting a worker ...")
            async with WorkerProcess(settings), _listening(settings, self._centre):
                await self._play(settings)
                await asyncio.sleep(SETTLE_S)

    async def _play(self, settings: Settings) -> None:
        producer = new_producer(settings)
        await producer.start()
        try:
            await send_all(producer, population(self._plan))
            began = time.monotonic()
            with self._screen() as refresh:
                await Pacer(producer, self._plan).play(
                    traffic(self._plan), lambda n: self._progress(n, began, refresh), self._bank.settle
                )
        finally:
            await producer.stop()

    def _progress(self, sent: int, began: float, refresh: Any) -> None:
        self._sent += sent
        refresh(time.monotonic() - began)

    # -- what is shown ---------------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self._console.print(f"[dim]{text}[/dim]")

    @contextlib.contextmanager
    def _screen(self) -> Any:
        if self._plain:
            printed = [0]

            def print_new(_: float) -> None:
                while self._centre.lines:
                    self._console.print(self._centre.lines.popleft())
                    printed[0] += 1

            yield print_new
            return
        with Live(console=self._console, refresh_per_second=8, transient=True) as live:
            yield lambda elapsed: live.update(self._picture(elapsed))

    def _picture(self, elapsed: float) -> Panel:
        centre = self._centre
        head = Text.assemble(
            (f"{self._sent:,} events in, {self._sent / max(elapsed, 0.1):,.0f}/s   ", ""),
            (f"{len(centre.highest)} people watched closely   {centre.commands} commands   ", ""),
            (_latency(centre), "green"),
        )
        bar = ProgressBar(total=self._seconds, completed=elapsed)
        lines = [*centre.lines, *[Text()] * (SHOWN - len(centre.lines))]
        return Panel(
            Group(head, bar, Text(), *lines), title="Interdict", subtitle="^C ends it", border_style="cyan",
            height=SHOWN + 4,
        )  # fmt: skip

    def _closing_table(self) -> Table:
        table = Table(title="What became of the planted scams", title_style="bold", show_footer=True)
        planted = ground_truth(self._plan)
        fates = [self._fate(scam) for scam in planted]
        stopped, tried = sum(f.stopped for f in fates), sum(f.tried for f in fates)
        kept, sought = sum(f.kept_minor for f in fates), sum(f.sought_minor for f in fates)
        table.add_column("planted", footer=str(len(fates)))
        table.add_column("noticed as", footer=f"{sum(bool(f.level) for f in fates)} noticed")
        table.add_column("transfers stopped in time", justify="right", footer=f"{stopped} of {tried}")
        table.add_column("money kept, CNY", justify="right", footer=f"{_yuan(kept)} of {_yuan(sought)}")
        for scam, fate in zip(planted, fates, strict=True):
            table.add_row(
                f"{scam['typology']} {BY_TYPOLOGY[cast(Typology, scam['typology'])].name_zh}",
                Text(f"{fate.level} {fate.named}" if fate.level else "missed", COLOURS.get(fate.level, "bold red")),
                f"{fate.stopped} of {fate.tried}", f"{_yuan(fate.kept_minor)} of {_yuan(fate.sought_minor)}",
            )  # fmt: skip
        victims = {scam["subscriber"] for scam in planted}
        table.caption = (
            f"{self._sent:,} events of {POPULATION:,} people, seed {self._plan.seed}. False alarms: "
            f"{len(self._centre.warned - victims)} people.\n"
            f"Event to command: {_latency(self._centre)}, over {len(self._centre.latencies_ms)} commands."
        )
        return table

    def _fate(self, scam: Any) -> Fate:
        level, named = self._centre.highest.get(scam["subscriber"], ("", ""))
        held = [e in self._bank.declined for e in scam["posted_event_ids"]]
        amounts = scam["amounts_minor"]
        kept = sum(amount for amount, was_held in zip(amounts, held, strict=True) if was_held)
        return Fate(level, named, sum(held), len(held), kept, sum(amounts))


def _yuan(minor: int) -> str:
    return f"{minor / 100:,.0f}"


def _latency(centre: Centre) -> str:
    if not centre.latencies_ms:
        return "no command yet"
    return f"p50 {centre.percentile_ms(0.5):.0f} ms, p99 {centre.percentile_ms(0.99):.0f} ms"


def _alert_line(value: dict[str, Any], who: int) -> Text:
    reason = value["reasons"][0] if value["reasons"] else {"text": "it has been quiet", "text_zh": ""}
    return Text.assemble(
        (f" {value['level'] or 'clear':<7}", COLOURS.get(value["level"], "dim")),
        (f"person {who:<3} ", ""),
        (f"{value['typology']:<16}", "bold"),
        (f"{value['score']:.2f}  ", ""),
        (f"{reason['text']}  ", ""),
        (reason.get("text_zh") or "", "dim"),
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip


SAID = {
    "sms": "warning text", "call": "an officer is to call", "suspend": "suspend the phone",
    "freeze": "freeze the account", "stop_payment": "stop the payment at the payee's", "force_login": "force a login",
}  # fmt: skip


def _command_line(value: dict[str, Any], who: int) -> Text:
    amount = f" of CNY {_yuan(value['amount_minor'])}" if value.get("amount_minor") else ""
    return Text.assemble(
        ("   └──► ", "dim"),
        (f"person {who:<3} ", ""),
        (SAID[value.get("channel") or value["action"]] + amount, COLOURS.get(value["level"], "")),
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip


@contextlib.asynccontextmanager
async def _listening(settings: Settings, centre: Centre) -> AsyncIterator[None]:
    """The command centre: hears every alert and command as it is produced."""
    consumer = AIOKafkaConsumer(
        *[topic.name for topic in OUTPUTS], bootstrap_servers=settings.bootstrap,
        auto_offset_reset="earliest", fetch_max_wait_ms=settings.fetch_wait_ms,
    )  # fmt: skip
    await consumer.start()

    async def listen() -> None:
        async for record in consumer:
            centre.hear(record)

    task = asyncio.create_task(listen(), name="centre")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await consumer.stop()
