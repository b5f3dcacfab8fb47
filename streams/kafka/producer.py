"""The producer of outputs and changelogs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.kafka.security import connection
from streams.kafka.topics import LETTER_BYTES_MAX
from streams.settings import Settings

log = structlog.get_logger(__name__)

SENDER = logging.getLogger("aiokafka.producer.sender")


def new_producer(settings: Settings, *, idempotent: bool = False) -> AIOKafkaProducer:
    """A producer: acknowledged by all in-sync replicas, nothing lingers. The caller starts and stops it."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        client_id=settings.client_id,
        **connection(settings),
        acks="all",
        enable_idempotence=idempotent,
        linger_ms=0,
        max_batch_size=settings.produce_batch_bytes_max,
        max_request_size=max(LETTER_BYTES_MAX, settings.produce_batch_bytes_max),
    )


async def open_producer(settings: Settings) -> AIOKafkaProducer:
    """A started producer: idempotent where the broker can, so that a retry on the wire writes once.

    The embedded broker cannot. There a retry may write twice, which receivers drop by the record's own id.
    """
    producer = new_producer(settings, idempotent=True)
    try:
        with _refusals_told_once():
            await producer.start()
    except KafkaError as problem:
        await producer.stop()
        if problem.retriable:
            raise
        log.info("this broker has no idempotent producer", error=type(problem).__name__)
        producer = new_producer(settings)
        await producer.start()
    return producer


@contextmanager
def _refusals_told_once() -> Iterator[None]:
    """Without aiokafka's own line, an error, on a broker that gives no producer ids: it raises too, which is told."""

    def is_wanted(line: logging.LogRecord) -> bool:
        return "InitProducerId" not in str(line.msg)

    SENDER.addFilter(is_wanted)
    try:
        yield
    finally:
        SENDER.removeFilter(is_wanted)
