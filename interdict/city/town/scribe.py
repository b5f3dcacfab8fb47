"""Writes events down as lines of a recording, with every field of the wire format, and says under which id."""

from operator import itemgetter
from random import Random
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel

from interdict.city.town.people import Person
from interdict.city.town.plan import Params
from schemas.spans import SECOND_MS
from schemas.topics import CALLS, REPORTS, SMS, SUBSCRIBERS, TRANSACTIONS, WATCHLIST, Topic

SIGN_OF_LIFE_S = 600
"""A long call is told of as often as this."""
RINGS_S = (3, 22)
"""Least and most a phone rings before it is answered."""

_HEAD = {
    topic: b'{"topic":' + orjson.dumps(topic.name) + b',"key":"' for topic in (CALLS, SMS, TRANSACTIONS, REPORTS,
                                                                              SUBSCRIBERS, WATCHLIST)
}  # fmt: skip
Line = tuple[int, bytes]
"""Event time in Unix ms, and the line."""


class Told(NamedTuple):
    """Events that were written of one thing that happened."""

    event_ids: tuple[str, ...]
    end_at: int
    """Unix ms."""


class Scribe:
    """Collects the lines of a day; what happens after midnight waits for its own.

    Args:
        params: the run's numbers: how much the networks leave out.
        rng: draws which ones.
    """

    def __init__(self, params: Params, rng: Random) -> None:
        self._rng = rng
        self._untold = params["calls.type_untold_share"]
        self._national = params["calls.national_share"]
        self._lines: list[Line] = []
        self._events = 0
        self._floor = 0
        """Nothing is told of before this instant any more, Unix ms."""

    def until(self, at: int) -> list[bytes]:
        """The lines of before this instant, in order of time; they are forgotten here."""
        self._lines.sort(key=itemgetter(0))
        cut = next((n for n in range(len(self._lines), 0, -1) if self._lines[n - 1][0] < at), 0)
        due, self._lines = self._lines[:cut], self._lines[cut:]
        self._floor = at
        return [line for _, line in due]

    def event_id(self) -> str:
        """An id that no event has yet. It tells the order of writing, which is nobody's secret."""
        self._events += 1
        return f"t{self._events:09x}"

    def call(
        self, who: Person, at: int, peer: str, kind: str, seconds: int, *, out: bool = False,
        medium: str = "voice", forwarded: bool = False,
    ) -> Told:  # fmt: skip
        """A whole call; of no seconds if it is not answered."""
        rng = self._rng
        rings = rng.randint(*RINGS_S)
        if rng.random() < self._national and peer.startswith("+86"):
            peer = peer[3:]
        value: dict[str, Any] = {
            "event_id": self.event_id(), "occurred_at": at, "subscriber": who.phone, "peer": peer,
            "direction": "out" if out else "in", "phase": "ringing", "call_id": self.event_id(), "duration_s": None,
            "medium": medium, "peer_type": None if rng.random() < self._untold else kind, "forwarded": forwarded,
            "schema_version": 1,
        }  # fmt: skip
        ids = [value["event_id"]]
        self._put(CALLS, who.phone, value)
        for phase, after, told in _phases(seconds):
            value["event_id"] = self.event_id()
            value["occurred_at"] = at + (rings + after) * SECOND_MS
            value["phase"] = phase
            value["duration_s"] = told
            ids.append(value["event_id"])
            self._put(CALLS, who.phone, value)
        end = at + (rings + seconds) * SECOND_MS
        if seconds:
            who.busy.append((at, end))
        return Told(tuple(ids), end)

    def text(self, who: Person, at: int, peer: str, text: str, *, out: bool = False) -> Told:
        """A message, if the network tells of any; one from before a midnight that is over comes at midnight."""
        if not who.texts_told:
            return Told((), at)
        at = max(at, self._floor)
        event_id = self.event_id()
        value = {
            "event_id": event_id, "occurred_at": at, "subscriber": who.phone, "peer": peer,
            "direction": "out" if out else "in", "text": text, "schema_version": 1,
        }  # fmt: skip
        self._put(SMS, who.phone, value)
        return Told((event_id,), at)

    def transfer(
        self, at: int, phone: str | None, account: str, payee: str, amount_minor: int, phase: str, transfer_id: str, *,
        name: str | None = None, balance_minor: int | None = None, channel: str | None = "mobile",
        is_new: bool | None = None,
    ) -> str:  # fmt: skip
        """One phase of a transfer; its event's id."""
        event_id = self.event_id()
        value = {
            "event_id": event_id, "transaction_id": transfer_id, "occurred_at": at, "subscriber": phone,
            "payer_account": account, "payee_account": payee, "payee_name": name, "amount_minor": amount_minor,
            "currency": "CNY", "balance_minor": balance_minor, "channel": channel, "phase": phase,
            "payee_is_new": is_new, "schema_version": 1,
        }  # fmt: skip
        self._put(TRANSACTIONS, phone or account, value)
        return event_id

    def record(self, topic: Topic, at: int, key: str, record: BaseModel) -> None:
        """A record that is rare enough to be made as a model."""
        self._lines.append(
            (at, _HEAD[topic] + key.encode() + b'","value":' + record.model_dump_json().encode() + b"}\n")
        )

    def _put(self, topic: Topic, key: str, value: dict[str, Any]) -> None:
        line = _HEAD[topic] + key.encode() + b'","value":' + orjson.dumps(value) + b"}\n"
        self._lines.append((value["occurred_at"], line))


def _phases(seconds: int) -> list[tuple[str, int, int | None]]:
    """What follows the ringing: the phase, seconds after it was answered, and the duration that is told."""
    if not seconds:
        return [("ended", 0, None)]
    alive = [("ongoing", s, s) for s in range(SIGN_OF_LIFE_S, seconds, SIGN_OF_LIFE_S)]
    return [("answered", 0, None), *alive, ("ended", seconds, seconds)]
