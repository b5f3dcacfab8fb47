"""How money goes through an account, and what that weighs: one row a rule.

The weights are natural log-odds, which a policy may set otherwise, rounded from likelihood ratios among payments to new payees in towns of `fit` seeds,
both parameter sets, and the second city's (docs/judgement.md, *The payee's side*): what victims pay against what anybody
pays. That most of what comes leaves within two hours is the sign that the police name first (快进快出); alone it is also
how people use an account for rent or a wallet, where a balance stays: so that nothing stays is a row of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from agents.mules.state import IN_MAX, UNTOLD, Move, Mule
from schemas.spans import DAY_MS, HOUR_MS

WINDOW_MS = 7 * DAY_MS
"""What is looked at of the movements, back from the latest; and how long a grade holds."""
PASSED_ON_MS = 2 * HOUR_MS
PASSED_SHARE = 0.8
"""An inflow has been passed on where so much of it left within two hours."""
YOUNG_MS = 7 * DAY_MS
EMPTY_SHARE = 0.3
"""What lay on an account before, as a share of what came, up to which nothing did."""
STEADY_MS = 3 * DAY_MS
"""An account that is known for longer, and is fed so often that more is not remembered, is a trader's: a mule's is burnt
sooner. Of those graded without this more than half of the honest were such, and of victims' payees one in 140."""


class Through(NamedTuple):
    """How money went through an account of late."""

    came: int
    """Inflows."""
    passed_on: int
    """Of them, those of which most left within two hours."""
    left_share: float
    """What left, as a share of what came."""
    cash_share: float
    """Of what left, the share taken at machines and tills."""
    known_ms: int
    """For how long the account has been known."""
    began_empty: bool
    """Whether money came in before any left, and, as far as balances are told, nothing lay there before. So an
    account that is merely seen for the first time, as all are after a start with empty states, is told from a new one."""


def through(state: Mule) -> Through:
    """The facts of an account that money came to and left, as of its latest movement."""
    now = max(state.ins[-1].at, state.outs[-1].at)
    ins = [move for move in state.ins if now - move.at <= WINDOW_MS]
    outs = [move for move in state.outs if now - move.at <= WINDOW_MS]
    came, left = (sum(move.minor for move in moves) for moves in (ins, outs))
    return Through(
        len(ins), sum(_is_passed_on(move, outs) for move in ins), left / came if came else 0.0,
        sum(move.minor for move in outs if move.cash) / left if left else 0.0,
        now - state.first_at,
        bool(ins and outs) and ins[0].at < outs[0].at and abs(_before(ins, outs)) <= EMPTY_SHARE * came,
    )  # fmt: skip


def _before(ins: Sequence[Move], outs: Sequence[Move]) -> int:
    """What lay on the account before these movements, by the latest balance that is told, in fen; 0 where none is."""
    told = [move for move in outs if move.balance != UNTOLD]
    if not told:
        return 0
    since = [move for move in outs if move.at <= told[-1].at]
    return told[-1].balance + sum(m.minor for m in since) - sum(m.minor for m in ins if m.at <= told[-1].at)


def _is_passed_on(move: Move, outs: Sequence[Move]) -> bool:
    left = sum(out.minor for out in outs if 0 <= out.at - move.at <= PASSED_ON_MS)
    return left >= PASSED_SHARE * move.minor


class Rule(NamedTuple):
    """One row."""

    code: str
    weight: float
    when: Callable[[Through], bool]
    text: str
    text_zh: str


def _passes_on(f: Through) -> bool:
    return f.passed_on >= 1 and 2 * f.passed_on >= f.came


_ROWS: tuple[Rule, ...] = (
    Rule("acct.passed_on", 2.4, _passes_on, "most of what came in left within two hours", "资金到账后两小时内大部分转出"),
    Rule("acct.passed_again", 0.7, lambda f: f.passed_on >= 2, "it did so twice or more", "多次快进快出"),
    Rule("acct.emptied", 2.6, lambda f: f.passed_on >= 1 and 0.8 <= f.left_share <= 1.1, "what came in is what left: nothing stays", "转入转出金额基本相等，账户不留余额"),
    Rule("acct.young", 1.7, lambda f: f.passed_on >= 1 and f.known_ms <= YOUNG_MS and f.began_empty, "first seen within seven days, and empty before", "账户近七日内首次出现且此前无余额"),
    Rule("acct.cash_out", 1.0, lambda f: f.passed_on >= 1 and f.cash_share >= 0.3, "much of it left at machines and tills", "大额取现或刷卡套现"),
)  # fmt: skip
RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in _ROWS})
"""By code."""


def firing(found: Through) -> tuple[Rule, ...]:
    """What speaks for a mule at an account through which money went so."""
    steady = found.came >= IN_MAX and found.known_ms > STEADY_MS
    return () if steady else tuple(rule for rule in _ROWS if rule.when(found))
