"""Alerts and their runbooks: complete, tested in both forms, and sent to somebody."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from deploy.prometheus.server import CONFIG
from interdict.cli import cli
from schemas.topics import BY_NAME as TOPICS
from tests.deploy.watching import ROOT, RULE_TESTS, RUNBOOKS, alerts, recorded, rules

ALERTS = [pytest.param(rule, id=" ".join((rule["alert"], *map(str, rule["labels"].values())))) for rule in alerts()]
PAGES = [pytest.param(path, id=path.stem) for path in sorted(RUNBOOKS.glob("*.md")) if path.stem != "README"]
NAMES = {rule["alert"] for rule in alerts()}
HEADINGS = [
    "What it means", "What it does to people", "First three checks", "What to do", "Whom to wake",
    "How you know it is over",
]  # fmt: skip
ALERTMANAGER: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "alertmanager" / "alertmanager.yml").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@pytest.mark.parametrize("rule", ALERTS)
def test_an_alert_says_how_grave_it_is_for_whom_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["labels"]["team"] in ("centre", "platform")
    told = rule["annotations"]
    assert set(told) == {"summary", "description", "runbook_url"}
    assert told["description"].endswith(".")
    assert told["runbook_url"] == f"docs/runbooks/{rule['alert']}.md"
    assert (ROOT / told["runbook_url"]).is_file()


@pytest.mark.parametrize("path", PAGES)
def test_a_runbook_has_an_alert_and_every_heading_in_order(path: Path) -> None:
    text = path.read_text()
    assert path.stem in NAMES
    assert text.startswith(f"# {path.stem}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert all(len(part.strip()) > 20 for part in re.split(r"^## .+$", text, flags=re.MULTILINE))


@pytest.mark.parametrize("path", PAGES)
def test_a_runbook_has_three_checks_each_with_a_command(path: Path) -> None:
    checks = path.read_text().split("## First three checks")[1].split("## What to do")[0]
    assert re.findall(r"^(\d)\. ", checks, re.MULTILINE) == ["1", "2", "3"]
    assert checks.count("```sh") == 3


@pytest.mark.parametrize("path", PAGES)
def test_a_runbooks_commands_are_ones_that_the_console_and_the_compose_file_have(path: Path) -> None:
    text = path.read_text()
    for command in re.findall(r"\binterdict ((?:[a-z]+ )+[^`|<>\n]*|[a-z]+)(?=[`|<>\n])", text):
        assert _is_known(command.strip()), command
    for services in re.findall(r"docker compose (?:exec(?: -T)?|restart|stop|up -d) ([a-z0-9-]+)", text):
        assert services in COMPOSE


def _is_known(command: str) -> bool:
    """Whether the console would take it, as far as can be said without running it."""
    words, chosen = shlex.split(command), get_command(cli)
    while words and words[0] in getattr(chosen, "commands", {}):
        chosen = chosen.commands[words.pop(0)]  # type: ignore[attr-defined]
    parser = chosen.make_parser(chosen.context_class(chosen))
    try:
        _, left, _ = parser.parse_args(words)
    except Exception:  # the console's own error of an option that it does not have
        return False
    return chosen is not get_command(cli) and not left


def test_a_command_that_the_console_does_not_have_is_noticed() -> None:
    assert _is_known("policy push limits.json --shadow")
    assert not _is_known("policy psuh limits.json")
    assert not _is_known("acls worker")
    assert not _is_known("case list --closed")


def test_the_index_of_the_runbooks_names_every_alert() -> None:
    assert set(re.findall(r"^\| \[(\w+)\]\(\1\.md\)", (RUNBOOKS / "README.md").read_text(), re.MULTILINE)) == NAMES


def _expectations() -> list[tuple[str, list[dict[str, str]]]]:
    """What the rules' tests expect, moment by moment: the alert's name, and the labels of those that fire."""
    cases = [case for path in RULE_TESTS for case in yaml.safe_load(path.read_text())["tests"]]
    moments = [moment for case in cases for moment in case["alert_rule_test"]]
    return [(moment["alertname"], [alert["exp_labels"] for alert in moment["exp_alerts"]]) for moment in moments]


@pytest.mark.parametrize("rule", ALERTS)
def test_an_alert_is_tested_firing_and_not_firing(rule: dict[str, Any]) -> None:
    fires = [
        any(rule["labels"].items() <= labels.items() for labels in firing)
        for name, firing in _expectations()
        if name == rule["alert"]
    ]
    assert any(fires)
    assert not all(fires)


def test_topics_that_rules_name_exist() -> None:
    named = set()
    for rule in rules():
        for inside in re.findall(r'topic=~?"([^"]+)"', rule["expr"]):
            named |= set(inside.split("|"))
    assert named
    assert named <= TOPICS.keys()


def test_every_rule_asks_for_this_job_only() -> None:
    for rule in rules():
        selectors = re.findall(r"\b(?:interdict_\w+|up|process_\w+)(\{[^}]*\})?", rule["expr"])
        assert all('job="interdict"' in selector for selector in selectors), rule["expr"]


def test_prometheus_reads_these_rules_and_scrapes_the_compose_files_workers() -> None:
    config = yaml.safe_load(CONFIG.read_text())
    assert config["rule_files"] == ["rules/*.yml"]
    (job,) = config["scrape_configs"]
    assert job["job_name"] == "interdict"
    workers = sorted(name for name, service in COMPOSE.items() if service.get("command") == ["worker"])
    (targets,) = (entry["targets"] for entry in job["static_configs"])
    assert targets == [f"{name}:{COMPOSE[name]['environment']['INTERDICT_METRICS_PORT']}" for name in workers]
    assert "--storage.tsdb.retention.time=35d" in COMPOSE["prometheus"]["command"], "the budget looks back thirty days"


def test_the_memory_limit_is_what_the_compose_file_gives_a_worker() -> None:
    (limit,) = (rule["expr"] for rule in rules() if rule.get("record") == "interdict:worker_memory_limit:bytes")
    given = COMPOSE["worker-1"]["deploy"]["resources"]["limits"]["memory"]
    assert limit == f"vector({given.removesuffix('M')} * 1024 * 1024)"


def test_what_is_inhibited_exists() -> None:
    named: set[str] = set()
    for rule in ALERTMANAGER["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            if (found := re.fullmatch(r'alertname=~?"(.+)"', matcher)) is not None:
                named |= set(found[1].split("|"))
    assert named
    assert named <= NAMES


def test_recorded_series_are_named_after_what_they_are() -> None:
    assert all(re.fullmatch(r"interdict:[a-z_]+:[a-z0-9_]+", name) for name in recorded())
