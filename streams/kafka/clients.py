"""Kafka clients of the project are made here, producers in `streams.kafka.producer`: each is who the settings say.

aiokafka tells of a failed start only that it failed, and the reason to its log. `start` finds it out and says it.
"""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from streams.kafka.security import connection, variable
from streams.settings import Settings

ASK_MS = 5000
CONNECT_S = 1.0
FOREIGN_HOST = (62, 64)
"""OpenSSL's codes for a certificate that is for another host name or address."""
WANTS_CERTIFICATE = ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE", "BAD_CERTIFICATE")
"""What a broker's TLS says, under 1.3, 1.2 and Java's 1.2, to one who shows no certificate."""


class BrokerAbsentError(ConnectionError):
    """No broker answers at the address set."""


class RefusedError(ConnectionError):
    """A broker answers and will not talk with this process, or this process not with it. Says why in one line."""


def new_consumer(settings: Settings, *topics: str, **how: Any) -> AIOKafkaConsumer:
    """A consumer; the caller starts and stops it. What is not said is aiokafka's default."""
    return AIOKafkaConsumer(*topics, **_who(settings), **how)


def new_admin(settings: Settings, **how: Any) -> AIOKafkaAdminClient:
    """An admin client; the caller starts and closes it."""
    return AIOKafkaAdminClient(**_who(settings), **how)


def _who(settings: Settings) -> dict[str, Any]:
    return {"bootstrap_servers": settings.bootstrap, "client_id": settings.client_id, **connection(settings)}


async def start(client: Any, settings: Settings) -> None:
    """Start a client, once it is known that a broker talks with it: see `reach`, which says what is raised."""
    try:
        await reach(settings)
        await client.start()
    except BaseException:
        await (client.close if isinstance(client, AIOKafkaAdminClient) else client.stop)()
        raise


async def reach(settings: Settings) -> None:
    """Look whether any broker of the list talks with us; soon, so that nobody waits for one that is far away.

    Raises:
        BrokerAbsentError: no broker answers.
        RefusedError: one answers, and will not have us or is not to be trusted.
    """
    asking = [asyncio.ensure_future(_ask(settings, address)) for address in settings.bootstrap.split(",")]
    refusals: list[str] = []
    try:
        for answer in asyncio.as_completed(asking):
            if (refusal := await answer) is None:
                return
            refusals += [refusal] if refusal else []
    finally:
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    if refusals:
        raise RefusedError(refusals[0])
    raise BrokerAbsentError(
        f"no broker answers at {settings.bootstrap}; start one (`interdict broker`) or set INTERDICT_BOOTSTRAP"
    )


async def _ask(settings: Settings, address: str) -> str | None:
    """Why a broker cannot be talked to: None where it can, nothing where it is not there."""
    host, _, port = address.rpartition(":")
    try:
        conn = await create_conn(
            host, int(port), client_id=settings.client_id, request_timeout_ms=ASK_MS, **connection(settings)
        )
        try:
            await conn.send(MetadataRequest([]))  # a broker greets even those who have not said yet who they are
        finally:
            conn.close()
    except TimeoutError:
        return await _silence(settings, address)
    except (KafkaError, OSError) as problem:
        return _reason(settings, address, problem)
    return None


async def _silence(settings: Settings, address: str) -> str:
    """What to say where nothing came: somebody who takes the connection is there."""
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return ""
    writer.close()
    return (
        f"{address}: it takes the connection and says nothing: it hangs, or {settings.security_protocol} is not what "
        f"it speaks there ({variable('security_protocol')})"
    )


def _reason(settings: Settings, address: str, problem: BaseException) -> str:
    """An error of a connection in words; nothing where there is nobody."""
    said = _of_sasl(settings, problem) or _of_tls(settings, problem)
    if not said and isinstance(problem, KafkaConnectionError | ConnectionResetError):
        said = (
            f"it hung up at the first word: is {settings.security_protocol} what it speaks there "
            f"({variable('security_protocol')})?"
        )
    return f"{address}: {said}" if said else ""


def _of_sasl(settings: Settings, problem: BaseException) -> str:
    if isinstance(problem, SaslAuthenticationFailed):
        return (
            f"the broker does not let the user `{settings.sasl_username}` in: no such user, or a wrong password "
            f"({settings.sasl_mechanism})"
        )
    if isinstance(problem, UnsupportedSaslMechanismError | IllegalSaslStateError):
        return f"the broker does not take {settings.sasl_mechanism} there ({variable('sasl_mechanism')})"
    return ""


def _of_tls(settings: Settings, problem: BaseException) -> str:
    failed = next((one for one in _causes(problem) if isinstance(one, ssl.SSLError)), None)
    if failed is None:
        return ""
    if isinstance(failed, ssl.SSLCertVerificationError):
        if failed.verify_code in FOREIGN_HOST:
            return f"the broker's certificate is for another host: {failed.verify_message}"
        return f"nobody of {variable('ssl_ca_file')} vouches for the broker's certificate: {failed.verify_message}"
    code = str(failed.reason or failed)
    if settings.ssl_cert_file is None and any(word in code for word in WANTS_CERTIFICATE):
        return f"the broker wants a certificate: {variable('ssl_cert_file')} and {variable('ssl_key_file')}"
    if "ALERT" in code:
        return f"the broker does not accept the certificate of {variable('ssl_cert_file')} ({code.lower()})"
    return f"no TLS came about ({code.lower()}): is {settings.security_protocol} what the broker speaks there?"


def _causes(problem: BaseException | None) -> Iterable[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__
