"""Live workers sign what they command: all of it verifies, a rotation loses nothing, and a crash signs nothing twice
differently. Executors are the example that they are told to copy, run as they would run it."""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from interdict.access.keys import read_public_keys, write_pair
from interdict.access.verifier import GOOD, REPEATED, UNKNOWN_KEY, Verdict, Verifier
from interdict.access.verify import COMMAND_TOPICS
from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess
from schemas.topics import PHONE
from streams.kafka.recovery import read_to_end
from streams.kafka.topics import ensure_topics
from streams.runtime.signing import KEY_ID, Signer, key_id
from streams.settings import Settings
from tests.console.program import interdict
from tests.console.signed import EXAMPLE, EXECUTOR, HERE, NAMED
from tests.kit.patience import PATIENCE_S
from tests.live.plain_scam import scam
from tests.live.trial import Trial, all_committed, producing, reading, simulated

pytestmark = pytest.mark.broker

PLAN = Plan(seed=11, population=200, duration_s=14_400, rate=0.3, scams_per_typology=1)
OLD, NEW = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (5, 6))
OLD_ID, NEW_ID = (key_id(private.public_key()) for private in (OLD, NEW))
"""Ids with long runs of digits: nothing may take them for somebody's number and hide them in the log."""
EARLY = PLAN.start_at
"""A wall clock at which no command of the plan has expired."""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """With a scam before it in which everything is taken: commands come on every topic."""
    city = simulated(tmp_path_factory.mktemp("signed"), PLAN)
    city.rows[:0] = scam(PLAN.start_at)
    return city


@pytest.fixture
async def settings(lone_broker: str) -> Settings:
    settings = Settings(bootstrap=lone_broker, session_timeout_s=6.0)
    await ensure_topics(settings)
    return settings


def signing(settings: Settings, private: Ed25519PrivateKey, folder: Path, **more: Any) -> Settings:
    path, _ = write_pair(private, folder)
    return settings.model_copy(update={"signing_key_file": path, "environment": HERE, **more})


async def commands(settings: Settings) -> list[Any]:
    """Every record of the topics of commands."""
    async with reading(settings) as consumer:
        tps = [TopicPartition(topic, lane) for topic in COMMAND_TOPICS for lane in range(settings.partitions)]
        return [record async for run in read_to_end(consumer, tps) for record in run]


def verdicts(folders: list[Path], records: list[Any]) -> Counter[Verdict]:
    checker = Verifier(read_public_keys(folders), HERE)
    return Counter(checker.check(r.topic, r.key, r.value, r.headers, EARLY) for r in records)


@asynccontextmanager
async def executor(settings: Settings, folder: Path) -> AsyncIterator[asyncio.StreamReader]:
    """The example as a program of its own, as an executor runs it; what it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLE), settings.bootstrap, PHONE.name, str(folder), HERE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.terminate()
        await process.wait()


async def test_all_that_a_worker_commands_verifies_and_what_others_write_does_not(
    trial: Trial, settings: Settings, tmp_path: Path
) -> None:
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows, settings)
    async with WorkerProcess(signing(settings, OLD, tmp_path)) as worker:
        await all_committed(trial, settings)
        signed = worker.metric("interdict_commands_signed_total")
        log = worker.log.read_text()
    records = await commands(settings)
    assert len(records) == signed > 20
    assert {r.topic for r in records} == set(COMMAND_TOPICS)
    assert OLD_ID in log
    assert "unsigned" not in log
    assert verdicts([tmp_path], records) == {GOOD: len(records)}
    keys, seen = EXECUTOR.load_keys(tmp_path), {}
    assert all(EXECUTOR.accept(r, HERE, keys, seen, EARLY) for r in records)
    assert not any(EXECUTOR.accept(r, HERE, keys, seen, EARLY) for r in records), "each once"
    asked = ("verify", "--keys", str(tmp_path), "--from-beginning", "--bootstrap", settings.bootstrap)
    assert f"expired {sum(r.topic == PHONE.name for r in records)}" in interdict(*asked, **NAMED).stdout, (
        "it was last winter"
    )

    phone = [r for r in records if r.topic == PHONE.name]
    altered = phone[0].value.replace(b'"subscriber":"+86', b'"subscriber":"+87')
    async with producing(settings) as producer:
        await producer.send_and_wait(PHONE.name, altered, phone[0].key, headers=list(phone[0].headers))
    assert "forged 1" in interdict(*asked, code=1, **NAMED).stdout
    async with executor(settings, tmp_path) as told:
        lines = [(await asyncio.wait_for(told.readline(), PATIENCE_S)).decode() for _ in [*phone, altered]]
    assert sum("expired" in line for line in lines) == len(phone)
    assert sum("InvalidSignature" in line for line in lines) == 1


UNTEXT, TEXT = b"\xff\xfe\xfd\xfc", b"name"
"""A header's name that no reader of UTF-8 can read, and one as long."""
CRC_AT, SUMMED_FROM = 17, 21
"""Where a batch of Kafka's format 2 holds its CRC-32C, and from where on it is summed."""


class Untext(BatchBuilder):
    """A batch whose records bear a header with a name that is no text: no client of ours would make one."""

    def _build(self) -> bytearray:
        built = bytearray(super()._build()).replace(TEXT, UNTEXT)
        built[CRC_AT:SUMMED_FROM] = calc_crc32c(bytes(built[SUMMED_FROM:])).to_bytes(4, "big")
        return built


async def test_the_example_goes_on_past_a_record_that_its_client_cannot_read(
    settings: Settings, tmp_path: Path
) -> None:
    write_pair(OLD, tmp_path)
    signer = Signer(OLD, HERE)
    async with executor(settings, tmp_path) as told, producing(settings) as producer:

        async def commands(number: str, lane: int) -> None:
            key, value = b"+8613800138000", b'{"command_id":"%s","expires_at":4102444800000,"action":"suspend"}'
            value %= number.encode()
            headers = signer.headers(PHONE.name, key, value)
            await producer.send_and_wait(PHONE.name, value, key, partition=lane, headers=headers)

        await commands("before", 1)
        for _ in range(2):
            batch = Untext(16_384, 0)
            for _ in range(3):
                batch.append(timestamp=None, key=b"k", value=b"{}", headers=[(TEXT.decode(), b"x")])
            await (await producer.send_batch(batch, PHONE.name, partition=1))
        await commands("behind", 1)
        await commands("beside", 2)
        lines: list[str] = []
        async with asyncio.timeout(PATIENCE_S):
            while sum("accepted" in line for line in lines) < 3:
                lines.append((await told.readline()).decode().strip())
    assert {line for line in lines if "accepted" in line} == {
        f"accepted suspend {number}" for number in ("before", "behind", "beside")
    }
    refused = [line for line in lines if "refused" in line]
    assert refused == [f"refused partition 1 offset {offset}: UnicodeDecodeError" for offset in range(1, 7)]


async def test_a_rotation_loses_nothing(trial: Trial, settings: Settings, tmp_path: Path) -> None:
    """The order of docs/security.md: the new key to the executors, then to the workers, then the old one goes."""
    half = len(trial.rows) // 2
    old, new = tmp_path / "old", tmp_path / "new"
    before, after = signing(settings, OLD, old), signing(settings, NEW, new)
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows[:half], settings)
        async with WorkerProcess(before) as worker:
            await until_commands_left(worker)
        await trial.publish(producer, trial.rows[half:], settings)
    async with WorkerProcess(after):
        await all_committed(trial, settings)
    records = await commands(settings)
    signed_by = Counter(dict(r.headers)[KEY_ID].decode() for r in records)
    assert signed_by.keys() == {OLD_ID, NEW_ID}
    assert verdicts([old, new], records).keys() <= {GOOD, REPEATED}
    assert verdicts([new], records)[UNKNOWN_KEY] == signed_by[OLD_ID], "none of the old key once it is gone"
    assert verdicts([old], records)[UNKNOWN_KEY] == signed_by[NEW_ID], "and none of the new one before it came"


async def test_what_is_decided_again_after_a_crash_has_the_same_signature(
    trial: Trial, settings: Settings, tmp_path: Path
) -> None:
    """Whoever decides a command signs it the same, so a crash at any moment leaves the same headers."""
    half = len(trial.rows) // 2
    signed = signing(settings, OLD, tmp_path)
    victim = WorkerProcess(signed.model_copy(update={"commit_interval_s": 60.0}))
    async with producing(settings) as producer:
        await trial.publish(producer, trial.rows[:half], settings)
        async with victim:
            await until_commands_left(victim)
            victim.send(signal.SIGKILL)
        before = await commands(settings)
        await trial.publish(producer, trial.rows[half:], settings)
    async with WorkerProcess(signed):
        await all_committed(trial, settings)
    records = await commands(settings)
    assert 0 < len(before) < len(records), "killed in the middle of its work"
    again = Signer(OLD, HERE)
    assert all(list(r.headers)[-3:] == again.headers(r.topic, r.key, r.value) for r in records)
    assert verdicts([tmp_path], records).keys() <= {GOOD, REPEATED}


async def test_a_worker_whose_key_is_none_ends_with_one_line_and_does_not_show_it(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "signing.key"
    path.write_text("-----BEGIN PRIVATE KEY-----\nc2VjcmV0LXNlY3JldA==\n-----END PRIVATE KEY-----\n")
    told = await asyncio.to_thread(
        interdict, "worker", "--bootstrap", settings.bootstrap, code=1, INTERDICT_SIGNING_KEY_FILE=str(path), **NAMED,
    )  # fmt: skip
    last = (told.stdout + told.stderr).splitlines()[-1]
    assert f"INTERDICT_SIGNING_KEY_FILE: {path}: not a private key" in last
    assert "c2VjcmV0LXNlY3JldA" not in told.stdout + told.stderr


async def until_commands_left(worker: WorkerProcess) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await asyncio.to_thread(worker.metric, "interdict_commands_signed_total"):
            await asyncio.sleep(0.01)
