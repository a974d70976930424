"""Where keys come from: the machine's entropy, or a seed where a run must repeat itself."""

from __future__ import annotations

import hashlib
import hmac
import secrets


class SystemEntropy:
    """Fresh random keys."""

    def key(self, purpose: str) -> bytes:
        """Return 64 fresh random bytes."""
        return secrets.token_bytes(64)


class SeededEntropy:
    """Keys that follow from a seed, for replays and tests: the same seed, the same bytes."""

    def __init__(self, seed: int) -> None:
        self._seed = seed.to_bytes(16, "big", signed=True)

    def key(self, purpose: str) -> bytes:
        """Return the 64 bytes that belong to ``purpose`` under this seed (HMAC-SHA-512)."""
        return hmac.new(self._seed, purpose.encode(), hashlib.sha512).digest()
