"""How a text is read: through what it is dressed in, and by its sound."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.victims.text.grams import grams, pack
from agents.victims.text.letters import heard, plain
from agents.victims.text.normal import ACCOUNT, BANK, CONTACT, LINK, NUMBER, PHONE, fold, marked
from agents.victims.text.reading import Reader, Reading
from agents.victims.text.senders import sender_of
from agents.victims.text.windows import windows

READER = Reader(["app", "bitcoin", "contacts", "refund", "toll", "unpaid", "video", "your"])


@pytest.mark.parametrize(
    ("dressed", "meant"),
    [
        ("Раураl", "paypal"),
        ("ΑΜΑΖΟΝ", "amazon"),
        ("ᎡΟYᎪᏞ MᎪⅠᏞ", "royal mail"),
        ("ｂａｎｋ", "bank"),
        ("𝐛𝐚𝐧𝐤 𝓫𝓪𝓷𝓴 𝕓𝕒𝕟𝕜", "bank bank bank"),
        ("ⓑⓐⓝⓚ", "bank"),
        ("bànk ḅaṇk", "bank bank"),
        ("ba\u200bn\u00adk", "bank"),
        ("貸款轉賬", "贷款转账"),
        ("⼩额⽆抵押", "小额无抵押"),
        ("単位口座転送", "单位口座转送"),
        ("银彳亍卡", "银行卡"),
        ("微亻言", "微信"),
    ],
)
def test_a_letter_is_read_as_what_it_is_drawn_for(dressed: str, meant: str) -> None:
    assert plain(dressed) == meant


@pytest.mark.parametrize(
    "written", ["微信", "威信", "薇信", "wei信", "微xin", "wei xin", "weixin", "w e i x i n", "微 信", "微*信"]
)
def test_a_word_sounds_the_same_however_it_is_written(written: str) -> None:
    assert READER.read(plain(written)).heard == heard("微信")


@pytest.mark.parametrize(
    "written",
    [
        "bitcoin",
        "b-i-t-c-o-i-n",
        "b.i.t.c.o.i.n",
        "b i t c o i n",
        "b1tc0in",
        "BITCOIN",
        "ｂｉｔｃｏｉｎ",
        "bit\u200bcoin",
        "bіtсоіn",
    ],
)
def test_a_latin_word_is_seen_the_same_however_it_is_written(written: str) -> None:
    assert READER.read(marked(fold(written))).seen == READER.code("bitcoin")


def test_words_written_together_are_taken_apart() -> None:
    assert READER.read("unpaidtoll").seen == READER.code("unpaid") + READER.code("toll")


def test_letters_set_between_letters_are_passed_over() -> None:
    assert READER.read("贷a款b无c抵d押e快f").seen.startswith("贷款无抵押")
    assert READER.read(marked("刷1单2返3利")).heard == heard("刷单返利")


@pytest.mark.parametrize(
    ("clear", "mask", "mark"),
    [
        ("13800000000", "CELLPHONE", PHONE),
        ("400-000-0000", "HOTLINE", PHONE),
        ("6200000000000000000", "BANK", ACCOUNT),
        ("500", "DIGIT", NUMBER),
        ("1,203.45", "DIGIT", NUMBER),
        ("建行", "建行", BANK),
    ],
)
def test_what_a_feed_masks_reads_as_what_another_writes_out(clear: str, mask: str, mark: str) -> None:
    assert READER.read(marked(fold(f"请看 {clear} 这里"))).seen == f"请看{mark}这里"
    assert READER.read(marked(fold(f"请看 {mask} 这里"))).seen == f"请看{mark}这里"


def test_every_bank_reads_as_the_same_bank() -> None:
    texts = [f"尊敬的{bank}用户" for bank in ("工商银行", "建行", "招商银行", "邮储银行", "中信银行")]
    assert {READER.read(marked(text)).seen for text in texts} == {f"尊敬的{BANK}用户"}


def test_runs_are_distinct_neighbours_of_both_rows() -> None:
    assert grams(Reading("积分积", "")) == {pack(run) for run in ("积", "分", "积分", "分积", "积分积")}
    assert grams(Reading("", heard("积分"))) == {pack(heard("积分"))}
    assert grams(Reading("", "")) == set()


def test_windows_cover_a_long_text_and_a_short_one_has_none() -> None:
    text = "".join(chr(0x4E00 + 40 + i) for i in range(333))
    found = list(windows(text))
    assert set("".join(found)) == set(text)
    assert all(a[len(a) // 2] in b for a, b in pairwise(found))
    assert list(windows("好" * 50)) == []


def test_what_is_no_letter_lengthens_no_window() -> None:
    spaced = (" ." * 50).join("您的账户涉嫌洗钱请转到安全账户" * 6)
    assert [w.replace(" ", "").replace(".", "") for w in windows(spaced)] == list(
        windows("您的账户涉嫌洗钱请转到安全账户" * 6)
    )


@pytest.mark.parametrize(
    ("peer", "sender"),
    [
        ("96110", "service"),
        ("95588", "service"),
        ("110", "service"),
        ("12381", "service"),
        ("1069055500001", "gateway"),
        ("+861069055500001", "gateway"),
        ("+8613800000000", "person"),
        ("13800000000", "person"),
        ("+85200000000", "person"),
        ("HSBC", "unknown"),
        ("", "unknown"),
        ("+8696110", "person"),
    ],
)
def test_a_senders_class_is_read_off_its_number(peer: str, sender: str) -> None:
    assert sender_of(peer) == sender


@given(st.text(max_size=120))
def test_any_text_is_read_and_reads_the_same_again(text: str) -> None:
    read = READER.read(marked(fold(text)))
    assert read == READER.read(marked(fold(text)))
    assert all(0 < gram < 1 << 48 for gram in grams(read))


def test_marks_are_of_one_letter_each() -> None:
    assert len({LINK, PHONE, ACCOUNT, NUMBER, BANK, CONTACT}) == 6
