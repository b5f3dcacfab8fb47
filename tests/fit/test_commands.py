"""`interdict rules list`, and the policy that comes with the package."""

from agents.victims.policy import Policy
from agents.victims.rules import RULES
from interdict.fit.card import Card
from tests.console.program import interdict


def test_a_packaged_policy_that_was_fitted_has_every_weight_and_the_card_of_its_fit() -> None:
    policy, card = Policy.load(), Card.load()
    if card is None:
        assert policy.weights == {}, "weights without a card: nobody knows where they come from"
        return
    assert set(policy.weights) == set(RULES), "rules have changed since: docs/fitting.md says how to fit them anew"
    assert card.policy_version == policy.policy_version
    assert {draw.split for draw in card.fitted.draws} == {"fit"}
    assert card.checked is not None
    assert {draw.split for draw in card.checked.draws} == {"choose"}


def test_rules_are_listed_with_their_weights() -> None:
    told = interdict("rules", "list", COLUMNS="160").stdout
    policy = Policy.load()
    for code in RULES:
        assert f"{code} " in told
        assert f"{policy.weight(code):.2f}" in told
