"""Story 1: a manhole cover is missing.

The calendar: Thursday 7 May is a working day, Friday 8 May a holiday, Saturday 9 May is worked in
exchange. Four working hours from Thursday 16:30 on end on Saturday at noon.
"""

import pytest
from city import (
    FERRY_STEPS,
    GATE,
    ORCHARD,
    City,
    a,
    case,
    dispatched,
    filed,
    incident,
    located,
    merged,
    moment,
    report,
)

from chengyun.kernel.errors import Rejected

DUE = "2026-05-09 12:00"


def test_it_is_filed_in_the_right_grid_under_the_right_component_with_owner_and_deadline(
    city: City,
) -> None:
    city.at("2026-05-07 16:30").reports("manhole", at=FERRY_STEPS, id="r1", place="ferry steps")
    city.expect(
        located("r1", grid="319901001001001", asset="3199010101000001", code="given"),
        a("IncidentOpened", report=report("r1"), grid="319901001001001"),
        filed("r1", due=DUE, due_code="time_limit", process="grid"),
    )
    given = city.expect(dispatched("r1", to="river-drainage", code="proposed", hops=0))
    assert given.body.params == {"source": "duty_list"}
    # The duty list has a line for the city and one for Riverside: the smaller area holds.
    why = city.expect(a("RouteProposed", report=report("r1")))
    assert why.body.code == "duty_list"
    assert why.body.params == {
        "type": "manhole",
        "area": "319901",
        "unit": "river-drainage",
        "source": "duty list 2026 line 2",
    }


def test_elsewhere_the_line_for_the_whole_city_holds(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=ORCHARD, id="r1", area="319902001001")
    city.expect(located("r1", grid="319902001001001", asset=""))
    city.expect(dispatched("r1", to="drainage"))


def test_of_two_covers_near_each_other_the_nearer_is_meant(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=(GATE[0] - 0.00002, GATE[1]), id="r1")
    city.expect(located("r1", asset="3199010101000002"))
    city.at("09:30").reports("lamp", at=FERRY_STEPS, id="r2")
    city.expect(located("r2", asset="3199010102000001"))


def test_a_point_on_an_edge_is_in_one_grid_and_always_the_same(city: City) -> None:
    edge, corner = (121.471, 31.2305), (121.471, 31.231)
    for number, spot in enumerate([edge, corner, edge, corner]):
        city.at(f"2026-05-07 {10 + number}:00").reports("lamp", at=spot, id=f"r{number}")
        city.expect(located(f"r{number}", grid="319901001001001"))
    city.at("15:00").reports("lamp", at=(121.4710001, 31.2305), id="beside")
    city.expect(located("beside", grid="319901001001002"))
    city.at("16:00").reports("lamp", at=(121.469, 31.2305), id="outside")
    city.expect(located("outside", grid=""))


def test_a_second_report_is_merged_and_taken_out_again_by_a_person(city: City) -> None:
    city.at("2026-05-07 16:30").reports("manhole", at=FERRY_STEPS, id="r1")
    five_metres_east = (FERRY_STEPS[0] + 0.00005, FERRY_STEPS[1])
    city.at("16:40").reports("manhole", at=five_metres_east, id="r2")
    why = city.expect(merged("r2", into="r1"))
    assert why.body.likeness.near
    assert why.body.likeness.same_type
    assert why.body.likeness.gap_s == 600
    assert city.case("r1").members == 2
    assert city.count(a("CaseFiled")) == 1

    city.at("16:50").splits("r2", "it is the cover at the gate")
    split = city.expect(a("ReportSplit", report=report("r2"), from_incident=incident("r1")))
    assert split.actor == "person:dispatcher"
    city.expect(filed("r2"), dispatched("r2", to="river-drainage"))
    assert (city.case("r1").members, city.case("r2").members) == (1, 1)
    with pytest.raises(Rejected, match="is not open in an incident with others"):
        city.splits("r2", "once more")
    # What was split lives on its own: closing one leaves the other open.
    city.at("17:00").crew("river-drainage", "r2")
    assert city.case("r2").state == "reported_back"
    assert city.case("r1").state == "dispatched"


def test_the_first_report_of_an_incident_cannot_be_split_off(city: City) -> None:
    city.at("2026-05-07 16:30").reports("manhole", at=FERRY_STEPS, id="r1")
    city.at("16:40").reports("manhole", at=FERRY_STEPS, id="r2")
    with pytest.raises(Rejected, match="opened this incident"):
        city.splits("r1", "wrong way round")


def test_a_failed_check_sends_it_back_and_the_clock_never_stopped(city: City) -> None:
    city.at("2026-05-07 16:30").reports("manhole", at=FERRY_STEPS, id="r1")
    with pytest.raises(Rejected, match="not allowed at step"):
        city.checks("inspection", "r1", passed=True)
    city.at("17:00").crew("river-drainage", "r1")
    city.expect(a("CaseReportedBack", subject=case("r1"), unit="river-drainage", members=1))
    with pytest.raises(Rejected, match="handled case:hotline:r1 and cannot check it"):
        city.checks("river-drainage", "r1", passed=True)
    assert [city.number(name).value for name in ("handled", "closed", "sent_back")] == [1, 0, 0]

    city.at("2026-05-09 09:10").checks("inspection", "r1", passed=False, reason="it rocks")
    city.expect(a("CaseReworked", subject=case("r1"), round=1, unit="river-drainage"))
    again = city.case("r1")
    assert (again.state, again.rework, again.due_at) == ("dispatched", 1, moment(DUE))

    city.at("2026-05-09 10:00").crew("river-drainage", "r1")
    city.at("10:30").checks("inspection", "r1", passed=True)
    city.expect(a("CaseClosed", subject=case("r1"), unit="river-drainage"))
    done = city.case("r1")
    assert (done.state, done.rework, done.fell_due) == ("closed", 1, False)
    city.at("2026-05-10 12:00")
    city.never(a("CaseFellDue"))
    after = city.figures()
    assert [city.number(name).value for name in ("handled", "closed", "sent_back")] == [1, 1, 1]
    assert city.number("rework_rate") == (1_000_000, 1, 1)
    assert city.number("on_time_rate") == (1_000_000, 1, 1)
    assert (after["on_time"], after["overdue"], after["without_deadline"]) == (1, 0, 0)
    city.was_aware_of_nothing_wrong()


def test_while_it_is_reworked_the_deadline_passes(city: City) -> None:
    city.at("2026-05-07 16:30").reports("manhole", at=FERRY_STEPS, id="r1")
    city.at("17:00").crew("river-drainage", "r1")
    city.at("2026-05-09 11:00").checks("inspection", "r1", passed=False)
    city.expect_by("2026-05-09 12:00", a("CaseFellDue", due_at=moment(DUE), unit="river-drainage"))
    assert city.case("r1").fell_due


def test_more_rework_than_the_process_allows_is_for_a_leader(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="r1")
    for round_ in range(2):
        city.at(f"2026-05-07 {10 + round_}:00").crew("river-drainage", "r1")
        city.at(f"2026-05-07 {10 + round_}:30").checks("inspection", "r1", passed=False)
    city.at("2026-05-07 14:00").crew("river-drainage", "r1")
    with pytest.raises(Rejected, match="failed its check 2 times already"):
        city.checks("inspection", "r1", passed=False)
    city.checks("inspection", "r1", passed=True)
    assert city.case("r1").state == "closed"


def test_nobody_in_particular_cannot_check_it(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="r1")
    city.at("10:00").crew("river-drainage", "r1")
    for nobody in ("", "no-such-unit", "river-drainage "):
        with pytest.raises(Rejected):
            city.checks(nobody, "r1", passed=True)
    assert city.case("r1").state == "reported_back"


def test_the_caller_stands_in_the_seal_alone(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="r1", caller="Li Ming 138")
    received = city.expect(a("ReportReceived", subject=report("r1")))
    assert received.sealed is not None
    everything = "".join(str(fact) for fact in city.facts())
    assert "Li Ming" not in everything


def test_a_split_corrects_the_figures(city: City) -> None:
    city.at("2026-05-07 09:00").reports("lamp", id="l1", place="1 Pier")
    city.at("09:10").reports("lamp", id="l2", place="1 Pier")
    city.at("09:20").splits("l2", "another lamp")
    figures = city.figures()
    assert (figures["incidents"], figures["merged"]) == (2, 0)


def test_while_a_case_is_reworked_its_incident_is_open_again(city: City) -> None:
    city.at("2026-05-07 09:00").reports("lamp", id="l1", place="1 Pier")
    city.at("09:05").decides("l1", unit="lights", reason="known")
    city.at("10:00").crew("lights", "l1")
    city.at("11:00").checks("inspection", "l1", passed=False)
    city.at("11:10").reports("lamp", id="l2", place="1 Pier")
    city.expect(a("ReportMerged", incident=incident("l1")))
