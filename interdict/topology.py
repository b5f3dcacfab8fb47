"""Which duties decide over which keys: the one list from which worker, rights, replay, benches and tests are made."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pydantic import BaseModel

from agents.desk.duty import DeskDuty
from agents.desk.limits import Limits
from agents.desk.roster import Roster
from agents.relay.commands import in_place
from agents.relay.duty import RelayDuty, ShadowRelayDuty
from agents.relay.playbook import Playbook
from agents.victims.duty import VictimsDuty
from agents.victims.policy import Policy
from schemas.reference import PolicyRecord
from schemas.topics import POLICIES
from streams.core.chain import Chain
from streams.core.duty import Duty
from streams.core.identity import Identity
from streams.core.legacy import LegacyLayout

DUTY = VictimsDuty.name
"""Names the changelog: the chain goes by its first duty's name."""

PERSONS: tuple[Callable[[Identity | None], Duty], ...] = (
    VictimsDuty.load,
    lambda _: RelayDuty.load(),
    lambda _: ShadowRelayDuty.load(),
    lambda _: DeskDuty.load(),
)
"""Who decides in a person's lane, in the order in which they hear. A duty more is a row more: see *A new duty* in
ARCHITECTURE.md."""

AnyPolicy = Policy | Playbook | Roster | Limits

POLICY_MODELS: Mapping[str, type[AnyPolicy]] = MappingProxyType(
    {"victims": Policy, "relay": Playbook, "roster": Roster, "limits": Limits}
)
"""Everything a centre may set, by the name of its record. Each comes with the package too: `load()`."""
SHADOWED = frozenset({"victims", "relay"})
"""Policies that may run in the shadow: what persons share can be given out once only."""

PACKAGED: Mapping[str, BaseModel] = MappingProxyType({})
"""No policy but those that come with the package."""


LAYOUT_0_1 = LegacyLayout((6, 1, 2, 3, 5, 7), "victims", 13, ("relay", "shadow_relay", "desk"))
"""How release 0.1 laid out what these duties remember."""


def load_duties(policies: Mapping[str, BaseModel] = PACKAGED, identity: Identity | None = None) -> Chain:
    """Every duty, with the policies that come with the package.

    Args:
        policies: by name, those that hold in place of the packaged ones, taken up as their records would be.
        identity: makes the stand-ins of peers and payees; unkeyed ones where it is left out.
    """
    duties = Chain([load(identity) for load in PERSONS], in_place=in_place)
    for name, policy in policies.items():
        duties.on_broadcast(POLICIES, name, policy_record(name, policy))
    return duties


def policy_record(name: str, policy: BaseModel) -> PolicyRecord:
    """The record that brings a policy to every worker."""
    return PolicyRecord(name=name, body=policy.model_dump(mode="json"))
