"""What an attacker, or a careless producer, who may write any one input can get a broker to take. A table by kind.

Nothing here knows how records are read: it is a picture of the world outside. Each kind is about one person, `aim.who`,
and says which of its records must end as a dead letter, which must be taken, and which may be either.
"""

from tests.live.poison import (
    batches,
    fields,
    headers,
    outcomes,
    places,
    profiles,
    repeats,
    settings,
    sizes,
    times,
    transactions,
    values,
)
from tests.live.poison.aim import Aim, Fate, Parcel, Way, scam_ids
from tests.live.poison.batches import REFUSABLE
from tests.live.poison.kinds import Kind

__all__ = ["KINDS", "REFUSABLE", "Aim", "Fate", "Kind", "Parcel", "Way", "scam_ids"]

SUBJECTS = (values, times, fields, places, headers, batches, sizes, repeats, outcomes, profiles, settings, transactions)
KINDS: tuple[Kind, ...] = tuple(kind for subject in SUBJECTS for kind in subject.KINDS)
"""In an order that stays: by it a seed says where each is strewn."""
