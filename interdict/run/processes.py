"""Worker processes of this very installation, started for a demonstration or a measurement, and their figures."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from interdict.run.worker import READY
from streams.core.errors import ExpectedError
from streams.kafka.children import LOOPBACK, die_with_parent, end_child, free_port
from streams.settings import Settings

READY_S = 60.0
STOP_S = 15.0


class WorkerProcessError(ExpectedError):
    """A worker did not come up; says where its log is."""


class WorkerProcess:
    """`interdict worker` as a child: ready on entry, stopped on exit. A ^C at the terminal is not its business.

    Args:
        settings: how it is run; a free metrics port is chosen for it.
        core: the processor core to keep it on; None for any.
        keep_log: whether its log stays when it has left in order.
        code: the folder of another release, to run its worker; None for this one's.
        program: the module to run.
    """

    def __init__(
        self, settings: Settings, core: int | None = None, *, keep_log: bool = False, code: Path | None = None,
        program: str = "interdict",
    ) -> None:  # fmt: skip
        self._program = program
        self._code = code
        self._settings = settings
        self._keep_log = keep_log
        self._core = core
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self.log = Path(tempfile.mkstemp(prefix="interdict-worker-", suffix=".log")[1])

    async def __aenter__(self) -> "WorkerProcess":
        await self.start()
        try:
            await self.until_ready()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def start(self) -> None:
        """Start the process and do not wait for it."""
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._program, "worker",
                env={**os.environ, **self._environment()}, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent, cwd=self._code,
            )  # fmt: skip
        if self._core is not None:
            pin(self._process.pid, self._core)

    async def until_ready(self) -> None:
        """Wait until the process says that it is ready.

        Raises:
            WorkerProcessError: it ended before, or takes too long.
        """
        assert self._process is not None
        began = time.monotonic()
        while READY not in self.log.read_text(errors="replace"):
            if self._process.returncode is not None:
                raise WorkerProcessError(
                    f"the worker ended with code {self._process.returncode}; its log is {self.log}"
                )
            if time.monotonic() - began > READY_S:
                raise WorkerProcessError(f"the worker was not ready within {READY_S:.0f} s; its log is {self.log}")
            await asyncio.sleep(0.1)

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    async def end(self) -> int | None:
        """Tell the process to stop, where it has not, and wait for it; its exit code."""
        assert self._process is not None
        await end_child(self._process, STOP_S)
        if self._process.returncode in (0, -signal.SIGTERM) and not self._keep_log:
            self.log.unlink(missing_ok=True)
        return self._process.returncode

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    @property
    def address(self) -> str:
        """Where its pages are served."""
        return f"http://{LOOPBACK}:{self._port}"

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over its series that have these labels, as the worker serves it now; 0 where it has none
        yet."""
        return sum(s.value for s in self._series(name) if labels.items() <= s.labels.items())

    def metric_by(self, label: str, name: str) -> dict[str, float]:
        """The sums of a metric by the values of a label."""
        sums: dict[str, float] = {}
        for sample in self._series(name):
            sums[sample.labels[label]] = sums.get(sample.labels[label], 0.0) + sample.value
        return sums

    def _series(self, name: str) -> Iterator[Sample]:
        """A metric's series, and nothing else: to make the whole page takes a worker a hundredth of a second, and who
        waits for a count asks several times a second."""
        asked = urlencode({"name[]": name})
        try:
            with urlopen(f"{self.address}/metrics?{asked}", timeout=5) as answer:
                text = answer.read().decode()
        except OSError as problem:
            raise WorkerProcessError(
                f"the worker at {self.address} does not answer; its log ends with\n{self.last_lines()}"
            ) from problem
        samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        return (sample for sample in samples if sample.name == name)

    def last_lines(self, count: int = 5) -> str:
        """How its log ends."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else ["(it ended in order)"]
        return "\n".join(lines[-count:])

    def resident_bytes(self) -> int:
        """Resident set size."""
        return self._memory("VmRSS")

    def peak_bytes(self) -> int:
        """The largest that it ever was."""
        return self._memory("VmHWM")

    def _memory(self, what: str) -> int:
        assert self._process is not None
        for line in Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith(what):
                return int(line.split()[1]) * 1024
        raise WorkerProcessError("this system does not say how large a process is")

    def processor_s(self) -> float:
        """Processor time that it has taken, seconds."""
        assert self._process is not None
        return processor_s(self._process.pid)

    def open_files(self) -> int:
        """Open file descriptors, sockets among them."""
        assert self._process is not None
        return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))

    def _environment(self) -> dict[str, str]:
        mine = {"INTERDICT_METRICS_PORT": str(self._port), "INTERDICT_LOG_FORMAT": "json"}
        return self._settings.as_environment() | mine


def processor_s(pid: int) -> float:
    """Processor time that a process has taken with all its threads, seconds: proc(5), utime and stime.

    Raises:
        WorkerProcessError: this system does not say.
    """
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError as problem:
        raise WorkerProcessError("this system does not say how long a process has worked") from problem
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def pin(pid: int, core: int) -> None:
    """Keep a process on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, {core})
