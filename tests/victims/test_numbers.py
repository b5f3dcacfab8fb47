"""Real service lines say nothing against anybody; what is made to look like one does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.victims.numbers import CODES, is_gateway, standing
from schemas.spelling import number
from tests.kit.story import MULE, STRANGER, told

KINDS = ["fixed", "voip", "service", "unknown", None]
AREAS = ["10", "20", "21", "23", "29", "755", "851", "371", "898"]
"""Beijing, Guangzhou, Shanghai, Chongqing, Xi'an, Shenzhen, Guiyang, Zhengzhou, Haikou."""
TARGETS = st.sampled_from(["95588", "95533", "95518", "96110", "12381"])


def said_of(shown: str, kind: str | None) -> str:
    return standing(number(shown), kind)


REAL = [
    "110", "119", "96110", "12381", "12389", "12345", "12315", "12366", "12306", "10086", "10010", "10000", "11185",
    "95588", "95533", "95599", "95566", "95559", "95555", "95580", "95577", "95501", "95516", "95518", "95519", "95500",
    "95522", "95567", "95598", "95539", "95530", "95513", "95560", "95525", "95338", "95311", "95118", "95188", "96588",
]  # fmt: skip


@pytest.mark.parametrize("code", REAL)
@pytest.mark.parametrize("kind", ["service", "fixed", "unknown", None])
def test_a_real_line_in_its_own_form_is_a_service(code: str, kind: str | None) -> None:
    assert said_of(code, kind) == "service"


@pytest.mark.parametrize("code", sorted(CODES))
@pytest.mark.parametrize("kind", ["mobile", "foreign"])
def test_a_services_number_on_an_ordinary_mobile_or_from_abroad_is_forged(code: str, kind: str) -> None:
    assert said_of(code, kind) == "lookalike"


def test_call_centres_are_on_voip_and_the_emergency_lines_are_not() -> None:
    assert {said_of(code, "voip") for code in ("95588", "95338", "96110", "10086")} == {"service"}
    assert {said_of(code, "voip") for code in ("110", "119", "120")} == {"lookalike"}


@pytest.mark.parametrize("code", ["110", "96110", "12381", "95588", "95518", "10086"])
@pytest.mark.parametrize(
    "dress",
    ["+86{}", "0086{}", "00{}", "0{}", "+00{}", "+0086{}", "106{}", "1069{}", "10690{}", "+852{}", "00852{}", "+1{}",
     "001{}", "+00886{}", "{0[0]}-{0}", "+86 {}"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["voip", "unknown", "foreign", "mobile", None])
def test_a_code_behind_what_does_not_belong_there_is_a_lookalike(code: str, dress: str, kind: str | None) -> None:
    shown = f"{code[0]}-{code[1:]}" if dress.startswith("{0") else dress.format(code)
    assert said_of(shown, kind) == "lookalike"


@given(TARGETS, st.sampled_from(AREAS), st.sampled_from(["0{}{}", "+86{}{}", "0086{}{}", "+860{}{}", "0{}-{}"]))
def test_a_code_behind_an_area_code_is_a_lookalike_unless_the_network_vouches_for_it(
    code: str, area: str, form: str
) -> None:
    shown = form.format(area, code)
    assert {said_of(shown, kind) for kind in ("voip", "unknown", "mobile", "foreign", None)} == {"lookalike"}
    assert {said_of(shown, kind) for kind in ("fixed", "service")} == {"service"}


@given(TARGETS, st.from_regex("[0-9]{1,3}", fullmatch=True), st.sampled_from(["{}{}", "+86{}{}", "021{}{}"]))
def test_digits_hung_on_to_a_code_make_a_lookalike(code: str, tail: str, form: str) -> None:
    assert said_of(form.format(code, tail), "unknown") == "lookalike"


@pytest.mark.parametrize("name", ["ICBC", "icbc", "Bank of China", "招商银行", "深圳市公安局", "Police"])
def test_a_call_that_shows_a_banks_or_the_polices_name_shows_what_its_caller_wrote(name: str) -> None:
    assert said_of(name, "unknown") == "lookalike"


@pytest.mark.parametrize(
    "shown",
    [
        STRANGER, "13900010102", "02162345678", "+8675588001234", "4008895588", "+864008895588", "+85295588123",
        "+6595588123", "+85290001111", "62395588", "95013123456", "9501312", "10655", "Li Wei", "anonymous", "12580",
        "955881234567", "+14155550100",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", KINDS)
def test_any_other_number_is_neither(shown: str, kind: str | None) -> None:
    assert said_of(shown, kind) == "other"


@given(st.from_regex(r"\+86(1[3-9][0-9]{9}|(10|2[0-9])[2-8][0-9]{7}|[3-9][0-9]{2}[2-8][0-9]{6,7})", fullmatch=True))
def test_no_subscribers_whole_number_is_a_lookalike(shown: str) -> None:
    assert said_of(shown, "unknown") == "other"


@pytest.mark.parametrize(
    ("sender", "is_one"),
    [
        ("95588", True),
        ("1069800123456", True),
        ("ICBC", True),
        ("13900010102", False),
        ("+8613900010102", False),
        ("021-62345678", False),
    ],
)
def test_a_sender_without_a_country_is_no_persons_number(sender: str, is_one: bool) -> None:
    assert is_gateway(number(sender)) is is_one


# -- as it is judged ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["95518", "95519", "95500", "95588", "96110", "110", "95338"])
@pytest.mark.parametrize("kind", ["service", "unknown", None])
def test_nobody_is_touched_for_a_real_lines_call(code: str, kind: str | None) -> None:
    story = told()
    story.call(0, code, 40, peer_type=kind)
    story.pay(20, MULE, 6_300, 54_000)
    assert not any(one.startswith(("call.", "pay.on_line")) for one in story.codes())
    assert story.commands == []


@pytest.mark.parametrize("kind", ["unknown", "service", None])
def test_what_the_person_dials_of_real_lines_is_nobodys_business(kind: str | None) -> None:
    story = told()
    story.call(0, "95588", 50, direction="out", peer_type=kind)
    assert story.codes() == set()


@pytest.mark.parametrize(
    ("shown", "kind"),
    [("95588", "mobile"), ("110", "foreign"), ("023110", None), ("02196110", "voip"), ("+861095588", "mobile"),
     ("106995588", "unknown"), ("0755 95588", None), ("ICBC", "unknown")],
)  # fmt: skip
def test_a_lookalikes_call_is_evidence(shown: str, kind: str | None) -> None:
    story = told()
    story.call(0, shown, 8, peer_type=kind, call_id="call")
    assert "call.lookalike" in story.codes()
