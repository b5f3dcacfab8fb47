"""Bulk messages differ in their sums and codes: they are remembered as one text, and must be read as one."""

import random
from importlib.resources import files

import pytest

from agents.victims.text.scorer import TextScorer, _but_for_digits

WORDS = files("agents.victims.text.train").joinpath("words")
LINES = [line for name in ("honest.txt", "scams.txt") for line in WORDS.joinpath(name).read_text("utf-8").split("\n")]
NUMBERED = (
    "【工商银行】账户{}于{}:{}支出人民币{}.{}元，活期余额{},{}.{}元。",
    "验证码{}，{}分钟内有效，如非本人操作请致电{}-{}。",
    "动态密码：{} 请勿泄露（尾号{}）{}月{}日",
    "您的{}是 {}，回复{}退订 +86 {} {}",
    "://{}/{} @{}${} {}、{}！{}？{}*{}#{}",
)


@pytest.fixture(scope="module")
def scorer() -> TextScorer:
    return TextScorer.load()


def _filled(chance: random.Random) -> str:
    """A line of ours or a bank's, with digits wherever they may stand."""
    text = chance.choice((chance.choice(NUMBERED), chance.choice(LINES)))
    while "{}" in text:
        text = text.replace("{}", str(chance.randrange(10 ** chance.randint(1, 16))), 1)
    for _ in range(chance.randint(0, 6)):
        place = chance.randint(0, len(text))
        text = text[:place] + str(chance.randrange(10 ** chance.randint(1, 8))) + text[place:]
    return text


def test_digits_decide_nothing_where_they_are_not_remembered(scorer: TextScorer) -> None:
    chance, same = random.Random(11), 0
    for text in (_filled(chance) for _ in range(3_000)):
        kept = _but_for_digits(text)
        same += kept != text
        assert scorer._read(text) == scorer._read(kept), text
    assert same > 1_000


@pytest.mark.parametrize("text", ["贷款加w3ixin", "登录 icbc1.cc/2", "full width １", "é1", "加v信 12", "①2"])
def test_beside_any_other_letter_digits_stay(text: str) -> None:
    assert _but_for_digits(text) == text
