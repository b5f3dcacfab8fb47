"""What dashboards, rules and runbooks ask of Prometheus, as tests look at it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from deploy.grafana.build import DASHBOARDS
from deploy.prometheus.server import HERE as PROMETHEUS
from deploy.prometheus.server import RULES
from interdict.run.metrics_page import METRICS

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
RULE_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))
BY_NAME = {metric.name: metric for metric in METRICS.values()}
OF_OTHERS = {"up", "ALERTS", "process_resident_memory_bytes", "process_cpu_seconds_total"}
"""Prometheus's own, and those of the client library's process collector."""
PICTURE_BYTES_MAX = 300_000
METRIC = re.compile(r"\b(?:interdict[_:][a-z0-9_:]*|process_[a-z_]+|up(?=[{)\[])|ALERTS)\b")
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def rules() -> Iterator[dict[str, Any]]:
    """Every rule, recording ones and alerts."""
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from group["rules"]


def alerts() -> Iterator[dict[str, Any]]:
    return (rule for rule in rules() if "alert" in rule)


def recorded() -> set[str]:
    """What recording rules call their series."""
    return {rule["record"] for rule in rules() if "record" in rule}


def on_dashboards() -> Iterator[str]:
    return (query.expr for board in DASHBOARDS for panel in board.panels() for query in panel.queries)


def in_runbooks() -> Iterator[str]:
    """Queries that a runbook tells a tired person to ask."""
    for path in RUNBOOKS.glob("*.md"):
        yield from re.findall(r"promtool query instant \S+ '([^']+)'", path.read_text())


def asked(expression: str) -> set[str]:
    """The metrics that an expression names; a histogram's series stand for it."""
    return {_whole(name) for name in METRIC.findall(expression)}


def _whole(name: str) -> str:
    whole = SUFFIX.sub("", name)
    return whole if whole in BY_NAME and BY_NAME[whole].kind == "histogram" else name
