"""What really was in the simulated city, in the form in which `interdict.judge` asks for it."""

from collections.abc import Iterator

from interdict.city.simulate.people import households
from interdict.city.simulate.plan import Plan, Record
from interdict.city.simulate.scams import Script, scripts
from interdict.city.town.plan import ZONE_MS
from interdict.city.town.truth import MuleTruth, NumberTruth, PaymentTruth, PersonTruth, RunTruth, Truth, VictimTruth
from schemas.fields import Typology
from schemas.spans import DAY_MS
from schemas.topics import CALLS

KIND = "resident"
"""Of who has no trade that is told: life here is of one mould."""


def truth(plan: Plan) -> Iterator[Truth]:
    """The lines of a truth file: the run, everybody, the victims, and what served each of the scams. A scam is a gang of
    its own."""
    yield _run(plan)
    for who, is_known in households(plan):
        yield PersonTruth(subscriber=who.phone, kind=who.occupation or KIND, age_band=who.age_band, is_known=is_known)
    for gang, (typology, script) in enumerate(scripts(plan)):
        yield _victim(gang, typology, script)
        yield from _mules(gang, script)
        yield from _numbers(gang, script)


def _run(plan: Plan) -> RunTruth:
    begins = (plan.start_at + ZONE_MS) // DAY_MS * DAY_MS - ZONE_MS
    days = -(-(plan.end_at - begins) // DAY_MS)
    return RunTruth(
        seed=plan.seed, split="free", set=None, people=plan.population, days=days, starts_at=begins,
        ends_at=begins + days * DAY_MS,
    )  # fmt: skip


def _victim(gang: int, typology: Typology, script: Script) -> VictimTruth:
    evidence = [record for record in script.records if record.value.get("peer") not in script.honest]
    return VictimTruth(
        scam_id=script.scam_id, subscriber=script.who.phone, typology=typology, variant=typology, gang=gang,
        first_contact_at=min(record.at for record in evidence),
        event_ids=tuple(record.value["event_id"] for record in evidence),
        payments=tuple(_payment(*phases) for phases in script.paid), returned_minor=script.returned_minor,
        is_coached=False, gave_up=False, is_cut_short=False,
    )  # fmt: skip


def _payment(initiated: Record, posted: Record) -> PaymentTruth:
    value = initiated.value
    return PaymentTruth(
        event_id=value["event_id"], posted_event_id=posted.value["event_id"], transaction_id=value["transaction_id"],
        occurred_at=initiated.at, posted_at=posted.at, amount_minor=value["amount_minor"],
        payee_account=value["payee_account"], account=value["payer_account"],
    )  # fmt: skip


def _mules(gang: int, script: Script) -> Iterator[MuleTruth]:
    first_used: dict[str, int] = {}
    for initiated, _ in script.paid:
        first_used.setdefault(initiated.value["payee_account"], initiated.at)
    for account, at in first_used.items():
        yield MuleTruth(
            account=account, gang=gang, level=1, is_local=False, is_seen=False, is_listed=script.is_listed(account),
            first_used_at=at, victims=(script.scam_id,),
        )  # fmt: skip


def _numbers(gang: int, script: Script) -> Iterator[NumberTruth]:
    lines: dict[str, tuple[str, int]] = {}
    for record in script.records:
        peer = record.value.get("peer")
        if peer is not None and peer not in script.honest:
            line, at = lines.get(peer, ("", record.at))
            lines[peer] = (_line(record) or line, min(at, record.at))
    for peer, (line, at) in lines.items():
        yield NumberTruth(
            peer=peer, line=line or "mobile", gang=gang, is_listed=script.is_listed(peer), first_used_at=at
        )  # fmt: skip


def _line(record: Record) -> str:
    """The kind of line as a record tells it; nothing where it does not."""
    if record.topic == CALLS.name:
        return str(record.value["peer_type"])
    return "gateway" if record.value["peer"].startswith("106") else ""
