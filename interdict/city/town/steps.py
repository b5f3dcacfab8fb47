"""The language in which everything that has more than one step is written: an honest occasion and a scam alike.

A story is a table of steps. `unfold` draws when each happens; what it costs, who is called and who is paid is settled
when it happens, by `stage`. One language for both is the point: a scam differs from an honest deal by its steps alone,
never by how they are written down.
"""

from collections.abc import Iterator
from datetime import date
from math import exp
from random import Random
from typing import Literal, NamedTuple

from interdict.city.town.chance import PROFILES
from interdict.city.town.plan import ZONE_MS, Params
from schemas.spans import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

Act = Literal["call", "dial", "miss", "text", "reply", "code", "app", "pay", "back", "gather", "loan", "cash", "report"]
"""What happens. `call` comes in, `dial` goes out, `miss` is not answered; `app` leaves no trace in any feed and
only takes time; `back` is money that comes back; `gather` moves one's own money to one account; `loan` borrows from a
licensed lender; `report` tells the police."""
Channel = Literal["mobile", "web", "atm", "counter", "pos", "qr"]
TIMES_MAX = 12
AWAKE = ("wait.at_once_min", "wait.minutes_min", "wait.quarter_min")
"""Waits so short that whoever began stays awake for it."""
SLEEPS_UNTIL_MS = 7 * HOUR_MS
WAKES_AT_H = (7.0, 11.0)


class Step(NamedTuple):
    """One step. Every number in it is the name of a range."""

    act: Act
    wait: str = "wait.at_once_min"
    """How long after the step before; a median."""
    hours: str = ""
    """At what hours, a key of `chance.PROFILES`; whenever it comes, if empty."""
    share: str = ""
    """How likely it happens at all; always, if empty."""
    times: str = ""
    """How often; once, if empty."""
    size: str = ""
    """Median amount in CNY; scaled with what the person earns."""
    grow: str = ""
    """A factor on the amount before."""
    of_left: str = ""
    """A share of all that the person has."""
    text: str = ""
    """Subject of the message."""
    by: str = "other"
    """Who calls or writes: a role of `cast`."""
    to: str = "other"
    """Who is paid: a role of `cast`."""
    line: str = "line.few_s"
    """How long the call is; with `covers`, how long it goes on after the last covered step."""
    covers: int = 0
    """How many of the steps that follow happen while this call is on the line."""
    via: Channel = "mobile"
    of_firm: bool = False
    """Whether a firm's money is paid, where the person has any in hand."""
    medium: Literal["voice", "video"] = "voice"
    quits: bool = False
    """Whether a victim may come to doubt here and give up."""


class Round(NamedTuple):
    """Steps that come again and again together: a task, its stake and its reward."""

    times: str
    steps: tuple[Step, ...]


Script = tuple[Step | Round, ...]


class Beat(NamedTuple):
    """A step with its time."""

    at: int
    """Unix ms."""
    step: Step
    seconds: int = 0
    """How long the call is; 0 for what is none."""


class Given(NamedTuple):
    """What a story is unfolded with."""

    rng: Random
    params: Params
    quit_share: float = 0.0
    """How likely the person gives up at each step where that is possible."""
    silent_share: float = 0.0
    """How likely a call or text happens in an app, where nobody sees it."""


class Unfolded(NamedTuple):
    """A story with its times."""

    beats: list[Beat]
    """In order of time but for what happens during a call."""
    gave_up: bool
    """Whether it broke off before its end."""


def unfold(script: Script, at: int, given: Given) -> Unfolded:
    """When each step of a story happens.

    Args:
        script: its steps.
        at: when it may begin, Unix ms; the first step's own wait comes on top.
        given: chance, the run's numbers, and how steadfast the victim is.
    """
    beats: list[Beat] = []
    calls: list[tuple[int, int]] = []  # index of a call that covers, and of the step that ends it
    steps = list(_chosen(script, given))
    for number, step in enumerate(steps):
        at = _next(at, step, given, inside=bool(calls))
        seconds = _seconds(step, given)
        beats.append(Beat(at, _muted(step, given), seconds))
        if step.covers:
            calls.append((number, number + step.covers))
        elif step.act in ("call", "dial"):
            at += seconds * SECOND_MS
        while calls and number >= calls[-1][1]:
            at = _close(beats, calls.pop()[0], at, given)
        if step.quits and given.rng.random() < given.quit_share:
            break
    while calls:
        at = _close(beats, calls.pop()[0], at, given)
    return Unfolded(beats, len(beats) < len(steps))


def _chosen(script: Script, given: Given) -> Iterator[Step]:
    """The steps that happen, each as often as it does; a call covers the repetitions of what it covers."""
    rng, params = given.rng, given.params
    open_call: list[Step] = []  # a call that covers, then what it covers
    missing = 0
    for step in _flat(script, given):
        happens = not step.share or rng.random() < params[step.share]
        copies = [step] * (happens and _times(rng, params, step.times))
        if not missing and step.covers and happens:
            open_call, missing = [step], step.covers
            continue
        if missing:
            open_call += copies
            missing -= 1
            if not missing:
                yield open_call[0]._replace(covers=len(open_call) - 1)
                yield from open_call[1:]
            continue
        yield from copies


def _flat(script: Script, given: Given) -> Iterator[Step]:
    for item in script:
        if isinstance(item, Step):
            yield item
            continue
        for _ in range(_times(given.rng, given.params, item.times)):
            yield from item.steps


def _times(rng: Random, params: Params, name: str) -> int:
    """How often: at least once, on average as often as the range says, with a tail."""
    if not name:
        return 1
    more = max(0.0, params[name] - 1)
    return min(TIMES_MAX, 1 + int(rng.expovariate(1 / more) + 0.5) if more else 1)


def _next(at: int, step: Step, given: Given, inside: bool) -> int:
    """When a step happens. On the line nobody waits for office hours."""
    wait = given.params[step.wait] * exp(given.rng.gauss(0, given.params["wait.sigma"]))
    at += int(wait * MINUTE_MS)
    if inside:
        return at
    if not step.hours:
        return at + _sleep_ms(at, given.rng) * (step.wait not in AWAKE)
    midnight = at - (at + ZONE_MS) % DAY_MS
    moment = midnight + PROFILES[step.hours].moment(given.rng, is_free(midnight))
    return moment if moment >= at else moment + DAY_MS


def _sleep_ms(at: int, rng: Random) -> int:
    """How long what would happen at night waits for the morning, ms."""
    since_midnight = (at + ZONE_MS) % DAY_MS
    return int(rng.uniform(*WAKES_AT_H) * HOUR_MS) - since_midnight if since_midnight < SLEEPS_UNTIL_MS else 0


def is_free(at: int) -> bool:
    """Whether an instant lies on a Saturday or Sunday in China.

    >>> is_free(1_772_294_400_000), is_free(1_772_467_200_000)  # 2026-03-01, a Sunday, and two days later
    (True, False)
    """
    return date.fromordinal(date(1970, 1, 1).toordinal() + (at + ZONE_MS) // DAY_MS).weekday() >= 5


def _seconds(step: Step, given: Given) -> int:
    if step.act not in ("call", "dial"):
        return 0
    return max(5, int(given.params[step.line] * exp(given.rng.gauss(0, given.params["line.sigma"]))))


def _close(beats: list[Beat], index: int, at: int, given: Given) -> int:
    """Give a covering call its end: what its last step needs, and as long as it goes on afterwards."""
    call = beats[index]
    seconds = min((at - call.at) // SECOND_MS + call.seconds, _CALL_MAX_S)
    beats[index] = call._replace(seconds=seconds)
    return max(at, call.at + seconds * SECOND_MS)


_CALL_MAX_S = 6 * 3600


def _muted(step: Step, given: Given) -> Step:
    if step.act in ("call", "text", "reply", "miss") and given.rng.random() < given.silent_share:
        return step._replace(act="app")
    return step
