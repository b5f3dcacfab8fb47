"""`verify` counts what commands a broker holds, true and forged, and tells where the bad ones lie."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import NoError
from rich.console import Console

from interdict.access.keys import public_pem, write_pair
from interdict.access.verify import verify
from schemas.topics import ACCOUNT, PHONE
from streams.kafka.children import free_port
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests import batches
from tests.console.program import interdict
from tests.console.signed import HERE, HOUR_MS, NAMED, NOW, OTHER, PRIVATE, altered, command, record
from tests.live.trial import producing


def test_verify_names_the_topics_there_are_and_needs_keys(tmp_path: Path) -> None:
    write_pair(PRIVATE, tmp_path)
    assert PHONE.name in interdict("verify", "--keys", str(tmp_path), "--topic", "actions.coffee", code=2).stderr
    assert interdict("verify", code=2).stderr
    assert "interdict verify" in interdict("verify", "--help").stdout.partition("Example:")[2]


def test_verify_without_a_broker_says_so_in_one_line(tmp_path: Path) -> None:
    write_pair(PRIVATE, tmp_path)
    place = f"127.0.0.1:{free_port()}"
    said = ("verify", "--keys", str(tmp_path), "--bootstrap", place)
    (line,) = interdict(*said, code=1, **NAMED).stderr.splitlines()
    assert place in line
    (line,) = interdict(*said, code=1).stderr.splitlines()
    assert "INTERDICT_ENVIRONMENT is not set" in line


@pytest.fixture
async def publish(lone_broker: str) -> Callable[..., Any]:
    settings = Settings(bootstrap=lone_broker)
    await ensure_topics(settings)

    async def publish(topic: str, *records: SimpleNamespace) -> None:
        async with producing(settings) as producer:
            for one in records:
                await producer.send_and_wait(topic, one.value, one.key, headers=one.headers)

    return publish


def line_of(topic: str, told: str) -> str:
    """What is told of a topic, single-spaced."""
    return next(" ".join(line.split()) for line in told.splitlines() if line.startswith(f"{topic} "))


@pytest.mark.broker
async def test_verify_counts_what_a_broker_holds_and_tells_where_the_bad_ones_lie(
    lone_broker: str, publish: Callable[..., Any], tmp_path: Path
) -> None:
    write_pair(PRIVATE, tmp_path)
    soon = int(time.time() * 1000) + HOUR_MS
    good, late = command("c-1", soon), command("c-2", NOW)
    await publish(PHONE.name, good, good, late)
    said = ("verify", "--bootstrap", lone_broker, "--from-beginning", "--keys", str(tmp_path))
    told = interdict(*said, **NAMED)
    assert line_of(PHONE.name, told.stdout) == f"{PHONE.name} 3 good 1, repeated 1, expired 1"
    assert "none came" in told.stdout

    forged, foreign = altered(good, value=late.value), command("c-3", soon, OTHER)
    elsewhere = command("c-4", soon, environment="test", topic=ACCOUNT.name)
    await publish(ACCOUNT.name, good, elsewhere, forged, foreign, record(b"k", good.value, []))
    told = interdict(*said, code=1, **NAMED)
    assert line_of(ACCOUNT.name, told.stdout) == f"{ACCOUNT.name} 5 unsigned 1, unknown_key 1, forged 3"
    assert sum(f"{ACCOUNT.name} partition" in line for line in told.stdout.splitlines()) == 5
    assert "must not be carried out" in told.stderr
    assert "13800138000" not in told.stdout + told.stderr
    assert interdict(*said, "--topic", PHONE.name, **NAMED).returncode == 0, "asked of one topic, it looks at no other"


@pytest.mark.broker
async def test_what_cannot_be_unpacked_is_told_and_hides_nothing_behind_it(
    lone_broker: str, publish: Callable[..., Any], tmp_path: Path
) -> None:
    write_pair(PRIVATE, tmp_path)
    await publish(PHONE.name)
    bad = batches.batch(batches.record(b"{}", headers=[(b"\xc3\xfb", b"")]), at=int(time.time() * 1000))
    assert await batches.produce(lone_broker, PHONE.name, bad) is NoError
    for partition in range(Settings().partitions):
        good = command(f"c-{partition}", int(time.time() * 1000) + HOUR_MS)
        await publish(PHONE.name, good)
    said = ("verify", "--bootstrap", lone_broker, "--from-beginning", "--keys", str(tmp_path), "--topic", PHONE.name)
    told = interdict(*said, code=1, **NAMED)
    assert line_of(PHONE.name, told.stdout) == f"{PHONE.name} 9 good 8, unreadable 1"


@pytest.mark.broker
async def test_verify_watches_what_comes(lone_broker: str, publish: Callable[..., Any], tmp_path: Path) -> None:
    write_pair(PRIVATE, tmp_path)
    settings = Settings(bootstrap=lone_broker, environment=HERE)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "second.pem").write_bytes(public_pem(OTHER))
    await publish(PHONE.name, command("before"))
    watching = asyncio.create_task(
        verify(settings, [tmp_path], [PHONE.name], Console(stderr=True), from_beginning=False, seconds=6.0)
    )
    while not watching.done():
        await publish(PHONE.name, command("c-9", private=OTHER))
        await asyncio.sleep(0.5)
    assert await watching == 1, "a command by a key that is not valid came while it watched"
