"""What scoring needs of the city, from its pack: areas, thresholds, when a feed is silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chengyun.app.packs import feeds_of
from chengyun.citypack.resolving import Resolved
from chengyun.kernel.instants import SECOND_US, Instant

MICRO: Final = 1_000_000
SIGN_OF: Final = {
    "rain": "rain",
    "underpass_depth": "underpass_depth",
    "crowd": "crowd",
    "tide": "tide",
}
"""The vital sign that a measuring feed feeds."""


class Rules:
    """What scoring needs of the city: areas, thresholds, when a feed counts as silent."""

    def __init__(
        self,
        parents: Mapping[str, str],
        blue_micro: Mapping[tuple[str, str], int],
        silent_after_us: Mapping[str, int],
        until: int,
    ) -> None:
        self._parents = parents
        self.blue_micro = blue_micro
        """``(feed, area) → lowest threshold``, in millionths."""
        self.silent_after_us = silent_after_us
        self.until = until

    def within(self, outer: str, inner: str) -> bool:
        """Tell whether ``inner`` is ``outer`` or lies in it."""
        while inner and inner != outer:
            inner = self._parents.get(inner, "")
        return inner == outer


def rules_of(pack: Resolved, until: Instant) -> Rules:
    """Return the rules of a city for a run that ended at ``until``."""
    content: dict[str, Any] = msgspec.json.decode(pack.content)
    areas = content["areas"]["areas"]
    blue: dict[tuple[str, str], int] = {}
    for feed, sign in SIGN_OF.items():
        levels = content["bands"]["bands"].get(sign, {}).get("levels", {})
        for code, area in areas.items():
            band = levels.get(area["level"])
            if band is not None:
                blue[feed, code] = round(min(band["up"].values()) * MICRO)
    return Rules(
        parents={code: area.get("parent", "") for code, area in areas.items()},
        blue_micro=blue,
        silent_after_us={
            name: feed.silent_after_s * SECOND_US for name, feed in feeds_of(pack).feeds.items()
        },
        until=until,
    )
