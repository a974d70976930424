"""Rosters on the chain: imported, replaced, sealed, erased; who may import what."""

from pathlib import Path

import msgspec
import pytest

from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.app.duty import Duties
from chengyun.engine import codec
from chengyun.facts.envelope import OPERATIONS
from chengyun.guard.erasing import ErasePerson
from chengyun.guard.grants import GiveGrant
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import HOUR_US, Instant
from chengyun.kernel.limits import MAX_ROSTER_SHIFTS
from chengyun.rosters.handlers import (
    AwayOfRoster,
    DaysOfUnit,
    EndStandIn,
    ImportRoster,
    NameStandIn,
    PersonOfRoster,
    ShiftOfRoster,
)

PACK = Path(__file__).parents[2] / "scenario" / "pack"
MIDNIGHT = Instant(1_777_564_800 * 1_000_000)
"""2026-05-01 00:00 in Shanghai."""
H = HOUR_US


class City:
    def __init__(self, folder, areas):
        self.clock = VirtualClock(Instant(MIDNIGHT + 1))
        pack = msgspec.json.decode(packs.loaded(PACK).content)
        for unit, area in areas.items():
            pack["units"]["units"][unit]["area"] = area
        self.context = platform.opened(
            folder, partition="xiaocheng", clock=self.clock, entropy=SeededEntropy(1)
        )
        self.platform = self.context.__enter__()
        self.engine = self.platform.engine
        content = msgspec.json.encode(pack, order="sorted")
        platform.adopt(self.engine, content, pack="xiaocheng", effective_from=MIDNIGHT)
        self.duties = Duties(self.engine.rows, self.engine.policies)

    def do(self, command, actor="person:owner"):
        self.clock.advance_to(Instant(self.clock.now() + 1))
        outcome = self.engine.execute(command, actor=actor)
        self.engine.commit()
        self.engine.settle()
        return "" if outcome.refused is None else outcome.refused.code, outcome.facts

    def at(self, hour, unit="roads-east", **asked):
        return self.duties.on_duty(unit, Instant(MIDNIGHT + int(hour * H)), **asked)

    def facts(self, kind):
        log = (codec.read(one) for one in self.platform.store.read("xiaocheng", OPERATIONS))
        return [fact for fact in log if fact.kind == kind]


@pytest.fixture
def city(tmp_path):
    made = City(tmp_path, {"roads-east": "319902", "roads-west": "319901"})
    yield made
    made.context.__exit__(None, None, None)


def roster(*shifts, unit="roads-east", until="2026-05-02", persons=None, away=()):
    return ImportRoster(
        source="may.xlsx",
        days=[DaysOfUnit(unit=unit, from_day="2026-05-01", until_day=until)],
        persons=persons
        or {"7": PersonOfRoster(name="Li Gu", phone="13800000000"), "8": PersonOfRoster()},
        shifts=[
            ShiftOfRoster(
                unit=unit, post="crew", person=person,
                from_at=MIDNIGHT + start * H, until_at=MIDNIGHT + end * H,
            )
            for start, end, person in shifts
        ],
        away=list(away),
    )  # fmt: skip


def test_a_roster_holds_over_midnight_and_a_restart(city, tmp_path):
    assert city.do(roster((20, 32, "7")))[0] == ""
    assert len(city.at(31).duties) == 1
    assert city.at(33).code == "gap"
    assert city.at(60).code == "no_roster"
    city.context.__exit__(None, None, None)
    again = City(tmp_path, {"roads-east": "319902", "roads-west": "319901"})
    city.context = again.context
    assert len(again.at(31).duties) == 1


def test_the_same_again_is_nothing_and_another_one_replaces_only_the_days_that_changed(city):
    first = roster((8, 16, "7"), (32, 40, "7"))
    assert len(city.do(first)[1]) == 3, "two persons and a roster"
    assert city.do(first) == ("", ())
    assert city.do(roster((8, 16, "7"), (32, 40, "8")))[0] == ""
    [before, after] = city.facts("RosterImported")
    assert [one.day for one in before.body.days] == ["2026-05-01", "2026-05-02"]
    assert [one.day for one in after.body.days] == ["2026-05-02"]
    assert city.do(first)[0] == ""
    assert len(city.facts("RosterImported")) == 3, "what comes back is recorded too"


def test_names_and_telephones_stand_in_the_seal_alone(city):
    city.do(roster((8, 16, "7")))
    raw = b"".join(
        one.header + one.body + (one.sealed or b"")
        for one in city.platform.store.read("xiaocheng", OPERATIONS)
    )
    assert b"Li Gu" not in raw
    assert b"138000" not in raw
    named = city.facts("DutyPersonNamed")
    keys = [city.platform.keyring.open(one.sealed_for, one.id, one.sealed) for one in named]
    assert [msgspec.json.decode(one) for one in keys] == [
        {"key": "7", "name": "Li Gu", "phone": "13800000000"},
        {"key": "8"},
    ]
    assert all(one.body.person.startswith("duty:") for one in named)


def test_of_somebody_erased_nothing_is_sealed_again_and_the_roster_stands(city):
    city.do(roster((8, 16, "7")))
    person = city.facts("DutyPersonNamed")[0].body.person
    city.do(ErasePerson(person=person, ground="asked for"))
    other = {"7": PersonOfRoster(name="Li Gu", phone="139"), "8": PersonOfRoster()}
    assert city.do(roster((9, 16, "7"), persons=other))[0] == ""
    named = [one.body.person for one in city.facts("DutyPersonNamed")]
    assert named.count(person) == 1
    assert city.at(10).duties[0].person == person


def test_a_person_with_an_account_is_known_by_it(city):
    persons = {"lin": PersonOfRoster(account="account:00c0ffee00c0ffee", phone="138")}
    city.do(roster((8, 16, "lin"), persons=persons))
    assert city.at(9).duties[0].person == "account:00c0ffee00c0ffee"


def test_a_stand_in_comes_with_the_file_or_by_a_command_and_ends(city):
    away = AwayOfRoster(person="7", stand_in="8", from_at=MIDNIGHT, until_at=MIDNIGHT + 10 * H)
    city.do(roster((8, 16, "7"), away=[away]))
    seven, eight = city.at(11).duties[0].person, city.at(9).duties[0].person
    assert city.at(9).duties[0].instead_of == seven != eight
    city.clock.advance_to(Instant(MIDNIGHT + 9 * H))
    assert city.do(EndStandIn(person=seven, from_at=MIDNIGHT))[0] == ""
    assert city.at(9.5).duties[0].person == seven
    assert city.at(8).duties[0].person == eight, "what was stays"
    gone = NameStandIn(person=seven, from_at=MIDNIGHT + 12 * H, until_at=MIDNIGHT + 13 * H)
    assert len(city.do(gone)[1]) == 1
    assert city.do(gone) == ("", ())
    assert city.at(12).code == "gap"
    assert city.do(EndStandIn(person=seven, from_at=5))[0] == "unknown_absence"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"shifts": [(8, 8, "7")]}, "bad_span"),
        ({"shifts": [(8, 45, "7")]}, "too_long_a_shift"),
        ({"shifts": [(49, 50, "7")]}, "outside_days"),
        ({"shifts": [(8, 9, "9")]}, "unknown_person"),
        ({"unit": "moon"}, "unknown_unit"),
        ({"until": "2026-04-30"}, "bad_span"),
        ({"until": "May"}, "not_a_day"),
        ({"until": "2027-12-01"}, "bad_span"),
        ({"persons": {"7": PersonOfRoster(account="lin")}}, "bad_account"),
        ({"persons": {"7": PersonOfRoster(name="x" * 101)}}, "too_long"),
        (
            {"away": [AwayOfRoster(person="7", stand_in="7", from_at=1, until_at=2)]},
            "own_stand_in",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_of_it_is_kept(city, change, code):
    shifts = change.pop("shifts", [(8, 16, "7")])
    assert city.do(roster(*shifts, **change))[0] == code
    assert city.facts("RosterImported") == city.facts("DutyPersonNamed") == []


def test_too_many_at_once_are_refused(city):
    shifts = [(one % 24, one % 24 + 1, "7") for one in range(MAX_ROSTER_SHIFTS + 1)]
    assert city.do(roster(*shifts))[0] == "too_many_shifts"


def test_who_holds_the_area_of_a_unit_imports_its_roster_and_no_other(city):
    grant = GiveGrant(
        grant="grant000001", account="account:lin", role="duty_officer", area="319902"
    )
    assert city.do(grant)[0] == ""
    shift = (8, 16, "7")
    assert city.do(roster(shift), "account:lin")[0] == ""
    assert city.do(roster(shift, unit="roads-west"), "account:lin")[0] == "outside_area"
    own = AwayOfRoster(person="7", from_at=MIDNIGHT, until_at=MIDNIGHT + H)
    other = AwayOfRoster(person="8", from_at=MIDNIGHT, until_at=MIDNIGHT + H)
    assert city.do(roster(shift, away=[own]), "account:lin")[0] == ""
    assert city.do(roster(shift, away=[other]), "account:lin")[0] == "outside_area"


def test_a_roster_is_the_same_when_it_comes_over_the_socket(city):
    wanted = roster((20, 32, "7"), away=[AwayOfRoster(person="7", from_at=1, until_at=2)])
    sent = msgspec.json.encode(msgspec.to_builtins(wanted))
    assert msgspec.convert(msgspec.json.decode(sent), ImportRoster) == wanted


@pytest.mark.parametrize("person", ["lin", "", "duty:" + "x" * 200, "duty:\n"])
def test_a_stand_in_is_for_somebody_that_a_roster_can_name(city, person):
    away = NameStandIn(person=person, from_at=MIDNIGHT, until_at=MIDNIGHT + H)
    assert city.do(away)[0] == "unknown_person"


def test_an_instant_beyond_all_calendars_is_refused(city):
    far = ShiftOfRoster(
        unit="roads-east", post="crew", person="7", from_at=2**62, until_at=2**62 + H
    )
    command = msgspec.structs.replace(roster(), shifts=[far])
    assert city.do(command)[0] == "bad_span"
    assert (
        city.do(NameStandIn(person="account:lin", from_at=2**62, until_at=2**62 + H))[0]
        == "bad_span"
    )
