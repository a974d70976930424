"""Who is on duty: shifts over midnight, stand-ins, skills, and the units above."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel.instants import DAY_US, HOUR_US
from chengyun.kernel.rosters import Gap, Shift, StandIn, gaps, on_duty, overlaps

H = HOUR_US
DAY = 20 * DAY_US
"""Midnight of 1970-01-21, UTC."""


class Held:
    """Rosters written down in a test; days are UTC."""

    def __init__(self, shifts, away=None, above=None):
        self.days = {}
        for unit, shift in shifts:
            self.days.setdefault((unit, self.day_of(shift.from_at)), []).append(shift)
        self.away = away or {}
        self.ups = above or {}

    def day_of(self, at):
        return date.fromordinal(date(1970, 1, 1).toordinal() + at // DAY_US)

    def shifts_of(self, unit, day):
        return self.days.get((unit, day))

    def stand_ins_of(self, person):
        return self.away.get(person, ())

    def above(self, unit):
        return self.ups.get(unit, "")


def shift(start_h, end_h, person, post="crew", skills=()):
    return Shift(DAY + start_h * H, DAY + end_h * H, post, person, skills)


def people(found):
    return [(duty.post, duty.person) for duty in found.duties]


@pytest.mark.parametrize(
    ("hour", "expected"),
    [(19, []), (20, ["night"]), (23, ["night"]), (24, ["night"]), (31, ["night"]), (32, [])],
)
def test_a_shift_over_midnight_holds_from_its_beginning_until_before_its_end(hour, expected):
    roster = Held([("roads", shift(20, 32, "night"))])
    found = on_duty(roster, "roads", DAY + hour * H)
    assert [duty.person for duty in found.duties] == expected


def test_a_shift_of_36_hours_is_found_two_days_on():
    roster = Held([("roads", shift(23, 59, "long"))])
    assert people(on_duty(roster, "roads", DAY + 58 * H)) == [("crew", "long")]


def test_posts_come_in_their_order_and_can_be_chosen():
    roster = Held([
        ("desk", shift(0, 24, "c")),
        ("desk", shift(0, 24, "b", "dispatcher")),
        ("desk", shift(0, 24, "a", "lead")),
    ])  # fmt: skip
    found = on_duty(roster, "desk", DAY)
    assert people(found) == [("lead", "a"), ("dispatcher", "b"), ("crew", "c")]
    assert people(on_duty(roster, "desk", DAY, posts=("crew",))) == [("crew", "c")]


def test_where_nobody_is_on_duty_the_nearest_unit_above_answers():
    roster = Held(
        [("crew", shift(0, 8, "early")), ("centre", shift(0, 24, "officer", "officer"))],
        above={"crew": "department", "department": "centre"},
    )
    found = on_duty(roster, "crew", DAY + 9 * H)
    assert (found.code, found.asked, found.unit) == ("gap", "crew", "centre")
    assert people(found) == [("officer", "officer")]
    assert on_duty(roster, "department", DAY).code == "no_roster"
    assert on_duty(roster, "crew", DAY).unit == "crew"


def test_nobody_at_all_is_said_and_a_circle_of_units_ends():
    roster = Held([], above={"a": "b", "b": "a"})
    assert on_duty(roster, "a", DAY) == ("a", "", (), "no_roster")


def test_a_skill_is_asked_of_crews_alone():
    roster = Held([
        ("gas", shift(0, 24, "old", skills=("gas_smell",))),
        ("gas", shift(0, 24, "new")),
        ("gas", shift(0, 24, "boss", "lead")),
    ])  # fmt: skip
    found = on_duty(roster, "gas", DAY, skill="gas_smell")
    assert people(found) == [("lead", "boss"), ("crew", "old")]


def test_a_stand_in_has_the_shift_while_the_other_is_away():
    away = {"a": [StandIn(DAY + 2 * H, DAY + 5 * H, "b")]}
    roster = Held([("roads", shift(0, 8, "a", skills=("road",)))], away)
    before, during, after = (on_duty(roster, "roads", DAY + h * H).duties for h in (1, 2, 5))
    assert [duty.person for duty in (*before, *during, *after)] == ["a", "b", "a"]
    assert before[0].until_at == during[0].until_at - 3 * H == DAY + 2 * H
    assert (during[0].instead_of, during[0].skills) == ("a", ("road",))


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        ({"a": "b", "b": "c"}, ["c"]),
        ({"a": ""}, []),
        ({"a": "b", "b": "a"}, []),
        ({"a": "b", "b": "c", "c": "d", "d": "e"}, []),
    ],
)
def test_stand_ins_of_stand_ins_are_followed_so_far_and_in_no_circle(away, expected):
    times = {one: [StandIn(DAY, DAY + 9 * H, by)] for one, by in away.items()}
    found = on_duty(Held([("roads", shift(0, 8, "a"))], times), "roads", DAY + H)
    assert [duty.person for duty in found.duties] == expected


def test_who_stands_in_for_two_is_named_once():
    times = {one: [StandIn(DAY, DAY + 9 * H, "c")] for one in "ab"}
    roster = Held([("roads", shift(0, 8, "a")), ("roads", shift(0, 8, "b"))], times)
    assert people(on_duty(roster, "roads", DAY)) == [("crew", "c")]


SHIFTS = st.lists(
    st.builds(
        lambda start, length, person: shift(start, start + length, person),
        st.integers(0, 47), st.integers(1, 36), st.sampled_from("abc"),
    ),
    max_size=12,
)  # fmt: skip


@given(SHIFTS, st.integers(0, 90))
def test_on_duty_is_who_has_a_shift_that_holds(shifts, hour):
    at = DAY + hour * H
    found = on_duty(Held([("u", one) for one in shifts]), "u", at)
    expected = {one.person for one in shifts if one.from_at <= at < one.until_at}
    assert {duty.person for duty in found.duties} == expected


@given(SHIFTS)
def test_gaps_and_shifts_cover_every_hour_and_never_both(shifts):
    empty = gaps(shifts, DAY, DAY + 72 * H)
    for hour in range(72):
        at = DAY + hour * H
        held = any(one.from_at <= at < one.until_at for one in shifts)
        assert held != any(gap.from_at <= at < gap.until_at for gap in empty)


@given(SHIFTS)
def test_whoever_is_booked_twice_at_once_is_named(shifts):
    hours = {
        (one.person, at)
        for number, one in enumerate(shifts)
        for other in shifts[:number]
        if one.person == other.person
        for at in range(max(one.from_at, other.from_at), min(one.until_at, other.until_at), H)
    }
    named = {
        (one.person, at) for one in overlaps(shifts) for at in range(one.from_at, one.until_at, H)
    }
    assert named == hours


def test_an_empty_roster_is_one_gap():
    assert gaps([], 5, 9) == [Gap(5, 9)]
