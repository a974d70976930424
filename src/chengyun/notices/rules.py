"""Pure rules of notices: what a text may say, when it is sent, what a provider knows it by.

A text is made of codes that the platform itself gave: numbers of cases and reports, types, areas,
units, times. What a person wrote and what tells of a person can be no parameter, so that no
template, however careless, sends it out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from chengyun.facts.classes import Class, class_of
from chengyun.kernel.instants import Instant, from_datetime, to_datetime
from chengyun.notices.policy import Quiet

KNOWN_PARAMS: Final = frozenset(
    {"area", "at", "case", "count", "due", "link", "number", "report", "type", "unit"}
)
"""Parameters of every template; further ones are fields of the fact."""

_HOLE: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BRACE: Final = re.compile(r"[{}]")


def holes_of(text: str) -> list[str] | None:
    """Return the parameters that a text has, or ``None`` where a brace is none of one."""
    return None if _BRACE.search(_HOLE.sub("", text)) else _HOLE.findall(text)


def filled(text: str, params: Mapping[str, str]) -> str:
    """Return a text with its parameters; one that is not given, or empty, is a dash.

    >>> filled("{case} is due {due}", {"case": "7"})
    '7 is due –'
    """
    return _HOLE.sub(lambda hole: params.get(hole[1]) or "–", text)


def why_not(kind: str, param: str) -> str:
    """Return why a template of a kind of fact cannot have a parameter, or nothing.

    ``personal_param`` is one that tells of a person, or what a person wrote.
    """
    if param in KNOWN_PARAMS:
        return ""
    found = class_of(kind, param)
    if found.is_written or found.kind in (Class.PERSONAL, Class.LOCKED):
        return "personal_param"
    return "unknown_param" if found.kind is Class.SENSITIVE else ""


def number_of(name: str) -> str:
    """Return the number of a report or case as a person reads it out.

    >>> number_of("case:hotline:2026-17")
    '2026-17'
    """
    return name.rpartition(":")[2]


def plain(value: Any) -> str:
    """Return a field of a fact as a parameter: a text or a whole number, nothing else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


# --- when -------------------------------------------------------------------------------------


def quiet_until(at: Instant, quiet: Quiet, zone: ZoneInfo) -> Instant | None:
    """Return when the quiet hours end in which ``at`` lies, ``None`` where it lies in none."""
    local = to_datetime(at, zone)
    begins, ends = _clock(quiet.begins), _clock(quiet.ends)
    now = local.time()
    over_midnight = begins >= ends
    inside = now >= begins or now < ends if over_midnight else begins <= now < ends
    if not inside:
        return None
    days = 1 if over_midnight and now >= begins else 0
    return _on(local, days, ends, zone)


def next_of(at: Instant, clocks: list[str], zone: ZoneInfo) -> Instant | None:
    """Return the first of some times of day after ``at``; ``None`` where there are none."""
    local = to_datetime(at, zone)
    found = [_on(local, days, _clock(one), zone) for days in (0, 1) for one in clocks]
    return min((one for one in found if one > at), default=None)


def _clock(text: str) -> time:
    return time.fromisoformat(text)


def _on(local: datetime, days: int, clock: time, zone: ZoneInfo) -> Instant:
    day = local.date() + timedelta(days=days)
    return from_datetime(datetime.combine(day, clock, tzinfo=zone))


# --- what a provider knows it by --------------------------------------------------------------


def key_of(notice: str, group: str, channel: str) -> str:
    """Return 32 hexadecimal digits that are the same whenever the same thing is sent again.

    Of a group they are those of the group: its notices are one message.
    """
    return hashlib.sha256(f"{group or notice}\n{channel}".encode()).hexdigest()[:32]
