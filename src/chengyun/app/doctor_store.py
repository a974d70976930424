"""What the doctor asks of a store: files and rights, room, writer, layout, clock, work left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chengyun.adapters.keys import keyring
from chengyun.adapters.sql.locks import holder_of
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE
from chengyun.adapters.sql.verifying import verdicts
from chengyun.adapters.system import machine
from chengyun.app.findings import Finding, bad, ok, warn
from chengyun.app.stages import TABLES
from chengyun.app.stream.opening import FOLDER as LANE
from chengyun.engine.deadletters import DEAD_LETTERS
from chengyun.facts.envelope import OPERATIONS
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import SECOND_US, Instant, to_text, zone
from chengyun.kernel.limits import MAX_CLOCK_AHEAD_S, MAX_JOURNAL_BYTES, MIN_FREE_BYTES
from chengyun.sense.views import FEEDS

_MAX_NAMED = 5
_MB = 1_000_000


def files(store: Path) -> Iterator[Finding]:
    """Only the store's user may change it, and only they may read its keys."""
    if not machine.is_writable(store):
        remedy = "run as the user that serves it, or give the folder to them (chown -R)"
        yield bad("rights", "this user may not write there", store, remedy)
    for name, sealed in ((FILE, False), (keyring.FILE, True)):
        path = store / name
        may = machine.others_may(path) if path.exists() else ""
        remedy = f"chmod go-rwx {path}"
        if sealed and may:
            yield bad("rights", f"others may {may} the keys of persons", path, remedy)
        elif may and machine.others_may(store):
            level = bad if may == "write" else warn
            yield level("rights", f"others may {may} the store", path, remedy)
        elif path.exists():
            yield ok("rights", "only its user may read and write it", path)


def room(store: Path) -> Iterator[Finding]:
    """There is room for what comes."""
    free, size = machine.free_bytes(store), (store / FILE).stat().st_size
    size += sum(path.stat().st_size for path in (store / LANE).rglob("*") if path.is_file())
    said = f"{free // _MB:,} MB free, the store has {size // _MB:,} MB"
    if free < MIN_FREE_BYTES:
        yield bad("room", said, store, "make room now: the platform stops when the disk is full")
    elif free < size:
        yield warn("room", said, store, "make room: not even one copy of the store fits there")
    else:
        yield ok("room", said, store)


def writer(store: Path) -> Iterator[Finding]:
    """Who writes, and whether somebody keeps the journal from being written back."""
    holder = holder_of(store)
    yield ok("writer", f"{holder} writes to it" if holder else "nobody writes to it now", store)
    journal = store / f"{FILE}-wal"
    size = journal.stat().st_size if journal.exists() else 0
    if size > MAX_JOURNAL_BYTES:
        remedy = "end readers that run for long (lsof names them), then restart the writer"
        yield warn("journal", f"the journal has {size // _MB:,} MB", journal, remedy)
    else:
        yield ok("journal", f"the journal has {size // _MB:,} MB", journal)


def layout(store: Path, reader: StoreReader) -> Iterator[Finding]:
    """Log and projections are those of this release."""
    if reader.is_current(TABLES):
        yield ok("layout", "log and projections are of this release", store)
    else:
        yield warn("layout", "log or projections are of an earlier release, or half rebuilt", store,
                   f"stop its writer, then chengyun upgrade {store}")  # fmt: skip


def keys(store: Path, reader: StoreReader) -> Iterator[Finding]:
    """The keyring opens what is sealed."""
    path = store / keyring.FILE
    living = {
        person: key
        for partition in _partitions(reader)
        for person, key in reader.person_keys(partition).items()
        if key is not None
    }
    if not path.exists():
        if living:
            yield bad("keys", f"{len(living)} persons' data are sealed, and the keyring is missing",
                      path, "bring back the keyring that was kept apart")  # fmt: skip
        return
    try:
        keyring.check_master(store, living)
    except Rejected as wrong:
        yield bad("keys", wrong.what, path, wrong.remedy)
    else:
        yield ok("keys", f"the keyring opens the keys of {len(living):,} persons", path)


def clock(store: Path, reader: StoreReader, now: Instant) -> Iterator[Finding]:
    """Nothing on the chain is later than the machine's clock."""
    last_at = max((head.known_at for _, _, head in reader.chains()), default=Instant(0))
    said = f"the last fact was recorded at {to_text(last_at, zone('UTC'))}"
    if last_at > now + MAX_CLOCK_AHEAD_S * SECOND_US:
        remedy = (
            "set the machine's clock (timedatectl): until then facts are recorded at that instant; "
            "a replay or demonstration has a clock of its own, and nothing is wrong"
        )
        yield warn("clock", f"{said}, in this machine's future", store, remedy)
    else:
        yield ok("clock", said, store)


def chains(store: Path, reader: StoreReader, *, whole: bool) -> Iterator[Finding]:
    """The chains are whole: all of them, or, unless asked, as far as their heads tell."""
    if not whole:
        for partition, chain, head in reader.chains():
            yield ok("chain", f"{partition}/{chain} has {head.seq:,} facts; --verify reads them")
        return
    for verdict in verdicts(store):
        name = f"{verdict.partition}/{verdict.chain}"
        if verdict.whole:
            yield ok("chain", f"{name} is whole: {verdict.facts:,} facts")
        else:
            yield bad("chain", f"{name}: fact {verdict.first_bad_seq} is bad: {verdict.reason}",
                      store, "restore the last good backup")  # fmt: skip


def work(store: Path, reader: StoreReader) -> Iterator[Finding]:
    """No unit was set aside, and every feed speaks."""
    for partition in _partitions(reader):
        dead = list(reader.rows(DEAD_LETTERS, partition))
        if dead:
            named = ", ".join(f"{one.handler} on {one.fact}" for one in dead[:_MAX_NAMED])
            yield warn("dead letters", f"{len(dead)} units were set aside: {named}", partition,
                       "look at the error, then chengyun send STORE RetryUnit")  # fmt: skip
        else:
            yield ok("dead letters", "no unit was set aside", partition)
        silent = [row for row in reader.rows(FEEDS, partition) if row.silent]
        for row in silent:
            since = to_text(Instant(row.silent_since_at), zone("UTC"))
            yield warn("feeds", f"{row.feed} is silent since {since}", partition,
                       "ask its owner; its signs are unknown meanwhile, not normal")  # fmt: skip
        if not silent:
            yield ok("feeds", "no feed is silent", partition)


def _partitions(reader: StoreReader) -> list[str]:
    return [partition for partition, chain, _ in reader.chains() if chain == OPERATIONS]
