"""How a worker that cannot go on ends, and the client with which a test takes away what it needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from aiokafka.admin import AIOKafkaAdminClient

from interdict.run.processes import WorkerProcess
from streams.kafka.clients import new_admin, start
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S


@asynccontextmanager
async def administering(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = new_admin(settings)
    await start(admin, settings)
    try:
        yield admin
    finally:
        await admin.close()


async def last_words(worker: WorkerProcess) -> str:
    """The last line of a worker that ends by itself, with code 1 and no traceback."""
    async with asyncio.timeout(PATIENCE_S):
        while worker.alive:
            await asyncio.sleep(0.05)
    assert await worker.end() == 1
    told = worker.log.read_text()
    assert "Traceback" not in told
    worker.log.unlink()
    last = told.strip().splitlines()[-1]
    return str(orjson.loads(last)["event"]) if last.startswith("{") else last
