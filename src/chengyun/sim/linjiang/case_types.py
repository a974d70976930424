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
    files_zh: str
    closes_zh: str
    crew: str
    """The kind of crew, a key of ``units.CREWS``."""
    per_million: int = 0
    """Usual share of all reports, in millionths; 0 for what citizens do not report."""
    source: str = _GRID

    @property
    def category_zh(self) -> str:
        """Return the category in Chinese."""
        return _CATEGORIES[self.category]


_CATEGORIES: Final = {
    "Appearance and environment": "市容环境", "Public utilities": "公用设施",
    "Roads and traffic": "道路交通", "Greening": "园林绿化", "Emergencies": "突发事件",
    "Street order": "街面秩序", "Other components": "其他部件", "Livelihood": "民生诉求",
    "Other": "其他", "Task": "任务",
}  # fmt: skip

CASE_KINDS: Final = (
    CaseKind(
        code="exposed_rubbish", en="Exposed rubbish", zh="暴露垃圾",
        category="Appearance and environment", per_million=130_000,
        files="Rubbish outside a container, 0.2 m² or more", limit="4 working_hours",
        closes="The place is clean", crew="sanitation",
        files_zh="容器外生活垃圾0.2平方米以上", closes_zh="现场清洁",
    ),
    CaseKind(
        code="noise", en="Noise", zh="噪声扰民",
        category="Appearance and environment", per_million=130_000,
        files="Noise that residents complain of", limit="24 calendar_hours",
        closes="The source is found and quiet, or an order is served", crew="urban",
        source=_HOTLINE,
        files_zh="居民投诉的噪声", closes_zh="噪声源已查明并消除，或已送达整改文书",
    ),
    CaseKind(
        code="manhole_cover", en="Manhole cover damaged or missing", zh="井盖缺损",
        category="Public utilities", per_million=40_000,
        files="A cover is missing, broken or loose", limit="4 calendar_hours",
        closes="The cover is in place and level", crew="road",
        files_zh="井盖缺失、破损或松动", closes_zh="井盖复位、平整",
    ),
    CaseKind(
        code="fallen_tree", en="Fallen tree", zh="树木倒伏",
        category="Greening", per_million=25_000,
        files="A tree or large branch lies or leans over a way", limit="4 calendar_hours",
        closes="The way is free and the tree is cleared or propped", crew="greening",
        files_zh="树木或大枝倒伏、倾斜影响通行", closes_zh="道路畅通，树木已清理或扶正",
    ),
    CaseKind(
        code="gas_smell", en="Smell of gas", zh="燃气异味",
        category="Emergencies", per_million=15_000,
        files="Anyone smells gas, or a detector alarms", limit="2 calendar_hours",
        closes="The leak is found and sealed, or no gas is measured twice", crew="gas",
        source=_HOTLINE,
        files_zh="闻到燃气异味或探测器报警", closes_zh="漏点封堵，或两次检测无燃气",
    ),
    CaseKind(
        code="water_outage", en="Water outage", zh="停水",
        category="Public utilities", per_million=60_000,
        files="No water, without notice or beyond it", limit="24 calendar_hours",
        closes="Water runs at the caller's tap", crew="water", source=_HOTLINE,
        files_zh="无通知或超出通知时间停水", closes_zh="来电人家中恢复供水",
    ),
    CaseKind(
        code="power_cut", en="Power cut", zh="停电",
        category="Public utilities", per_million=50_000,
        files="No power, without notice or beyond it", limit="24 calendar_hours",
        closes="Power is back", crew="power", source=_HOTLINE,
        files_zh="无通知或超出通知时间停电", closes_zh="恢复供电",
    ),
    CaseKind(
        code="lift_trapped", en="People trapped in a lift", zh="电梯困人",
        category="Emergencies", per_million=20_000,
        files="People cannot leave a lift", limit="2 calendar_hours",
        closes="All are out and the lift is out of service until checked", crew="lift_rescue",
        source=_HOTLINE,
        files_zh="人员被困电梯", closes_zh="人员全部救出，电梯停用待检",
    ),
    CaseKind(
        code="street_flooding", en="Flooded street", zh="道路积水",
        category="Emergencies", per_million=20_000,
        files="Water stands on a road, 5 cm or more", limit="4 calendar_hours",
        closes="The water is gone and the drains are clear", crew="drainage",
        files_zh="路面积水5厘米以上", closes_zh="积水排除、排水通畅",
    ),
    CaseKind(
        code="crowd_control", en="Dangerous crowd", zh="大客流管控",
        category="Emergencies", per_million=5_000,
        files="People press, or stand closer than the plan allows", limit="2 calendar_hours",
        closes="The count is below the blue level", crew="public_security",
        files_zh="人员拥挤，间距小于预案要求", closes_zh="人数低于蓝色等级",
    ),
    CaseKind(
        code="elder_check", en="Check on an elder", zh="独居老人探访",
        category="Livelihood", per_million=25_000,
        files="A home device is silent or unusual, or someone worries", limit="2 calendar_hours",
        closes="The person was seen or spoken to", crew="civil", source=_HOTLINE,
        files_zh="居家设备无信号或异常，或有人担心", closes_zh="已见到本人或与本人通话",
    ),
    CaseKind(
        code="device_fault", en="Device fault", zh="设备故障",
        category="Other components", per_million=60_000,
        files="A device is silent or reports nonsense", limit="2 working_days",
        closes="The device reports again", crew="maintenance",
        files_zh="设备离线或数据异常", closes_zh="设备恢复上报",
    ),
    CaseKind(
        code="illegal_parking", en="Illegal parking", zh="违法停车",
        category="Street order", per_million=140_000,
        files="A vehicle blocks a way, a fire lane or a crossing", limit="4 working_hours",
        closes="The vehicle is gone or fined", crew="urban",
        files_zh="车辆占道、占用消防通道或斑马线", closes_zh="车辆驶离或已处罚",
    ),
    CaseKind(
        code="street_light", en="Street light out", zh="路灯故障",
        category="Public utilities", per_million=60_000,
        files="A lamp is out or hangs", limit="24 calendar_hours",
        closes="The lamp is lit", crew="lighting",
        files_zh="路灯不亮或悬挂", closes_zh="恢复照明",
    ),
    CaseKind(
        code="road_damage", en="Road damage", zh="道路破损",
        category="Roads and traffic", per_million=70_000,
        files="A hole or crack of 3 cm or more", limit="3 working_days",
        closes="The surface is level", crew="road",
        files_zh="坑槽、裂缝3厘米以上", closes_zh="路面平整",
    ),
    CaseKind(
        code="other", en="Other request", zh="其他诉求",
        category="Other", per_million=150_000,
        files="Nothing else fits", limit="7 calendar_days",
        closes="The caller was answered", crew="civil", source=_HOTLINE,
        files_zh="不属于其他类别", closes_zh="已答复来电人",
    ),
    CaseKind(
        code="life_danger", en="Danger to life", zh="危及生命",
        category="Emergencies",
        files="Fire, collapse, drowning, electric shock, or whatever threatens a life",
        limit="1 calendar_hours", closes="Everybody is safe, and the danger is gone",
        crew="public_security", source=_HOTLINE,
        files_zh="火灾、坍塌、溺水、触电等危及生命的情形", closes_zh="人员安全，险情解除",
    ),
    CaseKind(
        code="task_pump", en="Task: pump out water", zh="任务：强排积水",
        category="Task", files="An approved plan asks for it", limit="2 calendar_hours",
        closes="The depth is below the blue level", crew="pump_truck", source=_PLAN,
        files_zh="经批准的预案要求", closes_zh="水深低于蓝色等级",
    ),
    CaseKind(
        code="task_close_underpass", en="Task: close an underpass", zh="任务：封闭下立交",
        category="Task", files="An approved plan asks for it", limit="1 calendar_hours",
        closes="No vehicle can enter", crew="traffic_police", source=_PLAN,
        files_zh="经批准的预案要求", closes_zh="车辆无法进入",
    ),
    CaseKind(
        code="task_traffic", en="Task: direct traffic", zh="任务：交通疏导",
        category="Task", files="An approved plan asks for it", limit="1 calendar_hours",
        closes="Traffic flows around the place", crew="traffic_police", source=_PLAN,
        files_zh="经批准的预案要求", closes_zh="周边交通有序",
    ),
    CaseKind(
        code="task_crowd", en="Task: guide a crowd", zh="任务：客流引导",
        category="Task", files="An approved plan asks for it", limit="1 calendar_hours",
        closes="The count is below the blue level", crew="public_security", source=_PLAN,
        files_zh="经批准的预案要求", closes_zh="人数低于蓝色等级",
    ),
    CaseKind(
        code="task_metro", en="Task: metro passes a station", zh="任务：地铁跳站",
        category="Task", files="An approved plan asks for it", limit="1 calendar_hours",
        closes="Trains pass, or stop again", crew="metro", source=_PLAN,
        files_zh="经批准的预案要求", closes_zh="列车通过不停，或恢复停靠",
    ),
    CaseKind(
        code="task_notice", en="Task: public notice", zh="任务：发布公告",
        category="Task", files="An approved plan asks for it", limit="1 calendar_hours",
        closes="The notice is out (FACTS: within 30 minutes)", crew="duty_office", source=_PLAN,
        files_zh="经批准的预案要求", closes_zh="公告已发布",
    ),
    CaseKind(
        code="task_embankment", en="Task: guard the embankment", zh="任务：江堤巡守",
        category="Task", files="An approved plan asks for it", limit="2 calendar_hours",
        closes="The gates are shut and the dyke is walked", crew="flood_defence", source=_PLAN,
        files_zh="经批准的预案要求", closes_zh="闸门关闭，堤防已巡查",
    ),
    CaseKind(
        code="task_drains", en="Task: clear the drains", zh="任务：清疏雨水口",
        category="Task", files="An approved plan asks for it", limit="2 calendar_hours",
        closes="The inlets run free", crew="drainage", source=_PLAN,
        files_zh="经批准的预案要求", closes_zh="雨水口通畅",
    ),
    CaseKind(
        code="task_shelter", en="Task: move people to a shelter", zh="任务：转移安置",
        category="Task", files="An approved plan asks for it", limit="4 calendar_hours",
        closes="Everyone listed is in a shelter that has room", crew="civil", source=_PLAN,
        files_zh="经批准的预案要求", closes_zh="名单人员均已安置",
    ),
)  # fmt: skip
"""All types, citizens' ones first; together their shares make a million."""

KIND_BY_CODE: Final = {kind.code: kind for kind in CASE_KINDS}
REPORTED: Final = tuple(kind for kind in CASE_KINDS if kind.per_million)
"""What citizens and devices report."""
