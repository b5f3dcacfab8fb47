"""How good a text scorer is: the measures of the model card, the same in training and in tests."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from agents.victims.text.normal import BANKS
from agents.victims.text.scorer import FRAUD_AT, TextScorer
from agents.victims.text.train.corpus import Message


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures on labelled messages: shares from 0 to 1, and ``flagged``, rows flagged of rows seen by label.

    ``macro_f1_less_brushing`` leaves out the recruitment for brushing that ``fbs`` labels advertising and the
    police count as fraud.
    """

    messages: int
    frauds: int
    macro_f1: float
    auc: float
    recall: float
    recall_at_1_in_100: float
    recall_at_1_in_1000: float
    precision: float
    macro_f1_less_brushing: float
    fbs_macro_f1: float
    fbs_auc: float
    bank_notice_fpr: float
    bank_notices: int
    ham_fpr: float
    calibration_error: float
    flagged: dict[str, tuple[int, int]]
    wordings: dict[str, dict[str, int]]

    def as_dict(self) -> dict[str, object]:
        """The measures as JSON can hold them."""
        return asdict(self)


def measure(scorer: TextScorer, messages: Sequence[Message], at: float = FRAUD_AT) -> Quality:
    """Score the raw texts and compare with their labels; from ``at`` on a message counts as fraud."""
    scores = [scorer.score(m.text) for m in messages]
    chance = [s.fraud for s in scores]
    truth = [m.fraud for m in messages]
    said = [c >= at for c in chance]
    settled = [i for i, m in enumerate(messages) if not is_brushing(m)]
    fbs = [i for i, m in enumerate(messages) if m.source == "fbs"]
    banks = [i for i, m in enumerate(messages) if is_bank_notice(m)]
    ham = [i for i, m in enumerate(messages) if m.label in ("ham", "pass")]
    hits = sum(1 for s, t in zip(said, truth, strict=True) if s and t)
    flagged: dict[str, tuple[int, int]] = {}
    wordings: dict[str, Counter[str]] = defaultdict(Counter)
    for m, s, score in zip(messages, said, scores, strict=True):
        key = f"{m.source} {m.label}"
        yes, seen = flagged.get(key, (0, 0))
        flagged[key] = (yes + s, seen + 1)
        if m.fraud:
            wordings[m.label][score.wording] += 1
    return Quality(
        messages=len(messages),
        frauds=sum(truth),
        macro_f1=macro_f1(said, truth),
        auc=auc(chance, truth),
        recall=hits / max(sum(truth), 1),
        recall_at_1_in_100=recall_at(chance, truth, 0.01),
        recall_at_1_in_1000=recall_at(chance, truth, 0.001),
        precision=hits / max(sum(said), 1),
        macro_f1_less_brushing=macro_f1([said[i] for i in settled], [truth[i] for i in settled]),
        fbs_macro_f1=macro_f1([said[i] for i in fbs], [truth[i] for i in fbs]),
        fbs_auc=auc([chance[i] for i in fbs], [truth[i] for i in fbs]),
        bank_notice_fpr=_share(said[i] for i in banks),
        bank_notices=len(banks),
        ham_fpr=_share(said[i] for i in ham),
        calibration_error=calibration_error(chance, truth),
        flagged=dict(sorted(flagged.items())),
        wordings={label: dict(names.most_common()) for label, names in sorted(wordings.items())},
    )


def is_bank_notice(message: Message) -> bool:
    """Whether a message is an honest inbox message that names a bank."""
    return message.label == "ham" and any(bank in message.text for bank in BANKS)


def is_brushing(message: Message) -> bool:
    """Whether a message labelled advertising recruits for brushing (刷单)."""
    return message.label == "AD:Other" and any(word in message.content for word in ("刷单", "刷信誉"))


def recall_at(chance: Sequence[float], truth: Sequence[bool], false_alarms: float) -> float:
    """The share of frauds that score above all but a share ``false_alarms`` of the rest.

    >>> recall_at([0.9, 0.8, 0.5, 0.1], [True, False, True, False], 0.5)
    1.0
    """
    rest = sorted((c for c, t in zip(chance, truth, strict=True) if not t), reverse=True)
    bar = rest[min(int(false_alarms * len(rest)), len(rest) - 1)]
    return _share(c > bar for c, t in zip(chance, truth, strict=True) if t)


def macro_f1(said: Sequence[bool], truth: Sequence[bool]) -> float:
    """The mean of the F1 of fraud and the F1 of the rest.

    >>> macro_f1([True, False, False], [True, False, True]) == (2 / 3 + 2 / 3) / 2
    True
    """
    return (_f1(said, truth, True) + _f1(said, truth, False)) / 2


def _f1(said: Sequence[bool], truth: Sequence[bool], which: bool) -> float:
    both = sum(1 for s, t in zip(said, truth, strict=True) if s == t == which)
    either = sum(s == which for s in said) + sum(t == which for t in truth)
    return 2 * both / either if either else 1.0


def auc(chance: Sequence[float], truth: Sequence[bool]) -> float:
    """The chance that a fraud scores above a message of the rest; ties count half (Mann and Whitney).

    >>> auc([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    0.875
    """
    groups: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for c, t in zip(chance, truth, strict=True):
        groups[c][t] += 1
    below, area = 0, 0.0
    for c in sorted(groups):
        rest, frauds = groups[c]
        area += frauds * (below + rest / 2)
        below += rest
    frauds = sum(truth)
    return area / max(frauds * below, 1)


def calibration_error(chance: Sequence[float], truth: Sequence[bool], bins: int = 10) -> float:
    """The expected calibration error over ``bins`` equal bins, 0 (calibrated) to 1."""
    sums = [[0, 0.0, 0] for _ in range(bins)]
    for c, t in zip(chance, truth, strict=True):
        bin_ = sums[min(int(c * bins), bins - 1)]
        bin_[0] += 1
        bin_[1] += c
        bin_[2] += t
    return sum(abs(total - frauds) for _, total, frauds in sums) / max(len(chance), 1)


def _share(said: Iterable[bool]) -> float:
    flags = list(said)
    return sum(flags) / max(len(flags), 1)
