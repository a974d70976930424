"""Units of measure, converted exactly: values are integers in millionths of the unit inside."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from chengyun.kernel.errors import Rejected

MICRO: Final = 1_000_000

_UNITS: Final[dict[str, tuple[str, Decimal]]] = {
    "mm": ("length", Decimal("0.001")),
    "0.1 mm": ("length", Decimal("0.0001")),
    "cm": ("length", Decimal("0.01")),
    "m": ("length", Decimal(1)),
    "in": ("length", Decimal("0.0254")),
    "0.01 in": ("length", Decimal("0.000254")),
    "mm/h": ("rate of rain", Decimal(1)),
    "in/h": ("rate of rain", Decimal("25.4")),
    "count": ("count", Decimal(1)),
    "s": ("time", Decimal(1)),
    "min": ("time", Decimal(60)),
    "h": ("time", Decimal(3600)),
    "ppm": ("share", Decimal("0.000001")),
    "ratio": ("share", Decimal(1)),
    "percent": ("share", Decimal("0.01")),
    "index": ("index", Decimal(1)),
    "m3": ("volume", Decimal(1)),
    "L": ("volume", Decimal("0.001")),
    "m3/h": ("flow", Decimal(1)),
    "kPa": ("pressure", Decimal(1)),
    "hPa": ("pressure", Decimal("0.1")),
    "MPa": ("pressure", Decimal(1000)),
    "kW": ("power", Decimal(1)),
    "kWh": ("energy", Decimal(1)),
    "celsius": ("temperature", Decimal(1)),
    "m/s": ("speed", Decimal(1)),
    "km/h": ("speed", Decimal(1) / Decimal("3.6")),
    "dB": ("sound level", Decimal(1)),
    "ug/m3": ("concentration", Decimal(1)),
    "deg": ("angle", Decimal(1)),
}
"""Unit → its dimension and its size in the dimension's own unit."""

KNOWN: Final = tuple(sorted(_UNITS))


def convert_micro(value: Decimal, source: str, target: str) -> int:
    """Return ``value`` in ``source`` as millionths of ``target``, halves to even.

    >>> convert_micro(Decimal(79), "0.1 mm", "mm")
    7900000
    """
    try:
        (from_dimension, from_size), (to_dimension, to_size) = _UNITS[source], _UNITS[target]
    except KeyError as unknown:
        raise Rejected(
            "unknown_unit",
            f"{unknown.args[0]!r} is no unit known here",
            remedy=f"known are {', '.join(KNOWN)}",
            params={"unit": str(unknown.args[0])},
        ) from None
    if from_dimension != to_dimension:
        raise Rejected(
            "other_dimension",
            f"{source} is a {from_dimension}, {target} a {to_dimension}",
            remedy="declare units of one dimension",
            params={"from": source, "to": target},
        )
    return int((value * from_size / to_size * MICRO).to_integral_value(ROUND_HALF_EVEN))
