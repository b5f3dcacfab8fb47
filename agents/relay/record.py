"""The case record that leaves: the case file in the words of the contract, cut to its bounds."""

import re
from collections.abc import Iterable

from agents.relay import case as c
from agents.relay.takings import IN_FORCE, MEASURES
from schemas.cases import (
    ACTOR_CHARS_MAX,
    MOMENT_TEXT_CHARS_MAX,
    MOMENTS_LEFT_OUT_MAX,
    REMARK_CHARS_MAX,
    TAKEN_MAX,
    CaseRecord,
    Moment,
    Taken,
)


def case_record(case: c.CaseFile, subscriber: str, policy_version: str) -> CaseRecord:
    """The record of a case as it stands."""
    return CaseRecord(
        case_id=case.case_id, subscriber=subscriber, area=case.area, state=case.state, level=case.level,
        typology=case.typology, score=case.score, opened_at=case.opened_at, updated_at=case.updated_at,
        contacted_at=case.contacted_at or None, closed_at=case.closed_at or None,
        closed_as=case.closed_as if case.state == "closed" else None, taken=_taken(case.taken),
        timeline=tuple(map(_moment, case.timeline)), moments_left_out=min(case.left_out, MOMENTS_LEFT_OUT_MAX),
        policy_version=policy_version,
    )  # fmt: skip


def _moment(moment: c.Moment) -> Moment:
    return Moment(
        at=moment.at, what=moment.what, text=_line(moment.text, MOMENT_TEXT_CHARS_MAX) or "…",
        actor=_line(moment.actor, ACTOR_CHARS_MAX), command_id=moment.command_id, event_id=moment.event_id,
        note=_line(moment.note, REMARK_CHARS_MAX),
    )  # fmt: skip


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def _line(text: str | None, longest: int) -> str | None:
    """A text in one line, cut where it is too long; None for one that says nothing."""
    line = _CONTROLS.sub(" ", text or "").strip()
    return (line if len(line) <= longest else line[: longest - 1] + "…") or None


def _taken(takings: Iterable[c.Taking]) -> tuple[Taken, ...]:
    """What was taken, oldest first; where that is too much, what is in force goes before what is not any more."""
    taken = [one for taking in takings if (one := _one(taking)) is not None]
    while len(taken) > TAKEN_MAX:
        over = next((place for place, one in enumerate(taken) if one.status not in IN_FORCE), 0)
        del taken[over]
    return tuple(taken)


def _one(taking: c.Taking) -> Taken | None:
    """What was taken; None for what ends by itself and cannot be given back."""
    action = MEASURES[taking.measure].action
    if action == "force_login":
        return None
    return Taken(
        command_id=taking.command_id, action=action, target=taking.target, until=taking.until, status=taking.status
    )
