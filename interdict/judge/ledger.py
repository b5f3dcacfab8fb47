"""What is kept while a replay goes by: an account for each person and each victim, and nothing of the rest."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, NamedTuple

from interdict.judge.known import Known, Standing, Victim
from interdict.judge.measures import ENDS, MEASURES, OF_ACCOUNTS, OFFICERS_MINUTES, TAKINGS, kind_of
from interdict.judge.statistics import Bin, Tally
from schemas.fields import LEVELS
from schemas.spans import DAY_MS
from schemas.topics import SUBSCRIBERS, TRANSACTIONS
from streams.core.lanes import Entry

CODES = 2
"""The heaviest reasons that tell one cause of wrongs from another."""
Cause = tuple[str, tuple[str, ...]]
"""A measure, and the codes of its heaviest reasons."""


@dataclass
class Cover:
    """A measure on an account that may stop payments."""

    measure: str
    starts_at: int
    """When the executor did it, Unix ms."""
    ends_at: int
    amount_minor: int | None
    """No payment of more is stopped by it; None for any."""
    transaction_id: str | None
    """The only transfer it concerns; None for all of the account."""


class Noticed(NamedTuple):
    """An alert; the highest compares highest."""

    rank: int
    """Of its level; red is 0, blue -3."""
    score: float
    at: int
    typology: str
    codes: tuple[str, ...]


@dataclass
class Fate:
    """What was done about one victim while the scam was under way."""

    highest: Noticed | None = None
    first_word_at: int | None = None
    """When the first command of any kind took effect, Unix ms."""
    first_taking_at: int | None = None


class Ledger:
    """The accounts of a replay.

    Args:
        known: the truth.
        latency_ms: how long after its issue a command takes effect.
    """

    def __init__(self, known: Known, latency_ms: int) -> None:
        self.known = known
        self._latency_ms = latency_ms
        self.wronged: dict[str, dict[str, int]] = {measure: {} for measure in MEASURES}
        """By measure, of each honest person, a bit for each day on which it was taken."""
        self.others: dict[str, dict[str, int]] = {measure: {} for measure in MEASURES}
        """By measure the same of accounts that are neither a known person's nor a gang's, nor took a victim's money."""
        self.causes: Counter[Cause] = Counter()
        """Wronged person-days."""
        self.places: dict[Cause, set[int]] = {}
        """Who was wronged by a cause, by their places in the truth."""
        self.scores: dict[str, dict[int, Noticed]] = {}
        """Of each person, the highest alert of each day."""
        self._payments = Tally()
        self._uncertain: list[tuple[str, int, float]] = []
        """Payments of persons who are deceived at some time of the run: when that is over is known at the end."""
        self.fates: dict[str, Fate] = {victim.truth.scam_id: Fate() for victim in known.victims}
        self.covers: dict[str, list[Cover]] = {account: [] for account in known.scam_payees | known.scam_payers}
        self.tasks: Counter[tuple[str, Standing]] = Counter()
        """Officers' tasks, by kind and by how the person stood."""
        self.commands_of_unknown = 0
        """Commands about persons whom the truth does not know: they count nowhere."""
        self._owners: dict[str, str] = {}
        self._next_day_at = 0
        """The midnight after the latest entry, Unix ms: entries come in order of time."""

    def see(self, entry: Entry) -> None:
        """An entry of a recording passes: whose accounts are whose, and when what the truth calls evidence happened."""
        event = entry.event
        if event is None:
            return
        if entry.at >= self._next_day_at:
            self.known.record(entry.at)
            self._next_day_at = entry.at - (entry.at - self.known.run.starts_at) % DAY_MS + DAY_MS
        topic = entry.record.topic
        if topic == SUBSCRIBERS.name:
            for account in event.accounts:
                self._own(account, event.subscriber)
            return
        if topic == TRANSACTIONS.name and event.subscriber is not None:
            self._own(event.payer_account, event.subscriber)
        victim = self.known.by_event.get(getattr(event, "event_id", ""))
        if victim is not None:
            victim.see(entry.at)

    def _own(self, account: str, person: str) -> None:
        if person in self.known.persons:
            self._owners[account] = person

    def alert(self, alert: Any) -> None:
        """A change of a person's risk."""
        if alert.level is None or (day := self.known.day_of(alert.occurred_at)) is None:
            return
        noticed = Noticed(
            -LEVELS.index(alert.level), alert.score, alert.occurred_at, alert.typology, codes_of(alert.reasons)
        )
        if alert.subscriber in self.known.persons:
            days = self.scores.setdefault(alert.subscriber, {})
            days[day] = max(days.get(day, noticed), noticed, key=_height)
        if scam := self.known.scam_at(alert.subscriber, alert.occurred_at):
            fate = self.fates[scam.truth.scam_id]
            fate.highest = max(fate.highest or noticed, noticed, key=_height)

    def payment(self, person: str, at: int, chance: float) -> None:
        """A payment is ordered, and the score of who orders it is then so high, whatever was said of it."""
        if person in self.known.scams:
            self._uncertain.append((person, at, chance))
        elif person in self.known.persons:
            self._payments.add(chance, is_true=False)

    def payments(self) -> tuple[Bin, ...]:
        """The reliability table of payments ordered, once the recordings are over: was a scam under way? Those of days
        after a scam, of which that is not known, are left out."""
        tally = deepcopy(self._payments)
        for person, at, chance in self._uncertain:
            standing = self.known.standing(person, at)
            if standing is not Standing.OVER:
                tally.add(chance, is_true=standing is Standing.IN_DANGER)
        return tally.bins()

    def command(self, command: Any) -> None:
        """A command leaves; it takes effect after the latency, unless it has expired by then."""
        kind, at = kind_of(command), command.issued_at + self._latency_ms
        standing = self.known.standing(command.subscriber, command.issued_at)
        if kind in OFFICERS_MINUTES:
            self.tasks[kind, standing] += 1
        if kind in ENDS:
            for cover in self.covers.get(command.account, ()):
                cover.ends_at = min(cover.ends_at, at)
        if kind not in MEASURES or at > command.expires_at:
            return
        if standing is Standing.UNKNOWN and command.subscriber is not None:
            self.commands_of_unknown += 1
        if scam := self.known.scam_at(command.subscriber, command.issued_at):
            self._count_for(scam, kind, at)
        if kind in OF_ACCOUNTS and command.account in self.covers:
            self.covers[command.account].append(
                Cover(
                    kind, at, command.expires_at, command.amount_minor, getattr(command, "transaction_id", None)
                )
            )  # fmt: skip
        if (day := self.known.day_of(at)) is not None:
            self._wrong(command, kind, day)

    def _count_for(self, scam: Victim, kind: str, at: int) -> None:
        fate = self.fates[scam.truth.scam_id]
        fate.first_word_at = min(fate.first_word_at or at, at)
        if kind in TAKINGS:
            fate.first_taking_at = min(fate.first_taking_at or at, at)

    def _wrong(self, command: Any, kind: str, day: int) -> None:
        """Count who did not deserve it, once a day."""
        bit = 1 << day
        for person in self._concerned(command, kind):
            days = self.wronged[kind].get(person, 0)
            if days & bit or not self.known.honest_days(person) & bit:
                continue
            self.wronged[kind][person] = days | bit
            cause = (kind, codes_of(command.reasons)[:CODES])
            self.causes[cause] += 1
            self.places.setdefault(cause, set()).add(self.known.persons[person].place)

    def _concerned(self, command: Any, kind: str) -> set[str]:
        """The known persons whom a command does something to. Who owns the account of a gang deserves it, also where a
        townsperson lent it; with a payment stopped at the payee's, the payer is concerned as its owner is."""
        if kind not in OF_ACCOUNTS:
            return self._known(command.subscriber)
        account = command.account
        if account in self.known.mules:
            return set()
        owner, found = self._owners.get(account), set[str]()
        if owner is not None:
            found.add(owner)
        elif command.hop == 0 or kind == "hold":
            return self._known(command.subscriber)
        elif account not in self.known.scam_payees and (day := self.known.day_of(command.issued_at)) is not None:
            self.others[kind][account] = self.others[kind].get(account, 0) | 1 << day
        if kind == "stop_payment":
            found |= self._known(command.subscriber)
        return found

    def _known(self, person: str | None) -> set[str]:
        return {person} if person in self.known.persons and person is not None else set()


def codes_of(reasons: Any) -> tuple[str, ...]:
    """The codes of reasons, the heaviest first."""
    return tuple(reason.code for reason in sorted(reasons, key=lambda reason: (-reason.weight, reason.code)))


def _height(noticed: Noticed) -> tuple[int, float, int]:
    """What is highest; of equals the earliest."""
    return noticed.rank, noticed.score, -noticed.at
