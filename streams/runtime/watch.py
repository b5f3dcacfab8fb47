"""Watches whether the cluster, its topics and the group are still those that this process can work with.

Nothing of it is an error to any client: a topic made again is read from its beginning, a group that cannot be joined is
tried again for ever. So somebody must look, and the process ends with one line that says what to do.
"""

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.kafka.clients import new_admin, start
from streams.kafka.cluster import Cluster, ClusterChangedError, change, look, misfit
from streams.runtime.group import describe, outside, stranger
from streams.settings import Settings

LOOK_S = 2.0
"""Between two looks."""
SURE_S = 0.5
"""Between two looks where one found something: a broker that lags behind may tell of yesterday for a moment."""
SURE = 3
"""Looks in a row that must find the same before it is believed."""
ASK_MS = 5000
TRIES = 20
"""Looks at the start until every topic is told of."""


class Needs(NamedTuple):
    """What a process needs to be as it is."""

    inputs: tuple[str, ...]
    """The topics that every member of the group reads."""
    partitions: Mapping[str, int]
    """Topics whose partitions it counts on, and how many they must have."""
    elsewhere: tuple[str, ...] = ()
    """Topics that other groups read, and nobody in this one."""


class Watch:
    """Looks at the start, and from then on, while entered.

    Args:
        settings: where, and in which group.
        needs: what must be as it is.
        why_outside: why this process is not in its group; None while nothing is wrong.

    Raises:
        BrokerAbsentError, RefusedError: on entry, when no broker answers, or none that lets us in.
    """

    def __init__(
        self, settings: Settings, needs: Needs, why_outside: Callable[[], BaseException | None] = lambda: None
    ) -> None:
        self._settings = settings
        self._needs = needs
        self._why_outside = why_outside
        self._admin: AIOKafkaAdminClient
        self._told: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> "Watch":
        self._admin = new_admin(self._settings, request_timeout_ms=ASK_MS)
        await start(self._admin, self._settings)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._admin.close()

    async def first_look(self) -> Cluster:
        """The cluster as it is at the start.

        Raises:
            ClusterChangedError: it cannot be worked with, or does not tell of every topic.
        """
        cluster = await self._whole()
        if why := misfit(cluster, self._needs.partitions) or await self._stranger():
            raise ClusterChangedError(why)
        return cluster

    async def _whole(self) -> Cluster:
        """The cluster, once it tells of every topic: those just made are not known to every broker at once."""
        missing = set(self._needs.partitions)
        for _ in range(TRIES):
            if cluster := await look(self._admin, self._needs.partitions):
                missing = self._needs.partitions.keys() - cluster.partitions.keys()
                if not missing:
                    return cluster
            await asyncio.sleep(SURE_S)
        raise ClusterChangedError(
            f"the brokers do not tell of {min(missing)}: is it there (`interdict topics --check`)? Are they Kafka 2.3 "
            "or later?"
        )

    async def until_changed(self, then: Cluster) -> str:
        """Look until something is not as it was, and was so in some looks in a row: one line that says what to do."""
        found: list[str] = []
        while len(found) < SURE:
            await asyncio.wait({self._told}, timeout=SURE_S if found else LOOK_S)
            if self._told.done():
                return self._told.result()
            why = await self._change(then)
            found = [*(found if why in found else ()), why] if why else []
        return found[-1]

    def tell(self, why: str) -> None:
        """Something else found why the process cannot go on, and is sure of it."""
        if not self._told.done():
            self._told.set_result(why)

    async def _change(self, then: Cluster) -> str:
        """The first cause that is found: of a topic that is gone the group suffers too."""
        now = await look(self._admin, self._needs.partitions)
        if why := (change(then, now, self._needs.inputs) if now is not None else "") or await self._stranger():
            return why
        problem = self._why_outside()
        return outside(self._settings.group_id, problem) if problem is not None else ""

    async def _stranger(self) -> str:
        group_id = self._settings.group_id
        try:
            return stranger(group_id, await describe(self._admin, group_id), self._needs.inputs, self._needs.elsewhere)
        except (KafkaError, NotImplementedError, OSError, TimeoutError):  # nobody can say at present
            return ""
