"""Compaction as a process of its own: ``python -m chengyun.adapters.lake LAKE LOG OBSERVED``.

Takes closed segments into the lake until none waits, prints the last one that went in, and leaves.
``OBSERVED`` is a file of ``Observed.save``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from chengyun.adapters.lake.compaction import compact
from chengyun.adapters.lake.manifest import read_manifest
from chengyun.adapters.lake.runs import loaded
from chengyun.kernel.limits import MAX_SEGMENTS_A_RUN

NICE = 10


def main() -> None:
    """Compact."""
    os.nice(NICE)
    lake, log, observed = (Path(given) for given in sys.argv[1:])
    known = loaded(observed)
    for _ in range(MAX_SEGMENTS_A_RUN):
        if not compact(lake, log, known, most_segments=1).segments:
            break
    print(read_manifest(lake).through)


if __name__ == "__main__":
    main()
