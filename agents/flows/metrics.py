"""What is counted of accounts."""

from collections.abc import Mapping

from streams.core.metering import Label, Metric

SIDE = Label("side", "whether it went out of the account or came in", ("sent", "received"))

METRICS: Mapping[str, Metric] = {
    "account_transfers": Metric(
        "interdict_account_transfers_total", "counter", "Posted transfers counted at an account of theirs.", (SIDE,),
        from_zero=True,
    ),
}  # fmt: skip
