"""Make ``letters.json``, what one letter can stand for: ``python -m agents.victims.text.train.letters``.

Sources: Unicode's confusables (package ``confusable-homoglyphs``, Unicode licence), OpenCC's variants (package
``opencc-python-reimplemented``, Apache-2.0), readings (package ``pypinyin``, MIT). What runs reads the file only.
"""

import json
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Final

LETTERS_FILE: Final = "letters.json"
HANZI: Final = range(0x4E00, 0xA000)
RADICALS: Final = ("\u2e80", "\u2eff")
LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")

SHAPES: Final = (
    "佥金 佺全 帀币 彔录 旳的 己已 巳已 欵款 薇微 徽微 嶶微 冇无 逹达 収收 氷水 囗口 曰日 壬王 未末 戸户 単单 対对 発发 帯带 "
    "扌手 氵水 讠言 钅金 忄心 犭犬 饣食 礻示 衤衣 纟丝 汇汇 丨丨 冫冰 囯国 囻国 峸城 埗步 筘扣 昰是 沵你 泥你 祢你 伱你 莪我 哦我 "
    "菂的 哋地 仴月 徣借 镓家 芣不 洧有 莈没 喺系 伩信 訫信 僡惠 湔前 緁接 繋系 裑身 扖入 疌捷 恏好 迩尔 咑打 咊和 炆文 栙降 "
    "帐账 妳你 "
    "渉涉 経经 験验 銭钱 営营 戦战 帰归 図图 変变 満满 続续 総总 児儿 価价 検检 権权 労劳 覧览 転转 伝传 売卖 読读 応应 悪恶 従从 "
    "楽乐 気气 団团 処处 択择 拡扩 様样 歩步 毎每 渋涩 済济 猟猎 畳叠 発发 砕碎 稲稻 穏稳 縁缘 聴听 薬药 覚觉 録录 関关 険险 鉄铁 闘斗 "
    "霊灵 頼赖 駅驿 黒黑 黙默 亜亚 仏佛 仮假 両两 勧劝 円圆 広广 庁厅 弐贰 当当 恵惠 戻戾 挙举 挿插 払付 数数 斉齐 桜樱 桟栈 歯齿 残残 浄净"
)
"""Letters drawn for others: what readers take for the second, by hand, from how evaders write."""

JOINED: Final = {
    "亻言": "信", "彳亍": "行", "亻寸": "付", "亻介": "价", "亻尔": "你", "亻也": "他", "钅艮": "银", "钅戋": "钱", "车专": "转",
    "贝长": "账", "弋贝": "贷", "代贝": "贷", "讠正": "证", "讠斤": "诉", "扌丁": "打", "氵去": "法", "女子": "好", "亻故": "做", "木几": "机",
}  # fmt: skip
"""Two letters that stand side by side for one."""


def readings() -> dict[str, str]:
    """For each syllable without its tone the letters read so, most letters by their commonest reading."""
    from pypinyin import Style, lazy_pinyin
    from pypinyin.constants import PINYIN_DICT

    found: dict[str, list[str]] = defaultdict(list)
    for code in HANZI:
        letter = chr(code)
        if code in PINYIN_DICT and _is_common(letter):
            syllable = lazy_pinyin(letter, style=Style.NORMAL)[0].replace("ü", "v")
            if syllable.isascii() and syllable.isalpha():
                found[syllable].append(letter)
    return {syllable: "".join(found[syllable]) for syllable in sorted(found)}


def variants() -> dict[str, str]:
    """Each letter that stands for another: look-alikes of Latin ones, radicals, traditional and other forms."""
    from confusable_homoglyphs import confusables
    from opencc import OpenCC

    simplified = OpenCC("t2s")
    found: dict[str, str] = {}
    for letter, others in confusables.confusables_data.items():
        if len(letter) == 1 and not letter.isascii() and unicodedata.category(letter)[0] in "LN":
            for meant in sorted(str(other["c"]) for other in others if len(str(other["c"])) == 1):
                if (plain := meant.lower()) in LATIN:
                    found.setdefault(letter, "i" if plain == "l" and _is_drawn_for_i(letter) else plain)
        elif RADICALS[0] <= letter <= RADICALS[1]:
            found.update((letter, o["c"]) for o in others if len(o["c"]) == 1 and ord(o["c"]) in HANZI)
    for code in HANZI:
        plain = simplified.convert(chr(code))
        if len(plain) == 1 and plain != chr(code):
            found[chr(code)] = plain
    found |= {pair[0]: pair[1] for pair in SHAPES.split() if pair[0] != pair[1]}
    compatible = {letter for letter in found if unicodedata.normalize("NFKD", letter) != letter}
    return {letter: _last(found, letter) for letter in sorted(found.keys() - compatible)}


def _is_drawn_for_i(letter: str) -> bool:
    """Unicode has one form for a capital I and a small l; the letter's name tells which is meant."""
    name = unicodedata.name(letter, "")
    return name.endswith((" I", "IOTA", "PALOCHKA")) or " I WITH " in name or "UKRAINIAN I" in name


def _last(found: dict[str, str], letter: str) -> str:
    for _ in range(4):
        letter = found.get(letter, letter)
    return letter


def _is_common(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return letter in "嘅喺咗哋冇嚟佢唔啲嗰咁㗎嘢乜攞俾畀瞓攰睇揾嗌嚿蚊啱掂囉喎咩噃嘥"
    return True


def main() -> int:
    """Write the file; returns 0."""
    found = variants()
    content = {"joined": JOINED, "from": "".join(found), "to": "".join(found.values()), "readings": readings()}
    where = Path(__file__).parents[1] / LETTERS_FILE
    lines = (f"{json.dumps(k)}:{json.dumps(v, ensure_ascii=False, separators=(',', ':'))}" for k, v in content.items())
    where.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"wrote {where.name}: {len(found)} variants, {where.stat().st_size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
