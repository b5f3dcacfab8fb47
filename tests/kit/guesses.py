"""Rules with the weights that their rows guess. Stories of one person test what rules, levels and the relay do with
each other; how much each rule weighs is fitted anew with every change of the rules, and judged on towns."""

from agents.victims.policy import Policy

GUESSES = Policy.model_validate({
    "policy_version": "guesses", "prior": -8.0, "hysteresis": 1.2, "quiet_h": 24, "local_offset_min": 480,
    "levels": {
        "red": {"score": 0.92, "needs": ["money"]}, "orange": {"score": 0.75}, "yellow": {"score": 0.5},
        "blue": {"score": 0.25},
    },
})  # fmt: skip
