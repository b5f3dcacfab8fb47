"""Apache Kafka in KRaft mode on loopback, without Docker: for tests, and for trying things out.

    python -m deploy.kafka.cluster --port 9092              # one broker, until ^C
    python -m deploy.kafka.cluster --port 9092 --brokers 3  # three, which can be ended one by one
    python -m deploy.kafka.cluster --port 9092 --secure     # one that lets in whom it knows: see secure.py

The server's jars come through Maven from the pom beside this file, once; logs and data live in a directory that is
removed in the end. Needs Java 17 and, the first time, Maven: `apt-get install openjdk-17-jre-headless maven`.
"""

import argparse
import asyncio
import hashlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from streams.kafka.broker import BrokerError, answers, refuse_taken
from streams.kafka.children import LOOPBACK, die_with_parent, end_child, free_port

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "interdict"
CLUSTER_ID = "interdict-for-tests-00"
JAVA_MIN = 17
READY_S = 90.0
STOP_S = 30.0
MAVEN_S = 600.0
HEAP = "512m"
JVM = (f"-Xmx{HEAP}", f"-Xms{HEAP}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
"""Starts quickly and stays small: two cores carry three of them and the tests."""
INSTALL = "apt-get install openjdk-17-jre-headless maven"


class Server:
    """One broker, which is a controller too."""

    def __init__(self, node: int, folder: Path, port: int, controller_port: int) -> None:
        self.node = node
        self.folder = folder
        self.port = port
        self.controller_port = controller_port
        self.wired_port = free_port()
        self.process: asyncio.subprocess.Process | None = None

    @property
    def bootstrap(self) -> str:
        """Its address, host:port."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def properties(self) -> Path:
        """Its settings file."""
        return self.folder / "server.properties"

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.returncode is None


class KafkaCluster:
    """One to three brokers while entered.

    Args:
        brokers: how many.
        port: of the first; 0 for free ones.
        settings: broker settings that differ from those below.
        wires: for each broker, the port that it tells clients who come in on its `wired_port`: that of a relay which
            leads there. Empty for none.
        cluster_id: by what they know that they belong together, 22 characters of base64.

    Raises:
        BrokerError: on entry, when Java or Maven is missing, a port is taken, or a broker does not come up.
    """

    def __init__(
        self, brokers: int = 1, port: int = 0, settings: dict[str, str] | None = None, wires: Sequence[int] = (),
        cluster_id: str = CLUSTER_ID,
    ) -> None:  # fmt: skip
        self.folder = Path(tempfile.mkdtemp(prefix="interdict-kafka-"))
        self._settings = settings or {}
        self._wires = wires
        self._cluster_id = cluster_id
        self.servers = [
            Server(node, self.folder / str(node), port + node - 1 if port else free_port(), free_port())
            for node in range(1, brokers + 1)
        ]
        if port:
            for server in self.servers:
                refuse_taken(server.port)
        self._classpath = ""

    @property
    def bootstrap(self) -> str:
        """Addresses of all brokers, host:port, with commas between."""
        return ",".join(server.bootstrap for server in self.servers)

    async def __aenter__(self) -> "KafkaCluster":
        try:
            self._classpath = f"{await jars()}/*"
            await asyncio.gather(*map(self._format, self.servers))
            await asyncio.gather(*map(self.start, self.servers))
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def start(self, server: Server) -> None:
        """Start a broker, the first time or again, and wait until it answers."""
        with (server.folder / "log").open("ab") as log:
            server.process = await asyncio.create_subprocess_exec(
                *self._java("kafka.Kafka"), str(server.properties), stdin=asyncio.subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip
        try:
            async with asyncio.timeout(READY_S):
                while not await self._answers(server):
                    if server.process.returncode is not None:
                        raise BrokerError(f"Kafka ended with code {server.process.returncode}: {_last_words(server)}")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise BrokerError(f"Kafka did not answer within {READY_S:.0f} s: {_last_words(server)}") from None

    async def stop(self, server: Server, number: signal.Signals = signal.SIGTERM) -> None:
        """End a broker: in order, or with SIGKILL as a crash would."""
        if server.process is not None:
            await end_child(server.process, STOP_S, number)

    async def tool(self, main: str, *words: str) -> str:
        """Run one of Kafka's own tools, by the name of its main class; what it said.

        Raises:
            BrokerError: it failed.
        """
        return await _run(*self._java(main), *words, limit_s=READY_S)

    async def _answers(self, server: Server) -> bool:
        return await answers(server.bootstrap)

    def _format_words(self) -> tuple[str, ...]:
        """What is said to the tool that makes a broker's storage, beyond where."""
        return ()

    async def _end(self) -> None:
        # A quorum that loses its members one by one waits for them: nothing here is worth waiting for.
        how = signal.SIGTERM if len(self.servers) == 1 else signal.SIGKILL
        await asyncio.gather(*[self.stop(server, how) for server in self.servers])
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _format(self, server: Server) -> None:
        server.folder.mkdir(parents=True)
        server.properties.write_text("".join(f"{k}={v}\n" for k, v in self._properties(server).items()))
        await self.tool(
            "kafka.tools.StorageTool",
            "format",
            "-t",
            self._cluster_id,
            "-c",
            str(server.properties),
            *self._format_words(),
        )

    def _java(self, main: str) -> tuple[str, ...]:
        return ("java", *JVM, f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}", "-cp", self._classpath, main)

    def _properties(self, server: Server) -> dict[str, str]:
        count = len(self.servers)
        listeners = [f"PLAINTEXT://{server.bootstrap}"]
        advertised = list(listeners)
        if self._wires:
            listeners.append(f"WIRED://{LOOPBACK}:{server.wired_port}")
            advertised.append(f"WIRED://{LOOPBACK}:{self._wires[server.node - 1]}")
        return {
            "process.roles": "broker,controller",
            "node.id": str(server.node),
            "listeners": ",".join([*listeners, f"CONTROLLER://{LOOPBACK}:{server.controller_port}"]),
            "advertised.listeners": ",".join(advertised),
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,WIRED:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.quorum.voters": ",".join(f"{s.node}@{LOOPBACK}:{s.controller_port}" for s in self.servers),
            "log.dirs": str(server.folder / "data"),
            "offsets.topic.replication.factor": str(count),
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": str(count),
            "transaction.state.log.min.isr": str(max(1, count - 1)),
            "share.coordinator.state.topic.replication.factor": str(count),
            "share.coordinator.state.topic.min.isr": str(max(1, count - 1)),
            "min.insync.replicas": str(max(1, count - 1)),
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "broker.session.timeout.ms": "6000",
            "log.cleaner.backoff.ms": "500",
            **self._settings,
        }


async def jars() -> Path:
    """The directory with the server's jars; Maven fetches them the first time.

    Raises:
        BrokerError: Java or Maven is missing, or Maven failed.
    """
    if shutil.which("java") is None:
        raise BrokerError(f"Apache Kafka needs Java {JAVA_MIN}: {INSTALL}")
    pom = HERE / "pom.xml"
    folder = CACHE / f"kafka-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        if shutil.which("mvn") is None:
            raise BrokerError(f"Apache Kafka's jars come through Maven: {INSTALL}")
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=CACHE))
        await _run(
            "mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}",
            "-DincludeScope=runtime", limit_s=MAVEN_S,
        )  # fmt: skip
        # Two that fetched at once made the same; the first to get here wins.
        if folder.exists():
            shutil.rmtree(fresh)
        else:
            fresh.rename(folder)
    return folder


async def _run(*command: str, limit_s: float) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), limit_s)
    except TimeoutError:
        process.kill()
        raise BrokerError(f"{command[0]} did not finish within {limit_s:.0f} s") from None
    if process.returncode:
        raise BrokerError(f"{command[0]} failed: {said.decode(errors='replace').strip()[-400:]}")
    return said.decode(errors="replace")


def _last_words(server: Server) -> str:
    return (server.folder / "log").read_text(errors="replace").strip()[-400:]


def _secure(port: int) -> "tuple[KafkaCluster, str]":
    from deploy.kafka.secure import ADMIN, SecureCluster

    cluster = SecureCluster(port=port)
    return cluster, cluster.way_in(ADMIN)


async def _serve(brokers: int, port: int, *, secure: bool) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        made, way_in = _secure(port) if secure else (KafkaCluster(brokers, port), "")
        async with made as cluster:
            print(
                f"# Apache Kafka at {cluster.bootstrap} (^C ends it and removes its data)", way_in, sep="\n", flush=True
            )
            await stop.wait()
    except BrokerError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def main() -> None:
    """Run brokers in the foreground until ^C."""
    parser = argparse.ArgumentParser(description="Apache Kafka on loopback, without Docker.")
    parser.add_argument("--port", type=int, default=9092, help="of the first broker; 0 for free ones")
    parser.add_argument("--brokers", type=int, choices=(1, 2, 3), default=1)
    parser.add_argument("--secure", action="store_true", help="one broker with passwords, certificates and ACLs")
    asked = parser.parse_args()
    sys.exit(asyncio.run(_serve(asked.brokers, asked.port, secure=asked.secure)))


if __name__ == "__main__":
    main()
