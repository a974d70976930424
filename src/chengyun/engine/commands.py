"""Commands: requests in the imperative, each with the permission it needs."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from chengyun.kernel.errors import ChengyunError
from chengyun.kernel.instants import Instant


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants done. ``NEEDS`` is the permission its door asks for."""

    NEEDS: ClassVar[str] = ""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command; durable once the engine has committed."""

    facts: tuple[str, ...] = ()
    """The ids of the facts the command itself recorded; empty where all were known already."""
    refused: ChengyunError | None = None
    known_at: Instant = Instant(0)
