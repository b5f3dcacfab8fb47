"""Who may come in, and who may do what: on Apache Kafka with passwords (SCRAM), certificates (mTLS) and ACLs."""

import asyncio
import os
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError, for_code

from deploy.kafka.certificates import Authority
from deploy.kafka.secure import ACLS, ADMIN, SecureCluster
from interdict.access.acls import ROLES
from interdict.centre.policies import packaged
from interdict.city.simulate import Plan
from interdict.run.processes import WorkerProcess, WorkerProcessError
from schemas.topics import (
    ACCOUNT,
    CALLS,
    CASES,
    DISSUASION,
    OFFICER_OUTCOMES,
    OUTCOMES,
    PHONE,
    POLICIES,
    TRANSACTIONS,
    dead_letter,
)
from streams.kafka.clients import RefusedError, new_admin, new_consumer, reach
from streams.kafka.producer import open_producer
from streams.kafka.recovery import new_reader, read_to_end
from streams.kafka.rights import Right, RightsMissingError, ensure_rights, missing_rights
from streams.kafka.security import connection
from streams.kafka.topics import check_topics, wanted_topics
from streams.settings import Settings
from tests.kit.patience import PATIENCE_S
from tests.live.trial import STATES, all_committed, differences, outcome, producing, simulated

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

PLAN = Plan(seed=6, population=200, duration_s=18_000, rate=0.35, scams_per_typology=1)
USERS = ("worker", "least", "keeper", "bank", "executor", "officer", "caller", "editor", "stranger", "rotated")
JOIN_TOGETHER = {"group.initial.rebalance.delay.ms": "3000"}
"""So that two workers that start at once share the lanes before the first event."""
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("INTERDICT_")} | {
    "COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1",
}  # fmt: skip


def interdict(settings: Settings | None, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    more = settings.as_environment() if settings is not None else {}
    done = subprocess.run(
        [sys.executable, "-m", "interdict", *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        env=ENVIRONMENT | more,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.strip().splitlines()[-1]


def rights_of(role: str, group: str = "") -> list[Right]:
    return list(ROLES[role].rights(Settings(), group or role))


async def granted(cluster: SecureCluster, user: str, role: str) -> None:
    """Give a user exactly what `interdict acls` prints, with Kafka's own tool, as a person would."""
    printed = await asyncio.to_thread(
        interdict, None, "acls", "--user", f"User:{user}", "--for", role, "--format", "kafka-acls",
        "--bootstrap", cluster.tls_bootstrap, "--command-config", str(cluster.admin_properties),
    )  # fmt: skip
    lines = [shlex.split(line) for line in printed.stdout.splitlines()]
    assert all(line[0] == "kafka-acls.sh" for line in lines)
    await asyncio.gather(*[cluster.tool(ACLS, *line[1:]) for line in lines])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(request: pytest.FixtureRequest) -> AsyncIterator[SecureCluster]:
    """A broker that lets in whom it knows, with the topics made by somebody who may do that and nothing else."""
    if request.config.getoption("--broker") != "kafka":
        pytest.skip("Apache Kafka only: make test-kafka")
    async with SecureCluster(USERS, JOIN_TOGETHER) as cluster:
        await granted(cluster, "worker", "worker")
        told = await asyncio.to_thread(interdict, cluster.by_password("worker"), "worker", code=1)
        assert "no topic" in last_line(told)
        assert "`interdict topics` makes them" in last_line(told)
        await granted(cluster, "keeper", "topics")
        await asyncio.to_thread(interdict, cluster.by_password("keeper"), "topics")
        yield cluster


async def test_the_topics_job_makes_and_compares_topics_and_may_do_nothing_else(cluster: SecureCluster) -> None:
    keeper = cluster.by_password("keeper")
    assert await check_topics(keeper) == []
    everything = [Right("Topic", topic.name, o) for topic in wanted_topics(keeper) for o in ("Read", "Write")]
    assert await missing_rights(keeper, everything) == everything


async def test_workers_decide_by_password_and_by_certificate_with_exactly_the_printed_rights(
    cluster: SecureCluster, tmp_path: Path
) -> None:
    trial = simulated(tmp_path, PLAN)
    admin = cluster.by_certificate(ADMIN)
    by_password = cluster.by_password("worker", session_timeout_s=6.0, log_level="debug")
    by_certificate = cluster.by_certificate("worker", session_timeout_s=6.0, log_level="debug")
    assert await missing_rights(by_password, rights_of("worker")) == []
    async with producing(admin) as producer:
        await trial.publish(producer, trial.rows, admin)
    one, other = WorkerProcess(by_password, keep_log=True), WorkerProcess(by_certificate, keep_log=True)
    try:
        for worker in (one, other):
            await worker.start()
        await asyncio.gather(one.until_ready(), other.until_ready())
        await all_committed(trial, admin)
        for worker in (one, other):
            assert await asyncio.to_thread(worker.metric, "interdict_events_total") > 0, "each had lanes"
        pages = [await asyncio.to_thread(_page, worker, at) for worker in (one, other) for at in ("metrics", "readyz")]
    finally:
        await asyncio.gather(one.end(), other.end())
    assert differences(trial, await outcome(admin)) == []
    told = [*pages, *[worker.log.read_text() for worker in (one, other)], repr(by_password), repr(by_certificate)]
    for secret in _secrets(cluster, by_certificate):
        assert not any(secret in words for words in told)
    for worker in (one, other):
        worker.log.unlink()


def _page(worker: WorkerProcess, at: str) -> str:
    with urlopen(f"{worker.address}/{at}", timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())


def _secrets(cluster: SecureCluster, by_certificate: Settings) -> list[str]:
    """Passwords, and what is between a key's first and last line."""
    assert by_certificate.ssl_key_file is not None
    return [*cluster.passwords.values(), *by_certificate.ssl_key_file.read_text().splitlines()[1:-1]]


# -- one right less ------------------------------------------------------------------------------------------


async def test_without_any_one_of_its_rights_a_client_is_refused_and_the_right_is_named(cluster: SecureCluster) -> None:
    settings = cluster.by_password("least")
    rights = rights_of("worker")
    await cluster.grant("least", rights)
    await _until(lambda: missing_rights(settings, rights), [])
    for right in rights:
        await cluster.revoke("least", [right])
        await _until(lambda: missing_rights(settings, rights), [right])
        with pytest.raises((TopicAuthorizationFailedError, GroupAuthorizationFailedError)):
            await _exercise(settings, right)
        with pytest.raises(RightsMissingError, match=str(right)):
            await ensure_rights(settings, rights)
        await cluster.grant("least", [right])
    await _until(lambda: missing_rights(settings, rights), [])


async def _until(ask: Callable[[], Any], wanted: object) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await ask() != wanted:
            await asyncio.sleep(0.02)


async def _exercise(settings: Settings, right: Right) -> None:
    """Do what the right is for."""
    async with asyncio.timeout(PATIENCE_S):
        if right.resource == "Group":
            await _join(settings, right.name)
        elif right.operation == "Read":
            await _read(settings, right.name)
        else:
            await _write(settings, right.name)


async def _join(settings: Settings, group: str) -> None:
    consumer = new_consumer(settings, CALLS.name, group_id=group)
    try:
        await consumer.start()
        await consumer.getmany(timeout_ms=5000)
    finally:
        await consumer.stop()


async def _read(settings: Settings, topic: str) -> int:
    await _look_at(settings, topic)
    consumer = new_reader(settings)
    await consumer.start()
    try:
        return sum([len(records) async for records in read_to_end(consumer, [TopicPartition(topic, 0)])])
    finally:
        await consumer.stop()


async def _look_at(settings: Settings, topic: str) -> None:
    """Ask where a topic is: a consumer who may not even know that asks again without end."""
    admin = new_admin(settings)
    await admin.start()
    try:
        (found,) = await admin.describe_topics([topic])
        if found["error_code"]:
            raise for_code(found["error_code"])
    finally:
        await admin.close()


async def _write(settings: Settings, topic: str) -> None:
    producer = await open_producer(settings)
    try:
        await producer.send_and_wait(topic, b"{}", b"k", partition=0)
    finally:
        await producer.stop()


@pytest.mark.parametrize(
    "right",
    [
        Right("Topic", dead_letter(CALLS.name), "Write"),
        Right("Topic", STATES, "Read"),
        Right("Group", "interdict", "Read"),
    ],
    ids=str,
)
async def test_a_worker_that_lacks_one_right_says_which_and_does_not_start(
    cluster: SecureCluster, right: Right
) -> None:
    settings = cluster.by_certificate("least")
    await cluster.grant("least", rights_of("worker"))
    await _until(lambda: missing_rights(settings, rights_of("worker")), [])
    await cluster.revoke("least", [right])
    await _until(lambda: missing_rights(settings, [right]), [right])
    told = last_line(await asyncio.to_thread(interdict, settings, "worker", code=1))
    assert str(right) in told
    assert "interdict acls" in told
    await cluster.grant("least", [right])


# -- other roles ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "role", "may_write", "may_not_write", "may_read", "may_not_read"),
    [
        ("bank", "bank-feed", TRANSACTIONS.name, CALLS.name, None, TRANSACTIONS.name),
        ("executor", "account-executor", OUTCOMES.name, OFFICER_OUTCOMES.name, ACCOUNT.name, PHONE.name),
        ("caller", "officers", OFFICER_OUTCOMES.name, OUTCOMES.name, DISSUASION.name, ACCOUNT.name),
        ("editor", "policy-editor", None, CASES.name, POLICIES.name, CASES.name),
        ("officer", "console", None, POLICIES.name, CASES.name, PHONE.name),
    ],
)
async def test_a_role_may_do_its_business_and_no_more(
    cluster: SecureCluster, user: str, role: str, may_write: str | None, may_not_write: str, may_read: str | None,
    may_not_read: str,
) -> None:  # fmt: skip
    settings = cluster.by_password(user)
    await cluster.grant(user, rights_of(role))
    await _until(lambda: missing_rights(settings, rights_of(role)), [])
    if may_write is not None:
        await _write(settings, may_write)
    if may_read is not None:
        await _read(settings, may_read)
    for refused in (_write(settings, may_not_write), _read(settings, may_not_read)):
        with pytest.raises(TopicAuthorizationFailedError):
            await asyncio.wait_for(refused, PATIENCE_S)


async def test_an_officer_lists_cases_and_an_editor_pushes_a_policy(cluster: SecureCluster, tmp_path: Path) -> None:
    await cluster.grant("officer", rights_of("console"))
    await cluster.grant("editor", rights_of("policy-editor"))
    officer, editor = cluster.by_password("officer"), cluster.by_certificate("editor")
    await _until(lambda: missing_rights(officer, rights_of("console")), [])
    await _until(lambda: missing_rights(editor, rights_of("policy-editor")), [])
    await asyncio.to_thread(interdict, officer, "case", "list")
    file = tmp_path / "limits.json"
    limits = packaged()["limits"].policy.model_dump(mode="json")
    file.write_text(packaged()["limits"].policy.model_validate(limits | {"policy_version": "pushed"}).model_dump_json())
    told = await asyncio.to_thread(interdict, officer, "policy", "push", str(file), "--name", "limits", code=1)
    assert f"does not let this user do that ({POLICIES.name})" in last_line(told)
    await asyncio.to_thread(interdict, editor, "policy", "push", str(file), "--name", "limits")


# -- who is not let in ---------------------------------------------------------------------------------------

Stranger = Callable[[SecureCluster, Authority], Settings]


def _shown(authority: Authority, user: str, days: int = 1) -> dict[str, Path]:
    found = authority.vouch(user, days=days)
    return {"ssl_cert_file": found.cert, "ssl_key_file": found.key}


STRANGERS: dict[str, tuple[Stranger, str]] = {
    "a wrong password": (lambda c, _: c.by_password("worker", password="guessed"), "wrong password"),
    "an unknown user": (lambda c, _: c.by_password("stranger", sasl_username="nobody"), "no such user"),
    "a mechanism that is not offered": (
        lambda c, _: c.by_password("worker", sasl_mechanism="SCRAM-SHA-256"), "does not take SCRAM-SHA-256"
    ),
    "a broker of an unknown authority": (
        lambda c, other: c.by_password("worker", ssl_ca_file=other.file), "nobody of INTERDICT_SSL_CA_FILE vouches"
    ),
    "a broker under another name": (
        lambda c, _: c.by_password("worker", bootstrap=c.bootstrap.replace("127.0.0.1", "localhost")), "another host"
    ),
    "no certificate": (
        lambda c, _: Settings(bootstrap=c.tls_bootstrap, security_protocol="SSL", ssl_ca_file=c.authority.file),
        "wants a certificate",
    ),
    "a certificate of another authority": (
        lambda c, other: c.by_certificate("worker", **_shown(other, "worker")), "does not accept the certificate"
    ),
    "a certificate that is over": (
        lambda c, _: c.by_certificate("worker", **_shown(c.authority, "late", days=-1)), "does not accept"
    ),
    "plaintext at the door for passwords": (lambda c, _: Settings(bootstrap=c.bootstrap), "is PLAINTEXT what"),
    "plaintext at the door for certificates": (lambda c, _: Settings(bootstrap=c.tls_bootstrap), "is PLAINTEXT what"),
    "TLS without a password": (
        lambda c, _: Settings(bootstrap=c.bootstrap, security_protocol="SSL", ssl_ca_file=c.authority.file),
        "is SSL what",
    ),
}  # fmt: skip


@pytest.mark.parametrize("who", STRANGERS)
async def test_a_stranger_is_refused_and_told_why_in_one_line(cluster: SecureCluster, tmp_path: Path, who: str) -> None:
    make, words = STRANGERS[who]
    with pytest.raises(RefusedError) as refusal:
        await reach(make(cluster, Authority(tmp_path, "other")))
    assert words in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [("worker",), ("topics",), ("topics", "--check"), ("case", "list"), ("simulate", "--seconds", "1")],
    ids=str,
)
async def test_every_command_says_that_a_password_is_wrong_and_ends_with_one(
    cluster: SecureCluster, words: tuple[str, ...]
) -> None:
    settings = cluster.by_password("worker", password="guessed-in-vain")
    more = ("--bootstrap", settings.bootstrap) if words[0] == "simulate" else ()
    told = await asyncio.to_thread(interdict, settings, *words, *more, code=1)
    assert "wrong password" in last_line(told)
    assert "guessed-in-vain" not in told.stdout + told.stderr


async def test_the_check_says_in_one_line_what_is_wrong_with_the_credentials(cluster: SecureCluster) -> None:
    told = await asyncio.to_thread(interdict, cluster.by_password("worker", password="guessed"), "check", code=1)
    assert any("broker" in line and "wrong password" in line for line in told.stdout.splitlines())
    told = await asyncio.to_thread(interdict, cluster.by_password("keeper"), "check")
    assert "TLS, as keeper" in told.stdout


async def test_a_worker_with_a_wrong_password_does_not_come_up_and_logs_no_secret(cluster: SecureCluster) -> None:
    worker = WorkerProcess(cluster.by_password("worker", password="guessed-in-vain", log_level="debug"))
    with pytest.raises(WorkerProcessError, match="ended with code 1"):
        async with worker:
            pass
    told = worker.log.read_text()
    assert "wrong password" in told
    assert "guessed-in-vain" not in told
    worker.log.unlink()


# -- rotation ------------------------------------------------------------------------------------------------


async def test_a_new_password_lets_the_new_in_keeps_the_old_out_and_ends_no_connection(cluster: SecureCluster) -> None:
    await cluster.grant("rotated", [Right("Topic", CALLS.name, "Write")])
    before = cluster.by_password("rotated")
    await _until(lambda: missing_rights(before, [Right("Topic", CALLS.name, "Write")]), [])
    async with producing(before) as producer:
        await producer.send_and_wait(CALLS.name, b"{}", b"k")
        await cluster.set_password("rotated", "another-one")
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while await _lets_in(before):
                    await asyncio.sleep(0.05)
        with pytest.raises(RefusedError, match="wrong password"):
            await reach(before)
        await reach(cluster.by_password("rotated"))
        await producer.send_and_wait(CALLS.name, b"{}", b"k")


async def _lets_in(settings: Settings) -> bool:
    try:
        await reach(settings)
    except RefusedError:
        return False
    return True


async def test_a_renewed_certificate_is_shown_by_the_next_client(cluster: SecureCluster, tmp_path: Path) -> None:
    settings = cluster.by_certificate("worker", **_shown(cluster.authority, "worker"))
    await reach(settings)
    _overwrite(settings, Authority(tmp_path, "other").vouch("worker"))
    with pytest.raises(RefusedError, match="does not accept the certificate"):
        await reach(settings)
    _overwrite(settings, cluster.authority.vouch("worker"))
    await reach(settings)
    assert connection(settings)["ssl_context"] is not connection(settings)["ssl_context"]


def _overwrite(settings: Settings, shown: Any) -> None:
    assert settings.ssl_cert_file is not None
    assert settings.ssl_key_file is not None
    for path, content in (
        (settings.ssl_cert_file, shown.cert.read_bytes()),
        (settings.ssl_key_file, shown.key.read_bytes()),
    ):
        path.write_bytes(content)
