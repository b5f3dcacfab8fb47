"""Known vulnerabilities of what is locked, by pip-audit, and whether it could look at all.

pip-audit takes a package that its service does not know for harmless: where a proxy answers every question with "not
found", it finds nothing wrong with anything. So a package with a known vulnerability is asked about first, the canary.
Where the canary is not found out, nothing was audited, and that is said.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

from deploy.supply.locks import SOURCES
from deploy.supply.tools import HERE, ROOT, tool

SERVICES = ("pypi", "osv")
"""Asked in this order: the first that knows the canary's vulnerabilities is believed."""
CANARY = "jinja2==2.11.2"
"""Long superseded, with published advisories (CVE-2020-28493 and later ones)."""
TIMEOUT_S = 300

Report = Mapping[str, Any]
"""pip-audit's JSON: `dependencies`, each with `name`, and either `version` and `vulns` or `skip_reason`."""


class Exit(IntEnum):
    """What the process ends with."""

    CLEAN = 0
    VULNERABLE = 1
    NOT_RUN = 3


class Verdict(NamedTuple):
    """What an audit came to."""

    exit: Exit
    lines: tuple[str, ...]


def audit() -> Verdict:
    """Audit every lock with the first service that can be reached."""
    service = next((name for name in SERVICES if knows(_asked(name, CANARY + "\n"))), None)
    if service is None:
        return Verdict(
            Exit.NOT_RUN,
            (f"NOT RUN: pip-audit could not reach {' or '.join(SERVICES)}: neither told of a known vulnerability",),
        )
    reports = {name: _asked(service, (HERE / name).read_text()) for name in SOURCES}
    return judged(service, reports)


def knows(report: Report | None) -> bool:
    """Whether a service that was asked about the canary can be believed."""
    return any(package.get("vulns") for package in (report or {}).get("dependencies", ()))


def judged(service: str, reports: Mapping[str, Report | None]) -> Verdict:
    """The verdict over reports by lock; None for one that could not be had."""
    found: list[str] = []
    missed: list[str] = []
    for lock, report in reports.items():
        if report is None:
            missed.append(f"NOT RUN: {lock}: {service} stopped answering")
            continue
        for package in report["dependencies"]:
            if "skip_reason" in package:
                missed.append(f"NOT RUN: {lock}: {package['name']} is unknown to {service}")
            found += [_told(lock, package, vulnerability) for vulnerability in package.get("vulns", ())]
    if found:
        return Verdict(Exit.VULNERABLE, (*found, *missed))
    if missed:
        return Verdict(Exit.NOT_RUN, tuple(missed))
    packages = len({package["name"] for report in reports.values() if report for package in report["dependencies"]})
    return Verdict(Exit.CLEAN, (f"{packages} packages, no known vulnerability, says {service}",))


def _told(lock: str, package: Mapping[str, Any], vulnerability: Mapping[str, Any]) -> str:
    mended: Iterable[str] = vulnerability.get("fix_versions") or ("no version yet",)
    return f"{lock}: {package['name']} {package['version']}: {vulnerability['id']}, mended in {', '.join(mended)}"


def _asked(service: str, requirements: str) -> Report | None:
    """pip-audit's report on these requirements; None where it gave none."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requirements.txt"
        path.write_text(requirements)
        command = [tool("pip-audit"), "--requirement", str(path), "--vulnerability-service", service, "--no-deps",
                   "--disable-pip", "--progress-spinner", "off", "--format", "json"]  # fmt: skip
        try:
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
            report: Report = json.loads(done.stdout)
        except (subprocess.TimeoutExpired, json.JSONDecodeError):
            return None
    return report
