"""Officers, executors and the persons they speak to: what becomes of a command. Seeded by the command's id.

A row says how likely each course of things is, and when each word of it comes. Shares are made up, plausible, and meant
to bring every arrow of the relay's table into play: some do not answer, some refuse, some orders fail.
"""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any, NamedTuple

from interdict.city.simulate.plan import Record
from schemas.topics import outcomes_of

Word = tuple[str, float, float]
"""Outcome, and the seconds after the word before it, from and to."""


class Course(NamedTuple):
    """One way in which it may go."""

    share: float
    words: tuple[Word, ...]


_ACK: Word = ("acknowledged", 2, 20)
COURSES: Mapping[str, tuple[Course, ...]] = {
    "sms": (
        Course(0.75, (("executed", 1, 4),)),
        Course(0.15, (("executed", 1, 4), ("reached", 60, 400), ("persuaded", 20, 60))),
        Course(0.10, (("failed", 1, 4),)),
    ),
    "bot": (
        Course(0.35, (("acknowledged", 1, 3), ("unreachable", 25, 45))),
        Course(0.30, (("acknowledged", 1, 3), ("reached", 8, 25), ("persuaded", 30, 90))),
        Course(0.25, (("acknowledged", 1, 3), ("reached", 8, 25), ("refused", 10, 40))),
        Course(0.10, (("failed", 1, 4),)),
    ),
    "call": (
        Course(0.50, (_ACK, ("reached", 10, 60), ("persuaded", 60, 240))),
        Course(0.18, (_ACK, ("reached", 10, 60), ("refused", 20, 90))),
        Course(0.20, (_ACK, ("unreachable", 30, 90))),
        Course(0.12, ()),
    ),
    "visit": (
        Course(0.80, (_ACK, ("reached", 240, 780), ("persuaded", 120, 400))),
        Course(0.10, (_ACK, ("unreachable", 300, 900))),
        Course(0.10, (_ACK, ("reached", 240, 780), ("refused", 60, 200))),
    ),
    "measure": (
        Course(0.90, (("acknowledged", 0.2, 1), ("executed", 0.5, 3))),
        Course(0.06, (("acknowledged", 0.2, 1), ("failed", 0.5, 3))),
        Course(0.04, (("rejected", 0.5, 3),)),
    ),
    "give_back": (
        Course(0.95, (("acknowledged", 0.2, 1), ("executed", 0.5, 3))),
        Course(0.05, (("acknowledged", 0.2, 1), ("failed", 0.5, 3))),
    ),
    "approve": (Course(0.8, (("approved", 8, 40),)), Course(0.2, (("declined", 8, 40),))),
    "by_hand": (Course(1.0, (("acknowledged", 10, 60),)),),
}  # fmt: skip
ACTORS: Mapping[str, str] = {
    "sms": "sms gateway", "bot": "voice bot", "call": "officer", "visit": "patrol", "measure": "executor",
    "give_back": "executor", "approve": "duty officer", "by_hand": "duty officer",
}  # fmt: skip


def words_of(command: Mapping[str, Any], victims: frozenset[str] | None = None) -> list[Record]:
    """What will be told of a command.

    Args:
        command: as it was produced.
        victims: who is really being defrauded; anybody else who is reached turns out a false alarm. None for everybody.
    """
    kind = _kind(command)
    rng = Random(command["command_id"])
    course = _drawn(COURSES[kind], rng)
    at, told = float(command["issued_at"]), []
    for outcome, low, high in course.words:
        at += rng.uniform(low, high) * 1000
        harmless = outcome in ("persuaded", "refused") and victims is not None and command["subscriber"] not in victims
        told.append(_record(command, kind, "false_alarm" if harmless else outcome, int(at)))
    return told


def _kind(command: Mapping[str, Any]) -> str:
    action = command["action"]
    if action == "dissuade":
        return "by_hand" if command["channel"] == "desk" else str(command["channel"])
    if action == "approve":
        return "approve"
    return "give_back" if action in ("restore", "release") else "measure"


def _drawn(courses: Iterable[Course], rng: Random) -> Course:
    choices = tuple(courses)
    return rng.choices(choices, [course.share for course in choices])[0]


def _record(command: Mapping[str, Any], kind: str, outcome: str, at: int) -> Record:
    about = command["about"] if kind == "approve" else command["command_id"]
    topic = outcomes_of(outcome, command["action"], command.get("channel"))
    unit = command.get("unit")
    value = {
        "command_id": about, "occurred_at": at, "subscriber": command["subscriber"], "outcome": outcome,
        "actor": f"{ACTORS[kind]} {unit}" if unit else ACTORS[kind], "note": None, "schema_version": 1,
    }  # fmt: skip
    return Record(topic.name, command["subscriber"], value, at)
