"""Which duties decide over which keys: the one list from which workers, rights, replay, benches and tests are made."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from pydantic import BaseModel

from agents import metrics
from agents.desk.duty import DeskDuty
from agents.desk.limits import Limits
from agents.desk.roster import Roster
from agents.flows.duty import FlowsDuty, both_accounts
from agents.mules.duty import MulesDuty
from agents.mules.policy import Policy as Grading
from agents.relay.commands import in_place
from agents.relay.duty import RelayDuty, ShadowRelayDuty
from agents.relay.playbook import Playbook
from agents.victims.duty import VictimsDuty
from agents.victims.policy import Policy
from schemas.fields import E164, UNSPACED
from schemas.orders import DESK
from schemas.reference import PolicyRecord
from schemas.spelling import number
from schemas.topics import ACCOUNT_TRANSFERS, POLICIES, TRANSACTIONS, Output, Topic
from streams.core.duty import Duty
from streams.core.errors import ExpectedError
from streams.core.identity import Identity
from streams.core.legacy import LegacyLayout
from streams.core.metering import Metric
from streams.core.pipeline import KeySpace, Moved, Pipeline, Rekey

PERSONS = KeySpace("persons", re.compile(E164), spell=number)
"""Protected persons, by their phone."""
THE_DESK = KeySpace("desk", re.compile(DESK), ".desk")
"""What persons share is decided under one key, so in one order; its lanes are as many as persons', of which one has
anything to do."""
ACCOUNTS = KeySpace("accounts", re.compile(UNSPACED), ".accounts")

Load = Callable[[Identity | None], Duty]


class Row(NamedTuple):
    """A pipeline of the list."""

    space: KeySpace
    name: str
    """Of its changelog, for good: see `schemas.topics.PIPELINES`."""
    duties: tuple[Load, ...]
    """Who decides in a key's lane, in the order in which they hear."""
    rekeys: tuple[Rekey, ...] = ()
    in_place: Callable[[Output], Output | None] = lambda _: None
    moved: Moved | None = None


POLICY_OWNERS: Mapping[str, str] = MappingProxyType({"roster": "desk", "limits": "desk", "mules": "accounts"})
"""The pipeline that answers for a policy. Persons' answers for all others, for names that are no policy's, and for
whatever else is broadcast."""

PIPELINES: tuple[Row, ...] = (
    Row(
        PERSONS,
        "victims",
        (
            VictimsDuty.load,
            lambda _: RelayDuty.load(),
            lambda _: ShadowRelayDuty.load(),
        ),
        (Rekey(TRANSACTIONS, ACCOUNT_TRANSFERS, both_accounts),),
        in_place,
    ),
    Row(
        THE_DESK,
        "desk",
        (lambda _: DeskDuty.load(),),
        in_place=in_place,
        moved=Moved("victims", DESK),
    ),
    Row(ACCOUNTS, "accounts", (FlowsDuty, MulesDuty.load)),
)
"""A duty more is a row more among those of its key: see *A new duty* in ARCHITECTURE.md."""

AnyPolicy = Policy | Playbook | Roster | Limits | Grading

POLICY_MODELS: Mapping[str, type[AnyPolicy]] = MappingProxyType(
    {"victims": Policy, "relay": Playbook, "roster": Roster, "limits": Limits, "mules": Grading}
)
"""Everything a centre may set, by the name of its record. Each comes with the package too: `load()`."""
SHADOWED = frozenset({"victims", "relay"})
"""Policies that may run in the shadow: what persons share can be given out once only."""

PACKAGED: Mapping[str, BaseModel] = MappingProxyType({})
"""No policy but those that come with the package."""

LAYOUT_0_1 = LegacyLayout((6, 1, 2, 3, 5, 7), "victims", 13, ("relay", "shadow_relay", "desk"))
"""How release 0.1 laid out what persons' duties remember."""


def _answers_for(pipeline: str, topic: Topic, name: str) -> bool:
    return pipeline == (POLICY_OWNERS.get(name, "victims") if topic is POLICIES else "victims")


def load_pipelines(
    policies: Mapping[str, BaseModel] = PACKAGED, identity: Identity | None = None
) -> tuple[Pipeline, ...]:
    """Every pipeline, with the policies that come with the package.

    Args:
        policies: by name, those that hold in place of the packaged ones, taken up as their records would be.
        identity: makes the stand-ins of peers, payers and payees; unkeyed ones where it is left out.
    """
    pipelines = tuple(
        Pipeline(
            row.space,
            [load(identity) for load in row.duties],
            row.name,
            row.rekeys,
            row.in_place,
            row.moved,
            partial(_answers_for, row.name),
        )
        for row in PIPELINES
    )
    for pipeline in pipelines:
        for name, policy in policies.items() if POLICIES in pipeline.broadcasts else ():
            pipeline.on_broadcast(POLICIES, name, policy_record(name, policy))
    return pipelines


class NoSuchPipelineError(ExpectedError):
    """Names key spaces that there are not."""


def chosen(pipelines: Iterable[Pipeline], names: str) -> tuple[Pipeline, ...]:
    """Those that a process runs.

    Args:
        pipelines: all of them.
        names: of key spaces, commas between; empty for all.

    Raises:
        NoSuchPipelineError: there is no such key space.
    """
    by_name: dict[str, Pipeline] = {pipeline.space.name: pipeline for pipeline in pipelines}
    wanted = tuple(dict.fromkeys(names.split(","))) if names else tuple(by_name)
    if unknown := [name for name in wanted if name not in by_name]:
        raise NoSuchPipelineError(f"INTERDICT_PIPELINES: no key space {unknown[0]}; there is {', '.join(by_name)}")
    return tuple(by_name[name] for name in wanted)


def load_persons(policies: Mapping[str, BaseModel] = PACKAGED, identity: Identity | None = None) -> Pipeline:
    """The persons' pipeline alone: see `load_pipelines`."""
    return load_pipelines(policies, identity)[0]


def metrics_of(pipelines: Iterable[Pipeline]) -> dict[str, Metric]:
    """What the duties of pipelines count, and what leaves them."""
    return {**metrics.METRICS, **{key: row for pipeline in pipelines for key, row in pipeline.metrics.items()}}


def policy_record(name: str, policy: BaseModel) -> PolicyRecord:
    """The record that brings a policy to every worker."""
    return PolicyRecord(name=name, body=policy.model_dump(mode="json"))
