"""The whole of Interdict's way through Kafka on one screen.

telecom.calls ┐                                                    ┌► alerts.victims
telecom.sms   ├► BatchTransport ─► agent of a pipeline ► outbox ────┼► actions.dissuasion, .phone, .account, .session
bank.trans... ┤    (lanes.py)      (runner, engine.py)             ├► <input>.dead-letter
reference...  ┘                          │                         └► its changelog
                                    keyed state (store.py)
"""

import tempfile

import faust
from faust.tables import TableManager

import streams.runtime.transport
from streams.core.pipeline import Pipeline
from streams.core.reader import Reader
from streams.kafka.security import tls_context
from streams.runtime.timekeeper import Stamps
from streams.runtime.transport import SCHEME, BatchTransport
from streams.runtime.wallclock import WallClock
from streams.settings import Settings

ASSIGNOR_STANDBYS = 1
"""Above zero, Faust keeps its own assignor, which puts one partition number of all topics on one worker; without
tables or standbys it falls back to round robin and scatters them. No standby is made: there are no Faust tables."""


def create_app(settings: Settings, pipeline: Pipeline, clock: WallClock) -> faust.App:
    """A Faust app whose transport delivers the pipeline's inputs in batches. The caller attaches the agent.

    Args:
        settings: how it is run; the group is the pipeline's (`in_its_group`).
        pipeline: whose inputs.
        clock: how late it is, for all pipelines of a process.
    """
    app = faust.App(
        settings.group_id,
        TableManager=NoTables,
        broker=f"{SCHEME}://{settings.bootstrap}",
        broker_client_id=settings.client_id,
        broker_credentials=credentials(settings),
        broker_commit_interval=settings.commit_interval_s,
        broker_max_poll_records=settings.batch_records_max,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / 3,
        broker_request_timeout=max(30.0, settings.session_timeout_s * 2),
        broker_rebalance_timeout=settings.session_timeout_s,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=settings.fetch_bytes_max,
        datadir=tempfile.gettempdir(),
        stream_buffer_maxsize=1,
        stream_recovery_delay=0.0,
        table_standby_replicas=ASSIGNOR_STANDBYS,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    transport = app.transport
    assert isinstance(transport, BatchTransport)
    transport.lane_topics = tuple(topic.name for topic in pipeline.inputs)
    transport.unjoined_topics = tuple(topic.name for topic in pipeline.inputs if topic.order == "offset")
    transport.clock = clock
    transport.reader = Reader(pipeline.inputs, settings.future_ms_max, transport.clock.latest)
    transport.stamps = Stamps(pipeline.inputs)
    transport.fetch_wait_ms = settings.fetch_wait_ms
    transport.isolation = settings.isolation
    transport.unpacked_bytes_max = settings.unpacked_bytes_max
    return app


class NoTables(TableManager):
    """Faust's own gives the program's modules a second to declare tables. Nobody does here, and a worker need not stand
    still for it at each start."""

    async def on_start(self) -> None:
        """Be done with tables at once."""
        await self._update_channels()
        await self.recovery.start()


def in_its_group(settings: Settings, pipeline: Pipeline) -> Settings:
    """The settings of a pipeline's workers: those of all, in the group of its key space."""
    return settings.model_copy(update={"group_id": settings.group_id + pipeline.space.group})


def credentials(settings: Settings) -> faust.SASLCredentials | faust.SSLCredentials | None:
    """Who Faust's own clients are; what `streams.kafka.security.connection` says for the others."""
    context = tls_context(settings)
    if settings.security_protocol == "SASL_SSL":
        return faust.SASLCredentials(
            username=settings.sasl_username, password=settings.sasl_password.get_secret_value(),
            mechanism=settings.sasl_mechanism, ssl_context=context,
        )  # fmt: skip
    return None if context is None else faust.SSLCredentials(context)


def channel(app: faust.App, pipeline: Pipeline) -> faust.TopicT:
    """The Faust topic of all the pipeline's inputs, whose events are batches."""
    return app.topic(*[topic.name for topic in pipeline.inputs], schema=BatchSchema())


class BatchSchema(faust.Schema):  # type: ignore[type-arg]
    """A batch was read by the transport's reader already: there is nothing left to deserialise."""

    def loads_key(self, app, message, *, loads=None, serializer=None):  # type: ignore[no-untyped-def]
        return None

    def loads_value(self, app, message, *, loads=None, serializer=None):  # type: ignore[no-untyped-def]
        return message.value


__all__ = ["channel", "create_app", "in_its_group", "streams"]
