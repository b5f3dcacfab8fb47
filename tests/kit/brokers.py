"""A broker that tests take one after another, each as if it were new.

Apache Kafka takes seconds of two cores to start, a hundred tests want one with no topics of others, and hardly any of
them does anything to the broker itself: so it is emptied after a test instead of started anew.
"""

import asyncio
import signal
from collections.abc import Callable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, NoError
from aiokafka.protocol.admin import DeleteGroupsRequest

from deploy.kafka.cluster import KafkaCluster

EMPTY_S = 8.0
"""A group whose members did not leave (a worker that was killed) has them until their session is over: six seconds of
waiting cost less than the processor time of another broker, and what takes longer gets one."""
LOOK_S = 0.05
LAST = "the-last-of-a-test"


class TakenInTurns:
    """A broker as long as it can be emptied, then another one.

    Args:
        make: makes a cluster of one broker.
    """

    def __init__(self, make: Callable[[], KafkaCluster]) -> None:
        self._make = make
        self._running: KafkaCluster | None = None

    async def take(self) -> str:
        """The address of a broker that has neither topics nor groups."""
        if self._running is not None and not await emptied(self._running.bootstrap):
            await self.end()
        if self._running is None:
            self._running = await self._make().__aenter__()
        return self._running.bootstrap

    async def end(self) -> None:
        """End the broker, if there is one, as a crash would: it takes ten seconds to leave in order, and to no end."""
        running, self._running = self._running, None
        if running is not None:
            await asyncio.gather(*[running.stop(server, signal.SIGKILL) for server in running.servers])
            await running.__aexit__(None, None, None)


async def emptied(bootstrap: str) -> bool:
    """Take away a broker's topics and groups; whether none is left.

    Groups go first: one that has a member keeps it, and would make whoever joins next wait for it.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        async with asyncio.timeout(EMPTY_S):
            await _forget_groups(admin)
            await _delete_topics(admin)
            await _settle(admin)
    except (KafkaError, TimeoutError):
        return False
    finally:
        await admin.close()
    return True


async def _forget_groups(admin: AIOKafkaAdminClient) -> None:
    (broker,) = (await admin._get_cluster_metadata()).brokers
    while groups := [name for name, *_ in await admin.list_consumer_groups()]:
        answer = await admin._send_request(DeleteGroupsRequest(groups), broker[0])
        if any(code != NoError.errno for _, code in answer.results):
            await asyncio.sleep(LOOK_S)


async def _delete_topics(admin: AIOKafkaAdminClient) -> None:
    if topics := await _topics(admin):
        await admin.delete_topics(topics)
    while await _topics(admin):
        await asyncio.sleep(LOOK_S)


async def _settle(admin: AIOKafkaAdminClient) -> None:
    """Wait until a topic has come and gone. A topic is no longer named a while before its files are gone, and what is
    asked for meanwhile is done after that: the test's own topics would be late."""
    await admin.create_topics([NewTopic(LAST, 1, 1)])
    while LAST not in await admin.list_topics():
        await asyncio.sleep(LOOK_S)
    await _delete_topics(admin)


async def _topics(admin: AIOKafkaAdminClient) -> list[str]:
    """Its topics but those that it keeps for itself."""
    return [name for name in await admin.list_topics() if not name.startswith("__")]
