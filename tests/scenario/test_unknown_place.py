"""A geocoder that does not know says so by one point for many streets: four of them here."""

from city import FERRY_STEPS, City, a, located, merged, report

STREETS = ("1 Alder Street", "2 Birch Street", "3 Cedar Street", "4 Dogwood Street")


def calls_from(city: City, places: tuple[str, ...], first: int = 0) -> None:
    for number, place in enumerate(places, start=first):
        city.at(f"2026-05-04 {9 + number:02d}:00").reports(
            "lamp", at=FERRY_STEPS, id=f"r{number}", place=place
        )


def test_three_streets_on_one_point_are_still_believed(city: City) -> None:
    calls_from(city, STREETS[:3])
    for number in range(3):
        city.expect(located(f"r{number}", code="given", grid="319901001001001"))
    city.never(a("DefaultGeocodeFound"))


def test_with_the_fourth_the_point_is_no_place_any_more(city: City) -> None:
    calls_from(city, STREETS)
    city.expect(a("DefaultGeocodeFound", place_texts=4))
    city.expect(located("r3", code="default_geocode", place=None, grid="", asset=""))
    city.at("14:00").reports("lamp", at=FERRY_STEPS, id="after", place="1 Alder Street")
    city.expect(located("after", code="default_geocode"))
    assert city.count(a("DefaultGeocodeFound")) == 1
    city.was_aware_of_nothing_wrong()


def test_another_house_in_the_same_street_is_no_other_street(city: City) -> None:
    calls_from(city, tuple(f"{number} Alder  street" for number in range(1, 8)))
    city.never(a("DefaultGeocodeFound"))


def test_a_report_without_words_for_its_place_counts_as_no_street(city: City) -> None:
    calls_from(city, (*STREETS[:3], "", ""))
    city.never(a("DefaultGeocodeFound"))
    city.at("16:00").reports("lamp", at=FERRY_STEPS, id="r9", place=STREETS[3])
    city.expect(a("DefaultGeocodeFound"))


def test_nothing_is_merged_by_a_point_that_is_no_place(city: City) -> None:
    calls_from(city, STREETS)
    for number in range(3, 9):
        city.at(f"2026-05-05 {9 + number:02d}:00").reports(
            "lamp", at=FERRY_STEPS, id=f"r{number + 1}", place=f"{number} Elm {number} Street"
        )
        city.expect(a("IncidentOpened", report=report(f"r{number + 1}")))


def test_nor_with_those_that_were_put_there_before_it_was_found_out(city: City) -> None:
    calls_from(city, STREETS)
    five_metres_east = (FERRY_STEPS[0] + 0.00005, FERRY_STEPS[1])
    city.at("2026-05-04 15:00").reports("lamp", at=five_metres_east, id="beside")
    city.expect(a("IncidentOpened", report=report("beside")))


def test_what_is_said_in_the_same_words_is_merged_without_any_point(city: City) -> None:
    city.at("2026-05-04 09:00").reports("lamp", id="r1", place="1 Alder Street")
    city.at("09:30").reports("lamp", id="r2", place=" 1 ALDER   street")
    why = city.expect(merged("r2", into="r1"))
    assert not why.body.likeness.near


def test_other_types_at_the_same_place_are_other_things(city: City) -> None:
    city.at("2026-05-04 09:00").reports("lamp", id="r1", at=FERRY_STEPS)
    city.at("09:30").reports("pothole", id="r2", at=FERRY_STEPS)
    city.expect(a("IncidentOpened", report=report("r2")))
