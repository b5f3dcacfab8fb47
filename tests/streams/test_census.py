"""What the store counts of its keys: who counts as what, for how long, and where it goes with a lane."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from streams.core.changes import Tombstone
from streams.core.duty import CensusEntry
from streams.core.pipeline import Pipeline
from streams.core.store import Store
from tests.streams.bench import IDLE_MS, Bench, text
from tests.streams.counting import DAY_MS, MINUTE_MS, NOON, PERSONS, Counted, CountingDuty, person
from tests.streams.duties import Echo, Words, pipeline

ONE, TWO = person(1), person(2)
WAITING = ("texting", "yellow")
"""What the counting duty says of everybody whom it is to remind."""


def census(store: Store) -> Counter[tuple[tuple[str, ...], int]]:
    """How many keys count as what, and since when, to compare."""
    return Counter((mark.labels, mark.since) for mark, _ in store.census())


def ages(store: Store) -> list[int]:
    return sorted(age for _, age in store.census())


def test_who_has_a_timer_set_counts_and_nobody_else() -> None:
    bench = Bench()
    bench.apply(text(ONE, 1, text="remind me"), text(TWO, 2))
    assert census(bench.store) == {(WAITING, NOON): 1}


def test_a_key_whose_last_timer_has_fired_counts_no_more() -> None:
    bench = Bench()
    bench.apply(text(ONE, 1, text="remind me"))
    bench.tick(NOON + MINUTE_MS)
    assert census(bench.store) == {}


def test_a_key_that_moves_on_counts_as_what_it_is_now() -> None:
    bench = Bench()
    bench.apply(text(ONE, 1, text="nag me"))
    bench.tick(NOON + MINUTE_MS)
    assert census(bench.store) == {(WAITING, NOON + MINUTE_MS): 1}


def test_age_goes_on_with_the_lanes_clock_though_nothing_happens() -> None:
    bench = Bench()
    bench.apply(text(ONE, 1, text="remind me"))
    assert ages(bench.store) == [0]
    bench.tick(NOON + 59_000)
    assert ages(bench.store) == [59_000]


def test_each_lane_goes_by_its_own_clock() -> None:
    bench = Bench()
    bench.apply(text(ONE, 1, text="remind me", lane=0), text(TWO, 1, text="remind me", lane=1))
    bench.tick(NOON + 30_000, lane=1)
    assert ages(bench.store) == [0, 30_000]


def test_the_census_of_a_lane_goes_with_it() -> None:
    bench = Bench()
    bench.apply(text(ONE, 1, text="remind me", lane=0), text(TWO, 1, text="remind me", lane=1))
    bench.store.drop([0])
    assert [mark for mark, _ in bench.store.census()] == [CensusEntry(WAITING, NOON)]
    bench.store.drop([1])
    assert ages(bench.store) == []


WISHES = st.tuples(st.integers(0, 3), st.sampled_from(["remind me", "nag me", "never mind", "hello"]))


@given(st.lists(WISHES, max_size=12), st.integers(0, 5))
def test_a_worker_that_reads_the_changelog_back_counts_what_the_other_one_counted(
    wishes: list[tuple[int, str]], minutes: int
) -> None:
    bench, heir = Bench(), Bench()
    written = []
    for number, (who, said) in enumerate(wishes):
        effects = bench.apply(text(person(who), number, NOON + number * 20_000, text=said))
        written += list(effects.changes.items())
    written += list(bench.tick(NOON + minutes * MINUTE_MS).changes.items())
    for (lane, key), blob in written:
        heir.store.recover(lane, key, blob)
    assert census(heir.store) == census(bench.store)


def test_a_stale_writers_record_does_not_change_the_census() -> None:
    bench, heir = Bench(), Bench()
    old = bench.apply(text(ONE, 1, text="remind me")).changes[0, ONE.encode()]
    new = bench.apply(text(ONE, 2, NOON + 1, text="never mind")).changes[0, ONE.encode()]
    for blob in (new, old):
        heir.store.recover(0, ONE.encode(), blob)
    assert census(heir.store) == {}


def test_a_tombstone_takes_a_key_out_of_the_census() -> None:
    bench = Bench()
    bench.apply(text(ONE, 1, text="remind me"))
    bench.store.recover(0, ONE.encode(), Tombstone())
    assert census(bench.store) == {}


def test_a_key_that_ages_out_counts_no_more() -> None:
    bench = Bench()
    bench.apply(text(ONE, 1, text="remind me"))
    bench.apply(text(TWO, 2, NOON + IDLE_MS + 1), clock=NOON + IDLE_MS + 1)
    assert census(bench.store) == {}


class Watched(CountingDuty):
    """Counts how often it is asked what a state counts as."""

    asked = 0

    def census_entry(self, state: Counted) -> CensusEntry | None:
        self.asked += 1
        return super().census_entry(state)


def test_keys_without_a_timer_are_not_even_looked_at() -> None:
    duty = Watched()
    bench, heir = Bench(duty=duty), Store(Pipeline(PERSONS, [duty]), DAY_MS)
    effects = bench.apply(*(text(person(n), n) for n in range(50)))
    for (lane, key), blob in effects.changes.items():
        heir.recover(lane, key, blob)
    assert duty.asked == 0


# -- in a pipeline ----------------------------------------------------------------------------------------------------


def test_in_a_chain_the_first_follower_that_counts_a_key_says_as_what() -> None:
    bench = Bench(duty=pipeline(Echo("one"), Echo("two")))
    bench.apply(text(ONE, 1))
    assert [mark.labels for mark, _ in bench.store.census()] == [("one", "hello")]


class Uncounted(Echo):
    """Sets timers, and counts nobody."""

    def census_entry(self, state: Words) -> None:
        return None


def test_a_follower_that_counts_nobody_leaves_it_to_the_next() -> None:
    bench = Bench(duty=pipeline(Uncounted("one"), Echo("two")))
    bench.apply(text(ONE, 1))
    assert [mark.labels for mark, _ in bench.store.census()] == [("two", "hello")]


def test_who_is_counted_by_nobody_does_not_count_though_a_timer_is_set() -> None:
    bench = Bench(duty=pipeline(Uncounted("one")))
    bench.apply(text(ONE, 1))
    assert (bench.store.timers(), ages(bench.store)) == (1, [])


def test_every_duty_of_a_chain_tells_how_things_stand_with_it() -> None:
    duty = pipeline(Echo("one"), Echo("two"))
    assert [labels for _, labels, _ in duty.gauges()] == [("counting", "10"), ("one", "1"), ("two", "1")]
