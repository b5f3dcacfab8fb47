"""Draws what the dashboards show, from a real Prometheus's answers: `python -m deploy.grafana.picture`.

It plays a quarter of an hour of a city by the wall clock, on Apache Kafka with two workers, asks Prometheus what
Grafana would ask, and draws every panel where its dashboard has it. It is not Grafana's own rendering, and each picture
says so. Needs Java and Maven, Debian's prometheus, and matplotlib: the extra `pictures`.
"""

import argparse
import asyncio
import io
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, MultipleLocator
from PIL import Image

from deploy.grafana.build import DASHBOARDS
from deploy.grafana.city import Watched, substituted, watched
from deploy.grafana.panels import COLUMNS, INSTANT, LEVEL_COLOURS, Dashboard, Panel, Row
from deploy.kafka.cluster import KafkaCluster
from deploy.prometheus.server import Series
from interdict.city.simulate import Plan

FOLDER = Path(__file__).parents[2] / "docs" / "images"
SECONDS = 900.0
PLAN = Plan(
    seed=7, population=4000, duration_s=SECONDS, rate=150.0, scams_per_typology=3, duplicate_fraction=0.01,
    late_fraction=0.01,
)  # fmt: skip
STEP_S = 5
BAR_S = 30
RATE_S = 60
SETTLED_S = 30
"""Left out at the beginning: workers were still starting."""

UNIT_W, UNIT_H, DPI = 0.68, 0.36, 100
"""Inches of one grid unit, and dots of an inch."""
MARGIN, HEAD, FOOT = 0.22, 0.85, 0.3
GAP = 0.09
INK, FAINT, EDGE, PAPER = "#1f2933", "#5f6c7b", "#d5dbe1", "#f3f5f7"
COLOURS = {
    "green": "#2e9e5b", "yellow": "#e0b400", "orange": "#ef7f1a", "red": "#d6354a", "blue": "#2f7ed8", "text": FAINT,
}  # fmt: skip
PALETTE = (
    "#2f7ed8", "#ef7f1a", "#2e9e5b", "#8e5bd0", "#d6354a", "#17a2a8", "#e0b400", "#b0527a", "#6b7a8c", "#84b839",
    "#5767c9", "#c98a3b", "#3f9cc4",
)  # fmt: skip
ROWS_MAX = 9
TEXT_W = 0.072
"""Inches of a character of small text, about."""
ZONE = ZoneInfo("Asia/Shanghai")


class Answer(NamedTuple):
    """What Prometheus gave for one query of a panel."""

    legend: str
    series: Sequence[Series]


Answers = Mapping[str, Sequence[Answer]]
"""By panel's title."""


def ask(city: Watched, board: Dashboard) -> Answers:
    """Everything that a dashboard asks for."""
    start, end = city.start + SETTLED_S, city.end
    found = {}
    for panel in board.panels():
        answers = []
        for query in panel.queries:
            expression = substituted(
                query.expr, interval=f"{BAR_S}s", rate_interval=f"{RATE_S}s", period=f"{int(end - city.start)}s"
            )
            if panel.kind in INSTANT:
                series = city.prometheus.query(expression, end)
            else:
                step = BAR_S if panel.kind in ("bars", "heatmap") else STEP_S
                series = city.prometheus.query_range(expression, start, end, step)
            answers.append(Answer(query.legend, [_with_names(city, one) for one in series]))
        found[panel.title] = answers
    return found


def _with_names(city: Watched, series: Series) -> Series:
    """Workers called as in the compose file, not by a port of this machine."""
    names = {address: f"worker-{number}" for number, address in enumerate(city.workers, 1)}
    labels = {label: names.get(value, value) for label, value in series.labels.items()}
    return Series(labels, series.points)


# -- figures and words ------------------------------------------------------------------------------------------------


def _scaled(value: float, base: float, names: Sequence[str]) -> str:
    """A value in its largest fitting unit."""
    for name in names[:-1]:
        if abs(value) < base:
            return f"{_plain(value)}{name}"
        value /= base
    return f"{_plain(value)}{names[-1]}"


def _plain(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _seconds(value: float) -> str:
    if value == 0:
        return "0 s"
    if abs(value) < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g} s" if value < 120 else f"{value / 60:.3g} min"


UNITS: Mapping[str, Callable[[float], str]] = {
    "s": _seconds,
    "ops": lambda v: f"{_scaled(v, 1000, ('', ' k', ' M'))}/s",
    "percentunit": lambda v: f"{v * 100:.4g} %",
    "currencyCNY": lambda v: f"¥{v:,.0f}" if v < 1e6 else f"¥{v / 1e6:.2f} M",
    "bytes": lambda v: _scaled(v, 1024, (" B", " KiB", " MiB", " GiB")),
    "short": lambda v: _scaled(v, 1e4, ("", " 0k")) if abs(v) < 1e4 else _scaled(v, 1000, ("", " k", " M", " G")),
}


def said(panel: Panel, value: float) -> str:
    """A value as the panel words it."""
    if not math.isfinite(value):
        return "no data"
    if (word := panel.words.get(int(value))) and value == int(value):
        return word[0]
    if panel.unit == "short" and panel.decimals is not None:
        return f"{value:,.{panel.decimals}f}"
    if panel.unit == "percentunit" and panel.decimals is not None:
        return f"{value * 100:.{panel.decimals}f} %"
    return UNITS[panel.unit](value)


def _colour(panel: Panel, value: float) -> str:
    colour = panel.steps[0].colour
    for step in panel.steps:
        if step.value is None or value >= step.value:
            colour = step.colour
    if (word := panel.words.get(int(value) if math.isfinite(value) else -1)) is not None:
        colour = word[1]
    return COLOURS[colour]


def _named(answer: Answer, series: Series) -> str:
    name = answer.legend
    for label, value in series.labels.items():
        name = name.replace(f"{{{{{label}}}}}", value)
    return name


def _lines(panel: Panel, answers: Sequence[Answer]) -> list[tuple[str, np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Every series of a panel: its name, times and values, those with data only."""
    found = []
    for answer in answers:
        for series in sorted(answer.series, key=lambda one: _named(answer, one)):
            at, values = np.array(series.points).T
            if np.isfinite(values).any():
                found.append((_named(answer, series), at, values))
    return found


def _painted(names: Sequence[str]) -> list[Any]:
    """A colour for each: levels have their own, and a median is a paler one."""
    painted: list[Any] = []
    for place, name in enumerate(names):
        level, _, quantile = name.partition(" ")
        colour = COLOURS[level] if level in LEVEL_COLOURS else PALETTE[place % len(PALETTE)]
        painted.append(to_rgba(colour, 0.45) if quantile == "p50" else colour)
    return painted


# -- kinds of panel ---------------------------------------------------------------------------------------------------


def _stat(ax: Axes, panel: Panel, answers: Sequence[Answer]) -> None:
    points = [series.points[-1][1] for answer in answers for series in answer.series]
    value = points[-1] if points else math.nan
    ax.axis("off")
    ax.add_patch(Rectangle((0, -0.02), 1, 0.07, color=_colour(panel, value), transform=ax.transAxes, lw=0))
    words = said(panel, value)
    ax.text(0.5, 0.52, words, ha="center", va="center", fontsize=19 if len(words) < 9 else 16, color=INK, weight="bold",
            transform=ax.transAxes)  # fmt: skip


def _dated(ax: Axes, panel: Panel) -> None:
    ax.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=6))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%H:%M", tz=ZONE))
    ax.yaxis.set_major_formatter(FuncFormatter(_tick_words(panel, ax.get_ylim()[1])))
    ax.grid(axis="y", color=EDGE, lw=0.6)
    ax.set_axisbelow(True)


def _tick_words(panel: Panel, highest: float) -> Callable[[float, int], str]:
    """What is written at a tick: bytes all in one unit."""
    if panel.unit == "bytes":
        unit = _ticked_in(panel, highest)
        name = ("B", "KiB", "MiB", "GiB")[round(math.log(unit, 1024))]
        return lambda value, _: f"{value / unit:.3g} {name}"
    return lambda value, _: UNITS[panel.unit](value)


def _times(at: np.ndarray[Any, Any]) -> list[datetime]:
    return [datetime.fromtimestamp(moment, ZONE) for moment in at]


def _filled(
    at: np.ndarray[Any, Any], times: np.ndarray[Any, Any], values: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Values on a common time axis; nought where there are none."""
    known = dict(zip(times.tolist(), np.nan_to_num(values).tolist(), strict=True))
    return np.array([known.get(moment, 0.0) for moment in at.tolist()])


def _series(ax: Axes, panel: Panel, answers: Sequence[Answer]) -> None:
    found = _lines(panel, answers)
    if not found:
        _nothing(ax)
        return
    names = [name for name, _, _ in found]
    colours = _painted(names)
    at = np.unique(np.concatenate([times for _, times, _ in found]))
    if panel.kind == "bars":
        _bars(ax, panel, at, [_filled(at, times, values) for _, times, values in found], colours)
    elif panel.stacked:
        ax.stackplot(_times(at), [_filled(at, *rest) for _, *rest in found], colors=colours, alpha=0.8, lw=0)
    else:
        for (_, times, values), colour in zip(found, colours, strict=True):
            ax.plot(_times(times), values, color=colour, lw=1.4)
    every = np.concatenate([values[np.isfinite(values)] for _, _, values in found])
    _limits(ax, panel, float(every.max()), whole=panel.unit == "short" and bool((every == every.round()).all()))
    _dated(ax, panel)
    _legend(ax, panel, names, colours)


def _bars(ax: Axes, panel: Panel, at: Any, rows: list[Any], colours: list[Any]) -> None:
    """Bars on top of one another, or beside one another."""
    under = np.zeros(len(at))
    width = BAR_S / 86_400 * 0.82
    if not panel.stacked:
        width /= len(rows)
    for place, (row, colour) in enumerate(zip(rows, colours, strict=True)):
        shift = 0.0 if panel.stacked else (place - (len(rows) - 1) / 2) * width
        x = np.array(mdates.date2num(_times(at))) + shift
        ax.bar(x, row, width, bottom=under if panel.stacked else None, color=colour, lw=0)
        under = under + row


def _ticked_in(panel: Panel, highest: float) -> float:
    """The unit of the y axis, in the panel's own: minutes for long seconds, KiB and so on for bytes."""
    if panel.unit == "bytes":
        return 1024.0 ** min(int(math.log(max(highest, 1), 1024)), 3)
    return 60.0 if panel.unit == "s" and highest > 120 else 1.0


def _ticks(panel: Panel, highest: float, *, whole: bool) -> Locator:
    """Round figures, in the unit in which they are written."""
    if panel.unit == "percentunit" and panel.maximum:
        return MultipleLocator(panel.maximum / 4)
    unit = _ticked_in(panel, highest)
    if unit > 1:
        step = MaxNLocator(4).tick_values(0, highest / unit)[1] * unit
        return MultipleLocator(step)
    return MaxNLocator(4, integer=whole)


def _limits(ax: Axes, panel: Panel, highest: float, *, whole: bool) -> None:
    """The y axis: from nought, and thresholds where the data come anywhere near them."""
    if panel.logarithmic:
        ax.set_yscale("log")
    else:
        ax.set_ylim(
            0, panel.maximum * 1.05 if panel.maximum else max(ax.get_ylim()[1], 1.1 * highest) if highest else 1
        )
        ax.yaxis.set_major_locator(_ticks(panel, ax.get_ylim()[1], whole=whole))
    if len(panel.steps) > 1:
        for step in panel.steps:
            if step.value is not None and (panel.logarithmic or step.value <= 2.5 * highest):
                ax.axhline(step.value, color=COLOURS[step.colour], lw=1.1, ls=(0, (4, 3)))


def _legend(ax: Axes, panel: Panel, names: Sequence[str], colours: Sequence[Any]) -> None:
    """A list under the panel, in as many columns as fit."""
    columns, rows = _listed(panel, names)
    if not rows:
        return
    handles = [Rectangle((0, 0), 1, 1, color=colour) for colour in colours]
    deep = panel.height * UNIT_H - 0.45 - _below(panel, names)
    ax.legend(
        handles, list(names), loc="upper left", bbox_to_anchor=(-0.04, -0.3 / deep), ncol=columns, frameon=False,
        fontsize=7.5, handlelength=0.9, handleheight=0.8, columnspacing=1.1, labelspacing=0.3, handletextpad=0.45,
        borderaxespad=0, labelcolor=FAINT,
    )  # fmt: skip


def _listed(panel: Panel, names: Sequence[str]) -> tuple[int, int]:
    """How many columns and rows a legend takes; no rows where there is nothing to say."""
    if not any(names):
        return 1, 0
    longest = max(map(len, names))
    columns = max(1, min(len(names), int((panel.width * UNIT_W - 0.4) / (longest * TEXT_W + 0.3))))
    return columns, math.ceil(len(names) / columns)


def _below(panel: Panel, names: Sequence[str]) -> float:
    """Inches under the axes: the times, and the legend."""
    return 0.42 + 0.16 * _listed(panel, names)[1]


def _ranking(ax: Axes, panel: Panel, answers: Sequence[Answer]) -> None:
    found = [(_named(answer, s), s.points[-1][1]) for answer in answers for s in answer.series][:ROWS_MAX][::-1]
    if not found:
        _nothing(ax)
        return
    names, values = zip(*found, strict=True)
    ax.barh(names, values, color=COLOURS[panel.steps[-1].colour], height=0.62)
    for place, value in enumerate(values):
        ax.text(value, place, f" {said(panel, value)}", va="center", fontsize=8, color=INK)
    ax.set_xlim(0, max(values) * 1.32)
    ax.xaxis.set_visible(False)
    ax.tick_params(axis="y", length=0, labelsize=8)
    for side in ax.spines.values():
        side.set_visible(False)


def _table(ax: Axes, panel: Panel, answers: Sequence[Answer]) -> None:
    rows: dict[tuple[str, ...], dict[str, float]] = {}
    for answer in answers:
        for series in answer.series:
            labels = tuple(series.labels.get(label, "") for label in panel.columns)
            rows.setdefault(labels, {})[answer.legend] = series.points[-1][1]
    ax.axis("off")
    if not rows:
        _nothing(ax)
        return
    values = [answer.legend for answer in answers]
    ranked = sorted(rows.items(), key=lambda row: -row[1].get(values[0], -1))
    cells = [[*labels, *(said(panel, row[name]) if name in row else "" for name in values)] for labels, row in ranked]
    heads = [*panel.columns.values(), *values]
    _write_rows(ax, panel, heads, cells[: panel.height + 1], len(panel.columns))


def _write_rows(ax: Axes, panel: Panel, heads: list[str], cells: list[list[str]], left: int) -> None:
    """Labels to the left, figures to the right of their columns."""
    widths = [max(len(row[place]) for row in [heads, *cells]) + 2 for place in range(len(heads))]
    edges = np.concatenate([[0], np.cumsum(widths)]) / sum(widths)
    line = 0.235 / ((panel.height * UNIT_H) - 0.55)
    y = 1 - line / 2
    for number, row in enumerate([heads, *cells]):
        for place, text in enumerate(row):
            right = place >= left
            ax.text(edges[place + 1] - 0.012 if right else edges[place], y, text, ha="right" if right else "left",
                    va="center", fontsize=8, color=FAINT if number == 0 else INK,
                    weight="bold" if number == 0 else "normal", transform=ax.transAxes)  # fmt: skip
        ax.plot([0, 1], [y - line / 2] * 2, color=EDGE, lw=0.6, transform=ax.transAxes, clip_on=False)
        y -= line
        if y < line / 2:
            return


def _heatmap(ax: Axes, panel: Panel, answers: Sequence[Answer]) -> None:
    (answer,) = answers
    ranked = sorted(answer.series, key=lambda series: float(series.labels["le"]))
    if not ranked:
        _nothing(ax)
        return
    at = np.unique(np.concatenate([np.array(series.points).T[0] for series in ranked]))
    under = np.array([_filled(at, *np.array(series.points).T) for series in ranked])
    counts = np.diff(under, axis=0, prepend=0).clip(0)
    edges = np.append(mdates.date2num(_times(at)), mdates.date2num(_times(at[-1:] + BAR_S)))
    shown = np.ma.masked_less(counts, 0.2)
    mesh = ax.pcolormesh(edges, np.arange(len(ranked) + 1), shown, cmap="YlOrRd", vmin=0, lw=0.4, edgecolor="white")
    limits = [float(series.labels["le"]) for series in ranked]
    ax.set_yticks(range(1, len(limits)), [_seconds(limit) for limit in limits[:-1]], fontsize=7.5)
    ax.axhline(limits.index(2.0) + 1, color=COLOURS["red"], lw=1.1, ls=(0, (4, 3)))
    ax.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=6))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%H:%M", tz=ZONE))
    bar = ax.figure.colorbar(mesh, ax=ax, pad=0.012, aspect=26)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=7, length=0, labelcolor=FAINT)


def _timeline(ax: Axes, panel: Panel, answers: Sequence[Answer]) -> None:
    found = _lines(panel, answers)[::-1]
    if not found:
        _nothing(ax)
        return
    for place, (_, at, values) in enumerate(found):
        for moment, value in zip(at, values, strict=True):
            left = mdates.date2num(datetime.fromtimestamp(moment, ZONE))
            ax.barh(place, STEP_S / 86_400 * 1.05, left=left, height=0.6, color=_colour(panel, value), lw=0)
        ax.text(0.015, place, said(panel, float(values[-1])), va="center", fontsize=8, color="white",
                weight="bold", transform=ax.get_yaxis_transform())  # fmt: skip
    ax.set_yticks(range(len(found)), [name for name, _, _ in found], fontsize=8)
    ax.set_ylim(-0.6, len(found) - 0.4)
    ax.margins(x=0)
    ax.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=6))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%H:%M", tz=ZONE))


def _nothing(ax: Axes) -> None:
    ax.axis("off")
    ax.text(0.5, 0.5, "none", ha="center", va="center", color=FAINT, fontsize=10, transform=ax.transAxes)


DRAW: Mapping[str, Callable[[Axes, Panel, Sequence[Answer]], None]] = {
    "stat": _stat, "lines": _series, "bars": _series, "ranking": _ranking, "table": _table, "heatmap": _heatmap,
    "timeline": _timeline,
}  # fmt: skip


# -- the sheet --------------------------------------------------------------------------------------------------------


def draw(board: Dashboard, answers: Answers, when: str) -> Figure:
    """One dashboard on one sheet.

    Args:
        board: what to draw, and where.
        answers: what Prometheus gave.
        when: the time that it shows, in words.
    """
    mpl.rcParams.update(
        {"font.family": "DejaVu Sans", "axes.edgecolor": EDGE, "xtick.color": FAINT, "ytick.color": FAINT}
    )
    places = list(board.laid_out())
    deep = max(place["y"] + place["h"] for _, place in places)
    wide, high = COLUMNS * UNIT_W + 2 * MARGIN, deep * UNIT_H + HEAD + FOOT
    figure = Figure(figsize=(wide, high), dpi=DPI, facecolor=PAPER)
    _caption(figure, board, when, wide, high)
    for thing, place in places:
        left, top = MARGIN + place["x"] * UNIT_W, high - HEAD - place["y"] * UNIT_H
        if isinstance(thing, Row):
            figure.text(
                (left + GAP / 2) / wide, (top - 0.25) / high, thing.title, fontsize=11, weight="bold", color=INK
            )
            continue
        _card(figure, thing, answers[thing.title], (left, top, place["w"] * UNIT_W, place["h"] * UNIT_H), (wide, high))
    return figure


def _caption(figure: Figure, board: Dashboard, when: str, wide: float, high: float) -> None:
    figure.text(MARGIN / wide, (high - 0.36) / high, board.title, fontsize=17, weight="bold", color=INK)
    words = f"{when} of a simulated city. Drawn from Prometheus's data: this is not Grafana's own rendering."
    figure.text(MARGIN / wide, (high - 0.64) / high, words, fontsize=9.5, color=FAINT)


def _card(figure: Figure, panel: Panel, answers: Sequence[Answer], box: Any, sheet: Any) -> None:
    """The panel's frame and title, and in it whatever its kind draws."""
    (left, top, width, height), (wide, high) = box, sheet
    figure.add_artist(
        FancyBboxPatch(
            ((left + GAP / 2) / wide, (top - height + GAP / 2) / high), (width - GAP) / wide, (height - GAP) / high,
            boxstyle="round,pad=0,rounding_size=0.0025", mutation_aspect=wide / high, facecolor="white",
            edgecolor=EDGE, lw=0.8, transform=figure.transFigure, zorder=-1,
        )
    )  # fmt: skip
    figure.text((left + 0.15) / wide, (top - 0.26) / high, panel.title, fontsize=9, weight="bold", color=INK)
    inner = _inside(panel, answers)
    ax = figure.add_axes((
        (left + inner[0]) / wide, (top - height + inner[1]) / high,
        (width - inner[0] - inner[2]) / wide, (height - inner[1] - inner[3]) / high,
    ))  # fmt: skip
    ax.set_facecolor("none")
    ax.tick_params(labelsize=8, length=0)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    DRAW[panel.kind](ax, panel, answers)


def _inside(panel: Panel, answers: Sequence[Answer]) -> tuple[float, float, float, float]:
    """Room left around the axes, inches: left, bottom, right, top."""
    names = [_named(answer, series) for answer in answers for series in answer.series] or [""]
    widest = max(map(len, names)) * TEXT_W
    if panel.kind == "stat":
        return 0.15, 0.16, 0.15, 0.4
    if panel.kind == "table":
        return 0.18, 0.14, 0.18, 0.42
    if panel.kind == "ranking":
        return 0.3 + widest, 0.15, 0.15, 0.42
    if panel.kind == "timeline":
        return 0.3 + widest, 0.38, 0.2, 0.45
    if panel.kind == "heatmap":
        return 0.75, 0.38, 0.1, 0.45
    drawn = [name for name, _, _ in _lines(panel, answers)]
    return 0.75, _below(panel, drawn), 0.2, 0.45


def saved(figure: Figure) -> bytes:
    """A PNG of few colours: a quarter of the size, and no difference to the eye."""
    raw = io.BytesIO()
    figure.savefig(raw, format="png")
    small = io.BytesIO()
    Image.open(raw).convert("RGB").quantize(160, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


async def _draw_all(folder: Path, seconds: float) -> None:
    async with watched(PLAN, seconds, KafkaCluster(), workers=2, strict=False) as city:
        when = f"{(city.end - city.start - SETTLED_S) / 60:.0f} minutes"
        for board in DASHBOARDS:
            answers = await asyncio.to_thread(ask, city, board)
            path = folder / f"dashboard-{board.uid.removeprefix('interdict-')}.png"
            path.write_bytes(saved(draw(board, answers, when)))
            print(path, f"{path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw docs/images/dashboard-*.png anew.")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long the city is played")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    asked = parser.parse_args()
    asyncio.run(_draw_all(asked.folder, asked.seconds))
