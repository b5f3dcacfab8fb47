"""What one kind of poison is, and the table that each subject fills."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.live.poison.aim import Aim, Parcel

Make = Callable[[Aim], Iterable[Parcel]]


@dataclass(frozen=True)
class Kind:
    """One kind of poison."""

    name: str
    make: Make
    only_kafka: bool = False
    """Whether the embedded broker has no such thing, or falls over it itself."""
    aside: bool = False
    """Whether no replay can say what becomes of its records: only a clock refuses them, or their order counts."""
    lone: bool = False
    """Whether it is not strewn among a feed: it is for everybody, or moves the feed's clock, or takes long."""
    is_nothing: bool = False
    """Whether it never was: nothing may be done for it."""

    def is_for(self, broker: str) -> bool:
        """Whether this broker can be given it."""
        return not self.only_kafka or broker != "embedded"


class Kinds(list[Kind]):
    """Kinds of one subject, in the order in which they are put in."""

    def kind(self, name: str, **more: Any) -> Callable[[Make], Make]:
        """Put what makes it into the table."""

        def put(make: Make) -> Make:
            self.append(Kind(name, make, **more))
            return make

        return put

    def each(self, prefix: str, table: dict[str, Any], make: Callable[..., Iterable[Parcel]], **more: Any) -> None:
        """One kind for each row of a table."""
        for name, row in table.items():
            self.kind(f"{prefix}: {name}", **more)(_about(row, make))


def _about(row: Any, make: Callable[..., Iterable[Parcel]]) -> Make:
    return lambda aim: make(aim, row)
