"""Breaks things at seeded moments and compares what is left with the replay of the same feed.

    python -m tests.chaos.harness --broker kafka --seeds 1 2 3
    python -m tests.chaos.harness --broker embedded --seeds 17 --events 50000 --no-poison

One to three real worker processes work off a feed that lies ready. Meanwhile workers are killed, told to stop, added,
and stopped for longer than their session lasts; connections are cut; on Apache Kafka a broker is killed and started
again. Poison of every kind lies among the feed (`strewn.py`). In the end every command, alert and dead letter of the
replay must be there with the same content and no other, every person's state must be that of the replay, and every
poisonous record must be accounted for. Exit code 1 where anything differs; a failing seed can be rerun.

The embedded broker sometimes forgets a group: one member waits for the answer to its SyncGroup, another for that to its
JoinGroup, and neither comes. There, and there only, workers are begun anew when nothing moves; `regroup` counts it.
"""

import argparse
import asyncio
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import orjson
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from deploy.kafka.cluster import KafkaCluster
from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.children import LOOPBACK, die_with_parent, free_port
from streams.kafka.topics import ensure_topics
from streams.runtime.runner import ASSIGNED
from streams.settings import Settings
from tests.chaos.strewn import Strewn
from tests.chaos.wire import Wire
from tests.live.dosing import letters_of
from tests.live.trial import NOTHING, Trial, behind, differences, left_of, offsets, outcome, producing, simulated

RATE = 4.0
"""Mean events a second of event time."""
SESSION_S = 6.0
GAP_S = (1.0, 3.5)
"""Seconds between two breakages."""
BREAKAGES = 8
WORKERS_MAX = 3
LIMIT_S = 400.0
"""Seconds within which a feed that nothing breaks any more is worked off."""
STILL_S = 60.0
"""Without one record more committed, until a group counts as forgotten by the embedded broker."""
ASK_S = 30.0
"""Seconds that the broker has to say how far that is."""
STOP_S_MAX = 10.0
BATCH_RECORDS_MAX = 200
"""Small, so that the feed lasts and every breakage falls into work."""
BROKERS = {"embedded": 1, "kafka": 1, "kafka3": 3}
COLUMNS = (
    "seed",
    "broker",
    "events",
    "poison",
    "broken",
    "rebalances",
    "duplicates",
    "commands",
    "seconds",
    "differences",
)


@dataclass
class Run:
    """One seed's run and its result."""

    seed: int
    broker: str
    events: int = 0
    poison: int = 0
    """Poisonous records among them, and beside them."""
    done: Counter[str] = field(default_factory=Counter)
    """Breakages by kind."""
    commands: int = 0
    repeated: int = 0
    """Records that receivers got more than once, with the same content."""
    generations: set[int] = field(default_factory=set)
    """Generations of the group that some worker came to work in: one for each rebalance."""
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)


class Crew:
    """The workers, and what is done to them."""

    def __init__(self, settings: Settings, rng: random.Random, run: Run, stage: "Stage") -> None:
        self._settings = settings
        self._rng = rng
        self._run = run
        self._cluster = stage.cluster
        self.may_be_forgotten = stage.cluster is None
        """Whether the broker is one that forgets groups."""
        self._wires = stage.wires
        self.workers: list[WorkerProcess] = []
        self._zombies: set[WorkerProcess] = set()
        """Workers that were away past their session: they end by themselves, with 1."""

    async def hire(self) -> None:
        """Start a worker."""
        worker = WorkerProcess(self._settings, keep_log=True)
        await worker.start()
        self.workers.append(worker)

    async def dismiss_all(self) -> None:
        """Tell all to stop; each must leave in order."""
        await asyncio.gather(*map(self._end, self.workers))

    async def _end(self, worker: WorkerProcess) -> None:
        began = time.monotonic()
        code = await worker.end()
        seconds = time.monotonic() - began
        # Told before it could listen, a worker ends at once; a zombie may be on its way out already.
        if worker not in self._zombies and (code not in (0, -signal.SIGTERM) or seconds > STOP_S_MAX):
            self._run.differences.append(f"a worker told to stop left with {code} after {seconds:.1f} s")
        self._close_book(worker)

    def _close_book(self, worker: WorkerProcess) -> None:
        """Learn from its log what a worker that is gone took part in."""
        lines = worker.log.read_text().splitlines()
        self._run.generations.update(orjson.loads(line)["generation"] for line in lines if ASSIGNED in line)
        worker.log.unlink()

    async def keep_one(self) -> None:
        """Replace those that ended by themselves, as a supervisor would."""
        for worker in [w for w in self.workers if not w.alive]:
            self.workers.remove(worker)
            self._close_book(worker)
            self._run.done["restart"] += 1
            await self.hire()

    async def begin_anew(self) -> None:
        """Let all leave their groups in order, and one begin."""
        self._run.done["regroup"] += 1
        leaving, self.workers = self.workers, []
        await asyncio.gather(*map(self._end, leaving))
        await self.hire()

    async def break_something(self) -> None:
        """One breakage, whichever chance says."""
        kinds = ["kill", "stop", "pause", "add", "cut"] + (["broker"] if self._cluster is not None else [])
        kind = self._rng.choice(kinds)
        if kind == "add" and len(self.workers) >= WORKERS_MAX:
            kind = "kill"
        self._run.done[kind] += 1
        await getattr(self, f"_{kind}")()

    def _somebody(self) -> WorkerProcess:
        return self._rng.choice(self.workers)

    async def _add(self) -> None:
        await self.hire()

    async def _kill(self) -> None:
        worker = self._somebody()
        self.workers.remove(worker)
        worker.send(signal.SIGKILL)
        await worker.end()
        self._close_book(worker)
        if not self.workers:
            await self.hire()

    async def _stop(self) -> None:
        worker = self._somebody()
        self.workers.remove(worker)
        await self._end(worker)
        if not self.workers:
            await self.hire()

    async def _pause(self) -> None:
        """A zombie: silent past its session, then awake and writing on."""
        worker = self._somebody()
        self._zombies.add(worker)
        worker.send(signal.SIGSTOP)
        if len(self.workers) == 1:
            await self.hire()
        await asyncio.sleep(SESSION_S + self._rng.uniform(0.5, 3.0))
        worker.send(signal.SIGCONT)

    async def _cut(self) -> None:
        """Half the connections, in the middle of whatever they carry."""
        for wire in self._wires:
            wire.cut(0.5, self._rng)

    async def _broker(self) -> None:
        assert self._cluster is not None
        server = self._rng.choice(self._cluster.servers)
        await self._cluster.stop(server, self._rng.choice((signal.SIGTERM, signal.SIGKILL)))
        await asyncio.sleep(self._rng.uniform(0.0, 3.0))
        await self._cluster.start(server)


def feed(seed: int, events: int, folder: Path) -> Trial:
    """The feed of a seed."""
    folder.mkdir(exist_ok=True)
    plan = Plan(
        seed=seed, population=2_000, duration_s=events / RATE, rate=RATE, scams_per_typology=5, duplicate_fraction=0.01
    )
    return simulated(folder, plan)


async def run_seed(seed: int, broker: str, trial: Trial, *, poison: bool = True) -> Run:
    """Run one seed, with its feed; its result."""
    run, rng, began = Run(seed, broker), random.Random(seed), time.monotonic()
    strewn = Strewn(trial, rng)
    async with stage(broker) as on:
        settings = Settings(
            bootstrap=on.bootstrap, session_timeout_s=SESSION_S, batch_records_max=BATCH_RECORDS_MAX,
            replication=len(on.wires),
        )  # fmt: skip
        await ensure_topics(settings)
        async with producing(settings) as producer:
            if poison:
                doser = await strewn.publish(producer, settings, broker)
            else:
                await trial.publish(producer, trial.rows, settings)
        run.events = len(trial.rows)
        crew = Crew(settings, rng, run, on)
        try:
            await crew.hire()
            await crew.hire()
            run.differences += await _work_off(crew, trial, settings, rng)
        finally:
            await crew.dismiss_all()
        found = await outcome(settings)
        if poison:
            letters = await letters_of(settings)
            run.differences += doser.unaccounted(letters, alone=False)
            run.poison = len(doser.given)
            found = strewn.apart(found, doser, letters)
    run.differences += differences(trial, found, repeats=True)
    produced = [records for topic, records in found.decided.items() if topic.startswith("actions.")]
    run.commands = sum(map(len, produced))
    run.repeated = sum(records.total() - len(records) for records in found.decided.values())
    run.seconds = time.monotonic() - began
    return run


async def _work_off(crew: Crew, trial: Trial, settings: Settings, rng: random.Random) -> list[str]:
    """Break things while the feed is worked off, then leave it in peace to the end; what stands still."""
    for _ in range(BREAKAGES):
        await asyncio.sleep(rng.uniform(*GAP_S))
        await crew.keep_one()
        await crew.break_something()
    try:
        async with asyncio.timeout(LIMIT_S):
            left, moved_at = await _left_to_do(trial, settings), time.monotonic()
            while left != NOTHING:
                await crew.keep_one()
                await asyncio.sleep(0.5)
                before, left = left, await _left_to_do(trial, settings)
                if left != before:
                    moved_at = time.monotonic()
                elif crew.may_be_forgotten and time.monotonic() - moved_at > STILL_S:
                    await crew.begin_anew()
                    moved_at = time.monotonic()
    except TimeoutError:
        for worker in crew.workers:
            print(f"a worker's log ends with\n{worker.last_lines(20)}", file=sys.stderr)
        return [f"not worked off after {LIMIT_S:.0f} s: {await _left(settings)}"]
    return []


async def _left(settings: Settings) -> str:
    """Which partitions stand still, in words."""
    try:
        async with asyncio.timeout(ASK_S):
            at = await offsets(settings)
            left = await behind(settings, at)
    except (TimeoutError, KafkaError, OSError) as problem:
        return f"the broker does not say what is left: {problem!r}"
    return "left are " + (", ".join(f"{tp.topic}-{tp.partition} from {at[tp]}" for tp in sorted(left)) or "none")


async def _left_to_do(trial: Trial, settings: Settings) -> tuple[int, int] | None:
    """See `left_of`; None while the broker does not say."""
    try:
        return await left_of(trial, settings)
    except (KafkaError, OSError):
        return None


@dataclass
class Stage:
    """Brokers, and the wires through which clients reach them."""

    wires: list[Wire]
    cluster: KafkaCluster | None = None

    @property
    def bootstrap(self) -> str:
        """Addresses of the wires' near ends."""
        return ",".join(f"{LOOPBACK}:{wire.port}" for wire in self.wires)


@asynccontextmanager
async def stage(kind: str) -> AsyncIterator[Stage]:
    """Brokers of a kind, with nothing on them."""
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(Wire()) for _ in range(BROKERS[kind])]
        if kind == "embedded":
            port = free_port()
            await wires[0].connect(port)
            await stack.enter_async_context(EmbeddedBroker(port, wires[0].port))
            yield Stage(wires)
            return
        cluster = KafkaCluster(len(wires), wires=[wire.port for wire in wires])
        for wire, server in zip(wires, cluster.servers, strict=True):
            await wire.connect(server.wired_port)
        await stack.enter_async_context(cluster)
        yield Stage(wires, cluster)


def _table(runs: list[Run]) -> Table:
    table = Table(title="chaos")
    for column in COLUMNS:
        table.add_column(column)
    for run in runs:
        broken = ", ".join(f"{kind} {count}" for kind, count in sorted(run.done.items()))
        table.add_row(
            str(run.seed), run.broker, f"{run.events:,}", f"{run.poison:,}", broken, str(len(run.generations)),
            str(run.repeated), str(run.commands), f"{run.seconds:.0f}", "; ".join(run.differences) or "none",
        )  # fmt: skip
    return table


def _aside() -> None:
    """Of a process that makes feeds ahead: it leaves the processor to whoever has work to do now."""
    die_with_parent()
    os.nice(19)


async def _main(seeds: list[int], broker: str, events: int, *, poison: bool) -> int:
    runs = []
    with (
        tempfile.TemporaryDirectory(prefix="interdict-chaos-") as folder,
        ProcessPoolExecutor(1, get_context("spawn"), _aside) as ahead,
    ):
        made = [ahead.submit(feed, seed, events, Path(folder, str(seed))) for seed in seeds[:1]]
        for number, seed in enumerate(seeds):
            trial = await asyncio.wrap_future(made.pop())
            # The next feed is made while this one is worked off, and no more: a feed is large.
            made += [ahead.submit(feed, after, events, Path(folder, str(after))) for after in seeds[number + 1 :][:1]]
            run = await run_seed(seed, broker, trial, poison=poison)
            told = "; ".join(run.differences) or "no difference"
            print(f"seed {seed} on {broker}: {told}", file=sys.stderr, flush=True)
            runs.append(run)
    Console(width=150).print(_table(runs))
    return 1 if any(run.differences for run in runs) else 0


def main() -> None:
    """Parse what was asked and run it."""
    parser = argparse.ArgumentParser(description="Break things and compare with the replay.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--broker", choices=list(BROKERS), default="embedded")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--poison", action=argparse.BooleanOptionalAction, default=True)
    asked = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # that a broker goes away is what is wanted here
    sys.exit(asyncio.run(_main(asked.seeds, asked.broker, asked.events, poison=asked.poison)))


if __name__ == "__main__":
    main()
