"""The kinds of events: how often, when, where, who notices, how long it takes to mend.

Rates, delays and times of work are the simulation's own choices, made to give a day's work that
looks like a day's work; no real city's figures are claimed. Only orders of magnitude lean on
FACTS of the field (some 30,000 cases a day for 25 million people, peaks ten times that).
"""

from __future__ import annotations

from typing import Final

from chengyun.sim.world.kinds_daily import DAILY
from chengyun.sim.world.kinds_danger import DANGERS

KINDS: Final = (*DANGERS, *DAILY)
BY_CODE: Final = {kind.code: kind for kind in KINDS}

WEEKLY: Final = {
    "rainstorm": 1.6,
    "high_tide": 1.2,
    "crowd_surge": 4.0,
    "gateway_failure": 1.2,
}
"""Events that a whole district or city shares: how many a week."""

FALSE_TYPES: Final = (
    *("gas_smell", "fallen_tree", "noise", "exposed_rubbish", "manhole_cover"),
    *("street_light", "elder_check", "lift_trapped"),
)
"""What a false report claims."""
