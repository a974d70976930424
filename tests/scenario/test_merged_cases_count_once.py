"""Two cases that are one thing count once; taken apart again, each counts as it did before."""

from city import ORCHARD_QUARTER, City, a, case, incident

from chengyun.assess.merging import MergeReports


def test_merged_and_taken_apart(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", id="r1")
    city.at("09:10").reports("manhole", id="r2", area=ORCHARD_QUARTER)
    assert city.number("filed").value == 2
    city.at("09:30").does(
        MergeReports(incident=incident("r2"), into=incident("r1"), reason="one hole")
    )
    city.expect(a("CaseMerged", subject=case("r2"), into=case("r1")))
    assert city.number("filed").value == 1
    assert city.number("dispatched").value == 1
    city.at("09:40").splits("r2", "two after all")
    assert city.number("filed").value == 2
    assert city.number("dispatched").value == 2
    city.was_aware_of_nothing_wrong()
