"""The kinds of value that travel, each with its bounds.

A kind is an annotated type, checked in Rust by pydantic-core, and a sentence that tells people its unit and
bounds: `Millis` and `MILLIS`. Both are made from the same constants, so that they cannot drift apart.

Strings hold no null byte anywhere: databases and C libraries down the line cut a string at the first one.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from schemas.spelling import account, number

RECORD_BYTES_MAX = 64 * 1024
"""The most that is read of a record; more than the largest one that bounded fields can hold."""
MESSAGE_RECORD_BYTES_MAX = 320 * 1024
"""The same for a record with a text message: the longest one, written in escapes of six bytes a character."""
SCHEMA_VERSION_MAX = 1_000
TIME_MS_MIN = 1_420_070_400_000
"""2015-01-01T00:00:00Z. What is older was sent in seconds, or by a clock that was never set."""
TIME_MS_MAX = 4_102_444_799_999
"""2099-12-31T23:59:59.999Z. What is later was sent in microseconds, or means `never`."""
DURATION_S_MAX = 24 * 3600
"""No call lasts longer. What does was told in another unit: three minutes in milliseconds would be fifty hours."""
MONEY_MINOR_MAX = 100_000_000_000_00
"""CNY 100 billion: above any single transfer, and exact in every JSON reader (below 2**53)."""
EVENT_ID_CHARS_MAX = 128
ACCOUNT_CHARS_MAX = 64
PEER_CHARS_MAX = 64
HANDLE_CHARS_MAX = 128
NAME_CHARS_MAX = 128
LABEL_CHARS_MAX = 64
TEXT_CHARS_MAX = 2_000
MESSAGE_CHARS_MAX = 50_000
"""More than the 255 parts of the longest concatenated SMS can hold (39,015 characters, 3GPP TS 23.040)."""
NOTE_CHARS_MAX = 500
REASON_CHARS_MAX = 240
WATCHED_CHARS_MAX = 253
"""The longest domain name (RFC 1035); accounts and phone numbers are shorter."""
LIST_ITEMS_MAX = 64
"""Most accounts, handles, trusted peers, trusted payees or transactions one record may name."""
REASONS_MAX = 16
REASON_EVENTS_MAX = 8
WEIGHT_MAX = 20.0
"""Log-odds of 20 are a probability of 0.999999998: more would only hide an error in a rule."""
ATTEMPTS_MAX = 100
HOPS_MAX = 64
JSON_NUMBER_MAX = 2**53 - 1
"""Whole numbers up to here are exact in every JSON reader."""

NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f]+$"
NO_NULLS = r"^[^\x00]*$"
PRINTABLE = r"^[ -~]+$"
UNSPACED = r"^[!-~]+$"
E164 = r"^\+[1-9][0-9]{6,14}$"
ISO_4217 = r"^[A-Z]{3}$"
SLUG = r"^[a-z0-9][a-z0-9_.-]*$"
UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

SchemaVersion = Annotated[int, Field(ge=1, le=SCHEMA_VERSION_MAX)]
SCHEMA_VERSION = (
    f"Version of the record's schema, 1 to {SCHEMA_VERSION_MAX:,}. Fields a reader does not know are ignored."
)

Millis = Annotated[int, Field(ge=TIME_MS_MIN, le=TIME_MS_MAX)]
MILLIS = "Unix milliseconds, UTC, from 2015-01-01 to before 2100-01-01."

DurationS = Annotated[int, Field(ge=0, le=DURATION_S_MAX)]
DURATION_S = f"Seconds, 0 to {DURATION_S_MAX:,} (24 hours)."

MoneyMinor = Annotated[int, Field(ge=0, le=MONEY_MINOR_MAX)]
MONEY_MINOR = f"In the currency's minor unit (fen for CNY), 0 to {MONEY_MINOR_MAX:,}."

BalanceMinor = Annotated[int, Field(ge=-MONEY_MINOR_MAX, le=MONEY_MINOR_MAX)]
BALANCE_MINOR = f"In the currency's minor unit, -{MONEY_MINOR_MAX:,} to {MONEY_MINOR_MAX:,}; negative when overdrawn."

Currency = Annotated[str, Field(pattern=ISO_4217)]
CURRENCY = "ISO 4217, three capital letters."

Phone = Annotated[str, Field(pattern=E164)]
PHONE = "E.164: + and 7 to 15 digits."

PeerId = Annotated[str, Field(min_length=1, max_length=PEER_CHARS_MAX, pattern=NO_CONTROLS), AfterValidator(number)]
PEER_ID = (
    f"Any string a network can show (95588, ICBC): 1 to {PEER_CHARS_MAX} characters, no controls. A whole number may "
    "be spelt in any way (E.164, 0086, national, sip:, with spaces): it is one and the same. `unknown`, `anonymous` "
    "and the like stand for nobody: two of them are not the same."
)

EventId = Annotated[str, Field(min_length=1, max_length=EVENT_ID_CHARS_MAX, pattern=PRINTABLE)]
EVENT_ID = f"1 to {EVENT_ID_CHARS_MAX} printable ASCII characters."

Uuid = Annotated[str, Field(pattern=UUID)]
UUID_TEXT = "A UUID, 36 characters in lower case."

AccountId = Annotated[str, Field(min_length=1, max_length=ACCOUNT_CHARS_MAX, pattern=UNSPACED), AfterValidator(account)]
ACCOUNT_ID = (
    f"1 to {ACCOUNT_CHARS_MAX} printable ASCII characters without spaces; hyphens between digits, and the case of an "
    "IBAN, do not count."
)

Handle = Annotated[str, Field(min_length=1, max_length=HANDLE_CHARS_MAX, pattern=NO_CONTROLS)]
HANDLE = f"1 to {HANDLE_CHARS_MAX} characters, no controls."

Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX, pattern=NO_CONTROLS)]
NAME = f"1 to {NAME_CHARS_MAX} characters, no controls."

Label = Annotated[str, Field(min_length=1, max_length=LABEL_CHARS_MAX, pattern=NO_CONTROLS)]
LABEL = f"1 to {LABEL_CHARS_MAX} characters, no controls."

Slug = Annotated[str, Field(max_length=LABEL_CHARS_MAX, pattern=SLUG)]
SLUG_TEXT = f"1 to {LABEL_CHARS_MAX} of a-z, 0-9, `_`, `.`, `-`."

PolicyVersion = Annotated[str, Field(min_length=1, max_length=15, pattern=r"^[!-.0-~]+$")]
POLICY_VERSION = "1 to 15 printable ASCII characters but no `/`: a decision names the versions of all its policies."

Text = Annotated[str, Field(max_length=TEXT_CHARS_MAX, pattern=NO_NULLS)]
TEXT = f"0 to {TEXT_CHARS_MAX:,} characters, no null byte."

Message = Annotated[str, Field(max_length=MESSAGE_CHARS_MAX, pattern=NO_NULLS)]
MESSAGE = f"0 to {MESSAGE_CHARS_MAX:,} characters, no null byte."

Note = Annotated[str, Field(max_length=NOTE_CHARS_MAX, pattern=NO_NULLS)]
NOTE = f"0 to {NOTE_CHARS_MAX} characters, no null byte."

ReasonText = Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX, pattern=NO_CONTROLS)]
REASON_TEXT = f"1 to {REASON_CHARS_MAX} characters, no controls."

Watched = Annotated[str, Field(min_length=1, max_length=WATCHED_CHARS_MAX, pattern=NO_CONTROLS)]
WATCHED = f"1 to {WATCHED_CHARS_MAX} characters, no controls."

Score = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
SCORE = "0 to 1; higher is likelier to be a fraud in progress."

Weight = Annotated[float, Field(ge=-WEIGHT_MAX, le=WEIGHT_MAX, allow_inf_nan=False)]
WEIGHT = f"Log-odds (natural logarithm), {-WEIGHT_MAX:g} to {WEIGHT_MAX:g}; positive speaks for fraud."

Level = Literal["red", "orange", "yellow", "blue"]
LEVELS: tuple[Level, ...] = ("red", "orange", "yellow", "blue")
"""Highest first."""
LEVEL = "Falling in urgency: red, orange, yellow, blue."


def above(level: Level | None, other: Level | None) -> bool:
    """Whether a level is more urgent than another; none is the least.

    >>> above("red", "orange"), above("red", "red"), above(None, "yellow"), above("yellow", None)
    (True, False, False, True)
    """
    return level is not None and (other is None or LEVELS.index(level) < LEVELS.index(other))


def check_levels(scores: Mapping[Level, float], wanted: Sequence[Level]) -> None:
    """Whether a policy says from which score each level holds, a higher one from no lower score.

    Args:
        scores: by level.
        wanted: the levels that there are, highest first.

    Raises:
        ValueError: it does not; in words for whoever wrote the policy.
    """
    if set(scores) != set(wanted):
        raise ValueError(f"levels must be {', '.join(wanted)}")
    falling = [scores[level] for level in wanted]
    if falling != sorted(falling, reverse=True):
        raise ValueError("a higher level must not need a lower score")


Typology = Literal[
    "brushing",
    "fake_investment",
    "fake_loan",
    "fake_service",
    "fake_police",
    "fake_boss",
    "fake_shopping",
    "sextortion",
    "gaming",
    "other",
]
TYPOLOGY = (
    "The police's own classes: brushing 刷单返利, fake_investment 虚假投资/杀猪盘, fake_loan 虚假贷款, "
    "fake_service 冒充客服, fake_police 冒充公检法, fake_boss 冒充领导/老板, fake_shopping 虚假购物, "
    "sextortion 裸聊敲诈, gaming 游戏交易, other."
)


def _none_is_empty(value: Any) -> Any:
    return () if value is None else value


_NONE_IS_EMPTY = BeforeValidator(_none_is_empty)
_FEW = Field(strict=False, max_length=LIST_ITEMS_MAX)
"""Lists become tuples: strictness is about what is in them."""

Accounts = Annotated[tuple[AccountId, ...], _FEW, _NONE_IS_EMPTY]
Handles = Annotated[tuple[Handle, ...], _FEW, _NONE_IS_EMPTY]
Peers = Annotated[tuple[PeerId, ...], _FEW, _NONE_IS_EMPTY]
EventIds = Annotated[tuple[EventId, ...], _FEW, _NONE_IS_EMPTY]
LIST = f"At most {LIST_ITEMS_MAX}; empty when none is known."

Evidence = Annotated[tuple[EventId, ...], Field(strict=False, max_length=REASON_EVENTS_MAX)]
EVIDENCE = f"At most {REASON_EVENTS_MAX}, the most telling ones."


def _plain(body: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """What other fields forbid, at any depth: null bytes, and numbers that are none or that are not read alike."""
    left: list[Any] = [body]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            left += value
        elif isinstance(value, str) and "\0" in value:
            raise PydanticCustomError("null_byte", "Strings should hold no null byte")
        elif isinstance(value, int | float) and not abs(value) <= JSON_NUMBER_MAX:
            raise PydanticCustomError("out_of_bounds", "Numbers should be within 2**53 of zero")
    return body


JsonObject = Annotated[dict[str, JsonValue], AfterValidator(_plain)]
JSON_OBJECT = (
    f"Any JSON object without null bytes, its numbers within 2**53 of zero. The record is {RECORD_BYTES_MAX:,} bytes "
    "at most."
)


class Record(BaseModel):
    """What every record has in common: frozen, strict, and silent about its content when it is refused.

    Strict means that "5" and 5.0 are not 5. Unknown fields are ignored.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", strict=True, hide_input_in_errors=True, allow_inf_nan=False, cache_strings="keys"
    )
    """Names of fields are kept from one record to the next, values are not: they are seldom the same twice, and to look
    for one costs more than to make it."""

    schema_version: SchemaVersion = Field(1, description=SCHEMA_VERSION)
