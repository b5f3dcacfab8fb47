"""How a text is read: through what it is dressed in, and by its sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.victims.text.grams import HEARD_ORDERS, SEEN_ORDERS, grams, pack
from agents.victims.text.letters import heard, plain
from agents.victims.text.normal import ACCOUNT, BANK, CONTACT, LINK, NUMBER, PHONE, fold, marked, wording
from agents.victims.text.reading import Reader, Reading
from agents.victims.text.senders import sender_of
from agents.victims.text.windows import CLAUSE_WEIGHT_MIN, clauses, weight

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


def test_numbers_set_between_letters_are_passed_over_and_a_date_is_none_of_that() -> None:
    fraud = "您涉嫌洗钱请转到安全账户"
    assert READER.read("7".join(fraud)).seen == fraud
    assert READER.read("于2024年3月15日12时30分到").seen.count(NUMBER) == 5


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


def test_runs_are_the_neighbours_of_both_rows() -> None:
    for row in ("积分积", "您的账户"):
        neighbours = {pack(row[at : at + order]) for order in SEEN_ORDERS for at in range(len(row) - order + 1)}
        assert set(grams(Reading(row, ""))) == neighbours
    sounds = heard("您的账户")
    assert set(grams(Reading("", sounds))) == {
        pack(sounds[at : at + order]) for order in HEARD_ORDERS for at in range(len(sounds) - order + 1)
    }
    assert grams(Reading("", "")) == []


@given(st.text(alphabet="好的a 1，。,.;!\n\u4e28账户\U0001f600", max_size=300))
def test_clauses_are_the_text_and_each_weighs_something(text: str) -> None:
    found = clauses(text)
    assert "".join(clause for clause, _ in found) == text
    assert [weight(clause) for clause, _ in found] == [weighs for _, weighs in found]
    assert all(weighs >= CLAUSE_WEIGHT_MIN for _, weighs in found[:-1])


def test_what_is_no_letter_makes_no_clause() -> None:
    fraud = "您的账户涉嫌洗钱请转到安全账户"
    for filler in "。 1\n…":
        spread = [wording(clause) for clause, _ in clauses((filler * 50).join(fraud))]
        assert all(len(clause) >= 4 for clause in spread[:-1])


def test_a_text_without_a_stop_is_cut_and_no_latin_word_in_two() -> None:
    assert all(len(clause) <= 38 for clause, _ in clauses("好" * 500))
    words = "transfer the money to a safe account today or lose it all " * 9
    assert {word for clause, _ in clauses(words) for word in clause.split()} == set(words.split())


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
