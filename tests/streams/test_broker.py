"""The embedded broker comes up, is alone on its port, and is gone afterwards."""

import logging
import os
import socket

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.kafka.broker import BrokerError, EmbeddedBroker
from streams.kafka.children import free_port
from streams.kafka.producer import open_producer
from streams.kafka.recovery import new_reader, read_to_end
from streams.settings import Settings

pytestmark = pytest.mark.broker


@pytest.mark.embedded
async def test_it_is_gone_when_it_is_left() -> None:
    async with EmbeddedBroker() as broker:
        pid = broker.pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", broker.port)):
        pass


@pytest.mark.embedded
async def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BrokerError, match=f"^port {port} is taken; choose another"):
            async with EmbeddedBroker(port=port):
                pass


@pytest.mark.embedded
async def test_it_listens_where_it_is_told() -> None:
    port = free_port()
    async with EmbeddedBroker(port=port) as broker:
        assert broker.bootstrap == f"127.0.0.1:{port}"


async def test_reading_to_the_end_reads_all_of_a_last_batch_of_many(broker: str) -> None:
    """ListOffsets of the embedded broker falls short of the end; a recovery that trusted it would lose state."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    producer = AIOKafkaProducer(bootstrap_servers=broker, acks="all")
    await producer.start()
    consumer: AIOKafkaConsumer = new_reader(Settings(bootstrap=broker))
    await consumer.start()
    try:
        await admin.create_topics([NewTopic("to-the-end", 2, 1)])
        batch = producer.create_batch()
        for number in range(100):
            batch.append(key=b"k", value=b"%d" % number, timestamp=None)
        await (await producer.send_batch(batch, "to-the-end", partition=0))
        tps = [TopicPartition("to-the-end", lane) for lane in (0, 1)]
        values = [int(r.value) async for run in read_to_end(consumer, tps) for r in run]
        assert values == list(range(100))
    finally:
        await consumer.stop()
        await producer.stop()
        await admin.close()


async def test_a_producer_that_makes_do_without_ids_logs_no_error(
    broker: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The embedded broker gives none; that is said once, and is no error of anybody."""
    caplog.set_level(logging.INFO)
    producer = await open_producer(Settings(bootstrap=broker))
    await producer.stop()
    assert [line.message for line in caplog.records if line.levelno >= logging.WARNING] == []
