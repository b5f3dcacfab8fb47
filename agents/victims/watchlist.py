"""What is known to be bad: scam numbers, mule accounts, phishing domains. Every worker holds all of it."""

from schemas.reference import WatchlistEntry

NEVER = 1 << 62


class Watchlist:
    """Known values by kind. An entry no longer counts from its `expires_at` on."""

    def __init__(self) -> None:
        self._until: dict[str, dict[str, int]] = {"peer": {}, "account": {}, "domain": {}}

    def learn(self, value: str, entry: WatchlistEntry | None) -> None:
        """Take in an entry; None where it was deleted. One of another kind than before is of the old kind no more."""
        for known in self._until.values():
            known.pop(value, None)
        if entry is not None:
            self._until[entry.kind][value] = entry.expires_at or NEVER

    def peer(self, value: str, now: int) -> bool:
        """Whether a number is listed."""
        return self._until["peer"].get(value, 0) > now

    def account(self, value: str, now: int) -> bool:
        """Whether an account is listed."""
        return self._until["account"].get(value, 0) > now

    def domain(self, host: str | None, now: int) -> bool:
        """Whether a host, or a domain above it, is listed."""
        if not host or not self._until["domain"]:
            return False
        labels = host.split(".")
        return any(self._until["domain"].get(".".join(labels[i:]), 0) > now for i in range(len(labels) - 1))
