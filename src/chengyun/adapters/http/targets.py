"""Where the platform may send requests: a guard against being used to reach what it alone reaches.

An address that somebody configures (of a provider of sign-in, of a channel) is resolved here,
once; every address the name has must be a public one, or lie in a network that the operator named;
and the connection goes to the address that was judged, whatever the name says a moment later.
Redirects are targets of their own: whoever sends does not follow them by itself.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from chengyun.kernel.errors import Rejected, Retryable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Iterable[str]]
"""``(name, port) → its addresses``; raises ``OSError``."""

_PORTS: Final = {"https": 443, "http": 80}
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_MASK: Final = 0xFFFFFFFF


class Target(NamedTuple):
    """A judged target: the connection goes to ``address``; ``host`` is for TLS and ``Host``."""

    url: str
    scheme: str
    host: str
    port: int
    address: str


class Targets:
    """Judges targets. ``inside`` are networks that may be reached though they are not public."""

    def __init__(self, inside: Iterable[str] = (), resolve: Resolve | None = None) -> None:
        self._inside = tuple(map(_network, inside))
        self._resolve = addresses_of if resolve is None else resolve

    def judged(self, url: str) -> Target:
        """Return the target of ``url``, or refuse it.

        ``https`` alone; ``http`` only where every address lies inside. Raises ``Rejected`` with
        ``bad_target`` or ``forbidden_target``, ``Retryable`` where the name does not resolve now.
        """
        parts, host, port = _parts(url)
        try:
            found = [ipaddress.ip_address(one) for one in self._resolve(host, port)]
        except (OSError, UnicodeError) as failed:
            raise Retryable("this name has no address", where=host, remedy="look at it") from failed
        if not found:
            raise Retryable("this name has no address", where=host, remedy="look at it")
        for address in found:
            self._check(address, parts.scheme, host)
        return Target(url, parts.scheme, host, port, str(found[0]))

    def _check(self, address: Address, scheme: str, host: str) -> None:
        judged = _embedded(address)
        if any(judged.version == net.version and judged in net for net in self._inside):
            return
        if not judged.is_global or judged.is_multicast:
            raise Rejected(
                "forbidden_target",
                "this name leads to an address that is not public",
                where=host,
                remedy="let the operator name its network as one that may be reached",
            )
        if scheme != "https":
            raise Rejected(
                "forbidden_target",
                "outside only https is spoken",
                where=host,
                remedy="give an address that begins with https://",
            )


def addresses_of(name: str, port: int) -> list[str]:
    """Return every address of a name, as the machine resolves it."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [str(address[0]).partition("%")[0] for *_, address in found]


def _parts(url: str) -> tuple[SplitResult, str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = SplitResult("", "", "", "", ""), None, None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or not url.isprintable():
        raise Rejected(
            "bad_target",
            "this is no address that requests can be sent to",
            where="url",
            remedy="give https://, a name, perhaps a port and a path, and no user",
        )
    return parts, host, port or _PORTS[parts.scheme]


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as wrong:
        raise Rejected("bad_network", f"{text[:80]!r} is no network: {wrong}", where="networks",
                       remedy="write it as 10.1.0.0/16") from wrong  # fmt: skip


def _embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), or itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _IPV4_MASK)
    return address
