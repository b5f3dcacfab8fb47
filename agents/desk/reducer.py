"""The desk: what persons share. Who takes a task, how much may be taken at once, and who else holds an account.

    do: call, visit ──────► a unit of the roster ─► actions.dissuasion     nobody free ─► queue ─► a unit, later
    do: suspend, freeze … ► kill switch, four eyes, limits ─► its topic    held back ─► an officer's yes or no
    do: restore, release ─► the last holder gives it back ─► its topic     others hold it ─► nothing
    done ─────────────────► the unit is free ─► the queue

All orders meet here in one order, so load and limits are exact. Pure: time is an argument, and never runs backwards.
Whether a command is too old to be begun is the executor's to say: lanes may be hours apart while a backlog is worked
off.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from agents.desk.limits import Limit, Limits, Measure, RecentMeasure, note, reached, too_many
from agents.desk.question import question
from agents.desk.roster import Channel, Roster, Unit, able, assign, choose, manned, next_boundary, on_team
from agents.desk.state import QUEUE_MAX, SHARED, TAKEN_MAX, TASKS_MAX, DeskState, Hold, Task, Waiting
from schemas import fields as f
from schemas.codec import encode
from schemas.commands import AccountCommand, Command, Dissuasion, PhoneCommand, SessionCommand
from schemas.events import Outcome
from schemas.fields import LEVELS, Level
from schemas.ids import command_id
from schemas.orders import Order
from schemas.spans import DAY_MS
from schemas.topics import ACCOUNT, DISSUASION, OFFICER_OUTCOMES, OUTCOMES, PHONE, SESSION, Output, Topic
from streams.core.duty import Count, Decision

FORGET_AFTER_MS = 7 * DAY_MS
"""How long after its end a hold is remembered that nobody gave back. Persons' cases give back in time; one whose lane
is far behind, after an outage, still finds here what it took."""

Decided = list[Decision]


class TargetKind(NamedTuple):
    """Something that can be taken and given back, or cut: where its commands go and under which key."""

    topic: Topic
    key: Callable[[Any], str]
    target: Callable[[Any], str]
    """What it holds: of one account each transfer is held apart."""


def _account_or_transfer(command: AccountCommand) -> str:
    if command.transaction_id is None and command.payee_account is None:
        return command.account
    return "/".join(map(str, (command.account, command.transaction_id, command.payee_account, command.amount_minor)))


PHONES = TargetKind(PHONE, lambda command: command.subscriber, lambda command: command.subscriber)
ACCOUNTS = TargetKind(ACCOUNT, lambda command: command.account, _account_or_transfer)
SESSIONS = TargetKind(SESSION, lambda command: command.subscriber, lambda command: command.subscriber)

TAKES: Mapping[str, TargetKind] = {
    "hold": ACCOUNTS, "suspend": PHONES, "freeze": ACCOUNTS, "stop_payment": ACCOUNTS, "force_login": SESSIONS,
}  # fmt: skip
KEPT_AS: Mapping[str, Measure] = {"hold": "stop_payment"}
"""As what it is remembered: release 0.2 knows no `hold`, and must read what is kept. Their targets differ."""
RETURNS: Mapping[str, TargetKind] = {"restore": PHONES, "release": ACCOUNTS}
HELD = frozenset(action for action, thing in TAKES.items() if thing in RETURNS.values())
"""Measures that are given back; a session is only cut."""
LIMITED_BY = "limit_"
"""What the reason to hold a measure back begins with, where it is one of the limits."""
BY_OFFICERS: Mapping[str, Channel] = {"call": "call", "visit": "visit"}
"""Channels of tasks that take an officer's time."""


class Desk:
    """Decides orders, one at a time. The state that a function is given is moved on in place, and returned.

    Args:
        roster: who is on duty; may be replaced while this runs.
        limits: how much may be taken; may be replaced while this runs.
    """

    def __init__(self, roster: Roster, limits: Limits) -> None:
        self.roster = roster
        self.limits = limits
        self._boundary = (roster, 0, 0)

    def order(self, state: DeskState | None, order: Order, now: int) -> tuple[DeskState, Decided]:
        """Decide one order; the state, and what follows. `now` is event time, Unix ms."""
        turn = _Turn(self, DeskState() if state is None else state, now)
        if order.kind == "done":
            turn.done(order.of)
        elif order.command is not None:
            _DO[order.command.action](turn, order, order.command)
        return turn.state, turn.decisions

    def on_timer(self, state: DeskState, now: int) -> tuple[DeskState, Decided]:
        """Do what time alone brings: shifts end, tasks and holds expire, those who come on duty take what waits."""
        turn = _Turn(self, state, now)
        turn.forget()
        turn.hand_over()
        turn.serve()
        return turn.state, turn.decisions

    def timer_at(self, state: DeskState) -> int:
        """When time alone brings something next, Unix ms; 0 while nothing is open."""
        due = [first[0] for first in (state.tasks.ends.first(), state.queue.ends.first()) if first is not None]
        if (first := state.taken.ends.first()) is not None:
            due.append(first[0] + FORGET_AFTER_MS)
        if state.tasks or state.queue:
            due.append(self._next_boundary(state.at))
        return min(due, default=0)

    def _next_boundary(self, at: int) -> int:
        """When the next shift begins or ends: asked at every order, and the same for hours."""
        roster, since, until = self._boundary
        if roster is not self.roster or not since <= at < until:
            self._boundary = self.roster, at, next_boundary(self.roster, at)
        return self._boundary[2]


class _Turn:
    """One step: a state, a time, and what is said."""

    def __init__(self, desk: Desk, state: DeskState, now: int) -> None:
        self.at = state.at = max(state.at, now)
        self.state = state
        self.decisions: Decided = []
        self._roster = desk.roster
        self._limits = desk.limits

    # -- tasks: who talks to the person ----------------------------------------------------------------------

    def talk(self, order: Order, command: Dissuasion) -> None:
        """A task goes to who is free, or waits. One that is open already changes nothing."""
        if self._is_open(command.command_id):
            return
        if command.channel not in BY_OFFICERS:
            self._send(DISSUASION, command.subscriber, command)
        elif command.team is not None:
            self._send_to_team(command, order.area, command.team)
        else:
            self.serve()  # nobody is overtaken
            channel = BY_OFFICERS[command.channel]
            if _is_urgent(order, command):
                self._make_way(command, channel, order.area)
            if not self._placed(command, channel, order.area):
                self._let_wait(command, channel, order.area)

    def _make_way(self, command: Dissuasion, channel: Channel, area: str | None) -> None:
        """With money leaving at red and nobody free, whoever is on the least urgent task leaves it for this one. It
        goes back to where it came from, as at the end of a shift."""
        if self._somebody(channel, area, command.level) is not None:
            return
        units = {unit[:2] for unit in able(self._roster, self.at, channel, area, command.level)}
        lesser = [
            task
            for task in self.state.tasks.values()
            if (task.team, task.unit) in units and not task.asks_about and task.level != command.level
        ]
        if lesser:
            left = max(lesser, key=lambda task: (LEVELS.index(task.level), task.expires_at, task.command_id))
            self._give_up(left)

    def done(self, of: str | None) -> None:
        """A task is over, or what it proposes is decided: whoever had it is free for what waits."""
        if of is None:
            return
        self.state.queue.pop(of, None)
        over = {task.command_id for task in (self.state.tasks.get(of), self.state.tasks.about(of)) if task is not None}
        if over:
            self._free(over)
            self.serve()

    def serve(self) -> None:
        """Whatever waits goes out as far as somebody is free for it, and to nobody when it is too late."""
        queue = self.state.queue
        busy: set[tuple[str, str | None, Level]] = set()
        for waiting in queue.in_turn() if queue else ():
            if waiting.expires_at <= self.at:
                del queue[waiting.command_id]
                self._tell(OFFICER_OUTCOMES, waiting.command_id, waiting.subscriber, "expired")
            elif self._serve_one(waiting, busy):
                del queue[waiting.command_id]

    def hand_over(self) -> None:
        """Tasks of those who are no longer on duty, or no longer on the roster, go back to where they came from."""
        on = manned(self._roster, self.at) if self.state.tasks else set()
        left = [task for task in self.state.tasks.values() if (task.team, task.unit) not in on]
        for task in left:
            self._give_up(task)

    def _give_up(self, task: Task) -> None:
        """A task leaves whoever has it: the person's relay orders it anew."""
        self._free([task.command_id])
        self._tell(OFFICER_OUTCOMES, task.command_id, task.subscriber, "handed_over")
        self.decisions.append(Count("handed_over"))

    def _serve_one(self, waiting: Waiting, busy: set[tuple[str, str | None, Level]]) -> bool:
        """Try one; of those alike that come after one in vain, none needs to be tried."""
        alike = (waiting.channel, waiting.area, waiting.level)
        if alike in busy:
            return False
        unit = self._somebody(*alike)
        if unit is None:
            busy.add(alike)
            return False
        self._hand(unpack(waiting.packed), waiting.area, unit)
        return True

    def _placed(self, command: Dissuasion, channel: Channel, area: str | None) -> bool:
        unit = self._somebody(channel, area, command.level)
        if unit is not None:
            self._hand(command, area, unit)
        return unit is not None

    def _somebody(self, channel: Channel, area: str | None, level: Level) -> Unit | None:
        if len(self.state.tasks) >= TASKS_MAX:
            return None
        return assign(self._roster, self.state.tasks.loads, self.at, channel, area, level)

    def _hand(self, command: Dissuasion, area: str | None, unit: Unit) -> None:
        """Put a task into somebody's hands."""
        self._send(DISSUASION, command.subscriber, command.model_copy(update={"team": unit.team, "unit": unit.name}))
        self.state.tasks[command.command_id] = Task(
            command.command_id, unit.team, unit.name, command.level, area, command.expires_at, command.subscriber,
            command.about or "" if command.action == "approve" else "",
        )  # fmt: skip

    def _send_to_team(self, command: Dissuasion, area: str | None, name: str) -> None:
        """A task that names its team is that team's, even where all have their hands full: it sees to it itself."""
        team = name if name in self._roster.named else self._roster.centre
        members = on_team(self._roster, self.at, BY_OFFICERS[command.channel], team)
        unit = choose(members, self.state.tasks.loads) if len(self.state.tasks) < TASKS_MAX else None
        if unit is not None:
            self._hand(command, area, unit)
        else:
            self._send(DISSUASION, command.subscriber, command.model_copy(update={"team": team, "unit": None}))

    def _let_wait(self, command: Dissuasion, channel: Channel, area: str | None) -> None:
        """Queue a task. When too many wait, the longest waiting of the lowest level becomes the centre's."""
        queue = self.state.queue
        queue[command.command_id] = Waiting(
            command.command_id, command.subscriber, command.level, channel, area, command.expires_at, pack(command),
            queue.next_number(),
        )  # fmt: skip
        self.decisions.append(Count("waiting_tasks", (command.level,)))
        while len(queue) > QUEUE_MAX:
            lowest = queue.to_give_up()
            del queue[lowest.command_id]
            update = {"team": self._roster.centre, "unit": None}
            self._send(DISSUASION, lowest.subscriber, unpack(lowest.packed).model_copy(update=update))

    def _is_open(self, command: str) -> bool:
        return command in self.state.tasks or command in self.state.queue

    def _free(self, over: Iterable[str]) -> None:
        for command in over:
            del self.state.tasks[command]

    # -- measures: what is taken -----------------------------------------------------------------------------

    def take(self, order: Order, command: PhoneCommand | AccountCommand | SessionCommand) -> None:
        """A measure goes out, or to an officer for a yes or no. One that holds already changes nothing."""
        if _hold_key(command.command_id) in self.state.taken:
            return
        if (why := self._held_back(order, command)) is not None:
            self._propose(order, command, why)
        else:
            self._execute(order, command)
            self.done(command.command_id)

    def _held_back(self, order: Order, command: Command) -> str | None:
        """What keeps a measure from going out at once; None for nothing, and where an officer has said yes."""
        limits, action = self._limits, _action(command)
        if order.approved:
            return None
        if limits.kill_switch and action in limits.kill_switch_stops:
            return "kill_switch"
        if order.ask is not None:
            return order.ask
        if command.level in limits.four_eyes.get(action, ()):
            return "four_eyes"
        limit = self._limit_reached(action, order, command)
        return None if limit is None else f"{LIMITED_BY}{limit}"

    def _limit_reached(self, action: Measure, order: Order, command: Command) -> Limit | None:
        if action in HELD and len(self.state.taken) >= TAKEN_MAX:
            return "share"
        asked = self._counted(action, order, command)
        if asked is None:
            return None
        limit = reached(self._limits, self.state.recent.values(), asked)
        if limit is not None or action not in SHARED:
            return limit
        people = self.state.taken.people(self.at)
        return "share" if too_many(self._limits, people, command.subscriber, urgent=asked.urgent) else None

    def _counted(self, action: Measure, order: Order, command: Command) -> RecentMeasure | None:
        """As what a measure counts in the limits; None for one that does not."""
        gentle = action in self._limits.gentle.measures
        if not gentle and action not in self._limits.limited:
            return None
        urgent = _is_urgent(order, command)
        return RecentMeasure(self.at, order.area, _rule(command), command.subscriber, action, gentle, urgent)

    def _execute(self, order: Order, command: Command) -> None:
        action = _action(command)
        thing = TAKES[action]
        self._send(thing.topic, thing.key(command), command)
        if (measure := self._counted(action, order, command)) is not None:
            note(self.state.recent, _hold_key(command.command_id), measure)
        if action in HELD:
            self._make_room()
            kept_as = KEPT_AS.get(action, action)
            hold = Hold(kept_as, thing.target(command), command.subscriber, command.expires_at)
            self.state.taken[_hold_key(command.command_id)] = hold

    def _make_room(self) -> None:
        """Approved beyond the bound: what ends first is forgotten, and is lifted at its end without us."""
        taken = self.state.taken
        while len(taken) >= TAKEN_MAX and (first := taken.ends.first()) is not None:
            del taken[first[1]]

    def _propose(self, order: Order, command: Command, why: str) -> None:
        """Ask an officer at the desk. It never waits in the queue: with nobody free, it is the whole team's."""
        if self.state.tasks.about(command.command_id) is not None:
            return
        if command.expires_at <= self.at:  # another lane is that far ahead: it is too late to ask
            self._tell(OUTCOMES, command.command_id, command.subscriber, "expired")
            return
        self.decisions.append(Count("proposals", (_action(command), why)))
        if why.startswith(LIMITED_BY):
            self.decisions.append(Count("limited", (why.removeprefix(LIMITED_BY),)))
        decide_ms = 1000 * self._limits.decide_s[command.level]
        proposal = Dissuasion(
            command_id=proposal_id(command), case_id=command.case_id, issued_at=self.at,
            expires_at=command.expires_at, subscriber=command.subscriber, level=command.level, score=command.score,
            typology=command.typology, reasons=command.reasons, policy_version=command.policy_version,
            caused_by=command.caused_by, action="approve", channel="desk", team=self._roster.centre,
            deadline_at=min(self.at + decide_ms, command.expires_at), script=question(command, why),
            about=command.command_id, why=why,
        )  # fmt: skip
        if not self._placed(proposal, "desk", order.area):
            self._send(DISSUASION, proposal.subscriber, proposal)

    # -- giving back -----------------------------------------------------------------------------------------

    def give_back(self, order: Order, command: PhoneCommand | AccountCommand) -> None:
        """The last holder's return goes out; that of others is noted. What never went out is not given back.

        One that is tried again went out before and failed: it needs no hold, but that nobody else has one.
        """
        if order.of is None:
            return
        thing = RETURNS[command.action]
        target, key = thing.target(command), _hold_key(order.of)
        hold = self.state.taken.get(key)
        if hold is None and not (order.again or order.approved):  # earlier it said `approved`
            self.done(order.of)  # it may still wait for an officer's yes
        elif hold is None or (TAKES[hold.action], hold.target) == (thing, target):
            self.state.taken.pop(key, None)
            self._return(thing, target, command, order.occurred_at)

    def _return(self, thing: TargetKind, target: str, command: PhoneCommand | AccountCommand, at: int) -> None:
        """Lift what nobody holds any more at this time, which is the order's own: other lanes may be hours ahead.
        Holds past their end are lifted with it, and not once more."""
        alike = {key: hold for key, hold in self.state.taken.at(target) if TAKES[hold.action] == thing}
        if any(hold.until > at for hold in alike.values()):
            return
        for key in alike:
            del self.state.taken[key]
        # every bar is lifted: a wider one may have been given back while a narrower one still held
        whole = {"scope": "all"} if thing is PHONES else {}
        self._send(thing.topic, thing.key(command), command.model_copy(update=whole))

    # -- what time brings, and what is said ------------------------------------------------------------------

    def forget(self) -> None:
        """Tasks that nobody told the end of free their units; holds that were lifted long ago go."""
        self._free([task.command_id for task in self.state.tasks.values() if task.expires_at <= self.at])
        taken = self.state.taken
        while (first := taken.ends.first()) is not None and first[0] + FORGET_AFTER_MS <= self.at:
            del taken[first[1]]

    def _tell(self, topic: Topic, command: str, subscriber: str, outcome: Any) -> None:
        """Tell a person's relay what became of a command, as the one would to whom it was to go."""
        told = Outcome(command_id=command, occurred_at=self.at, subscriber=subscriber, outcome=outcome, actor="desk")
        self.decisions.append(Output(topic, subscriber, told))

    def _send(self, topic: Topic, key: str, command: Command) -> None:
        version = signed(command.policy_version, self._limits.policy_version, self._roster.policy_version)
        self.decisions.append(Output(topic, key, command.model_copy(update={"policy_version": version})))

    def pass_on(self, order: Order, command: Command) -> None:
        """What the desk has no say in."""
        self._send(DISSUASION, command.subscriber, command)


_DO: Mapping[str, Callable[[_Turn, Order, Any], None]] = {
    "dissuade": _Turn.talk, "approve": _Turn.pass_on, "hold": _Turn.take, "suspend": _Turn.take, "freeze": _Turn.take,
    "stop_payment": _Turn.take, "force_login": _Turn.take, "restore": _Turn.give_back, "release": _Turn.give_back,
}  # fmt: skip


def signed(version: str, limits: str, roster: str) -> str:
    """The versions of all policies that had a say in a command, within the bounds of a label.

    >>> signed("2026-11-01/2026-11-02", "7", "8")
    '2026-11-01/2026-11-02/7/8'
    """
    ours = f"/{limits}/{roster}"
    return version[: f.LABEL_CHARS_MAX - len(ours)] + ours


def proposal_id(command: Command) -> str:
    """Identity of the question whether a measure may go out."""
    return command_id(command.case_id, f"approve/{_action(command)}", command.command_id)


def pack(command: Dissuasion) -> bytes:
    """A command at rest: a third of its size."""
    return zlib.compress(encode(command))


def unpack(packed: bytes) -> Dissuasion:
    """The command that was packed."""
    return Dissuasion.model_validate_json(zlib.decompress(packed))


def _is_urgent(order: Order, command: Command) -> bool:
    """Red, and money is leaving: what a part of each limit is kept for."""
    return command.level == "red" and order.money


def _action(command: Any) -> Measure:
    action: Measure = command.action
    return action


def _hold_key(command: str) -> bytes:
    return UUID(command).bytes


def _rule(command: Command) -> str:
    """Code of the reason that weighs most: reasons come heaviest first."""
    return command.reasons[0].code if command.reasons else ""
