"""Guessing is slowed down: per account and per address, and nobody is ever locked out.

The first five wrong tries of an account are free; after each further one, wait 1, 2, 4, … seconds,
at most 15 minutes. An address is slowed after wrong tries with 50 different logins, for at most a
minute. Where an account signed in before, it is counted by itself: strangers who guess at it
elsewhere, or at others from the same office, do not keep its owner waiting.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from typing import Final, TypeVar

import msgspec

from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import (
    ADDRESS_FORGETS_S,
    FREE_LOGINS_AN_ADDRESS,
    FREE_TRIES,
    LOGIN_FORGETS_S,
    MAX_ADDRESS_WAIT_S,
    MAX_LOGIN_WAIT_S,
    MAX_THROTTLED,
    MAX_THROTTLED_ADDRESSES,
    MAX_USUAL_ADDRESSES,
)

K = TypeVar("K")

_DOUBLINGS: Final = 30


def login_wait_s(wrong: int) -> int:
    """Return how long to wait after so many wrong tries in a row.

    >>> [login_wait_s(wrong) for wrong in (1, 4, 5, 6, 9, 14, 15, 1_000)]
    [0, 0, 1, 2, 16, 512, 900, 900]
    """
    beyond = wrong - FREE_TRIES
    return 0 if beyond < 0 else min(1 << min(beyond, _DOUBLINGS), MAX_LOGIN_WAIT_S)


def address_wait_s(logins: int) -> int:
    """Return how long an address waits after wrong tries with so many different logins.

    >>> [address_wait_s(logins) for logins in (49, 50, 52, 99)]
    [0, 1, 4, 60]
    """
    beyond = logins - FREE_LOGINS_AN_ADDRESS
    return 0 if beyond < 0 else min(1 << min(beyond, _DOUBLINGS), MAX_ADDRESS_WAIT_S)


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the first 64 bits, which one household has.

    >>> network_of("10.0.0.7"), network_of("2001:db8::1:2:3:4"), network_of("::ffff:10.0.0.7")
    ('10.0.0.7', '2001:db8::', '10.0.0.7')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)


class _Tries(msgspec.Struct):
    wrong: int = 0
    last_at: int = 0
    until: int = 0


class _Address(msgspec.Struct):
    logins: dict[str, None]
    beyond: int = 0
    """Wrong tries after the last free login: with a full list nothing new is kept."""
    last_at: int = 0
    until: int = 0


class Throttle:
    """Counts wrong tries; ``who`` is an account, or the digest of a login that is nobody's.

    A try is counted before it is judged, so that many at once gain nothing, and taken back where
    it was right.
    """

    def __init__(self) -> None:
        self._accounts: dict[str, _Tries] = {}
        self._nobodies: OrderedDict[str, _Tries] = OrderedDict()
        self._pairs: OrderedDict[tuple[str, str], _Tries] = OrderedDict()
        self._usual: dict[str, OrderedDict[str, None]] = {}
        self._addresses: OrderedDict[str, _Address] = OrderedDict()

    def wait_us(self, who: str, address: str, now: Instant, *, is_account: bool) -> int:
        """Return how long this login must wait at this address; 0 where it may try now."""
        until = self._tries(who, address, now, is_account=is_account).until
        if not self._is_usual(who, address):
            held = self._addresses.get(address)
            if held is not None and now - held.last_at > ADDRESS_FORGETS_S * SECOND_US:
                del self._addresses[address]
            elif held is not None:
                until = max(until, held.until)
        return max(0, until - now)

    def tried(self, who: str, address: str, now: Instant, *, is_account: bool) -> None:
        """Count a try as wrong."""
        tries = self._tries(who, address, now, is_account=is_account)
        tries.wrong += 1
        tries.last_at = now
        tries.until = now + login_wait_s(tries.wrong) * SECOND_US
        if self._is_usual(who, address):
            return
        held = self._addresses.setdefault(address, _Address({}))
        self._addresses.move_to_end(address)
        if who not in held.logins:
            if len(held.logins) < FREE_LOGINS_AN_ADDRESS:
                held.logins[who] = None
            else:
                held.beyond += 1
        held.last_at = now
        held.until = now + address_wait_s(len(held.logins) + held.beyond) * SECOND_US
        if len(self._addresses) > MAX_THROTTLED_ADDRESSES:
            self._addresses.popitem(last=False)

    def was_right(self, who: str, address: str, now: Instant, *, is_account: bool) -> None:
        """Take the last try back: its password was right, though more is asked for."""
        tries = self._tries(who, address, now, is_account=is_account)
        tries.wrong = max(0, tries.wrong - 1)
        tries.until = now
        self._forgive(who, address)

    def passed(self, account: str, address: str) -> None:
        """Forget the wrong tries of an account that signed in; this address is usual from now."""
        usual = self._usual.setdefault(account, OrderedDict())
        if address not in usual:
            self._accounts.pop(account, None)
        usual[address] = None
        usual.move_to_end(address)
        if len(usual) > MAX_USUAL_ADDRESSES:
            usual.popitem(last=False)
        self._pairs.pop((account, address), None)
        self._forgive(account, address)

    def _forgive(self, who: str, address: str) -> None:
        held = self._addresses.get(address)
        if held is not None:
            held.logins.pop(who, None)

    def _is_usual(self, who: str, address: str) -> bool:
        return address in self._usual.get(who, ())

    def _tries(self, who: str, address: str, now: Instant, *, is_account: bool) -> _Tries:
        if self._is_usual(who, address):
            found = _kept(self._pairs, (who, address))
        elif is_account:
            found = self._accounts.setdefault(who, _Tries())
        else:
            found = _kept(self._nobodies, who)
        if now - found.last_at > LOGIN_FORGETS_S * SECOND_US:
            found.wrong = found.until = 0
        return found


def _kept(table: OrderedDict[K, _Tries], key: K) -> _Tries:
    """Return the entry of a bounded table, made if need be; the one touched longest ago leaves."""
    found = table.setdefault(key, _Tries())
    table.move_to_end(key)
    if len(table) > MAX_THROTTLED:
        table.popitem(last=False)
    return found
