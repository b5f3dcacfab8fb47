"""Over any sequence of events and outcomes: whatever was taken is given back exactly once, and nothing is given back
that a still open case holds. Judged from outside: from the commands and the case records that left, and what was told.
"""

from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.relay.table import OPEN
from schemas.events import Outcome
from schemas.ids import command_id
from schemas.spans import MINUTE_MS
from schemas.topics import CASES
from tests.kit.examples import examples
from tests.kit.ledger import FAILED, Ledger
from tests.kit.story import ABROAD, POLICE_TEXT, STRANGER
from tests.kit.town import GIVE_BACK, LIMITS, TAKE, Person, Town, changed
from tests.kit.world import MULES, PEOPLE, One, World

WORDS: tuple[str, ...] = get_args(Outcome.model_fields["outcome"].annotation)
WHO = st.integers(0, len(PEOPLE) - 1)
ROBBED = st.tuples(
    st.just("signal"), WHO, st.just("red"), st.integers(0, len(MULES) - 1), st.sampled_from([False, False, True])
)
OVER = st.tuples(st.just("over"), WHO, st.sampled_from(["false_alarm", "persuaded"]))
SIGNAL = st.tuples(
    st.just("signal"), WHO, st.sampled_from(["red", "red", "orange", "yellow", "blue", None]),
    st.none() | st.integers(0, len(MULES) - 1), st.sampled_from([False, False, False, True]),
)  # fmt: skip
ABOUT = st.sampled_from(["approve", "dissuade", "dissuade", "force_login", *sorted(TAKE), *sorted(GIVE_BACK)])
WORD = st.tuples(
    st.just("word"), ABOUT, st.sampled_from([0, 0, 0, 1, 2, 5]), st.sampled_from([*WORDS, "failed", "failed"]),
    st.sampled_from([0, 0, MINUTE_MS, 10 * MINUTE_MS]),
)  # fmt: skip
PAUSE = st.tuples(
    st.just("pause"), st.sampled_from([s * 1_000 for s in (5, 31, 400, 3_585, 18_000, 45_000, 86_385, 180_000)])
)
POLICY = st.tuples(st.just("policy"), st.sampled_from(["limits", "relay"]), st.integers(0, 4))
MOVES = st.lists(st.one_of(ROBBED, ROBBED, OVER, SIGNAL, WORD, WORD, WORD, PAUSE, POLICY), max_size=60)


FORGOTTEN: list[Any] = [
    ("signal", 2, "red", 0, False), ("over", 2, "persuaded"), ("pause", 45_000_000), ("pause", 86_385_000),
    ("policy", "relay", 2), ("signal", 2, "red", 0, False), ("over", 2, "persuaded"),
]  # fmt: skip
"""A case opens again under its id after it was forgotten, and gives back while what it took first would still hold."""


@examples(500)
@given(MOVES)
@example(FORGOTTEN)
def test_whatever_was_taken_is_given_back_once_and_nothing_that_an_open_case_holds(moves: list[Any]) -> None:
    world = World()
    for move in moves:
        world.play(move)
    world.end()


# -- the same through the whole chain ------------------------------------------------------------------------------

VICTIMS = 3
TOLD = st.tuples(
    st.integers(1, VICTIMS), ABOUT, st.sampled_from([*WORDS, "failed"]), st.sampled_from([0.2, 1, 7, 90, 700, 1_500])
)


@examples(40)
@given(
    st.lists(st.sampled_from([0.3, 5, 300]), min_size=VICTIMS, max_size=VICTIMS),
    st.lists(st.integers(1, 2), min_size=VICTIMS, max_size=VICTIMS),
    st.lists(TOLD, max_size=25),
    st.booleans(),
)
def test_people_robbed_by_the_same_mules_get_everything_back(
    pauses: list[float], mules: list[int], told: list[Any], kill_switch: bool
) -> None:
    town, ledger = Town(), Ledger()
    town.push("limits", changed(LIMITS, kill_switch=kill_switch))
    people = [Person(town, number) for number in range(1, VICTIMS + 1)]
    for person in people:
        person.habits(days=2)
        person.call(0, ABROAD, peer_type="foreign")
        person.text(10, STRANGER, POLICE_TEXT)
    minute = 40.0
    for person, pause, mule in zip(people, pauses, mules, strict=True):
        minute += pause
        person.pay(minute, f"622299990000000{mule}", 50_000, 10_000)
    for number, action, word, pause in told:
        minute += pause
        town.wait(minute)
        those = [command for command in people[number - 1].commands if command.action == action]
        if those:
            about = those[-1].about if action == "approve" else those[-1].command_id
            people[number - 1].tell(minute, those[-1].model_copy(update={"command_id": about}), word)
    town.wait(minute + 60 * 24 * 60)
    for output in town.outputs:
        if output.topic is CASES:
            ledger.file(output.value)
        elif output.topic.kind == "action":
            ledger.told.setdefault(output.value.command_id, set()).update(FAILED | {"approved"})
            ledger.note(output.value)
    ledger.check_end()
    for person in people:
        assert person.kept.timer_at == 0


# -- whatever is said, in whatever state ---------------------------------------------------------------------------

PATHS: dict[str, list[Any]] = {
    "opened": [],
    "texting": [("signal", 0, "yellow", None, False)],
    "bot_calling": [("signal", 0, "yellow", None, False), ("pause", 16 * MINUTE_MS)],
    "calling": [("signal", 0, "red", 0, False), ("signal", 0, "red", 1, False)],
    "visiting": [("signal", 0, "red", 0, False), ("pause", 70_000)],
    "escalated": [("signal", 0, "red", 0, False), ("pause", 4 * MINUTE_MS)],
    "watching": [("signal", 0, "red", 0, False), ("word", "dissuade", 0, "persuaded", 0)],
    "closed": [("signal", 0, "red", 0, False), *[("word", "dissuade", 0, "false_alarm", 0)] * 2],
}
EVERYTHING_IS_ASKED: list[Any] = [("policy", "limits", 4), ("policy", "limits", 1)]


def reached(state: str, before: list[Any]) -> One:
    world = One()
    for move in [*before, *PATHS[state]]:
        world.play(move)
    assert state == "opened" or world.case.state == state
    return world


def test_there_is_a_way_to_every_state() -> None:
    assert set(PATHS) == {"opened", *OPEN, "closed"}


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize("word", WORDS)
def test_any_word_may_be_told_of_any_command_in_any_state(state: str, word: Any) -> None:
    for before in ([], EVERYTHING_IS_ASKED):
        world = reached(state, before)
        about = [c.command_id for c in world.commands]
        about += [c.about for c in world.commands if getattr(c, "about", None)]
        for command in [*about, command_id("nobody", "knows", "this")]:
            for _ in range(2):
                world.tell(command, world.who, word, world.now)
            world.passes(s=20)
        world.end()
