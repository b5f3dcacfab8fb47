"""The watchlist: what is known to be bad, by kind."""

import pytest

from agents.watchlist import Watchlist
from schemas.reference import WatchlistEntry

NOW = 1_767_225_600_000
KINDS = ("peer", "account", "domain")
VALUE = "bad.example"


def entry(kind: str, expires_at: int | None = None, value: str = VALUE) -> WatchlistEntry:
    return WatchlistEntry(value=value, kind=kind, category="mule", source="x", added_at=NOW, expires_at=expires_at)  # type: ignore[arg-type]


def listed_as(watchlist: Watchlist, now: int = NOW) -> list[str]:
    return [kind for kind in KINDS if getattr(watchlist, kind)((VALUE,) if kind == "domain" else VALUE, now)]


@pytest.mark.parametrize("old", KINDS)
@pytest.mark.parametrize("new", KINDS)
def test_a_value_that_changes_its_kind_leaves_the_old_kind(old: str, new: str) -> None:
    watchlist = Watchlist()
    watchlist.learn(VALUE, entry(old))
    watchlist.learn(VALUE, entry(new))
    assert listed_as(watchlist) == [new]
    watchlist.learn(VALUE, None)
    assert listed_as(watchlist) == []


def test_the_latest_entry_says_until_when() -> None:
    watchlist = Watchlist()
    watchlist.learn(VALUE, entry("account"))
    watchlist.learn(VALUE, entry("account", NOW + 10))
    assert listed_as(watchlist, NOW + 9) == ["account"]
    assert listed_as(watchlist, NOW + 10) == []


def test_a_tombstone_of_what_was_never_listed_changes_nothing() -> None:
    watchlist = Watchlist()
    watchlist.learn(VALUE, entry("peer"))
    for other in ("", "other", VALUE.upper(), VALUE + " "):
        watchlist.learn(other, None)
    assert listed_as(watchlist) == ["peer"]
