"""Who answers the commands of an evaluation: executors that carry everything out, and officers who are told what the
recording shows. Nothing is drawn: the same recording and truth give the same words.

    command, issued ──latency──► its first word ──seconds of the table──► the next ...

A recording goes on whatever is done, so words must fit it: who in the recording goes on paying was not persuaded.
"""

from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush
from itertools import count
from types import MappingProxyType
from typing import Any, Literal

import orjson

from interdict.judge.known import Known, Standing
from interdict.judge.measures import kind_of
from interdict.replay.recordings import Recorded
from schemas.spans import SECOND_MS
from schemas.topics import outcomes_of
from streams.core.lanes import Entry

Whom = Literal["honest", "goes_on", "stops", "coached"]
"""Somebody who is not being deceived; a victim with payments still to come in the recording; one without; one who was
told to answer nobody, and does not until nothing is left to pay."""
Words = tuple[tuple[str, float], ...]
"""Outcomes, and the seconds each comes after the one before it. The first comes after the latency besides."""

DONE: Words = (("executed", 0),)
TALKS: Mapping[str, Mapping[Whom, Words]] = MappingProxyType({
    "bot": {
        "honest": (("reached", 20), ("false_alarm", 40)),
        "goes_on": (("reached", 20), ("refused", 40)),
        "stops": (("reached", 20), ("refused", 40)),
        "coached": (("unreachable", 40),),
    },
    "call": {
        "honest": (("acknowledged", 0), ("reached", 30), ("false_alarm", 180)),
        "goes_on": (("acknowledged", 0), ("reached", 30), ("refused", 60)),
        "stops": (("acknowledged", 0), ("reached", 30), ("persuaded", 180)),
        "coached": (("acknowledged", 0), ("unreachable", 60)),
    },
    "visit": {
        "honest": (("acknowledged", 0), ("reached", 900), ("false_alarm", 300)),
        "goes_on": (("acknowledged", 0), ("reached", 900), ("refused", 300)),
        "stops": (("acknowledged", 0), ("reached", 900), ("persuaded", 300)),
        "coached": (("acknowledged", 0), ("reached", 900), ("refused", 300)),
    },
})  # fmt: skip
"""ASSUMED seconds and answers. Everybody who is not told to answer nobody is reached at the first attempt, and officers
tell a victim from an honest person without fail; nobody who is really being deceived is cleared by mistake."""
OTHERS: Mapping[str, Words] = MappingProxyType({"approve": (("approved", 30),), "by_hand": (("acknowledged", 30),)})
"""ASSUMED: whatever is proposed is approved, so that no wrong is kept from being counted by an officer's good sense."""


class Answering:
    """The entries of recordings, with the words given on the way among them; see `interdict.replay.player.Ahead`.

    Args:
        read: a record's entry.
        known: the truth.
        latency_ms: how long after its issue a command is carried out.
        see: is shown each entry of the recordings when it is taken, before it is decided.
    """

    def __init__(
        self, read: Callable[[Recorded], Entry], known: Known, latency_ms: int, see: Callable[[Entry], None]
    ) -> None:
        self._entries: Iterator[Entry] = iter(())
        self._read = read
        self._known = known
        self._latency_ms = latency_ms
        self._see = see
        self._words: list[tuple[int, int, Entry]] = []
        self._numbers = count()
        self.taken = 0
        """Entries of the recordings."""
        self._coming: Entry | None = None

    def among(self, entries: Iterator[Entry]) -> "Answering":
        """Stand between these entries, in event-time order, and whoever decides them."""
        self._entries = entries
        self._advance()
        return self

    @property
    def next(self) -> Entry | None:
        """The next entry. Words that come after the last event of the recordings are not heard: the run is over."""
        coming = self._coming
        if coming is not None and self._words and self._words[0][0] <= coming.at:
            return self._words[0][2]
        return coming

    def take(self) -> None:
        """Go on to the one behind it."""
        if self._words and self.next is self._words[0][2]:
            heappop(self._words)
        else:
            self._advance()

    def hear(self, command: Any) -> None:
        """Answer a command."""
        if command.subscriber is None:
            return  # nobody's case waits for a word
        at = command.issued_at + self._latency_ms
        for outcome, seconds in words_of(kind_of(command), whom(self._known, command.subscriber, at)):
            at += int(seconds * SECOND_MS)
            about = command.about if command.action == "approve" else command.command_id
            value = {
                "command_id": about, "occurred_at": at, "subscriber": command.subscriber, "outcome": outcome,
                "actor": None, "note": None, "schema_version": 1,
            }  # fmt: skip
            topic = outcomes_of(outcome, command.action, getattr(command, "channel", None)).name
            record = Recorded(topic, command.subscriber.encode(), orjson.dumps(value), 0)
            heappush(self._words, (at, next(self._numbers), self._read(record)))

    def _advance(self) -> None:
        self._coming = next(self._entries, None)
        if self._coming is not None:
            self.taken += 1
            self._see(self._coming)


def whom(known: Known, person: str, at: int) -> Whom:
    """Who is spoken to. Of somebody whom the truth does not know nothing is known but that it tells of no scam."""
    scam = known.scam_at(person, at)
    if scam is None:
        return "stops" if known.standing(person, at) is Standing.OVER else "honest"
    if all(payment.occurred_at <= at for payment in scam.payments):
        return "stops"
    return "coached" if scam.truth.is_coached else "goes_on"


def words_of(kind: str, who: Whom) -> Words:
    """What is told of a command of this kind."""
    talks = TALKS.get(kind)
    return talks[who] if talks else OTHERS.get(kind, DONE)
