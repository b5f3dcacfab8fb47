"""Log lines by structlog, with nobody's phone or account number in them.

What identifies a person is kept out in three ways, each for what the one before it cannot see:

    our own lines     say a person, a case or a command by `hidden(...)` only: the formatter puts a keyed hash there
    errors            are told by class and place; their words only where they are ours (`told`): a KeyError quotes its
                      key, a UnicodeDecodeError its whole input
    every string      is masked: whatever has as many digits in a row as a phone gives way to its keyed hash

Faust's, aiokafka's and mode's own lines go through the same formatter, so that nothing reaches the log past it.
"""

import asyncio
import hashlib
import logging
import re
import secrets
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from streams.core.errors import ExpectedError
from streams.settings import Settings

NUMBER = re.compile(r"\+?\d(?:[ -]?\d){6,}")
"""Seven digits or more in a row, spaced or not, in a word or not: phones (E.164 has no shorter ones), accounts, cards.
Times and offsets of our own lines are fields, and numbers there: those stay."""

HASH_KEY = "INTERDICT_LOG_HASH_KEY"
HASH_BYTES = 8
"""Two of a city's 20 million persons share a hash once in 90,000 cities."""
HASH_KEY_BYTES_MIN = 16
"""128 bits where they are random. A shorter key could be found by trying keys on one known number."""
QUIET = ("faust", "aiokafka", "mode", "asyncio", "opentelemetry", "urllib3")
"""Libraries whose lines below WARNING serve their own debugging."""
UNMASKED = ("timestamp", "level", "logger", "trace", "key_id")
"""Fields that a processor vouches for, or the strict form of what is in them: a trace's id, a signing key's."""

OUR_WORDS = ("schemas", "streams", "agents", "interdict", "aiokafka")
"""Packages whose errors quote no input: ours by rule, aiokafka's speak of brokers and topics."""
FRAMES_MAX = 6
CAUSES_MAX = 3

Event = MutableMapping[str, Any]


def keyed_hash(value: str, key: bytes) -> str:
    """A short name that stands for a person or account: the same for the same value and key, and no way back.

    A number counts as the same however it is spaced, with + or without.

    >>> keyed_hash("+8613800138000", b"k") == keyed_hash("+86 138-0013-8000", b"k")
    True
    """
    if NUMBER.fullmatch(value):
        value = re.sub(r"[+ -]", "", value)
    return hashlib.blake2b(value.encode(), key=key[:64], digest_size=HASH_BYTES).hexdigest()


class HashKeyError(ExpectedError):
    """No key is set that hashes could be made with, or one that is easily guessed."""


def trail_of(value: str, settings: Settings) -> str:
    """What stands in the logs for a person, a case or a command.

    Raises:
        HashKeyError: workers were given no key, so their hashes hold for one process each and cannot be told.
    """
    key = hash_key(settings)
    if not key:
        raise HashKeyError(f"{HASH_KEY} is not set: only who holds the workers' key can tell their hashes")
    return "#" + keyed_hash(value, key)


def hash_key(settings: Settings) -> bytes:
    """The key that the settings name; empty for none.

    Raises:
        HashKeyError: it is so short that it could be found by trying.
    """
    key = settings.log_hash_key.get_secret_value().encode()
    if 0 < len(key) < HASH_KEY_BYTES_MIN:
        raise HashKeyError(f"{HASH_KEY}: shorter than {HASH_KEY_BYTES_MIN} bytes; `openssl rand -hex 32`")
    return key


def mask(text: str, key: bytes) -> str:
    """The text with every number that could be a phone or an account replaced by its keyed hash.

    >>> mask("payee 6222020200112233445 refused", b"k").startswith("payee #")
    True
    """
    return NUMBER.sub(lambda m: "#" + keyed_hash(m.group(), key), text)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A value of which only the keyed hash may be told; without our formatter, not even that."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "hidden"


def hidden(value: str) -> Hidden:
    """Say a person, an account, a case or a command in a log line by this, whatever the value looks like.

    >>> print(hidden("zhang_wei"))
    hidden
    """
    return Hidden(value)


def told(problem: BaseException) -> str:
    """An error as a log may tell it: class, our own words if they are ours, and where it was raised, innermost first.

    >>> try:
    ...     {}["zhang_wei"]
    ... except KeyError as problem:
    ...     told(problem).startswith("KeyError at ")
    True
    """
    chain = [problem]
    while len(chain) < CAUSES_MAX and (cause := chain[-1].__cause__ or chain[-1].__context__) and cause not in chain:
        chain.append(cause)
    return "; after ".join(map(_told, chain))


def _told(problem: BaseException) -> str:
    kind = type(problem)
    speaks = kind.__module__.partition(".")[0] in OUR_WORDS or isinstance(problem, OSError)
    frames = traceback.extract_tb(problem.__traceback__)[-FRAMES_MAX:]
    places = [f"{'/'.join(Path(f.filename).parts[-2:])}:{f.lineno} {f.name}" for f in reversed(frames)]
    return (
        kind.__name__
        + (f": {problem}" if speaks and str(problem) else "")
        + (f" at {' < '.join(places)}" if places else "")
    )


def masking(key: bytes) -> Callable[[Any, str, Event], Event]:
    """A structlog processor that masks every string of an event, nested ones too, and hashes what is `Hidden`."""

    def process(_: Any, __: str, event: Event) -> Event:
        for name, value in event.items():
            if name not in UNMASKED:
                event[name] = _masked(value, key)
        return event

    return process


def _masked(value: Any, key: bytes) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, Hidden):
        return "#" + keyed_hash(value.value, key)
    if isinstance(value, BaseException):
        return mask(told(value), key)
    if isinstance(value, dict):
        return {_masked(name, key): _masked(inner, key) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner, key) for inner in value]
    return mask(str(value), key)


def _telling_errors(_: Any, __: str, event: Event) -> Event:
    """A structlog processor: an error under way is told by class and place, in place of a traceback with its words."""
    info = event.pop("exc_info", None)
    if info:
        problem = info if isinstance(info, BaseException) else (info if isinstance(info, tuple) else sys.exc_info())[1]
        if problem is not None:
            event.setdefault("error", told(problem))
    return event


class _Arguments(logging.Filter):
    """Errors among the arguments of a library's line are told as ours are, before they become part of its text."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_Told(told(a)) if isinstance(a, BaseException) else a for a in record.args)
        return True


class _Told(str):
    """What stands for an error in a library's line, the same with %s and %r."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def configure_logging(settings: Settings) -> None:
    """Route all logging of this process, on standard error, through one formatter."""
    key = hash_key(settings) or secrets.token_bytes(2 * HASH_KEY_BYTES_MIN)
    shared: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _telling_errors,
        masking(key),
    ]
    last: Any = structlog.processors.JSONRenderer() if settings.log_format == "json" else _for_people()
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Arguments())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _for_people() -> Any:
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def divert_python(loop: asyncio.AbstractEventLoop) -> None:
    """Let what Python itself would print of errors and warnings, with their words, go through the formatter too.

    For a process of our own: the hooks belong to all of it.
    """
    log = structlog.get_logger("python")

    def unforeseen(_: type[BaseException], problem: BaseException, __: TracebackType | None) -> None:
        log.critical("unforeseen error; the process ends", error=problem)

    def in_thread(args: Any) -> None:
        log.error("unforeseen error in a thread", error=args.exc_value)

    def unraisable(args: Any) -> None:
        log.error("an error where none can be raised", error=args.exc_value)

    def in_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        log.error("unforeseen error in a task", error=context.get("exception"))

    def warned(_: Any, category: type[Warning], filename: str, lineno: int, *__: Any) -> None:
        log.warning("a library warns", category=category.__name__, at=f"{Path(filename).name}:{lineno}")

    sys.excepthook = unforeseen
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable
    loop.set_exception_handler(in_loop)
    warnings.showwarning = warned  # type: ignore[assignment]
