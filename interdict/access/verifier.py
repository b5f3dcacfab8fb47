"""Whether a command is the centre's, unaltered, and to be carried out now: for executors written in Python.

Pure: keys, command and clock come in, a verdict comes out. `deploy/examples/executor.py` does the same without this
package.
"""

import heapq
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature

from interdict.access.keys import PublicKeys
from streams.runtime.signing import KEY_ID, SIGNATURE, V1_UNTIL_MS, V2, VERSION, signed_bytes, signed_bytes_v1

REMEMBERED_MAX = 200_000
"""Commands remembered until they expire, some 60 MB of them. At the bound the one that expires first is forgotten, and
from then on whatever expires no later is refused as `crowded_out`: the bound may cost a command, and never lets one
through twice."""


Headers = Iterable[tuple[str, bytes | None]]


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
UNSIGNED    = Verdict("unsigned",    True,  "carries no signature or no key's id, or one of them more than once")
WRONG_WAY   = Verdict("wrong_way",   True,  "signed in a way that is not known, or not taken any more: version 1")
UNKNOWN_KEY = Verdict("unknown_key", True,  "signed with a key that is not among the valid ones")
FORGED      = Verdict("forged",      True,  "the signature is not of this place, key and value: forged, altered, moved")
UNREADABLE  = Verdict("unreadable",  True,  "no command: cannot be unpacked, or signed and without id or expiry")
CONFLICTING = Verdict("conflicting", True,  "another command came under the same id; the first one stands")
# fmt: on
VERDICTS = (GOOD, REPEATED, EXPIRED, CROWDED_OUT, UNSIGNED, WRONG_WAY, UNKNOWN_KEY, FORGED, UNREADABLE, CONFLICTING)


class Verifier:
    """Says of each command whether to carry it out. Only `GOOD` says yes.

    Args:
        keys: valid keys by id. During a rotation these are two.
        environment: whose commands are carried out here; one signed for another is forged.
        v1_until_ms: until when signatures of version 1 are taken, Unix ms. They say nothing of environment and topic.
        remembered_max: how many commands are remembered until they expire.
    """

    def __init__(
        self,
        keys: PublicKeys,
        environment: str,
        *,
        v1_until_ms: int = V1_UNTIL_MS,
        remembered_max: int = REMEMBERED_MAX,
    ) -> None:
        self._keys = keys
        self._environment = environment
        self._v1_until_ms = v1_until_ms
        self._seen = _Seen(remembered_max)

    def check(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers, now_ms: int) -> Verdict:
        """Judge one command, and remember it if it is good.

        Args:
            topic: the topic that it came on.
            key: the record's key, as it came.
            value: the record's value, as it came.
            headers: the record's headers, as they came. Others than ours do not matter.
            now_ms: the wall clock, Unix ms.
        """
        key, value = key or b"", value or b""
        whole = signed_bytes(self._environment, topic, key, value)
        problem = self._origin(whole, signed_bytes_v1(key, value), headers, now_ms)
        if problem is not None:
            return problem
        try:
            command = orjson.loads(value)
            command_id, expires_at = command["command_id"], command["expires_at"]
        except (ValueError, TypeError, KeyError):
            return UNREADABLE
        if not isinstance(command_id, str) or type(expires_at) is not int:
            return UNREADABLE
        return self._seen.take(command_id, expires_at, sha256(whole).digest(), now_ms)

    def _origin(self, whole: bytes, whole_v1: bytes, headers: Headers, now_ms: int) -> Verdict | None:
        """Why the command cannot be taken for the centre's; None where it can."""
        signatures, names, versions = (_named(headers, name) for name in (SIGNATURE, KEY_ID, VERSION))
        signature, name = _only(signatures), _only(names)
        if not signature or not name:
            return UNSIGNED
        is_v1 = not versions
        if now_ms >= self._v1_until_ms if is_v1 else versions != [V2]:
            return WRONG_WAY
        public = self._keys.get(name.decode("ascii", "replace"))
        if public is None:
            return UNKNOWN_KEY
        try:
            public.verify(signature, whole_v1 if is_v1 else whole)
        except InvalidSignature:
            return FORGED
        return None


def _named(headers: Headers, wanted: str) -> list[bytes | None]:
    return [value for name, value in headers if name == wanted]


def _only(found: list[bytes | None]) -> bytes | None:
    """The one there is; None where there are several, or none in bytes."""
    return found[0] if len(found) == 1 and isinstance(found[0], bytes) else None


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
