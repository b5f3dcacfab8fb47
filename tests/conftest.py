"""Options and the broker that tests share."""

import gc
import os
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.kafka.cluster import KafkaCluster
from streams.kafka.broker import EmbeddedBroker
from tests.kit import examples
from tests.kit.brokers import TakenInTurns
from tests.kit.scheduling import begun_early, pytest_xdist_make_scheduler
from tests.kit.stuck import ended_after

__all__ = ["pytest_xdist_make_scheduler"]

gc.disable()  # while tests are collected: much is made, nothing is thrown away; see `pytest_collection_finish`

examples.register()

os.environ.setdefault("INTERDICT_FETCH_WAIT_MS", "100")
"""Dozens of workers wait beside one another for most of their time, and each asks the broker as often as this says:
fifty times a second, as in production, would alone keep two cores busy."""

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Several processes share the cores, and the matrices of a fit are small: threads would mostly wait for one another, at
the cost of the processor. Read when numpy is."""

STARTED: dict[str, Any] = {"embedded": EmbeddedBroker, "kafka": KafkaCluster}

STUCK_S = 100.0
"""A test is broken off by its `timeout`; one that stands still so long after it ends its process."""

SHARED = frozenset({"broker", "lone_broker"})
"""Fixtures that are the broker of --broker."""

UNCAPTURED = pytest.StashKey[int]()
"""The file descriptor of the real standard error."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--broker",
        default="embedded",
        help="embedded (default), kafka (Apache Kafka, started here), or the address host:port of a running broker",
    )
    parser.addoption(
        "--deploy-tools", action="store_true", help="run the tests that need the tools of deploy/tools/install.py"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep the way to the terminal: while a test runs, what it writes is kept back."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        config.stash[UNCAPTURED] = os.dup(2)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that need packages of the system run where they are asked for; a missing package fails them then. What
    takes long begins first, so that in the end no process waits for another's last test."""
    for item in items:
        if item.get_closest_marker("embedded") and SHARED & set(getattr(item, "fixturenames", ())):
            raise pytest.UsageError(f"{item.nodeid} takes the broker that --broker names: it is not `embedded`")
        if item.get_closest_marker("deploy_tools") and not config.getoption("--deploy-tools"):
            item.add_marker(pytest.mark.skip(reason="needs tools: make test-deploy"))
    items.sort(key=lambda item: begun_early(item.nodeid))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the cycle collector never looks at it again."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """No test may hold up a run for ever."""
    own = item.get_closest_marker("timeout")
    timeout = own.args[0] if own else float(item.config.getini("timeout"))
    with ended_after(timeout + STUCK_S, item.nodeid, item.config.stash[UNCAPTURED]):
        return (yield)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of a broker. Tests share it and take topics and groups with names of their own."""
    chosen = request.config.getoption("--broker")
    if chosen not in STARTED:
        yield chosen
        return
    async with STARTED[chosen]() as started:
        yield started.bootstrap


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def emptied_kafka() -> AsyncIterator[TakenInTurns]:
    """Apache Kafka for those who want it empty, one after another: it is started when the first of them comes."""
    turns = TakenInTurns(KafkaCluster)
    yield turns
    await turns.end()


@pytest_asyncio.fixture(loop_scope="session")
async def lone_broker(request: pytest.FixtureRequest, emptied_kafka: TakenInTurns) -> AsyncIterator[str]:
    """The address of a broker with no topics and no groups that nobody else uses while the test runs."""
    chosen = request.config.getoption("--broker")
    if chosen not in STARTED:
        pytest.skip("needs a broker of its own, and will not empty yours")
    if chosen == "kafka":
        yield await emptied_kafka.take()
        return
    async with STARTED[chosen]() as started:
        yield started.bootstrap


@pytest.fixture(scope="session")
def labelled_data() -> Path:
    """The folder of labelled data; its tests are skipped, loudly, where there is none."""
    folder = Path(os.environ.get("INTERDICT_DATA", "../shared/data"))
    if not folder.is_dir():
        pytest.skip(f"NO LABELLED DATA at {folder}: set INTERDICT_DATA to judge quality")
    return folder
