"""The state of a person: bounded, small, the same bytes for the same events, and never an excuse to raise."""

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import given, settings

from agents.victims import state as s
from schemas import fields as f
from schemas.spans import DAY_MS
from tests.kit.histories import histories
from tests.kit.story import MULE, POLICE_TEXT, STRANGER, Story

BOUNDS: dict[str, tuple[Callable[[s.Victim], Any], int]] = {
    "peers": (lambda v: v.peers, 0),
    "payees": (lambda v: v.payees, 0),
    "contacts": (lambda v: v.contacts, s.CONTACTS_MAX),
    "paid": (lambda v: v.paid, s.PAYEES_MAX),
    "accounts": (lambda v: v.accounts, s.ACCOUNTS_MAX),
    "returns": (lambda v: v.returns, s.RETURNS_MAX),
    "refused": (lambda v: v.refused, s.REFUSED_MAX),
    "ringing": (lambda v: v.ringing, 2),
    "cut": (lambda v: v.cut, s.CUT_MAX),
    "missed": (lambda v: v.missed, s.MISSED_MAX),
    "diverted": (lambda v: v.diverted, s.DIVERTED_MAX),
    "talks": (lambda v: v.talks, s.TALKS_MAX),
    "strangers": (lambda v: v.strangers, s.STRANGERS_MAX),
    "transfers": (lambda v: v.transfers, s.TRANSFERS_MAX),
    "evidence": (lambda v: v.evidence, s.EVIDENCE_MAX),
    "spend": (lambda v: v.spend, 3),
    "inflow": (lambda v: v.inflow, 0),
    "profile accounts": (lambda v: v.profile.accounts if v.profile else [], f.LIST_ITEMS_MAX),
    "profile handles": (lambda v: v.profile.handles if v.profile else [], f.LIST_ITEMS_MAX),
    "profile peers": (lambda v: v.profile.trusted_peers if v.profile else [], f.LIST_ITEMS_MAX),
    "profile payees": (lambda v: v.profile.trusted_payees if v.profile else [], f.LIST_ITEMS_MAX),
}
STATE_BYTES_MAX = 4_000
CASE_BYTES_MAX = 40_000
"""With an open case and its timeline; hardly anybody has one."""


def within_bounds(state: s.Victim) -> None:
    for what, (get, limit) in BOUNDS.items():
        assert len(get(state)) <= limit, what
    assert all(len(piece.event_ids) <= 5 for piece in state.evidence)


def test_every_list_of_the_state_has_a_bound_here() -> None:
    lists = {
        field.name
        for field in msgspec.structs.fields(s.Victim)
        if getattr(field.type, "__origin__", None) in (list, dict)
    }
    assert len(lists) >= 8
    assert lists <= set(BOUNDS)


def test_a_year_of_scams_does_not_make_a_person_large() -> None:
    story = Story()
    for n in range(400):
        start = n * 1300.0
        story.call(start, f"+85290{n:06d}", 12, peer_type="foreign")
        story.text(start + 13, STRANGER, POLICE_TEXT)
        story.pay(start + 14, f"{MULE[:-4]}{n:04d}", 900 + n * 7, 50_000, phase="posted")
        within_bounds(story.state)
    assert len(msgspec.msgpack.encode(story.state)) < STATE_BYTES_MAX
    assert story.store.size_bytes() < CASE_BYTES_MAX


def live(history: list[tuple[str, dict[str, Any]]]) -> Story:
    story = Story(late_ms_max=DAY_MS)
    for topic, value in history:
        story.record(topic, value)
    return story


@settings(max_examples=150, deadline=None)
@given(histories())
def test_whatever_comes_nothing_raises_and_nothing_grows_past_its_bound(history: list[Any]) -> None:
    story = live(history)
    if story.store.keys() and story.slots.victims is not None:
        within_bounds(story.state)


@settings(max_examples=40, deadline=None)
@given(histories())
def test_the_same_events_give_the_same_state_and_the_same_outputs(history: list[Any]) -> None:
    first, second = live(history), live(history)
    assert first.outputs == second.outputs
    assert first.store.snapshot() == second.store.snapshot()


@settings(max_examples=40, deadline=None)
@given(histories())
def test_a_state_survives_its_changelog(history: list[Any]) -> None:
    story = live(history)
    for state in story.store.snapshot().values():
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=type(state)) == state


def test_an_idle_person_keeps_only_who_they_are() -> None:
    story = Story(handles=["wx_me"])
    story.habits()
    rested = story.duty.on_idle(story.state)
    assert rested == s.Victim(profile=story.state.profile, spelt=True)
    assert story.duty.on_idle(s.Victim(peers={1: 1})) is None
