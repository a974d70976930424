"""Hashes of passwords: argon2id (RFC 9106), two at once on threads of their own.

The parameters are the second recommended option of RFC 9106: 64 MiB, 3 passes, 4 lanes.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from chengyun.kernel.errors import Overloaded
from chengyun.kernel.limits import MAX_HASHES_AT_ONCE, MAX_HASHES_WAITING

T = TypeVar("T")


def hashed(password: str) -> str:
    """Return the hash of a password, with a salt of its own and the parameters inside."""
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY).hash(password)


class Hasher:
    """Makes and checks hashes without holding up the loop; a flood is answered "overload"."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._threads = ThreadPoolExecutor(MAX_HASHES_AT_ONCE, thread_name_prefix="argon2")
        self._nobodys = self._hasher.hash(secrets.token_urlsafe(32))
        self._waiting = 0

    async def hashed(self, password: str) -> str:
        """Return the hash of a password."""
        return await self._aside(lambda: self._hasher.hash(password))

    async def is_right(self, kept: str | None, password: str) -> bool:
        """Tell whether ``password`` has the hash ``kept``; without one it takes as long."""

        def judged() -> bool:
            try:
                return self._hasher.verify(kept or self._nobodys, password) and kept is not None
            except (VerificationError, InvalidHashError):
                return False

        return await self._aside(judged)

    def is_outdated(self, kept: str) -> bool:
        """Tell whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    async def _aside(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_HASHES_WAITING:
            raise Overloaded("too many sign in at once", remedy="try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
