"""Figures of cases over HTTP: what is his, each number down to its cases."""

import msgspec
import pytest
from served import OPENS, report
from signed import as_, done, grant, sign_in

from chengyun.handle.handlers import ReportWork, VerifyCase
from chengyun.kernel.instants import HOUR_US
from chengyun.sense.handlers import ReceiveReport

RIVER, HILL = "319901", "319902"
FERRY, ORCHARD = "319901001001", "319902001001"
LIN = "account:lin"
FIGURES = "/api/v1/figures"


@pytest.fixture
def city(serve, monkeypatch):
    """Five cases; one was handled and closed, another handled."""
    sign_in(monkeypatch)
    served = serve()
    for number, area in enumerate((ORCHARD, FERRY, ORCHARD, FERRY, ORCHARD)):
        fields = report(f"m{number}", area=area, place=None, opened_at=OPENS + number * HOUR_US)
        done(served, msgspec.convert(fields, ReceiveReport))
    for name, unit in (("m0", "drainage"), ("m1", "river-drainage")):
        work = ReportWork(
            report=f"report:hotline:{name}", at=OPENS + 9 * HOUR_US, unit=unit, outcome="fixed",
            text="", duplicate_of="",
        )  # fmt: skip
        done(served, work)
    check = VerifyCase(case="case:hotline:m0", by_unit="inspection", passed=True, reason="")
    done(served, check)
    served.clock.advance_to(OPENS + 24 * 9 * HOUR_US)
    return served


def lines(answer):
    assert answer.status_code == 200, answer.text
    return {line["key"]: line["numbers"] for line in answer.json()["lines"]}


def cases(answer):
    assert answer.status_code == 200, answer.text
    return [row["case"].rpartition(":")[2] for row in answer.json()["cases"]]


def test_a_rate_stands_beside_both_its_numbers(city):
    (found,) = lines(city.get(FIGURES)).values()
    assert found["filed"] == {"value": 5, "numerator": None, "denominator": None}
    assert found["closing_rate"] == {"value": 200_000, "numerator": 1, "denominator": 5}
    assert found["resolution_rate"] == {"value": None, "numerator": 0, "denominator": 0}


def test_every_figure_says_what_it_is(city):
    told = city.get(f"{FIGURES}?figures=on_time_rate").json()["figures"]
    assert list(told) == ["on_time_rate"]
    assert told["on_time_rate"]["name"] == {"zh": "按期结案率", "en": "on-time closing rate"}
    assert "by the deadline" in told["on_time_rate"]["formula"]
    assert told["on_time_rate"]["source"].startswith("GB/T")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("by=area", {RIVER: 2, HILL: 3}),
        (f"by=area&area={HILL}", {ORCHARD: 3}),
        ("by=unit", {"drainage": 3, "river-drainage": 2}),
        ("by=category", {"components": 5}),
        ("by=channel&channel=phone", {}),
        (f"area={RIVER}", {"": 2}),
        ("unit=drainage", {"": 3}),
        ("type=manhole", {"": 5}),
        ("type=noise", {"": 0}),
        ("category=events", {"": 0}),
        ("area=319900&only=area", {"": 0}),
        ("from=2020-01-01&until=2020-12-31", {"": 0}),
    ],
)
def test_told_apart_and_narrowed(city, query, expected):
    found = lines(city.get(f"{FIGURES}?figures=filed&{query}"))
    assert {key: numbers["filed"]["value"] for key, numbers in found.items()} == expected


def test_what_is_behind_a_number_is_as_long_as_it_says(city):
    answer = city.get(f"{FIGURES}?by=area&figures=filed,handled,closing_rate")
    for line in answer.json()["lines"]:
        narrows = "&".join(f"{name}={value}" for name, value in line["narrows"].items())
        for figure, number in line["numbers"].items():
            for part in ("numerator", "denominator"):
                expected = number[part] if number[part] is not None else number["value"]
                query = f"{narrows}&part={part}"
                assert len(cases(city.get(f"{FIGURES}/{figure}/cases?{query}"))) == expected


def test_pages_lead_to_the_next_and_hold_everything_once(city):
    found, cursor = [], ""
    for _ in range(3):
        answer = city.get(f"{FIGURES}/filed/cases?limit=2&cursor={cursor}")
        found += cases(answer)
        cursor = answer.json()["next"]
    assert cursor is None
    assert found == ["m0", "m1", "m2", "m3", "m4"]


def test_everybody_gets_what_is_his(city):
    query, list_ = f"{FIGURES}?figures=filed", f"{FIGURES}/filed/cases"
    assert city.get(query, headers=as_(LIN)).status_code == 403
    assert city.get(list_, headers=as_(LIN)).status_code == 403
    grant(city, LIN, "dispatcher", area=HILL)
    assert lines(city.get(query, headers=as_(LIN)))[""]["filed"]["value"] == 3
    assert cases(city.get(list_, headers=as_(LIN))) == ["m0", "m2", "m4"]
    assert lines(city.get(f"{query}&by=area", headers=as_(LIN))).keys() == {HILL}
    assert cases(city.get(f"{list_}?area={RIVER}", headers=as_(LIN))) == []
    assert cases(city.get(f"{list_}?only=area", headers=as_(LIN))) == []
    grant(city, LIN, "department_handler", unit="river-drainage")
    assert lines(city.get(query, headers=as_(LIN)))[""]["filed"]["value"] == 5
    assert cases(city.get(f"{list_}?unit=river-drainage", headers=as_(LIN))) == ["m1", "m3"]


def test_what_was_known_then(city):
    known_at = city.engine.head.known_at
    days = "from=2026-01-01&until=2026-12-31"
    for as_of, expected in ((known_at, 5), (known_at - 1, 0), (known_at + 1, 5)):
        found = lines(city.get(f"{FIGURES}?{days}&figures=filed&as_of={as_of}"))
        assert found[""]["filed"]["value"] == expected
        list_ = city.get(f"{FIGURES}/filed/cases?{days}&as_of={as_of}")
        assert len(cases(list_)) == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("figures=dreams", "unknown_figure"),
        ("area=nowhere", "unknown_area"),
        ("unit=nobody", "unknown_unit"),
        ("type=unicorn", "unknown_type"),
        ("by=colour", "bad_fields"),
        ("period=decade", "bad_fields"),
        ("from=2026-02-30", "bad_day"),
        ("from=yesterday", "bad_fields"),
        ("from=2026-06-02&until=2026-06-01", "bad_period"),
        ("from=0001-01-01", "bad_period"),
        ("from=2000-01-01&period=day", "too_many_periods"),
        ("by=area&by=unit", "bad_fields"),
        ("as_of=soon", "bad_time"),
    ],
)
def test_what_makes_no_sense_is_refused(city, query, code):
    for path in (FIGURES, f"{FIGURES}/filed/cases"):
        if code == "too_many_periods" and path != FIGURES:
            continue  # a list is not told apart
        answer = city.get(f"{path}?{query}")
        assert answer.status_code in (400, 422)
        assert answer.json()["code"] == code


def test_a_list_of_no_figure_and_a_broken_cursor_are_refused(city):
    assert city.get(f"{FIGURES}/dreams/cases").json()["code"] == "unknown_figure"
    for cursor in ("%25", "WzFd", "é", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OSwieCIsMV0"):
        assert city.get(f"{FIGURES}/filed/cases?cursor={cursor}").json()["code"] == "bad_cursor"
