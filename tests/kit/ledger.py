"""The books of what was taken and given back, kept from outside: from the commands and case records that left."""

from typing import Any, NamedTuple

from schemas.events import Outcome
from schemas.ids import command_id
from schemas.spans import HOUR_MS
from tests.kit.town import GIVE_BACK, PLAYBOOK, TAKE

FAILED = frozenset({"failed", "rejected", "expired"})
ATTEMPTS_LOOKED_FOR = 20
KEPT_MS = int(PLAYBOOK.keep_closed_h * HOUR_MS)
"""How long words are heard about a case that is closed. By then everything that it took ends by itself, or will within
a day."""


class Took(NamedTuple):
    """One taking that left."""

    command: Any
    thing: tuple[str, str]
    place: int


class Gave(NamedTuple):
    """One return that left."""

    command: Any
    thing: tuple[str, str]
    place: int
    of: Took
    attempt: int


def thing(command: Any) -> tuple[str, str]:
    """What a command takes or gives back."""
    account = getattr(command, "account", None)
    if account is None:
        return "phone", command.subscriber
    if command.payee_account is not None:
        return "transfer", f"{account}/{command.transaction_id}/{command.payee_account}/{command.amount_minor}"
    return "account", account


def _given_back(record: Any) -> set[str]:
    return {taking.command_id for taking in record.taken if taking.status == "given_back"}


class Ledger:
    """The books: every command that left, once."""

    def __init__(self) -> None:
        self.left: dict[str, Any] = {}
        self.took: list[Took] = []
        self.gave: list[Gave] = []
        self.settled: set[str] = set()
        """Ids of takings after which their phone or account was given back."""
        self.records: dict[str, Any] = {}
        self.forgotten_at: dict[str, int] = {}
        """When a case that was opened again later had been forgotten."""
        self.returned: set[str] = set()
        """Ids of takings that such a case's last record told as given back: its later ones know them no more."""
        self.told: dict[str, set[str]] = {}
        self.to_be_seen_to: list[Gave] = []
        """Returns that were told to have failed while their case was known."""

    def note(self, command: Any) -> None:
        """A command leaves."""
        if command.action == "force_login" and "approved" in self.told.get(command.command_id, ()):
            return  # the desk keeps no books on logins: a yes to one that was not held back sends it again
        assert command.command_id not in self.left, f"{command.action} left twice under one id"
        self.left[command.command_id] = command
        if command.action in TAKE:
            self.took.append(Took(command, thing(command), len(self.left)))
        elif command.action in GIVE_BACK:
            self._note_return(command)

    def _note_return(self, command: Any) -> None:
        of, attempt = self._what_it_gives_back(command)
        lifted = {took.command.command_id for took in self.took if took.thing == thing(command)}
        if attempt == 1:
            assert lifted - self.settled, "given back twice"
        else:
            before = command_id(command.case_id, f"give_back-{attempt - 1}", of.command.command_id)
            assert before not in self.left or self.told.get(before, set()) & FAILED, "given back again without need"
        self.settled |= lifted
        self.gave.append(Gave(command, thing(command), len(self.left), of, attempt))
        assert not [took for took in self._held(self.gave[-1]) if took.command.subscriber != command.subscriber]

    def _what_it_gives_back(self, command: Any) -> tuple[Took, int]:
        for took in self.took:
            for attempt in range(1, ATTEMPTS_LOOKED_FOR):
                if command_id(command.case_id, f"give_back-{attempt}", took.command.command_id) == command.command_id:
                    assert took.thing == thing(command), "something else is given back"
                    return took, attempt
        raise AssertionError("nothing was taken that this gives back")

    def file(self, record: Any) -> None:
        """A case record leaves."""
        if (forgotten_at := self._forgotten_at(record.case_id)) and forgotten_at <= record.updated_at:
            self.forgotten_at[record.case_id] = forgotten_at
            self.returned |= _given_back(self.records[record.case_id])
        self.records[record.case_id] = record

    def _forgotten_at(self, case: str) -> int:
        """When a case that is closed is forgotten; 0 while it is open."""
        closed_at = self.records[case].closed_at if case in self.records else None
        return closed_at + KEPT_MS if closed_at else 0

    def hear(self, outcome: Outcome, now: int) -> None:
        """Somebody tells what became of a command."""
        self.told.setdefault(outcome.command_id, set()).add(outcome.outcome)
        for gave in self.gave:
            if gave.command.command_id == outcome.command_id and outcome.outcome in FAILED:
                case = gave.of.command.case_id
                was_forgotten = gave.command.issued_at < self.forgotten_at.get(case, 0)
                if not was_forgotten and not 0 < self._forgotten_at(case) <= now:
                    self.to_be_seen_to.append(gave)

    def check_step(self, since: int) -> None:
        """No return of this step gave back what a case holds, the person's own among them."""
        for gave in self.gave[since:]:
            assert self._held(gave) == [], "given back while a case holds it"

    def _held(self, gave: Gave) -> list[Took]:
        """What holds a thing that is given back."""
        before = [took for took in self.took if took.thing == gave.thing and took.place < gave.place]
        return [t for t in before if t.command.expires_at > gave.command.issued_at and not self._is_given_back(t)]

    def _is_given_back(self, took: Took) -> bool:
        return took.command.command_id in self.returned | _given_back(self.records[took.command.case_id])

    def check_end(self) -> None:
        """Once every case is closed, nothing is left that was taken; and no return that failed was let be."""
        assert all(record.state == "closed" for record in self.records.values())
        assert {took.command.command_id for took in self.took} <= self.settled, "taken, and not given back"
        by_hand = {getattr(command, "about", None) for command in self.left.values()}
        for gave in self.to_be_seen_to:
            again = any(other.thing == gave.thing and other.place > gave.place for other in self.gave)
            assert again or gave.command.command_id in by_hand, "a return failed, and nobody saw to it"
