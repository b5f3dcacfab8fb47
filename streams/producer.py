"""The producer of outputs and changelogs."""

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.security import connection
from streams.settings import Settings
from streams.topics import LETTER_BYTES_MAX

log = structlog.get_logger(__name__)


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
        await producer.start()
    except KafkaError as problem:
        await producer.stop()
        if problem.retriable:
            raise
        log.info("this broker has no idempotent producer", error=type(problem).__name__)
        producer = new_producer(settings)
        await producer.start()
    return producer
