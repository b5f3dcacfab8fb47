"""Lists and policies: rows that are none, names that are none, bodies of anything."""

from collections.abc import Iterator
from typing import Any

import orjson

from schemas.topics import POLICIES, WATCHLIST
from tests.live.poison.aim import TIME_MAX, Aim, Fate, Parcel, dumps
from tests.live.poison.kinds import Kinds
from tests.live.raw import Dose

KINDS = Kinds()
LISTED: dict[str, list[dict[str, Any]]] = {
    "nothing": [{"value": ""}, {"value": " "}, {"value": "\u200b"}, {"value": "."}, {"value": "+"}],
    "everybody": [{"value": "com", "kind": "domain"}, {"value": "*", "kind": "peer"}, {"value": "%"}],
    "something that is no text": [{"value": 5}, {"value": None}, {"value": ["a"]}],
    "a kind that is none": [{"kind": "person"}, {"kind": None}],
    "domains that are none": [
        {"value": "a" * 253, "kind": "domain"}, {"value": "xn--" + "9" * 200, "kind": "domain"},
        {"value": "．．．", "kind": "domain"}, {"value": "[.]" * 80, "kind": "domain"},
        {"value": "http://", "kind": "domain"},
    ],
    "times that are none": [{"added_at": TIME_MAX, "expires_at": 1_420_070_400_000}, {"expires_at": -1}],
}  # fmt: skip
KINDS.each(
    "watchlist", LISTED,
    lambda aim, rows: [aim.parcel(WATCHLIST, aim.good(WATCHLIST, **row)) for row in rows],
    lone=True,
)  # fmt: skip


@KINDS.kind("watchlist: a key that is not its value", lone=True)
def _not_its_value(aim: Aim) -> Iterator[Parcel]:
    value = orjson.dumps(aim.good(WATCHLIST, value="10086", kind="peer"))
    for key in (b"6222000000000000", b"", b"\xff", None):
        yield Parcel(WATCHLIST.name, 0, (Dose(value, key),), Fate.LETTER)


@KINDS.kind("watchlist: a tombstone for what is not there", lone=True)
def _unlisted(aim: Aim) -> Iterator[Parcel]:
    yield Parcel(WATCHLIST.name, 0, tuple(Dose(None, key) for key in (b"nobody", b"", b"\xff", b"\0")))


POLICY_NAMES = ("victims", "relay", "roster", "limits", "victims.shadow", "relay.shadow")
BODIES: dict[str, Any] = {
    "an empty body": {},
    "a body of rubbish": {"rules": [{"code": "x"}], "limited": "all", "teams": None, "steps": {"a": [1]}},
    "a body of null": None,
    "a body that is a list": [1, 2],
    "a body that is deep": b'{"a":' * 900 + b"1" + b"}" * 900,
    "a body that is large": {"x": "y" * 60_000},
    "a body with a NUL": {"policy_version": "a\0b"},
    "a body of huge numbers": {"policy_version": "n", "limited": [{"per_hour": 1 << 60}], "weights": {"a": 1e308}},
    "a body with a pattern that never ends": {"policy_version": "r", "rules": [{"code": "x", "pattern": "(a+)+$"}]},
}
KINDS.each(
    "policies", BODIES,
    lambda aim, body: [
        Parcel(POLICIES.name, 0, (Dose(dumps({"name": name, "body": body}), name.encode()),)) for name in POLICY_NAMES
    ],
    lone=True,
)  # fmt: skip


@KINDS.kind("policies: names that are none", lone=True)
def _nameless(aim: Aim) -> Iterator[Parcel]:
    for name in ("unknown", "", "LIMITS", "limits.shadow.shadow", "../limits", "x" * 64):
        value = {"name": name, "body": {"policy_version": "1"}}
        yield Parcel(POLICIES.name, 0, (Dose(orjson.dumps(value), name.encode()),))


@KINDS.kind("policies: one under another's key", lone=True)
def _swapped(aim: Aim) -> Iterator[Parcel]:
    for name, key in (("limits", b"relay"), ("relay", b"victims"), ("victims", b"limits"), ("roster", b"\xff")):
        yield Parcel(POLICIES.name, 0, (Dose(orjson.dumps({"name": name, "body": {"policy_version": "1"}}), key),))


@KINDS.kind("policies: a tombstone for each", lone=True)
def _unset(aim: Aim) -> Iterator[Parcel]:
    yield Parcel(POLICIES.name, 0, tuple(Dose(None, name.encode()) for name in (*POLICY_NAMES, "unknown", "")))
