"""The pack's section ``review``: when a deadline or a route counts as regularly wrong."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta


class Review(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Figures are reviewed at the end of each period; what is proposed a person adopts."""

    SECTION: ClassVar[str] = "review"
    period_days: Annotated[int, Meta(ge=1, le=366)] = 7
    window_periods: Annotated[int, Meta(ge=1, le=52)] = 4
    """How many periods a proposal looks back."""
    min_cases: Annotated[int, Meta(ge=5, le=100_000)] = 30
    """Fewer closed cases than this are no evidence."""
    late_ppm: Annotated[int, Meta(ge=0, le=1_000_000)] = 500_000
    """Share of late closings from which on a deadline is regularly wrong."""
    deadline_ppm: Annotated[int, Meta(ge=0, le=1_000_000)] = 800_000
    """The proposed deadline would have held for this share of the cases."""
    route_ppm: Annotated[int, Meta(ge=0, le=1_000_000)] = 950_000
    """Share handled by one unit from which on it belongs into the duty list."""
    source: str
