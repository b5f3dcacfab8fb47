"""Mending: what does not matter costs no record, what matters is never changed, and each repair is told."""

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas import fields as f
from schemas.codec import Rejected, decoder, encode
from schemas.events import Call, Outcome, Report, Sms, Transaction
from schemas.mending import BOM, CARE, DIGEST_CHARS, LOOKED_AT_MAX, Mended, mender
from schemas.reference import PolicyRecord, Subscriber
from schemas.withheld import WITHHELD, is_withheld
from tests.schemas.records import LEAST, NOON, TOPIC_OF, any_record

DECODE = {model: decoder(topic) for model, topic in TOPIC_OF.items()}
MEND = {model: mender(topic) for model, topic in TOPIC_OF.items()}
CARED_FOR = pytest.mark.parametrize("model", CARE, ids=lambda model: model.__name__)

ESSENTIAL = frozenset(
    {
        "event_id", "report_id", "command_id", "call_id", "occurred_at", "subscriber", "payer_account", "payee_account",
        "account", "amount_minor", "currency", "phase", "direction", "outcome",
    }
)  # fmt: skip
"""What a decision rests on: it may be spelt otherwise, and never means anything else."""


def taken(model: type[BaseModel], value: bytes) -> Mended | Rejected:
    """What becomes of a value, as the reader does it: the model, mended where it had to be, or the refusal."""
    try:
        return Mended(DECODE[model](value), ())
    except Rejected as problem:
        return MEND[model](value, problem) or problem


def mended(model: type[BaseModel], **changed: Any) -> tuple[Any, tuple[str, ...]]:
    """The model that a record with such fields becomes, and what was done to it."""
    return of_body(model, LEAST[model] | changed)


def of_body(model: type[BaseModel], body: Any) -> tuple[Any, tuple[str, ...]]:
    got = taken(model, orjson.dumps(body))
    assert isinstance(got, Mended), got
    return got.model, got.what


def refused(model: type[BaseModel], **changed: Any) -> str:
    got = taken(model, json.dumps(LEAST[model] | changed).encode())
    assert isinstance(got, Rejected), got
    return got.reason


# What is taken


@pytest.mark.parametrize(
    ("model", "field", "sent", "read", "what"),
    [
        (Call, "occurred_at", float(NOON), NOON, "number"),
        (Call, "direction", "IN", "in", "word"),
        (Call, "phase", " Ringing", "ringing", "word"),
        (Call, "medium", "VIDEO", "video", "word"),
        (Call, "medium", "hologram", None, "unknown_word"),
        (Call, "peer_type", "landline", None, "unknown_word"),
        (Call, "peer_type", 3, None, "unknown_word"),
        (Call, "peer_type", "", None, "null"),
        (Call, "forwarded", 1, True, "flag"),
        (Call, "forwarded", 0, False, "flag"),
        (Call, "forwarded", "TRUE", True, "flag"),
        (Call, "forwarded", "maybe", None, "left_out"),
        (Call, "forwarded", [], None, "left_out"),
        (Call, "forwarded_to", 95588, "95588", "number"),
        (Call, "forwarded_to", "", None, "null"),
        (Call, "forwarded_to", [], None, "left_out"),
        (Call, "subscriber", "13800138000", "+8613800138000", "spelling"),
        (Call, "subscriber", " +8613800138000", "+8613800138000", "spelling"),
        (Sms, "subscriber", "0086 138-0013-8000", "+8613800138000", "spelling"),
        (Transaction, "subscriber", "tel:+86-138-0013-8000", "+8613800138000", "spelling"),
        (Report, "subscriber", "８６１３８００１３８０００", "+8613800138000", "spelling"),
        (Outcome, "subscriber", "00852 5123 4567", "+85251234567", "spelling"),
        (Subscriber, "subscriber", "sip:+8613800138000@ims.example", "+8613800138000", "spelling"),
        (Call, "schema_version", None, 1, "null"),
        (Call, "schema_version", 1.0, 1, "number"),
        (Call, "peer", 95588, "95588", "number"),
        (Call, "peer", "ICBC\r\n\u0000", "ICBC", "controls"),
        (Call, "duration_s", 180.0, 180, "number"),
        (Call, "duration_s", 182.4, 182, "number"),
        (Call, "duration_s", "180", 180, "number"),
        (Call, "duration_s", "", None, "null"),
        (Call, "duration_s", -1, None, "duration"),
        (Call, "duration_s", 180_000, None, "duration"),
        (Call, "duration_s", 1e300, None, "duration"),
        (Call, "duration_s", "00:03:00", None, "duration"),
        (Sms, "text", "pay\u0000me", "payme", "controls"),
        (Sms, "text", None, "", "null"),
        (Sms, "text", 123456, "123456", "number"),
        (Transaction, "amount_minor", 5.0, 5, "number"),
        (Transaction, "balance_minor", 5.0, 5, "number"),
        (Transaction, "balance_minor", 5.5, None, "left_out"),
        (Transaction, "balance_minor", f.MONEY_MINOR_MAX + 1, None, "left_out"),
        (Transaction, "currency", "cny", "CNY", "word"),
        (Transaction, "currency", None, "CNY", "null"),
        (Transaction, "channel", "Mobile", "mobile", "word"),
        (Transaction, "channel", "telepathy", None, "unknown_word"),
        (Transaction, "payee_is_new", "false", False, "flag"),
        (Transaction, "transaction_id", 4711, "4711", "number"),
        (Transaction, "transaction_id", "", None, "null"),
        (Transaction, "transaction_id", ["t"], None, "left_out"),
        (Transaction, "payer_account", "6222 0202 0011", "622202020011", "spaces"),
        (Transaction, "payee_account", "6222\u00a00202\u30000011\t", "622202020011", "spaces"),
        (Transaction, "payee_name", "x" * 129, "x" * 128, "cut"),
        (Transaction, "payee_name", "王\n伟", "王伟", "controls"),
        (Transaction, "payee_name", "", None, "null"),
        (Transaction, "payee_name", ["王伟"], None, "left_out"),
        (Transaction, "subscriber", "", None, "null"),
        (Report, "typology", "Fake_Police", "fake_police", "word"),
        (Report, "typology", "romance", None, "unknown_word"),
        (Report, "payee_accounts", ["6222 01", 5, "", "6222-02"], ("622201", "6222-02"), "list"),
        (Report, "payee_accounts", "622201", ("622201",), "list"),
        (Report, "payee_accounts", {"a": 1}, (), "left_out"),
        (Report, "transaction_ids", ["t"] * 65, ("t",) * 64, "list"),
        (Outcome, "outcome", "Executed", "executed", "word"),
        (Outcome, "command_id", LEAST[Outcome]["command_id"].upper(), LEAST[Outcome]["command_id"], "word"),
        (Outcome, "note", "n" * 501, "n" * 500, "cut"),
        (Outcome, "note", "a\u0000b", "ab", "controls"),
        (Outcome, "note", 5, None, "left_out"),
        (Outcome, "actor", "\u0007officer", "officer", "controls"),
        (Subscriber, "age_band", "old", None, "unknown_word"),
        (Subscriber, "area", "a" * 65, "a" * 64, "cut"),
        (Subscriber, "occupation", "Student", "student", "word"),
        (Subscriber, "trusted_peers", ["", "a\n", None, "b"], ("a", "b"), "list"),
        (Subscriber, "handles", [f"h{n}" for n in range(70)], tuple(f"h{n}" for n in range(64)), "list"),
    ],
)  # fmt: skip
def test_a_field_that_decides_nothing_costs_no_record(
    model: type[BaseModel], field: str, sent: Any, read: Any, what: str
) -> None:
    record, done = mended(model, **{field: sent})
    assert getattr(record, field) == read
    assert type(getattr(record, field)) is type(read)
    assert done == (what,)


def test_a_byte_order_mark_is_no_part_of_a_record() -> None:
    got = taken(Call, BOM + orjson.dumps(LEAST[Call]))
    assert got == Mended(DECODE[Call](orjson.dumps(LEAST[Call])), ("bom",))


def test_a_byte_order_mark_does_not_hide_what_else_is_wrong() -> None:
    got = taken(Call, BOM + orjson.dumps(LEAST[Call] | {"direction": "IN"}))
    assert isinstance(got, Mended)
    assert got.what == ("bom", "word")
    assert isinstance(taken(Call, BOM + orjson.dumps(LEAST[Call] | {"phase": 3})), Rejected)
    assert isinstance(taken(Call, BOM + BOM + orjson.dumps(LEAST[Call])), Rejected)
    assert isinstance(taken(Call, BOM), Rejected)


def test_a_byte_order_mark_before_a_policy_is_none_of_its_business() -> None:
    got = taken(PolicyRecord, BOM + orjson.dumps(LEAST[PolicyRecord]))
    assert isinstance(got, Mended)


def test_everything_at_once_is_told_once_each() -> None:
    record, done = mended(
        Call, peer=None, direction="Out", phase="ENDED", duration_s=1e9, medium="x", peer_type="y", forwarded="no"
    )
    assert (record.peer, record.direction, record.phase, record.duration_s) == (WITHHELD, "out", "ended", None)
    assert done == ("withheld", "word", "flag", "duration", "unknown_word")


def test_only_what_is_not_valid_is_touched() -> None:
    """One account has one spelling, whatever else is wrong with its record."""
    record, _ = mended(Transaction, payer_account="de89-3704", amount_minor=5.0)
    assert record.payer_account == "de89-3704"


# A peer that is long, or is nobody


@pytest.mark.parametrize("peer", [None, "", "\t", "\u0000", "anonymous\n"])
def test_a_peer_that_is_not_told_is_the_one_word_for_it(peer: Any) -> None:
    record, done = mended(Call, peer=peer)
    assert record.peer == WITHHELD
    assert "withheld" in done
    assert mended(Sms, peer=peer)[0].peer == WITHHELD


def test_a_peer_that_is_absent_is_the_one_word_for_it() -> None:
    body = {name: value for name, value in LEAST[Call].items() if name != "peer"}
    record, done = of_body(Call, body)
    assert (record.peer, done) == (WITHHELD, ("withheld",))


HOST = "ims.mnc000.mcc460.3gppnetwork.org"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (f"sip:+8613800138000@{HOST};user=phone;tag=1928301774", "+8613800138000"),
        (f'"Li Wei" <sip:+8613800138000@{HOST};user=phone>;tag=a6c85cf', "+8613800138000"),
        ("tel:+8613800138000;phone-context=" + HOST * 2, "+8613800138000"),
    ],
)
def test_a_long_address_is_the_same_in_every_call(sent: str, read: str) -> None:
    record, done = mended(Call, peer=sent)
    assert (record.peer, done) == (read, ("cut",))


@given(st.text("ab", min_size=70, max_size=90), st.text("ab", min_size=70, max_size=90))
def test_two_long_peers_are_the_same_only_if_they_are(one: str, other: str) -> None:
    head = "x" * 60
    first, second = (mended(Call, peer=head + tail)[0].peer for tail in (one, other))
    assert (first == second) == (one == other)
    assert len(first) == f.PEER_CHARS_MAX
    assert first[: -DIGEST_CHARS - 1] == head[: f.PEER_CHARS_MAX - DIGEST_CHARS - 1]


def test_a_long_address_that_hides_its_caller_is_withheld() -> None:
    assert mended(Call, peer=f'"Anonymous" <sip:anonymous@anonymous.invalid>;tag={"9" * 64}')[0].peer == WITHHELD


@pytest.mark.parametrize(
    "peer",
    [
        "", " ", "-", "***", "unknown", "Anonymous", "ANONYMOUS", "Private Number", "private", "withheld", "Restricted",
        "No Caller ID", "caller id withheld", "N/A", "null", "0", "000000", "ＵＮＫＮＯＷＮ", "未知", "未知号码",
        "未知號碼", "私人号码", "隐藏号码", "隱藏號碼", "匿名来电", "无主叫号码", "+266696687", "266696687",
        "00266696687", "+266 69 6687", "sip:anonymous@anonymous.invalid", "SIP:Anonymous@Anonymous.Invalid",
        '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=8', "sips:c8oqz84zk7z@anonymous.invalid:5061",
        "sip:unknown@10.0.0.1", "tel:anonymous", "anonymous@anonymous.invalid",
    ],
)  # fmt: skip
def test_nobody_is_known_by_what_hides_a_number(peer: str) -> None:
    assert is_withheld(peer)


@pytest.mark.parametrize(
    "peer",
    [
        "+8613800138000", "13800138000", "95588", "10086", "ICBC", "Private Bank", "Nora", "Anonymity Ltd", "中国银行",
        "+26669668712", "010-12345678", "00852123456", "sip:+8613800138000@10.0.0.1", "tel:+8613800138000",
        '"Anonymous" <sip:+8613800138000@ims.net>', "sip:li@invalid.example.com", "未知科技",
    ],
)  # fmt: skip
def test_a_number_or_a_name_is_somebody(peer: str) -> None:
    assert not is_withheld(peer)


# A long text


@pytest.mark.parametrize("place", [0, 0.2, 0.5, 0.8, 1])
def test_a_text_that_a_network_can_carry_is_taken_whole(place: float) -> None:
    pad = 39_000
    text = "好" * int(pad * place) + "安全账户" + "好" * int(pad * (1 - place))
    record, done = mended(Sms, text=text)
    assert (record.text, done) == (text, ())


def test_of_a_longer_text_the_beginning_and_the_end_are_taken() -> None:
    record, done = mended(Sms, text="begin" + "好" * 60_000 + "end")
    assert len(record.text) == f.MESSAGE_CHARS_MAX
    assert record.text.startswith("begin")
    assert record.text.endswith("end")
    assert done == ("cut",)


# What is refused all the same


@pytest.mark.parametrize(
    ("model", "field", "sent"),
    [
        (Call, "event_id", 5), (Call, "event_id", None), (Call, "event_id", "x" * 129), (Call, "event_id", "a\u0000b"),
        (Call, "call_id", ""), (Call, "occurred_at", str(NOON)), (Call, "occurred_at", NOON + 0.5),
        (Call, "occurred_at", 1e300), (Call, "occurred_at", NOON // 1000), (Call, "occurred_at", True),
        (Call, "occurred_at", None), (Call, "subscriber", "3800138000"), (Call, "subscriber", "138001380001"),
        (Call, "subscriber", "95588"), (Call, "subscriber", 5), (Call, "subscriber", None), (Call, "peer", ["95588"]),
        (Call, "peer", {"number": "95588"}), (Call, "peer", True), (Call, "direction", "sideways"),
        (Call, "direction", "inbound"), (Call, "direction", None), (Call, "phase", "vanished"), (Call, "phase", 3),
        (Call, "schema_version", 0), (Call, "schema_version", "new"), (Sms, "text", ["a"]), (Sms, "text", {}),
        (Transaction, "amount_minor", 5.5), (Transaction, "amount_minor", "100"), (Transaction, "amount_minor", -1),
        (Transaction, "amount_minor", 2.0**60), (Transaction, "amount_minor", None),
        (Transaction, "amount_minor", f.MONEY_MINOR_MAX + 1), (Transaction, "currency", "yuan"),
        (Transaction, "payer_account", ""), (Transaction, "payer_account", "账户"),
        (Transaction, "payer_account", "6" * 65), (Transaction, "payee_account", 6222), (Transaction, "phase", "sent"),
        (Transaction, "subscriber", "unknown"), (Report, "amount_minor", "5"), (Report, "account", "6" * 65),
        (Outcome, "outcome", "perhaps"), (Outcome, "command_id", "x"), (Subscriber, "subscriber", ""),
    ],
)  # fmt: skip
def test_what_a_decision_rests_on_is_not_guessed(model: type[BaseModel], field: str, sent: Any) -> None:
    refused(model, **{field: sent})


@pytest.mark.parametrize(
    "value",
    [
        None, b"", b"null", b"[]", b"5", b"{}", b"not json", BOM, b"\xff\xfe{\x00}\x00",
        orjson.dumps(LEAST[Call] | {"direction": "IN"})[:-1],
        orjson.dumps(LEAST[Call] | {"direction": "IN"})[:-1] + b',"peer":"x"}',
        orjson.dumps(LEAST[Call] | {"direction": "IN"})[:-1] + b',"later":NaN}',
        b'{"a":' * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_record_is_not_mended(value: Any) -> None:
    assert isinstance(taken(Call, value), Rejected)


@CARED_FOR
def test_every_field_without_a_default_must_be_there_but_the_peer(model: type[BaseModel]) -> None:
    for name in LEAST[model].keys() - {"peer"}:
        body = {other: value for other, value in LEAST[model].items() if other != name}
        assert isinstance(taken(model, orjson.dumps(body)), Rejected)


@CARED_FOR
def test_the_table_names_fields_that_there_are_and_leaves_out_none_that_must_be_there(model: type[BaseModel]) -> None:
    for name, care in CARE[model].items():
        field = model.model_fields[name]
        assert care.without is None or not field.is_required()
        assert care.without is None or name not in ESSENTIAL


def test_a_list_of_a_hundred_thousand_is_looked_at_no_further_than_its_bound() -> None:
    record, _ = mended(Report, transaction_ids=["t"] * 10 + [""] * LOOKED_AT_MAX + ["late"] * 3)
    assert record.transaction_ids == ("t",) * 10


# Whatever comes in


JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["IN", "Ended ", "TRUE", "5.0", "6222 0202"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def means_the_same(sent: Any, read: Any) -> bool:
    """Whether an essential value is what was sent, in another spelling at most."""
    if sent == read:
        return True
    if isinstance(sent, str) and isinstance(read, str) and sent.strip():
        return "".join(sent.split()).casefold() == read.casefold()
    is_blank = sent is None or (isinstance(sent, str) and not sent.strip())
    return is_blank and read in (None, "CNY")


@CARED_FOR
@given(data=st.data())
def test_mending_never_changes_what_matters_never_raises_and_yields_valid_records_only(
    model: type[BaseModel], data: st.DataObject
) -> None:
    body = data.draw(any_record(model))
    for name in data.draw(st.lists(st.sampled_from(sorted(model.model_fields)), min_size=1, max_size=4)):
        body[name] = data.draw(JSON_VALUE)
    value = data.draw(st.sampled_from([b"", BOM])) + orjson.dumps(body)
    got = taken(model, value)
    if isinstance(got, Rejected):
        return
    assert DECODE[model](encode(got.model)) == got.model
    read = got.model.model_dump(mode="json")
    for name in ESSENTIAL & body.keys() & read.keys():
        assert means_the_same(body[name], read[name]), name
    for name, sent in body.items():
        if name in read and is_valid(model, name, sent):
            assert DECODE[model](orjson.dumps(LEAST[model] | {name: sent})).model_dump(mode="json")[name] == read[name]


def is_valid(model: type[BaseModel], name: str, value: Any) -> bool:
    """Whether a field's value is valid as it stands."""
    try:
        DECODE[model](orjson.dumps(LEAST[model] | {name: value}))
    except Rejected:
        return False
    return True


@CARED_FOR
@given(data=st.data())
def test_a_record_that_is_valid_needs_no_mending(model: type[BaseModel], data: st.DataObject) -> None:
    got = taken(model, orjson.dumps(data.draw(any_record(model))))
    assert isinstance(got, Mended)
    assert got.what == ()


@CARED_FOR
@given(data=st.data())
def test_mending_is_done_once(model: type[BaseModel], data: st.DataObject) -> None:
    body = data.draw(any_record(model))
    body[data.draw(st.sampled_from(sorted(model.model_fields)))] = data.draw(JSON_VALUE)
    got = taken(model, orjson.dumps(body))
    if isinstance(got, Mended):
        assert taken(model, encode(got.model)) == Mended(got.model, ())


@CARED_FOR
@given(value=st.binary(max_size=200), spoil=st.sampled_from([bytes, lambda raw: BOM + raw]))
def test_random_bytes_are_not_mended(model: type[BaseModel], value: bytes, spoil: Callable[[bytes], bytes]) -> None:
    assert isinstance(taken(model, spoil(value)), Rejected)
