"""One person, one account, however they are spelt; and what is no whole number stays as it is shown."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Call, Transaction
from schemas.spelling import account, number
from schemas.withheld import WITHHELD
from tests.schemas.records import LEAST

MOBILE = "+8613900010102"
SHENZHEN = "+8675588001234"
SHANGHAI = "+862162345678"
HOTLINE = "+864001234567"
HONG_KONG = "+85291234567"


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        (MOBILE, MOBILE),
        ("13900010102", MOBILE),
        ("8613900010102", MOBILE),
        ("008613900010102", MOBILE),
        ("013900010102", MOBILE),
        ("+86013900010102", MOBILE),
        ("+86 139 0001 0102", MOBILE),
        ("86-139-0001-0102", MOBILE),
        ("139.0001.0102", MOBILE),
        ("(+86) 139 0001 0102", MOBILE),
        ("+86 (0) 139 0001 0102", MOBILE),
        ("00 86 139 0001 0102", MOBILE),
        ("+0086 139 0001 0102", MOBILE),
        ("139\u00a00001\u20110102", MOBILE),
        ("＋８６１３９０００１０１０２", MOBILE),
        ("\u202a+86 139 0001 0102\u202c", MOBILE),
        ("139\u200b00010102", MOBILE),
        ("%2B8613900010102", MOBILE),
        ("tel:+86-139-0001-0102", MOBILE),
        ("TEL:13900010102;phone-context=+86", MOBILE),
        ("sip:+8613900010102@ims", MOBILE),
        ("sips:13900010102@ims.mnc000.mcc460.3gppnetwork.org;user=phone", MOBILE),
        ("<sip:%2B8613900010102@ims>", MOBILE),
        ('"Mum" <sip:+8613900010102@ims>;tag=a6c85cf', MOBILE),
        ("17951 139 0001 0102", MOBILE),
        ("075588001234", SHENZHEN),
        ("0755-88001234", SHENZHEN),
        ("(0755) 8800 1234", SHENZHEN),
        ("86075588001234", SHENZHEN),
        ("02162345678", SHANGHAI),
        ("4001234567", HOTLINE),
        ("400-123-4567", HOTLINE),
        ("0085291234567", HONG_KONG),
        ("+852 9123 4567", HONG_KONG),
        ("106980012345", "106980012345"),
        ("+86106980012345", "106980012345"),
        ("0086 1069 8001 2345", "106980012345"),
    ],
)  # fmt: skip
def test_a_number_has_one_spelling(shown: str, meant: str) -> None:
    assert number(shown) == meant


@given(st.from_regex(r"(\+86|0086|86|0|)0?(1[3-9][0-9]{9}|(10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7})", fullmatch=True))
def test_what_is_told_apart_at_once_is_spelt_as_the_numbering_plans_spell_it(shown: str) -> None:
    if shown.startswith("106"):  # a bulk sender's, though in Beijing some number is dialled so without its 0
        assert number(shown) == shown
        return
    try:
        found = phonenumbers.parse(shown, "CN")
    except phonenumbers.NumberParseException:  # 00 28...: no country has that code
        return
    if phonenumbers.is_valid_number(found):
        assert number(shown) == phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize("shown", ["95588", "110", "10086", "12345", "ICBC", "工商银行", "merchant.example", "1"])
@pytest.mark.parametrize("form", ["{}", " {} ", "tel:{}", "sip:{}@ims", "\u200e{}", "<sip:{}@ims;user=phone>"])
def test_a_short_code_and_a_name_stay_what_they_are(shown: str, form: str) -> None:
    assert number(form.format(shown)) == shown


@pytest.mark.parametrize(
    "shown", ["+8695588", "008695588", "0095588", "+0095588", "0085295588", "00110", "9-5588", "955 88", "95588-1"]
)
def test_a_code_dressed_up_as_a_number_is_not_the_code(shown: str) -> None:
    assert number(shown) not in {"95588", "110"}


@pytest.mark.parametrize(
    "shown", ["anonymous", "Restricted", "隐藏号码", "sip:anonymous@anonymous.invalid", "", " ", "0"]
)
def test_whoever_withholds_their_number_is_nobody(shown: str) -> None:
    assert number(shown) == WITHHELD


NUMBER = st.one_of(
    st.text(max_size=64), st.text("+0123456789 -()", max_size=20), st.from_regex(r"\+?[0-9]{3,15}", fullmatch=True)
)


@given(NUMBER)
def test_a_number_spelt_is_spelt_for_good(shown: str) -> None:
    assert number(number(shown)) == number(shown)
    assert len(number(shown)) <= max(len(shown) + len("+86"), len(WITHHELD))


@given(st.sampled_from([MOBILE, SHENZHEN, SHANGHAI, HONG_KONG]), st.data())
def test_what_stands_between_digits_changes_nothing(meant: str, data: st.DataObject) -> None:
    between = st.sampled_from(["", " ", "-", ".", "\u00a0", "\u2011", "\u200b"])
    shown = "".join(letter + data.draw(between) for letter in meant)
    assert number(shown) == meant


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("6217000011112222", "6217000011112222"),
        ("6217 0000 1111 2222", "6217000011112222"),
        ("6217-0000-1111-2222", "6217000011112222"),
        (" 6217000011112222 ", "6217000011112222"),
        ("\ufeff6217000011112222", "6217000011112222"),
        ("6217\u00a00000\u200b1111\u20112222", "6217000011112222"),
        ("６２１７００００１１１１２２２２", "6217000011112222"),
        ("gb29 nwbk 6016 1331 9268 19", "GB29NWBK60161331926819"),
        ("GB29-NWBK-6016-1331-9268-19", "GB29NWBK60161331926819"),
        ("merchant-42", "merchant-42"),
        ("Wallet-42", "Wallet-42"),
        ("a.b@pay.example", "a.b@pay.example"),
        ("6222-02", "6222-02"),
    ],
)
def test_an_account_has_one_spelling(shown: str, meant: str) -> None:
    assert account(shown) == meant
    assert account(account(shown)) == meant


@given(st.text(max_size=64))
def test_an_account_spelt_is_spelt_for_good(shown: str) -> None:
    assert account(account(shown)) == account(shown)


def test_what_is_decoded_is_spelt() -> None:
    call = Call.model_validate(LEAST[Call] | {"peer": "0086 139-0001-0102"})
    assert call.peer == MOBILE
    paid = Transaction.model_validate(LEAST[Transaction] | {"payee_account": "6217-0000-1111-2222"})
    assert paid.payee_account == "6217000011112222"
