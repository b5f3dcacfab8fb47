"""A wire that can be cut, and slowed: a TCP relay on loopback between Kafka's clients and a broker."""

import asyncio
import random
from contextlib import suppress
from types import TracebackType

from streams.kafka.children import LOOPBACK, free_port

CHUNK = 1 << 16


class Wire:
    """Listens on a port of its own and passes bytes on, both ways, until it is cut.

    A broker that advertises `port` is reached by its clients through this wire only.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self._to = 0
        self._server: asyncio.Server | None = None
        self._ends: dict[asyncio.StreamWriter, asyncio.StreamWriter] = {}
        """Client's end and broker's end of each connection."""

    async def connect(self, port: int) -> "Wire":
        """Lead to this port from now on."""
        self._to = port
        self._server = await asyncio.start_server(self._carry, LOOPBACK, self.port)
        return self

    async def __aenter__(self) -> "Wire":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut(1.0, random.Random(0))

    def cut(self, share: float, rng: random.Random) -> int:
        """Cut each connection with this probability, in the middle of whatever it carries; how many were cut."""
        chosen = [client for client in list(self._ends) if rng.random() < share]
        for client in chosen:
            client.transport.abort()
            self._ends[client].transport.abort()
        return len(chosen)

    async def _carry(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            answers, broker = await asyncio.open_connection(LOOPBACK, self._to)
        except OSError:
            client.transport.abort()
            return
        self._ends[client] = broker
        try:
            await asyncio.wait(
                [asyncio.ensure_future(_pass_on(reader, broker)), asyncio.ensure_future(_pass_on(answers, client))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            del self._ends[client]
            client.transport.abort()
            broker.transport.abort()


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(CHUNK):
            sink.write(chunk)
            await sink.drain()
