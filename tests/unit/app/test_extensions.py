import importlib

import pytest

from chengyun.app.extensions import EXTENSION_POINTS


@pytest.mark.parametrize("point", EXTENSION_POINTS, ids=lambda point: point.name)
def test_an_extension_point_is_where_it_says(point):
    module, _, attribute = point.where.partition(":")
    assert getattr(importlib.import_module(module), attribute) is not None
    assert point.how.endswith(".")
