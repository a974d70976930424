"""What Linjiang files cases of: the catalogue, with filing and closing conditions and limits.

Classes are those of GB/T 30428.2 where it has one. Time limits differ by city; these are in the
range that cities publish (exposed rubbish 4 working hours to 1 day; hotline tiers of 2 h for life
and property, 24 h for water, power and gas, 7 days for the rest).
"""

from __future__ import annotations

from typing import Final

import msgspec

_GRID: Final = "GB/T 30428.2, class as named; limit in the range cities publish"
_HOTLINE: Final = "hotline tiers 2 h, 24 h, 7 days as published by Beijing 12345"
_PLAN: Final = "task of a response plan of the simulated city"


class CaseKind(msgspec.Struct, frozen=True, kw_only=True):
    """A type of case and who handles it."""

    code: str
    en: str
    zh: str
    category: str
    files: str
    """When a case is filed."""
    limit: str
    closes: str
    """When it may be closed."""
    crew: str
    """The kind of crew, a key of ``units.CREWS``."""
    per_million: int = 0
    """Usual share of all reports, in millionths; 0 for what citizens do not report."""
    source: str = _GRID


CASE_KINDS: Final = (
    CaseKind(
        code="exposed_rubbish", en="Exposed rubbish", zh="暴露垃圾",
        category="Appearance and environment", per_million=130_000,
        files="Rubbish outside a container, 0.2 m² or more", limit="4 working_hours",
        closes="The place is clean", crew="sanitation",
    ),
    CaseKind(
        code="noise", en="Noise", zh="噪声扰民",
        category="Appearance and environment", per_million=130_000,
        files="Noise that residents complain of", limit="24 calendar_hours",
        closes="The source is found and quiet, or an order is served", crew="urban",
        source=_HOTLINE,
    ),
    CaseKind(
        code="manhole_cover", en="Manhole cover damaged or missing", zh="井盖缺损",
        category="Public utilities", per_million=40_000,
        files="A cover is missing, broken or loose", limit="4 calendar_hours",
        closes="The cover is in place and level", crew="road",
    ),
    CaseKind(
        code="fallen_tree", en="Fallen tree", zh="树木倒伏",
        category="Greening", per_million=25_000,
        files="A tree or large branch lies or leans over a way", limit="4 calendar_hours",
        closes="The way is free and the tree is cleared or propped", crew="greening",
    ),
    CaseKind(
        code="gas_smell", en="Smell of gas", zh="燃气异味",
        category="Emergencies", per_million=15_000,
        files="Anyone smells gas, or a detector alarms", limit="2 calendar_hours",
        closes="The leak is found and sealed, or no gas is measured twice", crew="gas",
        source=_HOTLINE,
    ),
    CaseKind(
        code="water_outage", en="Water outage", zh="停水",
        category="Public utilities", per_million=60_000,
        files="No water, without notice or beyond it", limit="24 calendar_hours",
        closes="Water runs at the caller's tap", crew="water", source=_HOTLINE,
    ),
    CaseKind(
        code="power_cut", en="Power cut", zh="停电",
        category="Public utilities", per_million=50_000,
        files="No power, without notice or beyond it", limit="24 calendar_hours",
        closes="Power is back", crew="power", source=_HOTLINE,
    ),
    CaseKind(
        code="lift_trapped", en="People trapped in a lift", zh="电梯困人",
        category="Emergencies", per_million=20_000,
        files="People cannot leave a lift", limit="2 calendar_hours",
        closes="All are out and the lift is out of service until checked", crew="lift_rescue",
        source=_HOTLINE,
    ),
    CaseKind(
        code="street_flooding", en="Flooded street", zh="道路积水",
        category="Emergencies", per_million=20_000,
        files="Water stands on a road, 5 cm or more", limit="4 calendar_hours",
        closes="The water is gone and the drains are clear", crew="drainage",
    ),
    CaseKind(
        code="crowd_control", en="Dangerous crowd", zh="大客流管控",
        category="Emergencies", per_million=5_000,
        files="People press, or stand closer than the plan allows", limit="2 calendar_hours",
        closes="The count is below the blue level", crew="public_security",
    ),
    CaseKind(
        code="elder_check", en="Check on an elder", zh="独居老人探访",
        category="Livelihood", per_million=25_000,
        files="A home device is silent or unusual, or someone worries", limit="2 calendar_hours",
        closes="The person was seen or spoken to", crew="civil", source=_HOTLINE,
    ),
    CaseKind(
        code="device_fault", en="Device fault", zh="设备故障",
        category="Other components", per_million=60_000,
        files="A device is silent or reports nonsense", limit="2 working_days",
        closes="The device reports again", crew="maintenance",
    ),
    CaseKind(
        code="illegal_parking", en="Illegal parking", zh="违法停车",
        category="Street order", per_million=140_000,
        files="A vehicle blocks a way, a fire lane or a crossing", limit="4 working_hours",
        closes="The vehicle is gone or fined", crew="urban",
    ),
    CaseKind(
        code="street_light", en="Street light out", zh="路灯故障",
        category="Public utilities", per_million=60_000,
        files="A lamp is out or hangs", limit="24 calendar_hours",
        closes="The lamp is lit", crew="lighting",
    ),
    CaseKind(
        code="road_damage", en="Road damage", zh="道路破损",
        category="Roads and traffic", per_million=70_000,
        files="A hole or crack of 3 cm or more", limit="3 working_days",
        closes="The surface is level", crew="road",
    ),
    CaseKind(
        code="other", en="Other request", zh="其他诉求",
        category="Other", per_million=150_000,
        files="Nothing else fits", limit="7 calendar_days",
        closes="The caller was answered", crew="civil", source=_HOTLINE,
    ),
    CaseKind(
        code="life_danger", en="Danger to life", zh="危及生命",
        category="Emergencies",
        files="Fire, collapse, drowning, electric shock, or whatever threatens a life",
        limit="1 calendar_hours", closes="Everybody is safe, and the danger is gone",
        crew="public_security", source=_HOTLINE,
    ),
    CaseKind(
        code="task_pump", en="Task: pump out water", zh="任务：强排积水",
        category="Task", files="An approved plan asks for it", limit="2 calendar_hours",
        closes="The depth is below the blue level", crew="pump_truck", source=_PLAN,
    ),
    CaseKind(
        code="task_close_underpass", en="Task: close an underpass", zh="任务：封闭下立交",
        category="Task", files="An approved plan asks for it", limit="1 calendar_hours",
        closes="No vehicle can enter", crew="traffic_police", source=_PLAN,
    ),
    CaseKind(
        code="task_traffic", en="Task: direct traffic", zh="任务：交通疏导",
        category="Task", files="An approved plan asks for it", limit="1 calendar_hours",
        closes="Traffic flows around the place", crew="traffic_police", source=_PLAN,
    ),
    CaseKind(
        code="task_crowd", en="Task: guide a crowd", zh="任务：客流引导",
        category="Task", files="An approved plan asks for it", limit="1 calendar_hours",
        closes="The count is below the blue level", crew="public_security", source=_PLAN,
    ),
    CaseKind(
        code="task_metro", en="Task: metro passes a station", zh="任务：地铁跳站",
        category="Task", files="An approved plan asks for it", limit="1 calendar_hours",
        closes="Trains pass, or stop again", crew="metro", source=_PLAN,
    ),
    CaseKind(
        code="task_notice", en="Task: public notice", zh="任务：发布公告",
        category="Task", files="An approved plan asks for it", limit="1 calendar_hours",
        closes="The notice is out (FACTS: within 30 minutes)", crew="duty_office", source=_PLAN,
    ),
    CaseKind(
        code="task_embankment", en="Task: guard the embankment", zh="任务：江堤巡守",
        category="Task", files="An approved plan asks for it", limit="2 calendar_hours",
        closes="The gates are shut and the dyke is walked", crew="flood_defence", source=_PLAN,
    ),
    CaseKind(
        code="task_drains", en="Task: clear the drains", zh="任务：清疏雨水口",
        category="Task", files="An approved plan asks for it", limit="2 calendar_hours",
        closes="The inlets run free", crew="drainage", source=_PLAN,
    ),
    CaseKind(
        code="task_shelter", en="Task: move people to a shelter", zh="任务：转移安置",
        category="Task", files="An approved plan asks for it", limit="4 calendar_hours",
        closes="Everyone listed is in a shelter that has room", crew="civil", source=_PLAN,
    ),
)  # fmt: skip
"""All types, citizens' ones first; together their shares make a million."""

KIND_BY_CODE: Final = {kind.code: kind for kind in CASE_KINDS}
REPORTED: Final = tuple(kind for kind in CASE_KINDS if kind.per_million)
"""What citizens and devices report."""
