"""The text scorer: what it calls fraud, what it must let pass, and the marks it reads."""

import json
import random
import time
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.victims.text import FRAUD_AT, LONG_REMEMBERED_MAX, MODEL_FILE, TextScore, TextScorer, pack, pairs
from agents.victims.text_corpus import FILES, families, folder, load_corpus
from agents.victims.text_cues import CUES, WORDINGS, Cue, tally, trigger
from agents.victims.text_marks import LINKS_MAX, carries_code
from agents.victims.text_normal import CHARS_MAX, fold, wording
from agents.victims.text_quality import measure
from agents.victims.text_windows import WHOLE_LETTERS_MAX
from schemas.fields import MESSAGE_CHARS_MAX

SCORER = TextScorer.load()

FRAUDS = [
    ("【工商银行】您的手机银行将于今日失效，请登录www.icbc-vip.cc/abc更新", "bank"),
    ("尊敬的建行用户，您的账户积分已满10000分，可兑换500元现金，请登录 ccb-jf.com 兑换，逾期清零", "bank"),
    ("您的信用卡违规使用已被冻结，请致电13800138000办理解冻【招商银行】", "bank"),
    ("您好，这里是北京市公安局，您涉嫌一起洗钱案件，请将资金转入安全账户配合调查", "police"),
    ("您的個人帳戶涉嫌洗錢，請將資金轉至安全帳戶", "police"),
    ("This is the IRS. There is an arrest warrant in your name, call back at once", "police"),
    ("小王，明天早上到我办公室来一趟，我是你们领导", "boss"),
    ("I am in a meeting, buy five gift cards, urgent, and send me the codes", "boss"),
    ("诚聘兼职刷单，日赚300-500元，佣金秒结，加微信", "brushing"),
    ("Earn $300 a day part-time by liking videos, contact us on WhatsApp", "brushing"),
    ("低息贷款已放款，因卡号错误被冻结，请先缴纳解冻金", "loan"),
    ("我是客服，您读书时的校园贷账户需要注销，否则影响征信", "loan"),
    ("您的快递丢失，我司将为您双倍理赔，请添加客服QQ", "parcel_service"),
    ("您的微信百万保障到期，不关闭将每月自动扣费800元，请联系客服关闭", "parcel_service"),
    ("您购买的航班因机械故障取消，请联系客服4001234567办理改签，每人补偿200元", "parcel_service"),
    ("Your parcel is held, pay the redelivery fee at post-track.top", "parcel_service"),
    ("老师带单，稳赚不赔，加群领牛股", "investment"),
    ("Join our crypto group, guaranteed profit every day", "investment"),
    ("我有你的裸聊视频，不转钱就发给你通讯录所有人", "sextortion"),
    ("I recorded you through your webcam. Pay in bitcoin or your contacts get the video", "sextortion"),
    ("高价回收游戏账号，请到交易平台提现，先交保证金", "gaming"),
    ("您代购的包被海关扣了，需要补税才能放行", "shopping"),
    ("恭喜您被《奔跑吧兄弟》抽选为场外幸运观众，获得奖金18万元，请登录 www.bpxd8.com 领取", "prize"),
    ("You have won $1000! Claim now at bit.ly/xx", "prize"),
    ("您的ETC已停用，请点击 http://etc-cn.top 认证", "phish_link"),
    ("Your account is suspended, verify your account at secure-bank.top", "phish_link"),
    ("我是房东，换号码了，这次房租打到我老婆卡上", "other_fraud"),
    ("Hi mum, I lost my phone, this is my new number, can you send money", "other_fraud"),
]

CHATTER = [
    "妈我今晚不回家吃饭",
    "see you at six",
    "老婆，晚上想吃什么？我去买菜",
    "明天早上八点开会，别迟到",
    "宝宝发烧了，你下班买点退烧药",
    "哥，钱我转你了，查收一下",
    "我到楼下了，你下来吧",
    "你看这个视频 https://v.douyin.com/abc 太搞笑了",
    "昨天聚会的照片我发群里了",
    "周六同学聚会，你来吗",
    "帮我取下快递，取件码 3-2-5501",
    "我换号了，你存一下",
    "领导，报告发您邮箱了",
    "老师，我家孩子今天请假",
    "儿子，生活费给你转过去了，够不够",
    "晚上一起打游戏吗",
    "把你银行卡号发我，我把饭钱转你",
    "房租这个月打你卡上了，查收一下",
    "我在开会，晚点回你",
    "王姐，这个月工资发了吗",
    "我在派出所办身份证，排队好久",
    "法院通知我明天去当陪审员",
    "今天股市又跌了，唉",
    "我的快递丢了，气死我了",
    "爸，别信那些刷单的，都是骗子",
    "媽，我今晚不回家吃飯",
    "哈哈哈哈哈哈哈哈",
    "嗯",
    "Happy birthday! dinner at 7?",
    "Can you send me the address of the party",
    "Dad I'm at the station, pick me up",
    "Running late, sorry, start without me",
    "Did you pay the electricity bill?",
    "lol that video was great",
]

NOTICES = [
    "您尾号1234的储蓄卡6月3日12:05支出人民币2000.00元，余额5321.10元【工商银行】",
    "您尾号5678的账户收入工资8,000.00元，余额9,120.55元。【建设银行】",
    "【招商银行】您的信用卡本期账单3,211.50元，到期还款日6月18日，点 t.cn/abc 查看",
    "【中国银行】您的证件即将过期，请携带身份证到网点更新",
    "【建设银行】您的龙卡积分将于12月31日到期，可登录建行手机银行兑换",
    "【工商银行】您于6月3日登录手机银行，如非本人操作请致电95588",
    "【农业银行】您的账户因多次输错密码已锁定，请到网点办理",
    "【交通银行】您的信用卡已激活，额度20000元，祝您用卡愉快",
    "【顺丰速运】您的快件已到达丰巢柜，取件码123456",
    "【菜鸟驿站】您有包裹已到店，请凭3-1-2203到店取件",
    "【交警】您的小型汽车在某路口违停，请及时处理",
    "【12306】您购买的G123次列车已改签成功",
    "【国航】您的航班CA1234延误，预计15:20起飞，敬请谅解",
    "【医保局】您的医保已成功缴费，可在国家医保服务平台查询",
    "【移动】您的话费余额不足，请及时充值，可登录 www.10086.cn 充值",
    "Your package has been delivered. Thanks for shopping with us",
    "Your salary has been credited to account ending 1234",
]

WARNINGS = [
    "【国家反诈中心】刷单就是诈骗！请勿垫付资金，切勿点击陌生链接",
    "【公安局】警惕冒充公检法，凡是要求转到安全账户的都是诈骗",
    "【工商银行】谨防不法分子冒充我行发送短信，手机银行失效等均为诈骗，切勿点击链接",
    "Beware of this scam: the police will never ask you to move money to a safe account",
]

ADVERTS = [
    "【优衣库】全场五折起，会员积分可兑换礼品，详情 t.cn/abc 退订回T",
    "新楼盘开盘，首付20万，地铁口三居，热线0571-88888888",
    "您的流量套餐可升级，每月仅需19元享10G，回复1办理",
]


def score(text: str) -> TextScore:
    return SCORER.score(text)


@pytest.mark.parametrize(("text", "wording"), FRAUDS)
def test_a_fraud_is_called_one_and_named(text: str, wording: str) -> None:
    result = score(text)
    assert result.fraud >= FRAUD_AT
    assert result.wording == wording


@pytest.mark.parametrize("text", CHATTER)
def test_chatter_passes(text: str) -> None:
    assert score(text).fraud < FRAUD_AT


def test_nine_in_ten_chats_score_under_a_fifth() -> None:
    assert sum(score(text).fraud < 0.2 for text in CHATTER) >= 0.9 * len(CHATTER)


@pytest.mark.parametrize("text", NOTICES)
def test_an_honest_notice_passes(text: str) -> None:
    assert score(text).fraud < FRAUD_AT


@pytest.mark.parametrize("text", WARNINGS)
def test_a_warning_against_fraud_is_no_fraud(text: str) -> None:
    assert score(text).fraud < FRAUD_AT


@pytest.mark.parametrize("text", ADVERTS)
def test_advertising_is_no_fraud(text: str) -> None:
    assert score(text).fraud < FRAUD_AT


def test_news_of_a_crime_is_no_police_call() -> None:
    assert score("王某因涉嫌诈骗已被公安局刑事拘留").fraud < FRAUD_AT


LINKLESS = [text for text, _ in FRAUDS if not text.isascii() and not score(text).has_link]


@pytest.mark.parametrize("text", LINKLESS)
def test_spaces_between_words_change_no_score(text: str) -> None:
    assert score(" ".join(text)).fraud == score(text).fraud


def test_masks_of_personal_data_leave_no_trace() -> None:
    clear = score("尊敬的客户，您的积分已满，请登录 http://abc.cc 兑换 500 元，详询 13800138000")
    masked = score("尊敬 的 客户 您 的 积分 已 满 请 登录 URL 兑换 DIGIT 元 详询 CELLPHONE")
    assert (masked.fraud, masked.has_link, masked.domain) == (clear.fraud, True, None)


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
    assert score("").fraud == score("12345 ！！！").fraud < 0.1


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


def test_every_cue_row_fires_on_its_own_words() -> None:
    for cue in CUES:
        matched = tally("".join(cue.parts), cue.link, [cue])
        assert (matched.guard if cue.wording == "none" else matched.weight) == pytest.approx(cue.weight), cue


def test_every_cue_row_is_in_the_form_that_texts_are_read_in() -> None:
    for cue in CUES:
        assert all(wording(fold(part)) == part for part in cue.parts), cue
        assert len(trigger(cue)) == 2, cue


def test_no_cue_row_stands_twice() -> None:
    assert len({(cue.wording, frozenset(cue.parts)) for cue in CUES}) == len(CUES)


def test_every_wording_but_none_has_cues() -> None:
    assert {cue.wording for cue in CUES} == set(WORDINGS)


def test_a_new_cue_row_is_all_that_a_new_phrase_needs() -> None:
    model = json.loads(files("agents.victims").joinpath(MODEL_FILE).read_bytes())
    phrase = "量子养老金内部通道"
    scorer = TextScorer(model, [*CUES, Cue("investment", 6.0, (phrase,))])
    assert scorer.score(f"加入{phrase}").wording == "investment"
    assert score(f"加入{phrase}").fraud < FRAUD_AT


def test_pairs_are_distinct_neighbours() -> None:
    assert pairs("积分积分") == {pack("积分"), pack("分积")}
    assert pairs("分") == set()


def test_weights_of_another_format_are_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        TextScorer({"format": 0})


def test_the_weights_are_small_enough_to_ship() -> None:
    assert len(files("agents.victims").joinpath(MODEL_FILE).read_bytes()) < 1_500_000


@given(st.text(max_size=200))
def test_any_text_has_a_score_in_bounds(text: str) -> None:
    result = score(text)
    assert 0.0 < result.fraud < 1.0
    assert result.wording in WORDINGS
    assert result.domain is None or result.has_link
    assert result == TextScorer.load().score(text)


SLOW = [
    "a",
    "a.",
    "a-",
    "1",
    "验证码",
    "1月",
    "http://",
    "://",
    "otp 1 ",
    "a.com ",
    "Ａ．",
    "\ud800",
    "\0",
    "好",
    "your a ",
]


@pytest.mark.parametrize("piece", SLOW)
def test_a_long_text_made_to_be_slow_costs_as_much_a_letter_as_others(piece: str) -> None:
    """Bounded by what is read, and linear up to there: the machine's own pace is measured beside it."""
    hostile = piece * (2 * MESSAGE_CHARS_MAX // len(piece))
    ordinary = innocent(MESSAGE_CHARS_MAX)
    assert cost(hostile) < 10 * cost(ordinary)
    assert cost(hostile * 50) < 10 * cost(ordinary)


def cost(text: str) -> float:
    """Seconds of processor time to read a text that was not read before, the least of three."""
    scorer, times = TextScorer.load(), []
    for last in "一二三":
        began = time.process_time()
        scorer.score(text[: MESSAGE_CHARS_MAX - 1] + last)
        times.append(time.process_time() - began)
    return min(times)


def test_what_stands_after_the_bound_is_not_read() -> None:
    assert score("好" * MESSAGE_CHARS_MAX + "请把钱转到安全账户") == score("好" * MESSAGE_CHARS_MAX)


def test_long_texts_are_not_all_remembered() -> None:
    scorer = TextScorer.load()
    for n in range(LONG_REMEMBERED_MAX + 5):
        scorer.score(f"{n}" + "好" * CHARS_MAX)
    assert scorer._long_remembered.cache_info().currsize == LONG_REMEMBERED_MAX
    assert scorer._remembered.cache_info().currsize == 0


# Padding


HARMLESS = [text for text in CHATTER if "骗" not in text and not text.isascii()]
HARMLESS_ENGLISH = [text for text in CHATTER if text.isascii()]


def innocent(chars: int, seed: int = 0, sentences: list[str] = HARMLESS) -> str:
    """Chatter of at least so many characters."""
    dice, words = random.Random(seed), ""
    while len(words) < chars:
        words += dice.choice(sentences) + "。"
    return words


LENGTHS = (500, 2_000, 10_000, 49_000)
PLACES = {"beginning": 0.0, "middle": 0.5, "end": 1.0}


def padded(fraud: str, chars: int, place: float, sentences: list[str] = HARMLESS) -> str:
    return innocent(int(chars * place), 1, sentences) + fraud + "。" + innocent(int(chars * (1 - place)), 2, sentences)


@pytest.mark.parametrize("chars", LENGTHS)
@pytest.mark.parametrize("place", PLACES)
def test_a_fraud_among_innocent_words_is_still_called_one(place: str, chars: int) -> None:
    """Those that phrases give away always; of all, those that only the model knows among them, nearly all."""
    read = {text: score(padded(text, chars, PLACES[place])).fraud for text, _ in FRAUDS}
    phrased = [text for text in read if tally(wording(fold(text)), score(text).has_link).weight]
    assert len(phrased) >= 24
    assert all(read[text] >= FRAUD_AT for text in phrased)
    assert sum(fraud >= FRAUD_AT for fraud in read.values()) >= len(read) - 3


@pytest.mark.parametrize("place", PLACES)
def test_a_fraud_in_english_is_called_one_among_english_and_among_chinese(place: str) -> None:
    for sentences in (HARMLESS_ENGLISH, HARMLESS):
        for text in (text for text, _ in FRAUDS if text.isascii()):
            assert score(padded(text, 5_000, PLACES[place], sentences)).fraud >= FRAUD_AT, text


def test_a_fraud_is_found_wherever_it_begins() -> None:
    fraud = "您涉嫌一起洗钱案件，请将资金转入安全账户配合调查"
    for before in range(0, 200, 7):
        assert score("好" * before + fraud + "好" * 2_000).fraud >= FRAUD_AT, before


@pytest.mark.parametrize("filler", ["。", " ", "1", "\n", "\u200b", "…", "😀"])
def test_what_is_no_letter_pads_nothing(filler: str) -> None:
    """Two thousand and forty-eight characters of which the last two thousand are full stops were refused whole."""
    assert score(filler * 20_000 + "您涉嫌一起洗钱案件，请将资金转入安全账户" + filler * 20_000).fraud >= FRAUD_AT
    spread = (filler * 40).join("您涉嫌一起洗钱案件请将资金转入安全账户")
    assert score(spread + "好" * 500).fraud >= FRAUD_AT


def test_a_link_far_from_the_words_is_not_theirs_and_one_beside_them_is() -> None:
    words, link = "您的手机银行即将过期请及时更新", "www.icbc-vip.cc"
    pad = innocent(3_000, sentences=[text for text in HARMLESS if not score(text).has_link])
    assert score(f"{pad}{words}{link}{pad}").fraud >= FRAUD_AT
    far = score(f"{link}。{pad}{words}{pad}")
    assert far.has_link
    assert far.fraud < score(f"{pad}{words}{link}{pad}").fraud


def test_more_links_than_are_looked_at_do_not_hide_one() -> None:
    many = "看看 a.cc 吧。" * (LINKS_MAX + 10)
    assert score(f"{many}您的手机银行将于今日失效，请登录www.icbc-vip.cc更新").fraud >= FRAUD_AT


def test_a_warning_far_away_excuses_nothing_and_one_beside_excuses() -> None:
    fraud, warning = "您涉嫌一起洗钱案件，请将资金转入安全账户配合调查", "谨防电信诈骗，警惕骗子。"
    assert score(warning + innocent(2_000) + fraud).fraud >= FRAUD_AT
    assert score(innocent(2_000) + warning + fraud).fraud < score(innocent(2_000) + fraud).fraud


@pytest.mark.parametrize("chars", LENGTHS)
@pytest.mark.parametrize("sentences", [HARMLESS, HARMLESS_ENGLISH, ADVERTS], ids=["chinese", "english", "adverts"])
def test_innocent_words_of_any_length_are_no_fraud(chars: int, sentences: list[str]) -> None:
    for seed in range(5):
        assert score(innocent(chars, seed, sentences)).fraud < FRAUD_AT


ARTICLE = (
    "【国家反诈中心】常见诈骗提醒：一、刷单返利类诈骗。骗子以兼职刷单、日赚三百元、佣金秒结为诱饵，要求受害人垫付资金，刷单就是诈骗，切勿相信。"
    "二、冒充公检法诈骗。骗子自称公安局、检察院工作人员，称您涉嫌洗钱，要求配合调查，把资金转入安全账户，公检法机关没有安全账户，不会通过电话办案。"
    "三、虚假贷款诈骗。凡是放款前要求缴纳保证金、解冻金、手续费的都是诈骗。四、冒充客服诈骗。以快递丢失理赔、百万保障到期、注销校园贷为由，"
    "要求加QQ、共享屏幕，请勿相信。五、虚假投资理财诈骗。凡是老师带单、稳赚不赔、内幕消息的都是诈骗，警惕高收益。六、裸聊敲诈，不要下载陌生软件，"
    "被骗请立即报警。七、冒充领导诈骗，凡是领导加微信要求转账的，务必当面核实，谨防被骗。请转告家人，遇到可疑情况拨打96110。"
)


@pytest.mark.parametrize("times", [1, 3, 30])
def test_an_article_that_quotes_every_fraud_to_warn_of_it_is_none(times: int) -> None:
    assert score(ARTICLE * times).fraud < FRAUD_AT
    assert score(innocent(3_000) + ARTICLE * times + innocent(3_000)).fraud < FRAUD_AT


@pytest.fixture(scope="module")
def data() -> Path:
    where = folder()
    missing = [name for name in FILES if not (where / name).is_file()]
    if missing:
        pytest.skip(f"NO LABELLED DATA in {where}: {', '.join(missing)}; quality was NOT measured (INTERDICT_DATA)")
    return where


@pytest.mark.data
def test_quality_on_the_held_out_part_is_what_the_model_card_says(data: Path) -> None:
    quality = measure(SCORER, load_corpus(data).part("held_out"))
    assert quality.macro_f1 > 0.85
    assert quality.macro_f1_less_brushing > 0.87
    assert quality.auc > 0.94
    assert quality.bank_notices >= 50
    assert quality.bank_notice_fpr == 0.0
    assert quality.ham_fpr < 0.002
    assert quality.calibration_error < 0.02
    flagged, seen = quality.flagged["fbs FR:Phishing(Bank)"]
    assert flagged / seen > 0.95


@pytest.mark.data
def test_no_honest_message_is_called_fraud_for_being_long(data: Path) -> None:
    honest = [m.text for m in load_corpus(data).messages if not m.fraud]
    long = [text for text in honest if len(wording(fold(text))) > WHOLE_LETTERS_MAX]
    assert len(long) > 100
    assert all(score(text).fraud < FRAUD_AT for text in long)


@pytest.mark.data
def test_no_family_of_near_duplicates_is_on_both_sides_of_the_split(data: Path) -> None:
    corpus = load_corpus(data)
    parts: dict[int, set[str]] = {}
    for family, part in zip(families([m.content for m in corpus.messages]), corpus.parts, strict=True):
        parts.setdefault(family, set()).add(part)
    assert all(len(names) == 1 for names in parts.values())
    assert 0.15 < corpus.parts.count("held_out") / len(corpus.parts) < 0.25


@pytest.mark.data
def test_the_packaged_weights_were_trained_on_this_data(data: Path) -> None:
    train = pytest.importorskip("agents.victims.train_text", reason="numpy is only needed to train")
    model = json.loads(files("agents.victims").joinpath(MODEL_FILE).read_bytes())
    assert model["data"] == train.fingerprints(data)


@pytest.mark.data
def test_training_twice_gives_the_same_bytes(data: Path) -> None:
    train = pytest.importorskip("agents.victims.train_text", reason="numpy is only needed to train")
    corpus = load_corpus(data)
    assert train.dumped(train.train(corpus, steps=25)) == train.dumped(train.train(corpus, steps=25))


def test_training_without_data_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = pytest.importorskip("agents.victims.train_text", reason="numpy is only needed to train")
    assert train.main(["--data", str(tmp_path), "--out", str(tmp_path / "out.json")]) == 1
    assert "INTERDICT_DATA" in capsys.readouterr().err
