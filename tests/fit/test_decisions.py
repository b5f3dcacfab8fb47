"""What a fit sees of a decision is what the score is made of, and decides nothing itself."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.victims.policy import Policy
from agents.victims.rules import RULES
from agents.victims.score import WEIGHTLESS, logistic, score
from agents.victims.state import Evidence, Profile, Victim
from interdict.city.town.plan import Plan
from interdict.city.town.recording import write
from interdict.fit.decisions import CODES, Draw, evidence_of, read_draw
from interdict.fit.files import FitError, base_policy
from interdict.judge.known import read_truth
from schemas.spans import DAY_MS
from streams.settings import Settings
from tests.kit.story import MIDDAY

POLICY = base_policy(None)
SEEN = [code for code in RULES if not code.startswith("person.")]
PIECES = st.builds(
    Evidence, st.sampled_from(SEEN), st.integers(MIDDAY - 9 * DAY_MS, MIDDAY), st.floats(0.1, 1), st.just(["e"])
)


@given(st.lists(PIECES, unique_by=lambda piece: piece.code), st.sampled_from(["65+", "35-44", None]))
def test_what_is_left_of_each_code_and_the_weights_make_the_score(pieces: list[Evidence], age: str | None) -> None:
    state = Victim(profile=Profile(age, "student", [], [], [], []), evidence=pieces)
    heaviest: dict[str, float] = {}
    for code, left in evidence_of(state, MIDDAY).items():
        family = RULES[code].family
        heaviest[family] = max(heaviest.get(family, 0.0), left * POLICY.weight(code))
    weighs = any(weight >= WEIGHTLESS for family, weight in heaviest.items() if family != "person")
    logit = POLICY.start + (sum(heaviest.values()) if weighs else 0.0)
    assert score(pieces, state.profile, POLICY, MIDDAY).value == pytest.approx(logistic(logit), rel=0.1, abs=1e-9)


def test_who_a_person_is_is_no_decision_without_evidence() -> None:
    assert evidence_of(Victim(profile=Profile("65+", None, [], [], [], [])), MIDDAY) == {}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("town")
    file, truth = folder / "town.ndjson", folder / "town.truth"
    write(Plan(seed=7, people=200, days=4, victims=20), file, truth)
    return file, truth


def gathered(town: tuple[Path, Path], policy: Policy) -> Draw:
    return read_draw(town[0], read_truth(town[1]), policy, Settings())


@pytest.fixture(scope="module")
def draw(town: tuple[Path, Path]) -> Draw:
    return gathered(town, POLICY)


def test_decisions_of_a_town_are_told_with_what_was_true(draw: Draw) -> None:
    assert (draw.people, draw.victims, draw.person_days) == (200, 20, 800)
    truths = Counter(one.is_victim for one in draw.decisions)
    assert truths[True]
    assert truths[False] > truths[True]
    assert any(one.pays and one.has_money for one in draw.decisions)
    for one in draw.decisions:
        assert one.left
        assert all(CODES[place] in RULES and 0 < share <= 1 for place, share in one.left)


def paid(draw: Draw) -> list[Any]:
    """Decisions at payments: while a case is open there are more at calls."""
    return [one for one in draw.decisions if one.pays]


def test_nothing_that_is_seen_depends_on_the_weights_that_hold(town: tuple[Path, Path], draw: Draw) -> None:
    other = Policy.model_validate({**POLICY.model_dump(), "weights": dict.fromkeys(RULES, 0.1), "prior": -12.0})
    assert paid(gathered(town, other)) == paid(draw)


def test_who_lent_an_account_is_neither_honest_nor_a_victim(
    town: tuple[Path, Path], draw: Draw, tmp_path: Path
) -> None:
    lines = town[1].read_bytes().splitlines()
    persons = [record["subscriber"] for record in map(orjson.loads, lines) if record["record"] == "person"]
    lender = draw.decisions[0].person
    mule = {"record": "mule", "account": "62220009", "gang": 1, "level": 1, "phone": persons[lender - 1],
            "is_local": True, "is_seen": True, "is_listed": False, "first_used_at": MIDDAY}  # fmt: skip
    truth = tmp_path / "truth"
    truth.write_bytes(b"\n".join([*lines, orjson.dumps(mule)]))
    found = gathered((town[0], truth), POLICY)
    assert found.decisions == tuple(one for one in draw.decisions if one.person != lender)


def test_a_policy_of_other_rules_can_be_fitted_anew_and_loses_their_weights(tmp_path: Path) -> None:
    held: dict[str, Any] = POLICY.model_dump(mode="json")
    (path := tmp_path / "p.json").write_bytes(orjson.dumps({**held, "weights": {"call.gone": 3, "call.voip": 1}}))
    assert base_policy(path).weights == {"call.voip": 1}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"prior": 3}', b'{"weights": 1}'])
def test_what_is_no_policy_is_told_in_one_line(content: bytes, tmp_path: Path) -> None:
    (path := tmp_path / "p.json").write_bytes(content)
    with pytest.raises(FitError, match="is no `victims` policy"):
        base_policy(path)
