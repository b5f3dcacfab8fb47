"""Long texts: a fraud is found wherever it stands, innocent words are none, and no letter costs more than another."""

import random
import time
from functools import cache

import pytest

from agents.victims.text.marks import LINKS_MAX
from agents.victims.text.normal import CHARS_MAX
from agents.victims.text.scorer import FRAUD_AT, LONG_REMEMBERED_MAX
from schemas.fields import MESSAGE_CHARS_MAX
from tests.victims.texts import ADVERTS, CHATTER, FRAUDS, SCORER, another, score

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
    assert cost(piece * (10 * MESSAGE_CHARS_MAX // len(piece))) < 10 * ordinary()


def test_ten_times_the_letters_cost_no_more_than_ten_times_as_much() -> None:
    dice = random.Random(1)
    common = "的一是了我不人在他有这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会"
    letters = "".join(dice.choices(common, k=MESSAGE_CHARS_MAX))
    assert cost(letters) < 3 * 10 * cost(letters[: MESSAGE_CHARS_MAX // 10])


@cache
def ordinary() -> float:
    return cost(innocent(MESSAGE_CHARS_MAX))


def cost(text: str) -> float:
    """Seconds of processor time to read a text that was not read before, the least of three."""
    times = []
    for first in "一二三":
        SCORER._long_remembered.cache_clear()
        began = time.process_time()
        SCORER.score(first + text)
        times.append(time.process_time() - began)
    return min(times)


def test_what_stands_after_the_bound_is_not_read() -> None:
    assert score("好" * MESSAGE_CHARS_MAX + "请把钱转到安全账户") == score("好" * MESSAGE_CHARS_MAX)


def test_long_texts_are_not_all_remembered() -> None:
    scorer = another()
    for n in range(LONG_REMEMBERED_MAX + 5):
        scorer.score(f"{n}" + "好" * CHARS_MAX)
    assert scorer._long_remembered.cache_info().currsize == LONG_REMEMBERED_MAX
    assert scorer._remembered.cache_info().currsize == 0


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
    """Four in five, and half in a very long text: there the weakest are let go, for its many chances."""
    frauds = FRAUDS if chars <= 2_000 else FRAUDS[::4]  # the longest are read for seconds: of each kind but a few
    read = [score(padded(text, chars, PLACES[place])).fraud for text, _ in frauds]
    assert sum(fraud >= FRAUD_AT for fraud in read) >= (0.8 if chars <= 2_000 else 0.5) * len(read)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("sentences", [HARMLESS_ENGLISH, HARMLESS], ids=["english", "chinese"])
def test_half_the_frauds_in_english_are_called_one_among_others(place: str, sentences: list[str]) -> None:
    english = [text for text, _ in FRAUDS if text.isascii()]
    said = [score(padded(text, 5_000, PLACES[place], sentences)).fraud >= FRAUD_AT for text in english]
    assert sum(said) >= 0.5 * len(said)


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
    words, link = "您的手机银行将于今日失效，请登录", "www.icbc-vip.cc"
    pad = innocent(3_000, sentences=[text for text in HARMLESS if not score(text).has_link])
    assert score(f"{pad}{words}{link}{pad}").fraud >= FRAUD_AT
    far = score(f"{link}。{pad}{words}{pad}")
    assert far.has_link
    assert far.fraud < score(f"{pad}{words}{link}{pad}").fraud


def test_more_links_than_are_looked_at_do_not_hide_one() -> None:
    many = "看看 a.cc 吧。" * (LINKS_MAX + 10)
    assert score(f"{many}您的手机银行将于今日失效，请登录www.icbc-vip.cc更新").fraud >= FRAUD_AT


@pytest.mark.parametrize("away", [0, 2_000])
def test_a_warning_excuses_nothing_near_or_far(away: int) -> None:
    fraud, warning = "您涉嫌一起洗钱案件，请将资金转入安全账户配合调查", "谨防电信诈骗，警惕骗子。"
    assert score(warning + innocent(away) + fraud).fraud >= FRAUD_AT
    assert score(fraud + innocent(away) + warning).fraud >= FRAUD_AT


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
    """Whoever may warn: from a person's number it cannot be told from a fraud that quotes a warning."""
    assert score(ARTICLE * times, "service").fraud < FRAUD_AT
