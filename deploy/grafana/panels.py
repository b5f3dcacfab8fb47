"""What a dashboard is made of, and the JSON that Grafana reads.

A dashboard is rows, a row is panels from left to right, a panel is queries and how they are shown. What can be said
once for all of them is said here; the three tables of data are `centre.py`, `pipeline.py` and `reliability.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

COLUMNS = 24
"""Grafana's grid."""
SCHEMA_VERSION = 41
"""Of the classic dashboard model, as Grafana 11.6 and 12 write it; later ones read it."""
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"
LEVEL_COLOURS = {"red": "red", "orange": "orange", "yellow": "yellow", "blue": "blue"}

Kind = Literal["stat", "lines", "bars", "ranking", "table", "heatmap", "timeline"]
GRAFANA_TYPE: Mapping[Kind, str] = {
    "stat": "stat", "lines": "timeseries", "bars": "timeseries", "ranking": "bargauge", "table": "table",
    "heatmap": "heatmap", "timeline": "state-timeline",
}  # fmt: skip
INSTANT: tuple[Kind, ...] = ("ranking", "table")
"""Shown as they are now; the others over the time that is looked at."""


class Query(NamedTuple):
    """One PromQL expression, and how its series are called: a legend with `{{label}}`, or a table's column."""

    expr: str
    legend: str = ""


class Step(NamedTuple):
    """From this value on, this colour."""

    colour: str
    value: float | None = None
    """None: from the beginning."""


@dataclass(frozen=True)
class Panel:
    """One panel."""

    kind: Kind
    title: str
    says: str
    """What it shows and when to worry, for whoever hovers over it."""
    queries: tuple[Query, ...]
    unit: str
    """Grafana's name of it: s, ops, percentunit, currencyCNY, bytes, short ..."""
    width: int
    height: int = 8
    steps: tuple[Step, ...] = (Step(GREEN),)
    """Thresholds; on lines they are drawn where there are several."""
    words: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """What a value is called instead, and its colour."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Of a table: the labels that it shows, and what it calls them."""
    decimals: int | None = None
    stacked: bool = False
    maximum: float | None = None
    logarithmic: bool = False


class Row(NamedTuple):
    """Panels under one heading, left to right; they wrap."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Dashboard:
    """One dashboard."""

    uid: str
    title: str
    says: str
    rows: tuple[Row, ...]
    since: str = "now-6h"
    refresh: str = "15s"

    def panels(self) -> Iterator[Panel]:
        """Every panel, in order."""
        for row in self.rows:
            yield from row.panels

    def laid_out(self) -> Iterator[tuple[Row | Panel, dict[str, int]]]:
        """Every heading and panel with its place on the grid: x, y, w, h."""
        y = 0
        for row in self.rows:
            yield row, {"x": 0, "y": y, "w": COLUMNS, "h": 1}
            y += 1
            x = tallest = 0
            for panel in row.panels:
                if x + panel.width > COLUMNS:
                    x, y, tallest = 0, y + tallest, 0
                yield panel, {"x": x, "y": y, "w": panel.width, "h": panel.height}
                x, tallest = x + panel.width, max(tallest, panel.height)
            y += tallest

    def to_json(self) -> dict[str, Any]:
        """Grafana's classic dashboard model."""
        panels = [_json_of(thing, place, number) for number, (thing, place) in enumerate(self.laid_out(), 1)]
        return {
            "uid": self.uid, "title": self.title, "description": self.says, "tags": ["interdict"],
            "schemaVersion": SCHEMA_VERSION, "version": 1, "editable": False, "graphTooltip": 1, "timezone": "browser",
            "refresh": self.refresh, "time": {"from": self.since, "to": "now"}, "fiscalYearStartMonth": 0,
            "annotations": {"list": []}, "templating": {"list": _variables()}, "panels": panels,
            "links": [{"type": "dashboards", "title": "Interdict", "tags": ["interdict"], "asDropdown": False,
                       "includeVars": True, "keepTime": True, "targetBlank": False, "icon": "external link"}],
        }  # fmt: skip


# -- queries ----------------------------------------------------------------------------------------------------------


def of(metric: str, *conditions: str) -> str:
    """The series of a metric, of the workers that were chosen.

    >>> of("interdict_ready")
    'interdict_ready{job="interdict",instance=~"$instance"}'
    """
    chosen = ",".join(('job="interdict"', 'instance=~"$instance"', *conditions))
    return f"{metric}{{{chosen}}}"


def total(by: str, expression: str) -> str:
    """Summed over everything but some labels, or over everything.

    >>> total("", "up"), total("topic, reason", "up")
    ('sum(up)', 'sum by (topic, reason) (up)')
    """
    return f"sum by ({by}) ({expression})" if by else f"sum({expression})"


def rate(metric: str, by: str = "", *conditions: str) -> str:
    """How often a second, as it is now."""
    return total(by, f"rate({of(metric, *conditions)}[$__rate_interval])")


def within(metric: str, by: str = "", *conditions: str) -> str:
    """How many within the time that is looked at. A series that began meanwhile counts whole: `increase` does not see
    the step from nothing to its first value, and of rare things that is most of them."""
    series = of(metric, *conditions)
    return total(by, f"({series} unless {series} offset $__range) or increase({series}[$__range])")


def each(metric: str, by: str = "", *conditions: str) -> str:
    """How many within each bar: whole numbers, which `increase` does not give."""
    series = of(metric, *conditions)
    return total(by, f"clamp_min({series} - ({series} offset $__interval or 0 * {series}), 0)")


def quantile(q: float, metric: str, by: str = "", *conditions: str, window: str = "$__rate_interval") -> str:
    """A quantile of a histogram, in its unit, as it is now."""
    rates = f"rate({of(metric + '_bucket', *conditions)}[{window}])"
    return f"histogram_quantile({q}, {total('le, ' + by if by else 'le', rates)})"


def quantile_within(q: float, metric: str, by: str = "", *conditions: str) -> str:
    """A quantile over all of the time that is looked at, of something rare (see `within`)."""
    return f"histogram_quantile({q}, {within(metric + '_bucket', 'le, ' + by if by else 'le', *conditions)})"


# -- JSON -------------------------------------------------------------------------------------------------------------


def _variables() -> list[dict[str, Any]]:
    everything = {"text": "All", "value": "$__all"}
    asked = 'label_values(up{job="interdict"}, instance)'
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "regex": "",
         "current": {"text": "Prometheus", "value": "interdict-prometheus"}, "options": [], "refresh": 1, "hide": 0,
         "includeAll": False, "multi": False, "skipUrlSync": False},
        {"name": "instance", "label": "Worker", "type": "query", "datasource": DATASOURCE, "definition": asked,
         "query": {"query": asked, "refId": "workers"}, "regex": "", "current": everything, "options": [], "refresh": 2,
         "hide": 0, "includeAll": True, "allValue": ".*", "multi": True, "sort": 1, "skipUrlSync": False},
    ]  # fmt: skip


def _json_of(thing: Row | Panel, place: dict[str, int], number: int) -> dict[str, Any]:
    if isinstance(thing, Row):
        return {"id": number, "type": "row", "title": thing.title, "collapsed": False, "gridPos": place, "panels": []}
    made = {
        "id": number, "type": GRAFANA_TYPE[thing.kind], "title": thing.title, "description": thing.says,
        "datasource": DATASOURCE, "gridPos": place, "targets": list(_targets(thing)),
        "fieldConfig": {"defaults": _defaults(thing), "overrides": list(_overrides(thing))},
        "options": OPTIONS[thing.kind], "transformations": list(_transformations(thing)),
    }  # fmt: skip
    return made | ({"interval": "1m"} if thing.kind == "bars" else {})


def _targets(panel: Panel) -> Iterator[dict[str, Any]]:
    instant = panel.kind in INSTANT
    shape = "table" if panel.kind == "table" else "heatmap" if panel.kind == "heatmap" else "time_series"
    for letter, query in zip("ABCDEFGHIJKL", panel.queries, strict=False):
        yield {
            "refId": letter, "expr": query.expr, "legendFormat": query.legend or "__auto", "datasource": DATASOURCE,
            "editorMode": "code", "format": shape, "instant": instant, "range": not instant,
        }  # fmt: skip


def _defaults(panel: Panel) -> dict[str, Any]:
    made: dict[str, Any] = {
        "unit": panel.unit,
        "color": {"mode": "thresholds" if panel.kind in ("stat", "timeline", "ranking") else "palette-classic"},
        "thresholds": {"mode": "absolute", "steps": [{"color": s.colour, "value": s.value} for s in panel.steps]},
        "mappings": [
            {"type": "value", "options": {str(value): {"text": text, "color": colour, "index": place}}}
            for place, (value, (text, colour)) in enumerate(panel.words.items())
        ],
        "custom": _custom(panel),
    }
    if panel.decimals is not None:
        made["decimals"] = panel.decimals
    if panel.kind in ("lines", "bars", "ranking"):
        made["min"] = 0
    if panel.maximum is not None:
        made["max"] = panel.maximum
    return made


def _custom(panel: Panel) -> dict[str, Any]:
    """How one kind of panel draws its fields."""
    if panel.kind == "timeline":
        return {"fillOpacity": 80, "lineWidth": 0}
    if panel.kind not in ("lines", "bars"):
        return {}
    return {
        "drawStyle": "bars" if panel.kind == "bars" else "line",
        "lineWidth": 1, "fillOpacity": 70 if panel.kind == "bars" else 25 if panel.stacked else 8,
        "showPoints": "never", "spanNulls": False, "axisPlacement": "auto",
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "scaleDistribution": {"type": "log", "log": 10} if panel.logarithmic else {"type": "linear"},
        "thresholdsStyle": {"mode": "dashed" if len(panel.steps) > 1 else "off"},
    }  # fmt: skip


def _overrides(panel: Panel) -> Iterator[dict[str, Any]]:
    if any(query.legend == "{{level}}" for query in panel.queries):
        for level, colour in LEVEL_COLOURS.items():
            yield {
                "matcher": {"id": "byName", "options": level},
                "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
            }


def _transformations(panel: Panel) -> Iterator[dict[str, Any]]:
    """A table: one row for each set of labels, one column for each query, and no columns besides."""
    if panel.kind != "table":
        return
    yield {"id": "merge", "options": {}}
    values = {
        f"Value #{letter}" if len(panel.queries) > 1 else "Value": query.legend
        for letter, query in zip("ABCDEFGHIJKL", panel.queries, strict=False)
    }
    hidden = {"Time": True} | {name: True for name in values if not values[name]}
    names = {**panel.columns, **{name: legend for name, legend in values.items() if legend}}
    order = {name: place for place, name in enumerate(names)}
    yield {"id": "organize", "options": {"excludeByName": hidden, "renameByName": names, "indexByName": order}}


_REDUCED = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
_SERIES = {"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "desc"}}
OPTIONS: Mapping[Kind, dict[str, Any]] = {
    "stat": {"reduceOptions": _REDUCED, "colorMode": "background", "graphMode": "none", "textMode": "auto",
             "justifyMode": "center", "orientation": "auto", "wideLayout": True},
    "lines": _SERIES,
    "bars": _SERIES,
    "ranking": {"reduceOptions": _REDUCED, "displayMode": "basic", "orientation": "horizontal", "valueMode": "color",
                "showUnfilled": True, "minVizHeight": 12, "minVizWidth": 8, "namePlacement": "auto", "sizing": "auto"},
    "table": {"showHeader": True, "cellHeight": "sm",
              "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""}},
    "heatmap": {"calculate": False, "cellGap": 1, "rowsFrame": {"layout": "auto"}, "showValue": "never",
                "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64, "exponent": 0.5, "fill": "dark-orange",
                          "reverse": False},
                "yAxis": {"unit": "s", "axisPlacement": "left"}, "legend": {"show": True},
                "tooltip": {"mode": "single", "yHistogram": True}, "filterValues": {"le": 1e-9}},
    "timeline": {"mergeValues": True, "showValue": "auto", "rowHeight": 0.8, "alignValue": "left", "legend": _LEGEND,
                 "tooltip": {"mode": "single", "sort": "none"}},
}  # fmt: skip
