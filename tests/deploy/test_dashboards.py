"""The dashboards: what lies on disk, and whether what they ask for exists."""

import doctest
import re
from typing import Any

import orjson
import pytest
import yaml

from deploy.grafana import panels
from deploy.grafana.build import DASHBOARDS, FOLDER, path_of, written
from deploy.grafana.panels import COLUMNS, Dashboard, Panel
from tests.deploy.watching import (
    BY_NAME,
    OF_OTHERS,
    PICTURE_BYTES_MAX,
    ROOT,
    alerts,
    asked,
    in_runbooks,
    on_dashboards,
    recorded,
    rules,
)

PANELS = [pytest.param(panel, id=f"{board.uid}: {panel.title}") for board in DASHBOARDS for panel in board.panels()]
PROVISIONING = ROOT / "deploy" / "grafana" / "provisioning"
SOURCE: dict[str, Any] = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yml").read_text())["datasources"][0]
PROVIDER: dict[str, Any] = yaml.safe_load((PROVISIONING / "dashboards" / "interdict.yml").read_text())["providers"][0]
ON_NOTHING: dict[str, str] = {}
"""Metrics that are on no dashboard and in no alert, and why."""


@pytest.mark.parametrize("board", DASHBOARDS, ids=lambda board: board.uid)
def test_the_json_on_disk_is_what_the_table_makes(board: Dashboard) -> None:
    assert path_of(board).read_bytes() == written(board), "python -m deploy.grafana.build"


def test_there_is_no_json_that_no_table_makes() -> None:
    assert set(FOLDER.iterdir()) == {path_of(board) for board in DASHBOARDS}
    assert len({board.uid for board in DASHBOARDS}) == len(DASHBOARDS)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: Panel) -> None:
    assert panel.title
    assert panel.says.endswith(".")
    assert panel.unit
    assert len(panel.queries) <= 12


@pytest.mark.parametrize("panel", PANELS)
def test_a_query_that_gives_several_series_says_how_they_are_called(panel: Panel) -> None:
    for query in panel.queries:
        labels = [label for found in re.findall(r"by \(([^)]+)\)", query.expr) for label in found.split(", ")]
        if panel.kind == "table":
            assert query.legend
            assert set(labels) <= set(panel.columns)
        else:
            assert all(f"{{{{{label}}}}}" in query.legend for label in labels if label != "le"), query


@pytest.mark.parametrize("panel", PANELS)
def test_a_counter_is_never_shown_as_it_is(panel: Panel) -> None:
    for query in panel.queries:
        for name, selector, window in re.findall(r"(interdict_\w+_total)(\{[^}]*\})(\[)?", query.expr):
            assert BY_NAME[name].kind == "counter"
            assert window or f"{name}{selector} offset" in query.expr, query.expr


@pytest.mark.parametrize("board", DASHBOARDS, ids=lambda board: board.uid)
def test_panels_fill_the_grid_and_do_not_overlap(board: Dashboard) -> None:
    taken: set[tuple[int, int]] = set()
    for thing, place in board.laid_out():
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, thing.title
        assert place["x"] + place["w"] <= COLUMNS
        taken |= cells


def test_every_metric_that_is_asked_for_exists() -> None:
    questions = [*on_dashboards(), *(rule["expr"] for rule in rules()), *in_runbooks()]
    names = set().union(*map(asked, questions))
    assert names - BY_NAME.keys() - recorded() - OF_OTHERS == set()


def test_every_metric_is_on_a_dashboard_or_in_an_alert() -> None:
    names = set().union(*map(asked, [*on_dashboards(), *(rule["expr"] for rule in alerts())]))
    assert BY_NAME.keys() - names == ON_NOTHING.keys()


def test_every_recorded_series_is_asked_for() -> None:
    names = set().union(*map(asked, [*on_dashboards(), *(rule["expr"] for rule in rules())]))
    assert recorded() - names == set()


def test_a_label_that_a_dashboard_chooses_by_is_one_that_the_metric_has() -> None:
    wrong = []
    for expression in on_dashboards():
        for name, inside in re.findall(r"(interdict_\w+)\{([^}]*)\}", expression):
            (metric,) = asked(name)
            labels = set(re.findall(r"(\w+)[!=]?[=~]", inside)) - {"job", "instance", "le"}
            wrong += [(name, label) for label in labels - set(BY_NAME[metric].label_names)]
    assert wrong == []


def test_grafana_finds_its_data_source_and_its_dashboards() -> None:
    for board in DASHBOARDS:
        variables = {variable["name"]: variable for variable in board.to_json()["templating"]["list"]}
        assert variables["datasource"]["current"]["value"] == SOURCE["uid"]
        assert variables["instance"]["includeAll"]
        assert {target["datasource"]["uid"] for target in _targets(board)} == {"${datasource}"}
    mounts = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]["volumes"]
    assert f"./deploy/grafana/dashboards:{PROVIDER['options']['path']}:ro" in mounts


@pytest.mark.parametrize("board", DASHBOARDS, ids=lambda board: board.uid)
def test_a_dashboard_has_a_picture_that_is_quickly_loaded(board: Dashboard) -> None:
    path = ROOT / "docs" / "images" / f"dashboard-{path_of(board).stem}.png"
    assert path.stat().st_size < PICTURE_BYTES_MAX


def _targets(board: Dashboard) -> list[dict[str, Any]]:
    made = orjson.loads(written(board))["panels"]
    return [target for panel in made for target in panel.get("targets", ())]


def test_the_examples_hold() -> None:
    assert doctest.testmod(panels).failed == 0
