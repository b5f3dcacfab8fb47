"""Taking what can be taken: a record that is refused for something that does not matter is mended, and counted.

What a decision rests on stays as it was sent: who, when, which account, how much, which phase. It may only be spelt
otherwise (5.0 for 5, `IN` for `in`, an account with spaces, a phone with 0086: `schemas.spelling`). The rest is cut,
read as meant, or left out. Which field is treated how is the table `CARE`; only fields that are not valid as they came
are touched, so a good record never comes here, and a field means the same whatever else is wrong with its record.
"""

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b
from itertools import islice
from typing import Any, Final, Literal, NamedTuple, get_args

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from schemas import fields as f
from schemas.codec import Rejected, RejectReason, decoder
from schemas.events import Call, Outcome, Report, Sms, Transaction
from schemas.reference import Subscriber
from schemas.spelling import account, number
from schemas.topics import Topic
from schemas.withheld import WITHHELD, is_withheld

What = Literal[
    "bom",
    "null",
    "withheld",
    "controls",
    "cut",
    "number",
    "word",
    "flag",
    "spaces",
    "spelling",
    "list",
    "duration",
    "unknown_word",
    "left_out",
]
"""What was mended: fit for a metric's label."""

BOM: Final = b"\xef\xbb\xbf"
LOOKED_AT_MAX: Final = 4 * f.LIST_ITEMS_MAX
"""Items of a list that are looked at to find as many good ones as it may hold."""
DIGEST_CHARS: Final = 16
"""Hexadecimal digits that keep two long values apart where their beginnings are one: 64 bits."""


class Mended(NamedTuple):
    """A record that could be taken after all."""

    model: BaseModel
    what: tuple[What, ...]
    """Each of what was done once, in the order of `What`."""


class Care(NamedTuple):
    """How a field that is not valid is treated."""

    steps: tuple[tuple[What, Callable[[Any], Any]], ...] = ()
    """Tried in turn. A step returns the value as it was where it has nothing to say of it."""
    without: What | None = None
    """What it counts as to leave the field out, if the steps did not help; None where the field is essential."""


Mender = Callable[[bytes | None, Rejected], Mended | None]


# -- the steps ---------------------------------------------------------------------------------------------------


def _whole(value: Any) -> Any:
    """5.0 means 5; 5.5 does not."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= f.JSON_NUMBER_MAX:
        return int(value)
    return value


def _seconds(value: Any) -> Any:
    """Whole seconds of a duration: a part of one is nothing, and digits are a number."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    return int(value) if isinstance(value, float) and 0 <= value <= f.DURATION_S_MAX else value


def _digits(value: Any) -> Any:
    """What is shown, where an encoder took it for a number."""
    return str(value) if type(value) is int else value


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _currency(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


def _flag(value: Any) -> Any:
    return _FLAGS.get(_word(value), value) if isinstance(value, str | int | float) else value


def _account(value: Any) -> Any:
    return account(value) if isinstance(value, str) else value


def _phone(value: Any) -> Any:
    """A whole number in any spelling. What is none, and a part of one, stays what it was: nobody's phone is guessed."""
    return number(value) if isinstance(value, str) and value else value


def _without_nulls(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


def _without_controls(value: Any) -> Any:
    return _CONTROLS.sub("", value).strip() if isinstance(value, str) else value


def _nobody(value: Any) -> Any:
    """The one word for a peer that is not told."""
    return WITHHELD if value is None or (isinstance(value, str) and is_withheld(value)) else value


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _empty(value: Any) -> Any:
    return "" if value is None else value


def _cut(most: int) -> Callable[[Any], Any]:
    return lambda value: value[:most] if isinstance(value, str) else value


def _both_ends(value: Any) -> Any:
    """A text's beginning and end: what pads it stands between."""
    if not isinstance(value, str) or len(value) <= f.MESSAGE_CHARS_MAX:
        return value
    half = f.MESSAGE_CHARS_MAX // 2
    return value[:half] + value[-half:]


def _short_peer(value: Any) -> Any:
    """A long address without its parameters, which are new in each call; if it is still too long its beginning and a
    digest, so that nobody passes for another whose address begins alike."""
    if not isinstance(value, str) or len(value) <= f.PEER_CHARS_MAX:
        return value
    if (uri := _URI.search(value)) is not None:
        value = uri[0]
    if len(value) <= f.PEER_CHARS_MAX:
        return value
    digest = blake2b(value.encode(), digest_size=DIGEST_CHARS // 2).hexdigest()
    return f"{value[: f.PEER_CHARS_MAX - DIGEST_CHARS - 1]}~{digest}"


def _few(item: Any, *steps: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The good items of a list, as many as it may hold. One that stands alone is a list of one."""
    is_good = _checker(item)

    def few(value: Any) -> Any:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list):
            return value
        return list(islice(filter(is_good, (_through(steps, it) for it in items[:LOOKED_AT_MAX])), f.LIST_ITEMS_MAX))

    return few


def _through(steps: tuple[Callable[[Any], Any], ...], value: Any) -> Any:
    for step in steps:
        value = step(value)
    return value


def _checker(kind: Any) -> Callable[[Any], bool]:
    adapter = TypeAdapter(kind)

    def is_good(value: Any) -> bool:
        try:
            adapter.validate_python(value, strict=True)
        except ValidationError:
            return False
        return True

    return is_good


_DIGITS = re.compile("[0-9]{1,9}")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]+")
_URI = re.compile(r"(?:sips?|tel):[^<>;?\s]+", re.IGNORECASE)
_FLAGS: Mapping[Any, bool] = {
    0: False, "0": False, "false": False, "no": False, "n": False,
    1: True, "1": True, "true": True, "yes": True, "y": True,
}  # fmt: skip


# -- the table ---------------------------------------------------------------------------------------------------

_NUMBER = Care((("number", _whole),))
_OPTIONAL_NUMBER = Care((("number", _whole),), "left_out")
_DURATION = Care((("number", _seconds),), "duration")
_WORD = Care((("word", _word),))
_OPTIONAL_WORD = Care((("word", _word),), "unknown_word")
_OPTIONAL_FLAG = Care((("flag", _flag),), "left_out")
_PEER = Care((("number", _digits), ("controls", _without_controls), ("withheld", _nobody), ("cut", _short_peer)))
_OPTIONAL_PEER = Care((("number", _digits), ("controls", _without_controls), ("cut", _short_peer)), "left_out")
_TEXT = Care((("null", _empty), ("number", _digits), ("controls", _without_nulls), ("cut", _both_ends)))
_NOTE = Care((("controls", _without_nulls), ("cut", _cut(f.NOTE_CHARS_MAX))), "left_out")
_NAME = Care((("controls", _without_controls), ("cut", _cut(f.NAME_CHARS_MAX))), "left_out")
_LABEL = Care((("controls", _without_controls), ("cut", _cut(f.LABEL_CHARS_MAX))), "left_out")
_ACCOUNT = Care((("spaces", _account),))
_PHONE = Care((("number", _digits), ("spelling", _phone)))
_ACCOUNTS = Care((("list", _few(f.AccountId, _account)),), "left_out")
_EVENT_IDS = Care((("list", _few(f.EventId)),), "left_out")
_JOIN = Care((("number", _digits),), "left_out")
_HANDLES = Care((("list", _few(f.Handle, _without_controls)),), "left_out")
_PEERS = Care((("list", _few(f.PeerId, _without_controls, _short_peer)),), "left_out")

CARE: Mapping[type[BaseModel], Mapping[str, Care]] = {
    Call: {
        "occurred_at": _NUMBER, "subscriber": _PHONE, "peer": _PEER, "direction": _WORD, "phase": _WORD,
        "duration_s": _DURATION, "medium": _OPTIONAL_WORD, "peer_type": _OPTIONAL_WORD, "forwarded": _OPTIONAL_FLAG,
        "forwarded_to": _OPTIONAL_PEER, "schema_version": _NUMBER,
    },
    Sms: {
        "occurred_at": _NUMBER, "subscriber": _PHONE, "peer": _PEER, "direction": _WORD, "text": _TEXT,
        "schema_version": _NUMBER,
    },
    Transaction: {
        "transaction_id": _JOIN, "occurred_at": _NUMBER, "subscriber": _PHONE, "payer_account": _ACCOUNT,
        "payee_account": _ACCOUNT, "payee_name": _NAME, "amount_minor": _NUMBER,
        "currency": Care((("word", _currency),)), "balance_minor": _OPTIONAL_NUMBER, "channel": _OPTIONAL_WORD,
        "phase": _WORD, "payee_is_new": _OPTIONAL_FLAG, "schema_version": _NUMBER,
    },
    Report: {
        "occurred_at": _NUMBER, "subscriber": _PHONE, "account": _ACCOUNT, "amount_minor": _NUMBER,
        "transaction_ids": _EVENT_IDS, "payee_accounts": _ACCOUNTS, "typology": _OPTIONAL_WORD,
        "schema_version": _NUMBER,
    },
    Outcome: {
        "command_id": _WORD, "occurred_at": _NUMBER, "subscriber": _PHONE, "outcome": _WORD, "actor": _NAME,
        "note": _NOTE, "schema_version": _NUMBER,
    },
    Subscriber: {
        "subscriber": _PHONE, "age_band": _OPTIONAL_WORD, "area": _LABEL, "occupation": _OPTIONAL_WORD,
        "accounts": _ACCOUNTS, "handles": _HANDLES, "trusted_peers": _PEERS, "trusted_payees": _ACCOUNTS,
        "schema_version": _NUMBER,
    },
}  # fmt: skip
"""Field by field. What is not named here is taken as it came or not at all: identities."""

MENDABLE: frozenset[RejectReason] = frozenset(
    {"missing_field", "wrong_type", "null_byte", "malformed", "out_of_bounds", "unknown_value"}
)
"""Reasons that speak of a field. The others speak of the record as a whole, or of its time."""


# -- walking it --------------------------------------------------------------------------------------------------


def mender(topic: Topic) -> Mender:
    """A function from a value that a topic's decoder refused, and the refusal, to what can be taken of it; None where
    nothing can."""
    assert topic.model is not None, f"{topic.name} has no model yet"
    decode, care = decoder(topic), CARE.get(topic.model, {})
    patient = _Patient(topic.model, care)

    def mend(raw: bytes | None, problem: Rejected) -> Mended | None:
        done: set[What] = set()
        if raw is not None and raw.startswith(BOM):
            done.add("bom")
            raw = raw[len(BOM) :]
            try:
                return _mended(decode(raw), done)
            except Rejected as behind:
                problem = behind
        if raw is None or problem.reason not in MENDABLE:
            return None
        model = patient.mend(raw, done)
        return None if model is None else _mended(model, done)

    return mend


class _Patient:
    """One model's records, and how they are treated."""

    def __init__(self, model: type[BaseModel], care: Mapping[str, Care]) -> None:
        self._validate = model.__pydantic_validator__.validate_python
        self._care = care
        self._optional = {name for name, field in model.model_fields.items() if not field.is_required()}

    def mend(self, raw: bytes, done: set[What]) -> BaseModel | None:
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return None
        for name in [name for name in self._care if _is_crowded(body, name)]:
            self._respell(name, body, done)
        for treat in (self._respell, self._leave_out, None):
            wrong = self._wrong(body)
            if isinstance(wrong, BaseModel):
                return wrong
            if treat is not None:
                for name in wrong:
                    treat(name, body, done)
        return None

    def _wrong(self, body: Any) -> BaseModel | list[str]:
        """The model; or the fields that are not valid, the body itself being no object having none."""
        try:
            model: BaseModel = self._validate(body)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            return list(dict.fromkeys(str(one["loc"][0]) for one in found if one["loc"]))
        return model

    def _respell(self, name: str, body: dict[str, Any], done: set[What]) -> None:
        if name in self._optional and _is_blank(body[name]):  # what is optional is not missing: it is there, and wrong
            del body[name]
            done.add("null")
            return
        if name not in body and name != "peer":
            return
        value = body.get(name)
        for what, step in self._care.get(name, _UNTOUCHED).steps:
            meant = step(value)
            if meant is not value and (type(meant), meant) != (type(value), value):
                value = body[name] = meant
                done.add(what)

    def _leave_out(self, name: str, body: dict[str, Any], done: set[What]) -> None:
        care = self._care.get(name, _UNTOUCHED)
        if care.without is not None and name in self._optional:
            body.pop(name, None)
            done.add(care.without)


def _is_crowded(body: Any, name: str) -> bool:
    """Whether a field's list is longer than any may be: it is not gone through item by item to hear so."""
    items = body.get(name) if isinstance(body, dict) else None
    return isinstance(items, list) and len(items) > f.LIST_ITEMS_MAX


_UNTOUCHED = Care()
_ORDER: Mapping[What, int] = {what: place for place, what in enumerate(get_args(What))}


def _mended(model: BaseModel, done: set[What]) -> Mended:
    return Mended(model, tuple(sorted(done, key=_ORDER.__getitem__)))
