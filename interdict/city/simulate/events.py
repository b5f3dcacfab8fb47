"""Builders of single records, with every field of the wire format."""

from typing import Any

from interdict.city.simulate.people import Person
from interdict.city.simulate.plan import Record
from schemas.topics import CALLS, SMS, TRANSACTIONS


def call(at: int, event_id: str, who: Person, peer: str, phase: str, call_id: str, **more: Any) -> Record:
    """One phase of a call."""
    value = {
        "event_id": event_id, "occurred_at": at, "subscriber": who.phone, "peer": peer, "direction": "in",
        "phase": phase, "call_id": call_id, "duration_s": None, "medium": "voice", "peer_type": "mobile",
        "forwarded": False, "schema_version": 1, **more,
    }  # fmt: skip
    return Record(CALLS.name, who.phone, value, at)


def talk(at: int, call_id: str, who: Person, peer: str, seconds: int, **more: Any) -> list[Record]:
    """A whole call: ringing, answered, a sign of life every ten minutes, ended."""
    answered = at + 6_000
    records = [
        call(at, f"{call_id}-r", who, peer, "ringing", call_id, **more),
        call(answered, f"{call_id}-a", who, peer, "answered", call_id, **more),
    ]
    records += [
        call(answered + s * 1000, f"{call_id}-o{s}", who, peer, "ongoing", call_id, duration_s=s, **more)
        for s in range(600, seconds, 600)
    ]
    ended = answered + seconds * 1000
    records.append(call(ended, f"{call_id}-e", who, peer, "ended", call_id, duration_s=seconds, **more))
    return records


def sms(at: int, event_id: str, who: Person, peer: str, text: str, direction: str = "in") -> Record:
    """A text."""
    value = {
        "event_id": event_id, "occurred_at": at, "subscriber": who.phone, "peer": peer, "direction": direction,
        "text": text, "schema_version": 1,
    }  # fmt: skip
    return Record(SMS.name, who.phone, value, at)


def transfer(
    at: int, event_id: str, who: Person, payee: str, amount_minor: int, balance_minor: int, **more: Any
) -> Record:
    """One phase of a transfer; the balance is that after it."""
    value = {
        "event_id": event_id, "transaction_id": None, "occurred_at": at, "subscriber": who.phone, "payer_account": who.account,
        "payee_account": payee, "payee_name": None, "amount_minor": amount_minor, "currency": "CNY",
        "balance_minor": balance_minor, "channel": "mobile", "phase": "posted", "payee_is_new": False,
        "payer_is_subscriber": True,
        "schema_version": 1, **more,
    }  # fmt: skip
    return Record(TRANSACTIONS.name, who.phone, value, at)
