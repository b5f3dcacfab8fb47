"""What a text can be about."""

from typing import Final, Literal, get_args

Wording = Literal[
    "none",
    "bank",
    "police",
    "loan",
    "parcel_service",
    "investment",
    "brushing",
    "boss",
    "prize",
    "phish_link",
    "sextortion",
    "gaming",
    "shopping",
    "other_fraud",
]
"""The police's own classes. ``parcel_service`` is any pretended customer service: parcel, airline, platform."""

WORDINGS: Final[tuple[Wording, ...]] = get_args(Wording)
