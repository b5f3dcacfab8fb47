"""The last good version of each policy, kept where a bad one cannot displace it.

    interdict.policies.accepted ──1──┐
                                     ├─► the duties' slots ─► taken up? ─► interdict.policies.accepted
    reference.policies ─────────2────┘

Of a compacted topic the last record of a key is left: a bad record displaces the last good one, and a tombstone in the
end itself. So what workers accept is kept in a topic of its own, which nothing else enters and nobody else may write.
The worker that holds the first lane writes it.
"""

from collections.abc import Callable
from contextlib import suppress

from pydantic import BaseModel

from schemas.codec import Rejected, decoder, encode
from schemas.reference import POLICY_NAMES
from schemas.topics import ACCEPTED, POLICIES, Topic
from streams.core.policies import SHADOW_SUFFIX, Learn, unreadable
from streams.kafka.recovery import read_topic
from streams.settings import Settings

Kept = dict[str, bytes]
"""Values of `interdict.policies.accepted` by name: the last good record of each, byte for byte as it came, or for a
live policy that was never good the record of `unreadable`."""


class Accepted:
    """What `interdict.policies.accepted` holds, and what it should.

    Told in the order in which a worker reads: first what is kept, then each record of `reference.policies`; and once
    that is read to its end, `settle`.

    Args:
        learn: the duties', told of what is kept, and of a name that has gone from `reference.policies`.
        answers_for: whether it is here that a name is kept; of the others it is only told.
    """

    def __init__(self, learn: Learn, answers_for: Callable[[Topic, str], bool] = lambda *_: True) -> None:
        self._learn = learn
        self._answers_for = answers_for
        self._decode = decoder(ACCEPTED)
        self._kept: Kept = {}
        self._wanted: dict[str, bytes | None] = {}
        self._heard: set[str] = set()

    def begin(self, kept: Kept) -> None:
        """Take up what is kept, before anything else is read."""
        self._kept = kept
        for name, value in kept.items():
            with suppress(Rejected):  # kept by another release; what the name's own records say comes next
                self._learn(POLICIES, name, _readable(self._decode, name, value))

    def hear(self, topic: Topic, name: str, value: bytes | None, *, is_good: bool) -> None:
        """A record of `reference.policies` came, and was taken up or not. Those of other topics do not matter."""
        if topic is not POLICIES or name not in POLICY_NAMES:
            return
        self._heard.add(name)
        if not self._answers_for(topic, name):
            return
        if value is not None and is_good:
            self._wanted[name] = value
        elif name.endswith(SHADOW_SUFFIX):
            if value is None:
                self._wanted[name] = None
        elif name not in self._kept and name not in self._wanted:
            self._wanted[name] = encode(unreadable(name))

    def settle(self) -> None:
        """What is kept, and is in `reference.policies` no more, was deleted: compaction took the tombstone too."""
        for name in sorted(self._kept.keys() - self._heard):
            self._learn(POLICIES, name, None)
            self.hear(POLICIES, name, None, is_good=True)

    def found(self, kept: Kept) -> None:
        """The topic was read again."""
        self._kept = kept

    def missing(self) -> dict[str, bytes | None]:
        """What is to be written, by name, to make the topic what it should be; None is a tombstone. Asked again, it
        takes that for written."""
        todo = {name: value for name, value in self._wanted.items() if self._kept.get(name) != value}
        self._kept = {name: value for name, value in {**self._kept, **todo}.items() if value is not None}
        return todo


async def read_accepted(settings: Settings) -> Kept:
    """What `interdict.policies.accepted` holds now.

    Raises:
        BrokerAbsentError: no broker answers.
        TopicAbsentError: it has no such topic.
    """
    kept: Kept = {}
    async for records in read_topic(settings, ACCEPTED):
        for record in records:
            name = (record.key or b"").decode(errors="replace")
            if record.value is None:
                kept.pop(name, None)
            else:
                kept[name] = record.value
    return {name: value for name, value in kept.items() if name in POLICY_NAMES}


def _readable(decode: Callable[[bytes | None], BaseModel], name: str, value: bytes) -> BaseModel:
    try:
        return decode(value)
    except Rejected:
        return unreadable(name)
