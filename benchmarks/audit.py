"""Verifying a store of a million facts, in a process of its own, beside a bare pass of SHA-256.

The facts are those that the engine recorded in a replay of seeded requests, written again and
again under further ids by the codec that the engine writes with, until there are enough. A seal
stands at the end. Afterwards one byte is changed in the middle and the tail is cut off with its
head, and both must be found.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from benchmarks.running import PACK, replay, report
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE, SqlStore
from chengyun.app.stages import TABLES
from chengyun.engine import codec
from chengyun.engine.ports import Entry, Group, Head
from chengyun.facts.envelope import NO_HASH, OPERATIONS, Fact
from chengyun.kernel.instants import Instant
from chengyun.sim.replay.run import STORE

FACTS = 1_000_000
QUICK_FACTS = 30_000
AT_ONCE = 5_000
DAYS = 14


def main() -> None:
    """Run the benchmark."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        recorded = _recorded(Path(folder), given.seed)
        store = Path(folder) / "store"
        started = time.monotonic()
        partition = _write(store, recorded, given.facts)
        written_s = time.monotonic() - started
        key, seals = Path(folder) / "keys" / "seal.key", Path(folder) / "seals"
        _audit("key", "--out", str(key))
        _audit("seal", str(store), "--key", str(key), "--to", str(seals))
        sealed = ("--seals", str(seals), "--public-key", f"{key}.pub")
        whole = _verified(store, *sealed)
        bare = _bare(store)
        found = _tampered(store, partition, sealed)
    report(
        {
            "facts": given.facts,
            "kinds": len({fact.kind for fact in recorded.facts}),
            "written_s": round(written_s, 1),
            "verify_s": whole.took_s,
            "verify_cpu_s": whole.cpu_s,
            "facts_a_second": round(given.facts / whole.took_s),
            "whole": whole.is_whole,
            "sha256_s": bare.took_s,
            "hashed_mb": round(bare.size / 1e6),
            "times_bare": round(whole.took_s / bare.took_s, 2),
            "tampering_found": found,
            "seed": given.seed,
        }
    )
    sys.exit(0 if whole.is_whole and all(found.values()) else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=FACTS)
    parser.add_argument("--quick", action="store_true", help="a small part, to see that it works")
    parser.add_argument("--data", help="not used: nothing recorded is needed")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.quick:
        given.facts = QUICK_FACTS
    return given


# --- the store --------------------------------------------------------------------------------


class _Recorded(NamedTuple):
    """What the engine recorded, and the packs it names."""

    facts: list[Fact[Any]]
    artefacts: dict[str, bytes]


def _recorded(folder: Path, seed: int) -> _Recorded:
    """Return what the engine records of two seeded weeks."""
    requests = folder / "requests.csv"
    words = ["sample", str(PACK), "--out", str(requests), "--days", str(DAYS), "--seed", str(seed)]
    subprocess.run([sys.executable, "-m", "chengyun", *words], check=True, capture_output=True)
    replay([requests], folder / "replayed")
    with StoreReader(folder / "replayed" / STORE) as reader:
        (partition,) = {name for name, chain, _ in reader.chains() if chain == OPERATIONS}
        kept = {name: reader.artefact(name) or b"" for name in reader.artefact_names()}
        return _Recorded([codec.read(stored) for stored in reader.facts(partition)], kept)


def _write(folder: Path, recorded: _Recorded, wanted: int) -> str:
    """Write a store of ``wanted`` facts and return its partition."""
    partition = recorded.facts[0].partition
    store = SqlStore(folder, TABLES)
    before, head, entries = Head(), Head(), list[Entry]()
    for fact in _again(recorded.facts, wanted):
        entry = codec.write(fact, OPERATIONS, head.hash if head.seq else NO_HASH)
        head = Head(fact.seq, entry.stored.hash, fact.known_at)
        entries.append(entry)
        if len(entries) == AT_ONCE or fact.seq == wanted:
            store.commit(
                Group(
                    partition=partition,
                    before={OPERATIONS: before},
                    after={OPERATIONS: head},
                    entries=entries,
                    rows={},
                    keys={},
                    artefacts={} if before.seq else recorded.artefacts,
                )
            )
            before, entries = head, []
    store.close()
    return partition


def _again(recorded: list[Fact[Any]], wanted: int) -> Iterator[Fact[Any]]:
    """Yield the facts over and over, each round later and under ids of its own."""
    span = recorded[-1].known_at - recorded[0].known_at + 1
    for place in range(wanted):
        again, at = divmod(place, len(recorded))
        fact = recorded[at]
        yield msgspec.structs.replace(
            fact,
            seq=place + 1,
            id=f"{fact.id}/{again}",
            caused_by=fact.caused_by and f"{fact.caused_by}/{again}",
            known_at=Instant(fact.known_at + again * span),
        )


# --- what is measured -------------------------------------------------------------------------


class _Verified(NamedTuple):
    is_whole: bool
    took_s: float
    cpu_s: float
    """Of all its processes: what it would take where nothing else runs is about half of that."""
    said: str


def _audit(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chengyun", "audit", *words],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def _verified(store: Path, *more: str) -> _Verified:
    """Verify in a process of its own, its start included."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = _audit("verify", str(store), *more, "--json")
    took_s = round(time.monotonic() - started, 2)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 2)
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(f"audit verify failed: {done.stderr[-2_000:]}")
    return _Verified(done.returncode == 0, took_s, cpu_s, done.stdout)


class _Bare(NamedTuple):
    took_s: float
    size: int


def _bare(store: Path) -> _Bare:
    """Hash the bytes of every fact as one stream and nothing else: neither linked nor compared."""
    with sqlite3.connect(f"file:{store / FILE}?mode=ro", uri=True) as connection:
        started, size, digest = time.monotonic(), 0, hashlib.sha256()
        rows = connection.execute("SELECT header, body, sealed FROM facts ORDER BY log, seq")
        for header, body, sealed in rows:
            for part in (header, body, sealed or b""):
                digest.update(part)
                size += len(part)
        return _Bare(round(time.monotonic() - started, 2), size)


def _tampered(store: Path, partition: str, sealed: tuple[str, ...]) -> dict[str, bool]:
    """Change a byte in the middle, then cut off the tail with its head; say what was found."""
    path = store / FILE
    with sqlite3.connect(path) as connection:
        ((head,),) = connection.execute("SELECT seq FROM chains")
        middle = head // 2
        where = "WHERE seq = ?"
        ((body,),) = connection.execute(f"SELECT body FROM facts {where}", (middle,))  # noqa: S608
        changed = body[:-2] + bytes([body[-2] ^ 1]) + body[-1:]
        set_body = f"UPDATE facts SET body = ? {where}"  # noqa: S608
        connection.execute(set_body, (changed, middle))
    byte = _verified(store, *sealed)
    with sqlite3.connect(path) as connection:
        connection.execute(set_body, (body, middle))
        connection.execute("DELETE FROM facts WHERE seq > ?", (head - 10,))
        connection.execute(
            "UPDATE chains SET (seq, hash, known_at) ="
            " (SELECT seq, hash, known_at FROM facts WHERE seq = ?)",
            (head - 10,),
        )
    tail, blind = _verified(store, *sealed), _verified(store)
    return {
        "changed_byte": _first_bad(byte) == middle,
        "cut_tail": _first_bad(tail) == head - 9,
        "cut_tail_needs_the_seal": blind.is_whole,
    }


def _first_bad(verified: _Verified) -> int | None:
    (chain,) = json.loads(verified.said)["chains"]
    found: int | None = chain["first_bad_seq"]
    return found


if __name__ == "__main__":
    main()
