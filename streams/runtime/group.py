"""Who else is in a consumer group: the workers' own, or somebody who reads otherwise and would scatter their lanes.

Both brokers refuse a consumer of another kind while workers are there, and workers while it is. Another Faust program
is let in. Apache Kafka tells what each member reads; the embedded broker tells only that it is there.
"""

from collections.abc import Iterable
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from aiokafka.errors import InconsistentGroupProtocolError, for_code

from streams.observe.logs import told
from streams.runtime.transport import NotCoLocatedError

ASSIGNOR = "faust"
"""By what name workers say that they share lanes out as Faust does."""
MEMBERS = "consumer"
"""What kind of group shares topics out."""


class Member(NamedTuple):
    """One member of a group, as the broker tells it."""

    client_id: str
    host: str
    reads: frozenset[str] | None
    """The topics it asked for; None where the broker does not tell."""


class Group(NamedTuple):
    """A consumer group, as the broker tells it. What it does not tell, or not while members come and go, is empty."""

    kind: str
    assignor: str
    members: tuple[Member, ...]


async def describe(admin: AIOKafkaAdminClient, group_id: str) -> Group:
    """Ask the group's coordinator who is in it.

    Raises:
        KafkaError: it did not answer, or this process may not know.
    """
    (answer,) = await admin.describe_consumer_groups([group_id])
    ((code, _, _, kind, assignor, members, *_),) = answer.groups
    if code:
        raise for_code(code)()
    return Group(kind, assignor, tuple(Member(name, host, _topics(asked)) for _, name, host, asked, _ in members))


def _topics(asked: bytes) -> frozenset[str] | None:
    try:
        return frozenset(ConsumerProtocolMemberMetadata.decode(asked).subscription) if asked else None
    except ValueError:  # of a kind of its own
        return None


def stranger(group_id: str, group: Group, inputs: Iterable[str], elsewhere: Iterable[str] = ()) -> str:
    """Who in the group is no worker of this release, in one line that says what to do; empty where nobody is.

    Args:
        group_id: which group.
        group: who is in it.
        inputs: what its workers read.
        elsewhere: what is read in other groups: who reads it here is of a release that had not parted them, and both
            would decide the same. Who reads most of the inputs and not all is of one that had not all of them.
    """
    if not group.members:
        return ""
    if group.kind not in ("", MEMBERS) or group.assignor not in ("", ASSIGNOR):
        return _in_the_group(group_id, group.members[0])
    wanted = frozenset(inputs)
    for member in group.members:
        if member.reads is None:
            continue
        missing, moved = sorted(wanted - member.reads), sorted(member.reads & frozenset(elsewhere))
        if len(missing) > len(wanted) // 2:
            return _in_the_group(group_id, member)
        if moved:
            return _of_another_release(group_id, member, f"reads {moved[0]} there")
        if missing:
            return _of_another_release(group_id, member, f"does not read {missing[0]}")
    return ""


def _of_another_release(group_id: str, member: Member, why: str) -> str:
    return (
        f"a worker of an older release is in the group {group_id} ({member.client_id} at {member.host.lstrip('/')}), "
        f"which {why}: stop all of them before the first of this one"
    )


def _in_the_group(group_id: str, member: Member) -> str:
    who = f"{member.client_id} at {member.host.lstrip('/')}" if member.host else "another program"
    return f"{who} is in the workers' group {group_id} and is no worker: {_way_out()}"


def _way_out() -> str:
    return "stop it or give it a group of its own, or give the workers another (INTERDICT_GROUP_ID)"


def outside(group_id: str, problem: BaseException) -> str:
    """Why this process cannot be in its group, in one line that says what to do."""
    if isinstance(problem, InconsistentGroupProtocolError):
        return f"the workers' group {group_id} is in use by a consumer that is no worker: {_way_out()}"
    if isinstance(problem, NotCoLocatedError):
        return (
            f"lanes came in parts ({problem}): another program is in the workers' group {group_id}, or topics differ "
            f"in their partitions (`interdict topics --check`); {_way_out()}"
        )
    return f"the group {group_id} cannot be joined: {told(problem)}"
