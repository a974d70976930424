"""The pack's section ``processes``: the steps of a case and the moves between them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

Move = Literal["dispatch", "return", "report_back", "pass", "fail", "close", "reopen"]


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step, who takes it, and where each move leads."""

    role: str
    moves: dict[Move, str] = {}
    ends: bool = False


class Process(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way through the seven steps of GB/T 30428."""

    name: dict[str, str]
    start: str
    steps: dict[str, Step]
    max_rework: Annotated[int, Meta(ge=0, le=100)] = 10
    source: str


class Processes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All processes by name."""

    SECTION: ClassVar[str] = "processes"
    processes: dict[str, Process]
