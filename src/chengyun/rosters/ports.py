"""What rosters need from outside: digests that only this store can make."""

from __future__ import annotations

from typing import Final, Protocol

from chengyun.engine.known import Port


class Digests(Protocol):
    """Makes digests under a key of the store; the same text gives the same digest."""

    def digest(self, purpose: str, text: str) -> str:
        """Return 32 hexadecimal digits for ``text``."""
        ...


DIGESTS: Final[Port[Digests]] = Port("roster_digests")
