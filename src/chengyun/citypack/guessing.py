"""What the columns of a table of requests are, guessed by name (English, Chinese) and content.

A guess is a proposal and nothing more: whatever is uncertain a person confirms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from statistics import median
from typing import Final

import msgspec

from chengyun.citypack.profiling import ColumnProfile, Profile

ROLES: Final[dict[str, tuple[str, ...]]] = {
    "id": (
        "case_enquiry_id", "case_id", "service_request_id", "request_id", "unique_key", "id",
        "sr_number", "ticket_id", "ticket", "reference", "工单编号", "工单号", "案件编号",
        "案卷编号", "案卷号", "任务号", "受理编号", "诉求编号", "流水号", "编号",
    ),
    "opened_at": (
        "open_dt", "opened_at", "created_date", "requested_datetime", "open_date", "created_at",
        "received_at", "date_created", "reported_at",
        "opened", "case_startdate", "start_date", "startdate", "受理时间", "来电时间",
        "登记时间", "上报时间", "创建时间", "提交时间", "诉求时间", "反映时间", "发现时间",
        "立案时间", "受理日期",
    ),
    "due_at": (
        "target_dt", "sla_target_dt", "due_date", "due_at", "expected_datetime", "deadline",
        "截止时间", "办理时限", "处置截止时间", "要求办结时间", "应办结时间", "到期时间",
        "办结时限",
    ),
    "closed_at": (
        "closed_dt", "closed_date", "closed_at", "resolved_at", "resolution_date", "closed",
        "办结时间", "结案时间", "完成时间", "处置完成时间", "办理完成时间", "办结日期",
        "反馈时间",
    ),
    "type": (
        "type", "case_type", "service_name", "complaint_type", "request_type", "issue_type",
        "诉求类型", "问题类型", "案件类型", "事件类型", "诉求类别", "问题类别", "小类名称",
        "案件小类", "小类", "事项类型", "诉求分类", "类型", "类别",
    ),
    "group": (
        "reason", "category", "case_group", "大类名称", "案件大类", "问题大类", "大类",
        "一级分类",
    ),
    "title": (
        "case_title", "title", "subject_line", "标题", "诉求标题", "工单标题", "主题",
    ),
    "text": (
        "description", "descriptor", "details", "text", "comment", "message", "诉求内容",
        "工单内容", "问题描述", "反映内容", "案件描述", "来电内容", "内容", "描述",
    ),
    "lon": (
        "longitude", "lon", "lng", "long", "x", "经度", "坐标x", "x坐标",
    ),
    "lat": (
        "latitude", "lat", "y", "纬度", "坐标y", "y坐标",
    ),
    "area": (
        "neighborhood", "neighbourhood", "borough", "district", "community", "area", "所属街道",
        "街道", "街镇", "镇街", "街道名称", "所属区域", "区域", "所属社区", "社区", "行政区",
        "所属区", "区县",
    ),
    "channel": (
        "source", "channel", "open_data_channel_type", "method_received", "origin", "诉求来源",
        "问题来源", "受理渠道", "上报渠道", "工单来源", "来源", "渠道",
    ),
    "place_text": (
        "location", "address", "incident_address", "street_address", "诉求地址", "事发地址",
        "问题地址", "事发地点", "地址", "地点", "位置",
    ),
    "unit": (
        "queue", "assigned_to", "responsible_unit", "agency_name", "agency", "department",
        "owner", "承办单位", "主办单位", "处置单位", "责任单位", "办理单位", "处置部门",
        "承办部门", "责任部门",
    ),
    "outcome": (
        "closure_kind", "outcome", "resolution", "办理结果", "处理结果", "处置结果", "结案结果",
        "办结情况",
    ),
    "closing_text": (
        "closure_reason", "resolution_description", "办理情况", "回复内容", "处置情况",
    ),
    "duplicate_of": (
        "duplicate_of", "parent_id", "重复工单", "原工单编号",
    ),
}  # fmt: skip
"""Names that columns of each role have; the earlier, the likelier."""

REQUIRED: Final = ("id", "opened_at", "type")
TIMES: Final = ("opened_at", "due_at", "closed_at")
NUMBERS: Final = ("lon", "lat")

FORMATS: Final = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y.%m.%d %H:%M:%S",
    "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日%H时%M分", "%Y%m%d%H%M%S",
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d-%m-%Y %H:%M:%S",
    "%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y",
)  # fmt: skip

PERSONAL: Final = re.compile(
    r"phone|mobile|e-?mail|passport|(caller|reporter|citizen|contact|customer|first|last|full)_?"
    r"name|姓名|电话|手机|身份证|联系人|联系方式|证件|诉求人|来电人|反映人",
    re.IGNORECASE,
)
LATER: Final = re.compile(
    r"status|on_?time|overdue|clos|resol|complet|satisf|response|assigned|department|queue|photo"
    r"|状态|是否|满意|办结|结案|回访|处置|承办|主办|责任|办理|完成|超期|评价|反馈",
    re.IGNORECASE,
)
"""Columns that tell, by their name, what was known only after the request came in."""

_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")


class Times(msgspec.Struct, frozen=True):
    """How a column of times is read; ``ambiguous`` where day and month could be swapped."""

    as_: str
    formats: tuple[str, ...]
    ambiguous: bool = False


class Guess(msgspec.Struct, frozen=True):
    """Columns by role, and how their times are read. ``by_content`` were not known by name."""

    columns: dict[str, str]
    times: dict[str, Times]
    by_content: frozenset[str]
    chinese: bool


def guess(profile: Profile, chosen: dict[str, str] | None = None) -> Guess:
    """Guess the role of each column; ``chosen`` are columns by role that a person has named."""
    given = dict(chosen or {})
    columns = {role: name for role, name in given.items() if name}
    taken = set(columns.values())
    for role, names in ROLES.items():
        if role in given:
            continue
        found = _by_name(profile, role, names, taken)
        if found:
            columns[role] = found
            taken.add(found)
    by_content: set[str] = set()
    for role in REQUIRED:
        if (
            role not in columns
            and role not in given
            and (found := _by_content(profile, role, taken))
        ):
            columns[role] = found
            taken.add(found)
            by_content.add(role)
    if ("lon" in columns) != ("lat" in columns):
        columns.pop("lon", None)
        columns.pop("lat", None)
    times: dict[str, Times] = {
        role: read
        for role in TIMES
        if role in columns and (read := times_of(_sample(profile, columns[role]))) is not None
    }
    text = "".join(column.name + "".join(column.sample[:20]) for column in profile.columns)
    return Guess(
        {role: name for role, name in columns.items() if role not in TIMES or role in times},
        times,
        frozenset(by_content),
        _CHINESE.search(text) is not None,
    )


def plain(name: str) -> str:
    """Return a column's name as it is compared: small letters, words joined by ``_``.

    >>> plain("Created Date")
    'created_date'
    """
    return re.sub(r"[\s\-.()（）/:]+", "_", name.strip().casefold()).strip("_")


def _by_name(profile: Profile, role: str, names: Sequence[str], taken: set[str]) -> str:
    fits = _FITS.get(role, _anything)
    free = [
        column
        for column in profile.columns
        if column.name and column.name not in taken and column.filled and fits(column, profile)
    ]
    for name in names:
        for column in free:
            if plain(column.name) == name:
                return column.name
    for name in names:  # a Chinese name within a longer one: 12345工单编号
        for column in free:
            if len(name) > 2 and _CHINESE.search(name) and name in column.name:
                return column.name
    return ""


def _by_content(profile: Profile, role: str, taken: set[str]) -> str:
    """Return the first column that can be ``role``; of times, the one that comes earliest."""
    if role == "opened_at":
        return _earliest(profile, taken)
    for column in profile.columns:
        if not column.name or column.name in taken or PERSONAL.search(column.name):
            continue
        if role == "type" and not _names_things(column, profile):
            continue
        if column.filled and _FITS[role](column, profile):
            return column.name
    return ""


def _earliest(profile: Profile, taken: set[str]) -> str:
    found: list[tuple[float, str]] = []
    for column in profile.columns:
        full = column.name and column.filled == profile.rows
        if not full or column.name in taken or PERSONAL.search(column.name):
            continue
        read = times_of(column.sample[:500])
        if read is not None:
            seconds = (when(text, read) for text in column.sample[:500])
            found.append((median(one for one in seconds if one is not None), column.name))
    return min(found)[1] if found else ""


def _sample(profile: Profile, name: str) -> list[str]:
    column = profile.column(name)
    return column.sample if column is not None else []


# --- content ----------------------------------------------------------------------------------
def _anything(_column: ColumnProfile, _profile: Profile) -> bool:
    return True


def _unique(column: ColumnProfile, profile: Profile) -> bool:
    distinct = len(set(column.sample))
    return column.filled >= 0.99 * profile.rows and distinct >= 0.99 * len(column.sample)


def _few(column: ColumnProfile, profile: Profile) -> bool:
    """A list of names: not nearly as many as rows."""
    return column.values is not None and (
        len(column.values) <= 50 or len(column.values) <= column.filled / 5
    )


def _names_things(column: ColumnProfile, profile: Profile) -> bool:
    """Words that repeat, several of them, and no numbers, times or yes-and-no."""
    values = column.values
    if values is None or not 3 <= len(values) <= profile.rows / 3 or LATER.search(column.name):
        return False
    words = [value for value in values if re.search(r"[^\W\d_]{2}", value)]
    return len(words) >= 0.9 * len(values) and times_of(column.sample[:200]) is None


def _times(column: ColumnProfile, _profile: Profile) -> bool:
    return times_of(column.sample[:500]) is not None


def number(text: str) -> float | None:
    """Read a coordinate; None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None


def _coordinates(limit: float) -> Callable[[ColumnProfile, Profile], bool]:
    def fits(column: ColumnProfile, _profile: Profile) -> bool:
        values = [number(cell) for cell in column.sample]
        within = [value for value in values if value is not None and abs(value) <= limit]
        return bool(within) and len(within) >= 0.9 * len(values)

    return fits


_FITS: Final[dict[str, Callable[[ColumnProfile, Profile], bool]]] = {
    "id": _unique,
    "opened_at": _times,
    "due_at": _times,
    "closed_at": _times,
    "type": _few,
    "group": _few,
    "area": _few,
    "channel": _few,
    "unit": _few,
    "outcome": _few,
    "lon": _coordinates(180),
    "lat": _coordinates(90),
}


# --- times ------------------------------------------------------------------------------------
def times_of(sample: Sequence[str]) -> Times | None:
    """Return how these texts are read as times, None where fewer than nine in ten are times."""
    some = tuple(sample[:: max(1, len(sample) // 200)])
    return _times_of(some) if some and _times_of(some[:20]) is not None else None


@lru_cache(maxsize=4_096)
def _times_of(some: tuple[str, ...]) -> Times | None:
    if sum(_has_offset(text) for text in some) >= 0.9 * len(some):
        return Times("iso_time", ())
    formats: list[str] = []
    left = list(some)
    ambiguous = False
    while left and len(formats) < 3:
        read = {form: [text for text in left if moment(text, form)] for form in FORMATS}
        best = max(read, key=lambda form: len(read[form]))
        if not read[best]:
            break
        swapped = best.translate(str.maketrans("md", "dm"))
        ambiguous |= swapped != best and len(read.get(swapped, [])) == len(read[best])
        formats.append(best)
        known = set(read[best])
        left = [text for text in left if text not in known]
    if not formats or len(left) > 0.1 * len(some):
        return None
    days_only = all("%H" not in form and "%I" not in form for form in formats)
    return Times("date" if days_only else "local_time", tuple(formats), ambiguous)


def moment(text: str, form: str) -> datetime | None:
    """Read ``text`` by one format; a year before 1990 or after 2100 is no time."""
    try:
        read = datetime.strptime(text, form)  # noqa: DTZ007 - a wall clock
    except ValueError:
        return None
    return read if 1990 <= read.year <= 2100 else None


def when(text: str, read: Times) -> float | None:
    """Return the seconds of a time since the year 1, on the wall clock or, with offset, in UTC."""
    if read.as_ == "iso_time":
        if not _has_offset(text):
            return None
        at = datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
        return (at - datetime.min).total_seconds()  # noqa: DTZ901 - both without a zone
    for form in read.formats:
        at_clock = moment(text, form)
        if at_clock is not None:
            return (at_clock - datetime.min).total_seconds()  # noqa: DTZ901 - both without a zone
    return None


def _has_offset(text: str) -> bool:
    try:
        return len(text) > 10 and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
