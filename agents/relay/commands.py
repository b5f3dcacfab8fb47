"""The relay's commands: made from the case file, by the playbook."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agents.relay.case import CaseFile, Step, Taking, Why
from agents.relay.playbook import Playbook
from agents.relay.suspicion import suspects
from agents.relay.table import CHANNEL
from agents.relay.takings import MEASURES
from schemas.cases import TAKEN_MAX
from schemas.commands import AccountCommand, Command, Dissuasion, PhoneCommand, Reason, SessionCommand
from schemas.ids import command_id
from schemas.orders import AnyCommand, Order
from schemas.spans import DAY_MS, HOUR_MS
from schemas.topics import DISSUASION, ORDERS, Output

BY_HAND_MS = 600_000
"""By when somebody is to look at a command that could not leave."""
DESKED = frozenset({"call", "visit", "centre", "family", "station"})
"""Steps that take an officer's time. Texts and bots have no such bound and leave at once."""
CENTRE = "command-centre"
SPEAK_TO: Mapping[str, Literal["family", "station"]] = {"family": "family", "station": "station"}
"""Steps that are not with the person, and whom they are with."""


@dataclass(slots=True)
class Turn:
    """One step of one person's case."""

    playbook: Playbook
    """Deadlines and measures."""
    case: CaseFile
    """Moved on in place."""
    key: str
    """Whose it is."""
    now: int
    """Event time, Unix ms."""

    def after(self, hours: float) -> int:
        """So many hours from now, Unix ms."""
        return self.now + int(hours * HOUR_MS)


def step_id(case: CaseFile, action: str, attempt: int, subscriber: str) -> str:
    """Identity of an attempt to talk to the person."""
    return command_id(case.case_id, f"{case.run}/{action}-{attempt}", subscriber)


def return_id(case: CaseFile, taking: Taking) -> str:
    """Identity of an attempt to give something back."""
    return command_id(case.case_id, f"give_back-{taking.return_attempt}", taking.command_id)


def taking_id(case: CaseFile, measure: str, target: str, attempt: int, part: str = "") -> str:
    """Identity of a measure, see `Taking`."""
    return command_id(case.case_id, f"{case.run}/{measure}-{attempt}", f"{target}/{part}" if part else target)


def talk(turn: Turn, step: Step) -> Output:
    """The task to talk to the person: to the person's feed at once, or to the desk where an officer is needed."""
    level = turn.case.level
    task = Dissuasion(
        **_common(turn, step.command_id),
        expires_at=_until(turn), channel=CHANNEL[step.action], attempt=step.attempt,
        team=CENTRE if step.action == "centre" else None, speak_to=SPEAK_TO.get(step.action, "person"),
        deadline_at=turn.now + 1000 * turn.playbook.reach_s[level], script=turn.case.script,  # type: ignore[index]
    )  # fmt: skip
    return order(turn, task) if step.at_desk else Output(DISSUASION, turn.key, task)


def take(turn: Turn, taking: Taking, *, approved: bool = False) -> Output:
    """The order to take something."""
    action, scope, _ = MEASURES[taking.measure]
    common = _common(turn, taking.command_id) | {"expires_at": taking.until}
    command: AnyCommand
    if action == "suspend":
        command = PhoneCommand(**common, action=action, scope=scope or "all")
    elif action == "force_login":
        command = SessionCommand(**common, action=action, handle=taking.target)
    else:
        command = AccountCommand(
            **common, action=action, account=taking.target, amount_minor=taking.amount_minor or None,
            hop=int(action == "stop_payment"), **_transfer(taking),
        )  # fmt: skip
    return order(turn, command, approved=approved, ask=taking.ask or None)


def give_back(turn: Turn, taking: Taking) -> Output:
    """The order to give it back. The desk lets only the first attempt pass it by: it knows what went out."""
    measured = MEASURES[taking.measure]
    common = _common(turn, taking.return_id) | {"expires_at": _until(turn)}
    command: AnyCommand
    if measured.undo == "restore":
        command = PhoneCommand(**common, action="restore", scope=measured.scope or "all")
    else:
        command = AccountCommand(
            **common, action="release", account=taking.target,
            amount_minor=taking.amount_minor if measured.action == "hold" else None,
            hop=int(measured.action == "stop_payment"), **_transfer(taking),
        )  # fmt: skip
    return order(turn, command, of=taking.command_id, again=taking.return_attempt > 1)


def by_hand(turn: Turn, taking: Taking) -> Output:
    """A task for the command centre: what an executor could not do, a human must see to."""
    failed = taking.return_id or taking.command_id
    undone = "解除" if taking.return_id else "执行"
    task = Dissuasion(
        **_common(turn, command_id(turn.case.case_id, "by_hand", failed)),
        expires_at=_until(turn), channel="desk", team=CENTRE, about=failed, why="failed",
        deadline_at=turn.now + 1000 * turn.playbook.reach_s[turn.case.level],  # type: ignore[index]
        script=f"{MEASURES[taking.measure].action} 指令多次{undone}失败，请人工联系处理。",
    )  # fmt: skip
    return Output(DISSUASION, turn.key, task)


def full(turn: Turn) -> Output:
    """A task for the command centre: this case takes no more by itself, and there is more to be taken."""
    task = Dissuasion(
        **_common(turn, command_id(turn.case.case_id, f"{turn.case.run}/full", turn.key)),
        expires_at=_until(turn), channel="desk", team=CENTRE, why="full",
        deadline_at=turn.now + 1000 * turn.playbook.reach_s[turn.case.level],  # type: ignore[index]
        script=f"本案自动措施已达上限（{TAKEN_MAX} 项），新出现的账户不再自动处置，请人工止付、冻结。",
    )  # fmt: skip
    return Output(DISSUASION, turn.key, task)


def in_place(output: Output) -> Output | None:
    """A task for the command centre in place of a command that is too large for its topic: it says which one, and that
    a human must see to it. None for what asks nothing of anybody."""
    command = output.value.command if isinstance(output.value, Order) else output.value
    if not isinstance(command, Command):
        return None
    task = Dissuasion(
        command_id=command_id(command.case_id, "too_large", command.command_id), case_id=command.case_id,
        issued_at=command.issued_at, expires_at=command.issued_at + DAY_MS, subscriber=command.subscriber,
        level=command.level, score=command.score, typology=command.typology, reasons=(),
        policy_version=command.policy_version, caused_by=command.caused_by, channel="desk", team=CENTRE,
        about=command.command_id, why="too_large", deadline_at=command.issued_at + BY_HAND_MS,
        script="一条指令超出系统允许的大小，未能发出，请人工查看案件并处置。",
    )  # fmt: skip
    return Output(DISSUASION, command.subscriber, task)


def order(
    turn: Turn, command: AnyCommand, *, of: str | None = None, approved: bool = False, again: bool = False,
    ask: str | None = None,
) -> Output:  # fmt: skip
    """A command on its way through the desk."""
    event_id = f"do/{command.command_id}" + ("/approved" if approved else "")
    return Output(
        ORDERS, "desk",
        Order(
            event_id=event_id, occurred_at=turn.now, kind="do", of=of, area=turn.case.area, approved=approved,
            again=again, ask=ask, money=bool(suspects(turn.case, turn.playbook.tied_min)), command=command,
        ),
    )  # fmt: skip


def done(turn: Turn, of: str) -> Output:
    """Tell the desk that an officer is free again: a task is over, or a proposal is decided."""
    return Output(
        ORDERS, "desk",
        Order(event_id=f"done/{of}", occurred_at=turn.now, kind="done", of=of, area=turn.case.area),
    )  # fmt: skip


def _transfer(taking: Taking) -> dict[str, Any]:
    """The transfer that is held, in the words of the contract."""
    held = {"transaction_id": taking.transaction_id or None, "payee_account": taking.payee}
    return held if taking.measure == "hold" else {}


def _common(turn: Turn, identity: str) -> dict[str, Any]:
    case = turn.case
    return {
        "command_id": identity, "case_id": case.case_id, "issued_at": turn.now, "subscriber": turn.key,
        "level": case.level, "score": case.score, "typology": case.typology,
        "reasons": tuple(map(_reason, case.reasons)), "policy_version": versions(turn), "caused_by": case.caused_by,
    }  # fmt: skip


def versions(turn: Turn) -> str:
    """Which rules judged and which playbook acts: every decision names them."""
    return f"{turn.case.judged_by}/{turn.playbook.policy_version}"


def _reason(why: Why) -> Reason:
    return Reason(code=why.code, weight=why.weight, text=why.text, text_zh=why.text_zh, event_ids=tuple(why.event_ids))


def _until(turn: Turn) -> int:
    """When a task to talk, and the order to give something back, is not to be begun any more."""
    return turn.after(turn.playbook.expires_h.dissuasion)
