"""The small city that every test of the interface is about."""

import pytest
from served import Served


@pytest.fixture
def serve(tmp_path):
    made = []

    def served(**how):
        made.append(Served(tmp_path / f"store{len(made)}", **how))
        return made[-1]

    yield served
    for one in made:
        one.close()


@pytest.fixture
def city(serve):
    return serve()
