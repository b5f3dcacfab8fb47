"""Those who answer Interdict while a plan is played: officers and executors, and the bank.

commands ─┬► Answers ─► words, each when its event time has come ─► command.outcomes, officer.outcomes
          └► Bank ─► a posting that was stopped leaves as a decline
"""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any

from aiokafka import AIOKafkaProducer

from interdict.city.feed import SLICE_S, send_all
from interdict.city.simulate import Plan, Record, ground_truth
from interdict.city.simulate.actors import words_of
from schemas.topics import TRANSACTIONS


class Bank:
    """Carries out holds, stops and freezes: a transfer that is not yet posted is declined."""

    def __init__(self) -> None:
        self._frozen: set[str] = set()
        self._stopped: set[str] = set()
        self._held: set[tuple[str, str, int]] = set()
        self.declined: set[str] = set()
        """Event ids of postings that did not happen."""

    def hear(self, command: dict[str, Any]) -> None:
        """Act upon a command, where it is about an account."""
        match command["action"]:
            case "hold":
                self._held.add(_transfer(command))
            case "release" if command["payee_account"] is not None:
                self._held.discard(_transfer(command))
            case "freeze":
                self._frozen.add(command["account"])
            case "stop_payment":
                self._stopped.add(command["account"])
            case "release":
                self._frozen.discard(command["account"])
                self._stopped.discard(command["account"])

    def settle(self, record: Record) -> Record:
        """The last look at a record: a posting that was stopped leaves as a decline."""
        value = record.value
        if record.topic != TRANSACTIONS.name or value["phase"] != "posted":
            return record
        held = (value["payer_account"], value["payee_account"], value["amount_minor"]) in self._held
        if held or value["payer_account"] in self._frozen or value["payee_account"] in self._stopped:
            self.declined.add(value["event_id"])
            return record._replace(value={**value, "phase": "declined"})
        return record


def _transfer(command: dict[str, Any]) -> tuple[str, str, int]:
    return command["account"], command["payee_account"], command["amount_minor"]


class Answers:
    """Sends what officers and executors tell, each word when its event time has come.

    Args:
        told: hears each word as it is sent.
    """

    def __init__(self, told: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
        self._told = told
        self._victims: frozenset[str] = frozenset()
        self._words: list[tuple[int, int, Record]] = []
        self._numbers = count()

    def expect(self, plan: Plan) -> None:
        """Know who is really being defrauded: anybody else who is reached turns out a false alarm."""
        self._victims |= {scam["subscriber"] for scam in ground_truth(plan)}

    def hear(self, command: dict[str, Any]) -> None:
        """Decide what will be told of a command, and when."""
        for word in words_of(command, self._victims):
            heappush(self._words, (word.at, next(self._numbers), word))

    async def give(self, producer: AIOKafkaProducer, clock: Callable[[], int]) -> None:
        """Go on sending words until cancelled.

        Args:
            producer: to send with.
            clock: event time now, Unix ms.
        """
        while True:
            due = self._due(clock())
            await send_all(producer, due)
            for record in due:
                self._told(record.value)
            await asyncio.sleep(SLICE_S)

    def _due(self, now: int) -> list[Record]:
        due = []
        while self._words and self._words[0][0] <= now:
            due.append(heappop(self._words)[2])
        return due
