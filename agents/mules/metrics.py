"""What is counted of accounts' grades."""

from collections.abc import Mapping

from agents.mules.policy import GRADES
from streams.core.metering import Label, Metric

GRADE = Label("level", "of grades: how sure it is that an account is a mule's", GRADES)
SPARED_BY = Label(
    "by", "who leaves an account alone: the policy, or an officer's word on the watchlist", ("policy", "officer")
)

METRICS: Mapping[str, Metric] = {
    "graded": Metric(
        "interdict_accounts_graded_total", "counter", "Times that an account's grade rose to a level.", (GRADE,),
        from_zero=True,
    ),
    "spared": Metric(
        "interdict_accounts_spared_total", "counter",
        "Times that an account would have had a grade, and was left alone.", (SPARED_BY,), from_zero=True,
    ),
}  # fmt: skip
