"""Is this still the cluster, with the topics, that was there at the start?

A fence says which offsets of a topic are applied. A topic that was deleted and made again counts from 0, and everything
in it would lie behind the fence; one with more partitions sends a person's records to other lanes. No client says so.
So what was there at the start is kept, and compared with what the broker says now and then. Comparing is pure.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from schemas.topics import Topic
from streams.core.duty import fence_key
from streams.core.errors import ExpectedError
from streams.kafka.metadata import NO_ID, ClusterSaid, ask

REBASE = "stop all workers, then `interdict rebase"
"""How every way out begins."""


def fence_keys(topics: Iterable[Topic], topic_ids: Mapping[str, int]) -> frozenset[int]:
    """What states may bear as fences: those of the topics that are there, and those from before the broker told ids."""
    return frozenset(
        fence_key(topic.code, told) for topic in topics for told in (NO_ID, topic_ids.get(topic.name, NO_ID))
    )


def fenced_by_others(strange: Iterable[int], topics: Iterable[Topic]) -> str:
    """What a process must not go on with: states that are fenced by topics that are gone. One line; empty for none.

    Args:
        strange: fences of states that are of no topic there is. Those of topics that are no input any more do no harm.
        topics: the inputs.
    """
    codes = {key >> 32 for key in strange}
    names = sorted(topic.name for topic in topics if topic.code in codes)
    if not names:
        return ""
    return (
        f"the states that were read back are of another {', another '.join(names)} than is there now, made again since "
        f"or on another cluster: {REBASE} {' '.join(names)}`, which makes their offsets count anew"
    )


class ClusterChangedError(ExpectedError):
    """The cluster is not what this process needs or began with. Says in one line what, and what to do."""


class Cluster(NamedTuple):
    """A cluster, and the topics on it that matter here, as a broker tells them."""

    cluster_id: str
    """Empty where the broker tells none."""
    topic_ids: Mapping[str, int]
    """Of each topic that is there, its short id (`streams.kafka.metadata.short_id`); `NO_ID` where it tells none."""
    partitions: Mapping[str, int]
    """Of each topic that is there, how many it has."""


async def look(admin: AIOKafkaAdminClient, names: Iterable[str]) -> Cluster | None:
    """The cluster as it is now, with the topics of these names; None where nobody can say at present.

    A topic that a broker cannot tell of for a moment makes the whole answer None: it is neither there nor gone.
    """
    try:
        return seen(await ask(admin, names))
    except (KafkaError, NotImplementedError, OSError, TimeoutError):
        return None


def seen(said: ClusterSaid) -> Cluster | None:
    """What a broker's answer tells; None where it tells nothing certain."""
    gone = UnknownTopicOrPartitionError.errno
    if any(topic.error not in (0, gone) for topic in said.topics.values()):
        return None
    there = {name: topic for name, topic in said.topics.items() if not topic.error}
    return Cluster(
        said.cluster_id,
        {name: topic.short_id for name, topic in there.items()},
        {name: topic.partitions for name, topic in there.items()},
    )


def misfit(cluster: Cluster, wanted: Mapping[str, int]) -> str:
    """What keeps a process from working here, in one line; empty where nothing does.

    Args:
        cluster: as it is.
        wanted: partition counts, by topic. A topic that is not there is not compared.
    """
    for name, count in sorted(wanted.items()):
        found = cluster.partitions.get(name, count)
        if found != count:
            return (
                f"{name} has {found} partitions and should have {count}: set INTERDICT_PARTITIONS right, or {REBASE} "
                "--partitions N`, which gives every topic as many and takes each person's state along"
            )
    return ""


def change(then: Cluster, now: Cluster, fenced: Collection[str]) -> str:
    """What is another thing than it was, in one line that says what to do; empty where nothing is.

    Args:
        then: as it was.
        now: as it is.
        fenced: the topics of which states remember how far they are applied.
    """
    if then.cluster_id and now.cluster_id and then.cluster_id != now.cluster_id:
        return (
            f"the brokers belong to cluster {now.cluster_id} now, and to {then.cluster_id} at the start: see where "
            "INTERDICT_BOOTSTRAP leads"
        )
    missing = then.partitions.keys() - now.partitions.keys()
    if missing and not any(_is_itself(name, then, now) for name in then.partitions.keys() - missing):
        return (
            "the brokers have none of the topics any more: they were started empty, or are others; see where "
            "INTERDICT_BOOTSTRAP leads, and start the worker again"
        )
    for name in sorted(then.partitions):
        if what := _change_of(name, then, now, name in fenced):
            return what
    return ""


def _is_itself(name: str, then: Cluster, now: Cluster) -> bool:
    """Whether a topic that is there is the one that it was, as far as brokers tell: one that makes topics for whoever
    asks has some of the names again a moment after it was started empty."""
    before, after = then.topic_ids[name], now.topic_ids[name]
    return NO_ID in (before, after) or before == after


def _change_of(name: str, then: Cluster, now: Cluster, is_fenced: bool) -> str:
    way_out = (
        f"{REBASE} {name}`, which makes its offsets count anew"
        if is_fenced
        else "what was in it is lost; a worker that is started again makes it where it is missing, and begins there"
    )
    if name not in now.partitions:
        return f"{name} was deleted while this ran: {way_out}"
    if not _is_itself(name, then, now):
        return f"{name} was deleted and made again while this ran: {way_out}"
    if then.partitions[name] != now.partitions[name]:
        return (
            f"{name} went from {then.partitions[name]} to {now.partitions[name]} partitions while this ran: {REBASE} "
            f"--partitions {now.partitions[name]}`, which gives every topic as many and takes each person's state along"
        )
    return ""
