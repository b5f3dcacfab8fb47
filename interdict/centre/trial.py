"""`interdict policy test`: recordings under the policy that holds and under a file, and what would change."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from interdict.centre.policies import Given, Holding, out, plain, say
from interdict.judge.commands import write_json
from interdict.judge.evaluation import Against
from interdict.judge.report import compared, comparison_json
from interdict.replay.player import Play, Replay, Shown, Writer, seldom_collecting
from interdict.replay.recordings import STDIN, Recordings
from interdict.topology import load_pipelines
from schemas.cases import ClosedAs
from schemas.fields import LEVELS, Level
from schemas.topics import POLICIES
from streams.core.engine import Outgoing
from streams.settings import Settings


class Deed(NamedTuple):
    """What a command is to whom it concerns. Under another policy the case it belongs to may have another id."""

    what: str
    level: Level
    subscriber: str
    target: str


@dataclass
class Tally:
    """What a replay led to."""

    deeds: dict[Deed, list[int]] = field(default_factory=dict)
    """When each was commanded, event time, Unix ms."""
    alerts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By level and person."""
    cases: dict[str, str] = field(default_factory=dict)
    """By case, how it closed."""

    def take(self, record: Outgoing) -> None:
        """Count what concerns people; a dead letter does not."""
        if record.output is None:
            return
        kind, value = record.output.topic.kind, record.output.value
        if kind == "action":
            self.deeds.setdefault(_deed(value), []).append(value.issued_at)
        elif kind == "alert" and hasattr(value, "subscriber"):
            self.alerts[value.level or "none", value.subscriber] += 1
        elif kind == "case":
            self.cases[value.case_id] = value.closed_as or "open"

    def by_person(self) -> dict[str, Counter[Any]]:
        """Everything that happens to each person, but for its times."""
        told: dict[str, Counter[Any]] = {}
        for deed, times in self.deeds.items():
            told.setdefault(deed.subscriber, Counter())[deed] += len(times)
        for (level, person), count in self.alerts.items():
            told.setdefault(person, Counter())[level] += count
        return told


def _deed(command: Any) -> Deed:
    what = f"{command.action}, {command.channel}" if command.action == "dissuade" else command.action
    target = next((got for name in ("account", "handle", "scope") if (got := getattr(command, name, None))), "")
    return Deed(what, command.level, command.subscriber, target)


class Judged(NamedTuple):
    """By what the two replays are judged besides, and how it is told."""

    against: Against
    json: Path | None
    groups: int
    """Causes that are printed."""


def try_out(
    given: Given, held: Holding, files: list[Path], folder: Path | None, settings: Settings, console: Console,
    *, to_the_end: bool, judged: Judged | None = None,
) -> None:  # fmt: skip
    """`interdict policy test`: the recordings under what holds and under a file, and what would change.

    Args:
        given: the policy of the file.
        held: what holds.
        files: recordings. Policies among their records are left out: both replays keep their own.
        folder: where the records of both go, under `old` and `new`; None for nowhere.
        settings: grace and idleness, as a worker's.
        console: where progress is told.
        to_the_end: see `Replay.run`.
        judged: None where nothing is known of what really was.
    """
    name = plain(given.name)
    live = {one.name: one.policy for one in held.values() if not one.is_shadow}
    policies = {"old": live, "new": {**live, name: given.policy}}
    tallies, judgings = [], [] if judged is None else [judged.against.judging() for _ in policies]
    with seldom_collecting(), Recordings(files) as recordings:
        for place, (which, these) in enumerate(policies.items()):
            play = judgings[place].play if judgings else Replay.play
            title = f"`{name}` {these[name].policy_version} ({which})"
            into = None if folder is None else folder / which
            tallies.append(_replayed(title, these, recordings, into, settings, console, play, to_the_end=to_the_end))
    if judged is not None and judged.json == STDIN:
        write_json(judged.json, comparison_json(*(judging.figures() for judging in judgings)))
        return
    for part in _compared(*tallies):
        say(part) if isinstance(part, str) else out.print(part)
    if judged is not None:
        before, after = (judging.figures() for judging in judgings)
        write_json(judged.json, comparison_json(before, after))
        for table in compared(before, after, judged.groups):
            out.print(table)


def _replayed(
    title: str, policies: Mapping[str, BaseModel], recordings: Recordings, folder: Path | None, settings: Settings,
    console: Console, play: Play, *, to_the_end: bool,
) -> Tally:  # fmt: skip
    pipelines = load_pipelines(policies)
    for pipeline in pipelines:
        pipeline.broadcasts = tuple(topic for topic in pipeline.broadcasts if topic is not POLICIES)
    tally, count = Tally(), 0
    with _writing(folder) as write, Shown(console, f" under {title}") as shown:
        replay = Replay(
            pipelines, settings.late_ms_max, settings.idle_ms, shown, unnamed_idle_ms=settings.unnamed_idle_ms
        )
        for record in play(replay, recordings, to_the_end=to_the_end):
            write(record)
            tally.take(record)
            count += 1
    left_out = f", {replay.skipped:,} lines of policies and other topics left out" if replay.skipped else ""
    console.print(f"under {escape(title)}: {count:,} records produced{left_out}", soft_wrap=True)
    return tally


@contextmanager
def _writing(folder: Path | None) -> Iterator[Callable[[Outgoing], None]]:
    if folder is None:
        yield lambda _: None
        return
    with Writer(folder) as writer:
        yield writer.write


def _compared(old: Tally, new: Tally) -> Iterator[Table | str]:
    """What would change, in counts."""
    yield _deeds_table(old, new)
    yield from _shifts(old, new)
    yield _counts_table("alerts", (*LEVELS, "none"), *(_by_first(tally.alerts) for tally in (old, new)))
    yield _counts_table("cases closed as", CLOSED, *(Counter(tally.cases.values()) for tally in (old, new)))
    yield _people(old.by_person(), new.by_person())


CLOSED = (*get_args(ClosedAs), "open")


def _by_first(counts: Counter[tuple[str, str]]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (first, _), count in counts.items():
        totals[first] += count
    return totals


def _deeds_table(old: Tally, new: Tally) -> Table:
    """Commands by action and level: those of one side, and those of both."""
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for deed in sorted(old.deeds.keys() | new.deeds.keys(), key=lambda deed: (deed.what, LEVELS.index(deed.level))):
        before, after = len(old.deeds.get(deed, ())), len(new.deeds.get(deed, ()))
        row = counts.setdefault((deed.what, deed.level), Counter())
        row.update({"only old": max(0, before - after), "only new": max(0, after - before), "both": min(before, after)})
    return _with_totals(("command", "level"), ("only old", "only new", "both"), counts)


def _counts_table(what: str, kinds: Iterable[str], old: Counter[str], new: Counter[str]) -> Table:
    return _with_totals((what,), ("old", "new"), {(kind,): {"old": old[kind], "new": new[kind]} for kind in kinds})


def _with_totals(
    words: tuple[str, ...], numbers: tuple[str, ...], rows: Mapping[tuple[str, ...], Mapping[str, int]]
) -> Table:
    """A table with words to the left, numbers to the right, and their sums below."""
    table = Table(show_footer=True)
    for word in words:
        table.add_column(word, "total" if word == words[0] else "")
    for number in numbers:
        table.add_column(number, f"{sum(row[number] for row in rows.values()):,}", justify="right")
    for said, counts in rows.items():
        table.add_row(*said, *(f"{counts[number]:,}" for number in numbers))
    return table


def _shifts(old: Tally, new: Tally) -> Iterator[str]:
    """How many commands of both sides come at another time: minutes count."""
    both = old.deeds.keys() & new.deeds.keys()
    pairs = [pair for deed in both for pair in zip(sorted(old.deeds[deed]), sorted(new.deeds[deed]), strict=False)]
    for word, sign in (("earlier", -1), ("later", 1)):
        seconds = [sign * (after - before) / 1000 for before, after in pairs if sign * (after - before) > 0]
        if seconds:
            yield f"of both, {len(seconds):,} come {word} under the new, by {median(seconds):,.0f} s at the median"


def _people(old: dict[str, Counter[Any]], new: dict[str, Counter[Any]]) -> str:
    """How many persons anything changes for. Never who."""
    changed = sum(old.get(person) != new.get(person) for person in old.keys() | new.keys())
    return (
        f"persons affected: {changed:,} of {len(old.keys() | new.keys()):,}; {len(new.keys() - old.keys()):,} only "
        f"under the new, {len(old.keys() - new.keys()):,} only under the old"
    )
