"""Who is tried and who falls for it, when, and by which script."""

from collections.abc import Callable, Iterator
from math import ceil, exp
from random import Random
from typing import NamedTuple

from interdict.city.town.cast import Case, Cast
from interdict.city.town.chance import PROFILES, Zipf, count
from interdict.city.town.gangs import Gang
from interdict.city.town.numbers import Numbers
from interdict.city.town.people import Person
from interdict.city.town.plan import Params, Plan
from interdict.city.town.playbook import PLAYBOOK, Scam
from interdict.city.town.roles import Roles
from interdict.city.town.steps import Beat, Given, Script, Step, is_free, unfold
from schemas.spans import HOUR_MS, MINUTE_MS

QUIET_SHARE = 4
"""In the first of so many parts of a run nobody is lost: habits must be learned before they are broken."""
QUIET_DAYS_MAX = 10
LATEST_SHARE = 0.9
"""The last scam begins before this share of the days is over."""
LATEST_SLOW_SHARE = 0.6
"""The same for scams that take weeks, so that most of them come to their end within the run."""
CONTACTS = ("call", "dial", "text", "reply", "miss")
TALK_SHARE = 0.35
"""How much of the call that a victim listens to somebody hears who does not fall for it; a median."""


class Fate(NamedTuple):
    """What is to befall a victim."""

    day: int
    person: Person
    scam: Scam
    gang: Gang


class Started(NamedTuple):
    """A story that has begun."""

    cast: Cast
    beats: list[Beat]


def fates(plan: Plan, params: Params, people: list[Person], gangs: list[Gang], rng: Random) -> dict[int, list[Fate]]:
    """All victims of the run, by the day on which it begins. Every typology comes before any comes twice."""
    taken: set[int] = set()
    days: dict[int, list[Fate]] = {}
    for scam in _scams(plan.victims, rng):
        person = _prey(scam, people, rng, taken)
        if person is None:
            continue
        taken.add(person.number)
        gang = rng.choice([g for g in gangs if scam.typology in g.typologies] or gangs)
        latest = int(plan.days * (LATEST_SLOW_SHARE if _is_slow(scam.script) else LATEST_SHARE))
        day = gang.first_day + int(rng.expovariate(1 / params["gang.campaign_days"]))
        if day >= latest:
            day = rng.randint(min(quiet_days(plan), latest), latest)
        days.setdefault(day, []).append(Fate(day, person, scam, gang))
    return days


def quiet_days(plan: Plan) -> int:
    """How many days at the beginning nobody is lost."""
    return min(QUIET_DAYS_MAX, plan.days // QUIET_SHARE)


def gather_gangs(
    plan: Plan, params: Params, numbers: Numbers, people: list[Person], rngs: Callable[[str], Random]
) -> list[Gang]:
    """The gangs that share a run's victims, each with its trades and its campaign.

    Args:
        plan: what is asked for.
        params: the run's numbers.
        numbers: gives out phones and accounts.
        people: among them are those who lend cards.
        rngs: makes chance of its own for a name.
    """
    typologies = sorted({scam.typology for scam in PLAYBOOK})
    first, last = quiet_days(plan), max(quiet_days(plan), int(plan.days * LATEST_SHARE) - 1)
    gangs = []
    for index in range(max(1, ceil(plan.victims / params["gang.victims"]))):
        rng = rngs(f"gang/{index}")
        trades = rng.sample(typologies, min(len(typologies), 1 + count(rng, params["gang.trades"] - 1)))
        begins = rng.randint(first, last)
        gangs.append(Gang(index, rng, params, numbers, people, plan.day_at(0), begins, frozenset(trades)))
    return gangs


def begin(fate: Fate, scam_id: str, day_at: int, params: Params, roles: Roles, zipf: Zipf, rng: Random) -> Started:
    """A victim's story, with the report at its end if there is one."""
    scam, person = fate.scam, fate.person
    at = day_at + PROFILES[scam.hours].moment(rng, is_free(day_at))
    given = Given(rng, params, params["crime.quit_share"], params["crime.silent_share"])
    beats, gave_up = unfold(scam.script, at, given)
    is_coached = scam.coaches and rng.random() < params["crime.coached_share"]
    case = Case(scam_id, scam.typology, scam.variant, at, is_coached, gave_up)
    cast = Cast(person, rng, roles, zipf, fate.gang, case)
    if is_coached:
        person.hushed_until = max(person.hushed_until, beats[-1].at)
    return Started(cast, [*beats, *_afterwards(beats, params, rng)])


def _afterwards(beats: list[Beat], params: Params, rng: Random) -> Iterator[Beat]:
    """The centre's call that nobody takes, and the report."""
    paid = [beat.at for beat in beats if beat.step.act in ("pay", "cash")]
    if not paid:
        return
    if rng.random() < params["crime.warned_share"]:
        yield Beat(paid[0] + int(rng.expovariate(1 / 20) * MINUTE_MS), Step("miss", by="police"))
    if rng.random() < params["crime.reported_share"]:
        hours = params["crime.report_median_h"] * exp(rng.gauss(0, 0.8))
        yield Beat(max(beats[-1].at, paid[-1]) + int(hours * HOUR_MS), Step("report"))


def trials(
    plan: Plan,
    params: Params,
    people: list[Person],
    gangs: list[Gang],
    roles: Roles,
    zipf: Zipf,
    day_at: int,
    rng: Random,
) -> Iterator[Started]:
    """Those who are tried on a day and pay nothing: they hang up, or listen for ten minutes and ask their daughter."""
    for _ in range(count(rng, plan.victims * params["crime.trials_a_victim"] / plan.days)):
        scam = rng.choices(PLAYBOOK, _WEIGHTS)[0]
        person = _prey(scam, people, rng, set())
        if person is None:
            continue
        at = day_at + PROFILES[scam.hours].moment(rng, is_free(day_at))
        beats, _ = unfold(_opening(scam.script, rng), at, Given(rng, params, 0.3, params["crime.silent_share"]))
        shorter = [b._replace(seconds=int(b.seconds * min(1.0, TALK_SHARE * exp(rng.gauss(0, 1))))) for b in beats]
        if any(b.step.act in CONTACTS for b in shorter):
            person.trials += 1
            yield Started(Cast(person, rng, roles, zipf, rng.choice(gangs)), shorter)


_WEIGHTS = [scam.weight for scam in PLAYBOOK]


def _opening(script: Script, rng: Random) -> Script:
    """The steps before anything is paid, as far as somebody goes along; a call covers nothing that does not come."""
    steps: list[Step] = []
    for item in script:
        if not isinstance(item, Step) or item.act in ("pay", "back", "gather", "loan", "cash"):
            break
        steps.append(item._replace(covers=0))
    return tuple(steps[: rng.randint(1, len(steps))]) if steps else ()


def _is_slow(script: Script) -> bool:
    steps = [step for item in script for step in ((item,) if isinstance(item, Step) else item.steps)]
    return any(step.wait in ("wait.week_min", "groom.days_min", "groom.weeks_min") for step in steps)


def _scams(victims: int, rng: Random) -> list[Scam]:
    typologies = list(dict.fromkeys(scam.typology for scam in PLAYBOOK))
    rng.shuffle(typologies)
    each = [rng.choice([scam for scam in PLAYBOOK if scam.typology == typology]) for typology in typologies]
    return [*each, *rng.choices(PLAYBOOK, _WEIGHTS, k=max(0, victims - len(each)))][:victims]


def _prey(scam: Scam, people: list[Person], rng: Random, taken: set[int]) -> Person | None:
    """Somebody whom this scam befalls: the more it is of their kind, the likelier; None where nobody is found."""
    most = max(scam.prey.values())
    for _ in range(2_000):
        person = rng.choice(people)
        if person.number not in taken and rng.random() * most < scam.prey.get(person.kind.name, 0.0):
            return person
    return None
