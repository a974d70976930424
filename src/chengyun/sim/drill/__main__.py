"""``python -m chengyun.sim.drill FOLDER``: makes the debrief of a drill that has ended."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from chengyun.kernel.errors import ChengyunError
from chengyun.sim.drill.writing import PROGRESS, write_debrief


def main() -> int:
    """Write the debrief; say how far it has come, a line a virtual minute."""
    parser = argparse.ArgumentParser(prog="chengyun.sim.drill", description=__doc__)
    parser.add_argument("folder", type=Path, help="what chengyun drill wrote")
    given = parser.parse_args()
    try:
        write_debrief(given.folder, lambda lived_us: print(f"{PROGRESS}{lived_us}", flush=True))
    except ChengyunError as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
