"""The level above is told of serious incidents by word and in writing, in time and in order."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from city import FERRY_STEPS, City, a, case, changed, the_pack
from test_notices import SECTION, rule

from chengyun.facts.notices import IncidentReportOverdue
from chengyun.kernel.errors import Rejected
from chengyun.notices.policy import IncidentReporting
from chengyun.notices.series import IssueIncidentReport

RULES = SECTION.rules | {"late": rule("IncidentReportOverdue", "ops_center", urgency="life_safety")}
REPORTS = IncidentReporting(types=["manhole"], source="test")


@pytest.fixture
def told(tmp_path: Path) -> Iterator[City]:
    fields = {name: getattr(SECTION, name) for name in SECTION.__struct_fields__}
    section = type(SECTION)(**fields | {"rules": RULES, "reports": REPORTS})
    one = City(tmp_path / "city", pack=changed(the_pack(), section))
    yield one
    one.close()


def issue(city: City, series: str) -> None:
    city.does(IssueIncidentReport(case=case("m1"), series=series))  # type: ignore[arg-type]


def late(code: str) -> object:
    return a(IncidentReportOverdue.__name__, subject=case("m1"), code=code)


def test_what_is_not_reported_in_time_is_told(told: City) -> None:
    told.at("2026-05-07 23:00").reports("manhole", at=FERRY_STEPS, id="m1")
    told.reports("lamp", at=FERRY_STEPS, id="l1")
    told.at("23:29").never(a("IncidentReportOverdue"))
    told.expect_by("23:30", late("by_word"))
    issue(told, "word")
    told.at("23:59").never(late("in_writing"))
    told.expect_by("2026-05-08 00:00", late("in_writing"))
    heard = [one.body for one in told.facts("NoticeAsked") if one.body.rule == "late"]
    assert [one.recipient for one in heard] == ["unit:drainage"] * 2
    assert {one.urgency for one in heard} == {"life_safety"}
    assert told.count(a("IncidentReportExpected")) == 1
    told.was_aware_of_nothing_wrong()


@pytest.mark.parametrize("said", [["word", "first"], ["first"]])
def test_what_is_reported_in_time_is_not(told: City, said: list[str]) -> None:
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1").at("09:20")
    for series in said:
        issue(told, series)
    told.at("12:00").never(a("IncidentReportOverdue"))


def test_reports_come_in_their_order_and_nothing_after_the_final_one(told: City) -> None:
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1")
    for wrong in ("followup", "final"):
        with pytest.raises(Rejected, match="cannot come"):
            issue(told, wrong)
    for series in ("first", "followup", "followup"):
        issue(told, series)
    for wrong in ("first",):
        with pytest.raises(Rejected, match="cannot come"):
            issue(told, wrong)
    issue(told, "final")
    for wrong in ("word", "followup", "final"):
        with pytest.raises(Rejected, match="cannot come"):
            issue(told, wrong)
    numbers = [(one.body.series, one.body.number) for one in told.facts("IncidentReportIssued")]
    assert numbers == [("first", 1), ("followup", 1), ("followup", 2), ("final", 1)]
