"""Log lines by structlog, with nobody's phone or account number in them.

Faust's, aiokafka's and mode's own lines go through the same formatter, so that nothing reaches the log past the mask.
"""

import hashlib
import logging
import re
import secrets
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

from streams.settings import Settings

NUMBER = re.compile(r"(?<![\w-])\+?\d(?:[ -]?\d){9,}(?![\w-])")
"""Ten digits or more in a row, spaced or not: phones, accounts, cards. Times and offsets of a log line are fields."""

HASH_BYTES = 6
QUIET = ("faust", "aiokafka", "mode", "asyncio")
"""Libraries whose lines below WARNING serve their own debugging."""

Event = MutableMapping[str, Any]


def keyed_hash(value: str, key: bytes) -> str:
    """A short name that stands for a person or account: the same for the same value and key, and no way back.

    >>> keyed_hash("+8613800138000", b"k") == keyed_hash("+8613800138000", b"k")
    True
    """
    return hashlib.blake2b(value.encode(), key=key[:64], digest_size=HASH_BYTES).hexdigest()


def mask(text: str, key: bytes) -> str:
    """The text with every number that could be a phone or an account replaced by its keyed hash.

    >>> mask("payee 6222020200112233445 refused", b"k").startswith("payee #")
    True
    """
    return NUMBER.sub(lambda m: "#" + keyed_hash(re.sub(r"[ -]", "", m.group()), key), text)


def masking(key: bytes) -> Callable[[Any, str, Event], Event]:
    """A structlog processor that masks every string of an event, nested ones too."""

    def process(_: Any, __: str, event: Event) -> Event:
        for name, value in event.items():
            if name not in ("timestamp", "level", "logger"):
                event[name] = _masked(value, key)
        return event

    return process


def _masked(value: Any, key: bytes) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, dict):
        return {name: _masked(inner, key) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner, key) for inner in value]
    return mask(str(value), key)


def configure_logging(settings: Settings) -> None:
    """Route all logging of this process, on standard error, through one formatter."""
    key = settings.log_hash_key.get_secret_value().encode() or secrets.token_bytes(32)
    shared: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        masking(key),
    ]
    last: Any = structlog.processors.JSONRenderer() if settings.log_format == "json" else _for_people()
    handler = logging.StreamHandler(sys.stderr)
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
