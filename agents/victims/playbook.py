"""The playbook: which steps a level takes. Rows, walked once per decision; each step is done to a target once per case.

yellow: a text. orange: an officer's call. red: the call, the phone, the victim's account, the payee's, the app session.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from agents.victims.policy import Policy
from agents.victims.rules import RULES
from agents.victims.score import Part, Score
from agents.victims.state import ACCOUNTS_MAX, Transfer, Victim
from agents.victims.typology import Pattern
from schemas import fields as f
from schemas.commands import AccountCommand, Dissuasion, PhoneCommand, Reason, SessionCommand
from schemas.fields import Level
from schemas.ids import command_id
from schemas.topics import ACCOUNT, DISSUASION, PHONE, SESSION, Output

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
REASONS_SHOWN = min(8, f.REASONS_MAX)


class Situation(NamedTuple):
    """All that a command is made from."""

    state: Victim
    subscriber: str
    case_id: str
    event_id: str
    now: int
    level: Level
    score: Score
    pattern: Pattern
    transfers: tuple[Transfer, ...]
    """The transfers that the evidence rests on."""
    policy: Policy


class Step(NamedTuple):
    """One row of the playbook."""

    name: str
    levels: tuple[Level, ...]
    targets: Callable[[Situation], list[str]]
    make: Callable[[Situation, str, dict[str, Any]], Output]


def _person(s: Situation) -> list[str]:
    return [s.subscriber]


def _payers(s: Situation) -> list[str]:
    return list(dict.fromkeys(t.payer for t in s.transfers))[:ACCOUNTS_MAX]


def _payees(s: Situation) -> list[str]:
    return list(dict.fromkeys(t.payee for t in s.transfers))


def _handles(s: Situation) -> list[str]:
    return s.state.profile.handles if s.state.profile is not None else []


def _until(s: Situation, hours: float) -> int:
    return s.now + int(hours * HOUR_MS)


Channel = Literal["sms", "call"]


def _talk(channel: Channel) -> Callable[[Situation, str, dict[str, Any]], Output]:
    def make(s: Situation, _: str, common: dict[str, Any]) -> Output:
        deadline = s.now + int(s.policy.deadline_min[s.level] * MINUTE_MS)
        task = Dissuasion(
            **common, action="dissuade", channel=channel, attempt=1, deadline_at=deadline,
            expires_at=_until(s, s.policy.expires_h.dissuasion), script=s.pattern.script_zh,
        )  # fmt: skip
        return Output(DISSUASION, s.subscriber, task)

    return make


def _suspend(s: Situation, _: str, common: dict[str, Any]) -> Output:
    expires_at = _until(s, s.policy.expires_h.phone)
    return Output(PHONE, s.subscriber, PhoneCommand(**common, action="suspend", scope="all", expires_at=expires_at))


def _freeze(s: Situation, account: str, common: dict[str, Any]) -> Output:
    expires_at = _until(s, s.policy.expires_h.freeze)
    command = AccountCommand(
        **common, action="freeze", account=account, hop=0, amount_minor=None, expires_at=expires_at
    )
    return Output(ACCOUNT, account, command)


def _stop_payment(s: Situation, account: str, common: dict[str, Any]) -> Output:
    amount = sum(t.amount_minor for t in s.transfers if t.payee == account)
    expires_at = _until(s, s.policy.expires_h.stop_payment)
    command = AccountCommand(
        **common, action="stop_payment", account=account, hop=1, amount_minor=amount, expires_at=expires_at
    )
    return Output(ACCOUNT, account, command)


def _force_login(s: Situation, handle: str, common: dict[str, Any]) -> Output:
    expires_at = _until(s, s.policy.expires_h.session)
    command = SessionCommand(**common, action="force_login", handle=handle, expires_at=expires_at)
    return Output(SESSION, s.subscriber, command)


STEPS: tuple[Step, ...] = (
    Step("stop_payment", ("red",), _payees, _stop_payment),
    Step("freeze_account", ("red",), _payers, _freeze),
    Step("suspend_phone", ("red",), _person, _suspend),
    Step("force_login", ("red",), _handles, _force_login),
    Step("officer_call", ("orange", "red"), _person, _talk("call")),
    Step("warning_text", ("yellow",), _person, _talk("sms")),
)
"""Money first: of all that red takes, the stop at the payee's is the one that seconds decide."""


def command(situation: Situation, step: Step, target: str) -> Output:
    """The command of one step to one target."""
    s = situation
    common = {
        "command_id": command_id(s.case_id, step.name, target), "case_id": s.case_id, "issued_at": s.now,
        "subscriber": s.subscriber, "level": s.level, "score": s.score.value, "typology": s.pattern.typology,
        "reasons": reasons(s.score), "policy_version": s.policy.policy_version, "caused_by": s.event_id,
    }  # fmt: skip
    return step.make(s, target, common)


def reasons(found: Score) -> tuple[Reason, ...]:
    """The evidence in words, heaviest first. All parts' weights and the prior add up to the score's log-odds."""
    return tuple(map(_reason, found.parts[:REASONS_SHOWN]))


def _reason(part: Part) -> Reason:
    rule = RULES[part.evidence.code]
    return Reason(
        code=rule.code, weight=round(part.weight, 3), text=rule.text, text_zh=rule.text_zh,
        event_ids=tuple(part.evidence.event_ids),
    )  # fmt: skip
