"""When each of many things is due, the earliest first."""

from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

STALE_MAX = 1_000
"""Entries of the heap that no longer hold, beyond as many as do hold, before they are all cleared away."""

K = TypeVar("K")


class Deadlines(Generic[K]):
    """One deadline a key. What no longer holds is dropped when it is met, or when there is too much of it."""

    def __init__(self) -> None:
        self.at: dict[K, int] = {}
        """The one that holds, of every key that has any, Unix ms. To be looked at, and changed by `set` only."""
        self._heap: list[tuple[int, K]] = []

    def set(self, key: K, at: int) -> None:
        """Set a key's deadline; 0 for none."""
        if self.at.get(key, 0) == at:
            return
        if not at:
            self.at.pop(key, None)
            return
        self.at[key] = at
        heappush(self._heap, (at, key))
        if len(self._heap) > 2 * len(self.at) + STALE_MAX:
            self._heap = [(at, key) for key, at in self.at.items()]
            heapify(self._heap)

    def first(self) -> tuple[int, K] | None:
        """The earliest deadline, and whose it is; of equal ones the least key's."""
        while self._heap:
            at, key = self._heap[0]
            if self.at.get(key) == at:
                return at, key
            heappop(self._heap)
        return None
