"""The figures of an evaluation, counted from its ledger. Pure. What each means stands in docs/evaluation.md."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from interdict.city.town.truth import PaymentTruth
from interdict.judge.causes import Group, misses, wrongs
from interdict.judge.known import Known, Standing, Victim
from interdict.judge.ledger import Cover, Ledger
from interdict.judge.measures import MEASURES, OFFICERS_MINUTES
from interdict.judge.statistics import Bin, calibration_error, moved, quantile, reliability, wilson
from schemas.spans import SECOND_MS

PER = 10_000
"""Person-days that the wronged are told of."""


@dataclass(frozen=True)
class Share:
    """So many of so many, with the 95 % interval (see `wilson`)."""

    hits: int
    of: int
    low: float
    high: float


@dataclass(frozen=True)
class Money:
    """Of all payments of all victims, CNY in fen."""

    paid_minor: int
    stopped_minor: int
    lost_after_stop_minor: int
    """What a victim lost by payments decided after the first one that was stopped."""


@dataclass(frozen=True)
class Delay:
    """From the first event of a scam that the recording has to the first measure taken on its victim."""

    victims: int
    """With both; the others have no such time."""
    median_s: float | None
    p90_s: float | None


@dataclass(frozen=True)
class Rate:
    """Honest person-days on which a measure was taken, a person counted once a day, with the 95 % interval."""

    person_days: int
    per_10000: float
    low: float
    high: float


@dataclass(frozen=True)
class Wronged:
    """Whom a measure wronged."""

    rate: Rate
    persons: int
    tried_persons: int
    """Of them, those whom scammers tried in vain at some time of the run: when, the truth does not tell."""
    other_account_days: int
    """Besides: days of accounts whose owner the truth does not know, that served no gang and took no victim's money."""


@dataclass(frozen=True)
class OfKind:
    """Honest people of one kind."""

    honest_person_days: int
    wronged: Mapping[str, Rate]
    """By measure."""


@dataclass(frozen=True)
class Officers:
    """What officers had to do. The minutes of a task are assumed: `OFFICERS_MINUTES`."""

    tasks: Mapping[str, Mapping[str, int]]
    """By kind, and by how the person stood when the task was given."""
    minutes: float
    minutes_for_honest: float
    minutes_per_victim_saved: float | None
    """All minutes over the victims of whom some payment was stopped. It goes by how many victims a town has: at a
    district's true rate there are hundreds of times fewer."""
    honest_minutes_per_10000: float
    """Minutes on honest people per 10,000 honest person-days, which does not."""


@dataclass(frozen=True)
class Calibration:
    """The score at the highest alert of each person-day that has one, beside whether a scam was then under way. The
    population is what was alerted, not all person-days: of the others no score leaves the engine. Days of a person
    after a scam are left out. Victims are as frequent as in the recording, and a policy that says how frequent they are
    in its district has its scores' odds moved to there: a probability can only be compared where it is one."""

    counted: int
    """Person-days."""
    bins: tuple[Bin, ...]
    expected_error: float | None


@dataclass(frozen=True)
class Figures:
    """All of an evaluation."""

    latency_s: float
    events: int
    people: int
    days: int
    honest_person_days: int
    victims: int
    payments: int
    stopped: Mapping[str, Share]
    """Victims by payment: first, second, any, all; of those who made it."""
    money: Money
    delay: Mapping[str, Delay]
    wronged: Mapping[str, Wronged]
    by_kind: Mapping[str, OfKind]
    officers: Officers
    typology_right: Share
    """Of victims with an alert while the scam was under way: that of the highest is the truth's."""
    calibration: Calibration
    calibration_of_payments: Calibration
    """The same of every payment that a person whom the truth knows ordered, alerted or not: the score then, beside
    whether a scam on the payer was under way. Counted are payments."""
    misses: tuple[Group, ...]
    wrongs: tuple[Group, ...]
    commands_of_unknown: int


def figures(ledger: Ledger, *, latency_s: float, events: int, base_rate: float | None = None) -> Figures:
    """Count everything, once the recordings are over.

    Args:
        ledger: what was seen.
        latency_s: how late commands were carried out.
        events: of the recordings.
        base_rate: people who begin to fall for a scam, a person-day, where scores are probabilities; None where they
            are taken as they are.
    """
    known = ledger.known
    stopped = {victim.truth.scam_id: stops(victim, ledger) for victim in known.victims}
    exposed = {person: (known.honest_days(person) & known.recorded_days).bit_count() for person in known.persons}
    honest = sum(exposed.values())
    saved = _saved(stopped.values())
    return Figures(
        latency_s=latency_s,
        events=events,
        people=len(known.persons),
        days=known.recorded_days.bit_count(),
        honest_person_days=honest,
        victims=sum(victim.evidence_from is not None for victim in known.victims),
        payments=sum(map(len, stopped.values())),
        stopped=saved,
        money=_money(known, stopped),
        delay=_delays(ledger),
        wronged={measure: _wronged(ledger, measure, honest) for measure in MEASURES},
        by_kind=_by_kind(ledger, exposed),
        officers=_officers(ledger, saved["any"].hits, honest),
        typology_right=_typology(ledger),
        calibration=_calibration(ledger, base_rate),
        calibration_of_payments=_calibrated(ledger.payments()),
        misses=misses(
            ledger, [one for one in known.victims if stopped[one.truth.scam_id] and not any(stopped[one.truth.scam_id])]
        ),
        wrongs=wrongs(ledger),
        commands_of_unknown=ledger.commands_of_unknown,
    )


def stops(victim: Victim, ledger: Ledger) -> list[bool]:
    """Of each payment of a victim on a recorded day, in order, whether it was stopped before it posted."""
    return [
        any(
            covers(cover, payment)
            for account in {payment.account, payment.payee_account}
            for cover in ledger.covers[account]
        )
        for payment in recorded(victim, ledger.known)
    ]


def recorded(victim: Victim, known: Known) -> list[PaymentTruth]:
    """The payments of a victim on days that a recording has, in order."""
    return [payment for payment in victim.payments if known.is_recorded(payment.occurred_at)]


def covers(cover: Cover, payment: PaymentTruth) -> bool:
    """Whether a measure on one of its accounts stopped a payment: in force at some time between `initiated` and
    `posted`, not bound to another transfer, and not to less money than it moves."""
    return (
        cover.starts_at < payment.posted_at
        and cover.ends_at > payment.occurred_at
        and (cover.amount_minor is None or cover.amount_minor >= payment.amount_minor)
        and (cover.transaction_id is None or cover.transaction_id == payment.transaction_id)
    )


def _share(hits: int, of: int) -> Share:
    return Share(hits, of, *wilson(hits, of))


def _saved(stopped: Iterable[list[bool]]) -> dict[str, Share]:
    paid = [one for one in stopped if one]
    again = [one for one in paid if len(one) > 1]
    return {
        "first": _share(sum(one[0] for one in paid), len(paid)),
        "second": _share(sum(one[1] for one in again), len(again)),
        "any": _share(sum(map(any, paid)), len(paid)),
        "all": _share(sum(map(all, paid)), len(paid)),
    }


def _money(known: Known, stopped: Mapping[str, list[bool]]) -> Money:
    paid = kept = lost = 0
    for victim in known.victims:
        once = False
        for payment, is_stopped in zip(recorded(victim, known), stopped[victim.truth.scam_id], strict=True):
            paid += payment.amount_minor
            kept += payment.amount_minor if is_stopped else 0
            lost += payment.amount_minor if once and not is_stopped else 0
            once |= is_stopped
    return Money(paid, kept, lost)


def _delays(ledger: Ledger) -> dict[str, Delay]:
    found: dict[str, list[float]] = {"any_measure": [], "taking": []}
    for victim in ledger.known.victims:
        fate = ledger.fates[victim.truth.scam_id]
        for name, at in (("any_measure", fate.first_word_at), ("taking", fate.first_taking_at)):
            if at is not None and victim.evidence_from is not None:
                found[name].append((at - victim.evidence_from) / SECOND_MS)
    return {name: Delay(len(times), quantile(times, 0.5), quantile(times, 0.9)) for name, times in found.items()}


def _wronged(ledger: Ledger, measure: str, honest: int) -> Wronged:
    of = ledger.wronged[measure]
    return Wronged(
        rate=_rate(sum(mask.bit_count() for mask in of.values()), honest),
        persons=len(of),
        tried_persons=sum(ledger.known.persons[person].was_tried for person in of),
        other_account_days=sum(mask.bit_count() for mask in ledger.others[measure].values()),
    )


def _rate(days: int, of: int) -> Rate:
    low, high = wilson(days, of)
    return Rate(days, PER * days / of if of else 0.0, PER * low, PER * high)


def _by_kind(ledger: Ledger, exposed: Mapping[str, int]) -> dict[str, OfKind]:
    persons = ledger.known.persons
    days: dict[str, int] = {}
    counts: dict[str, dict[str, int]] = {}
    for person, count in exposed.items():
        kind = persons[person].kind
        days[kind] = days.get(kind, 0) + count
    for measure in MEASURES:
        for person, mask in ledger.wronged[measure].items():
            of = counts.setdefault(persons[person].kind, dict.fromkeys(MEASURES, 0))
            of[measure] += mask.bit_count()
    return {
        kind: OfKind(of, {measure: _rate(counts.get(kind, {}).get(measure, 0), of) for measure in MEASURES})
        for kind, of in sorted(days.items())
    }


def _officers(ledger: Ledger, saved: int, honest: int) -> Officers:
    tasks = {kind: {standing.value: ledger.tasks[kind, standing] for standing in Standing} for kind in OFFICERS_MINUTES}
    minutes = sum(OFFICERS_MINUTES[kind] * sum(counts.values()) for kind, counts in tasks.items())
    vain = sum(OFFICERS_MINUTES[kind] * counts[Standing.HONEST.value] for kind, counts in tasks.items())
    return Officers(tasks, minutes, vain, minutes / saved if saved else None, PER * vain / honest if honest else 0.0)


def _typology(ledger: Ledger) -> Share:
    seen = [(one, ledger.fates[one.truth.scam_id].highest) for one in ledger.known.victims]
    right = [noticed.typology == victim.truth.typology for victim, noticed in seen if noticed is not None]
    return _share(sum(right), len(right))


def _calibration(ledger: Ledger, base_rate: float | None) -> Calibration:
    scored: list[tuple[float, bool]] = []
    odds = ledger.known.odds(base_rate)
    for person, days in ledger.scores.items():
        honest, danger = ledger.known.honest_days(person), ledger.known.danger_days(person)
        scored += [
            (moved(noticed.score, odds), bool(danger & 1 << day))
            for day, noticed in days.items()
            if (honest | danger) & 1 << day
        ]
    return _calibrated(reliability(scored))


def _calibrated(bins: tuple[Bin, ...]) -> Calibration:
    return Calibration(sum(one.days for one in bins), bins, calibration_error(bins))
