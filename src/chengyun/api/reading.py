"""Connections that read the store for doors: a few that stay open, one thread each at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from chengyun.adapters.sql.reading import StoreReader
from chengyun.kernel.limits import MAX_READERS

T = TypeVar("T")


class Readers:
    """Answers questions to a store in threads; at most ``MAX_READERS`` at one moment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turns = asyncio.Semaphore(MAX_READERS)
        self._idle: list[StoreReader] = []

    async def ask(self, question: Callable[[StoreReader], T]) -> T:
        """Return the answer; a connection whose question failed is closed and not used again."""
        async with self._turns:
            return await asyncio.to_thread(self._answer, question)

    def _answer(self, question: Callable[[StoreReader], T]) -> T:
        reader = self._idle.pop() if self._idle else StoreReader(self._folder)
        try:
            found = question(reader)
        except BaseException:
            reader.close()
            raise
        self._idle.append(reader)
        return found
