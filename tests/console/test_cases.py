"""Cases at the console: what was done for a person at a glance, and nobody's number on the screen."""

import asyncio
import re
from typing import Any, get_args
from zoneinfo import ZoneInfo

import orjson
import pytest

from interdict.centre.cases import LEGEND, SIGNS, _picture
from schemas.cases import MOMENTS_MAX, CaseRecord, MomentKind
from schemas.codec import encode
from schemas.topics import CASES
from streams.kafka.children import free_port
from streams.kafka.producer import new_producer
from streams.kafka.topics import ensure_topics
from streams.settings import Settings
from tests.console.program import interdict
from tests.console.screen import EVENING, MINUTE_MS, NUMBERS, lines_of, said_of
from tests.schemas.records import CASE, COMMAND, NOON, PERSON

ACCOUNT = "6222020200112233445"
OTHER = "+8613900000007"
EARLIER = "11111111-1111-5000-8000-000000000000"
THEIRS = "22222222-2222-5000-8000-000000000000"


def moment(minute: float, what: str, text: str, **more: Any) -> dict[str, Any]:
    return {"at": EVENING + int(minute * MINUTE_MS), "what": what, "text": text, **more}


def case(**fields: Any) -> CaseRecord:
    """A person is called late in the evening, and persuaded after midnight."""
    return CaseRecord.model_validate(
        {
            "case_id": CASE, "subscriber": PERSON, "area": "district-02", "state": "watching", "level": "red",
            "typology": "fake_police", "score": 0.97, "opened_at": EVENING, "updated_at": EVENING + 9 * MINUTE_MS,
            "contacted_at": EVENING + 252_000, "policy_version": "2026-11-01/2026-11-01",
            "taken": [
                {"command_id": COMMAND, "action": "freeze", "target": ACCOUNT, "until": EVENING + 60 * MINUTE_MS,
                 "status": "ordered"},
                {"command_id": COMMAND, "action": "suspend", "target": PERSON, "until": EVENING + 60 * MINUTE_MS,
                 "status": "held"},
                {"command_id": COMMAND, "action": "stop_payment", "target": "6222999900001111", "status": "not_taken",
                 "until": EVENING + 60 * MINUTE_MS},
            ],
            "timeline": [
                moment(0, "evidence", "red, fake_police, score 0.97: paid a stranger", event_id="t-1"),
                moment(0, "command", "call by an officer", command_id=COMMAND),
                moment(4.2, "outcome", "reached", command_id=COMMAND, actor="officer 07", note="很害怕，对方自称警察"),
            ],
            **fields,
        }
    )  # fmt: skip


def seen(record: CaseRecord, width: int = 100) -> list[str]:
    """The lines of the picture, on a clock that hangs in China."""
    return lines_of(_picture(record, ZoneInfo("Asia/Shanghai")), width)


def test_the_head_says_how_things_stand() -> None:
    lines = seen(case())
    assert said_of("state", lines) == "watching"
    assert said_of("level", lines) == "red  fake_police 冒充公检法  score 0.97"
    assert said_of("opened", lines) == "2026-01-01 23:58:00"
    assert said_of("contact", lines) == "4 min 12 s after it was opened"


def test_what_is_held_is_told_with_its_end_and_its_last_digits() -> None:
    lines = seen(case())
    start = next(place for place, line in enumerate(lines) if line.startswith("held"))
    assert lines[start].endswith("freeze the account ···3445 until 2026-01-02 00:58:00  (ordered, not yet confirmed)")
    assert lines[start + 1].strip() == "suspend the phone ···8000 until 2026-01-02 00:58:00"
    assert "1111" not in "\n".join(lines), "what was not taken is not held"
    assert not NUMBERS.search("\n".join(lines))


def test_a_moment_is_a_line_with_its_sign_and_what_it_is_about() -> None:
    lines = seen(case())
    assert [re.sub(" +", " ", line) for line in lines if re.match(r"\d\d:\d\d", line)] == [
        "23:58:00 ! red, fake_police, score 0.97: paid a stranger",
        "23:58:00 ► call by an officer",
        "00:02:12 ◄ call by an officer: reached officer 07 很害怕，对方自称警察",
    ]


def test_the_date_stands_where_the_day_changes() -> None:
    lines = [line for line in seen(case()) if re.match(r"\d", line)]
    assert [line[:10].strip() for line in lines] == ["2026-01-01", "23:58:00", "23:58:00", "2026-01-02", "00:02:12"]


def test_a_closed_case_says_how_it_ended_and_that_nothing_is_held() -> None:
    lines = seen(
        case(state="closed", closed_as="false_alarm", closed_at=EVENING + 600_000, taken=[], contacted_at=None)
    )
    assert said_of("state", lines) == "closed: false alarm"
    assert said_of("closed", lines) == "2026-01-02 00:08:00, after 10 min"
    assert said_of("held", lines) == "nothing"
    assert said_of("contact", lines) == "nobody has spoken to the person"


def test_lines_that_were_left_out_are_told_where_they_are_missing() -> None:
    many = [moment(n, "timer", f"deadline {n}") for n in range(MOMENTS_MAX)]
    lines = seen(case(timeline=many, moments_left_out=7))
    place = next(place for place, line in enumerate(lines) if "7 lines are left out" in line)
    assert "deadline 15" in lines[place - 1]
    assert "deadline 16" in lines[place + 1]


def test_every_kind_of_moment_has_a_sign_that_the_legend_explains() -> None:
    assert set(SIGNS) == set(get_args(MomentKind))
    assert all(sign in LEGEND for sign, _ in SIGNS.values())
    assert len({sign for sign, _ in SIGNS.values()}) == len(SIGNS)


# -- the commands --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["show", "list"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert f"interdict case {command}" in interdict("case", command, "--help").stdout.partition("Example:")[2]


@pytest.mark.parametrize("words", [("show",), ("show", "13800138000"), ("show", "nobody"), ("list", "--most", "0")])
def test_wrong_usage_ends_with_two(words: tuple[str, ...]) -> None:
    assert interdict("case", *words, code=2).stderr


def test_without_a_broker_one_line_says_so() -> None:
    place = f"127.0.0.1:{free_port()}"
    (line,) = interdict("case", "list", "--bootstrap", place, code=1).stderr.splitlines()
    assert f"no broker answers at {place}" in line


@pytest.fixture
async def place(lone_broker: str) -> str:
    """A broker with two cases of one person, told in several records, one of another, and a record that is no case."""
    settings = Settings(bootstrap=lone_broker)
    await ensure_topics(settings)
    calm = {"taken": [], "timeline": []}
    told = [
        case(case_id=EARLIER, opened_at=NOON, state="closed", closed_as="quiet", closed_at=NOON + MINUTE_MS, **calm),
        case(state="texting", level="yellow", **calm),
        case(case_id=THEIRS, subscriber=OTHER, level="orange", state="calling", typology="fake_loan", **calm),
        case(),
    ]
    producer = new_producer(settings)
    await producer.start()
    try:
        for record in told:
            await producer.send_and_wait(CASES.name, encode(record), record.case_id.encode())
        await producer.send_and_wait(CASES.name, b'{"case_id": 1}', b"no case")
    finally:
        await producer.stop()
    return lone_broker


async def run(place: str, *words: str, code: int = 0) -> Any:
    return await asyncio.to_thread(interdict, "case", *words, "--bootstrap", place, code=code)


@pytest.mark.broker
async def test_the_latest_record_of_the_latest_case_is_shown(place: str) -> None:
    told = await run(place, "show", PERSON)
    assert said_of("state", told.stdout.splitlines()) == "watching"
    assert not NUMBERS.search(told.stdout + told.stderr)
    assert "1 earlier; --all shows them" in told.stderr
    both = (await run(place, "show", PERSON, "--all")).stdout
    assert re.findall(r"(?m)^state +(.*?) *$", both) == ["closed: quiet", "watching"]


@pytest.mark.broker
async def test_as_json_the_records_come_as_they_are(place: str) -> None:
    lines = (await run(place, "show", PERSON, "--json", "--all")).stdout.splitlines()
    assert [orjson.loads(line)["case_id"] for line in lines] == [EARLIER, CASE]
    assert lines[-1].encode() == encode(case())


@pytest.mark.broker
async def test_a_person_without_a_case_is_told_and_ends_with_one(place: str) -> None:
    assert "there is no case of this person" in (await run(place, "show", "+8613900000099", code=1)).stderr


@pytest.mark.broker
async def test_the_list_has_the_most_urgent_first_and_no_number(place: str) -> None:
    told = await run(place, "list")
    _, *rows = [line.split() for line in told.stdout.splitlines() if line.strip()]
    assert [row[:2] for row in rows] == [[CASE[:8], "red"], [THEIRS[:8], "orange"], [EARLIER[:8], "red"]]
    assert told.stdout.splitlines()[1].rstrip().endswith("district-02  account, phone")
    assert "records of cases that cannot be read: 1" in told.stderr
    assert not NUMBERS.search(told.stdout + told.stderr)
    still_open = (await run(place, "list", "--open", "--most", "1")).stdout.splitlines()
    assert [line[:8] for line in still_open[1:]] == [CASE[:8]]
