"""Every test of the engine works on a bench of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from workbench import Opened, opener


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Opened]:
    """Open a small engine: ``bench(*stages)``; a second call is a restart."""
    yield from opener(tmp_path)
