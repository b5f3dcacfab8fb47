"""What is known to be bad: scam numbers, mule accounts, phishing domains; and which account is known to be honest,
whatever it looks like. Every worker holds all of it.

Whoever lists a value spells it as they like: it is kept in the one spelling of its kind (`schemas.spelling`,
`schemas.addresses`), in which what is asked for comes too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from schemas.addresses import address, is_public_suffix
from schemas.reference import WatchlistEntry
from schemas.spelling import account, number

NEVER = 1 << 62

_SPELL: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"peer": number, "account": account, "domain": address, "honest_account": account}
)


class Watchlist:
    """Known values by kind. An entry no longer counts from its `expires_at` on."""

    def __init__(self) -> None:
        self._until: dict[str, dict[str, dict[str, int]]] = {kind: {} for kind in _SPELL}
        """By kind and spelt value: until when, by the key of each entry that says so. Two entries may spell one value
        in two ways, and either may be deleted."""
        self._held: dict[str, tuple[str, str]] = {}
        """By key of an entry: its kind and its value as it is spelt here."""

    def learn(self, key: str, entry: WatchlistEntry | None) -> None:
        """Take in an entry; None where it was deleted. One of another kind than before is of the old kind no more. A
        public suffix (`com.cn`) lists nothing: it would list everybody below it."""
        if (held := self._held.pop(key, None)) is not None:
            kind, spelt = held
            del self._until[kind][spelt][key]
            if not self._until[kind][spelt]:
                del self._until[kind][spelt]
        if entry is None:
            return
        spelt = _SPELL[entry.kind](key)
        if spelt and not (entry.kind == "domain" and is_public_suffix(spelt)):
            self._held[key] = entry.kind, spelt
            self._until[entry.kind].setdefault(spelt, {})[key] = entry.expires_at or NEVER

    @property
    def has_domains(self) -> bool:
        """Whether any domain is listed, so that texts need be looked through for them."""
        return bool(self._until["domain"])

    def peer(self, value: str, now: int) -> bool:
        """Whether a number is listed. It comes as `schemas.spelling.number` spells it."""
        return self._holds("peer", value, now)

    def account(self, value: str, now: int) -> bool:
        """Whether an account is listed. It comes as `schemas.spelling.account` spells it."""
        return self._holds("account", value, now)

    def honest(self, value: str, now: int) -> bool:
        """Whether somebody has looked at an account and found nothing. It comes spelt as `account` wants it."""
        return self._holds("honest_account", value, now)

    def domain(self, addresses: Iterable[str], now: int) -> bool:
        """Whether one of these is listed, or a domain above it, or a path that it begins with. They come as
        `schemas.addresses.address` spells them."""
        return any(self._holds("domain", name, now) for written in addresses for name in above(written))

    def _holds(self, kind: str, spelt: str, now: int) -> bool:
        held = self._until[kind].get(spelt)
        return held is not None and max(held.values()) > now


def above(written: str) -> Iterator[str]:
    """An address with each shorter beginning of its path, and the domains above its host: all that may be listed of it.

    >>> list(above("a.icbc-vip.cc/x/y"))
    ['a.icbc-vip.cc', 'a.icbc-vip.cc/x', 'a.icbc-vip.cc/x/y', 'icbc-vip.cc', 'icbc-vip.cc/x', 'icbc-vip.cc/x/y']
    """
    host, *parts = written.split("/")
    labels = host.split(".")
    for first in range(max(len(labels) - 1, 1)):
        name = ".".join(labels[first:])
        for most in range(len(parts) + 1):
            yield "/".join([name, *parts[:most]])
