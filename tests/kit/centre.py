"""A centre's desk at work, woken as the engine wakes it, and commands like those that relays order of it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from agents.desk.limits import Limits
from agents.desk.reducer import Desk
from agents.desk.roster import Roster
from agents.desk.state import DeskState
from schemas.commands import AccountCommand, Dissuasion, PhoneCommand, SessionCommand
from schemas.ids import command_id
from schemas.orders import Order
from schemas.spans import HOUR_MS, MINUTE_MS
from schemas.topics import OUTCOME_TOPICS, Output
from streams.core.duty import Count
from tests.kit.changelog import Changelog
from tests.kit.rosters import at, small, team

NOON = at("12:00")
MODELS: dict[str, Any] = {
    "restore": PhoneCommand,
    "suspend": PhoneCommand,
    "force_login": SessionCommand,
    "dissuade": Dissuasion,
}


def uuid(kind: str, number: int) -> str:
    return command_id("test", kind, str(number))


def person(number: int) -> str:
    return f"+86138{number:08d}"


def command(action: str, number: int, issued_at: int = NOON, hours: float = 24, **fields: Any) -> Any:
    """A command like those of a person's relay."""
    reason = {"code": fields.pop("rule", "pay.on_line"), "weight": 3.0, "text": "pays", "text_zh": "通话中转账"}
    common = {
        "command_id": uuid(action, number), "case_id": uuid("case", number), "issued_at": issued_at,
        "expires_at": issued_at + int(hours * HOUR_MS), "subscriber": person(number), "level": "red", "score": 0.97,
        "typology": "fake_police", "reasons": (reason,), "policy_version": "v1/p1", "caused_by": "t-1",
        "action": action,
    }  # fmt: skip
    account = {"account": f"62220000{number:04d}", "hop": 0}
    mine: dict[str, dict[str, Any]] = {
        "dissuade": {"channel": "call", "deadline_at": issued_at + MINUTE_MS, "script": "请勿转账"},
        "force_login": {"handle": "wx-1"}, "freeze": account, "stop_payment": account,
        "hold": {**account, "transaction_id": f"transfer-{number}"}, "release": account,
    }  # fmt: skip
    return MODELS.get(action, AccountCommand).model_validate({**common, **mine.get(action, {}), **fields})


class Centre:
    """A desk at work, woken as the engine wakes it: each timer before the first order of a later time.

    Its state goes through its changelog form at every step.
    """

    def __init__(self, roster: Roster | None = None, limits: Limits | None = None) -> None:
        self.desk = Desk(roster or Roster.load(), limits or Limits.load())
        self.state = DeskState()
        self.changelog = Changelog()
        self.said: list[Output | Count] = []
        self.given: list[tuple[int, Any]] = []
        """When each command was sent."""
        self.orders = 0

    def do(self, what: Any, now: int = NOON, area: str | None = "district-00", **fields: Any) -> list[Any]:
        """Order a command; what follows."""
        return self.order(now, kind="do", command=what, area=area, **fields)

    def done(self, of: str, now: int = NOON) -> list[Any]:
        return self.order(now, kind="done", of=of)

    def order(self, now: int, **fields: Any) -> list[Any]:
        self.orders += 1
        order = Order(event_id=f"order-{self.orders}", occurred_at=now, **fields)
        return [*self.wait(now), *self._step(self.desk.order, order, now)]

    def wait(self, until: int) -> list[Any]:
        """Let time pass; what it brings."""
        said: list[Any] = []
        while 0 < (due := self.desk.timer_at(self.state)) <= until:
            said += self._step(self.desk.on_timer, due)
            assert not 0 < self.desk.timer_at(self.state) <= due, "a timer that fired is still set"
        return said

    def _step(self, step: Any, *args: Any) -> list[Any]:
        self.state, said = step(self.changelog.read() or DeskState(), *args)
        self.changelog.write(self.state)
        self.said += said
        self.given += [(self.state.at, task) for task in sent(said)]
        return list(said)

    @property
    def loads(self) -> Counter[tuple[str, str]]:
        return Counter((task.team, task.unit) for task in self.state.tasks.values())


def sent(said: Sequence[Any]) -> list[Any]:
    """The commands among what was said."""
    return [item.value for item in said if isinstance(item, Output) and item.topic not in OUTCOME_TOPICS]


def told(said: Sequence[Any]) -> list[tuple[str, str]]:
    """Outcomes that the desk told."""
    return [
        (item.value.command_id, item.value.outcome)
        for item in said
        if isinstance(item, Output) and item.topic in OUTCOME_TOPICS
    ]


def counted(said: Sequence[Any]) -> list[tuple[str, ...]]:
    return [(item.metric, *item.labels) for item in said if isinstance(item, Count)]


def limits(**fields: Any) -> Limits:
    return Limits.model_validate({**Limits.load().model_dump(mode="json"), **fields})


def one_officer(**fields: Any) -> Centre:
    """A centre with one officer for calls by day, and one by night."""
    return Centre(
        small(team("day", "call", shift="08:00-22:00"), team("night", "call", shift="22:00-08:00"), **fields)
    )  # fmt: skip


def proposals(said: Sequence[Any]) -> list[Dissuasion]:
    return [task for task in sent(said) if task.action == "approve"]
