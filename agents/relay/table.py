"""The relay as a table: in which state, upon what, to which state, doing what. The code only walks it.

    warning text ─► voice bot ─► officer's call ─► cut phone, account, session ─► visit ─► command centre
         when one step fails, the next takes over (接力拦截), until somebody has spoken to the person

A case changes its state, closes and is forgotten along one of these arrows and not otherwise. README's diagram is drawn
from them (`python -m agents.relay.diagram`).
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from schemas.cases import CaseStateName, ClosedAs
from schemas.fields import Level
from schemas.topics import MACHINE_CHANNELS

Trigger = Literal[
    "yellow", "orange", "red",  # the level rose to this, or there is fresh evidence at it after the case had calmed
    "transfer",  # money leaves again
    "fresh_money",  # so it does though the case is closed: suspect, and to another payee or hours after
    "held_back",  # a transfer is held while somebody speaks to the person
    "cannot_hold",  # and its bank could not
    "further_mule",  # more is said of a payment, or of somebody from whom something is taken: what is suspect is taken
    "acknowledged", "reached", "persuaded", "false_alarm",  # good news of the step that is on
    "one_false_alarm",  # where it takes two officers to say so
    "unreachable", "refused", "failed", "rejected", "expired", "ack_overdue", "reach_overdue",  # it did not help
    "tried_enough",  # a step may not be tried once more, and is as good as one that did not help
    "another_way",  # nor may the centre try once more to reach the person
    "last_way",  # nor to reach somebody close to them
    "nothing_left",  # nor may the last one
    "handed_over",  # its officer's shift is over
    "quiet",  # nothing has happened for long enough
    "next_episode",  # the person's next case begins
    "kept_long_enough",  # nothing late is expected any more
]  # fmt: skip
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
STATES: tuple[CaseStateName, ...] = get_args(CaseStateName)

Action = Literal[
    "text", "bot", "call", "visit", "centre", "family", "station",  # these talk to the person, or have somebody do it
    "cut", "hold", "again", "ack", "contact", "calm", "watch", "wait", "open", "open_again", "close", "forget",
]  # fmt: skip


class Row(NamedTuple):
    """One arrow."""

    state: CaseStateName
    on: Trigger
    to: CaseStateName
    do: tuple[Action, ...]
    closed_as: ClosedAs | None = None
    """How the case ends here, or will where the next arrow ends it; None while somebody is to be reached."""
    unless: ClosedAs | None = None
    """A case that was closed so does not follow it."""

    @property
    def first(self) -> tuple[Action, ...]:
        """What is done before the state is left."""
        return LEAVING.get(self.state, ()) if self.to != self.state else ()

    @property
    def then(self) -> tuple[Action, ...]:
        """What is done in the state that it leads to."""
        return (*self.do, *BESIDES.get(self.on, ()))


LEAVING: Mapping[CaseStateName, tuple[Action, ...]] = {"opened": ("open",), "closed": ("open_again",)}
"""What every arrow does that leads out of a state."""
EVIDENCE: tuple[Trigger, ...] = ("yellow", "orange", "red", "transfer", "fresh_money")
BESIDES: Mapping[Trigger, tuple[Action, ...]] = dict.fromkeys(EVIDENCE, ("hold", "calm"))
"""What every arrow of a trigger does: with fresh evidence what is not posted yet is held where the level asks for it,
and the quiet hours begin anew."""
NO_HELP: tuple[Trigger, ...] = (
    "unreachable", "refused", "failed", "rejected", "expired", "ack_overdue", "reach_overdue", "tried_enough",
)  # fmt: skip
"""The relay's rule: whatever of these comes of a step, the next takes over."""
TALKING: tuple[CaseStateName, ...] = ("texting", "bot_calling", "calling", "visiting", "escalated")
"""States in which somebody is to reach the person."""
OPEN: tuple[CaseStateName, ...] = (*TALKING, "watching")


def _rows(
    states: tuple[CaseStateName, ...], on: tuple[Trigger, ...], to: CaseStateName, *do: Action,
    closed_as: ClosedAs | None = None,
) -> list[Row]:  # fmt: skip
    return [Row(state, trigger, to, do, closed_as) for state in states for trigger in on]


def _staying(states: tuple[CaseStateName, ...], on: Trigger, *do: Action) -> list[Row]:
    return [Row(state, on, state, do) for state in states]


TABLE: tuple[Row, ...] = (
    # the first warning
    Row("opened", "yellow", "texting", ("text",)),
    Row("opened", "orange", "calling", ("call",)),
    Row("opened", "red", "calling", ("cut", "call")),
    # it gets worse: steps are skipped
    *_rows(("texting", "bot_calling"), ("orange",), "calling", "call"),
    *_rows(("texting", "bot_calling"), ("red",), "calling", "cut", "call"),
    *_staying(("calling", "visiting", "escalated"), "red", "cut"),
    *_staying(("calling", "visiting", "escalated"), "transfer", "cut"),
    # or no worse than what is done about it
    *_staying(("texting", "bot_calling"), "transfer"),
    *_staying(("calling", "visiting", "escalated"), "orange"),
    *_staying(TALKING, "further_mule", "cut"),
    # a transfer is held, and so an officer calls; or it cannot be, and the level's other measures must do
    *_rows(("texting", "bot_calling"), ("held_back",), "calling", "call"),
    *_staying(TALKING, "cannot_hold", "cut"),
    # a step does not help: the next takes over
    *_rows(("texting",), NO_HELP, "bot_calling", "bot"),
    *_rows(("bot_calling",), NO_HELP, "calling", "call"),
    *_rows(("calling",), NO_HELP, "visiting", "cut", "visit"),
    *_rows(("visiting",), NO_HELP, "escalated", "centre"),
    *_rows(("escalated",), NO_HELP, "escalated", "centre"),
    # three tries in vain, and another way is tried
    *_staying(("escalated",), "another_way", "family"),
    *_staying(("escalated",), "last_way", "station"),
    *_staying(("escalated",), "nothing_left", "wait"),
    # word of the step that is on
    *_staying(TALKING, "acknowledged", "ack"),
    *_staying(TALKING, "reached", "contact"),
    *_staying(TALKING, "handed_over", "again"),
    *_rows(TALKING, ("persuaded",), "watching", "watch", closed_as="safe"),
    # persuaded, and yet the evidence mounts; or money leaves, and words over the phone were not enough
    *_rows(("watching",), ("orange", "red"), "calling", "cut", "call"),
    *_rows(("watching",), ("transfer",), "visiting", "cut", "visit"),
    # with money in it, one officer's word does not end what protects: the centre sees for itself
    *_rows(OPEN, ("one_false_alarm",), "escalated", "centre"),
    # over
    *_rows(OPEN, ("false_alarm",), "closed", "close", closed_as="false_alarm"),
    *_rows(TALKING, ("quiet", "next_episode"), "closed", "close", closed_as="quiet"),
    *_rows(("watching",), ("quiet", "next_episode"), "closed", "close", closed_as="safe"),
    *_staying(("closed",), "kept_long_enough", "forget"),
    # a case that was closed too early; what was found harmless must get worse before anybody is bothered again
    Row("closed", "orange", "calling", ("call",)),
    Row("closed", "red", "calling", ("cut", "call")),
    Row("closed", "transfer", "calling", ("cut", "call"), unless="false_alarm"),
    Row("closed", "fresh_money", "calling", ("cut", "call")),
)

ROWS: dict[tuple[CaseStateName, Trigger], Row] = {(row.state, row.on): row for row in TABLE}
assert len(ROWS) == len(TABLE), "two arrows for one trigger"


def arrow(state: CaseStateName, closed_as: ClosedAs | None, on: Trigger | None) -> Row | None:
    """The arrow that a case follows; None where it stays as it is."""
    row = ROWS.get((state, on)) if on is not None else None
    return row if row is not None and (row.unless is None or row.unless != closed_as) else None


class Word(NamedTuple):
    """What is told of a step, as the table takes it."""

    on: Trigger | None
    """None for what says something of measures only."""
    of_person: bool = False
    """Whether it counts whichever step it is told of; the rest does only of the step that is on."""
    last: bool = False
    """Whether an officer is free again after it."""


WORDS: Mapping[str, Word] = {
    "acknowledged": Word("acknowledged"),
    "executed": Word("acknowledged"),
    "reached": Word("reached", of_person=True),
    "persuaded": Word("persuaded", of_person=True, last=True),
    "false_alarm": Word("false_alarm", of_person=True, last=True),
    "unreachable": Word("unreachable", last=True),
    "refused": Word("refused", last=True),
    "failed": Word("failed", last=True),
    "rejected": Word("rejected", last=True),
    "expired": Word("expired", last=True),
    "handed_over": Word("handed_over"),
    "approved": Word(None),
    "declined": Word(None),
}
LAST_WORDS = frozenset(told for told, word in WORDS.items() if word.last)
"""After one of these, no more is believed of a step that is not on."""

DEADLINES: tuple[tuple[Literal["quiet_due", "ack_due", "reach_due"], Trigger], ...] = (
    ("quiet_due", "quiet"), ("ack_due", "ack_overdue"), ("reach_due", "reach_overdue"),
)  # fmt: skip
"""What it means that a case's deadline is over, in this order where several are."""

CHANNEL: Mapping[str, Literal["sms", "bot", "call", "visit"]] = {
    "text": "sms",
    "bot": "bot",
    "call": "call",
    "visit": "visit",
    "centre": "call",
    "family": "call",
    "station": "call",
}
"""How each talking action reaches whom it is to reach. `centre` is a call by the command centre itself; `family` one to
somebody close to the person, `station` one to the police station of their home, which looks after them."""

MACHINES = frozenset(action for action, channel in CHANNEL.items() if channel in MACHINE_CHANNELS)
"""Steps that no human takes: what they tell of the person counts while they are on, and no longer."""

USED_UP: Mapping[str, Trigger] = {
    **dict.fromkeys(CHANNEL, "tried_enough"), "centre": "another_way", "family": "last_way", "station": "nothing_left",
}  # fmt: skip
"""What it means that a talking action may not be tried once more. After the last one there is only waiting."""

RISE: dict[Level, Trigger] = {"red": "red", "orange": "orange", "yellow": "yellow"}
