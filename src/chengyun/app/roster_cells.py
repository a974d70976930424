"""Dates, times and days as people write them into a roster: Chinese, English, Excel's numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from chengyun.kernel.calendars import WorkingCalendar
from chengyun.kernel.rosters import POSTS, Post

_EXCEL_EPOCH: Final = date(1899, 12, 30)
_SERIALS: Final = range(36_526, 73_051)
"""Excel's numbers of the years 2000 to 2099."""
_DATE: Final = re.compile(
    r"(?P<y>[0-9]{4})(?P<s>[-/.年])(?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})日?(?: 00:00(?::00)?)?"
)
_PACKED: Final = re.compile(r"(20[0-9]{2})([0-9]{2})([0-9]{2})")
_TIME: Final = re.compile(
    r"(?P<h>[0-9]{1,2})(?::(?P<m>[0-5][0-9])(?::00)?|[点时](?:(?P<z>[0-5]?[0-9])分?)?)"
)
_FRACTION: Final = re.compile(r"0?\.[0-9]+|[01]")
MAX_HOUR: Final = 60
"""An end may be written as hours after the midnight before: 32:00 is 8:00 of the next day."""

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_WORDS: Final = {
    **{word: word for word in ("all", "working_days", "days_off", *_WEEKDAYS)},
    "每天": "all", "全部": "all", "工作日": "working_days", "休息日": "days_off",
    "节假日": "days_off", "working days": "working_days", "days off": "days_off",
    **{f"{week}{day}": _WEEKDAYS[number] for week in ("周", "星期", "礼拜")
       for number, day in enumerate("一二三四五六日")},
    **{f"{week}天": "sun" for week in ("周", "星期", "礼拜")},
}  # fmt: skip
_POST_WORDS: Final[dict[str, Post]] = {
    **{post: post for post in POSTS},
    "带班领导": "lead",
    "值班长": "officer",
    "派遣员": "dispatcher",
    "处置人员": "crew",
}
SEPARATORS: Final = re.compile(r"[|、，,;；\n]")
"""Between the items of a list in one cell."""


def date_in(text: str) -> date | None:
    """Return the date that a cell says; None where it says none, or no year.

    >>> date_in("2026年10月1日") == date_in("46296") == date_in("2026/10/1") == date(2026, 10, 1)
    True
    """
    found = _DATE.fullmatch(text)
    parts = found.group("y", "m", "d") if found else None
    packed = _PACKED.fullmatch(text)
    if packed:
        parts = packed.groups()
    if parts is None:
        if text.isdecimal() and int(text[:6]) in _SERIALS and len(text) == 5:
            return _EXCEL_EPOCH + timedelta(days=int(text))
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None


def minute_in(text: str) -> int | None:
    """Return the minute after midnight that a cell says; None where it says none.

    >>> [minute_in(text) for text in ("8:30", "24:00", "8点半", "8点5分", "0.5", "32:00", "61:00")]
    [510, 1440, 510, 485, 720, 1920, None]
    """
    text = text.replace("点半", ":30").replace("时半", ":30")
    found = _TIME.fullmatch(text)
    if found:
        hour = int(found["h"])
        return hour * 60 + int(found["m"] or found["z"] or 0) if hour <= MAX_HOUR else None
    if _FRACTION.fullmatch(text):
        return round(float(text) * 1440)
    return None


def time_of(minute: int) -> str:
    """Return a minute after midnight as it is written.

    >>> time_of(1920)
    '32:00'
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"


def days_in(text: str, calendar: WorkingCalendar) -> Callable[[date], bool] | str:
    """Return the test whether a day is meant; the word that nobody knows where there is one.

    Working days and days off are those of the city's calendar, so holidays and make-up days count.
    """
    words = {part.strip().casefold() for part in SEPARATORS.split(text) if part.strip()} or {"all"}
    unknown = sorted(words - _DAY_WORDS.keys())
    if unknown:
        return unknown[0]
    meant = {_DAY_WORDS[word] for word in words}

    def is_meant(day: date) -> bool:
        works = bool(calendar.spans_of(day.toordinal()))
        kinds = {"all", _WEEKDAYS[day.weekday()], "working_days" if works else "days_off"}
        return bool(kinds & meant)

    return is_meant


def post_in(text: str) -> Post | None:
    """Return the post that a cell names.

    >>> post_in("值班长"), post_in("Lead"), post_in("boss")
    ('officer', 'lead', None)
    """
    return _POST_WORDS.get(text.strip().casefold())
