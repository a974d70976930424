"""Story: what people tell in their own words is understood, or somebody says what it is."""

from __future__ import annotations

import pytest
from city import FERRY_QUARTER, ORCHARD_QUARTER, City, a, changed, the_pack

from chengyun.app.stages import ALL
from chengyun.engine.rebuild import replay
from chengyun.facts.envelope import OPERATIONS
from chengyun.facts.registers import Areas
from chengyun.guard.erasing import ErasePerson
from chengyun.handle.handlers import ReportWork
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import TRIAGE_LEARNS_S
from chengyun.sense.placing import Where
from chengyun.sense.taking import TakeReport
from chengyun.sense.triage import views
from chengyun.sense.triage.handlers import DecideTriage
from chengyun.sense.triage.policy import Context, Danger, Triage, Wording
from chengyun.sense.waiting import INTAKE

TRIAGE = Triage(
    threshold_ppm=800_000,
    learn_after=4,
    never=["tankers"],
    types={
        "manhole": Wording(words=["井盖", "窨井", "井盖没了", "manhole cover"]),
        "lamp": Wording(words=["路灯", "灯不亮", "路灯坏了", "street lamp"]),
        "no_water": Wording(words=["停水", "没水", "no water"]),
        "noise": Wording(words=["噪音", "太吵", "noise"]),
    },
    dangers={
        "gas": Danger(name={"en": "gas"}, type="no_water", sure=["煤气味"], things=[], states=[])
    },
    context=Context(denials=["没有"]),
)


@pytest.fixture
def city(tmp_path):
    here = City(tmp_path, pack=changed(the_pack(), TRIAGE))
    yield here
    here.close()


def tells(city: City, text: str, **more) -> str:
    """Somebody calls; returns the name of the report."""
    outcome = city.does(TakeReport(channel="phone", text=text, **more))
    return outcome.facts[0].removeprefix("taken:")


def model_of(city: City) -> views.ModelRow:
    row = city.engine.rows.get(views.MODELS, views.CURRENT)
    assert row is not None
    return row


def test_what_the_catalogue_knows_goes_on_at_once(city):
    name = tells(city.at("2026-05-07 10:00"), "路灯坏了，灯不亮")
    fact = city.expect(a("ReportTriaged", subject=name, type="lamp", sure=True, unit="lights"))
    assert fact.body.model == model_of(city).model
    (why,) = [one for one in fact.body.reasons if one.code == "words"]
    assert "灯" in why.params["words"]
    city.expect(a("ReportReceived", subject=name, type="lamp"), a("CaseFiled", type="lamp"))


def test_what_nobody_understands_waits_for_a_person(city):
    name = tells(city.at("2026-05-07 10:00"), "门口那个又冒出来了")
    city.expect(a("ReportTriaged", subject=name, sure=False))
    assert city.engine.rows.get(INTAKE, name).waits_for == "triage"
    for type_, area in (("nothing", ""), ("noise", "nowhere")):
        with pytest.raises(Rejected, match="of this city"):
            city.does(DecideTriage(report=name, type=type_, area=area))
    city.does(DecideTriage(report=name, type="noise", reason="she means the pump"))
    city.expect(
        a("TriageDecided", subject=name, type="noise"),
        a("ReportReceived", subject=name, type="noise"),
    )
    with pytest.raises(Rejected, match="waits for nobody"):
        city.does(DecideTriage(report=name, type="lamp"))


def test_it_learns_from_what_people_decided(city):
    before = model_of(city).model
    city.at("2026-05-07 10:00")
    for number in range(4):
        name = tells(city, f"大黄鸭又漏了，{number}号门")
        city.expect(a("ReportTriaged", subject=name, sure=False))
        city.does(DecideTriage(report=name, type="no_water"))
    assert model_of(city).new == 4
    city.at(f"2026-05-07 {10 + TRIAGE_LEARNS_S // 3_600}:00")
    learned = city.expect(a("TriageLearned", decided=4))
    assert learned.body.model != before
    name = tells(city, "大黄鸭漏了")
    city.expect(a("ReportTriaged", subject=name, type="no_water", model=learned.body.model))


def test_danger_goes_on_at_once_whatever_was_said_to_be_the_matter(city):
    city.at("2026-05-07 10:00")
    name = tells(city, "路灯坏了，还有煤气味", type="lamp")
    why = city.expect(a("ReportDiverted", subject=name, type="no_water", given_type="lamp"))
    assert (why.body.code, why.body.params) == (
        "danger_words",
        {"danger": "gas", "words": "煤气味"},
    )
    city.expect(a("ReportReceived", subject=name, type="no_water"))
    name = tells(city, "没有煤气味，但是路灯坏了灯不亮")
    fact = city.expect(a("ReportTriaged", subject=name, type="lamp"))
    assert "danger_set_aside" in {one.code for one in fact.body.reasons}


def test_an_erased_reporter_teaches_nothing(city):
    name = tells(city.at("2026-05-07 10:00"), "大黄鸭又漏了", reporter={"phone": "13800000000"})
    city.does(DecideTriage(report=name, type="no_water"))
    assert city.engine.rows.get(views.TEXTS, name).open
    city.does(ErasePerson(person=name, ground="asked for"))
    assert city.engine.rows.get(views.TEXTS, name) is None


def test_the_end_of_a_case_confirms_or_not(city):
    rows = city.at("2026-05-07 10:00").engine.rows
    for outcome, teaches in (("resolved", True), ("other_matter", False)):
        name = tells(city, f"路灯坏了，灯不亮，{outcome}")
        work = ReportWork(
            report=name,
            unit="lights",
            outcome=outcome,
            duplicate_of="",
            text="",
            at=city.clock.now(),
        )
        city.does(work, actor="crew:lights")
        text = rows.get(views.TEXTS, name)
        assert (text is not None and text.label == "lamp") is teaches


def test_a_rebuild_computes_no_proposal_again(city):
    city.at("2026-05-07 10:00")
    name = tells(city, "路灯坏了，灯不亮")
    rows = replay(ALL, city.engine._store.read("xiaocheng", OPERATIONS))
    for table in (views.TEXTS, views.MODELS, INTAKE):
        live = city.engine.rows.get(table, name if table is not views.MODELS else views.CURRENT)
        again = rows.get(table, name if table is not views.MODELS else views.CURRENT)
        assert live == again


def test_a_place_in_words_is_the_reports_where_it_is_sure(city):
    city.at("2026-05-07 10:00")
    area = city.engine.policies.section(Areas, area="", at=city.clock.now()).areas[ORCHARD_QUARTER]
    name = tells(city, f"路灯坏了，灯不亮，{area.name}", where=Where(words="by the gate"))
    fact = city.expect(a("ReportTriaged", subject=name, placed=True, area=ORCHARD_QUARTER))
    assert fact.body.places[0].code == ORCHARD_QUARTER
    city.expect(a("ReportReceived", subject=name, area=ORCHARD_QUARTER))


def test_who_says_where_it_is_knows_better(city):
    city.at("2026-05-07 10:00")
    area = city.engine.policies.section(Areas, area="", at=city.clock.now()).areas[ORCHARD_QUARTER]
    said = f"路灯坏了，灯不亮，{area.name}"
    name = tells(city, said, where=Where(area=FERRY_QUARTER))
    city.expect(a("ReportTriaged", subject=name, placed=False, area=FERRY_QUARTER))
