"""`interdict broker`: the embedded broker in the foreground, for development."""

import asyncio
import signal

from streams.kafka.broker import EmbeddedBroker

NO_LIBRDKAFKA = (
    "for development: clients made with librdkafka (kcat, confluent-kafka) cannot read its answers, and nothing is "
    "encrypted, compacted or kept"
)


async def run_broker(port: int) -> int:
    """Serve until ^C; the exit code.

    Raises:
        BrokerError: it is not installed, or cannot run.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with EmbeddedBroker(port=port) as broker:
        print(f"broker at {broker.bootstrap} (in memory; ^C ends it)", flush=True)
        print(NO_LIBRDKAFKA, flush=True)
        await stop.wait()
    return 0
