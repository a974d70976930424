"""The city that every story of this folder happens in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from city import City


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A new city that opens on 1 May 2026; at the end nothing may have been set aside unseen."""
    one = City(tmp_path / "store")
    try:
        yield one
    finally:
        one.close()
