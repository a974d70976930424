"""The place a fact speaks of, as integers."""

from __future__ import annotations

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A point inside the platform: WGS-84, 1e-7 degrees (about a centimetre)."""

    lon_e7: int
    lat_e7: int
