"""Options and the broker that tests share."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from deploy.kafka.cluster import KafkaCluster
from streams.kafka.broker import EmbeddedBroker

hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")  # a machine that does something else beside is no failure

STARTED: dict[str, Any] = {"embedded": EmbeddedBroker, "kafka": KafkaCluster}

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
"""A machine that is busy with other things fails no property: how long it takes is no part of one."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--broker",
        default="embedded",
        help="embedded (default), kafka (Apache Kafka, started here), or the address host:port of a running broker",
    )
    parser.addoption(
        "--deploy-tools", action="store_true", help="run the tests that need the tools of deploy/tools/install.py"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that need packages of the system run where they are asked for; a missing package fails them then."""
    if not config.getoption("--deploy-tools"):
        for item in items:
            if item.get_closest_marker("deploy_tools"):
                item.add_marker(pytest.mark.skip(reason="needs tools: make test-deploy"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of a broker. Tests share it and take topics and groups with names of their own."""
    chosen = request.config.getoption("--broker")
    if chosen not in STARTED:
        yield chosen
        return
    async with STARTED[chosen]() as started:
        yield started.bootstrap


@pytest.fixture
async def lone_broker(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of a broker with no topics that nobody else uses."""
    chosen = request.config.getoption("--broker")
    if chosen not in STARTED:
        pytest.skip("needs a broker of its own, and will not empty yours")
    async with STARTED[chosen]() as started:
        yield started.bootstrap


@pytest.fixture(scope="session")
def labelled_data() -> Path:
    """The folder of labelled data; its tests are skipped, loudly, where there is none."""
    folder = Path(os.environ.get("INTERDICT_DATA", "../shared/data"))
    if not folder.is_dir():
        pytest.skip(f"NO LABELLED DATA at {folder}: set INTERDICT_DATA to judge quality")
    return folder
