"""Rules with the weights that their rows guess, and a playbook whose sums are of the order of such scores. Stories of
one person test what rules, levels and the relay do with each other; how much each rule weighs is fitted anew with every
change of the rules, and judged on towns."""

from agents.relay.playbook import Playbook
from agents.victims.policy import Policy

GUESSES = Policy.model_validate({
    "policy_version": "guesses", "prior": -8.0, "hysteresis": 1.2, "quiet_h": 24, "local_offset_min": 480,
    "levels": {
        "red": {"score": 0.92, "needs": ["money"]}, "orange": {"score": 0.75}, "yellow": {"score": 0.5},
        "blue": {"score": 0.25},
    },
})  # fmt: skip

HARM: dict[str, tuple[float, float]] = {
    "hold": (60, 0.5), "stop_payment": (1_500, 0.5), "freeze": (5_000, 0.3), "suspend": (2_000, 0.3),
    "suspend_incoming": (300, 0.2), "force_login": (100, 0.15),
}  # fmt: skip
"""By measure, yuan that it costs and the share that it saves."""
_PACKAGED = Playbook.load().model_dump(mode="json")
PLAYBOOK = Playbook.model_validate({
    **_PACKAGED, "stake_min_yuan": 20_000, "tied_min": 0.8, "measures": {**_PACKAGED["measures"], "yellow": []},
    "harm": {measure: {"costs_yuan": costs, "saves": saves} for measure, (costs, saves) in HARM.items()},
})  # fmt: skip
