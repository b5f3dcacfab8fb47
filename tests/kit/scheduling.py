"""Which process of `make test` runs which tests, and in which order."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

LONG = (
    "tests/live/test_poison.py", "tests/console/test_replay_memory.py", "tests/console/test_replay.py",
    "tests/live/test_rebase.py", "tests/city/test_recording.py", "tests/live/test_signed.py",
    "tests/live/test_partitioners.py", "tests/live/test_hostile.py", "tests/streams/test_crash_points.py",
    "tests/live/test_live.py", "tests/console/test_demo.py", "tests/live/test_unreadable.py",
    "tests/victims/test_long_texts.py", "tests/live/test_privacy.py", "tests/victims/test_text_quality.py",
    "tests/live/test_three_spaces.py", "tests/live/test_relay.py", "tests/victims/test_state.py",
    "tests/live/test_doubt.py", "tests/live/test_policies.py", "tests/victims/test_scams.py",
    "tests/live/test_cluster.py", "tests/upgrade/test_desk_moves.py", "tests/upgrade/test_rolling.py",
    "tests/deploy/test_compose.py", "tests/city/test_life.py", "tests/console/test_policies.py",
    "tests/console/test_without_broker.py", "tests/fit/test_weights.py", "tests/streams/test_transport.py",
    "tests/streams/test_ticks.py", "tests/schemas/test_codec.py", "tests/live/test_clock_steps.py",
    "tests/relay/test_giving_back.py", "tests/console/test_cli.py", "tests/live/test_tracing.py",
    "tests/city/test_truth.py", "tests/relay/test_relay.py", "tests/judge/test_evaluate.py",
    "tests/console/test_live.py", "tests/console/test_verify.py", "tests/chaos/test_soak.py",
    "tests/schemas/test_asyncapi.py", "tests/schemas/test_mending.py",
)  # fmt: skip
"""Files that take long, about the longest first, and such as compute between such as wait, so that the cores always
have something to do: only the order of a run hangs on it."""

APART = frozenset({
    "tests/live/test_rebase.py", "tests/live/test_unreadable.py", "tests/live/test_relay.py",
    "tests/live/test_doubt.py", "tests/live/test_policies.py", "tests/live/test_cluster.py",
    "tests/live/test_clock_steps.py", "tests/live/test_tracing.py", "tests/streams/test_transport.py",
    "tests/streams/test_ticks.py", "tests/console/test_replay_memory.py",
})  # fmt: skip
"""Files whose tests take long each and share nothing: they go each to whichever process is free. Those of any other
file run in one process: what one has computed or read, the next has at hand."""


def begun_early(nodeid: str) -> int:
    """What tests are sorted by: what takes long begins first, so that in the end no process waits for another's."""
    return _TURNS.get(_file(nodeid), len(LONG))


_TURNS = {file: turn for turn, file in enumerate(LONG)}


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


class ByFile(LoadFileScheduling):
    """Hands files to processes, and of some files each test. A run ends also where a process does."""

    def _split_scope(self, nodeid: str) -> str:
        file = _file(nodeid)
        return nodeid if file in APART else file

    def remove_node(self, node: WorkerController) -> str | None:
        """What brought its process down is told and over: xdist would run it again, and lose the next process to it."""
        for unit in self.assigned_work[node].values():
            for nodeid, over in unit.items():
                if not over:
                    unit[nodeid] = True
                    super().remove_node(node)
                    return nodeid
        return super().remove_node(node)

    def _reschedule(self, node: WorkerController) -> None:
        """A process begins a test once it knows the next, or that none comes: with a single one, which is what xdist
        gives to whom it takes in place of one that is gone, it would wait for ever. Where two are gone at once, xdist
        gives to one that has not yet collected."""
        if node not in self.registered_collections:
            return
        super()._reschedule(node)
        while not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """What `--dist loadfile` is here, as `make test` has it."""
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None
