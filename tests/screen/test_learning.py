"""Learning a scorecard: it finds what was planted, tells chances that are true, and is the same each time."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from interdict.screen.card import as_markdown
from interdict.screen.columns import COLUMNS, Column
from interdict.screen.learning import LEAST_OF_A_KIND, learn
from interdict.screen.measure import WRONGED, Quality, quality
from interdict.screen.scorecard import BASE_RATE, Scorecard, ScreenError
from interdict.screen.usage import Table

TODAY = date(2026, 1, 1)
PLANTED = (Column("rising", "rising", "升"), Column("hollow", "hollow", "空"), Column("noise", "noise", "噪"))


def planted(numbers: int = 1_500, seed: int = 1) -> tuple[Any, Any]:
    """Usage whose first column speaks the more the higher, whose second speaks where it is not known, whose third says
    nothing; and the truth, drawn with the chance that they make."""
    chance = np.random.default_rng(seed)
    usage = chance.uniform(0, 10, (numbers, 3))
    usage[chance.random(numbers) < 0.2, 1] = np.nan
    logit = -2 + 0.4 * (usage[:, 0] - 5) + 2 * np.isnan(usage[:, 1])
    return usage, chance.random(numbers) < 1 / (1 + np.exp(-logit))


@pytest.fixture(scope="module")
def learned() -> Any:
    return learn(*planted(), TODAY, PLANTED, repeats=1)


def of(learned: Any, truth: Any) -> Quality:
    found = quality(zip(learned.unseen[0].tolist(), truth.tolist(), strict=True))
    assert found is not None
    return found


def test_it_finds_what_was_planted(learned: Any) -> None:
    rising, hollow, noise = learned.card.terms
    assert rising.points[-1] - rising.points[0] > 2
    assert hollow.missing - max(hollow.points) > 1
    assert max(noise.points) - min(noise.points) < 1


def test_its_points_are_against_the_mean_honest_number(learned: Any) -> None:
    usage, truth = planted()
    for column, term in enumerate(learned.card.terms):
        honest = [term.worth(None if np.isnan(value) else value) for value in usage[~truth, column]]
        assert np.mean(honest) == pytest.approx(0, abs=0.01)


def test_chances_are_true_on_numbers_that_it_has_not_seen(learned: Any) -> None:
    usage, truth = planted(numbers=6_000, seed=2)
    share = float(truth.mean())
    given = [
        learned.card.screen([None if np.isnan(value) else value for value in month], share).chance for month in usage
    ]
    found = quality(zip(given, truth.tolist(), strict=True))
    assert found is not None
    assert found.calibration_error < 0.04
    assert found.auc > 0.7


def test_the_same_numbers_make_the_same_scorecard(learned: Any) -> None:
    assert learn(*planted(), TODAY, PLANTED, repeats=1).card == learned.card


def test_where_nothing_tells_them_apart_the_unseen_are_not_told_apart() -> None:
    usage, _ = planted()
    truth = np.random.default_rng(3).random(len(usage)) < 0.3
    assert of(learn(usage, truth, TODAY, PLANTED, repeats=1), truth).auc < 0.56


def test_too_few_of_a_kind_are_no_ground_to_learn_on() -> None:
    usage, truth = planted()
    few = np.zeros_like(truth)
    few[: LEAST_OF_A_KIND - 1] = True
    with pytest.raises(ScreenError, match=f"needs {LEAST_OF_A_KIND}"):
        learn(usage, few, TODAY, PLANTED)


def test_the_card_says_what_it_was_learned_from_how_good_it_is_and_every_point(learned: Any) -> None:
    _, truth = planted()
    told = as_markdown(learned.card, "known.csv", len(truth), [of(learned, truth)])
    assert f"{len(truth):,} numbers" in told
    assert all(f"| `{term.column}` |" in told for term in learned.card.terms)
    assert all(f"{point:+.2f}" in told for term in learned.card.terms for point in term.points)


def test_who_is_met_is_counted_as_by_hand() -> None:
    honest = [(score / 1000, False) for score in range(1000)]
    scammers = [(0.9995, True), (0.998, True), (0.9885, True), (0.2, True)]
    found = quality([*honest, *scammers])
    assert found is not None
    assert [(share, met.wronged, met.met) for share, met in zip(WRONGED, found.met, strict=True)] == [
        (0.01, 10, 2), (0.001, 1, 1), (0.0, 0, 1),
    ]  # fmt: skip
    low, high = found.met[1].precision(0.001)
    assert 0 < low < 0.001 * 0.25 / (0.001 * 0.25 + 0.999 * 0.001) < high < 1


@pytest.mark.data
def test_the_packaged_scorecard_tells_real_numbers_apart(labelled_data: Path) -> None:
    """It was learned from these; how good it is on unseen ones the card says. Here: that it is what was learned."""
    card = Scorecard.load()
    with (labelled_data / "sichuan_subscribers.csv.gz").open("rb") as stream:
        usages = list(Table(stream, card.columns, truth="label"))
    assert len(usages) > 4_000
    assert not any(usage.problem for usage in usages)
    found = quality(
        (card.screen(usage.values, card.learned_share).chance, usage.is_scammer)
        for usage in usages
        if usage.is_scammer is not None
    )
    assert found is not None
    assert found.auc > 0.95
    assert found.calibration_error < 0.05
    assert max(card.screen(usage.values, BASE_RATE).chance for usage in usages) < 0.3, "the base rate is not forgotten"


def test_no_column_tells_that_a_number_was_already_shut() -> None:
    assert not {column.name for column in COLUMNS} & {"month_ids", "day_nunique", "voc_day_nunique", "arpu_var"}
