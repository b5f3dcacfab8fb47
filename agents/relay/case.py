"""What is remembered of a case. Bounded everywhere; all of it is gone a day after the case has closed."""

import msgspec

from agents.relay.takings import IN_FORCE
from schemas.cases import (
    ACTOR_CHARS_MAX,
    MOMENT_TEXT_CHARS_MAX,
    MOMENTS_MAX,
    REMARK_CHARS_MAX,
    TAKEN_MAX,
    CaseStateName,
    ClosedAs,
    MomentKind,
    TakenStatus,
)
from schemas.fields import Level, Typology
from schemas.orders import Payment

SENT_MAX = 48
"""Latest steps remembered, for what is told of them late."""
PAYMENTS_MAX = 16
HEAD = MOMENTS_MAX // 3
"""Lines of the timeline that stay for good: how it began."""


class Why(msgspec.Struct, array_like=True, gc=False):
    """One reason, as commands carry it."""

    code: str
    weight: float
    text: str
    text_zh: str
    event_ids: list[str]


class Step(msgspec.Struct, array_like=True, gc=False):
    """One attempt to talk to the person."""

    command_id: str
    action: str
    """As in the table: text, bot, call, visit, centre."""
    attempt: int
    told: str = ""
    """The last word on it; empty for none."""
    at_desk: bool = False
    """Whether an officer's time is reserved for it."""


class Taking(msgspec.Struct, array_like=True, gc=False):
    """One measure against one phone, account or session."""

    command_id: str
    measure: str
    target: str
    until: int
    amount_minor: int = 0
    status: TakenStatus = "ordered"
    """See `agents.relay.takings`."""
    attempt: int = 1
    retry_at: int = 0
    """When to order it again, or to give it back again; 0 for not."""
    run: int = 1
    return_id: str = ""
    """Id of the latest command that gives it back; empty for none."""
    return_attempt: int = 0
    approved: bool = False
    """Whether an officer has said yes to it."""
    by_hand: bool = False
    """Whether a human was asked to see to it, or to what gives it back."""
    level: Level = "yellow"
    """The case's when it was ordered: at a higher one it is ordered again, for what was held back may go out then."""


class Moment(msgspec.Struct, array_like=True, gc=False):
    """A line of the timeline; fields as in `schemas.cases.Moment`."""

    at: int
    what: MomentKind
    text: str
    actor: str | None = None
    command_id: str | None = None
    event_id: str | None = None
    note: str | None = None


class CaseFile(msgspec.Struct, array_like=True, gc=False):
    """The state of the `relay` duty for one person."""

    case_id: str
    opened_at: int
    updated_at: int
    state: CaseStateName = "opened"
    level: Level = "yellow"
    """Highest of this run."""
    run: int = 1
    """How many times it was opened."""
    typology: Typology = "other"
    score: float = 0.0
    reasons: list[Why] = msgspec.field(default_factory=list)
    script: str = ""
    judged_by: str = ""
    """Version of the rules that judged."""
    caused_by: str = ""
    """The event of the latest evidence."""
    area: str | None = None
    handles: list[str] = msgspec.field(default_factory=list)
    payments: list[Payment] = msgspec.field(default_factory=list)
    tries: dict[str, int] = msgspec.field(default_factory=dict)
    """How often each step was tried in this run."""
    steps: list[Step] = msgspec.field(default_factory=list)
    """Latest last; the last one is on while the state says that somebody is to be reached."""
    taken: list[Taking] = msgspec.field(default_factory=list)
    ack_due: int = 0
    reach_due: int = 0
    quiet_due: int = 0
    forget_due: int = 0
    contacted_at: int = 0
    closed_at: int = 0
    closed_as: ClosedAs | None = None
    timeline: list[Moment] = msgspec.field(default_factory=list)
    left_out: int = 0
    before: list[Taking] = msgspec.field(default_factory=list)
    """What the person's case before this one gave back: should that fail, it is still to be seen to."""
    full_told: int = 0
    """The latest run in which a human was told that no more measures fit; 0 for none."""
    shared: list[str] = msgspec.field(default_factory=list)
    """Payees who are paid by everybody: nothing is stopped there."""

    def strip(self) -> None:
        """A closed case is forgotten but for what keeps its ids from being given again."""
        self.forget_due = self.left_out = 0
        self.script = ""
        self.reasons, self.handles, self.steps, self.taken, self.timeline, self.before = [], [], [], [], [], []

    def note(self, moment: Moment) -> None:
        """Add a line to the timeline; of a long one the beginning and the end stay. Words are kept as far as the record
        has room for them, and one character more: there it is seen that something was cut off."""
        moment.text = moment.text[: MOMENT_TEXT_CHARS_MAX + 1]
        moment.actor = moment.actor and moment.actor[: ACTOR_CHARS_MAX + 1]
        moment.note = moment.note and moment.note[: REMARK_CHARS_MAX + 1]
        self.timeline.append(moment)
        while len(self.timeline) > MOMENTS_MAX:
            del self.timeline[HEAD]
            self.left_out += 1

    def takings(self) -> list[Taking]:
        """Everything that something may still be told of."""
        return [*self.before, *self.taken]

    def timer_at(self) -> int:
        """When the earliest deadline is; 0 for none."""
        due = [self.ack_due, self.reach_due, self.quiet_due, self.forget_due]
        due += [taking.retry_at for taking in self.takings()]
        due += [taking.until for taking in self.taken if taking.status in IN_FORCE]
        return min(filter(None, due), default=0)


assert TAKEN_MAX <= SENT_MAX
