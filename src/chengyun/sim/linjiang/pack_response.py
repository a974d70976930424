"""The response plans of Linjiang's pack: which measures are proposed at which level of warning."""

from __future__ import annotations

from typing import Final, NamedTuple


class Measure(NamedTuple):
    """A measure and the case type of its task; the duty list says whose task it is."""

    en: str
    zh: str
    type: str


_DRAINS: Final = Measure("Clear the drains", "清疏雨水口", "task_drains")
_PUMPS: Final = Measure("Send pump trucks to the low points", "泵车前往低洼点", "task_pump")
_PUMP_OUT: Final = Measure("Pump out the underpass", "强排下立交积水", "task_pump")
_CLOSE: Final = Measure("Close the underpass", "封闭下立交", "task_close_underpass")
_TRAFFIC: Final = Measure("Direct traffic", "交通疏导", "task_traffic")
_NOTICE: Final = Measure("Issue a public notice", "发布公告", "task_notice")
_SHELTER: Final = Measure("Move people to shelters", "转移安置", "task_shelter")
_GUIDE: Final = Measure("Guide the crowd", "引导客流", "task_crowd")
_ONE_WAY: Final = Measure("Walk one way", "单向循环", "task_crowd")
_BATCHES: Final = Measure("Release in batches", "波次放行", "task_crowd")
_EXIT_ONLY: Final = Measure("Exit only", "只出不进", "task_crowd")
_NO_VEHICLES: Final = Measure("Close the road to vehicles", "道路禁行", "task_traffic")
_METRO: Final = Measure("Metro passes the station", "地铁跳站", "task_metro")
_EMBANKMENT: Final = Measure("Walk the embankment", "江堤巡守", "task_embankment")
_GATES: Final = Measure("Shut the flood gates", "关闭防汛闸门", "task_embankment")

Ladder = dict[str, tuple[Measure, ...]]

_PLANS: Final[dict[str, tuple[str, Ladder]]] = {
    "rain": (
        "rainstorm",
        {
            "blue": (_DRAINS,),
            "yellow": (_DRAINS, _PUMPS),
            "orange": (_DRAINS, _PUMPS, _TRAFFIC, _NOTICE),
            "red": (_PUMPS, _TRAFFIC, _SHELTER, _NOTICE),
        },
    ),
    "underpass_depth": (
        "underpass",
        {
            "blue": (_DRAINS,),
            "yellow": (_PUMP_OUT,),
            "orange": (_PUMP_OUT, _TRAFFIC),
            "red": (_CLOSE, _PUMP_OUT, _TRAFFIC, _NOTICE),
        },
    ),
    "crowd": (
        "waterfront",
        {
            "blue": (_GUIDE,),
            "yellow": (_GUIDE, _ONE_WAY),
            "orange": (_ONE_WAY, _BATCHES, _NO_VEHICLES),
            "red": (_EXIT_ONLY, _NO_VEHICLES, _METRO, _NOTICE),
        },
    ),
    "tide": (
        "flood_tide",
        {
            "blue": (_EMBANKMENT,),
            "yellow": (_GATES, _EMBANKMENT),
            "orange": (_GATES, _EMBANKMENT, _NOTICE),
            "red": (_GATES, _EMBANKMENT, _SHELTER, _NOTICE),
        },
    ),
}
_NAMES: Final = {
    "rainstorm": ("Rainstorm plan", "暴雨预案"),
    "underpass": ("Flooded underpass plan", "下立交积水预案"),
    "waterfront": ("Waterfront crowd plan", "滨江大客流预案"),
    "flood_tide": ("Flood tide plan", "风暴潮预案"),
}
_RESPONSE_LEVELS: Final = {"blue": "IV", "yellow": "III", "orange": "II", "red": "I"}

_HEAD: Final = """\
# A warning is not a response level: the plan is proposed, a person signs it. Each measure then is a
# task of the unit that the duty list names for its type. The crowd's ladder: guide, one way, batch
# release, exit only, close to vehicles, metro passes.
plans:
"""
_FOOT: Final = """\
source: >-
  Plans of the simulated city; the crowd's ladder and the joint closing of underpasses by police,
  roads and drainage follow published practice
"""


def response() -> str:
    """Return ``response.yaml``."""
    lines = []
    for sign, (plan, ladder) in _PLANS.items():
        lines += [f"  {sign}:", "    levels:"]
        for level, measures in ladder.items():
            lines += [
                f"      {level}:",
                f"        plan: {plan}",
                f"        response_level: {_RESPONSE_LEVELS[level]}",
                "        measures:",
            ]
            for one in measures:
                lines.append(f"          - name: {{en: {one.en}, zh: {one.zh}}}")
                lines.append(f"            type: {one.type}")
    lines.append("names:")
    lines += [f"  {plan}: {{en: {en}, zh: {zh}}}" for plan, (en, zh) in _NAMES.items()]
    return _HEAD + "\n".join(lines) + "\n" + _FOOT
