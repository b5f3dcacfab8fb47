"""What is remembered of a person. Bounded everywhere, and small: a city has millions.

Peers and payees are kept as 64-bit stand-ins (`streams.core.identity`) where only "the same as before?" is asked. Times
are Unix ms.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from schemas.fields import Level

PEERS_MAX = 24
"""People known from earlier days."""
PAYEES_MAX = 16
"""Payees paid before."""
TALKS_MAX = 6
"""Latest calls with strangers."""
STRANGERS_MAX = 12
"""New strangers of the last day."""
TRANSFERS_MAX = 8
"""Latest transfers to payees who were new."""
EVIDENCE_MAX = 32
"""Pieces of evidence; there are fewer codes than that in any one case."""


class Profile(msgspec.Struct, array_like=True, gc=False):
    """From the reference record."""

    age_band: str | None
    occupation: str | None
    handles: list[str]
    accounts: list[int]
    trusted_peers: list[int]
    trusted_payees: list[int]
    area: str | None = None


class Talk(msgspec.Struct, array_like=True, gc=False):
    """One call with a stranger."""

    call: int
    peer: int
    suspicious: bool
    """The peer's kind is one that scammers use: foreign, voip, forwarded, hidden, look-alike, listed, video."""
    answered_at: int
    ended_at: int
    """0 while it goes on."""
    event_id: str


class Transfer(msgspec.Struct, array_like=True, gc=False):
    """One transfer to a payee who was new then."""

    at: int
    amount_minor: int
    """In fen, whatever it was paid in."""
    payee: str
    payer: str
    event_id: str
    posted: bool


class Evidence(msgspec.Struct, array_like=True, gc=False):
    """One code that spoke: when, how strongly (1 is the rule's full weight), and on what events."""

    code: str
    at: int
    strength: float
    event_ids: list[str]


class Case(msgspec.Struct, array_like=True, gc=False):
    """One episode of one person, from the first alert until it has been quiet for long enough."""

    case_id: str
    level: Level | None
    active_at: int
    """When evidence last came."""


class Victim(msgspec.Struct, array_like=True, gc=False):
    """Everything remembered of a person. New fields come last: states of earlier releases are read."""

    profile: Profile | None = None
    peers: dict[int, int] = msgspec.field(default_factory=dict)
    """Peers by the day of first contact, least lately met first."""
    payees: list[int] = msgspec.field(default_factory=list)
    talks: list[Talk] = msgspec.field(default_factory=list)
    strangers: list[int] = msgspec.field(default_factory=list)
    """Times at which new strangers were first answered, oldest first."""
    transfers: list[Transfer] = msgspec.field(default_factory=list)
    spend: list[float] = msgspec.field(default_factory=list)
    """Count (capped), mean and variance of ln(amount), and the last balance with its time; empty before any."""
    inflow: list[int] = msgspec.field(default_factory=list)
    """Latest inferred inflow: time, amount, and how many small ones came after payments."""
    evidence: list[Evidence] = msgspec.field(default_factory=list)
    case: Case | None = None
    shadow: Case | None = None
    """The episode as a shadow policy sees it."""
    code_at: int = 0
    """When the latest one-time code came; 0 for never."""
    code_id: str = ""
    """Its event."""
    old_marks: bool = False
    """Whether some of the stand-ins are those of release 0.1."""
    spelt: bool = False
    """Whether every stand-in is of a name in its one spelling; so it is where this release kept the state first."""


def renew(state: Victim, old: Iterable[int], stand_in: int) -> None:
    """Put today's stand-in of a name where one of an earlier release stands.

    Those of 0.1 are 32-bit checksums: until it is met again a peer of then can be passed for by whoever finds a number
    with the same one. Those before names had one spelling are of each name as a feed spelt it.
    """
    profile = state.profile
    known = (profile.accounts, profile.trusted_peers, profile.trusted_payees) if profile is not None else ()
    for one in old:
        if one in state.peers:
            state.peers[stand_in] = state.peers.pop(one)
        for held in (state.payees, *known):
            if one in held:
                held[held.index(one)] = stand_in


def remember(items: list[Any], item: Any, limit: int) -> None:
    """Append, and let the oldest go."""
    items.append(item)
    if len(items) > limit:
        del items[0]
