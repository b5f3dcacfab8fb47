"""The last good version of each policy: what a worker takes up at its start and keeps, whatever was compacted."""

from contextlib import suppress
from typing import Any

import orjson
import pytest

from interdict.centre.policies import NAMES
from interdict.replay.player import Recorded
from interdict.topology import POLICY_MODELS, load_pipelines
from schemas.codec import Rejected
from schemas.reference import POLICY_NAMES
from schemas.topics import ACCEPTED, POLICIES, WATCHLIST, Topic
from streams.core.duty import Sample
from streams.core.policies import SHADOW_SUFFIX
from streams.core.reader import Reader
from streams.runtime.accepted import Accepted, Kept
from streams.runtime.broadcast import key_of, teach

BAD = b'{ "no policy": "at all" }'


def good(name: str, version: str) -> bytes:
    body = POLICY_MODELS[name.removesuffix(SHADOW_SUFFIX)].load().model_dump(mode="json")
    return orjson.dumps({"name": name, "body": {**body, "policy_version": version}})


class Worker:
    """Reads what is kept, then what the topic of policies holds, and keeps what is accepted, as a worker does."""

    def __init__(self, kept: Kept, records: list[tuple[str, bytes | None]]) -> None:
        self._pipelines = [pipeline for pipeline in load_pipelines() if POLICIES in pipeline.broadcasts]
        self._read = Reader([POLICIES])
        self._accepted = [Accepted(pipeline.on_broadcast, pipeline.answers_for) for pipeline in self._pipelines]
        for accepted in self._accepted:
            accepted.begin(dict(kept))
        for name, value in records:
            self.take(name, value)
        for accepted in self._accepted:
            accepted.settle()

    def take(self, name: str, value: bytes | None) -> None:
        record = Recorded(POLICIES.name, name.encode(), value, 0)
        for pipeline, accepted in zip(self._pipelines, self._accepted, strict=True):
            is_good = False
            with suppress(Rejected):
                teach(pipeline.on_broadcast, POLICIES, key_of(record), self._read(record))
                is_good = True
            accepted.hear(POLICIES, name, value, is_good=is_good)

    def found(self, kept: Kept) -> None:
        for accepted in self._accepted:
            accepted.found(dict(kept))

    def missing(self) -> Kept:
        """What its pipelines write; each name is written by one of them."""
        written = [accepted.missing() for accepted in self._accepted]
        assert sum(map(len, written)) == len({name for part in written for name in part})
        return {name: value for part in written for name, value in part.items()}

    def _gauges(self) -> list[Sample]:
        return [one for pipeline in self._pipelines for one in pipeline.gauges()]

    def stands(self, name: str) -> tuple[str | None, bool]:
        """The version that holds, and whether it is in doubt."""
        told: dict[str, Any] = {one.metric: one for one in self._gauges() if one.labels[:1] == (name,)}
        version = told["policy_info"].labels[1] if "policy_info" in told else None
        return version, bool(told["policy_unreadable"].value) if "policy_unreadable" in told else False

    @property
    def kills(self) -> bool:
        return any(one.metric == "kill_switch" and one.value for one in self._gauges())


def kept_by(worker: Worker, before: Kept) -> Kept:
    """What the topic holds once the worker has written."""
    after = {**before, **worker.missing()}
    return {name: value for name, value in after.items() if value is not None}


PACKAGED = POLICY_MODELS["limits"].load().policy_version  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["victims", "relay", "roster", "limits", "victims.shadow", "relay.shadow"])
def test_the_last_good_one_survives_a_bad_one_compaction_and_a_restart(name: str) -> None:
    first = Worker({}, [(name, good(name, "1")), (name, good(name, "2")), (name, BAD)])
    kept = kept_by(first, {})
    assert kept == {name: good(name, "2")}, "byte for byte as it came, and the bad one is not in it"
    heir = Worker(kept, [(name, BAD)])
    assert heir.stands(name) == first.stands(name) == ("2", True)
    assert heir.kills is (name == "limits")
    assert heir.missing() == {}


@pytest.mark.parametrize("name", ["victims", "relay", "roster", "limits"])
def test_a_tombstone_and_what_compaction_leaves_of_it_are_the_same(name: str) -> None:
    first = Worker({}, [(name, good(name, "1")), (name, None)])
    kept = kept_by(first, {})
    for records in ([(name, None)], []):
        heir = Worker(kept, list(records))
        assert heir.stands(name) == first.stands(name) == ("1", True)
        assert heir.kills is (name == "limits")
        assert kept_by(heir, kept) == kept


@pytest.mark.parametrize("end", [None, BAD], ids=["deleted", "bad"])
def test_limits_that_were_never_good_stay_a_kill_switch_when_compaction_has_left_nothing(end: bytes | None) -> None:
    kept = kept_by(Worker({}, [("limits", end)]), {})
    heir = Worker(kept, [])
    assert heir.kills
    assert heir.stands("limits") == (PACKAGED, True)
    cured = Worker(kept, [("limits", good("limits", "2"))])
    assert cured.stands("limits") == ("2", False)
    assert not cured.kills
    assert kept_by(cured, kept) == {"limits": good("limits", "2")}


def test_a_deployment_that_never_had_a_policy_goes_by_the_packaged_ones_and_keeps_nothing() -> None:
    fresh = Worker({}, [])
    assert {fresh.stands(name)[1] for name in POLICY_NAMES} == {False}
    assert not fresh.kills
    assert fresh.missing() == {}


def test_a_shadow_that_was_dropped_does_not_come_back_whatever_compaction_left() -> None:
    kept = {"victims.shadow": good("victims.shadow", "1")}
    for records in ([("victims.shadow", None)], []):
        heir = Worker(kept, list(records))
        assert heir.stands("victims.shadow") == (None, False)
        assert kept_by(heir, kept) == {}


def test_each_change_is_written_once() -> None:
    worker = Worker({}, [])
    worker.take("roster", good("roster", "1"))
    assert worker.missing() == {"roster": good("roster", "1")}
    worker.take("roster", BAD)
    worker.take("roster", good("roster", "1"))
    assert worker.missing() == {}
    worker.take("roster", good("roster", "2"))
    assert worker.missing() == {"roster": good("roster", "2")}


def test_whoever_takes_the_first_lane_over_writes_what_its_last_holder_did_not() -> None:
    worker = Worker({}, [("roster", good("roster", "1")), ("relay", good("relay", "1"))])
    worker.found({"roster": good("roster", "1")})
    assert worker.missing() == {"relay": good("relay", "1")}


def test_what_another_release_kept_and_this_one_cannot_read_is_in_doubt_until_its_own_record_says_better() -> None:
    kept = {"limits": orjson.dumps({"name": "limits", "body": {"policy_version": "9", "of": "tomorrow"}})}
    assert Worker(kept, []).kills
    assert not Worker(kept, [("limits", good("limits", "2"))]).kills


def test_what_is_in_other_topics_or_under_other_names_is_not_kept() -> None:
    accepted = Accepted(lambda *_: None)
    accepted.hear(WATCHLIST, "limits", b"{}", is_good=True)
    accepted.hear(POLICIES, "weather", b"{}", is_good=False)
    assert accepted.missing() == {}


def test_the_names_are_those_of_the_duties() -> None:
    assert set(POLICY_NAMES) == set(NAMES)
    assert ACCEPTED.model is POLICIES.model


# -- what is under the wrong key ---------------------------------------------------------------------------------


def heard(key: bytes | None) -> list[str]:
    """The keys under which a watchlist entry of this key is heard."""
    entry = {"value": "6222", "kind": "account", "category": "mule", "source": "x", "added_at": 1_767_225_600_000}
    record, keys = Recorded(WATCHLIST.name, key, orjson.dumps(entry), 0), []
    teach(lambda _, key, __: keys.append(key), WATCHLIST, key_of(record), Reader([WATCHLIST])(record))
    return keys


def test_a_reference_record_under_its_own_key_is_heard() -> None:
    assert heard(b"6222") == ["6222"]


@pytest.mark.parametrize("key", [b"6223", b"", None, b" 6222", b"6222\0", b"\xff"], ids=repr)
def test_a_reference_record_under_another_key_than_its_own_is_refused(key: bytes | None) -> None:
    with pytest.raises(Rejected, match="key_invalid" if key == b"\xff" else "key_mismatch"):
        heard(key)


def test_a_tombstone_whose_key_is_no_text_is_refused_and_deletes_nothing() -> None:
    with pytest.raises(Rejected, match="key_invalid"):
        key_of(Recorded(WATCHLIST.name, b"\xff\xfe", None, 0))


@pytest.mark.parametrize("topic", [POLICIES, WATCHLIST], ids=lambda topic: topic.name)
@pytest.mark.parametrize("name", [*POLICY_NAMES, "no such policy"])
def test_of_several_pipelines_that_hear_a_record_one_answers_for_it(topic: Topic, name: str) -> None:
    hearing = [pipeline for pipeline in load_pipelines() if topic in pipeline.broadcasts]
    assert sum(pipeline.answers_for(topic, name) for pipeline in hearing) == 1
