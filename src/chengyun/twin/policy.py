"""The pack's section ``places``: when a geocode is not believed."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta


class Places(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A geocoder that does not know puts many unlike addresses on one exact point."""

    SECTION: ClassVar[str] = "places"
    default_geocode_texts: Annotated[int, Meta(ge=3, le=1_000)] = 8
    """So many different street texts on one exact point are no place but a "don't know"."""
    asset_radius_m: Annotated[int, Meta(ge=1, le=1_000)] = 15
    """How far from a report a component of its type may stand to be the one meant."""
