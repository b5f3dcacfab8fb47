"""However a feed or a list spells somebody, it is the same person, number, account or site."""

import orjson
import pytest

from agents.victims.text.links import LINKS_MAX, links
from interdict.replay.recordings import Recorded
from schemas.fields import MESSAGE_CHARS_MAX
from schemas.topics import CALLS, SUBSCRIBERS
from streams.core.engine import FORWARDED, Engine
from streams.core.reader import Reader
from tests.kit.story import BANK, LANDLORD, ME, MOTHER, MULE, STRANGER, Story, told

SPELLINGS = [
    "+8613900000002", "13900000002", "8613900000002", "008613900000002", "013900000002", "+86 139 0000 0002",
    "139-0000-0002", "tel:+86-139-0000-0002", "sip:+8613900000002@ims", "sip:13900000002@ims.example;user=phone",
    "１３９０００００００２", "17951 139 0000 0002",
]  # fmt: skip
"""Of `MOTHER`."""
KINDS_OF_LINE = pytest.mark.parametrize("kind", ["mobile", "foreign", "voip", "unknown", None])

# -- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", SPELLINGS)
@KINDS_OF_LINE
def test_a_trusted_mother_stays_trusted(shown: str, kind: str | None) -> None:
    story = told(trusted_peers=[MOTHER])
    story.call(0, shown, 50, peer_type=kind, call_id="call")
    story.pay(40, LANDLORD, 20_000, 33_000)
    assert not any(code.startswith(("call.", "pay.on_line", "pay.after_call")) for code in story.codes())
    assert story.commands == []


@pytest.mark.parametrize("listed", SPELLINGS)
def test_a_mother_trusted_under_another_spelling_is_trusted(listed: str) -> None:
    story = told(trusted_peers=[listed])
    story.call(0, MOTHER, 50, peer_type="foreign")
    assert story.codes() == set()


def test_somebody_in_ten_spellings_is_one_stranger() -> None:
    story = Story()
    for minute, shown in enumerate(SPELLINGS[:10]):
        story.call(minute * 10, shown, 3, peer_type="voip")
    assert len({talk.peer for talk in story.state.talks}) == 1
    assert "call.many_strangers" not in story.codes()


@pytest.mark.parametrize("listed", SPELLINGS)
@pytest.mark.parametrize("shown", [SPELLINGS[1], SPELLINGS[5], SPELLINGS[8]])
def test_a_listed_number_is_found(listed: str, shown: str) -> None:
    story = Story()
    story.listed(listed, "peer")
    story.call(0, shown, 1)
    story.text(5, shown, "在吗")
    assert {"call.listed", "text.listed_sender"} <= story.codes()


@pytest.mark.parametrize(
    ("listed", "shown"),
    [
        ("075588001234", "+8675588001234"),
        ("4001234567", "+864001234567"),
        ("106980012345", "+86106980012345"),
        ("95013123456", "+8695013123456"),
        ("0085291234567", "+852 9123 4567"),
        ("merchant", "merchant "),
    ],
)
def test_a_listed_line_of_another_kind_is_found(listed: str, shown: str) -> None:
    for one, other in ((listed, shown), (shown, listed)):
        story = Story()
        story.listed(one, "peer")
        story.call(0, other, 1)
        assert "call.listed" in story.codes()


def test_an_entry_deleted_under_one_spelling_stays_under_the_other() -> None:
    story = Story()
    story.listed("13711112222", "peer")
    story.listed("+8613711112222", "peer")
    story.duty._watchlist.learn("13711112222", None)
    story.call(0, STRANGER, 1)
    assert "call.listed" in story.codes()


@pytest.mark.parametrize("spelt", ["13900000002", "8613900000002", "008613900000002"])
def test_a_mother_trusted_by_an_earlier_release_in_another_spelling_stays_so(spelt: str) -> None:
    """Then a stand-in was of the name as a feed spelt it."""
    story = Story(trusted_peers=[])
    state = story.replay._played[0].store.load(0, ME.encode(), 0)
    assert state is not None
    victim = state.slots.victims  # type: ignore[attr-defined]
    victim.spelt = False
    victim.profile.trusted_peers.append(story.duty._reducer._stand_in(spelt))
    story.replay._played[0].store.save(0, ME.encode(), state)
    story.call(0, MOTHER, 50, peer_type="foreign")
    assert story.codes() == set()


# -- whose phone it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelt", ["13900000001", "0086 139 0000 0001", "tel:+86-139-0000-0001", "8613900000001"])
def test_one_person_in_ten_spellings_is_one_person(spelt: str) -> None:
    story = Story()
    story.call(0, STRANGER, 3, peer_type="voip", subscriber=spelt)
    story.call(10, STRANGER, 30, peer_type="voip")
    assert list(story.store.snapshot()) == [ME.encode()]
    assert len(story.state.talks) == 2


def engine_of(story: Story) -> Engine:
    engine = story.replay._played[0].engine
    assert isinstance(engine, Engine)
    return engine


@pytest.mark.parametrize("key", ["13900000001", "0086 139 0000 0001", "", "account"])
def test_a_record_under_another_spelling_goes_to_its_persons_lane(key: str) -> None:
    story = Story()
    call = {"event_id": "c", "occurred_at": 1_789_963_200_000, "subscriber": "13900000001", "peer": STRANGER,
            "direction": "in", "phase": "answered", "call_id": "c"}  # fmt: skip
    entry = Reader([CALLS])(Recorded(CALLS.name, key.encode(), orjson.dumps(call), 0))
    (sent,) = engine_of(story).apply([entry]).outgoing
    assert (sent.topic, sent.key) == (CALLS.name, ME.encode())
    assert FORWARDED in dict(sent.headers)


def test_a_person_deleted_under_another_spelling_is_forgotten() -> None:
    story = Story()
    tombstone = Recorded(SUBSCRIBERS.name, b"139 0000 0001", None, 0)  # type: ignore[arg-type]
    (sent,) = engine_of(story).apply([Reader([SUBSCRIBERS])(tombstone)]).outgoing
    assert (sent.topic, sent.key, sent.value) == (SUBSCRIBERS.name, ME.encode(), None)


# -- accounts --------------------------------------------------------------------------------------------------------

ACCOUNTS = [
    "6222999900000001",
    "6222 9999 0000 0001",
    "6222-9999-0000-0001",
    " 6222999900000001 ",
    "６２２２９９９９０００００００１",
]
"""Of `MULE`."""


@pytest.mark.parametrize("listed", ACCOUNTS)
@pytest.mark.parametrize("paid", ACCOUNTS)
def test_a_payment_to_a_listed_mule_is_stopped(listed: str, paid: str) -> None:
    story = told(accounts=["6222-0000-0000-0001"])
    story.listed(listed, "account")
    story.pay(0, paid, 20_000, 33_000)
    assert "pay.listed_payee" in story.codes()
    assert {command.account for command in story.commands if command.action == "stop_payment"} == {MULE}


@pytest.mark.parametrize("spelt", ACCOUNTS)
def test_an_account_trusted_under_another_spelling_is_trusted(spelt: str) -> None:
    story = told(trusted_payees=[spelt])
    story.pay(0, MULE, 20_000, 33_000)
    assert story.codes() == set()


# -- sites -----------------------------------------------------------------------------------------------------------

SITE = "icbc-vip.cc"
WRITTEN = [
    "请登录 icbc-vip.cc/a 办理", "请登录icbc-vip.cc办理", "ICBC-VIP.CC/A", "请登录 http://www.icbc-vip.cc:8080/a?b",
    "hxxp://icbc-vip[.]cc", "icbc-vip(dot)cc", "icbc-vip dot cc", "icbc-vip点cc 办理", "请登录icbc-vip【点】cc办理",
    "请登录 icbc-vip。cc/a 办理", "icbc-vip․cc/a", "icbc-vip．cc", "ｉｃｂｃ－ｖｉｐ．ｃｃ", "icbc-vip . cc",
    "icbc-vip.cc.",
    "icbc\u200b-vip.c\u00adc", "i c b c - v i p . c c 办理", "icbc%2Dvip%2Ecc/x", "http:\\\\icbc-vip.cc\\a",
    "https://icbc.com.cn@icbc-vip.cc/a", "先看 icbc.com.cn 再登录 icbc-vip.cc", "先看icbc.com.cn再登录icbc-vip.cc。",
    "https://t.cn/go?u=https%3A%2F%2Ficbc-vip.cc%2Fa", "请登录ісbс-vір.сс/a查看", "请登录 ícbc-vip.cc", "icbc—vip.cc",
    "a.icbc-vip.cc", "x" * 3_000 + " icbc-vip.cc",
]  # fmt: skip


def found(listed: str, text: str) -> bool:
    story = Story()
    story.listed(listed, "domain")
    story.text(0, STRANGER, text)
    return "text.listed_domain" in story.codes()


@pytest.mark.parametrize("text", WRITTEN)
def test_a_listed_site_is_found_however_a_text_writes_it(text: str) -> None:
    assert found(SITE, text)


@pytest.mark.parametrize(
    "listed",
    ["ICBC-VIP.cc", "http://icbc-vip.cc/", "www.icbc-vip.cc", "icbc-vip.cc.", " icbc-vip[.]cc", "*.icbc-vip.cc",
     "https://x@icbc-vip.cc:443/?a", "icbc\u200b-vip.cc", "ｉｃｂｃ-vip.cc"],
)  # fmt: skip
def test_a_site_is_found_however_it_is_listed(listed: str) -> None:
    assert found(listed, "请登录 icbc-vip.cc/a 办理")


@pytest.mark.parametrize(
    ("listed", "text", "is_found"),
    [
        ("t.cn/AbC", "请登录 http://t.cn/AbC 办理", True),
        ("t.cn/AbC", "请登录 http://t.cn/AbC/x?y 办理", True),
        ("t.cn/AbC", "请登录 http://t.cn/AbCd 办理", False),
        ("t.cn/AbC", "请登录 http://t.cn/abc 办理", False),
        ("t.cn/AbC", "请登录 http://t.cn 办理", False),
        ("银行vip.cc", "请登录银行vip.cc办理", True),
        ("银行vip.cc", "请登录 http://xn--vip-bs7i163c.cc/a", True),
        ("xn--vip-bs7i163c.cc", "请登录 银行vip.cc", True),
        ("工行.公司", "请登录 工行.公司 办理", True),
        ("103.21.4.5", "请登录 http://1729430533/a", True),
        ("103.21.4.5", "请登录 103.21.4.5:81/a", True),
        ("http://0x67150405", "请登录 http://103.21.4.5/a", True),
        (SITE, "请登录 icbc-vip.cc.evil.top", False),
        (SITE, "请登录 my-icbc-vip.cc", False),
        (SITE, "请写信给 someone@icbc-vip.cc", False),
        (SITE, "icbc。vip，cc", False),
        ("ісbс.com.cn", "请登录 ісbс.com.cn", True),
        ("ісbс.com.cn", "请登录 icbc.com.cn", False),
        ("com.cn", "请登录 icbc.com.cn", False),
        ("github.io", "see https://someone.github.io/a", False),
    ],
)
def test_a_listed_path_an_idn_and_a_number_are_found_and_nobody_else_is(listed: str, text: str, is_found: bool) -> None:
    assert found(listed, text) is is_found


def test_each_link_of_a_text_is_looked_at_up_to_a_bound() -> None:
    many = " ".join(f"a{n}.com" for n in range(LINKS_MAX - 1))
    assert found(SITE, f"{many} icbc-vip.cc")
    assert len(links("a.com " * MESSAGE_CHARS_MAX)) == 1


def test_a_site_listed_changes_nothing_for_a_text_of_the_banks_own() -> None:
    story = told()
    story.listed(SITE, "domain")
    story.text(0, BANK, "您尾号0101卡支出(消费)169.00元，余额45460.50元，详询icbc.com.cn。【工商银行】")
    assert "text.listed_domain" not in story.codes()
