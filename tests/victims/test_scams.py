"""Each class of scam as the simulator scripts it, against people with ordinary days: noticed, named, stopped."""

from collections import Counter
from functools import cache
from typing import Any

import orjson
import pytest

from interdict.city.simulate import TYPOLOGIES, Plan, ground_truth, population, traffic
from interdict.replay.player import Replay
from interdict.replay.recordings import Recorded
from interdict.topology import load_pipelines
from schemas.spans import DAY_MS
from schemas.topics import ACCOUNT, VICTIM_ALERTS, Output
from tests.kit.guesses import GUESSES, PLAYBOOK
from tests.kit.story import ABROAD, MULE, Story, robbed_on_the_phone

PEOPLE = 1500
SCAMS = 5
NOTICED_MIN = 0.6
"""Of each class at orange or red. These scams announce themselves by texts, of which honest days are full too: in the
other town, `interdict/city/town`, what a text alone says is hardly ever anything."""
NAMED_RIGHT_MIN = 0.6
STOPPED_IN_TIME_MIN = 0.6
"""A first payment against which nothing speaks but what strangers did to its payer is asked about, and not stopped."""
WRONGLY_DISTURBED_MAX = 2
"""People of 1,500 who in a day with nothing planted against them get a command, down to a single text."""


@cache
def city() -> tuple[Plan, dict[str, list[Output]]]:
    """A day of a city; outputs by subscriber."""
    plan = Plan(seed=11, duration_s=86_400, rate=0.6, population=PEOPLE, scams_per_typology=SCAMS)
    replay = Replay(load_pipelines({"victims": GUESSES, "relay": PLAYBOOK}), 900_000, 90 * DAY_MS)
    outputs: dict[str, list[Output]] = {}
    for record in [*population(plan), *traffic(plan)]:
        entry = replay.read(Recorded(record.topic, record.key.encode(), orjson.dumps(record.value), 0))
        for sent in replay.take(entry):
            assert sent.output is not None, "nothing simulated is dead-lettered"
            if sent.output.topic.kind in ("action", "alert"):
                outputs.setdefault(sent.output.value.subscriber, []).append(sent.output)
    return plan, outputs


def planted(typology: str) -> list[tuple[Any, list[Output]]]:
    plan, outputs = city()
    return [(scam, outputs.get(scam["subscriber"], [])) for scam in ground_truth(plan) if scam["typology"] == typology]


def alerts(outputs: list[Output]) -> list[Any]:
    return [output.value for output in outputs if output.topic is VICTIM_ALERTS]


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_most_scams_of_a_class_are_noticed_at_least_at_orange(typology: str) -> None:
    levels = [{alert.level for alert in alerts(outputs)} for _, outputs in planted(typology)]
    assert sum(bool(reached & {"red", "orange"}) for reached in levels) / len(levels) >= NOTICED_MIN, levels


@pytest.mark.parametrize("typology", [t for t in TYPOLOGIES if t != "other"])
def test_most_scams_of_a_class_are_called_by_its_name(typology: str) -> None:
    names = [[None, *alerts(outputs)][-1] for _, outputs in planted(typology)]
    names = [alert and alert.typology for alert in names]
    assert names.count(typology) / len(names) >= NAMED_RIGHT_MIN, Counter(names)


def test_most_payments_are_stopped_before_they_are_posted() -> None:
    in_time = tried = 0
    for typology in TYPOLOGIES:
        for scam, outputs in planted(typology):
            stops = [output.value.issued_at for output in outputs if output.topic is ACCOUNT]  # type: ignore[attr-defined]
            in_time += sum(bool(stops) and min(stops) < at for at in scam["posted_at"])
            tried += len(scam["posted_at"])
    assert in_time / tried >= STOPPED_IN_TIME_MIN


def test_hardly_anybody_else_is_disturbed() -> None:
    plan, outputs = city()
    victims = {scam["subscriber"] for scam in ground_truth(plan)}
    disturbed = {who for who, told in outputs.items() if who not in victims and len(told) > len(alerts(told))}
    assert len(disturbed) <= WRONGLY_DISTURBED_MAX


def test_the_plainest_scam_is_red_at_the_first_payment() -> None:
    story = robbed_on_the_phone()
    assert story.levels[-1] == "red"
    assert story.alerts[-1].typology == "fake_police"


def test_a_transfer_seen_initiated_is_stopped_before_it_can_be_posted() -> None:
    story = robbed_on_the_phone(phase="initiated")
    stops = [command for command in story.commands if command.action == "stop_payment"]
    assert [(stop.account, stop.amount_minor) for stop in stops] == [(MULE, 5_000_000)]
    assert not story.state.transfers[-1].posted


def test_the_same_call_without_a_payment_freezes_nobody() -> None:
    story = Story()
    story.habits()
    story.call(0, ABROAD, 90, peer_type="foreign", medium="video")
    assert not story.steps & {"freeze", "stop_payment", "suspend", "force_login"}
