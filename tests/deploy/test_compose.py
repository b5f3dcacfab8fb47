"""The compose file as far as it goes without a Docker engine: what it says, and that each command line in it runs.

What is left is what only an engine can tell: that the images are to be had, and that they start with these rights.
"""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from typer.main import get_command

from deploy.kafka.cluster import HERE as KAFKA
from deploy.kafka.cluster import KafkaCluster
from deploy.tools.install import place
from interdict.cli import cli
from interdict.run.worker import READY
from streams.kafka.children import LOOPBACK, die_with_parent, free_port
from streams.settings import Settings
from tests.deploy import image

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
WORKERS = sorted(name for name in OURS if SERVICES[name]["command"] == ["worker"])
FOREIGN = sorted(set(SERVICES) - set(OURS))
LASTING = sorted(name for name, service in SERVICES.items() if service["restart"] != "no")
KAFKA_ADDRESS = "kafka:9092"
PROMETHEUS: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())


def settings_of(name: str) -> dict[str, str]:
    """What a service's process gets: from the image and from the file, with nothing set where the file asks for it."""
    said = {**image.environment(), **SERVICES[name]["environment"]}
    return {key: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", str(value)) for key, value in said.items()}


# -- what it says --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_a_services_command_is_one_that_the_console_has(name: str) -> None:
    words = list(SERVICES[name]["command"])
    commands = get_command(cli).commands  # type: ignore[attr-defined]
    assert commands[words[0]].make_context(words[0], words[1:])


@pytest.mark.parametrize("name", OURS)
def test_a_services_settings_are_ones_that_exist_and_hold(name: str) -> None:
    said = {
        key.removeprefix("INTERDICT_").lower(): value
        for key, value in settings_of(name).items()
        if key.startswith("INTERDICT_")
    }
    assert set(said) <= set(Settings.model_fields)
    assert Settings(**said).bootstrap == KAFKA_ADDRESS


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_has_no_more_rights_and_no_more_of_the_machine_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is (name != "kafka")  # its image writes to itself when it starts
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert service["logging"]["options"]["max-size"]
    assert "privileged" not in service


def test_every_port_is_published_on_loopback_only_and_kafkas_not_at_all() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"prometheus", "alertmanager", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_only_what_talks_with_kafka_can_reach_it() -> None:
    near = {name for name, service in SERVICES.items() if "kafka" in service["networks"]}
    assert near == {*OURS, "kafka"}
    assert COMPOSE["networks"]["kafka"] == {"internal": True}


def test_no_password_is_in_the_file_and_grafana_has_no_account_to_have_one() -> None:
    said = SERVICES["grafana"]["environment"]
    assert said["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert said["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    given = {
        "INTERDICT_LOG_HASH_KEY": "${INTERDICT_LOG_HASH_KEY:-}",
        "INTERDICT_IDENTITY_SECRET": "${INTERDICT_IDENTITY_SECRET:-}",
    }
    written = yaml.safe_dump(SERVICES)
    for name, asked in given.items():
        assert f"{name}: {asked}" in written, "asked of whoever starts it"
        written = written.replace(f"{name}: {asked}", "")
    assert not re.search(r"password|secret", written, re.IGNORECASE)


def test_every_image_is_pinned_to_a_whole_version() -> None:
    images = [SERVICES[name]["image"] for name in FOREIGN]
    assert all(re.search(r":v?\d+\.\d+\.\d+$", image) for image in images)


def test_kafka_is_the_one_that_the_tests_run_and_keeps_its_data_where_its_volume_is() -> None:
    version = SERVICES["kafka"]["image"].rpartition(":")[2]
    assert f"<version>{version}</version>" in (KAFKA / "pom.xml").read_text()
    assert SERVICES["kafka"]["volumes"] == [f"kafka:{SERVICES['kafka']['environment']['KAFKA_LOG_DIRS']}"]


def test_workers_start_once_the_topics_are_made_and_topics_once_the_broker_is_well() -> None:
    assert SERVICES["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    made = {"topics": {"condition": "service_completed_successfully"}}
    assert all(SERVICES[name]["depends_on"] == made for name in [*WORKERS, "simulator"])


@pytest.mark.parametrize("name", LASTING)
def test_what_goes_on_is_started_again_and_its_health_is_looked_at(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    health = service.get("healthcheck", {"test": image.health_check()})
    assert health.get("disable") is True if name == "simulator" else health["test"]


def test_prometheus_scrapes_every_worker_of_the_file_and_tells_its_alertmanager() -> None:
    (job,) = [job for job in PROMETHEUS["scrape_configs"] if job["job_name"] == "interdict"]
    targets = [target for one in job["static_configs"] for target in one["targets"]]
    assert sorted(targets) == [f"{name}:{settings_of(name)['INTERDICT_METRICS_PORT']}" for name in WORKERS]
    assert len(WORKERS) == 2
    (told,) = PROMETHEUS["alerting"]["alertmanagers"]
    assert told["static_configs"] == [{"targets": ["alertmanager:9093"]}]


def test_grafana_asks_the_prometheus_of_the_file() -> None:
    (source,) = ROOT.glob("deploy/grafana/provisioning/datasources/*.yml")
    assert yaml.safe_load(source.read_text())["datasources"][0]["url"] == "http://prometheus:9090"


def test_prometheus_remembers_longer_than_the_error_budget_looks_back() -> None:
    (kept,) = [word for word in SERVICES["prometheus"]["command"] if "retention" in word]
    assert int(re.sub(r"\D", "", kept)) > 30


def test_what_is_mounted_is_there_and_cannot_be_written() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", []) if mount.startswith(".")]
    assert len(mounts) == 5
    for source, _, mode in (mount.split(":") for mount in mounts):
        assert (ROOT / source).exists()
        assert mode == "ro"
    volumes = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert set(COMPOSE["volumes"]) == {name for name in volumes if not name.startswith(".")}


def test_grafana_finds_the_dashboards_where_they_are_mounted() -> None:
    (provider,) = ROOT.glob("deploy/grafana/provisioning/dashboards/*.yml")
    path = yaml.safe_load(provider.read_text())["providers"][0]["options"]["path"]
    assert f"./deploy/grafana/dashboards:{path}:ro" in SERVICES["grafana"]["volumes"]


# -- that it runs --------------------------------------------------------------------------------------------------


class Stack:
    """Services of the file as processes on this machine: their words and their settings, with other addresses."""

    def __init__(self, broker: str, folder: Path) -> None:
        self._broker = broker
        self._folder = folder
        self._ports = {name: free_port() for name in WORKERS}
        self.processes: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, name: str) -> asyncio.subprocess.Process:
        words = [word.replace(KAFKA_ADDRESS, self._broker) for word in SERVICES[name]["command"]]
        with (self._folder / f"{name}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "interdict", *words, env=self.environment(name), cwd=self._folder, stdout=log,
                stderr=log, stdin=asyncio.subprocess.DEVNULL, preexec_fn=die_with_parent,
            )  # fmt: skip
        self.processes[name] = process
        return process

    def environment(self, name: str) -> dict[str, str]:
        said = {key: value.replace(KAFKA_ADDRESS, self._broker) for key, value in settings_of(name).items()}
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("INTERDICT_")}
        here = {"INTERDICT_METRICS_HOST": LOOPBACK, "INTERDICT_METRICS_PORT": str(self._ports.get(name, 0))}
        return {**inherited, "PYTHONPATH": str(ROOT), **said, **here}

    def log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text(errors="replace")

    async def is_well(self, name: str) -> bool:
        _, *words = image.health_check()
        asked = await asyncio.create_subprocess_exec(
            sys.executable, *words, env=self.environment(name), stderr=asyncio.subprocess.DEVNULL
        )
        return await asked.wait() == 0

    async def until_well(self, name: str) -> None:
        async with asyncio.timeout(60):
            while READY not in self.log(name):
                assert self.processes[name].returncode is None, self.log(name)
                await asyncio.sleep(0.1)
            while not await self.is_well(name):  # a process each time it is asked
                await asyncio.sleep(0.2)

    def metric(self, name: str, metric: str) -> float:
        with urlopen(f"http://{LOOPBACK}:{self._ports[name]}/metrics", timeout=5) as answer:
            families = text_string_to_metric_families(answer.read().decode())
        return sum(sample.value for family in families for sample in family.samples if sample.name == metric)

    async def end(self, name: str) -> int:
        self.processes[name].terminate()
        async with asyncio.timeout(int(SERVICES[name].get("stop_grace_period", "10s").removesuffix("s"))):
            return await self.processes[name].wait()


@pytest.fixture
async def stack(lone_broker: str, tmp_path: Path) -> AsyncIterator[Stack]:
    stack = Stack(lone_broker, tmp_path)
    yield stack
    for process in stack.processes.values():
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.broker
async def test_every_command_line_of_the_file_runs(stack: Stack) -> None:
    assert await (await stack.start("topics")).wait() == 0, stack.log("topics")
    assert "interdict.victims.changelog" in stack.log("topics")
    for name in WORKERS:
        await stack.start(name)
        assert not await stack.is_well(name), "it says so before it can be"
    for name in WORKERS:
        await stack.until_well(name)
    simulator = await stack.start("simulator")
    until = time.monotonic() + 60
    while not all(stack.metric(name, "interdict_events_total") > 100 for name in WORKERS):
        assert simulator.returncode is None, stack.log("simulator")
        assert time.monotonic() < until, stack.log("simulator")
        await asyncio.sleep(0.2)
    assert [await stack.end(name) for name in WORKERS] == [0] * len(WORKERS)
    await stack.end("simulator")
    assert "Traceback" not in stack.log("simulator")


# -- with tools ----------------------------------------------------------------------------------------------------


@pytest.mark.deploy_tools
def test_the_reader_that_docker_compose_is_made_of_takes_the_file(tmp_path: Path) -> None:
    reader = str(place("compose-spec"))
    done = subprocess.run([reader, str(FILE)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)["services"]
    assert set(read) == set(SERVICES)
    (tmp_path / "broken.yml").write_text(FILE.read_text().replace("read_only: true", "reed_only: true"))
    refused = subprocess.run([reader, str(tmp_path / "broken.yml")], capture_output=True, check=False, timeout=60)
    assert refused.returncode != 0


@pytest.mark.deploy_tools
async def test_kafka_takes_the_settings_of_the_file_and_the_topics_are_made_on_it(tmp_path: Path) -> None:
    said = SERVICES["kafka"]["environment"]
    settings = {
        key.removeprefix("KAFKA_").lower().replace("_", "."): str(value)
        for key, value in said.items()
        if key not in {"KAFKA_HEAP_OPTS", "KAFKA_LOG_DIRS"} and not re.search("LISTENERS|QUORUM", key)
    }
    async with KafkaCluster(settings=settings) as cluster:
        stack = Stack(cluster.bootstrap, tmp_path)
        assert await (await stack.start("topics")).wait() == 0, stack.log("topics")
        check = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "interdict", "topics", "--check", env=stack.environment("topics")
        )
        assert await check.wait() == 0
