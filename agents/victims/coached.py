"""Coached victims: what shows that somebody on the line keeps a person from being spoken to.

A victim is told to answer nobody, to cut calls off, to send them on to another number (DOMAIN: 北碚, 74 calls, engaged
or cut off; 卫辉, forwarding kept the officers away). None of it proves anything alone: people are engaged, reject
calls and forward them to their other phone. So each counts only beside a stranger's call that may be the hand at work.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from agents.victims.facts import end_of
from agents.victims.state import Talk
from schemas.spans import DAY_MS, MINUTE_MS, SECOND_MS

RANG_MS_MAX = 8 * SECOND_MS
"""A call that rang no longer was cut off, by either end; voicemail and most people take longer. ASSUMED."""
GRIP_MS = 10 * MINUTE_MS
"""A call with a stranger of whom nothing more is known must last so long to be a hand at work: couriers take one."""
BEFORE_MS = 5 * MINUTE_MS
AFTER_MS = 15 * MINUTE_MS
"""Around such a call a call that is cut off belongs to it."""
OURS_MS = 2 * MINUTE_MS
"""A call cut off so near to our attempt is our attempt."""


class CoachedFacts(NamedTuple):
    """Facts of how a person could be spoken to, within a day."""

    unreached: int = 0
    """Orders of ours that did not reach the person, while such a call went on."""
    cut_off: int = 0
    """Calls to the person that were cut off within seconds, unanswered, around such a call."""
    cut_off_ours: int = 0
    """Of such calls those that were ours."""
    diverted: bool = False
    """The person's calls have begun to be sent on to a number not known."""
    after_call: bool = False
    """And such a call was within a day before."""


UNSEEN = CoachedFacts()


def seen(talks: Collection[Talk], missed: Collection[int], cut: Iterable[int], now: int) -> CoachedFacts:
    """What was seen around a moment.

    Args:
        talks: with strangers.
        missed: when orders of ours did not reach the person, Unix ms.
        cut: when calls were cut off.
        now: Unix ms; records may come in any order, so what lies after it counts too.
    """
    missed = [at for at in missed if abs(now - at) <= DAY_MS]
    cut = [at for at in cut if abs(now - at) <= DAY_MS]
    return CoachedFacts(
        sum(_is_gripped(talks, at) for at in missed),
        sum(_is_around(talks, at) for at in cut),
        sum(any(abs(at - ours) <= OURS_MS for ours in missed) for at in cut),
    )


def is_after_call(talks: Iterable[Talk], now: int) -> bool:
    """Whether a stranger had the person on the line within a day before."""
    return any(_grips(talk, now) and 0 <= now - talk.answered_at <= DAY_MS for talk in talks)


def _grips(talk: Talk, by: int) -> bool:
    return talk.suspicious or min(by, end_of(talk)) - talk.answered_at >= GRIP_MS


def _is_gripped(talks: Iterable[Talk], at: int) -> bool:
    return any(talk.answered_at <= at <= end_of(talk) and _grips(talk, at) for talk in talks)


def _is_around(talks: Iterable[Talk], at: int) -> bool:
    return any(
        talk.answered_at - BEFORE_MS <= at <= end_of(talk) + AFTER_MS and _grips(talk, end_of(talk)) for talk in talks
    )
