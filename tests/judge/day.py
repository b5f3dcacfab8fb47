"""A recording of one scam of a listed mule, and its truth, as files."""

from pathlib import Path

import orjson

from schemas.spans import HOUR_MS, SECOND_MS
from tests.judge.small import HONEST, MULE, PAID_AT, POSTS_AFTER_MS, SISTER, VICTIM, VICTIMS_ACCOUNT, payment, truth
from tests.kit.story import POLICE_TEXT

NUMBERS = (VICTIM, SISTER, HONEST, MULE, VICTIMS_ACCOUNT)


def write(folder: Path) -> Path:
    """Write both into a folder."""
    (folder / "day.ndjson").write_bytes(b"".join(map(_line, recording())))
    write_truth(
        folder / "day.truth", [record.model_dump_json() for record in truth(payment(), event_ids=("text-1", "paid-1"))]
    )
    return folder


def recording() -> list[tuple[str, str, dict[str, object]]]:
    """A text by the false police, and money that leaves for a listed account and is gone twenty seconds later."""
    paid = {
        "transaction_id": "transfer-1", "subscriber": VICTIM, "payer_account": VICTIMS_ACCOUNT, "payee_account": MULE,
        "amount_minor": 100_000, "balance_minor": 100, "payee_is_new": True,
    }  # fmt: skip
    listed = {"value": MULE, "kind": "account", "category": "mule", "source": "test", "added_at": PAID_AT - HOUR_MS}
    profile = {"subscriber": VICTIM, "age_band": "35-44", "area": "a", "accounts": [VICTIMS_ACCOUNT]}
    text = {
        "event_id": "text-1", "occurred_at": PAID_AT - 120 * SECOND_MS, "subscriber": VICTIM, "peer": "13711112222",
        "direction": "in", "text": POLICE_TEXT,
    }  # fmt: skip
    initiated = paid | {"event_id": "paid-1", "occurred_at": PAID_AT, "phase": "initiated"}
    posted = paid | {"event_id": "posted-1", "occurred_at": PAID_AT + POSTS_AFTER_MS, "phase": "posted"}
    return [
        ("reference.watchlist", MULE, listed), ("reference.subscribers", VICTIM, profile),
        ("telecom.sms", VICTIM, text), ("bank.transactions", VICTIM, initiated), ("bank.transactions", VICTIM, posted),
    ]  # fmt: skip


def _line(record: tuple[str, str, dict[str, object]]) -> bytes:
    topic, key, value = record
    return orjson.dumps({"topic": topic, "key": key, "value": value}) + b"\n"


def write_truth(path: Path, lines: list[str]) -> None:
    path.write_text("".join(line + "\n" for line in lines))
