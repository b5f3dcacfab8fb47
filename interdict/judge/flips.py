"""What became otherwise between two judged replays of the same recordings: who, grouped by cause. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from interdict.judge.causes import Group
from interdict.judge.figures import Figures


@dataclass(frozen=True)
class Flips:
    """Each group's count is that of its places."""

    stopped_now: tuple[Group, ...]
    """Victims of whom no payment was stopped before and some is after, by what went wrong before."""
    missed_now: tuple[Group, ...]
    """Victims of whom some payment was stopped before and none is after, by what goes wrong after."""
    wronged_now: tuple[Group, ...]
    """Persons wronged by a measure after who were not wronged by it before, by measure and its reasons after."""
    spared_now: tuple[Group, ...]
    """Persons wronged by a measure before who are not wronged by it after, by measure and its reasons before."""


def flips(before: Figures, after: Figures) -> Flips:
    """What became otherwise."""
    return Flips(
        stopped_now=_only(before.misses, after.misses),
        missed_now=_only(after.misses, before.misses),
        wronged_now=_only(after.wrongs, before.wrongs, by_cause=True),
        spared_now=_only(before.wrongs, after.wrongs, by_cause=True),
    )


def _only(groups: Iterable[Group], others: Iterable[Group], *, by_cause: bool = False) -> tuple[Group, ...]:
    """Of groups, the places that others have not; where the cause counts, that others have not with the same cause."""
    elsewhere: dict[str, set[int]] = {}
    for other in others:
        elsewhere.setdefault(other.cause if by_cause else "", set()).update(other.places)
    found = []
    for group in groups:
        held = elsewhere.get(group.cause if by_cause else "", set())
        if places := tuple(place for place in group.places if place not in held):
            found.append(Group(group.cause, group.codes, len(places), places))
    return tuple(sorted(found, key=lambda group: (-group.count, group.cause, group.codes)))
