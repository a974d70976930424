"""Crews keep their rosters: who is off duty stays at home, and what is urgent has somebody."""

import random
from collections import Counter

import msgspec
import pytest
from towns import town

from chengyun.kernel.instants import HOUR_US, MINUTE_US, Instant, from_text
from chengyun.sim.linjiang.city import build
from chengyun.sim.linjiang.units import SHIFTS
from chengyun.sim.world import crews, rosters
from chengyun.sim.world.protocol import Move, Step, Told
from chengyun.sim.world.rosters import ROUND, Duty
from chengyun.sim.world.settling import town_of
from chengyun.sim.world.truth import Truth
from chengyun.sim.world.world import World

DAY: Duty = SHIFTS["day"]
EARLY: Duty = SHIFTS["early"]
MIDNIGHT = from_text("2026-06-02T00:00:00+08:00")


class Night:
    """A town in which nothing happens but what a test gives to its one crew."""

    def __init__(self, duty: Duty, begins: str, *, far: bool = False) -> None:
        place = town()
        crew = msgspec.structs.replace(place.units["crew-1"], duty=duty)
        if far:
            crew = msgspec.structs.replace(crew, lat_e7=crew.lat_e7 + 3_000_000)
        place = msgspec.structs.replace(place, units=dict(place.units) | {"crew-1": crew})
        hours, minutes = map(int, begins.split(":"))
        self.at = Instant(MIDNIGHT + hours * HOUR_US + minutes * MINUTE_US)
        self.world = World(place, seed=7, start=self.at, truth=Truth(None))
        self.told: list[Told] = []
        self.moves: list[Move] = []

    def give(self, name: str, type_: str, *, code: str = "fallback_owner") -> None:
        """Give the crew a case that is of no event, so that nothing of the diary plays in."""
        case = f"case:{name}"
        filed = {"report": f"report:{name}", "type": type_}
        given = {"unit": "crew-1", "code": code}
        for kind, body in (("CaseFiled", filed), ("CaseDispatched", given)):
            self.told.append(
                Told(
                    seq=1,
                    kind=kind,
                    subject=case,
                    area="n1",
                    happened_at=self.at,
                    known_at=self.at,
                    body=body,
                )
            )

    def live(self, hours: float) -> list[tuple[str, str, str]]:
        """Live on; return when the crew said what of which case, as ``("22:01", state, case)``."""
        for _ in range(round(hours * 60)):
            self.at = Instant(self.at + MINUTE_US)
            told, self.told = self.told, []
            self.moves += self.world.step(Step(until=self.at, told=told)).commands
        return [
            (_clock(move.at), move.fields["state"], move.fields["case"].removeprefix("case:"))
            for move in self.moves
            if move.actor == "crew:crew-1" and move.command == "ReportCrew"
        ]


def _clock(at: int) -> str:
    minutes = (at - MIDNIGHT) // MINUTE_US
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def test_off_duty_nobody_travels_for_what_can_wait() -> None:
    night = Night(DAY, "18:30")
    night.give("noisy", "noise")
    said = night.live(15)
    assert [state for _, state, _ in said] == ["under_way", "on_site", "free"]
    assert "08:00" <= said[0][0] <= "08:05"


def test_what_is_urgent_has_one_team_on_call_that_has_to_come_in_first() -> None:
    night = Night(DAY, "02:00")
    night.give("first", "gas_smell")
    night.give("second", "gas_smell")
    said = night.live(5)
    assert [(state, case) for _, state, case in said] == [
        ("under_way", "first"),
        ("on_site", "first"),
        ("free", ""),
        ("under_way", "second"),
        ("on_site", "second"),
        ("free", ""),
    ]


def test_a_team_on_call_comes_later_than_one_on_duty() -> None:
    needed_min = []
    for begins, hour in (("02:00", 2), ("12:00", 12)):
        one = Night(DAY, begins)
        one.give("leak", "gas_smell")
        one.live(3)
        arrived_at = next(
            move.at
            for move in one.moves
            if move.command == "ReportCrew" and move.fields["state"] == "on_site"
        )
        needed_min.append((arrived_at - MIDNIGHT - hour * HOUR_US) / MINUTE_US)
    least, most = rosters.CALL_OUT_MIN
    assert least <= needed_min[0] - needed_min[1] <= most


def test_nobody_sets_out_who_would_come_after_his_shift() -> None:
    evening = Night(DAY, "17:40", far=True)
    evening.give("noisy", "noise")
    said = evening.live(16)
    assert [state for _, state, _ in said[:1]] == ["under_way"]
    assert "08:00" <= said[0][0] <= "08:05"


def test_what_a_shift_cannot_finish_the_next_one_goes_on_with() -> None:
    evening = Night(DAY, "17:50")
    evening.give("hole", "road_damage")
    said = evening.live(18)
    assert [(state, case) for _, state, case in said] == [
        ("under_way", "hole"),
        ("on_site", "hole"),
        ("free", ""),
        ("under_way", "hole"),
        ("on_site", "hole"),
        ("free", ""),
    ]
    assert said[2][0] == "18:00"
    assert "08:00" <= said[3][0] <= "08:05"
    work = [move for move in evening.moves if move.command == "ReportWork"]
    assert [move.fields["report"] for move in work] == ["report:hole"]


def test_at_night_there_are_fewer_teams() -> None:
    together: dict[str, int] = {}
    for begins in ("12:00", "23:00"):
        one = Night(ROUND, begins)
        for number in range(12):
            one.give(f"gas-{number}", "gas_smell")
        under_way = [case for _, state, case in one.live(5 / 60) if state == "under_way"]
        together[begins] = len(under_way)
    assert together == {"12:00": 8, "23:00": 4}


def test_in_the_morning_the_others_come_without_being_called() -> None:
    """What waited for a free team at night is begun when the day shift comes, not when one ends."""
    one = Night(ROUND, "05:40")
    for number in range(12):
        one.give(f"flood-{number}", "street_flooding")
    said = one.live(0.6)
    begun = Counter(at >= "06:00" for at, state, _ in said if state == "under_way")
    assert begun == {False: 4, True: 4}


def test_a_verifier_comes_on_duty_first() -> None:
    place = town()
    officers = {
        code: msgspec.structs.replace(unit, duty=DAY) if unit.kind == "grid_officer" else unit
        for code, unit in place.units.items()
    }
    checked = {}
    for type_ in ("noise", "gas_smell"):
        evening = Night(ROUND, "20:00")
        evening.world = World(
            msgspec.structs.replace(place, units=officers),
            seed=7,
            start=evening.at,
            truth=Truth(None),
        )
        evening.give("x", type_)
        evening.live(0.2)
        back = evening.told
        back.append(
            Told(
                seq=2,
                kind="CaseReportedBack",
                subject="case:x",
                area="n1",
                happened_at=evening.at,
                known_at=evening.at,
                body={},
            )
        )
        evening.live(16)
        checked[type_] = [_clock(move.at) for move in evening.moves if move.command == "VerifyCase"]
    assert all("08:00" < at < "09:00" for at in checked["noise"])
    assert all("20:00" < at < "24:00" for at in checked["gas_smell"])
    assert [len(one) for one in checked.values()] == [1, 1]


def test_off_duty_nobody_gives_a_case_back_that_can_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "GIVES_BACK_OWN", 1.0)
    returned = {}
    for type_ in ("noise", "gas_smell"):
        evening = Night(DAY, "20:00")
        evening.give("x", type_, code="proposed")
        evening.live(16)
        [returned[type_]] = [
            _clock(move.at) for move in evening.moves if move.command == "ReturnCase"
        ]
    assert "08:00" < returned["noise"] < "12:00"
    assert "20:00" < returned["gas_smell"] < "23:00"


# --- the rules alone --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duty", "minute", "is_on", "until", "left", "change"),
    [
        (DAY, 479, False, 1, 0, 1),
        (DAY, 480, True, 0, 600, 600),
        (DAY, 1080, False, 840, 0, 840),
        (EARLY, 800, False, 40, 0, 40),
        (EARLY, 1300, False, 440, 0, 440),
        (ROUND, 0, True, 0, float("inf"), 360),
        (ROUND, 1320, True, 0, float("inf"), 480),
    ],
)
def test_duty_by_the_minute(
    duty: Duty, minute: int, is_on: bool, until: float, left: float, change: float
) -> None:
    assert rosters.on_duty(duty, minute) is is_on
    assert rosters.until_duty_min(duty, minute) == until
    assert rosters.left_min(duty, minute) == left
    assert rosters.until_change_min(duty, minute) == change


def test_work_over_a_change_of_turns_is_handed_over() -> None:
    assert rosters.is_handed_over(ROUND, 13 * 60 + 50, 30)
    assert not rosters.is_handed_over(ROUND, 13 * 60 + 50, 9)
    assert not rosters.is_handed_over(DAY, 13 * 60 + 50, 30)
    least, most = rosters.CALL_OUT_MIN
    assert least <= rosters.call_out_min(random.Random(1)) <= most


def test_every_unit_of_linjiang_has_its_roster_of_the_register() -> None:
    city = build(7, "district")
    settled = town_of(city)
    for number, code in enumerate(city.units.code):
        assert settled.units[code].duty == SHIFTS[city.units.shifts[number]]
    assert len({unit.duty for unit in settled.units.values()}) == len(SHIFTS)
