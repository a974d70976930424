"""The kinds of events: how often, when, where, who notices, how long it takes to mend.

Rates, delays and times of work are the simulation's own choices, made to give a day's work that
looks like a day's work; no real city's figures are claimed. Only orders of magnitude lean on
FACTS of the field (some 30,000 cases a day for 25 million people, peaks ten times that).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Signal = Literal["", "rain", "underpass_depth", "crowd", "tide"]

FLAT: Final = (1.0,) * 24
DAY: Final = (
    *(0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.8, 1.4, 1.9, 2.0, 1.9, 1.6),
    *(1.3, 1.5, 1.8, 1.8, 1.7, 1.6, 1.3, 1.0, 0.7, 0.5, 0.3, 0.2),
)
EVENING: Final = (
    *(1.2, 0.8, 0.4, 0.2, 0.2, 0.3, 0.5, 0.6, 0.6, 0.6, 0.6, 0.7),
    *(0.7, 0.6, 0.6, 0.7, 0.8, 1.0, 1.4, 1.9, 2.4, 2.8, 2.6, 1.9),
)
RUSH: Final = (
    *(0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 1.2, 2.4, 2.6, 1.6, 1.2, 1.3),
    *(1.3, 1.2, 1.2, 1.3, 1.7, 2.5, 2.6, 1.7, 1.0, 0.7, 0.4, 0.2),
)
DARK: Final = (
    *(0.8, 0.5, 0.3, 0.2, 0.2, 0.4, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2),
    *(0.2, 0.2, 0.2, 0.2, 0.4, 1.2, 2.4, 3.2, 3.2, 2.6, 1.8, 1.2),
)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event, and how it makes itself felt."""

    code: str
    zh: str
    en: str
    type: str = ""
    """The case type it truly is; empty where it is only measured."""
    places: tuple[str, ...] = ("building",)
    per_day: float = 0.0
    """How many a day and 100,000 residents, on average."""
    hours: tuple[float, ...] = FLAT
    weekend: float = 1.0
    reporters: float = 1.0
    """How many citizens report it on average, at middle severity; at least one where it is > 0."""
    notice_min: float = 20.0
    """Mean minutes until a citizen has noticed and written."""
    sensed: float = 0.0
    """Share of events that a device notices."""
    alarm_min: float = 2.0
    signal: Signal = ""
    """The measurement that shows it."""
    lasts_h: float = 24.0
    """Hours until it is over where nobody comes."""
    work_min: tuple[int, int] = (20, 60)
    urgent: bool = False
    mistaken: tuple[str, ...] = ()
    """Types that an agent on the phone may take it for."""
    causes: tuple[str, ...] = ("wear",)
    real: bool = True
    """False for what turns out to be nothing."""


KINDS: Final = (
    Kind(
        code="rainstorm",
        zh="暴雨",
        en="Rainstorm",
        places=("district",),
        hours=FLAT,
        reporters=0,
        signal="rain",
        lasts_h=3,
        causes=("weather",),
    ),
    Kind(
        code="high_tide",
        zh="高潮位",
        en="High tide",
        places=("city",),
        reporters=0,
        signal="tide",
        lasts_h=5,
        causes=("storm_surge", "spring_tide"),
    ),
    Kind(
        code="underpass_flooding",
        zh="下立交积水",
        en="Flooded underpass",
        type="street_flooding",
        places=("underpass",),
        per_day=0.1,
        reporters=3.0,
        notice_min=14,
        sensed=0.6,
        signal="underpass_depth",
        lasts_h=6,
        work_min=(40, 100),
        urgent=True,
        causes=("blocked_drain", "pump_failure"),
    ),
    Kind(
        code="crowd_surge",
        zh="大客流",
        en="Crowd surge",
        type="crowd_control",
        places=("embankment",),
        reporters=1.5,
        notice_min=40,
        signal="crowd",
        lasts_h=4,
        work_min=(30, 90),
        urgent=True,
        causes=("light_show", "holiday", "market"),
    ),
    Kind(
        code="street_flooding",
        zh="道路积水",
        en="Flooded street",
        type="street_flooding",
        places=("drain", "bus_stop"),
        per_day=0.5,
        reporters=2.2,
        notice_min=20,
        lasts_h=8,
        work_min=(40, 100),
        urgent=True,
        mistaken=("road_damage", "water_outage"),
        causes=("burst_pipe", "blocked_drain"),
    ),
    Kind(
        code="water_outage",
        zh="停水",
        en="Water outage",
        type="water_outage",
        places=("building",),
        per_day=1.6,
        hours=DAY,
        reporters=4.5,
        notice_min=45,
        sensed=0.25,
        alarm_min=8,
        lasts_h=14,
        work_min=(60, 200),
        urgent=True,
        mistaken=("other",),
        causes=("burst_pipe", "pump_fault", "works"),
    ),
    Kind(
        code="gas_smell",
        zh="燃气异味",
        en="Smell of gas",
        type="gas_smell",
        places=("building", "shop"),
        per_day=2.0,
        hours=EVENING,
        reporters=1.8,
        notice_min=7,
        sensed=0.35,
        alarm_min=2,
        lasts_h=8,
        work_min=(30, 80),
        urgent=True,
        mistaken=("exposed_rubbish",),
        causes=("leaking_hose", "cut_pipe", "sewer_gas"),
    ),
    Kind(
        code="fallen_tree",
        zh="树木倒伏",
        en="Fallen tree",
        type="fallen_tree",
        places=("tree_stand", "bus_stop"),
        per_day=1.2,
        hours=DAY,
        reporters=1.9,
        notice_min=25,
        lasts_h=30,
        work_min=(40, 120),
        urgent=True,
        mistaken=("road_damage", "other"),
        causes=("wind", "rot", "lorry"),
    ),
    Kind(
        code="lift_failure",
        zh="电梯困人",
        en="Lift failure",
        type="lift_trapped",
        places=("lift", "building"),
        per_day=2.6,
        hours=RUSH,
        reporters=1.4,
        notice_min=5,
        sensed=0.7,
        alarm_min=1,
        lasts_h=4,
        work_min=(20, 60),
        urgent=True,
        mistaken=("power_cut",),
        causes=("wear", "door_fault"),
    ),
    Kind(
        code="power_cut",
        zh="停电",
        en="Power cut",
        type="power_cut",
        places=("building",),
        per_day=0.5,
        hours=EVENING,
        reporters=9.0,
        notice_min=25,
        sensed=0.8,
        alarm_min=2,
        lasts_h=9,
        work_min=(50, 160),
        urgent=True,
        mistaken=("street_light",),
        causes=("overload", "cable_fault", "digging"),
    ),
    Kind(
        code="manhole_cover",
        zh="井盖缺失破损",
        en="Manhole cover",
        type="manhole_cover",
        places=("manhole", "bus_stop", "shop"),
        per_day=2.4,
        hours=DAY,
        reporters=1.5,
        notice_min=70,
        sensed=0.3,
        alarm_min=3,
        lasts_h=60,
        work_min=(25, 70),
        urgent=True,
        mistaken=("road_damage",),
        causes=("theft", "lorry", "wear"),
    ),
    Kind(
        code="elder_in_need",
        zh="独居老人异常",
        en="Elder in need",
        type="elder_check",
        places=("building",),
        per_day=2.4,
        hours=DAY,
        reporters=0.8,
        notice_min=90,
        sensed=0.75,
        alarm_min=6,
        lasts_h=40,
        work_min=(20, 60),
        urgent=True,
        mistaken=("other",),
        causes=("fall", "illness", "away"),
    ),
    Kind(
        code="noise",
        zh="噪声扰民",
        en="Noise",
        type="noise",
        places=("building", "shop"),
        per_day=20.0,
        hours=EVENING,
        weekend=1.4,
        reporters=1.5,
        notice_min=25,
        sensed=0.06,
        lasts_h=5,
        work_min=(15, 45),
        mistaken=("other", "illegal_parking"),
        causes=("building_site", "square_dance", "bar"),
    ),
    Kind(
        code="rubbish",
        zh="暴露垃圾",
        en="Exposed rubbish",
        type="exposed_rubbish",
        places=("rubbish_point", "shop"),
        per_day=24.0,
        hours=DAY,
        weekend=1.15,
        reporters=1.4,
        notice_min=90,
        lasts_h=72,
        work_min=(15, 45),
        mistaken=("other", "road_damage"),
        causes=("dumping", "missed_round"),
    ),
    Kind(
        code="illegal_parking",
        zh="违法停车",
        en="Illegal parking",
        type="illegal_parking",
        places=("school", "hospital", "shop"),
        per_day=20.0,
        hours=RUSH,
        weekend=0.8,
        reporters=1.3,
        notice_min=20,
        lasts_h=6,
        work_min=(10, 30),
        mistaken=("other",),
        causes=("delivery", "school_run", "no_space"),
    ),
    Kind(
        code="street_light",
        zh="路灯不亮",
        en="Street light out",
        type="street_light",
        places=("street_light", "bus_stop"),
        per_day=5.0,
        hours=DARK,
        reporters=1.2,
        notice_min=120,
        sensed=0.4,
        alarm_min=5,
        lasts_h=96,
        work_min=(20, 50),
        mistaken=("power_cut",),
        causes=("wear", "cable_fault"),
    ),
    Kind(
        code="road_damage",
        zh="道路破损",
        en="Damaged road",
        type="road_damage",
        places=("drain", "bus_stop"),
        per_day=5.0,
        hours=DAY,
        reporters=1.2,
        notice_min=240,
        lasts_h=150,
        work_min=(40, 150),
        mistaken=("manhole_cover",),
        causes=("wear", "lorry", "works"),
    ),
    Kind(
        code="enquiry",
        zh="咨询建议",
        en="Enquiry",
        type="other",
        places=("building", "shop"),
        per_day=14.0,
        hours=DAY,
        weekend=0.5,
        reporters=1.0,
        notice_min=10,
        lasts_h=100,
        work_min=(10, 25),
        causes=("question",),
    ),
    Kind(
        code="sensor_failure",
        zh="传感器故障",
        en="Sensor failure",
        type="device_fault",
        places=("pump", "lift", "building"),
        per_day=2.5,
        reporters=0,
        sensed=1.0,
        alarm_min=15,
        lasts_h=30,
        work_min=(30, 80),
        causes=("battery", "water", "wear"),
    ),
    Kind(
        code="gateway_failure",
        zh="网关中断",
        en="Gateway failure",
        type="device_fault",
        places=("pump", "building"),
        reporters=0,
        sensed=0.5,
        alarm_min=20,
        lasts_h=4,
        work_min=(40, 100),
        urgent=True,
        causes=("network", "power"),
    ),
    Kind(
        code="false_report",
        zh="不实诉求",
        en="False report",
        places=("building", "shop"),
        per_day=7.0,
        hours=DAY,
        reporters=1.0,
        notice_min=5,
        lasts_h=100,
        work_min=(10, 30),
        causes=("mistake", "prank", "device_glitch"),
        real=False,
    ),
)
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
