"""What was closed comes back: the new case is linked to it, within a window, at its place."""

import pytest
from city import FERRY_STEPS, GATE, ORCHARD, ORCHARD_QUARTER, City, a, case

from chengyun.handle.voice import Voice

NEAR, FAR = (121.48060, 31.23050), (121.48090, 31.23050)


def closed(city: City, at: tuple[float, float] = ORCHARD) -> None:
    city.at("2026-05-04 09:00").reports("manhole", at=at, id="r1", area=ORCHARD_QUARTER)
    city.at("10:00").crew("drainage", "r1").checks("inspection", "r1", passed=True)


def test_it_comes_back_within_the_window(city: City) -> None:
    closed(city)
    city.at("2026-05-20 09:00").reports("manhole", at=NEAR, id="r2", area=ORCHARD_QUARTER)
    again = city.expect(a("CaseRecurred", subject=case("r2"), of=case("r1"), code="place"))
    assert again.body.window_days == 30
    assert city.number("recurrence").value == 1
    assert city.case("r1").state == "closed", "what was closed stays as it was"
    city.was_aware_of_nothing_wrong()


def test_the_same_component_is_the_same_place(city: City) -> None:
    city.at("2026-05-04 09:00").reports("manhole", at=FERRY_STEPS, id="r1")
    city.at("10:00").crew("river-drainage", "r1").checks("inspection", "r1", passed=True)
    city.at("2026-05-20 09:00").reports("manhole", at=FERRY_STEPS, id="r2")
    city.expect(a("CaseRecurred", subject=case("r2"), of=case("r1"), code="asset"))
    city.at("2026-05-20 10:00").reports("manhole", at=GATE, id="r3")
    city.never(a("CaseRecurred", subject=case("r3")))


@pytest.mark.parametrize(
    ("type_", "place", "day"),
    [
        ("manhole", FAR, "2026-05-20"),
        ("lamp", NEAR, "2026-05-20"),
        ("manhole", NEAR, "2026-06-04"),
        ("manhole", None, "2026-05-20"),
    ],
)
def test_another_place_type_or_time_is_another_thing(city: City, type_, place, day) -> None:
    closed(city)
    city.at(f"{day} 09:00").reports(type_, at=place, id="r2", area=ORCHARD_QUARTER)
    city.never(a("CaseRecurred"))


def test_a_city_without_a_window_looks_for_nothing(city: City) -> None:
    city.adopts(city.changed(Voice(came_back_days=0)), from_="2026-05-03 00:00")
    closed(city)
    city.at("2026-05-20 09:00").reports("manhole", at=NEAR, id="r2", area=ORCHARD_QUARTER)
    city.never(a("CaseRecurred"))
