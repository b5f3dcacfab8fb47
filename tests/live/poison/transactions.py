"""Transactions that are aborted, and one that nobody ends."""

from collections.abc import Iterator

from schemas.topics import CALLS, TRANSACTIONS
from tests.live.plain_scam import MULE
from tests.live.poison.aim import KEYED, Aim, Fate, Parcel, Way
from tests.live.poison.kinds import Kinds

KINDS = Kinds()


@KINDS.kind("transactions: a scam's events, and all of it is aborted", only_kafka=True, is_nothing=True)
def _aborted(aim: Aim) -> Iterator[Parcel]:
    paid = aim.good(
        TRANSACTIONS, payee_account=MULE, amount_minor=5_000_000, balance_minor=0, phase="initiated",
        payee_is_new=True,
    )  # fmt: skip
    yield aim.parcel(TRANSACTIONS, paid, b"{", fate=Fate.NOTHING, way=Way.ABORTED)
    for topic in KEYED:
        yield aim.parcel(topic, aim.good(topic), None, b"{", fate=Fate.NOTHING, way=Way.ABORTED)


@KINDS.kind("transactions: one that nobody ends", only_kafka=True, lone=True)
def _left_open(aim: Aim) -> Iterator[Parcel]:
    for topic in (CALLS, TRANSACTIONS):
        yield aim.parcel(topic, aim.good(topic), fate=Fate.NOTHING, way=Way.LEFT_OPEN)
