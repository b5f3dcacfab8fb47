"""`interdict demo`: a city's half minute, with scams planted in it, through a real broker and a real worker.

simulated feeds ─► embedded broker ─► worker (a process of its own) ─► embedded broker ─► command centre (this screen)
      ▲                                                                                        │
      ├──────────── the bank declines what it was told to stop or freeze ◄─────────────────────┤
      └──────────── officers and executors answer, fail, refuse ◄──────────────────────────────┘

When the traffic is over the night passes at once: persons who were persuaded stay quiet, cases close, and everything
that was taken is given back.
"""

import asyncio
import contextlib
import signal
import statistics
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import orjson
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from agents.victims.typology import BY_TYPOLOGY
from interdict.city.feed import Pacer, send_all
from interdict.city.responders import Answers, Bank
from interdict.city.simulate import Plan, Record, ground_truth, population, traffic
from interdict.run.processes import WorkerProcess
from schemas.fields import LEVELS, Typology
from schemas.spans import HOUR_MS
from schemas.topics import ACTIONS, CASES, SMS, VICTIM_ALERTS
from streams.core.engine import PUBLISHED_AT
from streams.core.partitioner import partition_of
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.clients import new_consumer
from streams.kafka.producer import new_producer
from streams.kafka.topics import ensure_topics
from streams.settings import Settings

SPEED = 120.0
"""Event-time seconds a second: half a minute shows an hour of the city."""
RATE = 3.0
"""Mean events a second of event time; times SPEED is the load on the broker."""
POPULATION = 2000
SETTLE_S = 3.0
"""How long the command centre listens after the last event, and once more after the night."""
NIGHT_MS = 26 * HOUR_MS
"""From the last event to the morning after next: the longest that a playbook waits for quiet, and two hours."""
SHOWN = 14
COLOURS = {"red": "bold red", "orange": "dark_orange", "yellow": "yellow", "blue": "blue"}
OUTPUTS = (*ACTIONS, VICTIM_ALERTS, CASES)


@dataclass
class Centre:
    """What the command centre has heard, and what the bank must act upon."""

    lines: deque[Text] = field(default_factory=lambda: deque(maxlen=SHOWN))
    latencies_ms: list[float] = field(default_factory=list)
    highest: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By subscriber: the highest level yet, and what it was called last."""
    commands: int = 0
    acted_on: set[str] = field(default_factory=set)
    warned: set[str] = field(default_factory=set)
    """Subscribers who got any command."""
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The latest record of each case."""
    given_back: int = 0
    listeners: list[Callable[[dict[str, Any]], None]] = field(default_factory=list)
    """Told of each command: officers, executors, the bank."""
    _numbers: dict[str, int] = field(default_factory=dict)

    def hear(self, record: Any) -> None:
        """Take in one alert, command or case record."""
        value = orjson.loads(record.value)
        if record.topic == VICTIM_ALERTS.name:
            self._alert(value)
        elif record.topic == CASES.name:
            self.cases[value["case_id"]] = value
        else:
            self._command(record, value)

    def answer(self, value: dict[str, Any]) -> None:
        """Show what somebody told of a command, where it is about the person."""
        if value["outcome"] in TOLD:
            self.lines.append(_outcome_line(value, self._number(value["subscriber"])))

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
        published = dict(record.headers).get(PUBLISHED_AT)
        if published is not None:
            self.latencies_ms.append(time.time() * 1000 - int(published))
        if value["action"] in ("release", "restore"):
            self.given_back += 1
        for hear in self.listeners:
            hear(value)
        self.lines.append(_command_line(value, self._number(value["subscriber"])))

    def percentile_ms(self, share: float) -> float:
        """Latency from an event's entry into Kafka to its command's arrival here."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Fate(NamedTuple):
    """What became of one planted scam."""

    level: str
    """Highest level reached; empty where it was missed."""
    named: str
    stopped: int
    tried: int
    kept_minor: int
    sought_minor: int
    contact_s: float | None
    """Event time from the case's opening until somebody spoke to the person, seconds; None where nobody did."""
    closed_as: str
    """How the case ended, or where it stands."""


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
            seed=seed, population=POPULATION, duration_s=seconds * SPEED, rate=RATE, scams_per_typology=1, speed=SPEED
        )  # fmt: skip
        self._seconds = seconds
        self._port = port
        self._plain = plain
        self._console = Console(highlight=False)
        self._centre = Centre()
        self._bank = Bank()
        self._answers = Answers(self._centre.answer)
        self._answers.expect(self._plan)
        self._centre.listeners += [self._bank.hear, self._answers.hear]
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

    async def _play(self, settings: Settings) -> None:
        producer = new_producer(settings)
        await producer.start()
        try:
            await send_all(producer, population(self._plan))
            began = time.monotonic()
            answering = asyncio.ensure_future(self._answers.give(producer, lambda: self._event_time(began)))
            with self._screen() as refresh:
                await Pacer(producer, self._plan).play(
                    traffic(self._plan), lambda n: self._progress(n, began, refresh), self._bank.settle
                )
                await self._listen_on(began, refresh)
                await send_all(producer, _night(self._plan, settings.partitions))
                await self._listen_on(began, refresh)
            answering.cancel()
        finally:
            await producer.stop()

    def _event_time(self, began: float) -> int:
        return self._plan.start_at + int((time.monotonic() - began) * self._plan.speed * 1000)

    async def _listen_on(self, began: float, refresh: Any) -> None:
        """Give those who are on their way the time to arrive."""
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            self._progress(0, began, refresh)
            await asyncio.sleep(0.1)

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
        contacts = sorted(f.contact_s for f in fates if f.contact_s is not None)
        table.add_column("planted", footer=str(len(fates)))
        table.add_column("noticed as", footer=f"{sum(bool(f.level) for f in fates)} noticed")
        table.add_column("stopped in time", justify="right", footer=f"{stopped} of {tried}")
        table.add_column("money kept, CNY", justify="right", footer=f"{_yuan(kept)} of {_yuan(sought)}")
        table.add_column("first contact", justify="right", footer=f"median {_span(_median(contacts))}")
        table.add_column("closed as", footer=_counted(Counter(f.closed_as for f in fates)))
        for scam, fate in zip(planted, fates, strict=True):
            table.add_row(
                f"{scam['typology']} {BY_TYPOLOGY[cast(Typology, scam['typology'])].name_zh}",
                Text(f"{fate.level} {fate.named}" if fate.level else "missed", COLOURS.get(fate.level, "bold red")),
                f"{fate.stopped} of {fate.tried}", f"{_yuan(fate.kept_minor)} of {_yuan(fate.sought_minor)}",
                _span(fate.contact_s), fate.closed_as,
            )  # fmt: skip
        victims = {scam["subscriber"] for scam in planted}
        cases = Counter(_state_of(case) for case in self._centre.cases.values())
        table.caption = (
            f"{self._sent:,} events of {POPULATION:,} people, seed {self._plan.seed}. False alarms: "
            f"{len(self._centre.warned - victims)} people. Cases: {_counted(cases)}. "
            f"{self._centre.given_back} measures lifted.\n"
            f"Event to command: {_latency(self._centre)}, over {len(self._centre.latencies_ms)} commands. "
            "First contact: event time from the case's opening until somebody spoke to the person."
        )
        return table

    def _fate(self, scam: Any) -> Fate:
        level, named = self._centre.highest.get(scam["subscriber"], ("", ""))
        held = [e in self._bank.declined for e in scam["posted_event_ids"]]
        amounts = scam["amounts_minor"]
        kept = sum(amount for amount, was_held in zip(amounts, held, strict=True) if was_held)
        case = self._last_case_of(scam["subscriber"])
        contact_s = (case["contacted_at"] - case["opened_at"]) / 1000 if case and case["contacted_at"] else None
        closed_as = _state_of(case) if case else ""
        return Fate(level, named, sum(held), len(held), kept, sum(amounts), contact_s, closed_as)

    def _last_case_of(self, subscriber: str) -> dict[str, Any] | None:
        cases = [case for case in self._centre.cases.values() if case["subscriber"] == subscriber]
        return max(cases, key=lambda case: int(case["opened_at"]), default=None)


def _night(plan: Plan, partitions: int) -> list[Record]:
    """One text to somebody of each lane, a day later: the lanes' timers go by their latest event."""
    at, found = plan.end_at + NIGHT_MS, dict[int, Record]()
    for number in range(10_000_000, 10_001_000):
        phone = f"+86198{number}"
        value = {"event_id": f"night-{number}", "occurred_at": at, "subscriber": phone, "peer": "10086",
                 "direction": "in", "text": "您本月话费账单55元"}  # fmt: skip
        found.setdefault(partition_of(phone.encode(), partitions), Record(SMS.name, phone, value, at))
    return list(found.values())


def _state_of(case: dict[str, Any]) -> str:
    return str(case["closed_as"] or case["state"]).replace("_", " ")


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counts.most_common() if what) or "none"


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None


def _span(seconds: float | None) -> str:
    return "nobody" if seconds is None else f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


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
        (f"{value['score']:<7.2g} ", ""),
        (f"{reason['text']}  ", ""),
        (reason.get("text_zh") or "", "dim"),
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip


SAID = {
    "sms": "warning text", "bot": "the voice bot calls", "call": "an officer is to call",
    "visit": "officers go to the door", "desk": "an officer is to decide", "suspend": "suspend the phone",
    "hold": "hold the transfer", "freeze": "freeze the account", "stop_payment": "stop the payment at the payee's",
    "force_login": "force a login",
    "restore": "give the phone back", "release": "give the account back",
}  # fmt: skip
TOLD = {
    "reached": ("speaks to the person", "cyan"), "persuaded": ("persuaded", "green"),
    "refused": ("refused to listen", "red"), "unreachable": ("not reached", "dark_orange"),
    "false_alarm": ("a false alarm", "magenta"), "failed": ("could not do it", "dark_orange"),
    "rejected": ("will not do it", "dark_orange"), "approved": ("approved", "green"), "declined": ("declined", "red"),
}  # fmt: skip
"""What is shown of what is told: words and colour."""


def _command_line(value: dict[str, Any], who: int) -> Text:
    amount = f" of CNY {_yuan(value['amount_minor'])}" if value.get("amount_minor") else ""
    return Text.assemble(
        ("   └──► ", "dim"),
        (f"person {who:<3} ", ""),
        (SAID[value.get("channel") or value["action"]] + amount, COLOURS.get(value["level"], "")),
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip


def _outcome_line(value: dict[str, Any], who: int) -> Text:
    words, colour = TOLD[value["outcome"]]
    return Text.assemble(
        ("   ◄──┘ ", "dim"), (f"person {who:<3} ", ""), (words, colour), (f"   {value['actor']}", "dim"),
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip


@contextlib.asynccontextmanager
async def _listening(settings: Settings, centre: Centre) -> AsyncIterator[None]:
    """The command centre: hears every alert and command as it is produced."""
    consumer = new_consumer(
        settings, *[topic.name for topic in OUTPUTS],
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
