"""What can be wrong with one row, as a small number that stands in a column."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from chengyun.kernel.limits import MAX_ID_CHARS, MAX_VALUE


class Fault(IntEnum):
    """Why a row is refused; ``REASON`` has what is answered."""

    NONE = 0
    MISSING_ID = 1
    MISSING_AT = 2
    MISSING_VALUE = 3
    BAD_ID = 4
    ID_TOO_LONG = 5
    MIXED_IDS = 6
    BAD_TIME = 7
    NOT_A_NUMBER = 8
    NOT_FINITE = 9
    TOO_LARGE = 10
    BAD_PLACE = 11
    NOT_A_ROW = 12
    OTHER_WIDTH = 13
    BAD_QUOTES = 14
    CUT = 15


REASON: Final[dict[Fault, tuple[str, dict[str, str]]]] = {
    Fault.MISSING_ID: ("missing", {"field": "sensor"}),
    Fault.MISSING_AT: ("missing", {"field": "at"}),
    Fault.MISSING_VALUE: ("missing", {"field": "value"}),
    Fault.BAD_ID: ("bad_id", {}),
    Fault.ID_TOO_LONG: ("id_too_long", {"limit": str(MAX_ID_CHARS)}),
    Fault.MIXED_IDS: ("mixed_ids", {}),
    Fault.BAD_TIME: ("bad_time", {}),
    Fault.NOT_A_NUMBER: ("not_a_number", {}),
    Fault.NOT_FINITE: ("not_finite", {}),
    Fault.TOO_LARGE: ("too_large", {"limit": str(MAX_VALUE)}),
    Fault.BAD_PLACE: ("bad_place", {}),
    Fault.NOT_A_ROW: ("not_a_row", {}),
    Fault.OTHER_WIDTH: ("other_width", {}),
    Fault.BAD_QUOTES: ("bad_quotes", {}),
    Fault.CUT: ("cut", {}),
}
"""Code and parameters of each fault."""
