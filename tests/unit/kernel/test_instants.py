"""Instants: reading and showing time, and the two odd hours of the year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    SECOND_US,
    WEEK_US,
    Instant,
    from_datetime,
    from_local,
    from_text,
    to_datetime,
    to_text,
    zone,
)

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
zones = st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC")])


def refusal(call, *arguments) -> Rejected:
    with pytest.raises(Rejected) as caught:
        call(*arguments)
    return caught.value


def test_the_units_are_microseconds() -> None:
    assert SECOND_US == 10**6
    assert MINUTE_US == 60 * SECOND_US
    assert HOUR_US == 3_600 * SECOND_US
    assert DAY_US == 86_400 * SECOND_US
    assert WEEK_US == 7 * DAY_US


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:00+00:00", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2026-05-01T09:00:00+08:00", 1_777_597_200_000_000),
    ],
)
def test_from_text(text: str, instant: int) -> None:
    assert from_text(text) == instant


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    assert refusal(from_text, text).code == "not_a_time"


def test_a_refused_text_is_quoted_in_short() -> None:
    refused = refusal(from_text, "x" * 1_000)
    assert refused.params == {"value": "x" * 40}
    assert len(refused.what) < 80


def test_a_moment_without_a_zone_is_refused() -> None:
    assert refusal(from_text, "2026-05-01T09:00:00").code == "no_zone"
    assert refusal(from_datetime, datetime(2026, 5, 1)).code == "no_zone"  # noqa: DTZ001 - on purpose


@pytest.mark.parametrize("name", ["Asia/Shanghia", "", "../etc/passwd", "/etc/localtime", "a\0b"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    assert refusal(zone, name).code == "unknown_zone"


def test_a_known_zone_is_returned() -> None:
    assert zone("Asia/Shanghai").key == "Asia/Shanghai"


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), st.integers(-1439, 1439))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_a_moment_is_the_same_in_any_offset(naive: datetime, offset_min: int) -> None:
    moment = naive.replace(tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(minutes=offset_min)))
    assert from_datetime(elsewhere) == from_datetime(moment)


@given(st.integers(-(2**51), 2**52), zones)
def test_to_datetime_and_back(at: int, shown_in: ZoneInfo) -> None:
    shown = to_datetime(Instant(at), shown_in)
    assert shown.tzinfo is shown_in
    assert from_datetime(shown) == at


@given(st.integers(0, 2**32), zones)
def test_to_text_and_back_to_the_second(at_s: int, shown_in: ZoneInfo) -> None:
    at = Instant(at_s * SECOND_US)
    assert from_text(to_text(at, shown_in)) == at


def test_to_text_shows_the_city_s_wall_clock() -> None:
    assert to_text(Instant(1_500_000), SHANGHAI) == "1970-01-01T08:00:01+08:00"
    assert to_text(Instant(0), NEW_YORK) == "1969-12-31T19:00:00-05:00"


@pytest.mark.parametrize(
    ("wall", "in_utc", "ambiguous"),
    [
        ("2026-06-01T12:00:00", "2026-06-01T16:00:00Z", False),
        ("2026-03-08T01:59:59", "2026-03-08T06:59:59Z", False),
        ("2026-03-08T03:00:00", "2026-03-08T07:00:00Z", False),
        ("2026-11-01T00:59:59", "2026-11-01T04:59:59Z", False),
        ("2026-11-01T01:00:00", "2026-11-01T05:00:00Z", True),  # the first of two
        ("2026-11-01T01:59:59", "2026-11-01T05:59:59Z", True),
        ("2026-11-01T02:00:00", "2026-11-01T07:00:00Z", False),
    ],
)
def test_from_local(wall: str, in_utc: str, ambiguous: bool) -> None:
    naive = datetime.fromisoformat(wall)
    assert from_local(naive, NEW_YORK) == (from_text(in_utc), ambiguous)
    # The fold of the input is not looked at: of two instants it is always the first.
    assert from_local(naive.replace(fold=1), NEW_YORK) == (from_text(in_utc), ambiguous)


@pytest.mark.parametrize("wall", ["2026-03-08T02:00:00", "2026-03-08T02:59:59.999999"])
def test_a_local_time_that_never_was_is_refused(wall: str) -> None:
    refused = refusal(from_local, datetime.fromisoformat(wall), NEW_YORK)
    assert refused.code == "skipped_local_time"
    assert refused.params["zone"] == "America/New_York"


@given(st.integers(0, 2**32), zones)
def test_from_local_undoes_the_wall_clock_or_says_it_is_ambiguous(
    at_s: int, city: ZoneInfo
) -> None:
    at = Instant(at_s * SECOND_US)
    found, ambiguous = from_local(to_datetime(at, city).replace(tzinfo=None), city)
    assert found == at or (ambiguous and at - found == HOUR_US)
