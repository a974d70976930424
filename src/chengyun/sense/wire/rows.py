"""Rows gathered one by one into columns, by the formats that must look at each."""

from __future__ import annotations

from array import array
from typing import Final, TypeAlias

import numpy as np

from chengyun.facts.columns import Refused, ids_of
from chengyun.sense.wire.faults import REASON, Fault
from chengyun.sense.wire.judging import Said

MAX_SHOWN_CHARS: Final = 64
"""So much of a sender's text is shown in an answer."""

Row: TypeAlias = tuple[int | str | Fault, int | Fault, float | Fault, float | Fault, float | Fault]
"""Handle or id, instant, value, longitude and latitude (NaN for none); each may be a fault."""


class Rows:
    """Columns that grow; handles or ids: what the first good row has, the others must have."""

    def __init__(self) -> None:
        self.named: bool | None = None
        self.refused: list[Refused] = []
        self._index, self._at = array("q"), array("q")
        self._value, self._lon, self._lat = array("d"), array("d"), array("d")
        self._sensors: list[str] = []
        self._handles = array("q")

    def refuse(self, index: int, fault: Fault) -> None:
        """Leave out the row at ``index``."""
        code, params = REASON[fault]
        self.refused.append(Refused(index, code, params))

    def take(self, index: int, row: Row | Fault) -> None:
        """Take a row, or refuse it for its first fault."""
        fault = row if isinstance(row, Fault) else self._taken(index, row)
        if fault:
            self.refuse(index, fault)

    def _taken(self, index: int, row: Row) -> Fault:
        for one in row:
            if isinstance(one, Fault):
                return one
        name, at, value, lon, lat = row
        named = isinstance(name, str)
        if self.named not in (None, named):
            return Fault.MIXED_IDS
        self.named = named
        if isinstance(name, str):
            self._sensors.append(name)
        else:
            self._handles.append(name)
        self._index.append(index)
        self._at.append(at)
        self._value.append(value)
        self._lon.append(lon)
        self._lat.append(lat)
        return Fault.NONE

    def said(self) -> Said:
        """Return the columns."""
        named = self.named is not False
        return Said(
            handles=None if named else np.frombuffer(self._handles, np.int64),
            sensors=ids_of(self._sensors) if named else None,
            at=np.frombuffer(self._at, np.int64),
            value=np.frombuffer(self._value, np.float64),
            lon=np.frombuffer(self._lon, np.float64),
            lat=np.frombuffer(self._lat, np.float64),
            index=np.frombuffer(self._index, np.int64),
            refused=self.refused,
        )


def shown(text: str) -> str:
    """Return so much of a text as an answer shows of it, in valid UTF-8."""
    return text[:MAX_SHOWN_CHARS].encode("utf-8", "replace").decode()
