"""Late data that change a warning are told to every open case of it, and end none."""

from types import SimpleNamespace

import pytest

from chengyun.facts.warn import WarningRetracted, WarningRevised
from chengyun.handle import views
from chengyun.handle.telling import on_warning_corrected

WARNING = "warn:gas_highest:all:n1:5"
RETRACTED = WarningRetracted(
    sign="gas_highest", type="", from_level="orange", code="late_data", params={"value_micro": "1"}
)
REVISED = WarningRevised(
    sign="gas_highest", type="", from_level="orange", level="blue", code="late_data", params={}
)


class Known:
    """Cases that came from a warning, as the engine knows them."""

    def find(self, table, index, key):
        assert (table, index) == (views.CASES, 0)
        if key != WARNING:
            return []
        return [
            SimpleNamespace(case=f"case:{number}", area="n1", open=number != 3)
            for number in (1, 2, 3)
        ]


@pytest.mark.parametrize(("body", "level"), [(RETRACTED, ""), (REVISED, "blue")])
def test_every_open_case_of_the_warning_is_told(body, level):
    fact = SimpleNamespace(body=body, id="retracted:1", happened_at=7, subject=WARNING)
    told = list(on_warning_corrected(fact, Known()))
    assert [one.subject for one in told] == ["case:1", "case:2"]
    assert {one.body.level for one in told} == {level}
    assert {type(one.body).__name__ for one in told} == {"CaseTold"}
    assert len({one.id for one in told}) == 2
    assert [one.id for one in on_warning_corrected(fact, Known())] == [one.id for one in told]


def test_a_warning_without_cases_tells_nobody():
    fact = SimpleNamespace(body=RETRACTED, id="r", happened_at=7, subject="warn:other")
    assert list(on_warning_corrected(fact, Known())) == []
