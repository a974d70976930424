"""The feeds of Linjiang's pack: the columns in which the simulator writes and a replay reads."""

from __future__ import annotations

from typing import Final

from chengyun.sim.linjiang.division import CITY_CODE

_MODELINE: Final = "# yaml-language-server: $schema=../../schemas/feeds.json\n"

_REPORTS: Final = """\
kind: reports
encoding: utf-8
zone: Asia/Shanghai
crs: WGS-84
channel: {channel}
silent_after_s: {silent_after_s}
columns:
  id: {{from: [id], as: id, required: true}}
  opened_at: {{from: [opened_at], as: local_time, formats: ["%Y-%m-%d %H:%M:%S"], required: true}}
  type: {{from: [type], as: case_type, required: true}}
  title: {{from: [title]}}
  text: {{from: [text]}}
  place_text: {{from: [place_text]}}
  channel: {{from: [channel], allowed: [{channels}]}}
  area: {{from: [area], as: area}}
  lon: {{from: [lon], as: decimal}}
  lat: {{from: [lat], as: decimal}}
attributes:
  device: [device]
# What was recorded about the handling; hidden until closed_at.
outcome:
  closed_at: {{from: [closed_at], as: local_time, formats: ["%Y-%m-%d %H:%M:%S"]}}
  unit: {{from: [unit]}}
  outcome: {{from: [outcome]}}
  text: {{from: [closing_text]}}
  duplicate_of: {{from: [duplicate_of]}}
source: {source}
"""

_OBSERVATIONS: Final = """\
kind: observations
encoding: utf-8
zone: Asia/Shanghai
crs: WGS-84
silent_after_s: 3600
columns:
  observed_at: {{from: [observed_at], as: local_time, formats: ["%Y-%m-%d %H:%M:%S"], required: true}}
  value: {{from: [value], as: decimal, unit: {unit}, required: true}}
{area}property: {name}
unit: {unit}
interval_s: 600
source: {source}
"""  # noqa: E501 - a line of YAML

_PROPERTIES: Final = {
    "rain": ("mm", "rain gauges of the simulated city, mm of 10 minutes, by district"),
    "underpass_depth": ("mm", "gauges of the simulated city, deepest underpass of a neighbourhood"),
    "crowd": ("count", "people counters of the simulated city, by riverside neighbourhood"),
    "tide": ("mm", "tide gauge of the simulated city, above the gauge's zero"),
}


def feeds() -> dict[str, str]:
    """Return the feeds of the pack by path."""
    texts = {
        "hotline": _REPORTS.format(
            channel="phone",
            channels="phone, web, app, officer, sensor",
            silent_after_s=43_200,
            source="citizens and officers of the simulated city; no report is anyone's",
        ),
        # The same channels as the hotline's: a recording of both may be replayed as one file.
        "devices": _REPORTS.format(
            channel="sensor",
            channels="phone, web, app, officer, sensor",
            silent_after_s=86_400,
            source="alarms of the devices of the simulated city",
        ),
    }
    for name, (unit, source) in _PROPERTIES.items():
        area = (
            f'area: "{CITY_CODE}"\n'
            if name == "tide"
            else "  area: {from: [area], as: area, required: true}\n"
        )
        texts[name] = _OBSERVATIONS.format(name=name, unit=unit, area=area, source=source)
    return {f"feeds/{name}.yaml": _MODELINE + text for name, text in texts.items()}
