"""Dashboards, alerts and runbooks against a real Prometheus that watches a live worker. Needs Debian's packages."""

import math
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.grafana.build import DASHBOARDS
from deploy.grafana.city import Watched, substituted, watched
from deploy.grafana.panels import INSTANT, Panel, Query
from deploy.prometheus.server import CONFIG, INSTALL, RULES, PrometheusError, Series
from interdict.city.simulate import Plan
from tests.deploy.watching import PICTURE_BYTES_MAX, ROOT, RULE_TESTS, alerts, in_runbooks, rules

pytestmark = pytest.mark.deploy_tools

ALERTMANAGER = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
RECEIVER = {("page", "centre"): "duty-officer", ("page", "platform"): "on-call"}
"""By severity and team; the rest are tickets."""
SECONDS = 45.0
PLAN = Plan(
    seed=11, population=1500, duration_s=SECONDS, rate=150.0, scams_per_typology=2, duplicate_fraction=0.02,
    late_fraction=0.02,
)  # fmt: skip
WITHOUT_DATA = {
    ("Records that took another way", "fenced"): "records come again after a crash, and none happened",
    ("Timers and keys aged out", "aged out"): "a person is forgotten after ninety days",
    ("Records that took another way", "late"): "nothing of this city is a minute behind its lane",
    ("Mended, a second", "{{topic}} {{what}}"): "nothing of this city has to be mended",
    ("Timers put off", "{{duty}}"): "no duty fails on a timer",
    ("Clocks", "{{instance}}"): "the embedded broker tells no time to compare with",
}
"""Queries that a minute of the city gives no data for, and why: panel's title and query's legend."""


def run(*command: str | Path) -> str:
    """What a tool prints; it must be there and succeed."""
    if shutil.which(str(command[0])) is None:
        pytest.fail(f"no program `{command[0]}`: {INSTALL}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_the_configuration() -> None:
    assert "SUCCESS" in run("promtool", "check", "config", CONFIG)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_prometheus_takes_the_rules(path: Path) -> None:
    assert "SUCCESS" in run("promtool", "check", "rules", path)


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_alerts_fire_and_do_not_fire_as_their_tests_say(path: Path) -> None:
    assert "SUCCESS" in run("promtool", "test", "rules", path)


def test_alertmanager_takes_the_configuration() -> None:
    assert "SUCCESS" in run("amtool", "check-config", ALERTMANAGER)


def test_every_alert_reaches_whom_it_is_for() -> None:
    for rule in alerts():
        labels = {"alertname": rule["alert"], **rule["labels"]}
        words = [f"{name}={value}" for name, value in labels.items()]
        found = run("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}", *words).strip()
        assert found == RECEIVER.get((labels["severity"], labels["team"]), "ticket"), labels


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city() -> AsyncIterator[Watched]:
    """Three quarters of a minute of a city, as Prometheus has it."""
    try:
        async with watched(PLAN, SECONDS) as seen:
            yield seen
    except PrometheusError as problem:
        pytest.fail(str(problem))


def _answers(city: Watched, panel: Panel, query: Query) -> Sequence[Series]:
    period = f"{int(city.end - city.start)}s"
    expression = substituted(query.expr, interval="5s", rate_interval="10s", period=period)
    if panel.kind in INSTANT:
        return city.prometheus.query(expression, city.end)
    return city.prometheus.query_range(expression, city.start, city.end, 1)


def test_every_query_of_every_panel_parses_and_returns_data(city: Watched) -> None:
    wrong, known = [], set()
    for board in DASHBOARDS:
        for panel in board.panels():
            for query in panel.queries:
                place = (panel.title, query.legend)
                known.add(place)
                try:
                    found = _answers(city, panel, query)
                except PrometheusError as problem:
                    wrong.append(f"{board.title}, {place}: {problem}")
                    continue
                has_data = any(math.isfinite(value) for series in found for _, value in series.points)
                if not has_data and place not in WITHOUT_DATA:
                    wrong.append(f"{board.title}, {place}: no data")
    assert wrong == []
    assert WITHOUT_DATA.keys() <= known


def test_every_dashboard_can_be_drawn(city: Watched) -> None:
    from deploy.grafana.picture import ask, draw, saved

    for board in DASHBOARDS:
        picture = saved(draw(board, ask(city, board), "a minute"))
        assert picture.startswith(b"\x89PNG")
        assert len(picture) < PICTURE_BYTES_MAX


def test_every_rule_was_evaluated_without_an_error(city: Watched) -> None:
    found = city.prometheus.rules()
    assert len(found) == len(list(rules()))
    assert [(rule["name"], rule.get("lastError")) for rule in found if rule["health"] != "ok"] == []


@pytest.mark.parametrize(
    "questions", [lambda: (rule["expr"] for rule in rules()), in_runbooks], ids=["rules", "runbooks"]
)
def test_every_other_expression_parses(city: Watched, questions: Callable[[], Any]) -> None:
    for expression in questions():
        city.prometheus.query(expression, city.end)
        city.prometheus.query_range(expression, city.start, city.end, 5)


def test_recording_rules_left_series(city: Watched) -> None:
    empty = [rule["record"] for rule in rules() if "record" in rule and not city.prometheus.query(rule["record"])]
    assert empty == []


def test_the_alarms_that_the_trouble_deserves_are_on_and_no_others(city: Watched) -> None:
    """Its limits are strict, the kill switch went on, its policies were refused, and nobody was free for some. A
    machine that is busy with other things may be late with red commands."""
    found = city.prometheus.query('count by (alertname) (ALERTS{alertstate="firing"})')
    on = {series.labels["alertname"] for series in found}
    assert {"KillSwitchOn", "LimiterTripped", "ReferenceRejected"} <= on
    assert on <= {
        "KillSwitchOn",
        "LimiterTripped",
        "PolicyUnreadable",
        "ReferenceRejected",
        "TasksQueued",
        "RedCommandsLate",
    }
