"""Reads the segment log again, in a process of its own and without the platform's reader.

``python -m benchmarks.sense_store FOLDER`` prints rows, sums of handles and values, and how many
(sensor, instant) come twice, as one JSON object.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

_HEADER: Final = struct.Struct("<4sB3xIIqII")
_GROUP: Final = 1


def main() -> None:
    """Read every frame of every segment, check its checksum, and add up."""
    rows = handles = values = doubled = 0
    keys: list[np.ndarray] = []
    checksum = 0
    for path in sorted(Path(sys.argv[1]).glob("*.seg")):
        content = memoryview(path.read_bytes())
        at = 0
        while at < len(content):
            magic, kind, _, length, known_at, before, told = _HEADER.unpack_from(content, at)
            payload = content[at + _HEADER.size : at + _HEADER.size + length]
            head = _HEADER.pack(magic, kind, _, length, known_at, before, 0)
            found = zlib.crc32(payload, zlib.crc32(head, before))
            if magic != b"CYS1" or before != checksum or found != told:
                raise SystemExit(f"{path.name} is damaged at {at}")
            checksum = told
            at += _HEADER.size + length
            if kind == _GROUP:
                batch = pa.ipc.open_stream(payload).read_next_batch()
                handle = batch.column("handle").to_numpy()
                rows += len(handle)
                handles += int(handle.sum())
                values += int(batch.column("value").to_numpy().sum())
                instants = batch.column("at").to_numpy()
                low = (instants & (2**36 - 1)).astype(np.uint64)
                keys.append(handle.astype(np.uint64) << np.uint64(36) | low)
    if keys:
        every = np.concatenate(keys)
        keys.clear()
        every.sort()
        doubled = int((every[1:] == every[:-1]).sum())
    print(json.dumps({"rows": rows, "handles": handles, "values": values, "doubled": doubled}))


if __name__ == "__main__":
    main()
