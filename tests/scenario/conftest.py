"""The city that every story of this folder happens in."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from city import City

Opens = Callable[..., City]


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    """Opens cities of one's own making, and closes them at the end."""
    with ExitStack() as stack:

        def opened(**how: object) -> City:
            one = City(tmp_path / f"store{len(list(tmp_path.iterdir()))}", **how)  # type: ignore[arg-type]
            stack.callback(one.close)
            return one

        yield opened


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a city that has just adopted its pack; copied, for it takes a while."""
    folder = tmp_path_factory.mktemp("founded") / "store"
    City(folder).close()
    return folder


@pytest.fixture
def city(founded: Path, tmp_path: Path) -> Iterator[City]:
    """A new city that opens on 1 May 2026."""
    folder = tmp_path / "city"
    shutil.copytree(founded, folder)
    one = City(folder, begun=True)
    yield one
    one.close()
