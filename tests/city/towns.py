"""Small towns that many tests look at; each is written once."""

from collections import defaultdict
from functools import cache
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel

from interdict.city.town.plan import Plan
from interdict.city.town.town import Town
from interdict.city.town.truth import MuleTruth, NumberTruth, PersonTruth, RunTruth, VictimTruth

PLAIN = Plan(seed=7, people=300, days=21, victims=40)
HARSH = Plan(seed=7, people=300, days=21, victims=40, set="harsh")


class Line(NamedTuple):
    topic: str
    key: str
    value: dict[str, Any]


class Written(NamedTuple):
    lines: list[Line]
    truth: list[BaseModel]
    town: Town

    def of(self, topic: str) -> list[dict[str, Any]]:
        return [line.value for line in self.lines if line.topic == topic]

    def told(self, kind: type[BaseModel]) -> list[Any]:
        return [record for record in self.truth if isinstance(record, kind)]

    @property
    def run(self) -> RunTruth:
        return next(record for record in self.truth if isinstance(record, RunTruth))

    @property
    def people(self) -> list[PersonTruth]:
        return self.told(PersonTruth)

    @property
    def victims(self) -> list[VictimTruth]:
        return self.told(VictimTruth)

    @property
    def mules(self) -> list[MuleTruth]:
        return self.told(MuleTruth)

    @property
    def numbers(self) -> list[NumberTruth]:
        return self.told(NumberTruth)

    @property
    def honest(self) -> set[str]:
        return {person.subscriber for person in self.people} - {victim.subscriber for victim in self.victims}

    def transfers(self) -> dict[str, list[dict[str, Any]]]:
        """The phases of each transfer, by its id."""
        found = defaultdict(list)
        for value in self.of("bank.transactions"):
            found[value["transaction_id"]].append(value)
        return found


def raw(plan: Plan) -> bytes:
    """The recording."""
    return b"".join(line for day in Town(plan).lines() for line in day)


@cache
def written(plan: Plan = PLAIN) -> Written:
    town = Town(plan)
    lines = [Line(**orjson.loads(line)) for day in town.lines() for line in day]
    return Written(lines, list(town.truth()), town)


def event_at(line: Line) -> int:
    """Its time, Unix ms; 0 for what has none."""
    return int(line.value.get("occurred_at") or line.value.get("added_at") or 0)


TINY = Plan(seed=3, people=200, days=3, victims=10)
