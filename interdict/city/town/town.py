"""The town: day after day, everybody's ordinary life, occasions and scams, in order of time.

Nothing grows with the days: a day's lines are sorted, handed out and forgotten. What is carried over is bounded by the
people, and by the stories that are under way.
"""

from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import Literal

from pydantic import BaseModel

from interdict.city.town.cast import Case, Cast
from interdict.city.town.chance import PROFILES, count
from interdict.city.town.fates import Started, begin, fates, gather_gangs, trials
from interdict.city.town.gangs import Gang
from interdict.city.town.habits import Action, Habits
from interdict.city.town.ledger import Ledger
from interdict.city.town.months import Months
from interdict.city.town.numbers import Numbers
from interdict.city.town.occasions import OCCASIONS, Occasion
from interdict.city.town.people import Person, circle_of, profile, settle
from interdict.city.town.plan import Params, Plan, draw
from interdict.city.town.roles import Roles
from interdict.city.town.scribe import Scribe
from interdict.city.town.stage import Stage, entry
from interdict.city.town.steps import Beat, Given, is_free, unfold
from interdict.city.town.truth import MuleTruth, NumberTruth, PersonTruth, RunTruth, VictimTruth
from interdict.city.town.words import Phrases
from schemas.fields import TIME_MS_MAX
from schemas.spans import DAY_MS
from schemas.topics import SUBSCRIBERS, WATCHLIST

YEAR_DAYS = 365


class Town:
    """One run.

    Args:
        plan: what is asked for.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.params: Params = draw(plan.seed, plan.set)
        self._start = plan.day_at(0)
        numbers = Numbers(plan.seed)
        self.people: list[Person] = settle(plan, self.params, numbers)
        self._zipf = circle_of(self.params)
        self._roles = Roles(self.people, self.params, numbers, self._rng("roles"), self._zipf)
        self._phrases = Phrases(plan.split)
        self._scribe = Scribe(self.params, self._rng("scribe"))
        self._ledger = Ledger(self.people, self.params, self._rng("ledger"), self._scribe, self._phrases)
        self._stage = Stage(self.params, self.people, self._roles, self._scribe, self._ledger, self._phrases)
        self._habits = Habits(
            self.params, self.people, self._roles, self._stage, self._ledger, self._zipf, self._rng("habits")
        )
        self._months = Months(self.params, self.people, self._roles, self._ledger, self._rng("months"))
        self._gangs = gather_gangs(plan, self.params, numbers, self.people, self._rng)
        self._fates = fates(plan, self.params, self.people, self._gangs, self._rng("fates"))
        self._chance = self._rng("occasions")
        self._concerned = {occasion.name: self._whom(occasion) for occasion in OCCASIONS}
        self._known = {p.number for p in self.people if self._chance.random() < self.params["people.known_share"]}
        self._listing = self._rng("listing")
        self._cases: list[tuple[Case, Cast]] = []
        self._due: dict[int, list[Started]] = {}

    def lines(self) -> Iterator[list[bytes]]:
        """The lines: the reference first, a list for each day, then what was under way. To be run through once."""
        self._refer()
        yield self._scribe.until(self._start + 1)
        for day in range(self.plan.days):
            self._live(day)
            yield self._scribe.until(self.plan.day_at(day + 1))
        yield self._scribe.until(TIME_MS_MAX)

    def truth(self) -> Iterator[BaseModel]:
        """What really was; to be asked for after the last line."""
        plan = self.plan
        yield RunTruth(seed=plan.seed, split=plan.split, set=plan.set, people=plan.people, days=plan.days,
                       starts_at=self._start, ends_at=plan.day_at(plan.days))  # fmt: skip
        for person in self.people:
            yield PersonTruth(subscriber=person.phone, kind=person.kind.name, age_band=person.age_band,
                              is_known=person.number in self._known, trials=person.trials)  # fmt: skip
        yield from (_victim(case, cast) for case, cast in self._cases)
        for gang in self._gangs:
            yield from _served(gang)

    def _rng(self, name: str) -> Random:
        """Chance of its own for each part, so that more of the one does not change the other."""
        return Random(f"{self.plan.seed}/{self.plan.set}/{name}")

    def _refer(self) -> None:
        """What the centre knows beforehand: most people, some of the gangs, and some who are innocent."""
        rng = self._rng("reference")
        for person in self.people:
            if person.number in self._known:
                self._scribe.record(SUBSCRIBERS, self._start, person.phone, profile(rng, self.params, person))
        self._list(self._start)
        self._list_innocent(self._start)

    def _list(self, at: int) -> None:
        """Put on the list what other towns' centres have found, and what they took for it."""
        for gang in self._gangs:
            for value, kind in gang.newly_listed():
                self._enlist(at, value, kind)
                if self._listing.random() < self.params["watch.wrong_share"]:
                    self._list_innocent(at)

    def _list_innocent(self, at: int) -> None:
        rng = self._listing
        if rng.random() < 0.5:
            self._enlist(at, rng.choice(self.people).purses[-1].account, "account")
        else:
            self._enlist(at, self._roles.caller(rng.choice(("sales", "courier", "wrong"))).peer, "peer")

    def _enlist(self, at: int, value: str, kind: Literal["peer", "account"]) -> None:
        category = "mule" if kind == "account" else "scam"
        self._scribe.record(WATCHLIST, at, value, entry(value, kind, category, "exchange", at))

    def _live(self, day: int) -> None:
        day_at = self.plan.day_at(day)
        free = is_free(day_at)
        for gang in self._gangs:
            gang.prepare(day, day_at, self._ledger, self._roles)
        self._list(day_at)
        self._begin(day, day_at)
        stories = self._stories(day)
        paid = self._months.of(self.plan.date_of(day), day_at)
        for person in self.people:
            person.busy = [call for call in person.busy if call[1] > day_at]
        for person in self.people:
            actions: list[Action] = self._habits.of(person, day_at, free)
            actions += stories.pop(person.number, ())
            actions += paid.pop(person.number, ())
            actions.sort(key=_time)
            for at, act, args in actions:
                act(at, *args)

    def _begin(self, day: int, day_at: int) -> None:
        """Start the stories of a day: victims', trials, occasions."""
        for number, fate in enumerate(self._fates.pop(day, ())):
            rng = self._rng(f"fate/{day}/{number}")
            started = begin(fate, f"scam-{day:03d}-{number:02d}", day_at, self.params, self._roles, self._zipf, rng)
            if started.cast.case:
                self._cases.append((started.cast.case, started.cast))
            self._put(started)
        tried = self._rng(f"trials/{day}")
        for started in trials(self.plan, self.params, self.people, self._gangs, self._roles, self._zipf, day_at, tried):
            self._put(started)
        for started in self._occasions(day, day_at):
            self._put(started)

    def _occasions(self, day: int, day_at: int) -> Iterator[Started]:
        rng, month = self._chance, self.plan.date_of(day).month
        for occasion in OCCASIONS:
            people, totals = self._concerned[occasion.name]
            if month not in occasion.months or not people:
                continue
            rate = self.params[occasion.rate] * totals[-1] / YEAR_DAYS * 12 / len(occasion.months)
            for _ in range(_many(rng, rate)):
                person = rng.choices(people, cum_weights=totals)[0]
                at = day_at + PROFILES[occasion.hours].moment(rng, is_free(day_at))
                cast = Cast(person, rng, self._roles, self._zipf)
                yield Started(cast, unfold(occasion.script, at, Given(rng, self.params)).beats)

    def _whom(self, occasion: Occasion) -> tuple[list[Person], list[float]]:
        """Whom an occasion concerns, with running totals of how much."""
        weights = [
            (p, occasion.kinds.get(p.kind.name, 0.0) if occasion.kinds else float(p.kind.name != "child"))
            for p in self.people
        ]
        people = [p for p, weight in weights if weight]
        return people, list(accumulate(weight * p.activity for p, weight in weights if weight))

    def _put(self, started: Started) -> None:
        """Note a story under each day on which something of it happens."""
        days: dict[int, Started] = {}
        for beat in started.beats:
            day = (beat.at - self._start) // DAY_MS
            if day < self.plan.days:
                days.setdefault(day, Started(started.cast, [])).beats.append(beat)
            elif started.cast.case and beat.step.act != "report":
                started.cast.case.is_cut_short = True
        for day, part in days.items():
            self._due.setdefault(day, []).append(part)

    def _stories(self, day: int) -> dict[int, list[Action]]:
        """What stories bring to a day, by person."""
        found: dict[int, list[Action]] = {}
        for cast, beats in self._due.pop(day, ()):
            actions = found.setdefault(cast.person.number, [])
            actions += [(beat.at, self._play, (cast, beat)) for beat in beats]
        return found

    def _play(self, at: int, cast: Cast, beat: Beat) -> None:
        self._stage.play(cast, beat)


def _time(action: Action) -> int:
    return action[0]


def _many(rng: Random, rate: float) -> int:
    """How often of a rate that may be large."""
    return count(rng, rate) if rate < 25 else max(0, round(rng.gauss(rate, rate**0.5)))


def _victim(case: Case, cast: Cast) -> VictimTruth:
    assert cast.gang is not None
    return VictimTruth(
        scam_id=case.scam_id, subscriber=cast.person.phone, typology=case.typology, variant=case.variant,
        gang=cast.gang.index, first_contact_at=case.first_contact_at, event_ids=tuple(case.event_ids),
        payments=tuple(case.payments), returned_minor=case.returned_minor,
        is_coached=case.is_coached, gave_up=case.gave_up, is_cut_short=case.is_cut_short, reported_at=case.reported_at,
    )  # fmt: skip


def _served(gang: Gang) -> Iterator[BaseModel]:
    for mule in gang.mules:
        if mule.first_used_at is not None:
            yield MuleTruth(
                account=mule.payee.account, gang=gang.index, level=mule.level, phone=mule.phone,
                is_local=mule.is_local, is_seen=mule.is_seen, is_listed=mule.is_listed,
                first_used_at=mule.first_used_at, victims=tuple(mule.victims),
            )  # fmt: skip
    for line in gang.lines:
        if line.first_used_at is not None:
            yield NumberTruth(peer=line.contact.peer, line=line.contact.kind, gang=gang.index,
                              is_listed=line.is_listed, first_used_at=line.first_used_at)  # fmt: skip
