"""What waits for a second person, over HTTP: whose it is to decide, filtered in SQL, by pages."""

import msgspec
import pytest
from served import OPENS, RESOLVED
from signed import as_, done, grant, publish, sign_in

from chengyun.engine.about import About
from chengyun.engine.adoption import AdoptPolicy
from chengyun.engine.approvals import APPROVALS, NO_UNIT, ApprovalRow, asked
from chengyun.engine.tables import Put
from chengyun.kernel.instants import HOUR_US
from chengyun.learn.handlers import DecideProposal

LIST = "/api/v1/approvals"
RIVER, HILL = "319901", "319902"
FERRY, ORCHARD = "319901001001", "319902001001"
LIN = "account:lin"


def row(name, number, area, unit, state="waits"):
    units = [] if unit == NO_UNIT else [unit]
    return ApprovalRow(
        name, "DecideRoute", "{}", f"account:{number % 2}", area, units, OPENS + number,
        OPENS + HOUR_US * (10 - number), state, open=state == "waits", unit=unit,
    )  # fmt: skip


@pytest.fixture
def city(serve, monkeypatch):
    sign_in(monkeypatch)
    served = serve()
    rows = [
        row("a", 0, ORCHARD, "drainage"),
        row("b", 1, FERRY, "river-drainage"),
        row("c", 2, ORCHARD, NO_UNIT),
        row("d", 3, FERRY, NO_UNIT),
        row("e", 4, ORCHARD, ""),
        row("f", 5, ORCHARD, "lights"),
        row("over", 6, ORCHARD, "lights", state="approved"),
    ]
    served.engine.rows.apply([Put(APPROVALS, one) for one in rows])
    publish(served)
    served.engine.settle()
    return served


def names(answer):
    assert answer.status_code == 200, answer.text
    return [one["approval"] for one in answer.json()["approvals"]]


def test_what_waits_is_listed_those_asked_last_first(city):
    assert names(city.get(LIST)) == ["f", "e", "d", "c", "b", "a"]
    assert names(city.get(f"{LIST}?state=approved")) == ["over"]
    assert names(city.get(f"{LIST}?actor=account:1")) == ["f", "d", "b"]
    assert names(city.get(f"{LIST}?command=ErasePerson")) == []
    assert names(city.get(f"{LIST}?area={RIVER}")) == ["d", "b"]
    assert names(city.get(f"{LIST}?due_before={OPENS + HOUR_US * 7}")) == ["f", "e"]


def test_everybody_gets_what_is_his_to_decide(city):
    assert city.get(LIST, headers=as_(LIN)).status_code == 403
    grant(city, LIN, "duty_officer", area=HILL)
    assert names(city.get(LIST, headers=as_(LIN))) == ["f", "e", "c", "a"]
    grant(city, LIN, "duty_officer", area=RIVER, unit="river-drainage")
    assert names(city.get(LIST, headers=as_(LIN))) == ["f", "e", "d", "c", "b", "a"]


def test_of_a_department_what_is_its_own_and_what_has_none(city):
    grant(city, LIN, "duty_officer", unit="river-drainage")
    assert names(city.get(LIST, headers=as_(LIN))) == ["d", "c", "b"]
    assert names(city.get(f"{LIST}?unit=river-drainage", headers=as_(LIN))) == ["b"]
    assert names(city.get(f"{LIST}?unit=lights", headers=as_(LIN))) == []


def test_pages_hold_everything_once(city):
    found, cursor = [], ""
    while cursor is not None:
        answer = city.get(f"{LIST}?limit=2&cursor={cursor}")
        found.append(names(answer))
        cursor = answer.json()["next"]
    assert found == [["f", "e"], ["d", "c"], ["b", "a"]]


def test_no_row_in_memory_is_looked_through(city, monkeypatch):
    def no_walk(rows, table):
        assert table is not APPROVALS
        return iter(())

    monkeypatch.setattr(type(city.engine.rows), "each", no_walk)
    assert len(names(city.get(LIST))) == 6


def test_a_command_of_several_units_is_listed_where_all_of_them_belong(city):
    pack = msgspec.json.decode(RESOLVED[0].content)
    for crew in ("river-drainage", "roads-east"):
        pack["units"]["units"][crew]["parent"] = "drainage"
    version = city.engine.keep_artefact(msgspec.json.encode(pack, order="sorted"))
    now = city.clock.now()
    done(city, AdoptPolicy(version=version, pack="xiaocheng", effective_from=now))
    command = DecideProposal(proposal="p", accepted=True, reason="r")

    def common(*units):
        known = city.engine._known
        return asked(command, About("", units), known, lapses_at=now, number=1).body.common_unit

    assert common("river-drainage", "roads-east") == "drainage"
    assert common("river-drainage", "drainage") == "drainage"
    assert common("river-drainage", "river-drainage") == "river-drainage"
    assert common("river-drainage", "lights") == ""
    assert common("river-drainage", "") == ""
    assert common("nobody", "lights") == ""
    assert common("lights") == ""
