"""`interdict check` and `interdict topics`: is everything here that a worker needs?"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from interdict.topology import load_pipelines
from streams.core.errors import ExpectedError
from streams.kafka.clients import new_admin, start
from streams.kafka.topics import check_topics, ensure_topics
from streams.runtime.signing import SigningKeyError, load_signer
from streams.settings import Settings

DETAIL_CHARS = 240

out = Console(highlight=False)


class Finding(NamedTuple):
    """What one check found."""

    ok: bool
    what: str
    detail: str


async def make_topics(settings: Settings) -> int:
    """Create what is missing; exit code."""
    created = await ensure_topics(settings)
    out.print(f"{len(created)} topics created" if created else "every topic exists")
    for name in created:
        out.print(f"  {name}")
    return 0


async def report_topics(settings: Settings) -> int:
    """Print what differs from the design; exit code 1 where something does."""
    differences = await check_topics(settings)
    for difference in differences:
        out.print(str(difference))
    if not differences:
        out.print("every topic is as the design wants it")
    return 1 if differences else 0


async def run_checks(settings: Settings) -> int:
    """Run every check, print a table, and say by the exit code whether all passed."""
    table = Table("", "check", "found", title="interdict check")
    findings = [await _guarded(what, check, settings) for what, check in CHECKS]
    for finding in findings:
        table.add_row("[green]ok[/]" if finding.ok else "[red]no[/]", finding.what, finding.detail)
    out.print(table)
    return 0 if all(finding.ok for finding in findings) else 1


Check = Callable[[Settings], Awaitable[str]]


async def _guarded(what: str, check: Check, settings: Settings) -> Finding:
    try:
        return Finding(True, what, await check(settings))
    except (KafkaError, OSError, ValueError, ExpectedError) as problem:
        return Finding(False, what, str(problem).splitlines()[0][:DETAIL_CHARS] or type(problem).__name__)


class CheckError(ExpectedError):
    """A check that ran and found something wrong."""


async def _settings(settings: Settings) -> str:
    return f"group {settings.group_id}, {settings.partitions} partitions, broker {settings.bootstrap}"


async def _duty(settings: Settings) -> str:
    pipelines = load_pipelines()
    duties = sum(len(pipeline.duties) for pipeline in pipelines)
    return f"{duties} duties over {len(pipelines)} key spaces, text model loaded"


async def _broker(settings: Settings) -> str:
    admin = new_admin(settings, request_timeout_ms=5000)
    await start(admin, settings)
    try:
        count = len(admin._client.cluster.brokers())
        return f"{count} broker(s) answer at {settings.bootstrap}, {_as_whom(settings)}"
    finally:
        await admin.close()


def _as_whom(settings: Settings) -> str:
    if settings.security_protocol == "SASL_SSL":
        return f"TLS, as {settings.sasl_username}"
    if settings.security_protocol == "SSL":
        return "TLS" if settings.ssl_cert_file is None else f"TLS, by {settings.ssl_cert_file}"
    return "without TLS"


async def _topics(settings: Settings) -> str:
    if differences := await check_topics(settings):
        raise CheckError(f"{len(differences)} differences; `interdict topics --check` lists them")
    return "as the design wants them"


async def _signing(settings: Settings) -> str:
    try:
        signer = load_signer(settings)
    except SigningKeyError as problem:
        raise CheckError(str(problem)) from None
    return "commands leave unsigned: no key is set" if signer is None else f"commands leave signed, key {signer.key_id}"


CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", _settings),
    ("policy and text model", _duty),
    ("broker", _broker),
    ("topics", _topics),
    ("signatures", _signing),
)
