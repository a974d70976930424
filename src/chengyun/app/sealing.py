"""Seals a store: by hand, or again and again while it is served, without holding up the engine."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from chengyun.adapters.files.seals import newest_in, put_seal
from chengyun.adapters.sql.reading import StoreReader
from chengyun.app import logs
from chengyun.app.serving import Server
from chengyun.engine import seals
from chengyun.engine.seals import Seal, SealedHead, Signer
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import ChengyunError, Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import SEAL_S


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A seal that was made, and where it stands."""

    path: str
    digest: str
    """SHA-256 of the file: what one publishes."""
    seal: Seal


def seal_store(store: Path, folder: Path, signer: Signer, *, now: Instant) -> Sealed:
    """Write the next seal over the chains of ``store`` into ``folder``; its writer may go on.

    Raises ``Rejected`` with ``seal_broken`` where the store does not hold any more what the seal
    before names: a key must not put its name under that.
    """
    newest = newest_in(folder)
    before = None if newest is None else (seals.read(newest[1], newest[0]), newest[1])
    with StoreReader(store) as reader:
        heads = [
            SealedHead(
                partition=partition,
                chain=chain,
                seq=head.seq,
                hash=head.hash.hex(),
                known_at=head.known_at,
            )
            for partition, chain, head in reader.chains()
        ]
        if not heads:
            raise Rejected(
                "nothing_to_seal",
                "there is no fact in this store yet",
                where=str(store),
                remedy="seal it when something has happened",
            )
        if before is not None:
            _refuse_other(reader, before[0], folder)
    seal, content = seals.sealed(heads, before, at=now, signer=signer)
    path = put_seal(folder, seal.number, content)
    return Sealed(path=str(path), digest=seals.digest_of(content), seal=seal)


def _refuse_other(reader: StoreReader, before: Seal, folder: Path) -> None:
    for old in before.chains:
        head = reader.head_at(old.partition, old.chain, old.seq)
        if head is None or head.hash.hex() != old.hash:
            raise Rejected(
                "seal_broken",
                f"{old.partition}/{old.chain} does not hold the fact {old.seq} that seal "
                f"{before.number} names",
                where=str(folder),
                remedy="run chengyun audit verify with --seals; after a restore from a backup, "
                "keep these seals and begin a new folder",
                params={"seal": str(before.number)},
            )


class Sealing:
    """Seals a served store every so often, and once more when it stops; an open door meanwhile."""

    def __init__(self, store: Path, folder: Path, signer: Signer, clock: Clock) -> None:
        self._store = store
        self._folder = folder
        self._signer = signer
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._sealed_s: float | None = None
        self.number = 0
        """Of the newest seal of this process."""
        self.failures = 0
        """How often it could not be sealed."""

    def age_s(self) -> float:
        """Return how old the newest seal of this process is; infinite before the first."""
        return float("inf") if self._sealed_s is None else time.monotonic() - self._sealed_s

    @contextlib.asynccontextmanager
    async def open(self, server: Server) -> AsyncIterator[None]:
        """Seal as long as the server runs; then what its last group has written."""
        sealing = asyncio.create_task(self._again_and_again())
        try:
            yield
        finally:
            sealing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sealing
            self._seal()

    async def _again_and_again(self) -> None:
        while True:
            await asyncio.to_thread(self._seal)
            await asyncio.sleep(SEAL_S)

    def _seal(self) -> None:
        """Seal now; a failure stands in the log and is tried again at the next hour."""
        try:
            with self._one_at_a_time:
                now = self._clock.now()
                made = seal_store(self._store, self._folder, self._signer, now=now)
        except (ChengyunError, OSError) as failed:
            self.failures += 1
            logs.LOG.error("not sealed", extra={"fields": {"reason": str(failed)}})
            return
        self._sealed_s = time.monotonic()
        self.number = made.seal.number
        logs.note("sealed", number=made.seal.number, sha256=made.digest)
