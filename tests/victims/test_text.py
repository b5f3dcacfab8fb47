"""The text scorer: what it calls fraud, what it must let pass, and the marks it reads."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.victims.text.grams import pack
from agents.victims.text.letters import SOUND
from agents.victims.text.marks import carries_code
from agents.victims.text.normal import MARKS, fold, wording
from agents.victims.text.reading import Reader
from agents.victims.text.scorer import FRAUD_AT, MODEL_FILE, TextScorer, _Letters
from agents.victims.text.senders import SENDER_GUARD, Sender
from agents.victims.text.wordings import WORDINGS
from tests.victims.texts import ADVERTS, CHATTER, FRAUDS, NOTICES, WARNINGS, another, score


def test_nine_in_ten_frauds_are_called_one_and_four_in_five_named() -> None:
    read = [(score(text), wording) for text, wording in FRAUDS]
    assert sum(found.fraud >= FRAUD_AT for found, _ in read) >= 0.9 * len(read)
    assert sum(found.wording == wording for found, wording in read) >= 0.8 * len(read)


def test_a_superior_who_has_not_asked_for_anything_yet_is_suspected_and_no_more() -> None:
    """The first words of a false superior are those of a true one: only what follows tells them apart. Among ``FRAUDS``
    these words stand with the new number, since weights that know honest talk of colleagues put them below one half."""
    found = score("小王，明天早上到我办公室来一趟，我是你们领导")
    assert found.fraud >= 0.25
    assert found.wording == "boss"


@pytest.mark.parametrize("text", CHATTER)
def test_chatter_passes(text: str) -> None:
    assert score(text).fraud < FRAUD_AT


def test_nine_in_ten_chats_score_under_a_fifth() -> None:
    assert sum(score(text).fraud < 0.2 for text in CHATTER) >= 0.9 * len(CHATTER)


@pytest.mark.parametrize("text", NOTICES)
def test_an_honest_notice_passes(text: str) -> None:
    assert score(text, "gateway").fraud < FRAUD_AT


@pytest.mark.parametrize("sender", ["gateway", "service"])
@pytest.mark.parametrize("text", WARNINGS)
def test_a_warning_against_fraud_from_who_may_warn_is_no_fraud(text: str, sender: Sender) -> None:
    assert score(text, sender).fraud < FRAUD_AT


EXCUSES = [
    "谨防电信诈骗，请勿轻信陌生来电。",
    "公安机关提醒您：刷单就是诈骗。",
    "【验证码】您的验证码为 882341，请勿泄露。",
    "退订回T",
    "反诈中心 96110 正规 官方认证",
    "Beware of scams. We will never ask for your password. ",
    "这不是诈骗",
    "以上内容由工商银行发布，感谢您的支持",
]


@pytest.mark.parametrize("excuse", EXCUSES)
@pytest.mark.parametrize("sender", ["person", "unknown"])
def test_no_phrase_excuses_a_fraud(excuse: str, sender: Sender) -> None:
    """A text is as bad as its worst stretch. Not held in full: the weakest frauds, near one half by themselves, are let
    go for the words at the joint."""
    for text in ("{0}{1}", "{1}{0}", "{0}\n{1}", "{1}，{0}"):
        said = [score(text.format(excuse, fraud), sender).fraud >= FRAUD_AT for fraud, _ in FRAUDS]
        assert sum(said) >= 0.75 * len(said), text


def test_a_short_code_excuses_no_text_that_leads_somewhere() -> None:
    """A station that pretends to be a network's shows whatever sender it likes."""
    text = "【工商银行】您的手机银行将于今日失效，请登录www.icbc-vip.cc/abc更新"
    assert score(text, "service").fraud == score(text, "person").fraud >= FRAUD_AT


def test_a_text_that_leads_nowhere_counts_by_who_sent_it() -> None:
    chances = [
        score("您涉嫌洗钱，请把资金转到安全账户配合调查", sender).fraud for sender in ("person", "gateway", "service")
    ]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > chances[1] > chances[2]
    assert all(guard <= 0 for guard in SENDER_GUARD.values())


@pytest.mark.parametrize("text", ADVERTS)
def test_advertising_is_no_fraud(text: str) -> None:
    assert score(text).fraud < FRAUD_AT


def test_news_of_a_crime_is_no_police_call() -> None:
    assert score("王某因涉嫌诈骗已被公安局刑事拘留").fraud < FRAUD_AT


LINKLESS = [text for text, _ in FRAUDS if not text.isascii() and not score(text).has_link]


@pytest.mark.parametrize("text", LINKLESS)
def test_spaces_between_words_change_no_score(text: str) -> None:
    assert score(" ".join(text)).fraud == pytest.approx(score(text).fraud, abs=0.1), "clauses are cut by letters"


def test_masks_of_personal_data_leave_no_trace() -> None:
    clear = score("尊敬的客户，您的积分已满，请登录 http://abc.cc 兑换 500 元，详询 13800138000")
    masked = score("尊敬 的 客户 您 的 积分 已 满 请 登录 URL 兑换 DIGIT 元 详询 CELLPHONE")
    assert masked.fraud == pytest.approx(clear.fraud, abs=0.02), "what parts clauses may differ"
    assert (masked.has_link, masked.domain) == (True, None)


def test_traditional_and_full_width_read_as_simplified_and_narrow() -> None:
    assert wording(fold("請將資金轉至安全帳戶，ＶＩＰ客戶")) == "请将资金转至安全账户vip客户"


def test_words_broken_up_by_strokes_and_invisible_letters_are_put_together() -> None:
    assert wording(fold("淘丨宝\u200b网")) == "淘宝网"


def test_a_bank_name_is_no_feature() -> None:
    texts = [f"您的{bank}电子密码器今日失效，请登录网站升级" for bank in ("工行", "建行", "农行")]
    assert max(score(t).fraud for t in texts) - min(score(t).fraud for t in texts) < 0.05


def test_repeating_a_word_adds_no_evidence() -> None:
    assert score("积分" * 200).fraud == pytest.approx(score("积分" * 3).fraud)


def test_a_text_without_letters_scores_the_base_rate() -> None:
    assert score("").fraud == score("。！！！").fraud < 0.05
    assert score("12345 ！！！").fraud < 0.05


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("请登录icbc-vip.cc/abc查询", "icbc-vip.cc"),
        ("登录www．icbc95588．com查询", "www.icbc95588.com"),
        ("登录www。icbc95588。com。请", "www.icbc95588.com"),
        ("http://icbc.com.cn@evil.cc:8080/x 点", "evil.cc"),
        ("点http://t.cn请", "t.cn"),
        ("HTTP://WWW.ABC.COM/Q", "www.abc.com"),
        ("ＷＷＷ．ＡＢＣ．ＴＯＰ", "www.abc.top"),
        ("https://1.2.3.4/a", "1.2.3.4"),
        ("www.10086.cn）优惠", "www.10086.cn"),
        ("请进abc.live查看", "abc.live"),
        ("first bit.ly/2xYz then a.com", "bit.ly"),
        ("登录icbc\u200b.cc", "icbc.cc"),
        ("请 点击 www.a-b.cn,回复", "www.a-b.cn"),
    ],
)
def test_the_first_links_host_is_read(text: str, domain: str) -> None:
    result = score(text)
    assert (result.has_link, result.domain) == (True, domain)


@pytest.mark.parametrize(
    "text",
    [
        "余额3.5元。好的",
        "see you.ok",
        "Dinner.is ready",
        "ok.me too",
        "write to a@b.com",
        "v2.0 and 1.5g",
        "好。明天见",
        "6.18大促",
    ],
)
def test_a_dot_alone_makes_no_link(text: str) -> None:
    assert score(text).has_link is False


@pytest.mark.parametrize(
    "text",
    [
        "【百度】验证码:060171(为了资金安全,请勿将验证码告知他人)",
        "029570(微信支付验证码,请勿泄露),您于20:24使用尾号7544的工商银行卡发起交易128.00元",
        "(0239)嘀嘀打车验证码 .【嘀嘀打车】",
        "360安全中心：191175是您本次身份校验码，30分钟内有效",
        "您申请的动态密码为: 9HVW5r",
        "【支付宝】717354，守住校验码，打死都不要告诉别人哦！唯一热线95188。",
        "您的验证码是 8832 ，5分钟内有效",
        "您好，您的手机验证码为484155",
        "您的驗證碼為 123456",
        "Your verification code is 123456",
        "G-482910 is your Google verification code",
        "Use 482910 as your OTP",
        "OTP for transaction of INR 500 is 482910. Do not share",
        "<#> Your WhatsApp code: 123-456",
        "Your Apple ID Code is: 123456. Don't share it",
    ],
)
def test_a_one_time_code_is_seen(text: str) -> None:
    assert score(text).is_code is True


@pytest.mark.parametrize(
    "text",
    [
        *NOTICES[:7],
        "您尾号7544的卡支出1000元，请勿泄露验证码，详询95588",
        "【招商银行】尊敬的客户，切勿透露动态验证码。详询95555",
        "【北京银行】您尾号为6707的账户已开通动态密码版个人网银，欢迎登录",
        "验证码有效期30分钟",
        "Never share your OTP. Call 18001234",
        "Your security code expires in 10 minutes",
        "postcode 123456",
        "promo code SAVE20",
        "妈，密码是123456",
    ],
)
def test_a_notice_without_a_code_carries_none(text: str) -> None:
    assert score(text).is_code is False


def test_the_code_in_a_prize_fraud_is_no_honest_code() -> None:
    text = "恭喜您被抽选为场外幸运观众，请登入www.mxxbn.com领取，验证码5188"
    assert carries_code(fold(text)) is True
    assert score(text).is_code is False


@pytest.mark.parametrize("name", MARKS)
def test_a_mark_is_not_the_word_of_its_name(name: str) -> None:
    """The weights of all marks were once overwritten by those of the English words "bank", "account", "phone"."""
    letters = _Letters(Reader(list(MARKS)))
    assert letters.packed(f"<#{name}>") == pack(MARKS[name]) != letters.packed(f"<{name}>")


def test_a_latin_letter_is_not_the_syllable_of_its_name() -> None:
    letters = _Letters(Reader([]))
    assert letters.packed("A'wei'") == pack("a" + SOUND["wei"]) != letters.packed("a'wei'")


def test_weights_of_another_format_are_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        TextScorer({"format": 0})


def test_the_weights_are_small_enough_to_ship() -> None:
    assert len(files("agents.victims.text").joinpath(MODEL_FILE).read_bytes()) < 1_500_000


ANOTHER = another()


@given(st.text(max_size=200))
def test_any_text_has_a_score_in_bounds(text: str) -> None:
    result = score(text)
    assert 0.0 < result.fraud < 1.0
    assert result.wording in WORDINGS
    assert result.domain is None or result.has_link
    assert result == ANOTHER.score(text)
