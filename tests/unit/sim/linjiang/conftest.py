import pytest

from chengyun.sim.linjiang.city import build


@pytest.fixture(scope="package")
def district():
    return build(7, "district")
