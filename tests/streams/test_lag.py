"""How far behind each input is, told what was read, decided and written."""

from types import SimpleNamespace

import pytest
from faust.types import TP

from streams.core.lag import Lag
from streams.core.lanes import Batch, Entry
from tests.streams.counting import NOON

CALLS, TEXTS = TP("calls", 0), TP("texts", 0)
SECOND = 1_000


def run(tp: TP, first: int, *times: int, stamp: int = 0) -> list[Entry]:
    """Entries of these event times, in a row from an offset on."""
    return [
        Entry(SimpleNamespace(topic=tp.topic, partition=tp.partition, offset=first + n, timestamp=stamp), at, object())
        for n, at in enumerate(times)
    ]


class Broker:
    """Where partitions stand."""

    def __init__(self, lag: Lag) -> None:
        self.stands: dict[TP, tuple[int, int]] = {}
        lag.where = self.stands.get


@pytest.fixture
def lag() -> Lag:
    lag = Lag()
    lag.assign([CALLS, TEXTS])
    return lag


@pytest.fixture
def broker(lag: Lag) -> Broker:
    return Broker(lag)


def told(lag: Lag, now: int) -> dict[tuple[str, str], float]:
    return {(metric.removeprefix("lag_"), *labels): value for metric, labels, value in lag.gauges(now)}  # type: ignore[misc]


def decide(lag: Lag, tp: TP, first: int, end: int, clock: int = 0) -> None:
    lag.decided(Batch([], {tp: (first, end)}, {tp.partition: clock}))


def test_nothing_is_told_of_a_partition_of_which_nothing_is_known(lag: Lag) -> None:
    assert told(lag, NOON) == {}


def test_who_has_read_and_decided_everything_is_not_behind(lag: Lag, broker: Broker) -> None:
    lag.read(CALLS, run(CALLS, 0, NOON, NOON + SECOND))
    broker.stands[CALLS] = (2, 2)
    decide(lag, CALLS, 0, 2)
    assert told(lag, NOON + 3_600 * SECOND) == {("records", "calls"): 0, ("seconds", "calls"): 0}


def test_what_was_read_and_not_decided_counts_from_its_event_time(lag: Lag, broker: Broker) -> None:
    lag.read(CALLS, run(CALLS, 0, NOON, NOON + SECOND))
    lag.read(CALLS, run(CALLS, 2, NOON + 8 * SECOND))
    broker.stands[CALLS] = (3, 3)
    assert told(lag, NOON + 10 * SECOND) == {("records", "calls"): 3, ("seconds", "calls"): 10}
    decide(lag, CALLS, 0, 2)
    assert told(lag, NOON + 10 * SECOND) == {("records", "calls"): 1, ("seconds", "calls"): 2}


def test_what_a_lane_still_holds_of_a_run_is_no_older_than_its_clock(lag: Lag, broker: Broker) -> None:
    lag.read(CALLS, run(CALLS, 0, NOON, NOON + 5 * SECOND, NOON + 9 * SECOND))
    broker.stands[CALLS] = (3, 3)
    decide(lag, CALLS, 0, 2, clock=NOON + 7 * SECOND)
    assert told(lag, NOON + 10 * SECOND) == {("records", "calls"): 1, ("seconds", "calls"): 3}


def test_what_is_not_read_yet_counts_and_is_as_old_as_the_last_that_was(lag: Lag, broker: Broker) -> None:
    lag.read(CALLS, run(CALLS, 0, NOON))
    decide(lag, CALLS, 0, 1)
    broker.stands[CALLS] = (1, 500)
    assert told(lag, NOON + 60 * SECOND) == {("records", "calls"): 499, ("seconds", "calls"): 60}


def test_a_record_after_a_long_silence_is_not_as_old_as_the_silence(lag: Lag, broker: Broker) -> None:
    lag.read(CALLS, run(CALLS, 0, NOON))
    decide(lag, CALLS, 0, 1)
    later = NOON + 3 * 3_600 * SECOND
    lag.at_end(CALLS, later)
    broker.stands[CALLS] = (1, 2)
    assert told(lag, later + SECOND) == {("records", "calls"): 1, ("seconds", "calls"): 1}


def test_a_worker_that_is_stuck_falls_behind_by_the_second(lag: Lag, broker: Broker) -> None:
    lag.at_end(CALLS, NOON)
    broker.stands[CALLS] = (7, 9)
    assert [told(lag, NOON + s * SECOND)["seconds", "calls"] for s in (1, 30, 600)] == [1, 30, 600]


def test_a_backlog_begins_where_the_group_had_committed(lag: Lag, broker: Broker) -> None:
    broker.stands[CALLS] = (4_000, 5_000)
    assert told(lag, NOON)["records", "calls"] == 1_000
    lag.read(CALLS, run(CALLS, 4_000, NOON, NOON))
    broker.stands[CALLS] = (4_002, 5_000)
    assert told(lag, NOON)["records", "calls"] == 1_000
    decide(lag, CALLS, 4_000, 4_002)
    assert told(lag, NOON)["records", "calls"] == 998


def test_what_a_broker_keeps_behind_the_last_record_is_none(lag: Lag, broker: Broker) -> None:
    """A transaction's end takes an offset."""
    lag.read(CALLS, run(CALLS, 0, NOON, NOON))
    decide(lag, CALLS, 0, 2)
    broker.stands[CALLS] = (3, 3)
    assert told(lag, NOON)["records", "calls"] == 0


def test_records_add_up_over_partitions_and_the_oldest_of_all_counts(lag: Lag, broker: Broker) -> None:
    one, two = TP("calls", 0), TP("calls", 1)
    lag.assign([one, two])
    lag.read(one, run(one, 0, NOON))
    lag.read(two, run(two, 0, NOON - 5 * SECOND, NOON))
    broker.stands.update({one: (1, 1), two: (2, 10)})
    assert told(lag, NOON + SECOND) == {("records", "calls"): 11, ("seconds", "calls"): 6}


def test_a_record_without_an_event_time_counts_from_its_own(lag: Lag, broker: Broker) -> None:
    lag.read(TEXTS, run(TEXTS, 0, 0, stamp=NOON))
    broker.stands[TEXTS] = (1, 1)
    assert told(lag, NOON + 4 * SECOND)["seconds", "texts"] == 4


def test_what_is_assigned_anew_starts_over_and_what_left_is_not_told_of(lag: Lag, broker: Broker) -> None:
    lag.read(CALLS, run(CALLS, 0, NOON))
    broker.stands.update({CALLS: (1, 1), TEXTS: (0, 0)})
    lag.assign([TEXTS])
    decide(lag, CALLS, 0, 1)
    lag.read(CALLS, run(CALLS, 1, NOON))
    assert told(lag, NOON) == {("records", "texts"): 0, ("seconds", "texts"): 0}


def test_an_event_ahead_of_the_clock_is_not_old(lag: Lag, broker: Broker) -> None:
    lag.read(CALLS, run(CALLS, 0, NOON + 60 * SECOND))
    broker.stands[CALLS] = (1, 1)
    assert told(lag, NOON) == {("records", "calls"): 1, ("seconds", "calls"): 0}
