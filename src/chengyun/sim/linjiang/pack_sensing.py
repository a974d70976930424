"""Linjiang's properties and the vital signs made from its sensors.

Believed ranges and bands are round numbers that such devices and services go by, from memory (?).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from chengyun.sim.linjiang.sensors import SENSOR_KINDS

_SOURCE: Final = "simulated city; round numbers of such devices (?)"


class _Kind(NamedTuple):
    en: str
    zh: str
    unit: str
    low: float
    high: float
    stuck_h: int = 0
    step: float = 0.0


_KINDS: Final = {
    "smoke_detector": _Kind("Smoke", "烟感", "index", 0, 1),
    "water_meter": _Kind("Water used", "用水量", "L", 0, 20_000),
    "power_meter": _Kind("Power drawn", "用电功率", "kW", 0, 5_000),
    "gas_detector": _Kind("Gas in the air", "燃气浓度", "percent", 0, 100),
    "door_contact": _Kind("Doors opened", "门磁", "count", 0, 1_000),
    "motion_detector": _Kind("Movement", "红外感应", "count", 0, 10_000),
    "lift_monitor": _Kind("Lift out of order", "电梯故障", "index", 0, 1),
    "manhole_tilt": _Kind("Tilt of a cover", "井盖倾角", "deg", 0, 180),
    "street_light_controller": _Kind("Lamp out", "路灯故障", "index", 0, 1),
    "hydrant_pressure": _Kind("Hydrant pressure", "消火栓水压", "MPa", 0, 2, 72),
    "water_pipe_pressure": _Kind("Mains pressure", "管网水压", "MPa", 0, 2, 24, 0.5),
    "drain_level": _Kind("Water in a drain", "排水液位", "mm", 0, 6_000, 72, 2_000),
    "noise_meter": _Kind("Noise", "噪声", "dB", 20, 140, 12),
    "air_quality": _Kind("Fine dust", "PM2.5", "ug/m3", 0, 999, 24),
    "underpass_depth": _Kind("Water in an underpass", "下立交积水", "mm", 0, 5_000, 0, 1_000),
    "pump_state": _Kind("Pump runs", "泵站运行", "index", 0, 1),
    "rain_gauge": _Kind("Rain", "雨量", "mm", 0, 50),
    "people_counter": _Kind("People", "客流", "count", 0, 100_000),
    "hazard_gas": _Kind("Hazardous gas", "有害气体", "ppm", 0, 1_000, 24),
    "tide_gauge": _Kind("Tide", "潮位", "m", -2, 9, 12, 1),
}


class _Sign(NamedTuple):
    name: str
    en: str
    zh: str
    property: str
    how: str
    unit: str
    more: str = ""
    levels: str = "city, district, subdistrict"


_SIGNS: Final = (
    _Sign("smoke_share", "Detectors that see smoke", "烟感报警占比", "smoke_detector", "share",
          "ratio", "state: {at_least: 0.5}, levels: [city, district, subdistrict, neighbourhood]"),
    _Sign("water_used", "Water used an hour", "每小时用水量", "water_meter", "rate", "L",
          "pane_s: 300, window_s: 3600"),
    _Sign("power_drawn", "Power drawn", "用电负荷", "power_meter", "mean", "kW",
          "pane_s: 300, window_s: 900"),
    _Sign("gas_highest", "Highest gas reading", "燃气浓度最高值", "gas_detector", "max", "percent",
          levels="city, district, subdistrict, neighbourhood"),
    _Sign("lifts_down", "Lifts out of order", "故障电梯占比", "lift_monitor", "share", "ratio",
          "state: {at_least: 0.5}"),
    _Sign("covers_tilted", "Covers that tilt", "井盖倾斜占比", "manhole_tilt", "share", "ratio",
          "state: {at_least: 15}"),
    _Sign("lamps_out", "Lamps out", "路灯故障占比", "street_light_controller", "share", "ratio",
          "state: {at_least: 0.5}"),
    _Sign("mains_pressure", "Mains pressure", "管网水压", "water_pipe_pressure", "quantile", "MPa",
          "quantile: 0.1, bins: 200"),
    _Sign("drain_level", "Highest drain", "排水最高液位", "drain_level", "max", "mm",
          levels="city, district, subdistrict, unit_grid"),
    _Sign("noise", "Noise, nine of ten below", "噪声九成值", "noise_meter", "quantile", "dB",
          "quantile: 0.9, bins: 240"),
    _Sign("fine_dust", "Fine dust", "PM2.5", "air_quality", "mean", "ug/m3",
          "pane_s: 300, window_s: 3600"),
    _Sign("underpass_water", "Deepest underpass", "下立交最深积水", "underpass_depth", "max", "mm",
          levels="city, district, subdistrict, neighbourhood"),
    _Sign("pumps_running", "Pumps that run", "运行水泵占比", "pump_state", "share", "ratio",
          "state: {at_least: 0.5}"),
    _Sign("rain_gauged", "Rain of an hour", "小时雨量", "rain_gauge", "max", "mm",
          "pane_s: 600, window_s: 3600"),
    _Sign("people_counted", "People at the river", "滨江客流", "people_counter", "sum", "count",
          "pane_s: 60, window_s: 60, tumbling: true"),
    _Sign("hazard_highest", "Highest hazardous gas", "有害气体最高值", "hazard_gas", "max", "ppm"),
)  # fmt: skip

BANDS: Final = """\
  gas_highest:
    levels:
      neighbourhood: {judge: value, up: {yellow: 1, orange: 5, red: 20}, down: 0.8, dwell_s: 600}
    source: "a fifth of the lower limit of explosion of methane is 1 percent (?)"
  underpass_water:
    levels:
      neighbourhood:
        {judge: value, up: {blue: 50, yellow: 100, orange: 150, red: 270}, down: 30, dwell_s: 1200}
    source: "depths at which an underpass is watched, warned of, guarded and closed (?)"
  lifts_down:
    levels:
      district: {judge: value, up: {blue: 0.05, yellow: 0.1}, down: 0.04, dwell_s: 1800}
    source: "one lift in twenty, one in ten (?)"
"""


def sensing() -> dict[str, str]:
    """Return the files of the stream lane."""
    return {"properties.yaml": _properties(), "sensor_signs.yaml": _signs()}


def _properties() -> str:
    lines = ["# yaml-language-server: $schema=../schemas/properties.json", "properties:"]
    for kind in SENSOR_KINDS:
        one = _KINDS[kind.code]
        lines += [
            f"  {kind.code}:",
            f"    name: {{en: {one.en}, zh: {one.zh}}}",
            f"    unit: {one.unit}",
            f"    low: {one.low:g}",
            f"    high: {one.high:g}",
            f"    cadence_s: {kind.cadence_s}",
        ]
        if one.stuck_h:
            lines.append(f"    stuck_after_s: {one.stuck_h * 3_600}")
        if one.step:
            lines.append(f"    max_step: {one.step:g}")
        lines.append(f"    source: {_SOURCE}")
    lines += [
        "senders:",
        "  gateways:",
        "    name: {en: Gateways of the simulated city, zh: 模拟城市网关}",
        "    owner: data steward",
        f"    source: {_SOURCE}",
    ]
    return "\n".join(lines) + "\n"


def _signs() -> str:
    lines = ["# yaml-language-server: $schema=../schemas/sensor_signs.json", "signs:"]
    for one in _SIGNS:
        lines += [
            f"  {one.name}:",
            f'    name: {{en: "{one.en}", zh: "{one.zh}"}}',
            f"    property: {one.property}",
            f"    how: {one.how}",
            f"    unit: {one.unit}",
        ]
        if "levels" not in one.more:
            lines.append(f"    levels: [{one.levels}]")
        lines += [f"    {part}" for part in _parts(one.more)]
        lines += ["    owner: duty officer", f"    source: {_SOURCE}"]
    lines += [
        "composites:",
        "  drainage:",
        "    name: {en: Health of the drainage, zh: 排水健康指数}",
        "    parts:",
        "      drain_level: {weight: 2, bad: 4000, good: 500}",
        "      underpass_water: {weight: 3, bad: 270, good: 20}",
        "    levels: [city, district, subdistrict]",
        "    owner: duty officer",
        f"    source: {_SOURCE}",
    ]
    return "\n".join(lines) + "\n"


def _parts(more: str) -> list[str]:
    """Return the fields of ``a: 1, b: {c: 2}`` one by one."""
    parts: list[str] = []
    depth, start = 0, 0
    for place, sign in enumerate(more):
        depth += (sign in "{[") - (sign in "}]")
        if sign == "," and not depth:
            parts.append(more[start:place].strip())
            start = place + 1
    rest = more[start:].strip()
    return [*parts, rest] if rest else parts
