"""Each miss and each wrong with the heaviest reasons of its decision, grouped by cause. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from interdict.judge.known import Victim
from interdict.judge.ledger import Cover, Fate, Ledger
from schemas.fields import LEVELS

MISS_CODES = 1
"""The heaviest reasons of the highest alert that tell one cause of misses from another: they are few enough."""


@dataclass(frozen=True)
class Group:
    """Misses, or wronged person-days, that have a cause in common."""

    cause: str
    """What went wrong; of wrongs the measure."""
    codes: tuple[str, ...]
    """Of the heaviest reasons; of a miss those of its highest alert."""
    count: int
    """Victims; of wrongs person-days."""
    places: tuple[int, ...]
    """Victims, or persons wronged, by their places in the truth."""


class Miss(NamedTuple):
    """A victim of whom no payment was stopped, and what was done."""

    victim: Victim
    fate: Fate
    covers: tuple[Cover, ...]
    """Measures on the accounts of the payments."""


def _level(miss: Miss) -> str:
    return LEVELS[-miss.fate.highest.rank] if miss.fate.highest else "none"


def _took_nothing(miss: Miss) -> bool:
    """Whether the victim was left to a talk, or to nothing."""
    return not miss.covers and miss.fate.first_taking_at is None


def _too_late(miss: Miss) -> bool:
    """Whether all that could have stopped some payment came once it was gone."""
    last = max(payment.posted_at for payment in miss.victim.payments)
    return all(cover.starts_at >= last for cover in miss.covers)


def _too_little(miss: Miss) -> bool:
    """Whether a measure was in force at a payment, bound to another transfer or to less money."""
    return any(
        cover.starts_at < payment.posted_at and cover.ends_at > payment.occurred_at
        for cover in miss.covers
        for payment in miss.victim.payments
    )


CAUSES: tuple[tuple[Callable[[Miss], bool], Callable[[Miss], str]], ...] = (
    (lambda miss: miss.victim.evidence_from is None, lambda _: "nothing of it is in the recording"),
    (lambda miss: miss.fate.highest is None, lambda _: "no alert"),
    (_took_nothing, lambda miss: f"nothing taken at {_level(miss)}"),
    (lambda miss: not miss.covers, lambda miss: f"taken from others than it was paid between, at {_level(miss)}"),
    (_too_late, lambda _: "measures when all was paid"),
    (_too_little, lambda _: "measures of less money, or of another transfer"),
    (lambda _: True, lambda _: "measures given back, or run out, before the next payment"),
)  # fmt: skip
"""The first that fits is the cause of a miss."""


def misses(ledger: Ledger, missed: Iterable[Victim]) -> tuple[Group, ...]:
    """Victims of whom no payment was stopped, by cause; the most frequent first."""
    found: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for victim in missed:
        accounts = {account for one in victim.payments for account in (one.account, one.payee_account)}
        covers = tuple(cover for account in accounts for cover in ledger.covers[account])
        miss = Miss(victim, ledger.fates[victim.truth.scam_id], covers)
        cause = next(words(miss) for is_it, words in CAUSES if is_it(miss))
        codes = miss.fate.highest.codes[:MISS_CODES] if miss.fate.highest else ()
        found.setdefault((cause, codes), []).append(victim.place)
    return _by_count(Group(*key, len(places), tuple(sorted(places))) for key, places in found.items())


def wrongs(ledger: Ledger) -> tuple[Group, ...]:
    """Wronged person-days by measure and reasons; the most frequent first."""
    return _by_count(
        Group(*cause, count, tuple(sorted(ledger.places[cause]))) for cause, count in ledger.causes.items()
    )


def _by_count(groups: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(sorted(groups, key=lambda group: (-group.count, group.cause, group.codes)))
