"""The pack's section ``voice``: how often a reporter is called back, and when a thing came back."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta


class Voice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the city wants to hear of those who reported something (回访)."""

    SECTION: ClassVar[str] = "voice"
    call_back_attempts: Annotated[int, Meta(ge=1, le=20)] = 3
    """How often it is tried each time that a case was reported back."""
    came_back_days: Annotated[int, Meta(ge=0, le=366)] = 30
    """The same type at the same place so soon after it was closed came back; 0 is never."""
    came_back_m: Annotated[int, Meta(ge=1, le=25)] = 20
    """How far apart the same place may be put on the map."""
    source: str = ""
