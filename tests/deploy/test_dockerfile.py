"""The image, without Docker: what it is built from, its steps run here, and its process with the rights that it has."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from deploy.compiled import has_compiler
from deploy.tools.install import place
from streams.kafka.children import LOOPBACK, die_with_parent, free_port
from streams.settings import Settings
from tests.deploy import image

ROOT = image.ROOT
TEXT = image.DOCKERFILE.read_text()
VENV, WHEELS = "/opt/interdict", "/wheels"
BUILD_S = 300


def test_the_base_is_pinned_to_a_whole_version_and_is_the_python_that_the_tests_run_on() -> None:
    (base,) = re.findall(r"^ARG BASE=(\S+)$", TEXT, re.MULTILINE)
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base)
    assert [stage[0].rest for stage in image.instructions()] == ["${BASE} AS build", "${BASE}"]
    wanted = re.search(r'requires-python = ">=(\d+\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert wanted is not None
    assert base.startswith(f"python:{wanted.group(1)}.")


def test_what_the_image_copies_exists_and_nothing_else_is_sent_to_be_built() -> None:
    copied = image.copied()
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    lines = [line for line in image.IGNORED.read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert set(copied) == {line[1:] for line in lines if line.startswith("!")}


def test_what_others_made_is_installed_by_its_hash_and_from_the_lock() -> None:
    installs = [step for run in image.of("RUN", 0) for step in run.split("&&") if "pip" in step and " install " in step]
    assert len(installs) == 3
    assert all("--require-hashes" in step or "--no-index" in step for step in installs)


def test_the_process_is_nobody_in_particular_and_nothing_is_left_to_install_with() -> None:
    assert image.of("USER", -1) == ["10001:10001"]
    assert any("pip uninstall" in run for run in image.of("RUN", -1))
    assert not any("pip" in path for rest in image.of("COPY", -1) for path in rest.split())


def test_the_image_says_what_it_is() -> None:
    (labels,) = image.of("LABEL", -1)
    assert {"title", "description", "version", "revision"} <= set(re.findall(r"opencontainers\.image\.(\w+)=", labels))
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert f"ARG VERSION={version.group(1)}" in TEXT


def test_what_the_image_sets_are_settings_that_hold() -> None:
    said = {k: v for k, v in image.environment().items() if k.startswith("INTERDICT_")}
    named = {key.removeprefix("INTERDICT_").lower(): value for key, value in said.items()}
    assert set(named) <= set(Settings.model_fields)
    assert Settings(**named).metrics_port == 9100  # type: ignore[arg-type]


@pytest.mark.deploy_tools
def test_a_linter_finds_nothing() -> None:
    linter = str(place("hadolint"))
    done = subprocess.run([linter, str(image.DOCKERFILE)], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The virtual environment that the image would hold: the build's own steps, on what .dockerignore lets through."""
    folder = tmp_path_factory.mktemp("image")
    context = folder / "context"
    for name in image.copied():
        source, target = ROOT / name, context / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    _run([sys.executable, "-m", "venv", str(folder / "base")], folder)
    environment = {**os.environ, "PATH": f"{folder / 'base' / 'bin'}:{os.environ['PATH']}"}
    for step in image.of("RUN", 0):
        if step.startswith("apt-get "):
            assert has_compiler(), "the image gets its compiler from Debian, and this machine should have one"
            continue
        here = step.replace(VENV, str(folder / "venv")).replace(WHEELS, str(folder / "wheels"))
        _run(["sh", "-euc", here], context, environment)
    return folder / "venv"


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=BUILD_S
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.deploy_tools
@pytest.mark.timeout(BUILD_S + 60)
def test_the_builds_steps_make_an_installation_that_knows_its_commands(built: Path) -> None:
    asked = subprocess.run(
        [built / "bin" / "interdict", "--help"], capture_output=True, text=True, check=False, timeout=60
    )
    assert asked.returncode == 0, asked.stderr
    assert "worker" in asked.stdout
    assert not (built / "bin" / "pip").exists()
    assert list(built.rglob("streams/core/engine.*.so")), "what decides is not compiled"
    assert not list(built.rglob("*calfkit*")), "the embedded broker lies beside the signing key"


READ_ONLY = """
mount --bind / / && mount -o remount,bind,ro / && mount -t tmpfs -o size=64m tmpfs "$TMPDIR"
if touch /written 2>/dev/null; then exit 97; fi
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
"""
"""What the container's rights come to: only its /tmp can be written, and there is no capability and none to be had."""


def _can_unshare() -> bool:
    tried = subprocess.run(["unshare", "-m", "sh", "-c", "mount --bind / /"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.deploy_tools
@pytest.mark.broker
@pytest.mark.timeout(BUILD_S + 60)
async def test_its_worker_runs_where_it_may_write_nothing(built: Path, lone_broker: str, tmp_path: Path) -> None:
    if not _can_unshare():
        pytest.skip("this machine lets nobody make a mount namespace")
    port = free_port()
    said = {"INTERDICT_BOOTSTRAP": lone_broker, "INTERDICT_METRICS_HOST": LOOPBACK, "INTERDICT_METRICS_PORT": str(port)}
    environment = {"PATH": os.environ["PATH"], **image.environment(), **said}
    with (tmp_path / "worker.log").open("wb") as log:
        worker = await asyncio.create_subprocess_exec(
            "unshare", "-m", "sh", "-euc", READ_ONLY, "sh",
            str(built / "bin" / "interdict"), "worker", cwd=tmp_path, env={**environment, "TMPDIR": str(tmp_path)},
            stdout=log, stderr=log, preexec_fn=die_with_parent,
        )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(_is_ready, port):
                assert worker.returncode is None, (tmp_path / "worker.log").read_text()
                await asyncio.sleep(0.2)
    finally:
        worker.terminate()
        code = await worker.wait()
    assert code == 0, (tmp_path / "worker.log").read_text()


def _is_ready(port: int) -> Any:
    try:
        with urlopen(f"http://{LOOPBACK}:{port}/readyz", timeout=3) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False
