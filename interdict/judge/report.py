"""The figures of an evaluation as tables for people, and as JSON. No phone and no account number stands in either."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import orjson
from rich.table import Table

from interdict.judge.causes import Group
from interdict.judge.figures import Calibration, Figures, Rate, Share
from interdict.judge.flips import flips
from interdict.judge.known import Known, read_lines
from interdict.judge.measures import MEASURES, OFFICERS_MINUTES

WORDS = {"first": "first payment", "second": "second payment", "any": "any payment", "all": "all payments"}
DELAYS = {"any_measure": "to the first measure", "taking": "to the first that takes something"}
FEN = 100
SHOWN = 8
"""Places printed with a cause; the JSON has all."""
_Row = tuple[str, str, str, str]
_KINDS_COLUMNS: tuple[tuple[str, Literal["left", "right"]], ...] = (
    ("kind", "left"), ("person-days", "right"), ("measure", "left"), ("rate", "right"), ("95 % interval", "right"),
    ("days", "right"),
)  # fmt: skip


def as_json(found: Figures) -> bytes:
    """The figures, keys in order, with every cause and every place. The same figures give the same bytes."""
    return _dumped(asdict(found))


def _dumped(found: dict[str, Any]) -> bytes:
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(_plain(found), option=options)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if hasattr(value, "_asdict"):
        return value._asdict()
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def tables(found: Figures, groups: int) -> Iterator[Table]:
    """The one table of figures, and what lies behind them: kinds of people, reliability, causes."""
    yield _main(found)
    yield _kinds(found)
    yield _reliability("highest alert of a person-day, and a scam under way", "person-days", found.calibration)
    yield _reliability("payments as ordered, and a scam under way", "payments", found.calibration_of_payments)
    if groups:
        yield _causes("no payment stopped, by cause", "victims", found.misses, groups, "victim")
        yield _causes("wronged, by heaviest reasons", "person-days", found.wrongs, groups, "person")


def compared(before: Figures, after: Figures, groups: int) -> Iterator[Table]:
    """The figures before and after side by side, and who is concerned by the difference."""
    table = _titled(after, "before", "95 % interval", "after", "95 % interval")
    for section in SECTIONS:
        rows = [{what: (figure or counted, interval) for what, figure, interval, counted in section(one)}
                for one in (before, after)]  # fmt: skip
        for what in dict.fromkeys((*rows[0], *rows[1])):
            table.add_row(what, *(cell for side in rows for cell in side.get(what, ("-", ""))))
        table.add_section()
    yield table
    found = flips(before, after)
    if groups:
        yield _causes("missed before, stopped now; by cause before", "victims", found.stopped_now, groups, "victim")
        yield _causes("stopped before, missed now; by cause now", "victims", found.missed_now, groups, "victim")
        yield _causes("wronged anew, by heaviest reasons now", "persons", found.wronged_now, groups, "person")
        yield _causes("no longer wronged, by reasons before", "persons", found.spared_now, groups, "person")


def comparison_json(before: Figures, after: Figures) -> bytes:
    """Both and their difference; see `as_json`."""
    return _dumped({"before": asdict(before), "after": asdict(after), "flips": asdict(flips(before, after))})


def _main(found: Figures) -> Table:
    table = _titled(found, "figure", "95 % interval", "counted")
    for section in SECTIONS:
        for row in section(found):
            table.add_row(*row)
        table.add_section()
    return table


def _titled(found: Figures, *columns: str) -> Table:
    table = Table(
        title=f"{found.events:,} events, {found.people:,} people, {found.days} days, {found.victims} victims with "
        f"{found.payments:,} payments; carried out {found.latency_s:g} s after the command",
        caption="wronged, and minutes on honest people: per 10,000 honest person-days",
    )  # fmt: skip
    table.add_column("")
    for title in columns:
        table.add_column(title, justify="right", no_wrap=title != "counted")
    return table


def _of(what: str, share: Share) -> _Row:
    if not share.of:
        return what, "-", "", "0 of 0"
    interval = f"{share.low:.1%} - {share.high:.1%}"
    return what, f"{share.hits / share.of:.1%}", interval, f"{share.hits:,} of {share.of:,}"


def _saved(found: Figures) -> Iterator[_Row]:
    for name, words in WORDS.items():
        yield _of(f"victims: {words} stopped", found.stopped[name])
    money = found.money
    share = f"{money.stopped_minor / money.paid_minor:.1%}" if money.paid_minor else "-"
    yield "money stopped", share, "", f"{_cny(money.stopped_minor)} of {_cny(money.paid_minor)} CNY"
    yield "money lost after a first stop", "", "", f"{_cny(money.lost_after_stop_minor)} CNY"


def _cny(minor: int) -> str:
    return f"{minor / FEN:,.0f}"


def _in_time(found: Figures) -> Iterator[_Row]:
    for name, words in DELAYS.items():
        delay = found.delay[name]
        for share, seconds in (("median", delay.median_s), ("p90", delay.p90_s)):
            yield f"first evidence {words}, {share}", _span(seconds), "", f"{delay.victims} victims"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def _harm(found: Figures) -> Iterator[_Row]:
    for measure in MEASURES:
        one = found.wronged[measure]
        rate, counted = one.rate, f"{one.rate.person_days:,} days, {one.persons:,} people"
        yield f"wronged: {measure}", f"{rate.per_10000:.2f}", _interval(rate), counted
    for measure, one in found.wronged.items():
        if one.other_account_days:
            yield f"besides, accounts of nobody known: {measure}", "", "", f"{one.other_account_days:,} days"
    if found.commands_of_unknown:
        yield "people whom the truth does not know", "", "", f"{found.commands_of_unknown:,} commands"


def _effort(found: Figures) -> Iterator[_Row]:
    officers = found.officers
    for kind, minutes in OFFICERS_MINUTES.items():
        tasks = sum(officers.tasks[kind].values())
        yield f"officers' tasks: {kind}, ASSUMED {minutes:g} min each", f"{tasks:,}", "", f"{minutes * tasks:,.0f} min"
    each = officers.minutes_per_victim_saved
    yield (
        "officers' minutes per victim saved",
        "-" if each is None else f"{each:,.0f}",
        "",
        f"{officers.minutes:,.0f} min",
    )
    honest = officers.honest_minutes_per_10000
    yield "officers' minutes on honest people", f"{honest:,.0f}", "", f"{officers.minutes_for_honest:,.0f} min"


def _right(found: Figures) -> Iterator[_Row]:
    yield _of("typology right, of victims noticed", found.typology_right)
    yield _calibrated("alerts", found.calibration, "person-days with an alert")
    yield _calibrated("payments", found.calibration_of_payments, "payments ordered")


def _calibrated(of: str, calibration: Calibration, unit: str) -> _Row:
    error = "-" if calibration.expected_error is None else f"{calibration.expected_error:.3f}"
    return f"expected calibration error, {of}", error, "", f"{calibration.counted:,} {unit}"


SECTIONS: tuple[Callable[[Figures], Iterator[_Row]], ...] = (_saved, _in_time, _harm, _effort, _right)
"""Of the one table."""


def _kinds(found: Figures) -> Table:
    """A line for each kind of people and each measure that wronged any of them: most wronged nobody."""
    table = Table(title="wronged per 10,000 person-days, by kind of person")
    for column, justify in _KINDS_COLUMNS:
        table.add_column(column, justify=justify)
    spared = []
    for kind, one in found.by_kind.items():
        rows = [(name, one.wronged[name]) for name in MEASURES if one.wronged[name].person_days]
        who, days = kind, f"{one.honest_person_days:,}"
        for name, rate in rows:
            table.add_row(who, days, name, f"{rate.per_10000:.2f}", _interval(rate), f"{rate.person_days:,}")
            who = days = ""
        if not rows:
            spared.append(kind)
    if spared:
        table.caption = f"nobody wronged among: {', '.join(spared)}"
    return table


def _interval(rate: Rate) -> str:
    return f"{rate.low:.2f} - {rate.high:.2f}"


def _reliability(title: str, unit: str, calibration: Calibration) -> Table:
    table = Table(title=title)
    for column in ("score", unit, "mean score", "true"):
        table.add_column(column, justify="right")
    for one in calibration.bins:
        table.add_row(f"{one.low:.1f} - {one.high:.1f}", f"{one.days:,}", f"{one.mean_score:.4f}", f"{one.share:.4f}")
    return table


def _causes(title: str, unit: str, groups: tuple[Group, ...], most: int, who: str) -> Table:
    table = Table(title=title)
    for name, right in ((unit, True), ("cause", False), ("heaviest reasons", False), (who, False)):
        table.add_column(name, justify="right" if right else "left")
    for group in groups[:most]:
        places = ", ".join(map(str, group.places[:SHOWN]))
        places += ", ..." if len(group.places) > SHOWN else ""
        table.add_row(f"{group.count:,}", group.cause, ", ".join(group.codes) or "-", places)
    if rest := groups[most:]:
        table.add_row(f"{sum(group.count for group in rest):,}", f"{len(rest)} other causes", "", "")
    return table


def truth_table(path: Path) -> Table:
    """What a truth file holds, by kind of line.

    Raises:
        OSError: it cannot be read.
        TruthError: it is none.
    """
    lines = tuple(read_lines(path))
    run = Known(lines, str(path)).run
    table = Table(title=f"seed {run.seed}, split {run.split}, {run.days} days")
    table.add_column("line")
    table.add_column("count", justify="right")
    for kind, count in sorted(Counter(line.record for line in lines).items()):
        table.add_row(kind, f"{count:,}")
    return table
