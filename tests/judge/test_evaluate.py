"""`interdict evaluate` as a person meets it: one scam of a listed mule, replayed with those who answer."""

from pathlib import Path
from random import Random

import pytest

from interdict.judge.evaluation import Against, evaluate, silenced
from interdict.judge.figures import Figures
from interdict.judge.report import as_json
from streams.settings import Settings
from tests.console.program import interdict
from tests.judge.day import NUMBERS, write, write_truth
from tests.judge.small import VICTIM


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("town"))


def judged(folder: Path, name: str = "day.truth", latency_s: float = 15) -> Figures:
    return evaluate([folder / "day.ndjson"], Against.read(folder / name, latency_s), Settings())


def test_a_payment_to_a_listed_account_is_stopped_by_executors_that_are_in_time(folder: Path) -> None:
    assert judged(folder).stopped["all"].hits == 1
    assert judged(folder, latency_s=25).stopped["any"].hits == 0


def test_what_a_witness_adds_is_lost_without_it(folder: Path) -> None:
    files, against = [folder / "day.ndjson"], Against.read(folder / "day.truth", 15)
    without = {"victims": silenced(["pay.listed", "text."])}
    assert evaluate(files, against, Settings(), policies=without).stopped["any"].hits == 0
    untold = {"victims": silenced(["call.video"])}
    assert evaluate(files, against, Settings(), policies=untold).stopped["all"].hits == 1


def test_nobody_is_wronged_by_that(folder: Path) -> None:
    found = judged(folder)
    assert not any(one.rate.person_days for one in found.wronged.values())
    assert found.delay["any_measure"].median_s is not None
    assert (found.events, found.victims, found.days) == (5, 1, 1)


def test_a_payment_nobody_was_alerted_of_is_calibrated_too(folder: Path) -> None:
    found = judged(folder).calibration_of_payments
    assert (found.counted, found.bins[-1].victims) == (1, 1)


def test_the_figures_do_not_depend_on_the_order_of_the_truths_lines(folder: Path) -> None:
    lines = (folder / "day.truth").read_text().splitlines()
    expected = as_json(judged(folder))
    for seed in range(6):
        Random(seed).shuffle(lines)
        write_truth(folder / "mixed.truth", lines)
        assert as_json(judged(folder, "mixed.truth")) == expected


def test_the_same_files_give_the_same_json_twice(folder: Path) -> None:
    words = ("evaluate", str(folder / "day.ndjson"), "--truth", str(folder / "day.truth"), "--json")
    interdict(*words, str(folder / "a.json"), "--quiet")
    interdict(*words, str(folder / "b.json"), "--quiet")
    assert (folder / "a.json").read_bytes() == (folder / "b.json").read_bytes()
    assert interdict(*words, "-").stdout == (folder / "a.json").read_text()


def test_what_is_printed_names_nobody(folder: Path) -> None:
    words = ("evaluate", str(folder / "day.ndjson"), "--truth", str(folder / "day.truth"), "--latency", "25")
    done = interdict(*words, "--json", str(folder / "late.json"))
    told = done.stdout + done.stderr + (folder / "late.json").read_text()
    assert "victims: first payment stopped" in told
    assert "measures when all was paid" in told
    assert not any(number in told for number in NUMBERS)


def test_quiet_is_quiet(folder: Path) -> None:
    done = interdict("evaluate", str(folder / "day.ndjson"), "--truth", str(folder / "day.truth"), "--quiet")
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{}\n", "bad.truth:1: not a line of a truth"),
        ('{"record":"person","subscriber":"+8613900000001"}\n', "bad.truth:1: not a line of a truth"),
        ("\n", "bad.truth: no line of `run`"),
    ],
)
def test_a_truth_that_is_none_gives_one_line_that_says_where_and_why(folder: Path, content: str, why: str) -> None:
    (folder / "bad.truth").write_text(content)
    words = ("evaluate", str(folder / "day.ndjson"), "--truth", str(folder / "bad.truth"), "--quiet")
    (line,) = interdict(*words, code=1).stderr.strip().splitlines()
    assert why in line
    assert VICTIM not in line


def test_a_file_that_is_not_there_or_no_recording_gives_one_line(folder: Path) -> None:
    (folder / "bad.ndjson").write_text("nothing\n")
    real, none = str(folder / "day.truth"), str(folder / "none.truth")
    (line,) = interdict("evaluate", str(folder / "bad.ndjson"), "--truth", real, "--quiet", code=1).stderr.splitlines()
    assert "bad.ndjson:1" in line
    (line,) = interdict("evaluate", str(folder / "day.ndjson"), "--truth", none, "--quiet", code=1).stderr.splitlines()
    assert "none.truth" in line


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--truth", "x"),
        ("-", "--truth", "x", "--json", "/no/such/folder/a.json"),
        ("/no/such/file", "--truth", "x"),
        ("-", "--truth", "x", "--without", "nothing.begins.so"),
        ("-", "--truth", "x", "--without", ""),
    ],
)
def test_wrong_usage_ends_with_two(words: tuple[str, ...]) -> None:
    assert interdict("evaluate", *words, code=2).stderr
