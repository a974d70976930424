"""Moments as they are written on the command line."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import click

from chengyun.kernel.instants import Instant, from_local


def moment_of(text: str, city_zone: ZoneInfo) -> Instant:
    """Return the end of the day, or the moment, that ``text`` says in the city's zone.

    >>> moment_of("1970-01-01", ZoneInfo("UTC"))
    86399999999
    """
    try:
        if len(text) == len("2011-12-10"):
            day = date.fromisoformat(text) + timedelta(days=1)
            return Instant(from_local(datetime.combine(day, clock_time.min), city_zone)[0] - 1)
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise click.BadParameter("write it as 2011-12-10 or 2011-12-10T18:00:00") from wrong
    naive = moment if moment.tzinfo is None else moment.astimezone(city_zone).replace(tzinfo=None)
    return from_local(naive, city_zone)[0]
