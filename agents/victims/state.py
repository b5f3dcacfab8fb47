"""What is remembered of a person. Bounded everywhere, and small: a city has millions.

Peers and payees are kept as 64-bit stand-ins (`streams.core.identity`) where only "the same as before?" is asked. Times
are Unix ms.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from schemas.fields import Level

CONTACTS_MAX = 32
"""People spoken to."""
PAYEES_MAX = 24
"""Payees paid before."""
TALKS_MAX = 8
"""Calls with strangers: the most telling of the latest."""
STRANGERS_MAX = 12
"""New strangers of the last day."""
TRANSFERS_MAX = 12
"""Latest transfers to payees who were new."""
ACCOUNTS_MAX = 6
"""Accounts that a person pays from."""
RETURNS_MAX = 6
"""Small sums that came in after small payments."""
MOVED_MAX = 4
"""Transfers between a person's own accounts."""
REFUSED_MAX = 4
"""Orders to new payees that were declined."""
CUT_MAX = 6
"""Calls to the person that were cut off within seconds."""
MISSED_MAX = 6
"""Orders of ours that did not reach the person."""
DIVERTED_MAX = 4
"""Numbers that the person's calls were sent on to."""
EVIDENCE_MAX = 48
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
    dialled: bool = False
    """Whether the person made the call."""
    listed: bool = False
    """Whether the number was on the watchlist."""


class Transfer(msgspec.Struct, array_like=True, gc=False):
    """One transfer to a payee who was new then."""

    at: int
    amount_minor: int
    """In fen, whatever it was paid in."""
    payee: str
    payer: str
    event_id: str
    posted: bool
    transaction_id: str = ""
    """What its phases share; empty where the bank does not tell."""
    tells: int = 0
    """What of the transfer itself speaks for a fraud: 0 nothing, 1 its amount, 2 its payee or what it is a part of."""
    shared: bool = False
    """Whether its payee is paid by everybody: a cash desk, a machine, a merchant, a payment firm."""
    own: bool = False
    """Whether the account that pays is the person's own, as far as was known then."""


class Moved(msgspec.Struct, array_like=True, gc=False):
    """Money moved from one account of a person's to another."""

    at: int
    amount_minor: int
    """In fen."""
    to: int
    """What stands for the account that it came to."""


class Refused(msgspec.Struct, array_like=True, gc=False):
    """One order to a payee who was new then, which was declined."""

    at: int
    amount_minor: int
    """In fen, whatever it was to be paid in."""
    payee: str


class Contact(msgspec.Struct, array_like=True, gc=False):
    """What a person has had to do with a peer, by days of the place."""

    first_day: int
    last_day: int
    days: int
    """Days with a call over a line that shows who calls."""
    odd_days: int
    """Days with calls from abroad, over the internet, forwarded or hidden only: these make nobody known."""
    dialled: int
    """Calls that the person made."""
    seconds: int


class Payee(msgspec.Struct, array_like=True, gc=False):
    """What a person has paid somebody, by days of the place."""

    first_day: int
    last_day: int
    biggest_minor: int
    """The largest payment that nobody was on the line for; 0 before any."""


class Account(msgspec.Struct, array_like=True, gc=False):
    """What is known of the money on an account that a person pays from."""

    balance_minor: int
    at: int
    came_minor: int = 0
    """The latest money that must have come in between two payments."""
    came_at: int = 0


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
    """Of earlier releases: peers by the UTC day of first contact. Nobody is known by it; it is left to run dry."""
    payees: list[int] = msgspec.field(default_factory=list)
    """Of earlier releases: payees paid before. They move to `paid` when they are paid again."""
    talks: list[Talk] = msgspec.field(default_factory=list)
    strangers: list[int] = msgspec.field(default_factory=list)
    """Times at which new strangers were first answered, oldest first."""
    transfers: list[Transfer] = msgspec.field(default_factory=list)
    spend: list[float] = msgspec.field(default_factory=list)
    """Count (capped), mean and variance of ln(amount); empty before any. Earlier releases kept a balance behind."""
    inflow: list[int] = msgspec.field(default_factory=list)
    """Of earlier releases, which mixed a person's accounts: not read."""
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
    contacts: dict[int, Contact] = msgspec.field(default_factory=dict)
    """By peer, least lately met first."""
    paid: dict[int, Payee] = msgspec.field(default_factory=dict)
    """By payee, least lately paid first."""
    accounts: dict[int, Account] = msgspec.field(default_factory=dict)
    """By account, least lately paid from first."""
    returns: list[int] = msgspec.field(default_factory=list)
    """When small sums came in after small payments to somebody new, oldest first."""
    spelt: bool = False
    """Whether every stand-in is of a name in its one spelling; so it is where this release kept the state first."""
    refused: list[Refused] = msgspec.field(default_factory=list)
    """Oldest first."""
    ringing: list[int] = msgspec.field(default_factory=list)
    """The call to the person that rings, and since when; empty for none."""
    cut: list[int] = msgspec.field(default_factory=list)
    """When calls to the person were cut off within seconds with nobody answering, oldest first."""
    missed: dict[int, int] = msgspec.field(default_factory=dict)
    """By order of ours, when it did not reach the person, oldest first."""
    diverted: dict[int, int] = msgspec.field(default_factory=dict)
    """By number, since when the person's calls were sent on to it, oldest first."""
    moved: list[Moved] = msgspec.field(default_factory=list)
    """Oldest first."""
    warned_at: int = 0
    """When an anti-fraud centre's line last texted the person; 0 for never."""


def renew(state: Victim, old: Iterable[int], stand_in: int) -> None:
    """Put today's stand-in of a name where one of an earlier release stands.

    Those of 0.1 are 32-bit checksums: until it is met again whom a person paid or trusted then can be passed for by
    whoever finds a name with the same one. Those before names had one spelling are of each name as a feed spelt it.
    """
    profile = state.profile
    known = (profile.accounts, profile.trusted_peers, profile.trusted_payees) if profile is not None else ()
    for one in old:
        for held in (state.payees, *known):
            if one in held:
                held[held.index(one)] = stand_in


def remember(items: list[Any], item: Any, limit: int) -> None:
    """Append, and let the oldest go."""
    items.append(item)
    if len(items) > limit:
        del items[0]
