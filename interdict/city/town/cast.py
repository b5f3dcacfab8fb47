"""Who plays in one story: the numbers that call, the accounts that are paid, and what has come of it so far."""

from dataclasses import dataclass, field
from random import Random

from interdict.city.town.chance import Zipf
from interdict.city.town.gangs import Gang, Mule
from interdict.city.town.people import Contact, Payee, Person
from interdict.city.town.roles import BY_NAME, OWNED, Roles
from interdict.city.town.truth import PaymentTruth
from schemas.fields import Typology
from schemas.spans import DAY_MS, HOUR_MS

EVENTS_MAX = 4_096
"""Events of one scam that the truth names."""


@dataclass(slots=True, eq=False)
class Case:
    """A scam as it happens, for the truth."""

    scam_id: str
    typology: Typology
    variant: str
    first_contact_at: int
    is_coached: bool
    gave_up: bool
    event_ids: list[str] = field(default_factory=list)
    payments: list[PaymentTruth] = field(default_factory=list)
    returned_minor: int = 0
    is_cut_short: bool = False
    reported_at: int | None = None

    def note(self, event_ids: tuple[str, ...]) -> None:
        """Remember events as this scam's."""
        self.event_ids += event_ids[: EVENTS_MAX - len(self.event_ids)]


@dataclass(slots=True, eq=False)
class Cast:
    """Whoever a story needs, found when first needed and the same ever after.

    Args:
        person: whom it happens to.
        rng: the story's own chance.
        roles: everybody else in town.
        zipf: how unevenly friends and family are chosen.
        gang: who is behind it; None where it is honest.
        case: what the truth will say; None where nothing is lost.
    """

    person: Person
    rng: Random
    roles: Roles
    zipf: Zipf
    gang: Gang | None = None
    case: Case | None = None
    last_minor: int = 0
    """The payment before."""
    last_stop: Payee | None = None
    _contacts: dict[str, Contact] = field(default_factory=dict)
    _payees: dict[str, Payee] = field(default_factory=dict)
    _mule: Mule | None = None
    _mule_until: int = 0

    def contact(self, role: str, at: int) -> Contact:
        """Who calls or writes.

        Args:
            role: `gang` and `gang2` are numbers of the gang, kept for a day; `gateway`, `friend`, `family`, `abroad`,
                `other`; else a trade of `roles`.
            at: Unix ms.
        """
        key = f"{role}/{at // DAY_MS}" if role.startswith("gang") else role
        if key not in self._contacts:
            self._contacts[key] = self._found(role, at)
        return self._contacts[key]

    def payee(self, role: str) -> Payee:
        """Who is paid, if it is not a gang.

        Args:
            role: `other` is a stranger, `new` another one each time, `firm` a firm; `friend`, `family`, `shop`,
                `platform`, `desk`; else a kind of townsperson (`leader`, `driver`, `dealer`, `landlord`).
        """
        if role in ("new", "shop", "platform"):
            return self._paid(role)
        if role not in self._payees:
            self._payees[role] = self._paid(role)
        return self._payees[role]

    def mule(self, at: int) -> Mule:
        """The gang's account that this victim is told now: the same for some hours, then perhaps another."""
        assert self.gang is not None
        if self._mule is None or at >= self._mule_until or self._mule.expires_at <= at:
            self._mule = self.gang.mule(at)
            self._mule_until = at + int(self.rng.expovariate(1 / self.gang.told_h) * HOUR_MS)
        return self._mule

    def _found(self, role: str, at: int) -> Contact:
        if role.startswith("gang"):
            assert self.gang is not None
            return self.gang.line(at)
        if role in BY_NAME:
            return self.roles.caller(role)
        if role == "gateway":
            return Contact(self.roles.gateway(), "service")
        people = {"family": self.person.family, "friend": self.person.circle or self.person.family}.get(role)
        if people:
            return people[self.zipf.index(self.rng, len(people))]
        abroad = [c for c in self.person.family if c.kind == "foreign"] if role == "abroad" else []
        return abroad[0] if abroad else self.roles.phone()

    def _paid(self, role: str) -> Payee:
        if role in OWNED:
            return self.roles.owned(role)
        known = self._acquainted(role)
        if known:
            return known[self.zipf.index(self.rng, len(known))]
        found = {"firm": self.roles.firm, "shop": self.roles.shop, "platform": self.roles.shared, "desk": self._desk}
        return found.get(role, self.roles.stranger)()

    def _acquainted(self, role: str) -> list[Payee]:
        if role == "family":
            return [c.payee for c in self.person.family if c.payee]
        return self.person.friends if role == "friend" else []

    def _desk(self) -> Payee:
        return self.roles.cash_desks[self.person.purses[0].bank]
