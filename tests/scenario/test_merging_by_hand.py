"""People say what is one thing and what is not, one after the other and against each other."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from city import FERRY_STEPS, ORCHARD, City, a, case, incident, report
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun.assess.merging import MergeReports
from chengyun.assess.views import COMPARABLES, INCIDENTS
from chengyun.handle.views import CASES, MEMBERS
from chengyun.kernel.errors import Rejected


def merges(city: City, ends: str, into: str, reason: str = "one leak") -> City:
    command = MergeReports(incident=incident(ends), into=incident(into), reason=reason)
    city.does(command, actor="person:dispatcher")
    return city


def two(city: City) -> City:
    """Two manholes far apart: two incidents, the second one due later."""
    city.at("2026-05-07 16:30").reports("manhole", at=FERRY_STEPS, id="r1")
    city.at("16:40").reports("manhole", at=ORCHARD, id="r2")
    assert city.count(a("CaseFiled")) == 2
    return city


def test_two_incidents_become_one_and_the_earlier_deadline_holds(city: City) -> None:
    two(city)
    early = city.case("r1").due_at
    assert early < city.case("r2").due_at
    merges(city.at("16:50"), "r1", "r2")
    ended, goes_on = city.case("r1"), city.case("r2")
    assert (ended.state, ended.open, ended.merged_into) == ("merged", False, case("r2"))
    assert (goes_on.members, goes_on.open_members, goes_on.due_at) == (2, 2, early)
    city.expect(
        a("CaseMerged", subject=case("r1"), into=case("r2")),
        a("CaseTookOver", subject=case("r2"), merged=case("r1"), due_at=early),
    )
    fell = city.expect_by("2026-05-11 12:00", a("CaseFellDue", subject=case("r2")))
    assert fell.happened_at == early
    city.never(a("CaseFellDue", subject=case("r1")))
    # Each reporter's matter ends, the case with the last of them.
    city.crew("river-drainage", "r1").crew("river-drainage", "r2")
    assert city.case("r2").state == "reported_back"
    assert city.count(a("ReportClosed")) == 2
    city.was_aware_of_nothing_wrong()


def test_two_people_merge_the_same_two_the_other_way_round(city: City) -> None:
    two(city)
    merges(city.at("16:50"), "r1", "r2")
    with pytest.raises(Rejected, match="went on as"):
        merges(city, "r2", "r1")
    with pytest.raises(Rejected, match="went on as"):
        merges(city, "r1", "r2")
    with pytest.raises(Rejected, match="with itself"):
        merges(city, "r2", "r2")
    assert city.count(a("IncidentsMerged")) == 1


def test_what_was_reported_back_is_merged_with_nothing(city: City) -> None:
    two(city).at("17:00").crew("river-drainage", "r1")
    for ends, into in (("r1", "r2"), ("r2", "r1")):
        with pytest.raises(Rejected, match="is no open incident"):
            merges(city, ends, into)


def test_taking_them_apart_brings_back_the_case_as_it_stood(city: City) -> None:
    two(city)
    near = (FERRY_STEPS[0] + 0.00005, FERRY_STEPS[1])
    city.at("16:45").reports("manhole", at=near, id="r3")
    before = city.case("r1")
    merges(city.at("16:50"), "r1", "r2")
    assert city.case("r2").members == 3
    city.at("16:55").splits("r1", "two covers after all")
    split = city.expect(a("ReportSplit", report=report("r1"), again=True))
    assert split.body.along == [report("r3")]
    city.expect(a("CaseParted", subject=case("r1"), apart_from=case("r2"), members=2))
    after = city.case("r1")
    assert (after.state, after.unit, after.open) == (before.state, before.unit, True)
    assert (after.members, after.open_members, after.due_at) == (2, 2, before.due_at)
    assert city.case("r2").members == 1
    assert city.count(a("CaseFiled")) == 2, "it is the same case, not a third one"
    city.expect_by("2026-05-11 12:00", a("CaseFellDue", subject=case("r1")))
    city.was_aware_of_nothing_wrong()


def test_a_whole_building_without_water_is_one_thing_with_many_reporters(city: City) -> None:
    """Each flat says its own address; each reporter keeps his own report and its end."""
    flats = [f"8 Ferry Lane, flat {number}" for number in (101, 202, 303, 404)]
    for minute, flat in enumerate(flats):
        city.at(f"2026-05-07 09:{minute:02d}")
        city.reports("no_water", at=FERRY_STEPS, place=flat, id=f"w{minute}")
    assert city.count(a("CaseFiled")) == 1
    assert (city.case("w0").members, city.count(a("ReportMerged"))) == (4, 3)
    for minute in range(4):
        city.at(f"12:{minute:02d}").crew(city.case("w0").unit or "water", f"w{minute}")
    assert city.count(a("ReportClosed")) == 4
    assert city.case("w0").state == "reported_back"


# --- any sequence, against a model that knows only who is where -------------------------------

REPORTS = 5
SPOTS = [(121.4705 + 0.002 * number, 31.2305) for number in range(REPORTS)]
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["merge", "merge", "split", "close"]),
        st.integers(0, REPORTS - 1),
        st.integers(0, REPORTS - 1),
    ),
    max_size=14,
)


class Model:
    """Each report in one incident; nothing else."""

    def __init__(self) -> None:
        self.where = {number: number for number in range(REPORTS)}
        self.came_with: dict[int, int] = {}
        self.closed: set[int] = set()
        self.over: set[int] = set()

    def members(self, of: int) -> set[int]:
        return {number for number, where in self.where.items() if where == of}

    def open_members(self, of: int) -> set[int]:
        return self.members(of) - self.closed

    def merge(self, ends: int, into: int) -> bool:
        if ends == into or {ends, into} & self.over:
            return False
        for number in self.open_members(ends):
            self.where[number], self.came_with[number] = into, ends
        self.over.add(ends)
        return True

    def split(self, one: int) -> bool:
        held = self.where[one]
        if one in self.closed or held == one or held in self.over or len(self.members(held)) < 2:
            return False
        going = [n for n in self.open_members(held) if n == one or self.came_with.get(n) == one]
        for number in going:
            self.where[number] = one
            self.came_with.pop(number, None)
        self.over.discard(one)
        self._end_if_done(held)
        return True

    def close(self, one: int) -> bool:
        if one in self.closed:
            return False
        self.closed.add(one)
        self._end_if_done(self.where[one])
        return True

    def _end_if_done(self, of: int) -> None:
        if not self.open_members(of):
            self.over.add(of)


def _tried(do: Callable[[], object]) -> bool:
    try:
        do()
    except Rejected:
        return False
    return True


@settings(max_examples=25, deadline=None)
@given(MOVES)
def test_every_report_is_in_exactly_one_incident_whatever_is_merged_and_split(
    founded: Path, moves: list[tuple[str, int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(founded, Path(folder) / "city")
        city, model = City(Path(folder) / "city", begun=True), Model()
        city.at("2026-05-07 08:00")
        for number, spot in enumerate(SPOTS):
            city.reports("manhole", at=spot, id=f"r{number}")
        for minute, (move, one, other) in enumerate(moves):
            city.at(f"09:{minute:02d}")
            if move == "merge":
                done = _tried(lambda a=one, b=other: merges(city, f"r{a}", f"r{b}"))
                assert done == model.merge(one, other)
            elif move == "split":
                done = _tried(lambda a=one: city.splits(f"r{a}", "another one"))
                assert done == model.split(one)
            elif model.close(one):
                city.crew("river-drainage", f"r{one}")
            _agree(city, model)
        city.was_aware_of_nothing_wrong()
        city.close()


def _agree(city: City, model: Model) -> None:
    rows = city.engine.rows
    for number in range(REPORTS):
        held = model.where[number]
        compared = rows.get(COMPARABLES, report(f"r{number}"))
        member = rows.get(MEMBERS, report(f"r{number}"))
        assert compared is not None
        assert member is not None
        assert compared.incident == member.incident == incident(f"r{held}")
        assert member.case == case(f"r{held}")
        assert (not member.open) == compared.closed == (number in model.closed)
        of = rows.get(INCIDENTS, incident(f"r{number}"))
        its_case = rows.get(CASES, case(f"r{number}"))
        assert of is not None
        assert its_case is not None
        counts = (len(model.members(number)), len(model.open_members(number)))
        assert (of.members, of.open_members) == counts
        assert (its_case.members, its_case.open_members) == counts
        assert of.open == its_case.open == (number not in model.over)
