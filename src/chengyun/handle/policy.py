"""The pack's section ``processes``: one table a process, step by move to step, and its terms.

A move stands in a step's ``moves`` or is not allowed there. One that changes nothing about where
the case stands (a supervision, say) leads to its own step.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import Meta

from chengyun.facts.handle import EvidenceKind
from chengyun.facts.registers import Code, Names
from chengyun.kernel.limits import MAX_FORM_DIGITS

Move = Literal[
    "dispatch",
    "accept",
    "contact",
    "return",
    "join",
    "report_back",
    "pass",
    "fail",
    "close",
    "reopen",
    "extend",
    "defer",
    "resume",
    "ledger",
    "take_up",
    "supervise",
    "appeal",
    "reclassify",
]

MADE_BY: Final[dict[Move, str]] = {
    "dispatch": "DecideRoute",
    "accept": "AcceptCase",
    "contact": "ContactReporter",
    "return": "ReturnCase",
    "join": "OpenJointDuty",
    "report_back": "ReportWork",
    "pass": "VerifyCase",
    "fail": "VerifyCase",
    "close": "VerifyCase",
    "reopen": "ReopenCase",
    "extend": "AskExtension",
    "defer": "DeferCase",
    "resume": "ResumeCase",
    "ledger": "LedgerCase",
    "take_up": "TakeUpCase",
    "supervise": "SuperviseCase",
    "appeal": "MakeAppeal",
    "reclassify": "ReclassifyCase",
}
"""The command that makes a move; ``FinishTask`` and a last ``FinishPart`` report back too."""


_DAY: Final = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_LIMIT: Final = "[1-9][0-9]{0,3} (working|calendar)_(hours|days)"
Limit = Annotated[str, Meta(pattern=f"^{_LIMIT}$")]
"""How long something may take, as ``4 working_hours``."""
MaybeLimit = Annotated[str, Meta(pattern=f"^$|^{_LIMIT}$")]
Rung = Annotated[str, Meta(pattern=f"^at once$|^{_LIMIT}$")]

Clock = Literal["runs", "stops"]
Must = Literal["time_limit", "step_limits", "owner", "fallback"]
Against = Literal["verdict", "dispatch", "rating"]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Step(_Part, frozen=True, kw_only=True):
    """A step, who takes it, where each move leads and what it asks for."""

    role: str
    moves: dict[Move, str] = {}
    within: MaybeLimit = ""
    """How long a case may stand here; empty is as long as the case may take."""
    demands: dict[Move, list[Code]] = {}
    """What has to be said with a move: keys of the process's ``form``."""
    evidence: dict[Move, list[EvidenceKind]] = {}
    """What has to be there, added since the case came to this step, before a move."""
    ends: bool = False


class FormField(_Part, frozen=True, kw_only=True):
    """One thing that a move may demand to be said."""

    name: Names
    kind: Literal["text", "number", "day", "choice"] = "text"
    choices: dict[Code, Names] = {}

    def takes(self, value: str) -> bool:
        """Tell whether ``value`` is said, and is of this kind."""
        if self.kind == "choice":
            return value in self.choices
        if self.kind == "number":
            return value.isascii() and value.isdecimal() and len(value) <= MAX_FORM_DIGITS
        if self.kind == "day":
            return re.fullmatch(_DAY, value) is not None
        return bool(value.strip())


class Tier(_Part, frozen=True, kw_only=True):
    """A class of urgency: what has to be over within ``limit`` has a first contact of its own."""

    name: Names
    limit: Limit
    """The time limit of the types of this tier."""
    contact: Limit
    """Within which the reporter is spoken to, from when the case was filed."""


class Contact(_Part, frozen=True, kw_only=True):
    """When trying to reach a reporter is enough."""

    attempts: Annotated[int, Meta(ge=1, le=20)] = 3


class Extension(_Part, frozen=True, kw_only=True):
    """How often and how far a deadline may be moved, and how fast that is decided."""

    times: Annotated[int, Meta(ge=1, le=20)]
    longest: Limit
    decided_within: Limit


class Waiting(_Part, frozen=True, kw_only=True):
    """How long a case may wait, and whether its clock stands meanwhile."""

    longest: Limit
    clock: Clock
    decided_within: Limit = "1 working_days"
    """Only where it is asked for first."""


class Appeal(_Part, frozen=True, kw_only=True):
    """What a unit may object to, until when, and how fast that is decided."""

    against: Annotated[list[Against], Meta(min_length=1)]
    times: Annotated[int, Meta(ge=1, le=20)] = 1
    decided_within: Limit


class Process(_Part, frozen=True, kw_only=True):
    """A way through the seven steps of GB/T 30428."""

    name: dict[str, str]
    start: str
    steps: dict[str, Step]
    max_rework: Annotated[int, Meta(ge=0, le=100)] = 10
    max_reopened: Annotated[int, Meta(ge=0, le=100)] = 3
    """How often a closed case is opened again."""
    form: dict[Code, FormField] = {}
    tiers: dict[Code, Tier] = {}
    contact: Contact = Contact()
    extension: Extension | None = None
    deferral: Waiting | None = None
    ledger: Waiting | None = None
    supervision: Limit | None = None
    """Within which a supervised unit has to answer."""
    appeal: Appeal | None = None
    soon_percent: Annotated[int, Meta(ge=0, le=99)] = 0
    """How much of its time has to be over before a clock is told to be due soon; 0 is never."""
    escalation: list[Rung] = []
    """How long after a deadline, and then after each level, the next unit above is told."""
    promises: list[Must] = []
    """What every type and every step of this process must have; ``chengyun check`` holds it."""
    source: str


class Processes(_Part, frozen=True, kw_only=True):
    """All processes by name."""

    SECTION: ClassVar[str] = "processes"
    processes: dict[str, Process]
