"""Rows of recorded tables: when, by whom, and which text goes on to the wire."""

from datetime import UTC, datetime

import msgspec
import pytest

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, from_datetime
from chengyun.sense.policy import RecordedTable
from chengyun.sense.recorded import RecordedRows

UNITS = {"rain": "mm", "air": "hPa", "people": "count"}
WIDE = {
    "zone": "Asia/Shanghai",
    "feed": "stations",
    "at": {"from": ["year", "month", "day", "hour"], "formats": ["%Y %m %d %H"]},
    "empty": ["NA"],
    "sensors": {
        "s:rain": {"from": "R", "property": "rain", "unit": "cm", "area": "c"},
        "s:air": {"from": "P", "property": "air", "unit": "kPa", "area": "c"},
    },
    "source": "invented",
}
WIDE_COLUMNS = ["no", "year", "month", "day", "hour", "R", "P"]
LONG = {
    "zone": "Australia/Melbourne",
    "feed": "counters",
    "at": {"from": ["Date", "Hour"], "formats": ["%d-%b-%Y %H"]},
    "interval_s": 3600,
    "empty": ["NaN"],
    "named": {"id": "ID", "value": "N", "prefix": "c:", "property": "people", "area": "c"},
    "source": "invented",
}
LONG_COLUMNS = ["Date", "Hour", "ID", "N"]


def rows(declared, columns):
    return RecordedRows(msgspec.convert(declared, RecordedTable), columns, UNITS)


def utc(*parts):
    return from_datetime(datetime(*parts, tzinfo=UTC))


def test_a_wide_row_says_a_value_a_sensor_at_the_time_its_columns_make_together():
    said = rows(WIDE, WIDE_COLUMNS).row(["1", "2010", "1", "1", "8", "1.25", "101.3"])
    assert said.at == said.due == utc(2010, 1, 1, 0)
    assert said.values == [("s:rain", "12.5"), ("s:air", "1013")]
    assert said.unsaid == []


@pytest.mark.parametrize("cell", ["NA", "", "  ", " NA "])
def test_what_means_nothing_is_no_value(cell):
    said = rows(WIDE, WIDE_COLUMNS).row(["1", "2010", "1", "1", "8", cell, "100"])
    assert said.values == [("s:air", "1000")]
    assert said.unsaid == ["s:rain"]


@pytest.mark.parametrize("cell", ["nan", "inf", "-", "1,5", "twelve", "1e400", "9" * 40])
def test_text_that_is_no_number_goes_on_to_the_wire_as_it_stands(cell):
    said = rows(WIDE, WIDE_COLUMNS).row(["1", "2010", "1", "1", "8", cell, "NA"])
    assert said.values == [("s:rain", cell)]


def test_a_value_of_an_interval_is_said_when_it_is_over():
    said = rows(LONG, LONG_COLUMNS).row(["01-Jan-2012", "0", "4", "17"])
    assert said.at == utc(2011, 12, 31, 13) + HOUR_US
    assert said.values == [("c:4", "17")]


def test_an_hour_that_comes_twice_is_the_first_of_the_two():
    said = rows(LONG, LONG_COLUMNS).row(["01-Apr-2012", "2", "4", "17"])
    assert said.is_ambiguous
    assert said.at == utc(2012, 3, 31, 15) + HOUR_US


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["07-Oct-2012", "2", "4", "1"], "skipped_local_time"),
        (["31-Feb-2012", "2", "4", "1"], "impossible_time"),
        (["01-Jan-2012", "24", "4", "1"], "impossible_time"),
        (["01-Jan-1812", "3", "4", "1"], "impossible_time"),
        (["", "", "4", "1"], "impossible_time"),
        (["01-Jan-2012", "1", "NaN", "1"], "missing"),
        (["01-Jan-2012", "1", "", "1"], "missing"),
        (["01-Jan-2012", "1", "4\n5", "1"], "line_break"),
        (["01-Jan-2012", "1", "4", "1\n2"], "line_break"),
    ],
)
def test_a_row_is_refused_where_nobody_can_tell_when_or_by_whom(cells, code):
    with pytest.raises(Rejected) as refused:
        rows(LONG, LONG_COLUMNS).row(cells)
    assert refused.value.code == code


def test_a_refused_row_does_not_lend_its_time_to_the_next():
    reading = rows(LONG, LONG_COLUMNS)
    first = reading.row(["01-Jan-2012", "0", "4", "1"])
    with pytest.raises(Rejected):
        reading.row(["31-Feb-2012", "0", "4", "1"])
    assert reading.row(["01-Jan-2012", "1", "4", "1"]).at == first.at + HOUR_US


def test_when_it_came_in_may_stand_in_a_column_of_its_own():
    declared = LONG | {"received": {"from": ["Got"], "as": "iso_time"}}
    said = rows(declared, [*LONG_COLUMNS, "Got"]).row(
        ["01-Jan-2012", "0", "4", "1", "2012-01-01T03:00:00+11:00"]
    )
    assert said.due == said.at + 2 * HOUR_US


def test_a_file_of_another_schema_is_refused_whole():
    with pytest.raises(Rejected) as refused:
        rows(LONG, ["Date", "ID", "Count"])
    assert refused.value.code == "other_schema"
    assert refused.value.params["missing"] == "Hour, N"
