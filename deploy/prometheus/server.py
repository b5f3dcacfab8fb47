"""Debian's Prometheus on loopback, with this folder's configuration and other targets: for tests and pictures.

Its data lie in a directory that is removed in the end. Needs the package: `apt-get install prometheus`.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import orjson
import yaml

from streams.kafka.children import LOOPBACK, die_with_parent, end_child, free_port

HERE = Path(__file__).parent
CONFIG = HERE / "prometheus.yml"
RULES = sorted((HERE / "rules").glob("*.yml"))
INSTALL = "apt-get install --no-install-recommends prometheus prometheus-alertmanager"
READY_S = 30.0
STOP_S = 10.0
ANSWER_S = 10.0


class PrometheusError(Exception):
    """Prometheus is missing, does not come up, or refuses a query; says which and why."""


class Series(NamedTuple):
    """One series of an answer."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]
    """Unix seconds and value, oldest first; of an instant query, one."""


class Prometheus:
    """Runs the server while entered.

    Args:
        targets: workers' addresses, host:port; they stand for those of `prometheus.yml`.
        every_s: how often it scrapes and looks at its rules, whole seconds.

    Raises:
        PrometheusError: on entry, where the program is missing or does not come up.
    """

    def __init__(self, targets: Sequence[str], every_s: int = 1) -> None:
        self._targets = list(targets)
        self._every_s = every_s
        self._port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="interdict-prometheus-"))
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self._port}"

    async def __aenter__(self) -> "Prometheus":
        program = shutil.which("prometheus")
        if program is None:
            raise PrometheusError(f"no program `prometheus`: {INSTALL}")
        config = self._folder / "prometheus.yml"
        config.write_text(yaml.safe_dump(self._config()))
        with (self._folder / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                program, f"--config.file={config}", f"--storage.tsdb.path={self._folder / 'data'}",
                f"--web.listen-address={LOOPBACK}:{self._port}", "--log.level=warn",
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip
        try:
            async with asyncio.timeout(READY_S):
                while not await asyncio.to_thread(self._is_ready):
                    await asyncio.sleep(0.1)
        except BaseException as problem:
            said = (self._folder / "log").read_text(errors="replace").strip()[-400:]
            await self.__aexit__()
            if isinstance(problem, TimeoutError):
                raise PrometheusError(f"Prometheus was not ready within {READY_S:.0f} s: {said}") from None
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            await end_child(self._process, STOP_S)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _config(self) -> dict[str, Any]:
        """This folder's configuration, with the targets and the pace of a test and nobody to send alerts to."""
        config: dict[str, Any] = yaml.safe_load(CONFIG.read_text())
        pace = f"{self._every_s}s"
        config["global"] = {"scrape_interval": pace, "scrape_timeout": pace, "evaluation_interval": pace}
        config["rule_files"] = [str(HERE / pattern) for pattern in config["rule_files"]]
        config["scrape_configs"][0]["static_configs"] = [{"targets": self._targets}]
        del config["alerting"]
        return config

    def _is_ready(self) -> bool:
        assert self._process is not None
        if self._process.returncode is not None:
            raise PrometheusError(f"Prometheus ended: {(self._folder / 'log').read_text(errors='replace')[-400:]}")
        try:
            with urlopen(self.address + "/-/ready", timeout=ANSWER_S) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    # -- what it is asked ------------------------------------------------------------------------------------

    def query(self, expression: str, at: float | None = None) -> list[Series]:
        """What an expression gives at one moment, Unix seconds; now where none is said.

        Raises:
            PrometheusError: it cannot be parsed or evaluated.
        """
        asked = {"query": expression} | ({} if at is None else {"time": f"{at:.3f}"})
        return [_series(found, [found["value"]]) for found in self._ask("query", asked)["result"]]

    def query_range(self, expression: str, start: float, end: float, step_s: float) -> list[Series]:
        """What an expression gives from `start` to `end`, Unix seconds, every `step_s`.

        Raises:
            PrometheusError: it cannot be parsed or evaluated.
        """
        asked = {"query": expression, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step_s:g}"}
        return [_series(found, found["values"]) for found in self._ask("query_range", asked)["result"]]

    def rules(self) -> list[dict[str, Any]]:
        """Every rule as it was evaluated last: `name`, `type`, `query`, `health`, `lastError`."""
        return [rule for group in self._ask("rules", {})["groups"] for rule in group["rules"]]

    def _ask(self, what: str, asked: Mapping[str, str]) -> Any:
        request = Request(f"{self.address}/api/v1/{what}?{urlencode(asked)}")
        try:
            with urlopen(request, timeout=ANSWER_S) as answer:
                return orjson.loads(answer.read())["data"]
        except HTTPError as problem:
            said = orjson.loads(problem.read())
            raise PrometheusError(f"{said.get('errorType')}: {said.get('error')}, in {asked.get('query')}") from None


def _series(found: Mapping[str, Any], points: Sequence[tuple[float, str]]) -> Series:
    return Series(found["metric"], [(float(at), float(value)) for at, value in points])
