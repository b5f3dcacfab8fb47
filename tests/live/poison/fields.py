"""Fields that hold what they should not."""

from collections.abc import Iterator
from typing import Any

from schemas.topics import CALLS, OUTCOME_TOPICS, OUTCOMES, REPORTS, SMS, SUBSCRIBERS, TRANSACTIONS, Topic
from tests.live.poison.aim import EVERY, KEYED, Aim, Fate, Parcel, dumps
from tests.live.poison.kinds import Kinds
from tests.live.raw import Dose

KINDS = Kinds()
LONG_SIP = "sip:+8613800138000@" + "sub." * 60 + "ims.mnc000.mcc460.3gppnetwork.org;user=phone"
PADDING = "系统通知。" * 3_000
FIELDS: dict[str, tuple[Fate, dict[Topic, dict[str, Any]]]] = {
    "a SIP URI of 300 characters": (Fate.TAKEN, {CALLS: {"peer": LONG_SIP}, SMS: {"peer": LONG_SIP}}),
    "an empty caller": (Fate.TAKEN, {CALLS: {"peer": ""}, SMS: {"peer": ""}}),
    "no caller": (Fate.TAKEN, {CALLS: {"peer": None}, SMS: {"peer": None}}),
    "a caller left out": (Fate.TAKEN, {CALLS: {"peer": ...}, SMS: {"peer": ...}}),
    "a caller of spaces": (Fate.EITHER, {CALLS: {"peer": "   "}, SMS: {"peer": "\u200b\u200b"}}),
    "a caller with controls": (Fate.EITHER, {CALLS: {"peer": "10086\r\n"}, SMS: {"peer": "\x1b[2J"}}),
    "a caller that is oneself": (Fate.EITHER, {CALLS: {"peer": "SELF"}, SMS: {"peer": "SELF"}}),
    "a caller that is a number": (Fate.EITHER, {CALLS: {"peer": 10086}, SMS: {"peer": 10086}}),
    "a text of 15,000 characters": (Fate.TAKEN, {SMS: {"text": PADDING}}),
    "a text of 2,001 characters": (Fate.TAKEN, {SMS: {"text": "x" * 2_001}}),
    "no text": (Fate.EITHER, {SMS: {"text": ""}}),
    "a null text": (Fate.EITHER, {SMS: {"text": None}}),
    "a text with a NUL": (Fate.EITHER, {SMS: {"text": "a\0b"}}),
    "a text of links": (Fate.EITHER, {SMS: {"text": "http://a.b/" * 180}}),
    "a text of dots": (Fate.EITHER, {SMS: {"text": "." * 2_000}}),
    "a text of one letter's accents": (Fate.EITHER, {SMS: {"text": "a" + "\u0301" * 1_900}}),
    "a text of directions": (Fate.EITHER, {SMS: {"text": "\u202e\u2066" * 900}}),
    "a duration while it rings": (Fate.TAKEN, {CALLS: {"phase": "ringing", "duration_s": 20}}),
    "a duration in milliseconds": (Fate.EITHER, {CALLS: {"phase": "ended", "duration_s": 180_000}}),
    "a duration of a week": (Fate.EITHER, {CALLS: {"phase": "ongoing", "duration_s": 604_800}}),
    "a negative duration": (Fate.EITHER, {CALLS: {"phase": "ended", "duration_s": -5}}),
    "a huge duration": (Fate.EITHER, {CALLS: {"phase": "ended", "duration_s": 1 << 60}}),
    "an unknown phase": (Fate.LETTER, {CALLS: {"phase": "levitating"}, TRANSACTIONS: {"phase": "melted"}}),
    "an unknown outcome": (Fate.LETTER, {topic: {"outcome": "perhaps"} for topic in OUTCOME_TOPICS}),
    "an unknown direction": (Fate.LETTER, {CALLS: {"direction": "up"}, SMS: {"direction": "up"}}),
    "an unknown kind of caller": (Fate.EITHER, {CALLS: {"peer_type": "satellite"}}),
    "an amount beyond 64 bits": (Fate.LETTER, {TRANSACTIONS: {"amount_minor": b"9" * 30}}),
    "an amount of 5,000 digits": (Fate.LETTER, {TRANSACTIONS: {"amount_minor": b"9" * 5_000}}),
    "a negative amount": (Fate.LETTER, {TRANSACTIONS: {"amount_minor": -1}, REPORTS: {"amount_minor": -1}}),
    "an amount of nothing": (Fate.EITHER, {TRANSACTIONS: {"amount_minor": 0}, REPORTS: {"amount_minor": 0}}),
    "an amount as a text": (Fate.LETTER, {TRANSACTIONS: {"amount_minor": "100"}}),
    "an amount that is no number": (Fate.LETTER, {TRANSACTIONS: {"amount_minor": b"NaN"}}),
    "the largest amount": (Fate.EITHER, {TRANSACTIONS: {"amount_minor": 100_000_000_000_00, "balance_minor": 0}}),
    "the largest debt": (Fate.EITHER, {TRANSACTIONS: {"balance_minor": -100_000_000_000_00}}),
    "a currency that is none": (Fate.EITHER, {TRANSACTIONS: {"currency": "ZZZ"}}),
    "a payment to oneself": (Fate.EITHER, {TRANSACTIONS: {"payee_account": "OWN", "phase": "initiated"}}),
    "an account of spaces": (Fate.LETTER, {TRANSACTIONS: {"payee_account": " "}}),
    "a subject that is a number": (Fate.LETTER, {t: {"subscriber": 8613800000001} for t in KEYED}),
    "a subject in a national form": (Fate.EITHER, {t: {"subscriber": "13800138000"} for t in KEYED}),
    "a subject with a NUL": (Fate.EITHER, {t: {"subscriber": "+86138\x00001"} for t in KEYED}),
    "a subject that is empty": (Fate.EITHER, {t: {"subscriber": ""} for t in KEYED}),
    "a subject that is an object": (Fate.LETTER, {t: {"subscriber": {"phone": "+8613800000001"}} for t in KEYED}),
    "no subject": (Fate.EITHER, {t: {"subscriber": None} for t in KEYED}),
    "an id that is empty": (Fate.LETTER, {t: {"event_id": ""} for t in (CALLS, SMS, TRANSACTIONS)}),
    "an id that is long": (Fate.EITHER, {t: {"event_id": "e" * 5_000} for t in (CALLS, SMS, TRANSACTIONS)}),
    "an id with controls": (Fate.EITHER, {t: {"event_id": "a\nb"} for t in (CALLS, SMS, TRANSACTIONS)}),
    "an id in Chinese": (Fate.EITHER, {t: {"event_id": "编号"} for t in (CALLS, SMS, TRANSACTIONS)}),
    "an id with a lone surrogate": (Fate.LETTER, {t: {"event_id": b'"\\ud800"'} for t in (CALLS, SMS, TRANSACTIONS)}),
    "a command id that is none": (Fate.LETTER, {OUTCOMES: {"command_id": "17"}}),
    "a schema of another time": (Fate.EITHER, {t: {"schema_version": 999} for t in EVERY}),
    "a schema that is none": (Fate.LETTER, {t: {"schema_version": 0} for t in EVERY}),
    "a list too long": (
        Fate.EITHER,
        {SUBSCRIBERS: {"accounts": ["6"] * 5_000}, REPORTS: {"payee_accounts": ["6"] * 5_000}},
    ),
    "lists as long as they may be": (
        Fate.EITHER,
        {
            SUBSCRIBERS: {n: [f"{i:064}" for i in range(64)] for n in ("accounts", "handles", "trusted_peers")},
            REPORTS: {n: [f"{i:064}" for i in range(64)] for n in ("payee_accounts", "transaction_ids")},
        },
    ),
    "a list that is none": (Fate.EITHER, {SUBSCRIBERS: {"accounts": "6222"}, REPORTS: {"payee_accounts": 6}}),
    "a note that is long": (Fate.EITHER, {OUTCOMES: {"note": "n" * 30_000}}),
    "a name that is long": (Fate.EITHER, {TRANSACTIONS: {"payee_name": "n" * 30_000}}),
    "an area that is somebody's number": (Fate.EITHER, {SUBSCRIBERS: {"area": "+8613800000001"}}),
}  # fmt: skip


def _changed(aim: Aim, row: tuple[Fate, dict[Topic, dict[str, Any]]]) -> Iterator[Parcel]:
    fate, changes = row
    own = {"SELF": aim.who, "OWN": aim.account}
    for topic, fields in changes.items():
        named = {name: own.get(one, one) if isinstance(one, str) else one for name, one in fields.items()}
        value = aim.good(topic, **named)
        yield Parcel(topic.name, aim.lane_for(topic), (Dose(dumps(value), aim.key_for(topic, value)),), fate)


KINDS.each("field", FIELDS, _changed)
