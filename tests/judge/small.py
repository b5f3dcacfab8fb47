"""A town of a few people and what was commanded in it, so small that every figure can be counted by hand."""

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from interdict.city.town.truth import MuleTruth, PaymentTruth, PersonTruth, RunTruth, Truth, VictimTruth
from interdict.judge.figures import Figures, figures
from interdict.judge.known import Known
from interdict.judge.ledger import Ledger
from interdict.replay.recordings import Recorded
from schemas.alerts import VictimAlert
from schemas.commands import AccountCommand, Command, Dissuasion, PhoneCommand, Reason
from schemas.reference import Subscriber
from schemas.spans import DAY_MS, HOUR_MS, SECOND_MS
from schemas.topics import CALLS, SUBSCRIBERS
from streams.core.lanes import Entry

STARTS_AT = 1_772_380_800_000
"""A midnight in China."""
DAYS = 10
VICTIM, SISTER, HONEST = "+8613900000001", "+8613900000002", "+8613900000003"
VICTIMS_ACCOUNT, SISTERS_ACCOUNT, HONEST_ACCOUNT = "62220001", "62220002", "62220003"
ACCOUNTS = {VICTIM: VICTIMS_ACCOUNT, SISTER: SISTERS_ACCOUNT, HONEST: HONEST_ACCOUNT}
MULE, LANDLORD = "62229999", "62220777"
CONTACT_AT = STARTS_AT + 4 * DAY_MS + 10 * HOUR_MS
PAID_AT = STARTS_AT + 5 * DAY_MS + 10 * HOUR_MS
POSTS_AFTER_MS = 20 * SECOND_MS


def run() -> RunTruth:
    return RunTruth(
        seed=1, split="fit", set="plain", people=3, days=DAYS, starts_at=STARTS_AT, ends_at=STARTS_AT + DAYS * DAY_MS
    )


def person(phone: str, kind: str = "household", trials: int = 0) -> PersonTruth:
    return PersonTruth(subscriber=phone, kind=kind, age_band="35-44", is_known=True, trials=trials)


def payment(number: int = 1, at: int = PAID_AT, yuan: int = 1000, payee: str = MULE) -> PaymentTruth:
    return PaymentTruth(
        event_id=f"paid-{number}", posted_event_id=f"posted-{number}", transaction_id=f"transfer-{number}",
        occurred_at=at, posted_at=at + POSTS_AFTER_MS, amount_minor=100 * yuan, payee_account=payee,
        account=VICTIMS_ACCOUNT,
    )  # fmt: skip


def victim(*payments: PaymentTruth, **more: Any) -> VictimTruth:
    told = {
        "scam_id": "scam-1", "subscriber": VICTIM, "typology": "fake_police", "variant": "hand_over", "gang": 1,
        "first_contact_at": CONTACT_AT, "event_ids": ("call-1",), "is_coached": False, "gave_up": False,
        "is_cut_short": False,
    }  # fmt: skip
    return VictimTruth(payments=payments, **(told | more))


def mule() -> MuleTruth:
    return MuleTruth(
        account=MULE, gang=1, level=1, is_local=False, is_seen=True, is_listed=False, first_used_at=STARTS_AT
    )


def truth(*payments: PaymentTruth, **more: Any) -> list[Truth]:
    """Three people, of whom one is deceived on the fifth day and pays on the sixth."""
    people = [person(VICTIM), person(SISTER, "elder"), person(HONEST, "courier", trials=1)]
    return [run(), *people, victim(*(payments or (payment(),)), **more), mule()]


def freeze(account: str, at: int, whose: str | None = None, **more: Any) -> AccountCommand:
    return _account("freeze", account, at, whose, hop=0, **more)


def stop(account: str, at: int, whose: str, yuan: int | None = None) -> AccountCommand:
    return _account("stop_payment", account, at, whose, hop=1, amount_minor=None if yuan is None else 100 * yuan)


def release(account: str, at: int, whose: str) -> AccountCommand:
    return _account("release", account, at, whose, hop=0)


def _account(action: str, account: str, at: int, whose: str | None, **more: Any) -> AccountCommand:
    owner = whose or next(phone for phone, own in ACCOUNTS.items() if own == account)
    return AccountCommand(action=action, account=account, **_common(owner, at, f"{action}{account}"), **more)


def suspend(phone: str, at: int) -> PhoneCommand:
    return PhoneCommand(action="suspend", **_common(phone, at, "suspend"))


def talk(channel: str, phone: str, at: int) -> Dissuasion:
    return Dissuasion(channel=channel, deadline_at=at + HOUR_MS, script="...", **_common(phone, at, channel))


def _common(phone: str, at: int, name: str) -> dict[str, Any]:
    return {
        "command_id": _id(name, phone, at), "case_id": _id("case", phone), "issued_at": at,
        "expires_at": at + DAY_MS, "subscriber": phone, "level": "red", "score": 0.9, "typology": "fake_police",
        "reasons": (reason("call.long_40", 2.0), reason("pay.new_payee", 3.0), reason("pay.night", 1.0)),
        "policy_version": "1", "caused_by": "call-1",
    }  # fmt: skip


def reason(code: str, weight: float) -> Reason:
    return Reason(code=code, weight=weight, text=code, text_zh=code)


def alert(phone: str, at: int, score: float, level: str = "red", typology: str = "fake_police") -> VictimAlert:
    return VictimAlert(
        alert_id=_id("alert", phone, at), occurred_at=at, level=level, score=score, typology=typology,
        reasons=(reason("pay.new_payee", 3.0),), policy_version="1", caused_by="call-1", case_id=_id("case", phone),
        subscriber=phone,
    )  # fmt: skip


def _id(*of: object) -> str:
    return str(uuid5(NAMESPACE_URL, repr(of)))


class _Event:
    """Of an event the ledger looks at no more than this."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id


def events(known: Known) -> Iterable[Entry]:
    """An event a day, the scam's first call among them, and whose accounts are whose."""
    for phone, account in ACCOUNTS.items():
        profile = Subscriber(subscriber=phone, age_band="35-44", area="a", accounts=(account,))
        yield Entry(Recorded(SUBSCRIBERS.name, phone.encode(), b"", 0), 0, profile)
    times = {STARTS_AT + day * DAY_MS: f"any-{day}" for day in range(known.days)} | {CONTACT_AT: "call-1"}
    for at, name in sorted(times.items()):
        yield Entry(Recorded(CALLS.name, b"", b"", 0), at, _Event(name))


def counted(
    records: Iterable[Truth],
    commands: Iterable[Command] = (),
    alerts: Iterable[VictimAlert] = (),
    latency_s: float = 15,
) -> Figures:
    """The figures, had these commands and alerts left."""
    known = Known(records)
    ledger = Ledger(known, int(latency_s * SECOND_MS))
    for entry in events(known):
        ledger.see(entry)
    for one in alerts:
        ledger.alert(one)
    for command in commands:
        ledger.command(command)
    return figures(ledger, latency_s=latency_s, events=0)
