"""Every route and every command, asked by every role, inside and outside its area.

What is expected stands in ``tests/unit/guard/matrix.csv``, written by hand from the duties of the
roles and not from their permissions: ``in`` is inside his area alone, ``city`` wants a grant for
the whole city, ``all`` shows nothing of anybody's area, ``.`` is never. A route or a command that
has no line there fails.
"""

import csv
from pathlib import Path

import msgspec
import pytest
from served import OPENS, Served, report
from signed import as_, done, sign_in
from test_http_drill import Held, Standing

from chengyun.api.accounts import AccountPages
from chengyun.api.doors import routes
from chengyun.api.entering import SignedIn
from chengyun.api.front import Front
from chengyun.api.ingest import IngestPages
from chengyun.api.notices import NoticePages
from chengyun.api.sensing import SensingPages
from chengyun.api.signing_in import SessionPages
from chengyun.app.notice_words import Wording
from chengyun.app.signing_in import SigningIn
from chengyun.app.stream.asking import SensorView
from chengyun.command.handlers import DecideResponse
from chengyun.command.views import RESPONSES, ResponseRow
from chengyun.dispatch.handlers import DecideRoute
from chengyun.engine.adoption import AdoptPolicy
from chengyun.engine.approvals import APPROVALS, ApprovalRow, DecideApproval
from chengyun.engine.tables import Put
from chengyun.guard.erasing import ErasePerson
from chengyun.guard.grants import GiveGrant, WithdrawGrant
from chengyun.guard.permissions import OWN, PERMISSIONS
from chengyun.guard.standard_roles import ROLES
from chengyun.handle.calling_back import CallBack
from chengyun.handle.evidence import AddEvidence
from chengyun.handle.handlers import FinishTask, RateReport, ReportWork, ReturnCase, VerifyCase
from chengyun.handle.views import CASES
from chengyun.kernel.errors import Forbidden, Rejected
from chengyun.learn.handlers import DecideProposal
from chengyun.notices.contacts import RemoveContact, SetContact
from chengyun.notices.handlers import ReadNotice, RetryNotice
from chengyun.notices.series import INCIDENT_REPORTS, IncidentReports, IssueIncidentReport
from chengyun.notices.views import NOTICES, NoticeRow
from chengyun.rosters.handlers import DaysOfUnit, EndStandIn, ImportRoster, NameStandIn
from chengyun.sense.handlers import ReceiveReport
from chengyun.sense.placing import Where
from chengyun.sense.sighting import ConfirmSighting
from chengyun.sense.taking import TakeReport
from chengyun.sense.triage.handlers import DecideTriage
from chengyun.twin.handlers import ReportCrew

MATRIX = Path(__file__).parents[1] / "guard" / "matrix.csv"
AREAS = {"inside": "319902001001", "outside": "319901001001"}
"""The areas of the targets; grants are for the district of the first, or for the city."""
DISTRICT = "319902"
SOMEBODY = "account:somebody"
DIGESTS = {"inside": "a" * 64, "outside": "b" * 64}
HIDDEN = (
    "GET /api/v1/cases/{case:path}",
    "GET /api/v1/cases/{case:path}/evidence",
    "GET /api/v1/cases/{case:path}/moves",
    "GET /api/v1/cases/{case:path}/slip.docx",
    "GET /api/v1/cases/{case:path}/slip.html",
    "GET /api/v1/incidents/{incident:path}/report/{series}.docx",
    "GET /api/v1/incidents/{incident:path}/report/{series}.html",
    "GET /api/v1/reports/{report:path}",
    "GET /api/v1/evidence/{digest}",
    "GET /api/v1/trace",
)
"""Doors that answer as if what lies elsewhere were not there."""


def matrix():
    """Return the expected cells: ``{door: {role: cell}}``."""
    with MATRIX.open(encoding="utf-8") as file:
        return {row.pop("door"): row for row in csv.DictReader(file)}


CELLS = matrix()
ALLOWED = {
    ".": (False, False, False, False),
    "in": (True, False, True, True),
    "city": (False, False, True, True),
    "all": (True, True, True, True),
}
"""By cell: whether a grant for the district, inside and outside, and one for the city do."""


class Explained(dict):
    """A composite: there are no sensors of its own to be counted."""

    property = ""


class Nobody:
    """Knows no session: what signing in does is tested beside it."""

    cookie = "chengyun"

    def session(self, *given, **more):
        return None

    def service(self, key):
        return None


class Lane:
    """Answers for the stream lane: sensors are called by where they are."""

    refused = None

    async def ask(self, question):
        if "explained" in question.__code__.co_names:
            return Explained()
        if "sensor_of" in question.__code__.co_names:
            where = question.__closure__[-1].cell_contents
            return SensorView(
                id=where, property="p", feed="f", area=AREAS[where], asset="", gateway="",
                state="speaks", value_micro=None, at=None, heard_at=None, flags=[], cadence_s=1,
                weight=1,
            )  # fmt: skip
        return {}

    async def ask_in_parts(self, question):
        return []

    async def sign(self, *given):
        return {}

    async def sensor(self, *given):
        return {}


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def city(tmp_path_factory, patch):
    """A city with a case inside and one outside, every role held twice, and every door open."""
    sign_in(patch)
    patch.setattr(Wording, "texts", lambda self, row: {})  # no template stands behind these rows
    served = Served(tmp_path_factory.mktemp("matrix"), demonstration=Standing(), drill=Held())
    lane = Lane()
    served.doors = [
        *SensingPages(lane, lane, served.clock).doors,
        *SessionPages(SignedIn(Nobody(), Front())).doors,
        *AccountPages(served.server, SigningIn(served.server, served.keyring, issuer="x")).doors,
        *IngestPages(lane, lambda name: None, served.clock).doors,
        *NoticePages(served.server, {}).doors,
    ]
    served.api.application.router.routes[:0] = routes(served.doors)
    for where, area in AREAS.items():
        for id_, type_ in (("m", "manhole"), ("n", "noise")):
            fields = report(f"{id_}-{where}", area=area, type=type_, place=None)
            done(served, msgspec.convert(fields, ReceiveReport))
        looked_at = TakeReport(channel="camera", type="manhole", where=Where(area=area))
        done(served, looked_at)
        case = f"case:hotline:m-{where}"
        done(served, AddEvidence(case=case, kind="photo", digest=DIGESTS[where]))
        served.put_file(DIGESTS[where])
        rows = served.engine.rows
        response = ResponseRow(f"response:{where}", "w", "IV", "p", area, [], "proposed", open=True)
        rows.apply([Put(RESPONSES, response), Put(NOTICES, notice(where, area))])
        case = f"case:hotline:m-{where}"
        told = IncidentReports(case, "i", area, None, None, [])
        rows.apply([Put(INCIDENT_REPORTS, told)])
        for name, command in waiting(served, where).items():
            rows.apply([Put(APPROVALS, approval(name, command, area, served.clock.now()))])
    for role in ROLES:
        for account, area in ((f"account:{role}.in", DISTRICT), (f"account:{role}.city", "")):
            name = account.removeprefix("account:").replace("_", "").replace(".", "")[:32]
            done(served, GiveGrant(grant=name, account=account, role=role, area=area))
    for where, area in AREAS.items():
        give = GiveGrant(grant=f"some{where}", account=SOMEBODY, role="citizen", area=area)
        done(served, give)
    yield served
    served.close()


def waiting(city, where):
    """Return a command that waits for a second person, by the role that approves such ones."""
    case, area = f"case:hotline:n-{where}", AREAS[where]
    version = city.engine.policies.version(at=city.clock.now())
    return {
        f"duty_officer-{where}": DecideRoute(case=case, unit="lights", reason="near"),
        f"leader-{where}": DecideProposal(proposal="none", accepted=True, reason="x"),
        f"data_steward-{where}": ErasePerson(person="person:1", ground="asked for"),
        f"policy_maker-{where}": AdoptPolicy(
            version=version, pack="xiaocheng", effective_from=OPENS, scope=area
        ),
    }


def waiting_report(where):
    """Return what a camera said, which a person looks at: the first of the day lies inside."""
    return f"report:intake:20260502-0000{1 + list(AREAS).index(where)}"


def approval(name, command, area, now):
    command_area = area if type(command) in (DecideRoute, AdoptPolicy) else ""
    return ApprovalRow(
        f"approval:{name}", type(command).__name__, msgspec.json.encode(command).decode(),
        "account:first", command_area, [""], now, now + 10**9, "waits", open=True,
    )  # fmt: skip


def notice(where, area):
    return NoticeRow(
        notice=f"notice:{where}", cause="c", kind="CaseFellDue", rule="r", template="t", params={},
        recipient="unit:drainage", post="unit", urgency="normal", case="", area=area,
        unit="drainage", channels=["sms"], channel="sms", state="dead", code="", asked_at=1,
        send_at=1, group="", level=0, unread_after_s=0, round=0, provider_id="",
        policy_version="", seq=1, open=False,
    )  # fmt: skip


# --- what is asked ----------------------------------------------------------------------------


def command(name, role, where, city):
    """Return a command of a role about something that lies inside or outside."""
    case, report_, area = f"case:hotline:m-{where}", f"report:hotline:m-{where}", AREAS[where]
    unit, now = city.engine.rows.get(CASES, case).unit or "drainage", city.clock.now()
    made = {
        "AddEvidence": lambda: AddEvidence(case=case, kind="text", text="it is so"),
        "AdoptPolicy": lambda: waiting(city, where)[f"policy_maker-{where}"],
        "DecideApproval": lambda: DecideApproval(
            approval=f"approval:{role if role in APPROVERS else 'duty_officer'}-{where}",
            approved=False, reason="",
        ),
        "DecideProposal": lambda: DecideProposal(proposal="none", accepted=True, reason="x"),
        "DecideResponse": lambda: DecideResponse(
            proposal=f"response:{where}", approved=True, reason="x"
        ),
        "DecideRoute": lambda: DecideRoute(
            case=f"case:hotline:n-{where}", unit="lights", reason="near"
        ),
        "ErasePerson": lambda: ErasePerson(person="person:2", ground="asked for"),
        "FinishTask": lambda: FinishTask(case=case, unit=unit, outcome="", text="", at=now),
        "GiveGrant": lambda: GiveGrant(
            grant=f"new{role.replace('_', '')[:12]}{where}", account="account:new",
            role="citizen", area=area,
        ),
        "IssueIncidentReport": lambda: IssueIncidentReport(case=case, series="word"),
        "ReadNotice": lambda: ReadNotice(notice=f"notice:{where}"),
        "RetryNotice": lambda: RetryNotice(notice=f"notice:{where}"),
        "SetContact": lambda: SetContact(holder="unit:drainage", way="phone", address="12345"),
        "RemoveContact": lambda: RemoveContact(holder="unit:drainage", way="phone"),
        "RateReport": lambda: RateReport(
            report=report_, solved=True, satisfied=True, text="", at=now
        ),
        "CallBack": lambda: CallBack(
            report=report_, reached=False, solved=None, satisfied=None, text="", at=now
        ),
        "ReceiveReport": lambda: msgspec.convert(report(f"x-{where}", area=area), ReceiveReport),
        "ReportCrew": lambda: ReportCrew(unit=unit, state="free", place=None, case="", at=now),
        "ReportWork": lambda: ReportWork(
            report=report_, unit=unit, outcome="", duplicate_of="", text="", at=now
        ),
        "ReturnCase": lambda: ReturnCase(case=case, unit=unit, reason="x"),
        "ConfirmSighting": lambda: ConfirmSighting(
            report=waiting_report(where), confirmed=False
        ),
        "DecideTriage": lambda: DecideTriage(report=waiting_report(where), type="x"),
        "TakeReport": lambda: TakeReport(
            channel="grid_officer", text="a hole", where=Where(area=area)
        ),
        "VerifyCase": lambda: VerifyCase(case=case, by_unit="inspection", passed=True, reason=""),
        "ImportRoster": lambda: ImportRoster(
            source="x", persons={}, shifts=[], away=[],
            days=[DaysOfUnit(unit="lights", from_day="2026-05-04", until_day="2026-05-04")],
        ),
        "NameStandIn": lambda: NameStandIn(person="duty:x", from_at=1, until_at=2),
        "EndStandIn": lambda: EndStandIn(person="duty:x", from_at=1),
        "WithdrawGrant": lambda: WithdrawGrant(grant=f"some{where}", reason="x"),
        "MergeReports": lambda: city.server.commands["MergeReports"](
            incident="incident:" + report_.partition(":")[2],
            into="incident:" + report_.partition(":")[2],
            reason="x",
        ),
        "SplitReport": lambda: city.server.commands["SplitReport"](report=report_, reason="x"),
    }  # fmt: skip
    if name in made:
        return made[name]()
    shape = city.server.commands[name]
    if "case" in shape.__struct_fields__:
        given = {
            "case": case, "unit": unit, "lead": unit, "report": report_, "part": 1, "shares": [],
            "until": now, "review": now, "form": {}, "reached": True, "granted": True,
            "upheld": True, "against": "verdict", "limit": "1 working_days",
        }  # fmt: skip
        return shape(**{one: given.get(one, "x") for one in shape.__struct_fields__})
    return shape(**{one: area if one == "area" else "x" for one in shape.__struct_fields__})


APPROVERS = ("duty_officer", "leader", "data_steward", "policy_maker")


def passes_engine(city, name, role, account, where):
    """Tell whether the engine's gate lets a command through, whatever becomes of it then."""
    outcome = city.engine.execute(command(name, role, where, city), actor=account)
    city.engine.commit()
    city.engine.settle()
    assert outcome.refused is None or isinstance(outcome.refused, Rejected), (name, outcome)
    return not isinstance(outcome.refused, Forbidden)


async def passes_door(http, door, account, where):
    """Tell whether a door answers, and with what lies there rather than as if it were not."""
    method, path = door.split(" ")
    area = AREAS[where]
    path = path.replace("{incident:path}", f"incident:hotline:m-{where}")
    path = (
        path.replace("{series}", "first")
        .replace("{case:path}", f"case:hotline:m-{where}")
        .replace("{sensor}", where)
    )
    path = path.replace("{report:path}", f"report:hotline:m-{where}").replace("{code}", "0" * 16)
    path = (
        path.replace("{upload}", "0" * 32)
        .replace("{digest}", DIGESTS[where])
        .replace("{move}", "accept")
    )
    path = path.replace("{path:path}", "index.html").replace("{name}", "Nothing")
    path = path.replace("{account}", "0" * 16)
    path = path.replace("{figure}", "filed")
    path = path.replace("{sign}", "rain").replace("{lang}", "zh")
    query = {
        "/api/v1/trace": f"?fact=case:hotline:m-{where}",
        "/api/v1/cases": f"?area={area}",
        "/api/v1/desk": f"?area={area}",
        "/api/v1/figures": f"?area={area}&by=area&from=2026-01-01",
        "/api/v1/figures/filed/cases": f"?area={area}&from=2026-01-01",
        "/api/v1/grants": f"?area={area}",
        "/api/v1/duty": "?unit=lights",
    }.get(path, f"?area={area}" if "/sensing/signs" in path or "/sensing/feeds" in path else "")
    method = "HEAD" if path == "/stream" else method
    answer = await http.request(method, path + query, headers=as_(account))
    assert answer.status_code < 500, (door, answer.text)
    if answer.status_code == 403:
        return False
    seen = {
        "/api/v1/live": f"case:hotline:m-{where}",
        "/api/v1/cases": f"case:hotline:m-{where}",
        "/api/v1/grants": f"some{where}",
        "/api/v1/figures": '"narrows":{"area"',
        "/api/v1/figures/filed/cases": f"case:hotline:m-{where}",
        "/api/v1/desk": waiting_report(where),
        "/api/v1/notices": f"notice:{where}",
        "/api/v1/approvals": f"approval:duty_officer-{where}",
    }.get(path)
    if seen is not None:
        return seen in answer.text
    hidden = door in HIDDEN or "sensors" in path
    return not (hidden and answer.status_code == 404)


# --- the test ---------------------------------------------------------------------------------


def test_every_route_and_every_command_has_its_line(city):
    doors = {f"{door.method} {door.path}" for door in (*city.api.doors, *city.doors)}
    assert set(CELLS) == {*doors, *city.server.commands}


def test_every_role_has_its_column_and_every_cell_is_one_of_four():
    for door, cells in CELLS.items():
        assert set(cells) == set(ROLES), door
        assert set(cells.values()) <= set(ALLOWED), door


def expected(cell, door):
    """Return what is expected of a cell; a stream's answer has no content to look into."""
    inside, outside, *city = ALLOWED[cell]
    return (inside, inside if door == "GET /stream" else outside, *city)


def asked(role):
    return [
        (f"account:{role}.{reach}", where)
        for reach in ("in", "city")
        for where in ("inside", "outside")
    ]


@pytest.mark.parametrize("role", list(ROLES))
def test_every_door_lets_through_whom_it_should(city, role):
    doors = [door for door in CELLS if " " in door]

    async def story(http):
        return {
            door: tuple([await passes_door(http, door, *one) for one in asked(role)])
            for door in doors
        }

    found = city.calls(story)
    assert found == {door: expected(CELLS[door][role], door) for door in doors}


@pytest.mark.parametrize("role", list(ROLES))
def test_the_engine_lets_through_whom_it_should(city, role):
    names = [name for name in CELLS if " " not in name]
    found = {
        name: tuple(passes_engine(city, name, role, *one) for one in asked(role)) for name in names
    }
    assert found == {name: expected(CELLS[name][role], name) for name in names}


def test_the_permissions_of_roles_are_what_doors_and_commands_need(city):
    needs = {door.needs for door in (*city.api.doors, *city.doors)}
    needs |= {one.NEEDS for one in city.server.commands.values()}
    of_the_line = {"audit:read", "audit:verify"}
    assert (needs - {OWN, "session:open"}) | of_the_line == PERMISSIONS
