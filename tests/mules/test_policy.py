"""A centre sets how accounts are graded, and whom that leaves alone, without touching code."""

from itertools import count
from typing import Any

import pytest
from pydantic import ValidationError

from agents.mules.duty import MulesDuty
from agents.mules.policy import LEFT_ALONE_MAX, Policy
from schemas.alerts import MuleAlert
from schemas.codec import Rejected
from schemas.events import Transaction
from schemas.reference import PolicyRecord, WatchlistEntry
from schemas.spans import DAY_MS, MINUTE_MS
from schemas.topics import ACCOUNT_TRANSFERS, MULE_ALERTS, POLICIES, WATCHLIST, Output
from streams.core.duty import Count

NOON = 1_790_000_000_000
ACCOUNT = "6222020200112233445"
NUMBER = count()


def told(duty: MulesDuty, at: int = 0, account: str = ACCOUNT) -> list[MuleAlert]:
    """The alerts on a new account."""
    said = decided(duty, at, account)
    return [one.value for one in said if isinstance(one, Output) and one.topic is MULE_ALERTS]


def decided(duty: MulesDuty, at: int = 0, account: str = ACCOUNT) -> list[Any]:
    """What follows of a new account that 5,000 yuan leave forty minutes after they came."""
    state, said = None, []
    for after, payer, payee in ((0, "62220002", account), (40 * MINUTE_MS, account, "62220009")):
        event = Transaction.model_validate(
            {"event_id": f"p{next(NUMBER)}", "occurred_at": NOON + at + after, "payer_account": payer,
             "payee_account": payee, "amount_minor": 500_000, "phase": "posted"}
        )  # fmt: skip
        state, outputs = duty.decide(state, account, ACCOUNT_TRANSFERS, event, event.occurred_at)
        said += outputs
    return said


def counted(duty: MulesDuty) -> list[tuple[str, ...]]:
    return [(one.metric, *one.labels) for one in decided(duty) if isinstance(one, Count)]


def policy(**changes: Any) -> dict[str, Any]:
    return {**Policy.load().model_dump(mode="json"), "policy_version": "ours-2", **changes}


def take_up(duty: MulesDuty, **changes: Any) -> None:
    duty.on_broadcast(POLICIES, "mules", PolicyRecord(name="mules", body=policy(**changes)))


def entry(kind: str, **changes: Any) -> WatchlistEntry:
    return WatchlistEntry.model_validate(
        {"value": ACCOUNT, "kind": kind, "category": "looked_at", "source": "officer", "added_at": NOON, **changes}
    )


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "orange"),
        ({"weights": {"acct.emptied": 4.0}}, "red"),
        ({"weights": {"acct.emptied": 0}}, None),
        ({"base_rate": 0.001}, "red"),
        ({"levels": {"red": 0.9, "orange": 0.8, "yellow": 0.7}}, None),
        ({"left_alone": [ACCOUNT]}, None),
        ({"left_alone": ["6222 0202 0011 2233 445"]}, None),  # spelt as people spell it
        ({"left_alone": ["62220009"]}, "orange"),
    ],
    ids=str,
)
def test_a_policy_that_is_pushed_holds_from_the_next_transfer_on(changes: dict[str, Any], level: str | None) -> None:
    duty = MulesDuty.load()
    take_up(duty, **changes)
    alerts = told(duty)
    assert [alert.level for alert in alerts] == ([level] if level else [])
    assert all(alert.policy_version == "ours-2" for alert in alerts)


def test_a_rule_that_weighs_nothing_is_no_reason() -> None:
    duty = MulesDuty.load()
    take_up(duty, weights={"acct.young": 0}, base_rate=0.001)
    (alert,) = told(duty)
    assert "acct.young" not in [reason.code for reason in alert.reasons]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weights": {"acct.no_such": 1.0}}, "acct.no_such"),
        ({"levels": {"red": 0.1, "orange": 0.2, "yellow": 0.05}}, "lower score"),
        ({"levels": {"red": 0.1}}, "levels must be"),
        ({"base_rate": 1.0}, "base_rate"),
        ({"left_alone": [""]}, "left_alone"),
        ({"left_alone": ["6"] * (LEFT_ALONE_MAX + 1)}, "left_alone"),
        ({"prior": -3}, "prior"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Policy.model_validate(policy(**changes))


def test_a_bad_policy_is_refused_and_the_good_one_holds_on() -> None:
    duty = MulesDuty.load()
    take_up(duty, base_rate=0.001)
    with pytest.raises(Rejected):
        duty.on_broadcast(POLICIES, "mules", PolicyRecord(name="mules", body={"policy_version": "bad"}))
    assert [alert.level for alert in told(duty)] == ["red"]
    assert {sample.metric: sample.value for sample in duty.gauges()} == {"policy_info": 1, "policy_unreadable": 1}


def test_whom_an_officer_cleared_gets_no_grade_until_that_ends_and_nobody_else_is_spared() -> None:
    duty = MulesDuty.load()
    duty.on_broadcast(WATCHLIST, ACCOUNT, entry("honest_account", expires_at=NOON + DAY_MS))
    assert told(duty) == []
    assert [alert.level for alert in told(duty, account="6222020200112233446")] == ["orange"]
    assert [alert.level for alert in told(duty, at=DAY_MS)] == ["orange"]
    duty.on_broadcast(WATCHLIST, ACCOUNT, entry("honest_account"))
    assert told(duty, at=2 * DAY_MS) == []
    duty.on_broadcast(WATCHLIST, ACCOUNT, None)
    assert [alert.level for alert in told(duty, at=3 * DAY_MS)] == ["orange"]


def test_an_account_listed_as_a_mules_is_graded_by_what_it_does_all_the_same() -> None:
    duty = MulesDuty.load()
    duty.on_broadcast(WATCHLIST, ACCOUNT, entry("account"))
    assert [alert.level for alert in told(duty)] == ["orange"]


def test_whom_the_policy_or_an_officer_spares_is_counted_and_so_is_every_grade() -> None:
    duty = MulesDuty.load()
    assert counted(duty) == [("graded", "orange")]
    duty.on_broadcast(WATCHLIST, ACCOUNT, entry("honest_account"))
    assert counted(duty) == [("spared", "officer")]
    take_up(duty, left_alone=[ACCOUNT])
    assert counted(duty) == [("spared", "policy")]
    take_up(duty, left_alone=[ACCOUNT], base_rate=1e-9)
    assert counted(duty) == [], "who has no grade is not left alone"
