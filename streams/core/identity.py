"""Short stand-ins for names: of an event sent again, of a peer met before. 64 bits each, keyed by a secret.

A state asks of most names only "the same as before?", for which eight bytes do. Without a key, whoever picks names can
search for two that get the same stand-in: a number that counts as the mother's, an event id that hides another. BLAKE2s
(RFC 7693) with a key is a pseudo-random function, so that without the secret there is nothing to search with.

The secret is part of what a state means: workers of one group share it, and a new one makes everybody a stranger.
"""

from hashlib import blake2s

BYTES = 8
SECRET_BYTES_MAX = 32
"""BLAKE2s takes a key of 32 bytes at most; a longer secret is hashed first."""


class Identity:
    """Stand-ins under one secret.

    Args:
        secret: any bytes; none leaves them unkeyed, and then they can be searched for.

    >>> Identity(b"").stand_in("+8613800138000") == Identity(b"").stand_in("+8613800138000")
    True
    >>> Identity(b"").stand_in("+8613800138000") == Identity(b"a secret").stand_in("+8613800138000")
    False
    """

    __slots__ = ("_keyed", "is_keyless")

    def __init__(self, secret: bytes = b"") -> None:
        key = secret if len(secret) <= SECRET_BYTES_MAX else blake2s(secret).digest()
        self.is_keyless = not secret
        self._keyed = blake2s(digest_size=BYTES, key=key)

    def digest(self, name: str) -> bytes:
        """Eight bytes that stand for a name."""
        hashed = self._keyed.copy()
        hashed.update(name.encode())
        return hashed.digest()

    def stand_in(self, name: str) -> int:
        """The same as a whole number, 0 to 2**64 - 1."""
        return int.from_bytes(self.digest(name), "little")


def holds(packed: bytes, digest: bytes) -> bool:
    """Whether a stand-in is among those packed one behind another, as a state keeps the latest.

    >>> holds(b"12345678abcdefgh", b"abcdefgh"), holds(b"12345678abcdefgh", b"5678abcd")
    (True, False)
    """
    at = packed.find(digest)
    while at > 0 and at % BYTES:  # it lies across two of them
        at = packed.find(digest, at + 1)
    return at >= 0


def with_latest(packed: bytes, digest: bytes, most: int) -> bytes:
    """One more packed behind them; the oldest goes where they are more than `most`."""
    packed += digest
    return packed if len(packed) <= most * BYTES else packed[-most * BYTES :]
