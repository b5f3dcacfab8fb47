"""The compose file and the Dockerfile, as far as they can be looked at without a Docker engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from interdict.cli import cli
from streams.settings import Settings

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


@pytest.mark.parametrize("name", OURS)
def test_a_services_command_is_one_that_the_console_has(name: str) -> None:
    words = list(SERVICES[name]["command"])
    commands = get_command(cli).commands  # type: ignore[attr-defined]
    assert commands[words[0]].make_context(words[0], words[1:])


@pytest.mark.parametrize("name", OURS)
def test_a_services_settings_are_ones_that_exist_and_hold(name: str) -> None:
    environment = SERVICES[name]["environment"]
    settings = {key.removeprefix("INTERDICT_").lower(): value for key, value in environment.items()}
    assert set(settings) <= set(Settings.model_fields)
    assert Settings(**settings).bootstrap == "kafka:9092"


@pytest.mark.parametrize("name", OURS)
def test_a_service_may_write_nothing_and_be_nobody_in_particular(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert re.search(r"^USER [1-9]", DOCKERFILE, re.MULTILINE)


def test_workers_start_once_the_topics_are_made_and_topics_once_the_broker_is_well() -> None:
    assert SERVICES["kafka"]["healthcheck"]["test"]
    assert SERVICES["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert SERVICES["worker"]["depends_on"] == {"topics": {"condition": "service_completed_successfully"}}


def test_every_image_is_pinned() -> None:
    images = [SERVICES["kafka"]["image"], *re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)]
    assert all(re.search(r":\d+\.\d+", image) for image in images)


def test_what_the_image_copies_exists() -> None:
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]
    ]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == kept
