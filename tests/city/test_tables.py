"""The tables hold together: every number a range, every range used and documented, every word where it belongs."""

import re
from pathlib import Path
from random import Random

import pytest

from interdict.city.town import occasions, playbook
from interdict.city.town.chance import PROFILES, Zipf, count
from interdict.city.town.kinds import BY_NAME as KINDS
from interdict.city.town.plan import RANGES, Plan, draw, split_of
from interdict.city.town.roles import BY_NAME as TRADES
from interdict.city.town.roles import OWNED
from interdict.city.town.steps import Given, Step, unfold
from interdict.city.town.words import HOOKS, SUBJECTS, Phrases, in_use
from interdict.city.town.words.slots import MADE, WORDS

ROOT = Path(__file__).parents[2]
NAMES = {r.name for r in RANGES}
SCRIPTS = [
    *(o.script for o in occasions.OCCASIONS),
    *occasions.MONTHLY.values(),
    *(s.script for s in playbook.PLAYBOOK),
]
STEPS = [step for script in SCRIPTS for item in script for step in ((item,) if isinstance(item, Step) else item.steps)]
ROUNDS = [item.times for script in SCRIPTS for item in script if not isinstance(item, Step)]
GIVEAWAYS = (
    "诈骗",
    "骗",
    "刷单",
    "返利",
    "安全账户",
    "洗钱",
    "杀猪",
    "裸聊",
    "通缉",
    "逮捕",
    "取保",
    "公检法",
    "资金盘",
    "传销",
    "稳赚",
    "屏幕共享",
    "拘留",
)
"""What no scammer writes, and what warnings are full of."""


def test_no_hook_announces_itself() -> None:
    for subject in HOOKS:
        for text in SUBJECTS[subject]:
            assert not [word for word in GIVEAWAYS if word in text], text


def test_warnings_do_say_those_words() -> None:
    assert any(word in text for text in SUBJECTS["police"] for word in GIVEAWAYS)


def test_there_are_hundreds_of_templates_and_none_twice() -> None:
    texts = [text for texts in SUBJECTS.values() for text in texts]
    assert len(texts) > 300
    assert sum(len(SUBJECTS[hook]) for hook in HOOKS) > 120
    assert not set(SUBJECTS["hook.family"]) & set(SUBJECTS["family"])
    assert len(set(texts)) == len(texts)


def test_every_slot_is_known() -> None:
    given = {"bank", "tail", "paid", "left"}
    slots = {
        slot
        for texts in (*SUBJECTS.values(), *WORDS.values())
        for text in texts
        for slot in re.findall(r"\{(\w+)\}", text)
    }
    assert slots <= set(WORDS) | set(MADE) | given


def test_a_sentence_has_no_open_slot() -> None:
    phrases, rng = Phrases("free"), Random(1)
    for subject in SUBJECTS:
        for _ in range(30):
            assert "{" not in phrases.text(subject, rng, paid="1", left="2", tail="3", bank="4")


def test_some_sentences_are_kept_for_the_test() -> None:
    for hook in ("hook.brushing", "hook.service", "hook.invest"):
        assert set(in_use(SUBJECTS[hook], "fit")) < set(in_use(SUBJECTS[hook], "test"))
        assert in_use(SUBJECTS[hook], "fit") == in_use(SUBJECTS[hook], "choose")


def test_every_number_of_a_step_is_the_name_of_a_range() -> None:
    for step in STEPS:
        for name in (step.wait, step.share, step.times, step.size, step.grow, step.of_left, step.line):
            assert not name or name in NAMES, step
    assert set(ROUNDS) | {o.rate for o in occasions.OCCASIONS} <= NAMES


def test_every_other_word_of_a_step_is_known() -> None:
    callers = {*TRADES, "gang", "gang2", "gateway", "friend", "family", "abroad", "other"}
    payees = {*OWNED, "gang", "other", "new", "firm", "friend", "family", "shop", "platform", "desk"}
    for step in STEPS:
        assert not step.text or step.text in SUBJECTS
        assert not step.hours or step.hours in PROFILES
        assert step.by in callers
        assert step.to in payees


def test_every_kind_of_people_that_a_table_names_exists() -> None:
    for row in (*occasions.OCCASIONS, *playbook.PLAYBOOK):
        kinds = row.kinds if isinstance(row, occasions.Occasion) else row.prey
        assert set(kinds) <= set(KINDS)


def test_every_range_is_named_once_and_used() -> None:
    assert len(NAMES) == len(RANGES)
    code = "".join(p.read_text() for p in (ROOT / "interdict/city/town").rglob("*.py") if p.parent.name != "ranges")
    made = {f"gang.{kind}_share" for kind in ("foreign", "voip", "fixed")}
    assert [name for name in NAMES - made if f'"{name}"' not in code] == []


def test_every_range_stands_in_the_docs_with_its_source() -> None:
    page = (ROOT / "docs/city.md").read_text()
    for r in RANGES:
        plain, harsh = (f"{low:,g} – {high:,g}" for low, high in (r.plain, r.harsh))
        assert f"| `{r.name}` | {plain} | {harsh} | {r.unit} | {r.source} |" in page


@pytest.mark.parametrize("name", ["plain", "harsh"])
def test_a_run_draws_every_number_from_its_range(name: str) -> None:
    for seed in range(20):
        drawn = draw(seed, name)  # type: ignore[arg-type]
        for r in RANGES:
            low, high = getattr(r, name)
            assert low - 1e-5 <= drawn[r.name] <= high + 1e-5


def test_the_two_sets_differ_in_nearly_every_range() -> None:
    assert sum(r.plain == r.harsh for r in RANGES) < 0.05 * len(RANGES)


def test_a_seed_belongs_to_one_split_and_most_to_none() -> None:
    found = [split_of(seed) for seed in (0, 999, 1000, 1999, 2000, 2999, 3000, 10**6)]
    assert found == ["fit", "fit", "choose", "choose", "test", "test", "free", "free"]
    assert Plan(seed=2500).split == "test"


def test_what_a_call_covers_happens_while_it_is_on_the_line() -> None:
    script = (
        Step("call", line="line.long_s", covers=2),
        Step("code", "wait.minutes_min", times="often.few"),
        Step("pay", "wait.minutes_min"),
    )
    for seed in range(50):
        call, *inside = unfold(script, Plan().day_at(0), Given(Random(seed), draw(seed, "plain"))).beats
        assert len(inside) >= 2
        assert all(call.at <= beat.at <= call.at + call.seconds * 1000 for beat in inside)


def test_a_story_without_doubts_comes_to_its_end_and_one_with_many_does_not() -> None:
    script = playbook.PLAYBOOK[0].script
    params = draw(1, "plain")
    assert not any(unfold(script, Plan().day_at(0), Given(Random(n), params)).gave_up for n in range(30))
    assert any(unfold(script, Plan().day_at(0), Given(Random(n), params, 0.5)).gave_up for n in range(30))


def test_counts_and_zipf_are_what_they_say() -> None:
    rng = Random(1)
    assert abs(sum(count(rng, 2.5) for _ in range(4000)) / 4000 - 2.5) < 0.15
    zipf = Zipf(1.0, 100)
    found = [zipf.index(rng, 10) for _ in range(3000)]
    assert set(found) == set(range(10))
    assert found.count(0) > 3 * found.count(5)
