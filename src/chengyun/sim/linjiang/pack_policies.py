"""The policies of Linjiang's pack as YAML: signs, bands, plans, routing, processes and the rest.

Numbers from published material say so in ``source``; "(?)" marks what rests on memory or on a
secondary source, and the rest belongs to the simulated city.
"""

from __future__ import annotations

from typing import Final

from chengyun.sim.linjiang.case_types import REPORTED
from chengyun.sim.linjiang.city import Linjiang
from chengyun.sim.linjiang.festivals import HOLIDAYS, MAKE_UP_DAYS, days_off
from chengyun.sim.linjiang.pack_processes import PROCESSES
from chengyun.sim.linjiang.pack_response import response
from chengyun.sim.linjiang.pack_roles import roles
from chengyun.sim.linjiang.pack_sensing import BANDS
from chengyun.sim.linjiang.pack_triage import triage
from chengyun.sim.linjiang.rhythms import REPORTS_A_THOUSAND_A_DAY

_MARGIN_E7: Final = 200_000
"""How far the bounds lie beyond the city, 0.02 degrees."""


def policies(city: Linjiang) -> dict[str, str]:
    """Return the YAML files of the pack by path, without the feeds."""
    texts = {
        "city": _city(city),
        "calendar": _calendar(),
        "signs": _signs(city),
        "bands": _BANDS + BANDS,
        "response": response(),
        "fusing": _FUSING,
        "routing": _ROUTING,
        "processes": PROCESSES,
        "places": _PLACES,
        "review": _REVIEW,
        "voice": _VOICE,
        "privacy": _PRIVACY,
        "intake": _INTAKE,
        "roles": roles(),
        "triage": triage(),
    }
    return {
        f"{name}.yaml": f"# yaml-language-server: $schema=../schemas/{name}.json\n{text}"
        for name, text in texts.items()
    }


def _city(city: Linjiang) -> str:
    west, south, east, north = city.areas.box[0].tolist()
    box = ", ".join(
        f"{side}: {value / 1e7:.2f}"
        for side, value in (
            ("west", west - _MARGIN_E7),
            ("south", south - _MARGIN_E7),
            ("east", east + _MARGIN_E7),
            ("north", north + _MARGIN_E7),
        )
    )
    return f"""\
id: linjiang
name: {{en: Linjiang, zh: 临江}}
zone: Asia/Shanghai
languages: [zh, en]
crs: WGS-84
bounds: {{{box}}}
source: "made up by chengyun sim pack, seed {city.seed}, scale {city.scale.name}; no real city"
"""


def _calendar() -> str:
    days = "\n".join(
        f'  - "{day.isoformat()}"  # {holiday.name_en}, {holiday.name_zh}'
        for day in days_off()
        for holiday in HOLIDAYS
        if holiday.holds(day)
    )
    worked = "\n".join(f'  - "{day.isoformat()}"' for day in sorted(MAKE_UP_DAYS))
    hours = "\n".join(
        f'  {day}: ["08:30-11:30", "13:00-17:30"]' for day in ("mon", "tue", "wed", "thu", "fri")
    )
    return f"""\
hours:
{hours}
# 2026 and 2027, of the simulated city: festivals stand on their days, the days around are made up.
holidays:
{days}
# Days of the weekend worked in exchange (调休), made up as well.
make_up_days:
{worked}
source: the simulated city's own calendar, made up; no government's notice
"""


def _signs(city: Linjiang) -> str:
    an_hour = city.scale.residents * REPORTS_A_THOUSAND_A_DAY / 1_000 / 24 / len(REPORTED)
    return f"""\
# The baseline may warn from the first hour: where nothing was learned yet, each of the
# {len(REPORTED)} types is expected prior_per_hour times an hour in the whole city. That is
# {REPORTS_A_THOUSAND_A_DAY} reports a day from 1,000 residents (30,000 a day in a city of 25
# million), of which this one has {city.scale.residents:,}.
signs:
  demand:
    name: {{en: Reports by type and area, zh: 各类诉求数量}}
    measures: reports
    unit: count
    feeds: [hotline, devices]
    pane_s: 600
    windows_s: [3600, 10800]
    levels:
      neighbourhood: {{min_count: 5, model_error: 0.02}}
      city: {{min_count: 10, model_error: 0.05}}
    baseline:
      silent_days: 0
      fade_shift: 5
      type_hours: 24
      profile_weeks: 2
      slot_weeks: 4
      share_arrivals: 20
      spread_arrivals: 60
      prior_spread: 0.5
      prior_per_hour: {an_hour:.3f}
    notable_milli: 2000
    owner: duty officer
    source: Defaults of the platform; the prior from published case counts (VOCABULARY, sizes)
  rain:
    name: {{en: Rain of 10 minutes, zh: 十分钟降雨量}}
    measures: property
    property: rain
    unit: mm
    feeds: [rain]
    pane_s: 600
    windows_s: [600]
    owner: duty officer
    source: rain gauges of the simulated city
  underpass_depth:
    name: {{en: Water in underpasses, zh: 下立交积水深度}}
    measures: property
    property: underpass_depth
    unit: mm
    feeds: [underpass_depth]
    pane_s: 600
    windows_s: [600]
    owner: duty officer
    source: gauges of the simulated city
  crowd:
    name: {{en: People on the embankment, zh: 滨江实时客流}}
    measures: property
    property: crowd
    unit: count
    feeds: [crowd]
    pane_s: 600
    windows_s: [600]
    owner: duty officer
    source: people counters of the simulated city
  tide:
    name: {{en: Tide level, zh: 潮位}}
    measures: property
    property: tide
    unit: mm
    feeds: [tide]
    pane_s: 600
    windows_s: [600]
    owner: duty officer
    source: tide gauge of the simulated city
"""


_BANDS: Final = """\
bands:
  demand:
    levels:
      neighbourhood:
        judge: surprise
        up: {blue: 3000, yellow: 4500, orange: 7000, red: 10000}
        down: 2000
        dwell_s: 1800
        ramp_days: 3
        ramp_extra: 500
      city:
        judge: surprise
        up: {blue: 5000, yellow: 6000, orange: 8500, red: 12000}
        down: 3000
        dwell_s: 1800
        ramp_days: 3
        ramp_extra: 500
    widened_at_most: yellow
    source: Defaults of the platform; orange and the dwell lower, since the simulated city is short
  # A rainstorm of 35, 50, 80 or 100 mm in an hour, as mm of 10 minutes that would fill it: a sixth.
  rain:
    levels:
      district:
        judge: value
        up: {blue: 5.9, yellow: 8.4, orange: 13.4, red: 16.7}
        down: 3
        dwell_s: 1800
    source: "rainstorm signals 35, 50, 80, 100 mm in 1 h (?), divided by 6"
  underpass_depth:
    levels:
      neighbourhood:
        judge: value
        up: {blue: 50, yellow: 100, orange: 150, red: 270}
        down: 30
        dwell_s: 1200
    source: "depths at which an underpass is watched, warned of, guarded and closed (?)"
  crowd:
    levels:
      neighbourhood:
        judge: value
        up: {blue: 45000, yellow: 52000, orange: 60000, red: 72000}
        down: 40000
        dwell_s: 1800
    source: >-
      60,000 is what the Bund's embankment was kept below on a rainy evening of 2021, 72,000 its
      count of 2 October 2019; blue is three quarters of 60,000 (?), yellow leaves time to act (?)
  tide:
    levels:
      city:
        judge: value
        up: {blue: 4550, yellow: 4910, orange: 5100, red: 5290}
        down: 4400
        dwell_s: 3600
    source: "tide at a river mouth: blue 4.55 m, yellow 4.91, orange 5.10 (?), red 5.29 (?)"
"""
_FUSING: Final = """\
# Reports of one type at one place are the same thing until the record says otherwise: nothing was
# learned when the simulated city begins.
radius_m: 60
gaps_s: [600, 3600, 21600, 86400]
threshold_ppm: 325000
prior_ppm: 450000
pseudo_count: 16
source: Radius and rates of the simulated city
"""
_ROUTING: Final = """\
# The duty list knows every type in every area; the model learns beside it.
contexts:
  - []
  - [type]
  - [type, channel]
  - [type, area]
candidates: 3
threshold_ppm: 500000
default_process: grid
source: Defaults of the platform
"""
_PLACES: Final = """\
# The simulator gives every report the point of its place: many addresses on one point are rare.
default_geocode_texts: 40
asset_radius_m: 15
"""
_PRIVACY: Final = """\
# Data of persons are sealed when they come in, masked when they are shown, and opened for one of
# these purposes, which stands on the audit chain with who looked.
purposes:
  handle_case: {name: {en: Handle the case, zh: 处置案件}}
  call_back: {name: {en: Call the reporter back, zh: 回访诉求人}}
  emergency: {name: {en: Life or property in danger, zh: 危及生命财产}, sensitive: true}
  complaint: {name: {en: Look into a complaint, zh: 核查投诉举报}}
  data_subject: {name: {en: The person asked for it, zh: 本人申请查询}, sensitive: true}
# Columns of feeds with personal: true that are sensitive, and so are kept for a shorter time.
sensitive: [id_card, health, bank_account, biometric, religion]
texts: internal
keep: {personal_days: 1095, sensitive_days: 180, refused_days: 90}
figures: {k: 5, level: district}
source: >-
  Personal Information Protection Law (PIPL) articles 6, 19, 28 and 47: for a stated purpose,
  sensitive data apart, no longer than needed; the days are defaults of the platform (?)
"""
_INTAKE: Final = """\
# What a camera reports is looked at by a person first, except what means danger to life.
second_looks:
  camera: {wait: {round_s: 600, rounds: 3}}
# A report without a type: how often it is told that it waits, and what it is taken as in the end.
triage: {round_s: 900, rounds: 4}
untyped: other
# Signals of devices that mean danger to life, with the type they are taken as.
signals:
  gas_alarm: gas_smell
  lift_alarm: lift_trapped
  crowd_alarm: crowd_control
  elder_sos: elder_check
# Whose vital signs count what people tell.
counts_as:
  grid_officer: hotline
  citizen_web: hotline
  phone: hotline
  window: hotline
  carer: hotline
  hotline: hotline
  sensor: devices
  camera: devices
source: times are defaults of the platform (?)
"""
_VOICE: Final = """\
call_back_attempts: 3
came_back_days: 30
came_back_m: 20
source: Defaults of the platform (?)
"""

_REVIEW: Final = """\
# A day of the simulated city is a period: a demonstration has no weeks.
period_days: 1
window_periods: 7
min_cases: 30
late_ppm: 500000
deadline_ppm: 800000
route_ppm: 950000
source: Defaults of the platform, by the day
"""
