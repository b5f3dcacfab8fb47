"""`interdict worker`: one process that carries its share of the lanes until it is told to stop."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from threading import Timer
from typing import NamedTuple, NoReturn, cast

import faust
import structlog
from prometheus_client import CollectorRegistry

from agents.metrics import COUNTING
from interdict.access.acls import worker_rights
from interdict.topology import LAYOUT_0_1, chosen, load_pipelines, metrics_of
from schemas.topics import changelog
from streams.core.identity import Identity
from streams.core.pipeline import Pipeline
from streams.kafka.rights import ensure_rights
from streams.kafka.security import is_in_clear, variable
from streams.kafka.topics import ensure_topics, wanted_topics
from streams.observe import web
from streams.observe.health import Health
from streams.observe.logs import HASH_KEY, configure_logging, divert_python, hash_key, told
from streams.observe.metrics import Metrics, of_the_process
from streams.runtime.app import create_app, in_its_group
from streams.runtime.runner import Runner, attach
from streams.runtime.timekeeper import Timekeeper
from streams.runtime.transport import BatchTransport
from streams.runtime.wallclock import WallClock
from streams.runtime.watch import Needs, Watch
from streams.settings import Settings

log = structlog.get_logger(__name__)

READY = "worker ready"
"""What a worker logs once its lanes are assigned, its state is recovered and records flow."""

ENDS = "the worker ends"
"""How the last line begins of a worker that cannot go on as things are."""

COLLECT_AFTER = 200_000
"""Objects allocated, less those freed, between two looks of the cycle collector."""

STOP_S = 8.0
"""From the word to stop: to finish the batch, commit and leave the group, so that all is over within ten seconds."""

WATCH_S = 0.05


class Part(NamedTuple):
    """A pipeline of this process."""

    app: faust.App
    runner: Runner


async def serve(parts: Sequence[Part], health: Health, changed: Iterable[Awaitable[str]]) -> int:
    """Run the apps until SIGTERM or SIGINT, or until one crashes or cannot go on.

    Args:
        parts: what runs.
        health: who is told how things stand.
        changed: each comes with one line once the cluster or a group is nothing that the worker can work with.

    Returns:
        The exit code: 0 when it was told to stop, 1 when it crashed or could not leave in time.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told_to_stop() -> None:
        stop.set()
        # One that was never ready has nothing to finish: leaving before it is no failure.
        _leave_within(STOP_S, lambda: int(health.was_ready))

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop)
    watching = [asyncio.ensure_future(_watch(parts, health))]
    watching += [asyncio.ensure_future(_end_once(parts[0].app, one)) for one in changed]
    await _start(parts)
    for app, _ in parts:
        log.info("worker started", group=app.conf.id)
    crashed = {asyncio.ensure_future(app._crashed.wait()): app for app, _ in parts}
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({*crashed, stopping}, return_when=asyncio.FIRST_COMPLETED)
    failed = [app for waiting, app in crashed.items() if waiting.done()]
    for task in (*watching, *crashed, stopping):
        task.cancel()
    if failed:
        log.error("worker crashed", error=told(failed[0].crash_reason))
        _leave_within(STOP_S, lambda: 1)
    await asyncio.gather(*(app.stop() for app, _ in parts))
    log.info("worker stopped", crashed=bool(failed))
    return 1 if failed else 0


async def _start(parts: Sequence[Part]) -> None:
    """Start the apps beside one another: a broker may keep each group waiting for seconds.

    One that cannot start ends the others, whose threads would go on as members of their groups: without a loop to work
    for, in a process that seems to have ended, holding lanes that stand still.
    """
    try:
        await asyncio.gather(*(app.start() for app, _ in parts))
    except BaseException:
        _leave_within(STOP_S, lambda: 1)
        await asyncio.gather(*(app.stop() for app, _ in parts), return_exceptions=True)
        raise


async def _end_once(app: faust.App, changed: Awaitable[str]) -> None:
    """End the process at once, without a last write: what is under way belongs to a cluster that is no more."""
    try:
        log.error(f"{ENDS}: {await changed}")
    except Exception as problem:
        await app.crash(problem)
        return
    _leave_at_once(1)


def _leave_within(seconds: float, code: Callable[[], int]) -> None:
    """End the process without ceremony if it has not left in order by then: what was not committed will come again.

    A worker that was away past its session, or whose broker is gone, may wait in vain for answers: on its way in as on
    its way out, on the event loop as in threads that Python waits for. Hence a thread of its own, from the first word.
    """

    def leave() -> NoReturn:
        log.error("could not leave in order in time; leaving at once", seconds=seconds)
        _leave_at_once(code())

    timer = Timer(seconds, leave)
    timer.daemon = True
    timer.start()


def _leave_at_once(code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


async def _watch(parts: Sequence[Part], health: Health) -> None:
    """Keep `/readyz` true. Ready means: lanes assigned, state recovered, records flowing, in every pipeline."""
    while True:
        announced = health.was_ready
        health.tell(**{stands: why for part in reversed(parts) for stands, why in _in_the_way(part).items()})
        if health.was_ready and not announced:
            _announce()
        await asyncio.sleep(WATCH_S)


def _in_the_way(part: Part) -> dict[str, str]:
    app, runner = part
    if runner.recovering:
        return {"recovery": runner.recovering}
    if app.rebalancing:
        return {"rebalance": "the group is sharing out its lanes"}
    if app._assignment is None or not app.consumer.flow_active:
        return {"assignment": "no lanes assigned yet"}
    return {}


async def run_worker(settings: Settings) -> int:
    """`interdict worker`: look for the broker, make sure of topics and rights, then serve until told to stop."""
    configure_logging(settings)
    divert_python(asyncio.get_running_loop())
    if not hash_key(settings):
        log.info("no trail leads from this process to another: each hashes by its own key", setting=HASH_KEY)
    if is_in_clear(settings, settings.bootstrap):
        log.warning("brokers are talked to in clear; docs/access.md says how not to", bootstrap=settings.bootstrap)
    identity = Identity(settings.identity_secret.get_secret_value().encode())
    if identity.is_keyless:
        log.warning("event ids and peers have stand-ins without a secret", setting=variable("identity_secret"))
    all_there_are = load_pipelines(identity=identity)
    pipelines = chosen(all_there_are, settings.pipelines)
    rights = worker_rights(settings, pipelines)
    await ensure_rights(settings, rights)
    await ensure_topics(settings, {right.name for right in rights if right.resource == "Topic"})
    clock = WallClock(settings.clock_skew_ms_max)
    metrics = Metrics(CollectorRegistry(), metrics_of(pipelines), COUNTING, clock.at_broker)
    metrics.ask(clock.gauges)
    async with AsyncExitStack() as watches:
        parts, changed = [], []
        for pipeline in pipelines:
            part, until_changed = await _part(pipeline, all_there_are, settings, clock, metrics, identity, watches)
            parts.append(part)
            changed.append(until_changed)
        return await _serve(parts, changed, Timekeeper(settings, clock), metrics, settings)


async def _part(
    pipeline: Pipeline, elsewhere: Iterable[Pipeline], settings: Settings, clock: WallClock, metrics: Metrics,
    identity: Identity,
    watches: AsyncExitStack,
) -> tuple[Part, Awaitable[str]]:  # fmt: skip
    """Put a pipeline together on a cluster that can be worked with; with it what tells once it cannot be any more."""
    own = in_its_group(settings, pipeline)
    app = create_app(own, pipeline, clock)
    outside = cast(BatchTransport, app.transport).outside
    watch = await watches.enter_async_context(Watch(own, worker_needs(own, pipeline, elsewhere), outside))
    cluster = await watch.first_look()
    runner = Runner(app, pipeline, own, metrics, cluster.topic_ids, watch.tell, identity, LAYOUT_0_1)
    attach(app, runner)
    return Part(app, runner), watch.until_changed(cluster)


async def _serve(
    parts: Sequence[Part],
    changed: Sequence[Awaitable[str]],
    timekeeper: Timekeeper,
    metrics: Metrics,
    settings: Settings,
) -> int:
    health = Health()
    metrics.ask(health.gauges)
    of_the_process(metrics.registry)
    stop_web = web.serve(settings.metrics_port, metrics.registry, health, settings.metrics_host)
    await timekeeper.start()
    try:
        return await serve(parts, health, changed)
    finally:
        await timekeeper.stop()
        stop_web()


def worker_needs(settings: Settings, pipeline: Pipeline, elsewhere: Iterable[Pipeline]) -> Needs:
    """What must stay as it is while a worker runs: each topic whose partitions it counts on by number."""
    inputs = tuple(topic.name for topic in pipeline.inputs)
    counted = {*inputs, changelog(pipeline.name), *(topic.name for topic in pipeline.broadcasts)}
    wanted = {topic.name: topic.partitions for topic in wanted_topics(settings)}
    read_there = {topic.name for other in elsewhere for topic in other.inputs}.difference(inputs)
    return Needs(inputs, {name: wanted[name] for name in sorted(counted)}, tuple(sorted(read_there)))


def _announce() -> None:
    """Tell that the worker is ready, and keep the collector away from what will live as long as the process.

    What a batch makes has no cycles and goes by reference counts; at the default threshold of 700 the collector
    would walk the batch's own models over and over, which cost more than decoding them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    log.info(READY)
