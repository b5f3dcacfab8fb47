"""`interdict worker`: one process that carries its share of the lanes until it is told to stop."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from threading import Timer
from typing import NoReturn, cast

import faust
import structlog
from prometheus_client import CollectorRegistry

from interdict.acls import worker_rights
from interdict.topology import LAYOUT_0_1, load_duties
from schemas.topics import changelog
from streams.core.chain import Chain
from streams.core.identity import Identity
from streams.kafka.rights import ensure_rights
from streams.kafka.security import is_in_clear, variable
from streams.kafka.topics import ensure_topics, wanted_topics
from streams.observe import web
from streams.observe.health import Health
from streams.observe.logs import HASH_KEY, configure_logging, divert_python, hash_key, told
from streams.observe.metrics import Metrics, of_the_process
from streams.runtime.app import create_app
from streams.runtime.runner import Runner, attach
from streams.runtime.transport import BatchTransport
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


async def serve(app: faust.App, runner: Runner, settings: Settings, health: Health, changed: Awaitable[str]) -> int:
    """Run the app until SIGTERM or SIGINT, or until it crashes or cannot go on.

    Args:
        app: what runs, and its `runner`.
        runner: what the app decides.
        settings: how it is run.
        health: who is told how things stand.
        changed: comes with one line once the cluster or the group is nothing that the worker can work with.

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
    watching = asyncio.ensure_future(_watch(app, runner, health))
    ending = asyncio.ensure_future(_end_once(app, changed))
    await app.start()
    log.info("worker started", group=settings.group_id)
    crashed = asyncio.ensure_future(app._crashed.wait())
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({crashed, stopping}, return_when=asyncio.FIRST_COMPLETED)
    failed = crashed.done()
    for task in (watching, crashed, stopping, ending):
        task.cancel()
    if failed:
        log.error("worker crashed", error=told(app.crash_reason))
        _leave_within(STOP_S, lambda: 1)
    await app.stop()
    log.info("worker stopped", crashed=failed)
    return 1 if failed else 0


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


async def _watch(app: faust.App, runner: Runner, health: Health) -> None:
    """Keep `/readyz` true. Ready means: lanes assigned, state recovered, records flowing."""
    while True:
        announced = health.was_ready
        health.tell(**_in_the_way(app, runner))
        if health.was_ready and not announced:
            _announce()
        await asyncio.sleep(WATCH_S)


def _in_the_way(app: faust.App, runner: Runner) -> dict[str, str]:
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
    duty = load_duties(identity=identity)
    rights = worker_rights(settings, duty)
    await ensure_rights(settings, rights)
    await ensure_topics(settings, {right.name for right in rights if right.resource == "Topic"})
    app = create_app(settings, duty)
    transport = cast(BatchTransport, app.transport)
    async with Watch(settings, worker_needs(settings, duty), transport.outside) as watch:
        return await _run(app, duty, identity, settings, watch)


async def _run(app: faust.App, duty: Chain, identity: Identity, settings: Settings, watch: Watch) -> int:
    """Put the app together on a cluster that can be worked with, and serve."""
    cluster = await watch.first_look()
    metrics = Metrics(CollectorRegistry(), cast(BatchTransport, app.transport).clock.at_broker)
    runner = Runner(app, duty, settings, metrics, cluster.topic_ids, watch.tell, identity, LAYOUT_0_1)
    attach(app, runner)
    health = Health()
    metrics.ask(health.gauges)
    of_the_process(metrics.registry)
    stop_web = web.serve(settings.metrics_port, metrics.registry, health, settings.metrics_host)
    try:
        return await serve(app, runner, settings, health, watch.until_changed(cluster))
    finally:
        stop_web()


def worker_needs(settings: Settings, duty: Chain) -> Needs:
    """What must stay as it is while a worker runs: each topic whose partitions it counts on by number."""
    inputs = tuple(topic.name for topic in duty.inputs)
    counted = {*inputs, changelog(duty.name), *(topic.name for topic in duty.broadcasts)}
    wanted = {topic.name: topic.partitions for topic in wanted_topics(settings)}
    return Needs(inputs, {name: wanted[name] for name in sorted(counted)})


def _announce() -> None:
    """Tell that the worker is ready, and keep the collector away from what will live as long as the process.

    What a batch makes has no cycles and goes by reference counts; at the default threshold of 700 the collector
    would walk the batch's own models over and over, which cost more than decoding them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    log.info(READY)
