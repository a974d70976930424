"""The small city, and accounts that hold grants in it."""

import pytest
from guarded import Guarded


@pytest.fixture
def opened(tmp_path):
    made = []

    def one(**how):
        made.append(Guarded(tmp_path / f"store{len(made)}", **how))
        return made[-1]

    yield one
    for city in made:
        city.close()


@pytest.fixture
def city(opened):
    return opened()
