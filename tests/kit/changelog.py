"""A desk's changelog: what is written of its state at each step, and the state that a worker reads back."""

from agents.desk.duty import DeskDuty
from agents.desk.state import DeskState
from interdict.topology import THE_DESK
from schemas.orders import DESK
from schemas.spans import DAY_MS
from schemas.topics import ORDERS
from streams.core.changes import Change
from streams.core.duty import fence_key
from streams.core.pipeline import Pipeline
from streams.core.store import Store

KEY = DESK.encode()
FENCE = fence_key(ORDERS.code, 0)
PIPELINE = Pipeline(THE_DESK, [DeskDuty.load()])


class Changelog:
    """Compacted: the last record of each key."""

    def __init__(self) -> None:
        self.records: dict[bytes, Change] = {}
        self._steps = 0

    def write(self, desk: DeskState) -> None:
        """A step is done: what changed goes to the changelog, pieces first."""
        self._steps += 1
        store = self._read()
        state = store.load(0, KEY, 0) or store.new()
        state.slots.desk, state.fence = desk, {FENCE: self._steps}  # type: ignore[attr-defined]
        self.records.update(store.pieces_changed(0, KEY, state))
        blob = store.save(0, KEY, state)
        assert blob is not None
        self.records[KEY] = blob

    def read(self) -> DeskState | None:
        """The state as a worker finds it that takes the desk over."""
        state = self._read().load(0, KEY, 0)
        return None if state is None else state.slots.desk  # type: ignore[attr-defined,no-any-return]

    def _read(self) -> Store:
        store = Store(PIPELINE, idle_ms=90 * DAY_MS)
        for key, change in self.records.items():
            store.recover(0, key, change)
        store.recovered([0])
        return store
