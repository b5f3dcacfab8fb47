"""Every setting of a process, from `INTERDICT_*` environment variables."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from schemas.fields import LABEL_CHARS_MAX
from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.topics import Space
from streams.kafka.security import OptionalFile, SecuritySettings

CLOCK_SKEW_MS_MAX = MINUTE_MS

Isolation = Literal["read_committed", "read_uncommitted"]
READ_COMMITTED: Isolation = "read_committed"

Seconds = Annotated[float, Field(gt=0)]


class Settings(SecuritySettings):
    """How a process is run. What is decided is not set here but in the policy; who it is, in
    `streams.kafka.security`."""

    model_config = SettingsConfigDict(env_prefix="INTERDICT_", hide_input_in_errors=True, frozen=True)

    bootstrap: str = Field(
        "127.0.0.1:9092",
        pattern=r"^[^\s/,]+:\d{1,5}(,[^\s/,]+:\d{1,5})*$",
        description="Brokers' addresses, host:port, commas between.",
    )
    client_id: str = Field("interdict", min_length=1, max_length=64, description="The name to go by at the broker.")
    group_id: str = Field(
        "interdict",
        min_length=1,
        max_length=128,
        description="Workers of one group share the lanes. Other key spaces have their name behind it: `.desk`, "
        "`.accounts`.",
    )
    pipelines: str = Field(
        "",
        pattern=r"^([a-z]+(,[a-z]+)*)?$",
        description="Key spaces that this process works on, such as `persons` or `persons,accounts`; empty for all.",
    )
    partitions: int = Field(8, ge=1, le=1024, description="Partitions of every topic keyed by subscriber.")
    account_partitions: int = Field(
        0, ge=0, le=1024, description="Partitions of every topic keyed by account; 0 for as many as by subscriber."
    )
    replication: int = Field(1, ge=1, le=7, description="Replicas of each partition; 3 in production.")

    session_timeout_s: float = Field(
        10.0, ge=1, le=300, description="A worker silent for this long has left the group."
    )
    commit_interval_s: float = Field(1.0, ge=0.05, le=60, description="How often done offsets are committed.")
    fetch_wait_ms: int = Field(
        20, ge=1, le=5000, description="How long a broker may hold a fetch that has nothing yet."
    )
    isolation: Isolation = Field(
        READ_COMMITTED,
        description="What is read of producers' transactions: `read_committed` waits for their end and leaves out what "
        "was aborted; `read_uncommitted` decides on payments that never were.",
    )
    fetch_bytes_max: int = Field(262_144, ge=4096, le=64 << 20, description="Bytes of one partition in one fetch.")
    unpacked_bytes_max: int = Field(
        16 << 20,
        ge=1 << 20,
        le=256 << 20,
        description="Bytes that a compressed batch may become.",
    )
    batch_records_max: int = Field(2000, ge=1, le=100_000, description="Records decided together.")
    produce_batch_bytes_max: int = Field(
        524_288, ge=16_384, le=16 << 20, description="Bytes of one produced batch; the embedded broker refuses 1 MB."
    )

    late_ms_max: int = Field(
        7 * DAY_MS,
        ge=MINUTE_MS,
        le=90 * DAY_MS,
        description="How far behind its lane an event is still judged: longer than any fact looks back.",
    )
    future_ms_max: int = Field(
        300_000,
        ge=0,
        le=DAY_MS,
        description="How far an event may lie ahead of when it came, by the broker's time or else this process's.",
    )
    clock_skew_ms_max: int = Field(
        CLOCK_SKEW_MS_MAX,
        ge=1_000,
        le=HOUR_MS,
        description="How far this machine's clock and the brokers' may differ before timers stand still.",
    )
    idle_ms: int = Field(90 * DAY_MS, ge=HOUR_MS, description="A person without events this long is forgotten.")
    unnamed_idle_ms: int = Field(3 * DAY_MS, ge=HOUR_MS, description="The same for one whom no reference record names.")
    unnamed_max: int = Field(
        250_000, ge=1, le=100_000_000, description="Most persons of a lane whom no reference record names."
    )
    identity_secret: SecretStr = Field(
        SecretStr(""),
        description="Secret of what stands for event ids, peers and payees in keyed state; the same for every worker "
        "of a group, and for good. Empty leaves them unkeyed.",
    )
    identity_secret_file: OptionalFile = Field(None, description="A file that holds it.")

    metrics_port: int = Field(0, ge=0, le=65535, description="Port of /metrics, /livez and /readyz; 0 serves none.")
    metrics_host: str = Field(
        "127.0.0.1",
        pattern=r"^[^\s/]+$",
        description="Address that the port is served at; 0.0.0.0 in a container, behind a network policy.",
    )
    environment: str = Field(
        "",
        max_length=LABEL_CHARS_MAX,
        pattern=r"^([a-z0-9][a-z0-9_.-]*)?$",
        description="This environment's name, such as `production`: commands are signed for it, and good in it only.",
    )
    signing_key_file: OptionalFile = Field(
        None, description="Private key (Ed25519, PEM) that signs commands; none leaves them unsigned."
    )

    log_format: Literal["console", "json"] = Field("console", description="Log lines for people or for machines.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )
    traces: str = Field(
        "",
        pattern=r"^(console|file:.+|https?://[^\s@/]+(/\S*)?)?$",
        description="Where spans of commands go (extra `otel`): an OTLP/HTTP address, `console` or `file:PATH`; empty "
        "makes none.",
    )
    log_hash_key: SecretStr = Field(
        SecretStr(""), description="Key of the hashes that stand for persons in logs; empty makes one for this process."
    )
    log_hash_key_file: OptionalFile = Field(None, description="A file that holds it.")

    def lanes(self, space: Space) -> int:
        """How many partitions the topics of a key space have.

        >>> Settings(partitions=8, account_partitions=3).lanes("accounts")
        3
        """
        own = {"accounts": self.account_partitions or self.partitions, "all": 1}
        return own.get(space, self.partitions)
