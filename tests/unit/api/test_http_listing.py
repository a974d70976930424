"""The list of cases over HTTP: what is his, by pages; what makes no sense is refused."""

import msgspec
import pytest
from served import OPENS, RESOLVED, report
from signed import as_, done, grant, sign_in

from chengyun.adapters.sql.listing import Asked, Part
from chengyun.adapters.sql.reading import StoreReader
from chengyun.engine.adoption import AdoptPolicy
from chengyun.handle.handlers import ReportWork
from chengyun.handle.views import CASES
from chengyun.kernel.instants import HOUR_US
from chengyun.kernel.limits import MAX_LIST_ROWS
from chengyun.sense.handlers import ReceiveReport

RIVER, HILL = "319901", "319902"
FERRY, ORCHARD = "319901001001", "319902001001"
LIN = "account:lin"
LIST = "/api/v1/cases"


@pytest.fixture
def city(serve, monkeypatch):
    sign_in(monkeypatch)
    served = serve()
    for number, area in enumerate((ORCHARD, FERRY, ORCHARD, FERRY, ORCHARD)):
        fields = report(f"m{number}", area=area, place=None, opened_at=OPENS + number * HOUR_US)
        done(served, msgspec.convert(fields, ReceiveReport))
    work = ReportWork(
        report="report:hotline:m0", at=OPENS + 9 * HOUR_US, unit="drainage", outcome="fixed",
        text="", duplicate_of="",
    )  # fmt: skip
    done(served, work)
    return served


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [row["case"].rpartition(":")[2] for row in answer.json()["cases"]]


def test_cases_are_listed_newest_first_the_ended_ones_too(city):
    answer = city.get(LIST)
    assert ids(answer) == ["m4", "m3", "m2", "m1", "m0"]
    assert answer.json()["next"] is None
    assert answer.headers["cache-control"] == "no-store"
    last = answer.json()["cases"][-1]
    assert (last["state"], last["ended_at"]) == ("reported_back", OPENS + 9 * HOUR_US)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"area={HILL}", ["m4", "m2", "m0"]),
        (f"area={FERRY}", ["m3", "m1"]),
        ("area=319900", ["m4", "m3", "m2", "m1", "m0"]),
        ("unit=drainage", ["m4", "m2", "m0"]),
        (f"unit=drainage&area={RIVER}", []),
        ("state=reported_back", ["m0"]),
        ("state=none_such", []),
        ("type=manhole&state=dispatched", ["m4", "m3", "m2", "m1"]),
        (f"due_before={OPENS}", []),
    ],
)
def test_filters(city, query, expected):
    assert ids(city.get(f"{LIST}?{query}")) == expected


def test_pages_lead_to_the_next_and_hold_everything_once(city):
    found, cursor = [], ""
    for _ in range(3):
        answer = city.get(f"{LIST}?limit=2&cursor={cursor}")
        found += ids(answer)
        cursor = answer.json()["next"]
    assert cursor is None
    assert found == ["m4", "m3", "m2", "m1", "m0"]


def test_a_page_is_bounded(city):
    assert len(ids(city.get(f"{LIST}?limit={10**17}"))) == 5
    assert MAX_LIST_ROWS < 10**17


def test_everybody_gets_what_is_his(city):
    assert city.get(LIST, headers=as_(LIN)).status_code == 403
    grant(city, LIN, "dispatcher", area=HILL)
    assert ids(city.get(LIST, headers=as_(LIN))) == ["m4", "m2", "m0"]
    assert ids(city.get(f"{LIST}?area={RIVER}", headers=as_(LIN))) == []
    grant(city, LIN, "department_handler", unit="river-drainage")
    assert ids(city.get(LIST, headers=as_(LIN))) == ["m4", "m3", "m2", "m1", "m0"]
    assert ids(city.get(f"{LIST}?unit=river-drainage", headers=as_(LIN))) == ["m3", "m1"]


def test_a_cursor_reaches_nothing_that_is_not_his(city):
    grant(city, LIN, "dispatcher", area=RIVER)
    cursor = city.get(f"{LIST}?limit=1").json()["next"]
    assert ids(city.get(f"{LIST}?cursor={cursor}", headers=as_(LIN))) == ["m3", "m1"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("area=nowhere", "unknown_area"),
        ("unit=nobody", "unknown_unit"),
        ("area=%27%20OR%201=1--", "unknown_area"),
        ("due_before=soon", "bad_fields"),
        ("due_before=-1", "bad_fields"),
        ("limit=x", "bad_fields"),
        ("colour=red", "bad_fields"),
        ("state=a&state=b", "bad_fields"),
        (f"state={'x' * 200}", "bad_fields"),
        ("cursor=%25", "bad_cursor"),
        ("cursor=WzFd", "bad_cursor"),
        ("cursor=é", "bad_cursor"),
        ("cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OSwieCJd", "bad_cursor"),
    ],
)
def test_what_makes_no_sense_is_refused(city, query, code):
    answer = city.get(f"{LIST}?{query}")
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] == code


def test_text_in_a_filter_is_only_text(city):
    for text in ("%27%3B%20DROP%20TABLE%20p_cases%3B--", "%00", "%F0%9F%92%A7", "../../etc"):
        assert ids(city.get(f"{LIST}?state={text}")) == []
    assert len(ids(city.get(LIST))) == 5


def test_a_pack_with_other_areas_lists_by_them_from_then_on(city):
    grant(city, LIN, "dispatcher", area=RIVER)
    assert ids(city.get(LIST, headers=as_(LIN))) == ["m3", "m1"]
    pack = msgspec.json.decode(RESOLVED[0].content)
    pack["areas"]["areas"][ORCHARD]["parent"] = RIVER
    content = msgspec.json.encode(pack, order="sorted")
    version = city.engine.keep_artefact(content)
    now = city.clock.now()
    adopt = AdoptPolicy(version=version, pack="xiaocheng", effective_from=now)
    assert city.engine.execute(adopt, actor="person:mayor").refused is None
    group = city.engine.commit()
    for one in city.server._audience:
        one.committed([group], 0.0)
    assert ids(city.get(LIST, headers=as_(LIN))) == ["m4", "m3", "m2", "m1", "m0"]
    assert ids(city.get(f"{LIST}?area={HILL}")) == []


def test_the_same_question_is_made_into_sql_once(city):
    partition, asked = city.engine.partition, Asked(parts=(Part(),), limit=3)
    with StoreReader(city.server.folder) as reader:
        first = reader.newest(CASES, partition, asked)
        kept = len(reader._engine._compiled_cache)
        for _ in range(3):
            assert reader.newest(CASES, partition, asked) == first
        assert len(reader._engine._compiled_cache) == kept
