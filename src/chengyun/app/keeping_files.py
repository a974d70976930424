"""Kept files and what stands about them in the store: none goes that is needed, none stays."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from chengyun.adapters.objects.disk import SMALL, Objects, digest_of
from chengyun.adapters.sql.reading import StoreReader
from chengyun.app.serving import Server
from chengyun.engine.commands import Command, Outcome
from chengyun.engine.ports import Group
from chengyun.handle.evidence import FILES
from chengyun.kernel.limits import SWEEP_S

_GONE: Final = frozenset(("PersonErased", "PersonalDataExpired"))


class KeptFiles:
    """Keeps files for evidence, and lets those go that nobody needs; an audience of the server."""

    def __init__(self, objects: Objects, server: Server) -> None:
        self._objects = objects
        self._server = server
        self._lock = threading.Lock()
        self._coming: Counter[str] = Counter()
        self._swept_s = float("-inf")
        self._sweeping: asyncio.Task[int] | None = None

    @contextmanager
    def keeping(self, content: bytes) -> Iterator[str]:
        """Let no sweep take a file while its evidence is being added; yield its digest."""
        digest = digest_of(content)
        with self._lock:
            self._coming[digest] += 1
        try:
            yield digest
        finally:
            with self._lock:
                self._coming[digest] -= 1

    def put(self, digest: str, content: bytes, small: bytes) -> None:
        """Put a file on disk."""
        with self._lock:
            self._objects.put(digest, content)
            if small:
                self._objects.put(digest + SMALL, small)

    def get(self, digest: str, *, is_small: bool) -> bytes | None:
        """Return a file, or the small picture of it."""
        return self._objects.get(digest + SMALL if is_small else digest)

    def sweep(self) -> int:
        """Let go whatever no evidence needs; return how many files that were."""
        gone = 0
        with StoreReader(self._server.folder) as reader:
            for name in list(self._objects.names()):
                gone += self._let_go(reader, name)
        return gone

    def _let_go(self, reader: StoreReader, name: str) -> bool:
        digest, partition = name[:64], self._server.engine.partition
        with self._lock:
            if self._coming[digest] > 0:
                return False
            if next(reader.rows(FILES, partition, digest=digest), None) is not None:
                return False
            self._objects.remove(name)
        return True

    # --- what the server tells ----------------------------------------------------------------

    def committed(self, groups: Sequence[Group], took_s: float) -> None:
        """Sweep now and then, and at once when a person's data went."""
        has_gone = any(entry.kind in _GONE for group in groups for entry in group.entries)
        if not has_gone and time.monotonic() - self._swept_s < SWEEP_S:
            return
        if self._sweeping is None or self._sweeping.done():
            self._swept_s = time.monotonic()
            self._sweeping = asyncio.get_running_loop().create_task(asyncio.to_thread(self.sweep))

    def executed(self, command: Command, outcome: Outcome) -> None:
        """Commands are of no interest here, only what was committed."""
