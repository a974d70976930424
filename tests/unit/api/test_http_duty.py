"""``GET /api/v1/duty``: who is on duty, by ids alone, for whoever may know."""

import pytest
from served import Served
from signed import as_, done, sign_in

from chengyun.guard.grants import GiveGrant
from chengyun.kernel.instants import HOUR_US, to_datetime, zone
from chengyun.rosters.handlers import DaysOfUnit, ImportRoster, PersonOfRoster, ShiftOfRoster

LIN, WEI = "account:lin", "account:wei"


@pytest.fixture
def city(tmp_path, monkeypatch):
    sign_in(monkeypatch)
    served = Served(tmp_path)
    now = served.clock.now()
    day = to_datetime(now, zone("Asia/Shanghai")).date().isoformat()
    shift = ShiftOfRoster(
        unit="drainage", post="crew", person="7", from_at=now, until_at=now + HOUR_US,
        skills=["flood"],
    )  # fmt: skip
    done(
        served,
        ImportRoster(
            source="x", days=[DaysOfUnit(unit="drainage", from_day=day, until_day=day)],
            persons={"7": PersonOfRoster(name="Li Gu", phone="13800000000")}, shifts=[shift],
            away=[],
        ),
    )  # fmt: skip
    done(served, GiveGrant(grant="dutygrant1", account=LIN, role="dispatcher"))
    done(served, GiveGrant(grant="dutygrant2", account=WEI, role="dispatcher", area="319902"))
    yield served
    served.close()


def asked(city, query, account=LIN):
    async def story(http):
        return await http.get(f"/api/v1/duty{query}", headers=as_(account))

    return city.calls(story)


def test_the_people_on_duty_are_told_by_their_ids(city):
    answer = asked(city, "?unit=drainage&skill=flood&post=crew")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["code"], told["unit"]) == ("on_duty", "drainage")
    [duty] = told["duties"]
    assert duty["person"].startswith("duty:")
    assert duty["skills"] == ["flood"]
    assert "Li Gu" not in answer.text
    assert "1380" not in answer.text


def test_a_gap_and_a_unit_without_a_roster_are_two_things(city):
    later = city.clock.now() + 2 * HOUR_US
    assert asked(city, f"?unit=drainage&at={later}").json()["code"] == "gap"
    assert asked(city, "?unit=lights").json()["code"] == "no_roster"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?unit=moon", 422, "unknown_unit"),
        ("", 422, "unknown_unit"),
        ("?unit=drainage&post=boss", 422, "bad_fields"),
        ("?unit=drainage&at=yesterday", 422, "bad_time"),
        ("?unit=drainage&at=9223372036854775807", 422, "bad_time"),
    ],
)
def test_what_makes_no_sense_is_refused(city, query, status, code):
    answer = asked(city, query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_whoever_holds_less_than_the_unit_is_refused_whether_or_not_it_exists(city):
    for unit in ("drainage", "moon"):
        assert asked(city, f"?unit={unit}", WEI).status_code == 403
