"""A worker one of whose parts cannot start ends as a whole, and holds no lanes that nobody works on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from interdict.run.processes import WorkerProcess
from streams.kafka.children import LOOPBACK
from streams.kafka.topics import ensure_topics
from streams.runtime.runner import ASSIGNED
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.half_started import DEAF

pytestmark = pytest.mark.broker


@asynccontextmanager
async def deaf(hang_up: asyncio.Event) -> AsyncIterator[str]:
    """The address of somebody who accepts connections and says nothing, until he hangs up."""

    async def keep_waiting(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):
            await hang_up.wait()
        writer.close()

    async with await asyncio.start_server(keep_waiting, LOOPBACK, 0) as server:
        yield f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}"


async def test_a_worker_of_which_one_part_cannot_start_ends_and_leaves_its_lanes_to_others(
    lone_broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    hang_up = asyncio.Event()
    async with deaf(hang_up) as address:
        monkeypatch.setenv(DEAF, address)
        half = WorkerProcess(settings, program="tests.live.half_started")
        await half.start()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while ASSIGNED not in half.log.read_text():
                    await asyncio.sleep(0.05)
                hang_up.set()
                while half.alive:
                    await asyncio.sleep(0.05)
        finally:
            code = await half.end()
    assert code == 1
    said = half.log.read_text()
    assert "Unable to bootstrap" in said
    assert "Traceback" not in said
    half.log.unlink()
    async with WorkerProcess(settings):
        pass  # ready: it has every lane
