"""Forged, altered and repeated commands are told from true ones, by `Verifier` and by the executor's example.

`Verifier` and `deploy/examples/executor.py` are two readings of one contract: what can be said of both is tested on
both.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interdict.access import verifier as v
from interdict.access.verifier import Verdict, Verifier
from schemas.topics import ACCOUNT, PHONE
from streams.runtime.signing import KEY_ID, SIGNATURE, V1_UNTIL_MS, VERSION, Signer
from tests.console.signed import (
    BOTH,
    ELSE,
    EXECUTOR,
    HERE,
    HOUR_MS,
    KEYS,
    NOW,
    OTHER,
    OURS,
    PRIVATE,
    TRUE,
    altered,
    check,
    command,
    command_v1,
    header,
    record,
)

NOT_OURS = "not among the valid keys"
BAD: dict[str, tuple[SimpleNamespace, Verdict]] = {
    "another value": (altered(TRUE, value=ELSE.value), v.FORGED),
    "another key": (altered(TRUE, key=b"+8613800138001"), v.FORGED),
    "another command's signature": (altered(TRUE, signature=header(ELSE, SIGNATURE)), v.FORGED),
    "no value": (altered(TRUE, value=None), v.FORGED),
    "no key": (altered(TRUE, key=None), v.FORGED),
    "a byte of the value moved into the key": (altered(TRUE, key=TRUE.key + b"{", value=TRUE.value[1:]), v.FORGED),
    "signed by somebody under our key's id": (
        altered(command(private=OTHER), key_id=header(TRUE, KEY_ID)), v.FORGED,
    ),
    "an empty signature": (altered(TRUE, signature=b""), v.UNSIGNED),
    "half a signature": (altered(TRUE, signature=header(TRUE, SIGNATURE)[:32]), v.FORGED),
    "a signature in hexadecimal": (altered(TRUE, signature=header(TRUE, SIGNATURE).hex().encode()), v.FORGED),
    "no signature": (altered(TRUE, signature=None), v.UNSIGNED),
    "no key's id": (altered(TRUE, key_id=None), v.UNSIGNED),
    "no header at all": (record(TRUE.key, TRUE.value, []), v.UNSIGNED),
    NOT_OURS: (command(private=OTHER), v.UNKNOWN_KEY),
    "a key's id that is no text": (altered(TRUE, key_id=b"\xff\xfe"), v.UNKNOWN_KEY),
    "copied to another topic": (altered(TRUE, topic=ACCOUNT.name), v.FORGED),
    "copied from a test environment": (command(environment="test"), v.FORGED),
    "of an environment without a name": (command(environment=""), v.FORGED),
    "without its version": (altered(TRUE, version=None), v.FORGED),
    "of version 1, with a version": (altered(command_v1(), version=b"2"), v.FORGED),
    "of a version to come": (altered(TRUE, version=b"3"), v.WRONG_WAY),
    "of version 1, said so": (altered(command_v1(), version=b"1"), v.WRONG_WAY),
    "an empty version": (altered(TRUE, version=b""), v.WRONG_WAY),
    "two versions": (altered(TRUE, more=[(VERSION, b"2")]), v.WRONG_WAY),
    "its signature twice": (altered(TRUE, more=[(SIGNATURE, header(TRUE, SIGNATURE))]), v.UNSIGNED),
    "another signature too": (altered(TRUE, more=[(SIGNATURE, header(ELSE, SIGNATURE))]), v.UNSIGNED),
    "two keys' ids": (altered(TRUE, more=[(KEY_ID, b"56475aa75463474c")]), v.UNSIGNED),
    "a signature that is null besides": (altered(TRUE, more=[(SIGNATURE, None)]), v.UNSIGNED),
}  # fmt: skip


def refuses(one: SimpleNamespace, now_ms: int = NOW, seen: dict[str, bytes] | None = None) -> bool:
    """Whether the executor's example refuses a record."""
    try:
        EXECUTOR.accept(one, HERE, KEYS, {} if seen is None else seen, now_ms)
    except Exception:  # whatever it raises, the command is refused
        return True
    return False


# -- the verifier, and the example ---------------------------------------------------------------------------


def test_a_true_command_is_good() -> None:
    assert check(Verifier(KEYS, HERE), TRUE) is v.GOOD
    assert EXECUTOR.accept(TRUE, HERE, KEYS, {}, NOW)["command_id"] == "c-1"


@pytest.mark.parametrize("what", BAD)
def test_a_command_that_is_not_ours_or_not_as_it_was_is_refused(what: str) -> None:
    one, verdict = BAD[what]
    assert check(Verifier(KEYS, HERE), one) is verdict
    assert verdict.is_bad
    assert refuses(one)


@given(st.sampled_from(["key", "value", "signature", "key_id", "version"]), st.data())
def test_one_bit_changed_anywhere_is_refused(part: str, data: st.DataObject) -> None:
    one = command(private=PRIVATE, note=data.draw(st.text(max_size=20)))
    whole = {"key": one.key, "value": one.value, **{short: header(one, name) for short, name in OURS.items()}}
    bit = data.draw(st.integers(0, 8 * len(whole[part]) - 1))
    flipped = bytearray(whole[part])
    flipped[bit // 8] ^= 1 << bit % 8
    changed = altered(one, **{part: bytes(flipped)})
    assert check(Verifier(KEYS, HERE), changed) is {"key_id": v.UNKNOWN_KEY, "version": v.WRONG_WAY}.get(part, v.FORGED)
    assert refuses(changed)


def test_every_bit_of_a_signature_counts() -> None:
    signature = header(TRUE, SIGNATURE)
    for bit in range(8 * len(signature)):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        assert check(Verifier(KEYS, HERE), altered(TRUE, signature=bytes(flipped))) is v.FORGED


def test_both_keys_are_valid_during_a_rotation_and_one_after_it() -> None:
    old, new = command("c-1", private=PRIVATE), command("c-2", private=OTHER)
    during = Verifier(BOTH, HERE)
    assert [check(during, one) for one in (old, new)] == [v.GOOD, v.GOOD]
    after = Verifier({name: key for name, key in BOTH.items() if name not in KEYS}, HERE)
    assert [check(after, one) for one in (old, new)] == [v.UNKNOWN_KEY, v.GOOD]


def test_the_same_command_signed_by_the_next_key_is_still_the_same_command() -> None:
    checker = Verifier(BOTH, HERE)
    assert [check(checker, command(private=private)) for private in (PRIVATE, OTHER)] == [v.GOOD, v.REPEATED]


def test_an_expired_command_is_refused_from_the_millisecond_after() -> None:
    for now_ms, verdict in ((NOW + HOUR_MS, v.GOOD), (NOW + HOUR_MS + 1, v.EXPIRED)):
        assert check(Verifier(KEYS, HERE), TRUE, now_ms) is verdict
        assert refuses(TRUE, now_ms) is (verdict is v.EXPIRED)


def test_a_repeated_command_is_not_carried_out_again_not_even_once_it_has_expired() -> None:
    checker, seen = Verifier(KEYS, HERE), {}
    first, again, late = ((TRUE, now_ms) for now_ms in (NOW, NOW + 1, NOW + HOUR_MS + 1))
    assert [check(checker, *one) for one in (first, again, late)] == [v.GOOD, v.REPEATED, v.EXPIRED]
    assert EXECUTOR.accept(first[0], HERE, KEYS, seen, first[1]) is not None
    assert all(EXECUTOR.accept(one, HERE, KEYS, seen, now_ms) is None for one, now_ms in (again, late))


def test_another_command_under_an_id_that_came_before_is_refused() -> None:
    checker, seen = Verifier(KEYS, HERE), {}
    other = command("c-1", scope="all")
    assert [check(checker, one) for one in (TRUE, other, TRUE)] == [v.GOOD, v.CONFLICTING, v.REPEATED]
    assert [refuses(one, seen=seen) for one in (TRUE, other, TRUE)] == [False, True, False]


def test_a_forged_command_does_not_use_up_the_id_it_names() -> None:
    checker = Verifier(KEYS, HERE)
    forged = altered(command(private=OTHER), key_id=header(TRUE, KEY_ID))
    assert [check(checker, one) for one in (forged, TRUE)] == [v.FORGED, v.GOOD]


NO_COMMANDS = (
    b"", b"null", b"[]", b"{", b'{"command_id":"1"}', b'{"command_id":1,"expires_at":1}', b"\xff", b"[" * 100_000,
    b'{"command_id":[],"expires_at":1}', b'{"command_id":"1","expires_at":true}',
    b'{"command_id":"1","expires_at":NaN}', b'{"command_id":"1","expires_at":"tomorrow"}', b'"command_id expires_at"',
    b"1" * 5_000,
)  # fmt: skip


@pytest.mark.parametrize("value", NO_COMMANDS, ids=lambda value: repr(value[:40]))
def test_a_signed_record_that_is_no_command_is_unreadable(value: bytes) -> None:
    one = record(b"k", value, Signer(PRIVATE, HERE).headers(PHONE.name, b"k", value))
    assert check(Verifier(KEYS, HERE), one) is v.UNREADABLE
    assert refuses(one)


def test_ids_are_remembered_until_they_expire_and_no_longer() -> None:
    checker = Verifier(KEYS, HERE)
    for number in range(100):
        assert check(checker, command(f"c-{number}", NOW + number), NOW) is v.GOOD
    assert len(checker._seen._digests) == 100
    assert check(checker, command("last", NOW + HOUR_MS), NOW + 100) is v.GOOD
    assert list(checker._seen._digests) == ["last"]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20)), max_size=60), st.integers(1, 5))
def test_no_bound_on_what_is_remembered_lets_a_command_through_twice(stream: list[tuple[int, int]], most: int) -> None:
    """Ids and lifetimes at will, the clock going on: whatever is forgotten, an id is good once at most."""
    checker, good = Verifier(KEYS, HERE, remembered_max=most), []
    for now_ms, (number, _) in enumerate(stream, NOW):
        # An id has one content, and so one expiry: of those drawn for it, the first.
        expires_at = next(NOW + at + lives for at, (n, lives) in enumerate(stream) if n == number)
        if check(checker, command(f"c-{number}", expires_at), now_ms) is v.GOOD:
            good.append(number)
        assert len(checker._seen._digests) <= most
    assert len(good) == len(set(good))


def test_at_the_bound_what_expires_soon_is_refused_and_what_expires_later_goes_on() -> None:
    checker = Verifier(KEYS, HERE, remembered_max=2)
    given_ = [command("a", NOW + 10), command("b", NOW + 20), command("c", NOW + 30)]
    assert [check(checker, one) for one in given_] == [v.GOOD] * 3
    assert check(checker, given_[0]) is v.CROWDED_OUT, "forgotten, and yet not good again"
    assert check(checker, command("d", NOW + 5)) is v.CROWDED_OUT
    assert check(checker, command("e", NOW + 40)) is v.GOOD


def test_exactly_one_verdict_says_to_carry_a_command_out() -> None:
    assert [verdict for verdict in v.VERDICTS if "carry it out" in verdict.means] == [v.GOOD]
    assert len({verdict.name for verdict in v.VERDICTS}) == len(v.VERDICTS)


# -- how it is signed ----------------------------------------------------------------------------------------


def test_a_command_is_good_on_its_topic_in_its_environment_and_nowhere_else() -> None:
    for topic in (PHONE.name, ACCOUNT.name, ""):
        for environment in (HERE, "test", "productio", ""):
            one, is_here = altered(TRUE, topic=topic), (topic, environment) == (PHONE.name, HERE)
            assert check(Verifier(KEYS, environment), one) is (v.GOOD if is_here else v.FORGED)
            assert accepted(one, environment) is is_here


def accepted(one: SimpleNamespace, environment: str = HERE, now_ms: int = NOW, **more: Any) -> bool:
    try:
        return EXECUTOR.accept(one, environment, KEYS, {}, now_ms, **more) is not None
    except Exception:  # whatever it raises, the command is refused
        return False


def test_version_1_is_taken_until_its_day_and_not_from_then_on() -> None:
    for now_ms, is_taken in ((NOW, True), (V1_UNTIL_MS - 1, True), (V1_UNTIL_MS, False), (V1_UNTIL_MS + 1, False)):
        one = command_v1(expires_at=V1_UNTIL_MS + HOUR_MS)
        assert check(Verifier(KEYS, HERE), one, now_ms) is (v.GOOD if is_taken else v.WRONG_WAY)
        assert accepted(one, now_ms=now_ms) is is_taken
        assert check(Verifier(KEYS, HERE), command(expires_at=V1_UNTIL_MS + HOUR_MS), now_ms) is v.GOOD
    assert EXECUTOR.V1_UNTIL_MS == V1_UNTIL_MS


def test_a_centre_may_take_no_version_1_at_all() -> None:
    assert check(Verifier(KEYS, HERE, v1_until_ms=0), command_v1()) is v.WRONG_WAY
    assert not accepted(command_v1(), v1_until_ms=0)


def test_a_command_of_version_1_that_is_decided_again_and_signed_by_version_2_is_the_same_command() -> None:
    checker, seen = Verifier(KEYS, HERE), {}
    assert [check(checker, one) for one in (command_v1(), TRUE, command_v1())] == [v.GOOD, v.REPEATED, v.REPEATED]
    assert EXECUTOR.accept(command_v1(), HERE, KEYS, seen, NOW) is not None
    assert EXECUTOR.accept(TRUE, HERE, KEYS, seen, NOW) is None


NAME = st.one_of(st.sampled_from([*OURS.values(), "ce_id", ""]), st.text(max_size=8))
CONTENT = st.one_of(
    st.none(), st.binary(max_size=80), st.just(b"2"), st.just(header(TRUE, SIGNATURE)), st.just(header(TRUE, KEY_ID)),
    st.text(max_size=4), st.integers(), st.booleans(), st.just(b"x" * 1_048_576),
)  # fmt: skip
ODD = st.lists(st.tuples(NAME, CONTENT), max_size=6)
VALUE = st.one_of(st.none(), st.binary(max_size=60), st.sampled_from(NO_COMMANDS), st.just(TRUE.value))


@given(ODD, VALUE, st.one_of(st.none(), st.binary(max_size=20), st.just(TRUE.key)))
def test_whatever_is_in_headers_and_value_is_judged_and_never_raises(
    headers: list[tuple[str, Any]], value: bytes | None, key: bytes | None
) -> None:
    """Judged alike by both, and told in one short line that quotes nothing."""
    one = record(key, value, headers)
    verdict, line = check(Verifier(KEYS, HERE), one), EXECUTOR.judge(one, HERE, KEYS, {})
    assert verdict in v.VERDICTS
    assert (verdict is v.GOOD) is accepted(one)
    assert line is None or (len(line) < 120 and "\n" not in line)


@given(ODD)
def test_headers_that_are_not_ours_change_nothing(headers: list[tuple[str, Any]]) -> None:
    others = [(name, value) for name, value in headers if name not in OURS.values()]
    one = altered(TRUE, more=others)
    assert check(Verifier(KEYS, HERE), one) is v.GOOD
    assert accepted(one)
