"""Story: data of persons go when they were kept long enough; what happened stays proven."""

from pathlib import Path

import msgspec
import pytest
from city import FERRY_QUARTER, FERRY_STEPS, City, report

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import SqlStore
from chengyun.app.platform import rebuild_projections
from chengyun.app.stages import TABLES
from chengyun.engine import codec
from chengyun.engine.verify import verify
from chengyun.facts.classes import sensitive_of
from chengyun.facts.privacy import Keep, Privacy
from chengyun.guard import retention
from chengyun.guard.erasing import ErasePerson, erased_at
from chengyun.guard.retention import ENDED, KEPT, LISTS
from chengyun.kernel import limits
from chengyun.kernel.errors import Rejected
from chengyun.sense.handlers import KeepRefused, ReceiveReport

SHORT = Privacy(keep=Keep(personal_days=30, sensitive_days=10, refused_days=5), source="a test")
ALL = {"reporter": "王五", "phone": "13812341234", "id_card": "310101199001011234"}


def comes(city: City, id_: str, **personal: str) -> City:
    """A report with personal data of its own comes in."""
    city.does(
        ReceiveReport(
            feed="hotline", file="calls", row=int(id_[1:]), id=id_, opened_at=city.clock.now(),
            due_at=None, type="manhole", title="", text="", channel="phone", area=FERRY_QUARTER,
            place=None, place_text="", attributes={}, personal=personal or ALL, notes=[],
        )
    )  # fmt: skip
    return city


def sealed(city: City, fact_id: str) -> dict[str, str] | None:
    with StoreReader(city._folder) as reader:
        stored = reader.fact("xiaocheng", fact_id)
    assert stored is not None
    return city.engine.opened(codec.read(stored))


def is_whole(folder: Path) -> bool:
    with StoreReader(folder) as reader:
        return all(
            verify(partition, chain, reader.entries(partition, chain), head).whole
            for partition, chain, head in reader.chains()
        )


def is_rebuilt_the_same(folder: Path) -> bool:
    with StoreReader(folder) as reader:
        before = reader.state_hash(TABLES)
    store = SqlStore(folder, TABLES)
    rebuild_projections(store)
    store.close()
    with StoreReader(folder) as reader:
        return reader.state_hash(TABLES) == before


def short(city: City) -> City:
    city.adopts(city.changed(SHORT), from_="2026-05-01 00:00")
    return city


def ended(city: City) -> City:
    """A report came on 2 May and was closed on 4 May."""
    comes(short(city).at("2026-05-02 09:00"), "r1")
    return city.at("2026-05-04 09:00").crew("river-drainage", "r1")


def test_each_class_goes_at_its_time_and_not_before(city: City) -> None:
    ended(city)
    city.at("2026-05-14 23:00")
    assert sealed(city, sensitive_of(report("r1"))) == {"id_card": ALL["id_card"]}
    city.at("2026-05-16 23:00")
    assert sealed(city, sensitive_of(report("r1"))) is None
    assert sealed(city, report("r1")) == {"reporter": "王五", "phone": "13812341234"}
    city.at("2026-06-03 07:00")
    assert sealed(city, report("r1")) is not None
    city.at("2026-06-05 23:00")
    assert sealed(city, report("r1")) is None
    gone = [(one.body.what, one.body.persons) for one in city.facts("PersonalDataExpired")]
    assert gone == [
        ("sensitive", [sensitive_of(report("r1"))]),
        ("personal", [report("r1")]),
    ]
    assert erased_at(report("r1"), city.engine.rows) is not None
    assert list(city.engine.rows.each(ENDED)) == []
    assert city.engine.next_due() is None or city.engine.next_due() > city.clock.now()
    city.was_aware_of_nothing_wrong()


def test_a_matter_that_is_open_is_kept(city: City) -> None:
    comes(short(city).at("2026-05-02 09:00"), "r1")
    city.at("2026-08-02 09:00")
    assert sealed(city, report("r1")) is not None
    assert [row.report for row in city.engine.rows.each(KEPT)] == [report("r1")]
    city.crew("river-drainage", "r1").at("2026-09-03 09:00")
    assert sealed(city, report("r1")) is None
    assert list(city.engine.rows.each(KEPT)) == []


def test_the_chain_is_whole_and_is_rebuilt_after_it(city: City) -> None:
    ended(city).at("2026-05-20 09:00")
    assert is_whole(city._folder)
    city.at("2026-06-20 09:00").close()
    assert is_whole(city._folder)
    assert is_rebuilt_the_same(city._folder)


def test_keys_are_gone_from_the_disk_with_the_commit(city: City) -> None:
    ended(city)
    with StoreReader(city._folder) as reader:
        key = reader.person_keys("xiaocheng")[report("r1")]
    city.at("2026-06-20 09:00").close()
    assert key is not None
    files = [one for one in city._folder.iterdir() if one.is_file()]
    assert not any(key in one.read_bytes() for one in files)


def test_what_fell_due_while_the_platform_was_down_goes_when_it_is_up(city: City) -> None:
    ended(city).at("2026-05-05 09:00").down_until("2026-09-01 09:00")
    assert sealed(city, report("r1")) is None
    assert sealed(city, sensitive_of(report("r1"))) is None


def test_another_policy_lets_go_what_an_earlier_one_kept(city: City) -> None:
    city.at("2026-05-02 09:00")
    comes(city, "r1").at("2026-05-04 09:00").crew("river-drainage", "r1")
    city.at("2026-07-01 09:00")
    assert sealed(city, report("r1")) is not None
    city.adopts(city.changed(SHORT), from_="2026-07-01 09:00").at("2026-07-02 09:00")
    assert sealed(city, report("r1")) is None


def test_what_a_reporter_wrote_goes_with_his_report(city: City) -> None:
    short(city).at("2026-05-02 09:00").reports("manhole", at=FERRY_STEPS, id="r1")
    city.at("2026-05-04 09:00").crew("river-drainage", "r1")
    city.checks("inspection", "r1", passed=True)
    city.rates("r1", solved=True, satisfied=True, text="thanks, Wang Wu")
    (rated,) = city.facts("ReportRated")
    assert sealed(city, rated.id) == {"text": "thanks, Wang Wu"}
    city.at("2026-06-20 09:00")
    assert sealed(city, rated.id) is None


def test_refused_rows_go_too_and_nothing_of_them_stands_elsewhere(city: City) -> None:
    short(city).at("2026-05-02 09:00")
    city.does(
        KeepRefused(
            feed="hotline", file="f.csv", row=3, at=city.clock.now(), field="opened_at",
            code="bad_time", params={"field": "opened_at", "value": "13812341234"},
            raw="13812341234,王五",
        )
    )  # fmt: skip
    (refused,) = city.facts("RowRefused")
    assert "13812341234" not in repr(refused.body)
    assert sealed(city, refused.id) == {"value": "13812341234", "raw": "13812341234,王五"}
    city.at("2026-05-12 09:00")
    assert sealed(city, refused.id) is None


def test_what_ends_later_and_falls_due_earlier_does_not_wait_for_the_others(city: City) -> None:
    """Personal data of May are due in June; meanwhile rows of mid-May are due after five days."""
    ended(city).at("2026-05-18 09:00")
    city.does(
        KeepRefused(
            feed="hotline", file="f.csv", row=9, at=city.clock.now(), field="id", code="missing",
            params={}, raw="王五",
        )
    )  # fmt: skip
    city.at("2026-05-26 09:00")
    (refused,) = city.facts("RowRefused")
    assert sealed(city, refused.id) is None
    assert sealed(city, report("r1")) is not None
    city.at("2026-06-05 23:00")
    assert sealed(city, report("r1")) is None


def test_many_that_fall_due_on_a_day_go_in_lists(city: City, monkeypatch) -> None:
    monkeypatch.setattr(retention, "MAX_EXPIRED_A_FACT", 4)
    monkeypatch.setattr(retention, "MAX_EXPIRED_FACTS", 2)
    short(city).at("2026-05-02 09:00")
    for number in range(1, 20):
        comes(city, f"r{number}", reporter="王五")
    city.at("2026-05-04 09:00")
    for number in range(1, 20):
        city.crew("river-drainage", f"r{number}")
    city.at("2026-06-20 09:00")
    gone = city.facts("PersonalDataExpired")
    assert [len(one.body.persons) for one in gone] == [4, 4, 4, 4, 3]
    assert all(sealed(city, report(f"r{number}")) is None for number in range(1, 20))
    assert list(city.engine.rows.each(LISTS)) == list(city.engine.rows.each(ENDED)) == []
    city.was_aware_of_nothing_wrong()
    assert is_whole(city._folder)


def test_erasing_a_person_takes_what_is_sensitive_along(city: City) -> None:
    comes(short(city).at("2026-05-02 09:00"), "r1")
    city.does(ErasePerson(person=report("r1"), ground="asked for it"))
    assert sealed(city, report("r1")) is sealed(city, sensitive_of(report("r1"))) is None
    city.at("2026-05-04 09:00").crew("river-drainage", "r1")
    city.at("2026-06-20 09:00")
    city.was_aware_of_nothing_wrong()


def test_what_says_nothing_of_persons_sets_no_timer(city: City) -> None:
    city.at("2026-05-02 09:00").reports("manhole", at=FERRY_STEPS, id="r1")
    city.at("2026-05-04 09:00").crew("river-drainage", "r1").at("2026-06-04 09:00")
    assert city.facts("RetentionPlanned") == []


def test_a_rating_of_somebody_whose_data_expired_is_refused_with_its_reason(city: City) -> None:
    ended(city).checks("inspection", "r1", passed=True)
    city.at("2026-06-20 09:00")
    with pytest.raises(Rejected) as refused:
        city.rates("r1", solved=True, satisfied=True, text="late")
    assert refused.value.code == "erased"
    city.rates("r1", solved=True, satisfied=True)


def test_the_bounds_fit_the_engine() -> None:
    assert limits.MAX_EXPIRED_FACTS < limits.MAX_UNITS_A_COMMAND
    assert limits.MAX_EXPIRED_A_FACT * 8 * limits.MAX_ID_CHARS < limits.MAX_BODY_BYTES
    assert msgspec.json.encode(Privacy())
