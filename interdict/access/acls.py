"""`interdict acls`: the least rights on the brokers, role by role, out of the topics and what each role does.

    interdict acls --user User:interdict                          # a worker's, as a table
    interdict acls --user User:bank --for bank-feed --format kafka-acls | sh

No role needs a right on the cluster: whoever may write to a topic may be an idempotent producer (Kafka 2.8 and later).
"""

import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.table import Table

from schemas.topics import (
    ACCEPTED,
    ACCOUNT,
    ACCOUNT_TRANSFERS,
    ACTIONS,
    CASES,
    DISSUASION,
    GRADED,
    INTERNAL,
    MULE_ALERTS,
    OFFICER_OUTCOMES,
    OUTCOME_TOPICS,
    OUTCOMES,
    POLICIES,
    TOPICS,
    WATCHLIST,
    Topic,
    changelog,
    dead_letter,
)
from streams.kafka.rights import Operation, Right
from streams.kafka.topics import wanted_topics
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.core.pipeline import Pipeline

PRODUCED = ("action", "alert", "case", "internal")
"""Kinds of topics that a worker writes."""
TOOL = "kafka-acls.sh"


class Style(StrEnum):
    """How rights are printed."""

    TABLE = "table"
    COMMANDS = "kafka-acls"


out = Console(highlight=False)


class Role(NamedTuple):
    """Somebody who has business with the brokers."""

    does: str
    rights: Callable[[Settings, str], Iterable[Right]]
    """Given the settings and the group it reads in."""


def worker_rights(settings: Settings, pipelines: "Iterable[Pipeline]") -> list[Right]:
    """What a worker does: it reads inputs, policies and its changelogs; it writes all that follows from them.

    It writes to its inputs too: a record that was keyed wrongly is sent on to its person's partition.
    """
    pipelines = tuple(pipelines)
    states = [changelog(pipeline.name) for pipeline in pipelines]
    inputs = [topic.name for pipeline in pipelines for topic in pipeline.inputs]
    read = dict.fromkeys(inputs + [topic.name for pipeline in pipelines for topic in pipeline.broadcasts])
    produced = [topic.name for topic in (*TOPICS, *INTERNAL) if topic.kind in PRODUCED]
    return [
        *_each("Read", [*read, ACCEPTED.name, *states]),
        *_each("Write", dict.fromkeys([*inputs, *produced, *map(dead_letter, read), *states])),
        *(Right("Group", group, "Read") for group in _groups(settings, pipelines)),
    ]


def _groups(settings: Settings, pipelines: "Iterable[Pipeline]") -> list[str]:
    """The pipelines' groups. Faust is imported here, and the duties below, where they are asked for: every command of
    the console imports this module for the roles' names."""
    from streams.runtime.app import in_its_group

    return [in_its_group(settings, pipeline).group_id for pipeline in pipelines]


def _worker(settings: Settings, _group: str) -> Iterable[Right]:
    from interdict.topology import load_pipelines

    return worker_rights(settings, load_pipelines())


def _topics_job(settings: Settings, _group: str) -> Iterator[Right]:
    names = [topic.name for topic in wanted_topics(settings)]
    for operation in ("Create", "Describe", "DescribeConfigs"):
        yield from _each(operation, names)


def _scaler(settings: Settings, _group: str) -> Iterator[Right]:
    """Sees how far behind the workers are."""
    from interdict.topology import load_pipelines

    pipelines = load_pipelines()
    for pipeline, group in zip(pipelines, _groups(settings, pipelines), strict=True):
        yield from _each("Describe", [topic.name for topic in pipeline.inputs])
        yield Right("Group", group, "Describe")


def _reader(topics: Iterable[Topic], writes: Iterable[Topic] = ()) -> Callable[[Settings, str], Iterator[Right]]:
    """Reads topics in a group, and writes some."""

    def rights(_: Settings, group: str) -> Iterator[Right]:
        yield from _each("Read", [topic.name for topic in topics])
        yield from _each("Write", [topic.name for topic in writes])
        yield Right("Group", group, "Read")

    return rights


def _writer(topics: Iterable[Topic], reads: Iterable[Topic] = ()) -> Callable[[Settings, str], Iterator[Right]]:
    """Writes topics, and reads some from end to end, in no group."""

    def rights(_: Settings, _group: str) -> Iterator[Right]:
        yield from _each("Read", [topic.name for topic in reads])
        yield from _each("Write", [topic.name for topic in topics])

    return rights


def _each(operation: Operation, names: Iterable[str]) -> Iterator[Right]:
    return (Right("Topic", name, operation) for name in names)


def _sources() -> Iterator[tuple[str, list[Topic]]]:
    """Who feeds what: the first word of an input's name says whose it is. Outcomes are the executors' and the
    officers'."""
    fed: dict[str, list[Topic]] = defaultdict(list)
    for topic in TOPICS:
        if topic.kind in ("input", "reference") and topic not in (*OUTCOME_TOPICS, POLICIES):
            fed[topic.name.partition(".")[0]].append(topic)
    yield from fed.items()


SEEN = tuple(topic for topic in TOPICS if topic.kind in ("action", "alert", "case"))

ROLES: dict[str, Role] = {
    "worker": Role("decides", _worker),
    "topics": Role("makes the topics and compares them: `interdict topics`, `interdict check`", _topics_job),
    "console": Role(
        "looks cases, accounts and policies up: `interdict case`, `interdict account show`, `interdict policy show`",
        _writer((), (CASES, POLICIES, ACCEPTED, ACCOUNT_TRANSFERS, GRADED, MULE_ALERTS, ACCOUNT, WATCHLIST)),
    ),
    "watchlist-editor": Role("clears accounts: `interdict account clear`", _writer((WATCHLIST,), (WATCHLIST,))),
    "policy-editor": Role(
        "changes policies: `interdict policy push`, `drop`", _writer((POLICIES,), (POLICIES, ACCEPTED))
    ),
    "command-centre": Role("sees alerts, cases and every command", _reader(SEEN)),
    "officers": Role("hands tasks to officers and tells what they say", _reader((DISSUASION,), (OFFICER_OUTCOMES,))),
    "verifier": Role("checks the signatures of commands: `interdict verify`", _writer((), ACTIONS)),
    "scaler": Role("watches the lag, as KEDA does", _scaler),
    **{f"{who}-feed": Role("feeds " + ", ".join(t.name for t in fed), _writer(fed)) for who, fed in _sources()},
    **{
        f"{topic.name.rpartition('.')[2]}-executor": Role(
            f"carries out {topic.name} and tells what became of it", _reader((topic,), (OUTCOMES,))
        )
        for topic in ACTIONS
    },
}
"""Each who has business with the brokers, and no more than that business."""


def print_acls(settings: Settings, role: str, user: str, group: str | None, style: Style, config: str) -> None:
    """`interdict acls`: a role's rights as a table, or as the commands of Kafka's own tool that grant them.

    Args:
        settings: the group, and where the brokers are.
        role: one of `ROLES`.
        user: the principal, `User:name`.
        group: the group that a role reads in; None for the workers' own, or one that is called as the role.
        style: how to print.
        config: the file of client properties that the commands name.
    """
    rights = list(ROLES[role].rights(settings, group or role))
    if style is Style.COMMANDS:
        for line in commands(rights, user, settings.bootstrap, config):
            print(line)
        return
    table = Table("resource", "name", "may", box=None, pad_edge=False, title=f"{user}, {role}: {ROLES[role].does}")
    for (resource, name), operations in _by_place(rights).items():
        table.add_row(resource, name, ", ".join(operations))
    out.print(table)


def commands(rights: Iterable[Right], user: str, bootstrap: str, config: str) -> Iterator[str]:
    """Lines for a shell, one for each set of operations."""
    alike: dict[tuple[str, tuple[Operation, ...]], list[str]] = defaultdict(list)
    for (resource, name), found in _by_place(rights).items():
        alike[resource, tuple(found)].append(name)
    for (resource, operations), names in alike.items():
        words = [TOOL, "--bootstrap-server", bootstrap, "--command-config", config, "--add", "--allow-principal", user]
        words += [word for operation in operations for word in ("--operation", operation)]
        words += [word for name in names for word in (f"--{resource.lower()}", name)]
        yield shlex.join(words)


def _by_place(rights: Iterable[Right]) -> dict[tuple[str, str], list[Operation]]:
    found: dict[tuple[str, str], list[Operation]] = defaultdict(list)
    for right in rights:
        found[right.resource, right.name].append(right.operation)
    return found


def principal(user: str) -> str:
    """A user's name as Kafka's principal.

    >>> principal("interdict"), principal("User:CN=worker,O=centre")
    ('User:interdict', 'User:CN=worker,O=centre')
    """
    return user if re.match(r"\w+:", user) else f"User:{user}"
