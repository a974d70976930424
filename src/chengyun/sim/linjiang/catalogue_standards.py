"""When cases of Linjiang's catalogue are filed, how long they may take and when they are closed.

One standard serves the subcategories that are handled alike. Limits differ from city to city; each
says where it comes from, and "(?)" marks what is from memory.
"""

from __future__ import annotations

from typing import Final

import msgspec

_USUAL: Final = "(?) usual in city manuals, from memory; a city sets its own"
_JIYUAN: Final = (
    "Jiyuan, standards of city events (济源市城市事件采集、立案、处置与结案标准),"
    " ishare.iask.com/f/2gaIATvprR5.html"
)
_DISTRICT: Final = (
    "standards of a district (数字化城市管理立案、结案标准 事件类),"
    " renrendoc.com/paper/191493937.html"
)
_BEFORE_AFTER: Final = "photo_before|photo_after"


class Standard(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for the subcategories that name it."""

    files: tuple[str, str]
    """When a case is filed, in English and Chinese."""
    limit: str
    closes: tuple[str, str]
    graded: str = ""
    """Other limits by grade, separated by ``|``."""
    evidence: str = _BEFORE_AFTER
    source: str = _USUAL


def _kept(
    limit: str, wrong: tuple[str, str], right: tuple[str, str] | None = None, graded: str = ""
) -> Standard:
    """Return the standard of a component that must be whole and in its place."""
    whole = right or ("It is whole and in its place", "设施完好、在位")
    return Standard(files=wrong, limit=limit, closes=whole, graded=graded)


_BROKEN: Final = ("It is damaged, missing, dirty or leaning", "破损、缺失、污损或倾斜")
_CLEAN: Final = ("The place is clean", "清除干净")

COMPONENT_STANDARDS: Final = {
    "cover": _kept(
        "2 working_days",
        ("It is missing, broken, sunk, raised or loose", "缺失、破损、下沉、凸起或松动"),
        ("A cover of its kind is in place and level", "井盖复位或更换，与路面平齐"),
        "missing: 4 calendar_hours|fence_off: 1 calendar_hours",
    ),
    "grate": _kept(
        "2 working_days",
        ("It is missing, broken or blocked", "缺失、破损或堵塞"),
        ("It is in place and lets water through", "复位、通畅"),
        "missing: 4 calendar_hours|blocked: 1 working_days",
    ),
    "safety": _kept(
        "1 working_days",
        ("It is damaged, blocked or dangerous", "损坏、堵塞或存在隐患"),
        ("It works and the danger is gone", "功能恢复、隐患消除"),
        "danger: 2 calendar_hours",
    ),
    "cabinet": _kept("3 working_days", _BROKEN, None, "door_open: 4 working_hours"),
    "power_line": _kept(
        "2 working_days", _BROKEN, None, "live_part_open: 1 calendar_hours"
    ),
    "pole": _kept("3 working_days", _BROKEN, None, "falling: 2 calendar_hours"),
    "lamp": _kept(
        "2 working_days",
        ("It is out, hangs, or its case is open", "不亮、悬挂或灯罩破损"),
        ("It is lit and fast", "恢复照明、安装牢固"),
        "live_part_open: 1 calendar_hours|whole_street: 24 calendar_hours",
    ),
    "kiosk": _kept("5 working_days", _BROKEN),
    "play": _kept("3 working_days", _BROKEN, None, "danger: 4 calendar_hours"),
    "gas_plant": _kept(
        "1 working_days", _BROKEN, None, "leak: 1 calendar_hours"
    ),
    "sign": _kept(
        "3 working_days",
        ("It is damaged, missing, hidden or wrong", "破损、缺失、遮挡或错误"),
        ("It stands and can be read", "复位、清晰可辨"),
    ),
    "parking": _kept(
        "5 working_days",
        ("Marks, posts or order are gone", "标线、设施破损或秩序混乱"),
        ("Marks and order are restored", "标线完整、秩序良好"),
    ),
    "shelter": _kept("3 working_days", _BROKEN, None, "falling: 2 calendar_hours"),
    "bridge": _kept(
        "10 working_days",
        ("Deck, railing or stairs are damaged", "桥面、护栏或梯道破损"),
        ("It is repaired and safe to use", "修复、可安全通行"),
        "danger: 2 calendar_hours",
    ),
    "signal": _kept(
        "4 calendar_hours",
        ("It is out, wrong or hidden", "不亮、错误或遮挡"),
        ("It works", "恢复正常"),
        "all_out: 1 calendar_hours",
    ),
    "barrier": _kept("3 working_days", _BROKEN, None, "on_the_carriageway: 2 calendar_hours"),
    "paving": _kept(
        "5 working_days",
        ("It is broken, loose, sunk or blocked", "破损、松动、下沉或占压"),
        ("It is level and free", "平整、畅通"),
    ),
    "toilet": _kept(
        "1 working_days",
        ("It is closed, dirty or broken", "关闭、脏污或设施损坏"),
        ("It is open, clean and works", "开放、清洁、设施完好"),
        "dirty: 2 working_hours",
    ),
    "sewer": _kept(
        "1 working_days",
        ("It is full or overflows", "满溢或外冒"),
        ("It is emptied and the place is clean", "清掏、地面清洁"),
    ),
    "bin": _kept("2 working_days", _BROKEN, None, "full: 4 working_hours"),
    "billboard": _kept("3 working_days", _BROKEN, None, "falling: 2 calendar_hours"),
    "tree": _kept(
        "5 working_days",
        ("It is dead, missing, damaged, or hides lights or signs", "死株、缺株、损伤或遮挡设施"),
        ("It is cared for, pruned or replanted", "养护、修剪或补植"),
        "falling: 4 calendar_hours|replant: 30 calendar_days",
    ),
    "garden": _kept("5 working_days", _BROKEN),
    "lawn": Standard(
        files=("Plants are missing or dead, or the ground has sunk", "植被缺失、枯死或绿地塌陷"),
        limit="5 working_days",
        closes=("Dead plants are cleared and replanted", "清理枯死植被、补植修复"),
        source=_DISTRICT,
    ),
    "site": _kept(
        "2 working_days",
        ("Fence, dust, order or hours break the rules", "围挡、扬尘、秩序或时段不符合规定"),
        ("The site keeps the rules", "符合文明施工要求"),
        "danger: 2 calendar_hours",
    ),
    "safety_fence": _kept("1 working_days", _BROKEN, None, "gap: 4 calendar_hours"),
    "dyke": _kept(
        "5 working_days",
        ("It is damaged, leaks or does not work", "破损、渗漏或故障"),
        ("It is repaired and holds", "修复、功能正常"),
        "flood_season: 2 calendar_hours",
    ),
    "lift": _kept(
        "1 working_days",
        ("It stands, or its inspection is overdue", "停运或超期未检"),
        ("It runs and is inspected", "恢复运行、检验合格"),
        "people_trapped: 2 calendar_hours",
    ),
}  # fmt: skip
"""Of components, by name."""


def _ended(
    limit: str,
    wrong: tuple[str, str],
    right: tuple[str, str] = _CLEAN,
    *,
    graded: str = "",
    source: str = _USUAL,
    evidence: str = _BEFORE_AFTER,
) -> Standard:
    """Return the standard of something that must end."""
    return Standard(
        files=wrong, limit=limit, closes=right, graded=graded, source=source, evidence=evidence
    )


_ENDED: Final = ("It has ended and the place is in order", "行为停止、现场恢复")

EVENT_STANDARDS: Final = {
    "illegal_building": _ended(
        "20 working_days",
        ("A building or an addition has no permit", "未经审批搭建的建筑物、构筑物"),
        ("Work is stopped, punished by law, and the building is gone", "停工、依法处罚、彻底拆除"),
        graded="stop_work: 4 working_hours|penalty: 7 working_days|demolish: 20 working_days",
        source=_DISTRICT, evidence=f"{_BEFORE_AFTER}|document",
    ),
    "facade": _ended(
        "5 working_days", ("It spoils the street or bothers neighbours", "影响市容或扰民"), _ENDED
    ),
    "order": _ended(
        "4 working_hours",
        ("Something stands, hangs or is sold where it may not", "违规摆放、悬挂或经营"), _ENDED,
    ),
    "lines": _ended(
        "3 working_days", ("Lines or poles stand without permission", "未经批准架设"), _ENDED,
        graded="danger: 2 calendar_hours",
    ),
    "litter": _ended("4 working_hours", ("It lies in a public place", "公共场所存在")),
    "rubbish": _ended(
        "4 working_hours",
        ("Household rubbish in heaps or outside a container", "成堆、成片或未入容器的生活垃圾"),
        graded="main_road: 2 working_hours", source=f"4 working hours: {_DISTRICT}; grade (?)",
    ),
    "spoil": _ended(
        "2 working_days",
        ("Building waste or spoil is piled", "堆积的建筑垃圾、渣土"),
        ("It is cleared, and who did it is dealt with", "彻底清理、依法查处"),
        graded="building_waste: 4 working_hours|large: 4 working_days",
        source=f"{_DISTRICT}; large: {_JIYUAN}",
    ),
    "dirty_road": _ended(
        "5 working_hours", ("A road or place is dirty after the hours of cleaning", "保洁不到位"),
        graded="main_road: 2 working_hours", source=f"{_JIYUAN}; main road: {_DISTRICT}",
    ),
    "road_damage": _ended(
        "3 working_days", ("A hole or crack of 3 cm or more", "坑槽、裂缝达3厘米以上"),
        ("The surface is level", "路面平整"),
    ),
    "spill": _ended(
        "2 working_hours", ("Something was lost or spilt on the road", "遗撒、污染路面"),
        graded="slippery: 1 calendar_hours",
    ),
    "at_once": _ended(
        "2 working_hours", ("It is going on", "正在发生"), _ENDED, evidence="photo_before|video"
    ),
    "water_area": _ended(
        "15 working_days",
        ("A river or ditch is silted, blocked, oily or full of drift", "淤积、堵塞、漂浮物或油污"),
        source=_JIYUAN, graded="drift: 1 working_days",
    ),
    "dirty_lawn": _ended(
        "4 working_hours", ("Rubbish lies in a green space", "绿地内有垃圾杂物"), source=_DISTRICT
    ),
    "derelict": _ended(
        "5 working_days", ("It has stood unused in public space", "长期停放、无人使用"),
        ("It is taken away", "清离现场"), evidence=f"{_BEFORE_AFTER}|document",
    ),
    "dump": _ended(
        "15 working_days", ("Waste is disposed of where it may not", "违规消纳、填埋"), _ENDED,
        graded="stop: 4 working_hours", evidence=f"{_BEFORE_AFTER}|document",
    ),
    "bank": _ended(
        "10 working_days", ("A bank is damaged or slides", "堤岸破损、滑坡"),
        ("It is repaired and holds", "修复、稳固"), graded="flood_season: 2 calendar_hours",
    ),
    "livestock": _ended(
        "3 working_days", ("Animals are kept where they may not", "城区违规饲养"), _ENDED
    ),
    "ramp": _ended("3 working_days", ("A ramp stands in the way", "占用道路设坡"), _ENDED),
    "overflow": _ended(
        "8 working_hours", ("Waste water comes out", "污水外溢"),
        ("It flows off and the place is clean", "疏通、地面清洁"),
        graded="into_homes: 2 calendar_hours",
    ),
    "lawn_damage": _ended(
        "5 working_days", ("Green space is taken, dug or paved", "侵占、挖掘、硬化绿地"),
        ("It is restored, and who did it is dealt with", "恢复绿地、依法查处"),
        evidence=f"{_BEFORE_AFTER}|document",
    ),
    "flyposting": _ended(
        "4 working_hours", ("It is stuck, sprayed or written", "张贴、喷涂、刻画"),
        graded="sprayed: 1 working_days",
    ),
    "advert": _ended(
        "7 working_days", ("It has no permit or breaks the rules", "未经批准或不合规范"),
        ("It is taken down or set right", "拆除或整改"), evidence=f"{_BEFORE_AFTER}|document",
    ),
    "banner": _ended("1 working_days", ("It hangs without permission", "擅自悬挂"), _ENDED),
    "broken_advert": _ended(
        "3 working_days", ("It is damaged or hangs loose", "破损、松动"),
        ("It is repaired or taken down", "修复或拆除"), graded="falling: 2 calendar_hours",
    ),
    "site": _ended(
        "2 working_days", ("A building site breaks the rules", "施工现场不符合规定"),
        ("The site keeps the rules", "符合文明施工要求"), graded="danger: 2 calendar_hours",
    ),
    "site_noise": _ended(
        "2 working_hours", ("Loud at night or beyond the limit", "夜间施工或噪声超标"), _ENDED,
        evidence="measurement|document",
    ),
    "site_works": _ended(
        "5 working_days", ("The works are left unfinished", "施工收尾不到位"), _ENDED
    ),
    "relief": _ended(
        "2 calendar_hours", ("Somebody needs help in the street", "需要救助"),
        ("Help was offered, and taken or declined", "已告知救助、受助或自愿离开"),
        evidence="receipt",
    ),
    "noise": _ended(
        "24 calendar_hours", ("Noise that residents complain of", "居民投诉的噪声"), _ENDED,
        evidence="measurement|word_of_caller",
    ),
    "parking_order": _ended(
        "4 working_hours", ("Vehicles stand in the way", "占道停放、影响通行"),
        ("The way is free", "清理、恢复通行"),
    ),
    "fire_lane": _ended(
        "1 calendar_hours", ("A fire lane or exit is blocked", "占用、堵塞消防通道"),
        ("The lane is free", "通道畅通"),
    ),
    "collapse": _ended(
        "3 working_days", ("The road has given way", "路面塌陷"),
        ("It is filled and level", "修复、平整"), graded="fence_off: 1 calendar_hours",
    ),
    "burst": _ended(
        "24 calendar_hours", ("A pipe has burst", "管道破裂"),
        ("It is repaired and the supply is back", "修复、恢复供应"),
        graded="arrive: 1 calendar_hours",
    ),
    "gas_leak": _ended(
        "2 calendar_hours", ("Gas escapes or is smelt", "燃气泄漏或异味"),
        ("The leak is sealed, or no gas is measured twice", "封堵或两次检测无异常"),
        evidence="measurement|photo_after",
    ),
    "flooding": _ended(
        "4 working_hours", ("Water stands on the road", "路面积水，影响通行"),
        ("The water is gone and the drains are clear", "积水排除、排水通畅"), source=_DISTRICT,
    ),
    "ice": _ended(
        "4 calendar_hours", ("Snow or ice makes it slippery", "积雪结冰影响通行"),
        ("The way is free and not slippery", "清除、恢复通行"),
    ),
    "fallen_lines": _ended(
        "24 calendar_hours", ("A line hangs, is broken or down", "垂落、断裂"),
        ("It is fastened or removed", "加固或移除"), graded="live: 1 calendar_hours",
    ),
    "crowd": _ended(
        "2 calendar_hours", ("People press or gather dangerously", "人员聚集存在危险"),
        ("The crowd has gone", "人群疏散"), evidence="video|document",
    ),
    "cabinet": _ended("3 working_days", _BROKEN, ("It is whole again", "修复完好")),
}  # fmt: skip
"""Of events, by name."""

TIERS: Final = (
    ("livelihood_life", "Danger to life or property", "危及生命财产安全诉求", "2 calendar_hours",
     ("Life or property may be in danger", "可能危及生命或财产"),
     ("The danger is gone and the caller knows", "险情解除并告知来电人")),
    ("livelihood_supply", "Water, power, gas or heat", "水电气热民生保障诉求", "24 calendar_hours",
     ("Water, power, gas or heat is missing", "水、电、气、热供应中断"),
     ("The supply is back and the caller confirms", "恢复供应，来电人确认")),
    ("livelihood_common", "Common request", "一般诉求", "7 calendar_days",
     ("It can be dealt with by one department", "单一部门可办理"),
     ("The caller was answered", "答复来电人")),
    ("livelihood_complex", "Difficult request", "疑难复杂诉求", "15 calendar_days",
     ("Several departments or rules are needed", "涉及多部门或政策协调"),
     ("The caller was answered, with what was decided", "答复来电人并说明处理结果")),
)  # fmt: skip
"""Requests of the hotline that are no component and no event, by how long they may take."""

TIER_SOURCE: Final = "feedback tiers 2 h, 24 h, 7 days and 15 days as published for Beijing 12345"
