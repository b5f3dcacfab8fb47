"""`interdict policy`: what a centre may set, shown, compared, tried on recordings, and brought to every worker.

    FILE ─► valid? ─► compared with what holds ─► reference.policies ─► every worker, within a second or so

What holds is what a worker takes up: the last good record of a name, also where a bad one has displaced it since, or
the policy that comes with the package where there was none. No phone or account number is printed, and of a file that
is refused only which field broke which rule.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple, NoReturn

from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from agents.desk.limits import Limits
from interdict.topology import POLICY_MODELS, SHADOWED, AnyPolicy, policy_record
from schemas.codec import RECORD_BYTES_MAX, Rejected, decoder, encode
from schemas.topics import POLICIES, Topic
from streams.core.errors import ExpectedError
from streams.core.policies import SHADOW_SUFFIX, parse
from streams.core.reader import Reader
from streams.kafka.clients import BrokerAbsentError
from streams.kafka.producer import open_producer
from streams.kafka.recovery import read_topic
from streams.observe.logs import NUMBER
from streams.runtime.accepted import Accepted, read_accepted
from streams.runtime.broadcast import key_of, teach
from streams.settings import Settings

FILE_BYTES_MAX = 4 * RECORD_BYTES_MAX
"""A file may be laid out for people; what becomes of it must fit into a record."""
PROBLEMS_MAX = 20
CHANGES_SHOWN_MAX = 30
LINE_CHARS = 120
VALUE_CHARS_MAX = 200
DELETED = "the record was deleted"

NAMES = (*POLICY_MODELS, *(name + SHADOW_SUFFIX for name in POLICY_MODELS if name in SHADOWED))
"""Every name that a policy's record may have."""

out = Console(highlight=False)


class PolicyError(ExpectedError):
    """A file that is no policy, or one that must not be pushed; says why, a line a problem, and never a value."""


def say(line: str) -> None:
    """A line on standard output, as it is."""
    out.print(line, soft_wrap=True, markup=False)


# -- what holds ----------------------------------------------------------------------------------------------


class Held(NamedTuple):
    """A policy that holds."""

    name: str
    policy: AnyPolicy
    source: Literal["packaged", "broker"]
    refused: str = ""
    """Why a newer record of this name is not taken up; empty where there is none."""

    @property
    def in_force(self) -> AnyPolicy:
        """What workers decide by: the policy, or what stands in for it while there is doubt."""
        return self.policy.in_doubt() if self.refused and isinstance(self.policy, Limits) else self.policy

    @property
    def is_shadow(self) -> bool:
        """Whether it decides and records, and commands nothing."""
        return self.name.endswith(SHADOW_SUFFIX)


Holding = dict[str, Held]
"""What holds, by name."""


def packaged() -> Holding:
    """The policies that come with the package. No shadow is among them."""
    return {name: Held(name, model.load(), "packaged") for name, model in POLICY_MODELS.items()}


async def held_by(settings: Settings) -> Holding:
    """What the workers of this broker take up.

    Raises:
        BrokerAbsentError: no broker answers, or one without the topic.
    """
    records = [record async for run in read_topic(settings, POLICIES) for record in run]
    told = _Told()
    accepted, read = Accepted(told.on_broadcast), Reader([POLICIES])
    accepted.begin(await read_accepted(settings))
    for record in records:
        with suppress(Rejected):
            name = key_of(record)
            accepted.hear(POLICIES, name, record.value, is_good=True)
            teach(told.on_broadcast, POLICIES, name, read(record))
    accepted.settle()
    return told.held


async def held_or_packaged(settings: Settings, console: Console) -> Holding:
    """What holds, or what comes with the package where there is no broker to ask; says so."""
    try:
        return await held_by(settings)
    except BrokerAbsentError as problem:
        console.print(f"[dim]{escape(str(problem))}: the packaged policies stand for what holds[/dim]", soft_wrap=True)
        return packaged()


class _Told:
    """Takes up records as a worker does: the last good one stays."""

    def __init__(self) -> None:
        self.held = packaged()

    def on_broadcast(self, _: Topic, name: str, record: Any) -> None:
        """See `streams.core.duty.Duty.on_broadcast`."""
        if record is None:
            self._forget(name)
            return
        try:
            self.held[name] = Held(name, parse(POLICY_MODELS[plain(name)], record.body), "broker")
        except Rejected as problem:
            self._doubt(name, _hidden(problem.detail))
            raise

    def _forget(self, name: str) -> None:
        if name.endswith(SHADOW_SUFFIX):
            self.held.pop(name, None)
        else:
            self._doubt(name, DELETED)

    def _doubt(self, name: str, why: str) -> None:
        if name in self.held:
            self.held[name] = self.held[name]._replace(refused=why)


def plain(name: str) -> str:
    """A policy's name without the suffix of a shadow.

    >>> plain("victims.shadow")
    'victims'
    """
    return name.removesuffix(SHADOW_SUFFIX)


# -- a file --------------------------------------------------------------------------------------------------


class Given(NamedTuple):
    """A policy from a file."""

    name: str
    policy: AnyPolicy


def read_policy(path: Path, name: str | None, console: Console) -> Given:
    """The policy of a file.

    Args:
        path: the file.
        name: which policy it is; None to find out from its content, and say so.
        console: where that is said.

    Raises:
        PolicyError: it is none. Says every field that breaks a rule, a line each.
    """
    where = str(path)
    with path.open("rb") as file:
        body = _body(file.read(FILE_BYTES_MAX + 1), where)
    chosen = name or _guess(body, where)
    found = _problems(POLICY_MODELS[plain(chosen)], body)
    if isinstance(found, list):
        raise PolicyError("\n  ".join([f"{where} is no `{plain(chosen)}` policy:", *found]))
    if name is None:
        console.print(f"[dim]{escape(where)} is a `{chosen}` policy[/dim]", soft_wrap=True)
    return Given(chosen, found)


def _body(raw: bytes, where: str) -> dict[str, Any]:
    """The JSON object in a file."""
    if len(raw) > FILE_BYTES_MAX:
        raise PolicyError(f"{where}: more than {FILE_BYTES_MAX:,} bytes are no policy")
    try:
        body = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise PolicyError(f"{where}: not text in UTF-8") from None
    except json.JSONDecodeError as problem:
        raise PolicyError(f"{where}: no JSON at line {problem.lineno}, column {problem.colno}: {problem.msg}") from None
    except (ValueError, RecursionError) as problem:
        raise PolicyError(f"{where}: {problem}") from None
    if not isinstance(body, dict):
        raise PolicyError(f"{where}: a policy is a JSON object")
    return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if twice := [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]:
        raise ValueError(f"a field is named twice: {_hidden(', '.join(twice))}")
    return dict(pairs)


def _no_number(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _guess(body: dict[str, Any], where: str) -> str:
    """The one policy that it is; where it is none, the one whose fields it has most of."""
    fits = [name for name, model in POLICY_MODELS.items() if not isinstance(_problems(model, body), list)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise PolicyError(f"{where} could be {' or '.join(fits)}: say which with --name")
    shared = {name: len(body.keys() & model.model_fields.keys()) for name, model in POLICY_MODELS.items()}
    closest = max(shared, key=lambda name: shared[name])
    if shared[closest] < 2:  # one is `policy_version`, which all have
        raise PolicyError(f"{where} is none of {', '.join(POLICY_MODELS)}: it has hardly a field of theirs")
    return closest


def _problems(model: type[AnyPolicy], body: Any) -> AnyPolicy | list[str]:
    """The policy; or what is wrong with it, a line for each field that breaks a rule."""
    try:
        return model.model_validate(body)
    except ValidationError as problem:
        errors = problem.errors(include_url=False, include_input=False, include_context=False)
    told = [f"{_hidden(path or 'the policy')}: {_hidden(rule)}" for path, rule in _innermost(map(_in_words, errors))]
    return [*told[:PROBLEMS_MAX], *([f"and {len(told) - PROBLEMS_MAX} more"] if len(told) > PROBLEMS_MAX else [])]


def _in_words(error: Any) -> tuple[str, str]:
    """Which field broke which rule. Steps of the path that only name a type say nothing to whoever wrote the file."""
    steps = [str(step) for step in error["loc"] if not (isinstance(step, str) and "[" in step and step != "[key]")]
    return ".".join(steps).replace(".[key]", " as a name"), error["msg"].removeprefix("Value error, ")


def _innermost(problems: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without those of a whole that only follow from a problem of its parts."""
    found = list(dict.fromkeys(problems))
    wholes = {path[:end] for path, _ in found for end, sign in enumerate(path) if sign == "."}
    return [(path, rule) for path, rule in found if path not in wholes]


def _hidden(text: str) -> str:
    """The text without whatever could be a phone or an account number.

    >>> _hidden("teams.+8613800138000.units")
    'teams.···.units'
    """
    return NUMBER.sub("···", text)


# -- two policies --------------------------------------------------------------------------------------------

ABSENT: Any = object()
VERSION = "policy_version"


class Change(NamedTuple):
    """One field that differs."""

    path: str
    old: Any
    """`ABSENT` where there was none, as in `new`."""
    new: Any


def changes(old: BaseModel, new: BaseModel) -> list[Change]:
    """Every field in which two policies differ. What has a name in a list goes by it, wherever it stands."""
    return list(_changes(old.model_dump(mode="json"), new.model_dump(mode="json"), ""))


def _changes(old: Any, new: Any, path: str) -> Iterator[Change]:
    before, after = dict(_inner(old)), dict(_inner(new))
    if not (before and after):
        yield from [Change(path, old, new)] if old != new else []
        return
    for step in dict.fromkeys((*before, *after)):
        further = f"{path}.{step}" if path else str(step)
        yield from _changes(before.get(step, ABSENT), after.get(step, ABSENT), further)


def _inner(value: Any) -> Iterable[tuple[Any, Any]]:
    """What a value consists of, by name or place; nothing for a plain value and a list of plain values."""
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return ((item.get("name", place), item) for place, item in enumerate(value))
    return ()


def _changes_table(found: list[Change], before: Held) -> Table:
    table = Table()
    for title in ("field", f"{before.name} ({before.source})", "file"):
        table.add_column(title, overflow="fold")
    for path, old, new in found[:CHANGES_SHOWN_MAX]:
        table.add_row(Text(_hidden(path)), _value(path, old, "red"), _value(path, new, "green"))
    if len(found) > CHANGES_SHOWN_MAX:
        table.caption = f"and {len(found) - CHANGES_SHOWN_MAX} fields more"
    return table


def _value(path: str, value: Any, style: str) -> Text:
    if value is ABSENT:
        return Text("none", "dim")
    said = json.dumps(value, ensure_ascii=False)
    if path != VERSION and not isinstance(value, int | float):  # neither a date nor a bound of ten digits is a phone
        said = _hidden(said)
    return Text(said if len(said) <= VALUE_CHARS_MAX else said[:VALUE_CHARS_MAX] + " ...", style)


# -- show, diff, push, drop ----------------------------------------------------------------------------------


async def show(settings: Settings, name: str | None, console: Console, *, only_packaged: bool) -> int:
    """`interdict policy show`: the policy that holds as JSON, or without a name a table of all; exit code."""
    held = packaged() if only_packaged else await held_or_packaged(settings, console)
    if name is None:
        out.print(_overview(held))
        return 0
    if name not in held:
        raise PolicyError(f"no `{name}` policy holds: a shadow is there only once it was pushed")
    one = held[name]
    sys.stdout.buffer.write(laid_out(one.in_force.model_dump(mode="json")).encode() + b"\n")
    if one.refused:
        console.print(f"[yellow]a newer record is refused:[/yellow] {escape(one.refused)}", soft_wrap=True)
    if one.in_force is not one.policy:
        console.print("[red]nothing is taken without an officer's yes[/red]: push good limits", soft_wrap=True)
    return 0


def laid_out(value: Any, indent: str = "", before: int = 0) -> str:
    """A value as JSON for people who edit it: what fits on a line stands on one.

    Args:
        value: plain data.
        indent: what the lines after the first begin with.
        before: characters that stand on the first line already.

    >>> print(laid_out({"a": 1, "b": [1, 2]}))
    {
      "a": 1,
      "b": [1, 2]
    }
    """
    flat = json.dumps(value, ensure_ascii=False)
    if not value or not isinstance(value, dict | list) or (indent and len(indent) + before + len(flat) < LINE_CHARS):
        return flat
    deeper = indent + "  "
    if isinstance(value, dict):
        names = {name: json.dumps(name, ensure_ascii=False) + ": " for name in value}
        parts = [names[name] + laid_out(part, deeper, len(names[name])) for name, part in value.items()]
    else:
        parts = [laid_out(part, deeper) for part in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(parts) + f"\n{indent}{closing}"


def _overview(held: Holding) -> Table:
    table = Table("name", "version", "source", "shadow", "a newer record is refused")
    for name in NAMES:
        if (one := held.get(name)) is not None:
            version, refused = Text(one.policy.policy_version), Text(one.refused, "yellow")
            table.add_row(name, version, one.source, "yes" if one.is_shadow else "", refused)
    return table


async def diff(settings: Settings, path: Path, name: str | None, console: Console) -> int:
    """`interdict policy diff`: field by field against what holds; exit code 1 where anything differs."""
    given = read_policy(path, name, console)
    before = _stands_against(given.name, await held_or_packaged(settings, console))
    found = changes(before.policy, given.policy)
    if not found:
        say(f"no field differs from what holds ({before.source})")
        return 0
    out.print(_changes_table(found, before))
    return 1


def _stands_against(name: str, held: Holding) -> Held:
    """What a policy is compared with: what it would replace, or for a first shadow the live policy."""
    return held.get(name) or held[plain(name)]


async def push(
    settings: Settings, path: Path, name: str | None, console: Console, *, shadow: bool, dry_run: bool
) -> int:
    """`interdict policy push`: validate, compare with what holds, produce; exit code."""
    given = read_policy(path, name, console)
    if shadow:
        given = given._replace(name=plain(given.name) + SHADOW_SUFFIX)
    value = _record_value(given)
    held = await (held_or_packaged(settings, console) if dry_run else held_by(settings))
    _refuse_a_version_given_twice(given, held)
    before, version = _stands_against(given.name, held), given.policy.policy_version
    if found := changes(before.policy, given.policy):
        out.print(_changes_table(found, before))
    elif before.name == given.name and before.source == "broker" and not before.refused:
        say(f"`{given.name}` {version} holds already; nothing is pushed")
        return 0
    if dry_run:
        say(f"`{given.name}` {version} can be pushed; nothing is, for this is a dry run")
        return 0
    await _produce(settings, given.name, value)
    say(f"`{given.name}` {version} is pushed; before it held {before.policy.policy_version} ({before.source})")
    return 0


def _record_value(given: Given) -> bytes:
    """The record's value, looked at as every worker will look at it."""
    if given.name not in NAMES:
        raise PolicyError(f"`{plain(given.name)}` cannot run in the shadow; {' and '.join(sorted(SHADOWED))} can")
    value = encode(policy_record(given.name, given.policy))
    try:
        decoder(POLICIES)(value)
    except Rejected as problem:
        raise PolicyError(f"workers would refuse the record: {_hidden(problem.detail)}") from None
    return value


def _refuse_a_version_given_twice(given: Given, held: Holding) -> None:
    """A decision names the versions that made it: one version is one content."""
    version = given.policy.policy_version
    for other in (*held.values(), *packaged().values()):
        is_alike = plain(other.name) == plain(given.name) and other.policy.policy_version == version
        if is_alike and changes(other.policy, given.policy):
            raise PolicyError(
                f"version {version} is taken by another content (`{other.name}`, {other.source}): decisions name "
                f"versions; give this one its own in `{VERSION}`"
            )


async def drop(settings: Settings, name: str) -> int:
    """`interdict policy drop`: the packaged policy in place of the one that holds, a tombstone for a shadow; exit code.

    A tombstone of a live policy would leave in doubt what should hold.
    """
    await held_by(settings)
    back = packaged().get(name)
    await _produce(settings, name, None if back is None else encode(policy_record(name, back.policy)))
    what = "no such shadow runs" if back is None else f"the packaged one, {back.policy.policy_version}, holds"
    say(f"`{name}` is dropped: {what}")
    return 0


async def _produce(settings: Settings, name: str, value: bytes | None) -> None:
    producer = await open_producer(settings)
    try:
        await producer.send_and_wait(POLICIES.name, value, name.encode())
    finally:
        await producer.stop()
