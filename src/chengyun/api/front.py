"""What stands before the server: the names it is asked under, and the proxy that speaks TLS."""

from __future__ import annotations

from typing import Final, NamedTuple

_MAX_ADDRESS_CHARS: Final = 64


class Front(NamedTuple):
    """What stands before the server."""

    names: frozenset[str] = frozenset()
    """Names under which it is asked for, besides those of the machine itself."""
    proxy: str = ""
    """The address of the TLS proxy; empty where the server itself is asked, on loopback."""

    def address(self, peer: str, told: str) -> str:
        """Return who asks: ``peer``, or whom the proxy names at the end of ``told``.

        The proxy writes the address it saw at the end of ``X-Forwarded-For``; what stands before
        it, and the whole of it where no proxy is, anybody can write.

        >>> Front(proxy="10.0.0.1").address("10.0.0.1", "1.2.3.4, 10.0.0.7")
        '10.0.0.7'
        >>> Front(proxy="10.0.0.1").address("10.0.0.9", "1.2.3.4")
        '10.0.0.9'
        >>> Front().address("::1", "1.2.3.4")
        '::1'
        """
        if not told or not self.proxy or peer != self.proxy:
            return peer
        return told.rpartition(",")[2].strip()[:_MAX_ADDRESS_CHARS]
