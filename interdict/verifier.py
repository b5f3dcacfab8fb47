"""Whether a command is the centre's, unaltered, and to be carried out now: for executors written in Python.

Pure: keys, command and clock come in, a verdict comes out. `deploy/examples/executor.py` does the same without this
package.
"""

import heapq
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature

from interdict.keys import PublicKeys
from streams.signing import KEY_ID, SIGNATURE, signed_bytes

REMEMBERED_MAX = 200_000
"""Commands remembered until they expire, some 60 MB of them. At the bound the one that expires first is forgotten, and
from then on whatever expires no later is refused as `crowded_out`: the bound may cost a command, and never lets one
through twice."""


class Verdict(NamedTuple):
    """What is found of a command."""

    name: str
    is_bad: bool
    """Somebody forged, altered or doubled it, or the keys are not the right ones. Else it is good, or merely too late
    or once more."""
    means: str


# fmt: off
GOOD        = Verdict("good",        False, "signed with a valid key, in time, and for the first time: carry it out")
REPEATED    = Verdict("repeated",    False, "the same command came before; nothing is to be done")
EXPIRED     = Verdict("expired",     False, "not to be begun any more")
CROWDED_OUT = Verdict("crowded_out", False, "it may have come before: too many are remembered to know; not to be begun")
UNSIGNED    = Verdict("unsigned",    True,  "carries no signature, or no key's id")
UNKNOWN_KEY = Verdict("unknown_key", True,  "signed with a key that is not among the valid ones")
FORGED      = Verdict("forged",      True,  "the signature is not of this key and value: forged or altered")
UNREADABLE  = Verdict("unreadable",  True,  "rightly signed, but no command: without id or expiry")
CONFLICTING = Verdict("conflicting", True,  "another command came under the same id; the first one stands")
# fmt: on
VERDICTS = (GOOD, REPEATED, EXPIRED, CROWDED_OUT, UNSIGNED, UNKNOWN_KEY, FORGED, UNREADABLE, CONFLICTING)


class Verifier:
    """Says of each command whether to carry it out. Only `GOOD` says yes.

    Args:
        keys: valid keys by id. During a rotation these are two.
        remembered_max: how many commands are remembered until they expire.
    """

    def __init__(self, keys: PublicKeys, remembered_max: int = REMEMBERED_MAX) -> None:
        self._keys = keys
        self._seen = _Seen(remembered_max)

    def check(
        self, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]], now_ms: int
    ) -> Verdict:
        """Judge one command, and remember it if it is good.

        Args:
            key: the record's key, as it came.
            value: the record's value, as it came.
            headers: the record's headers; of several of one name the last counts.
            now_ms: the wall clock, Unix ms.
        """
        key, value = key or b"", value or b""
        problem = self._origin(key, value, dict(headers))
        if problem is not None:
            return problem
        try:
            command = orjson.loads(value)
            command_id, expires_at = command["command_id"], command["expires_at"]
        except (ValueError, TypeError, KeyError):
            return UNREADABLE
        if not isinstance(command_id, str) or not isinstance(expires_at, int):
            return UNREADABLE
        return self._seen.take(command_id, expires_at, sha256(signed_bytes(key, value)).digest(), now_ms)

    def _origin(self, key: bytes, value: bytes, headers: Mapping[str, bytes | None]) -> Verdict | None:
        """Why the command cannot be taken for the centre's; None where it can."""
        signature, name = headers.get(SIGNATURE), headers.get(KEY_ID)
        if not signature or not name:
            return UNSIGNED
        public = self._keys.get(name.decode("ascii", "replace"))
        if public is None:
            return UNKNOWN_KEY
        try:
            public.verify(signature, signed_bytes(key, value))
        except InvalidSignature:
            return FORGED
        return None


class _Seen:
    """Commands carried out that have not expired, at most so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._digests: dict[str, bytes] = {}
        self._by_expiry: list[tuple[int, str]] = []
        self._forgotten_to = 0
        """Latest expiry of a command that was forgotten before it expired, Unix ms."""

    def take(self, command_id: str, expires_at: int, digest: bytes, now_ms: int) -> Verdict:
        self._forget_expired(now_ms)
        before = self._digests.get(command_id)
        if before is not None:
            return REPEATED if before == digest else CONFLICTING
        if expires_at < now_ms:
            return EXPIRED
        if expires_at <= self._forgotten_to:
            return CROWDED_OUT
        self._digests[command_id] = digest
        heapq.heappush(self._by_expiry, (expires_at, command_id))
        if len(self._digests) > self._most:
            self._forgotten_to = self._forget_first()
        return GOOD

    def _forget_expired(self, now_ms: int) -> None:
        while self._by_expiry and self._by_expiry[0][0] < now_ms:
            self._forget_first()

    def _forget_first(self) -> int:
        expires_at, command_id = heapq.heappop(self._by_expiry)
        del self._digests[command_id]
        return expires_at
