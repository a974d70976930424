"""Figures from real cases: every number is a recount over the facts, and leads to its cases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from city import FERRY_QUARTER, ORCHARD_QUARTER, ZONE, City, changed, the_pack
from recounting import Seen, recounted

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import SqlStore
from chengyun.app import packs, platform
from chengyun.app.figuring import Line, Part, Question, cases, lines
from chengyun.app.stages import TABLES
from chengyun.engine.commands import Command, Outcome
from chengyun.facts.registers import Units
from chengyun.handle.views import CASES
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.learn.figures import FIGURES, Figure, Number
from chengyun.learn.marks import CASE_MARKS, LIVES
from chengyun.learn.periods import Period, day_of, period
from chengyun.sense.handlers import ReceiveReport

ALL = tuple(FIGURES.values())
PARTITION = "xiaocheng"
ABOVE = {"river-drainage": "drainage", "roads-west": "roads-east"}


class BusyCity(City):
    """So much happens that it is committed in the evening alone; reports come by any channel."""

    channel = "hotline"

    def does(self, command: Command, *, actor: str = "person:test") -> Outcome:
        if isinstance(command, ReceiveReport):
            command = msgspec.structs.replace(command, channel=self.channel)
        outcome = self.engine.execute(command, actor=actor)
        if outcome.refused is not None:
            raise outcome.refused
        return outcome

    def _pass_until(self, at: Instant) -> None:
        while (due := self.engine.next_due()) is not None and due <= at:
            self.clock.advance_to(max(due, self.clock.now()))
            self.engine.fire_next(at)
        self.clock.advance_to(at)

    def evening(self) -> City:
        self.engine.commit()
        return self

    def ask(self, whole: Period, **asked: Any) -> list[Line]:
        question = Question(ALL, whole, self.clock.now(), **asked)
        with StoreReader(self._folder) as reader:
            return lines(question, self.figure_source(reader))

    def behind(self, figure: Figure, part: Part, whole: Period, **asked: Any) -> list[Any]:
        """Return the marks behind a number, page by page."""
        question = Question((figure,), whole, self.clock.now(), **asked)
        found: list[Any] = []
        with StoreReader(self._folder) as reader:
            source = self.figure_source(reader)
            while True:
                after = (found[-1].at, found[-1].case, found[-1].n) if found else None
                page = cases(figure, part, question, source, after=after, limit=7)
                found += page
                if len(page) < 7:
                    return found


@pytest.fixture
def city(tmp_path: Path) -> Iterator[BusyCity]:
    units = packs.section(the_pack(), Units).units
    nested = {
        code: msgspec.structs.replace(entry, parent=ABOVE.get(code, ""))
        for code, entry in units.items()
    }
    one = BusyCity(tmp_path / "city", pack=changed(the_pack(), Units(units=nested)))
    yield one
    one.close()


def days(first: str, last: str) -> Period:
    return period(date.fromisoformat(first), date.fromisoformat(last), ZONE)


def test_996_filed_972_due_911_closed_737_on_time(city: BusyCity) -> None:
    city.at("2026-05-04 09:00")
    for number in range(996):
        promised = "2026-05-20 17:00" if number < 972 else "2026-06-10 17:00"
        city.reports("manhole", id=f"m{number}", promised=promised)
    city.at("2026-05-20 16:59")
    for number in range(737):
        city.crew("river-drainage", f"m{number}")
    city.at("2026-05-22 10:00")
    for number in range(737, 911):
        city.crew("river-drainage", f"m{number}")
    city.at("2026-05-25 10:00")
    for number in range(911):
        city.checks("inspection", f"m{number}", passed=True)
    city.at("2026-06-01 09:00").evening()

    may, june = days("2026-05-01", "2026-05-31"), days("2026-06-01", "2026-06-30")
    (line,) = city.ask(may)
    found = {name: number.value for name, number in line.numbers.items()}
    assert (found["filed"], found["due"], found["closed"], found["on_time"]) == (996, 972, 911, 737)
    assert found["overdue"] == 972 - 737
    assert line.numbers["closing_rate"] == (937_242, 911, 972), "93.72 %"
    assert line.numbers["on_time_rate"] == (758_230, 737, 972), "75.82 %"
    every_number_leads_to_its_cases(city, [line])

    assert city.ask(june)[0].numbers["due"].value == 0, "what is due later has not come"
    city.at("2026-06-10 17:00").evening()
    assert city.ask(june)[0].numbers["due"].value == 24
    assert city.ask(june)[0].numbers["filed"].value == 0
    city.was_aware_of_nothing_wrong()


# --- any history at all -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_are_a_recount_over_the_facts(city: BusyCity, seed: int) -> None:
    middle = lives(city, random.Random(seed))
    whole = days("2026-05-01", "2026-07-31")
    facts = city.facts()
    assert {one.kind for one in facts} >= {"CaseReturned", "CaseReworked", "CaseFellDue"}
    seen = recounted(facts)
    for by in ("", "unit", "area", "type", "category", "channel"):
        for step in (None, "month", "week"):
            assert_recounted(city.ask(whole, by=by, step=step), seen, by, city.clock.now())
        every_number_leads_to_its_cases(city, city.ask(whole, by=by)[:3], by=by)
    known = recounted([one for one in facts if one.known_at <= middle])
    for by in ("", "channel"):  # whose it was is told as it is known now
        before = city.ask(whole, by=by, step="month", known_at=middle)
        assert_recounted(before, known, by, middle)
    every_number_leads_to_its_cases(city, before[:2], by="channel", known_at=middle)
    assert not [one for one in city.facts("UnitFailed") if "learn." in one.body.handler]
    assert_a_rebuild_is_the_same(city)


def lives(city: BusyCity, chance: random.Random) -> Instant:
    """Three months of anything; returns an instant in the middle of it."""
    open_, day, middle = [], date(2026, 5, 4), None
    while day < date(2026, 7, 20):
        for hour in sorted(chance.sample(range(24), 3)):
            city.at(f"{day} {hour:02}:{chance.randrange(60):02}")
            for _ in range(chance.randrange(3)):
                open_.append(f"r{len(open_)}")
                somebody_reports(city, open_[-1], chance)
            for _ in range(4):
                something_is_done(city, chance.choice(open_[-25:] or ["none"]), chance)
        day += timedelta(days=chance.randrange(1, 4))
        if middle is None and day > date(2026, 6, 10):
            middle = city.clock.now()
    city.at("2026-07-25 12:00").evening()
    assert middle is not None
    return middle


def somebody_reports(city: BusyCity, name: str, chance: random.Random) -> None:
    city.channel = chance.choice(["hotline", "web", "officer", "sensor", ""])
    promised = chance.choice(["", "", f"{day_of(city.clock.now(), ZONE) + timedelta(3)} 12:00"])
    city.reports(
        chance.choice(["manhole", "pothole", "noise", "no_water", "lamp"]),
        id=name,
        area=chance.choice([FERRY_QUARTER, ORCHARD_QUARTER]),
        place=chance.choice(["", "", f"{chance.randrange(5)} Pier"]),
        promised=promised,
    )


def something_is_done(city: BusyCity, name: str, chance: random.Random) -> None:
    units = sorted(packs.section(city.pack, Units).units)
    unit = chance.choice(units)
    held = city.engine.rows.get(CASES, f"case:hotline:{name}")
    whose = unit if held is None or chance.random() < 0.1 else held.unit
    deeds = [
        lambda: city.crew(whose, name),
        lambda: city.crew(whose, name),
        lambda: city.returns(whose, name, "not ours"),
        lambda: city.decides(name, unit=unit, reason="theirs"),
        lambda: city.checks(unit, name, passed=chance.random() < 0.7),
        lambda: city.checks(unit, name, passed=chance.random() < 0.7),
        lambda: city.rates(name, solved=chance.random() < 0.6, satisfied=chance.random() < 0.5),
        lambda: city.calls_back(name, reached=False),
        lambda: city.calls_back(
            name, solved=chance.random() < 0.6, satisfied=chance.random() < 0.5
        ),
    ]
    with suppress(Rejected):  # what is not allowed leaves nothing
        chance.choice(deeds)()


# --- what must hold ---------------------------------------------------------------------------


def assert_recounted(told: list[Line], seen: list[Seen], by: str, come: Instant) -> None:
    """Every number of every line is what the facts say."""
    for line in told:
        key = line.narrows.get(by, "")
        mine = [
            one
            for one in seen
            if line.period.from_at <= one.at < min(line.period.until_at, come + 1)
            and (not by or key_of(one, by) == key)
        ]
        for name, number in line.numbers.items():
            assert number == figure_of(FIGURES[name], mine), (line.period.first, key, name)
    covered = sum(line.numbers["filed"].value or 0 for line in told)
    assert covered == sum(one.mark == "filed" for one in seen)


CATEGORIES = {"manhole": "components", "pothole": "components", "lamp": "components"}


def key_of(one: Seen, by: str) -> str:
    if by == "unit":
        return ABOVE.get(one.unit, one.unit)
    if by == "area":
        return {FERRY_QUARTER: "319901", ORCHARD_QUARTER: "319902"}[one.area]
    if by == "category":
        return CATEGORIES.get(one.type, "events")
    return str(getattr(one, by))


def figure_of(figure: Figure, mine: list[Seen]) -> Number:
    marks = [one for one in mine if one.mark == figure.mark.name]
    part = {
        "": marks,
        "met": [one for one in marks if one.met],
        "also": [one for one in marks if one.also],
        "not_also": [one for one in marks if not one.also],
    }[figure.of]
    whole = len(marks)
    if figure.kind == "rate":
        return Number(len(part) * 1_000_000 // whole if whole else None, len(part), whole)
    if figure.kind == "mean":
        hands = sum(one.hands for one in marks)
        return Number(hands * 1_000 // whole if whole else None, hands, whole)
    if figure.kind == "median":
        took = sorted(one.took_s for one in marks)
        return Number(took[(whole - 1) // 2] if whole else None, None, whole)
    return Number(len(part), None, None)


def every_number_leads_to_its_cases(
    city: BusyCity, told: list[Line], by: str = "", **asked: Any
) -> None:
    """A list is as long as its number says, and no case stands in it twice in one run."""
    for line in told:
        narrows = {name: value for name, value in line.narrows.items() if name != "only"}
        narrows |= {"only": line.narrows["only"]} if "only" in line.narrows else {}
        for name, number in line.numbers.items():
            figure = FIGURES[name]
            parts = {"numerator": number.value if figure.kind == "count" else number.numerator}
            if figure.kind != "count":
                parts["denominator"] = number.denominator
            if figure.kind in ("mean", "median"):
                del parts["numerator"]
            for part, expected in parts.items():
                behind = city.behind(figure, part, line.period, **narrows, **asked)
                assert len(behind) == expected, (name, part, line.narrows)
                places = [(one.at, one.case, one.n) for one in behind]
                assert all(one < other for one, other in pairwise(places))


def assert_a_rebuild_is_the_same(city: BusyCity) -> None:
    def kept() -> list[bytes]:
        with StoreReader(city._folder) as reader:
            return [line for table in (CASE_MARKS, LIVES) for line in reader.dump(table, PARTITION)]

    before = kept()
    city.close()
    store = SqlStore(city._folder, TABLES)
    platform.rebuild_projections(store)
    store.close()
    assert kept() == before
