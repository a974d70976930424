"""Whatever comes in at any door, described or not, no answer is a failure of the server."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
import schemathesis
from desk import DUTY, SESSION, open_security, sign_in
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from chengyun.api.describing import ABOUT
from chengyun.api.entering import PAGE_HEADER

EXAMPLES = int(os.environ.get("CHENGYUN_FUZZ", "8"))
"""Requests a door; more look deeper."""

FUZZED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzzed") / "store"
    log = (folder.parent / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "whole_city.py"), str(folder), "--sign-in"],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    first = process.stdout.readline()
    assert first.startswith("http://"), (folder.parent / "log").read_text()
    yield [*first.split(), folder]
    assert process.poll() is None, (folder.parent / "log").read_text()[-3000:]
    process.terminate()
    assert process.wait(20) == 0
    said = (folder.parent / "log").read_text()
    assert '"trace"' not in said, "something failed that was answered otherwise"


def entered(served):
    """Return the headers of a service that may do what many roles may."""
    return {"Authorization": f"Bearer {served[2]}"}


@pytest.fixture(scope="module")
def interface(served):
    url = f"{served[0]}/api/v1/openapi.json"
    return schemathesis.openapi.from_url(url, headers=entered(served)).exclude(path="/stream")


class Browser:
    """Somebody who signed in at a browser: cookie and token of the page, anew where it ended."""

    def __init__(self, served, login):
        self._store, self._login = served[3], login
        self._http = httpx.Client(base_url=served[0], timeout=30)

    def headers(self):
        if self._http.get(SESSION).status_code != 200:
            self._http.cookies.clear()
            sign_in(self._store, self._http, self._login)
        cookies = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        return {"Cookie": cookies, PAGE_HEADER: self._http.headers[PAGE_HEADER]}


@pytest.fixture(scope="module")
def browsers(served):
    """Return who works at a desk, and who opens accounts for others."""
    return [Browser(served, login) for login in (DUTY, open_security(served[3]))]


def test_no_door_fails(interface, served, browsers):
    """Without login, with keys of a feed and a service, with sessions: no answer is 5xx."""
    doors = 0
    reached = Counter()
    for operation in interface.get_all_operations():
        doors += 1
        _fuzzed(operation.ok(), served, browsers, reached)
    assert doors > 55
    assert reached["session"] > doors / 3, "the sessions were let in nowhere"


def _fuzzed(operation, served, browsers, reached):
    ways = [{}, *({"Authorization": f"Bearer {key}"} for key in served[1:3])]
    ways += [browser.headers() for browser in browsers]

    @given(operation.as_strategy(), st.sampled_from([*range(len(ways)), 2]))
    @FUZZED
    def sent(case, way):
        checks = [not_a_server_error]
        answer = case.call_and_validate(checks=checks, headers=ways[way], timeout=30)
        if "Cookie" in ways[way] and answer.status_code not in (401, 403):
            reached["session"] += 1

    sent()


NUMBERS = (2**63 - 1, -(2**63), 2**62, 2**70, 0, -1)
TEXTS = (
    "", "\0", "\uffff", "x" * 30_000, "'; DROP TABLE facts; --", "<script>alert(1)</script>",
    "../../etc/passwd", "%00%2e%2e", "\u202egnp.exe", "\U0001f469\u200d\U0001f467", "{{7*7}}",
)  # fmt: skip
PLACE = {"lon_e7": 1_214_800_000, "lat_e7": 312_300_000}
CROSSING = {"sign": "s", "area": "319901", "kind": "raised", "level": "red", "value_micro": 1,
            "window_s": 1, "coverage_ppm": 1}  # fmt: skip


def words_of(http):
    """Return commands that are taken as they stand, each with every field filled."""
    city, units = http.get("/api/v1/city").json(), http.get("/api/v1/units").json()["units"]
    types, area = http.get("/api/v1/types").json()["types"], city["root_area"]
    now = time.time_ns() // 1_000
    report = {"feed": "hotline", "file": "f", "row": 1, "id": "deep", "opened_at": now,
              "due_at": now + 10**10, "type": types[0]["code"], "title": "t", "text": "x",
              "channel": "app", "area": area, "place": PLACE, "place_text": "p",
              "attributes": {"a": "b"}, "notes": ["n"],
              "personal": {"phone": "1", "id_card": "2"}}  # fmt: skip
    work = {"report": "report:hotline:deep", "unit": units[-1]["code"], "outcome": "resolved",
            "duplicate_of": "", "text": "t", "at": now}  # fmt: skip
    return {
        "ReceiveReport": report,
        "ReportWork": work,
        "RateReport": {"report": work["report"], "solved": False, "satisfied": False, "text": "t",
                       "at": now},
        "ReceiveObservation": {"feed": "rain", "id": "o", "area": area, "value_micro": 5,
                               "from_at": now - 10**9, "until_at": now},
        "KeepRefused": {"feed": "hotline", "file": "f", "row": 2, "at": now, "field": "id",
                        "code": "missing", "params": {"field": "id"}, "raw": "raw"},
        "ReportCrew": {"unit": units[-1]["code"], "state": "free", "place": PLACE, "case": "",
                       "at": now},
        "RecordCrossings": {"tick": 1, "part": 0, "at": now, "segment": 1, "offset": 1,
                            "crossings": [CROSSING]},
        "RecordSilences": {"tick": 1, "part": 0, "at": now,
                           "silent": [{"count": 1, "sensors": ["s"]}], "spoken": []},
        "AdoptPolicy": {"version": city["policy_version"], "pack": "p", "effective_from": now,
                        "scope": area, "owner": "o"},
        "ErasePerson": {"person": "nobody", "ground": "g"},
        "IssueFeedKey": {"key": "deepdeep", "feed": "gateways", "digest": "0" * 64,
                         "expires_at": now},
        "VerifyCase": {"case": "case:hotline:deep", "by_unit": units[0]["code"], "passed": True,
                       "reason": "r"},
        "MergeReports": {"incident": "incident:x", "into": "incident:y", "reason": "r"},
        "SplitReport": {"report": work["report"], "reason": "r"},
        "Receive": {"source": "s", "source_seq": 1, "source_id": "i", "source_hash": "h",
                    "kind": "FiguresShared", "happened_at": now, "area": area, "content": "{}"},
    }  # fmt: skip


def bent(fields):
    """Yield the fields with one of them bent, at every depth."""
    for name, value in fields.items():
        if isinstance(value, bool):
            continue
        if isinstance(value, int):
            yield from (fields | {name: one} for one in NUMBERS)
        elif isinstance(value, str):
            yield from (fields | {name: one} for one in TEXTS)
        elif isinstance(value, dict):
            yield from (fields | {name: one} for one in bent(value))
        elif value and isinstance(value[0], dict):
            yield from (fields | {name: [one]} for one in bent(value[0]))
        elif isinstance(value, list):
            yield from (fields | {name: [one] * 3} for one in TEXTS)


def test_no_command_that_is_nearly_right_fails_and_the_engine_goes_on(served):
    with httpx.Client(base_url=served[0], headers=entered(served), timeout=30) as http:
        for name, fields in words_of(http).items():
            for number, one in enumerate([fields, *bent(fields)]):
                more = {"id": f"deep{number}"} if number and one.get("id") == "deep" else {}
                answer = http.post(f"/api/v1/commands/{name}", json=one | more)
                assert answer.status_code < 500, (name, one, answer.text)
        for path in ("live", "public/figures", "audit/looks", "cases/case:hotline:deep"):
            assert http.get(f"/api/v1/{path}").status_code < 500
        for number in range(0, 120, 7):
            fact = {"fact": f"report:hotline:deep{number}"}
            assert http.get("/api/v1/trace", params=fact).status_code < 500
        assert http.get("/readyz").json()["store"]["writable"]


@given(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40),
        st.integers().map(str),
    )
)
@FUZZED
def test_no_cursor_of_the_stream_fails(served, cursor):
    with (
        httpx.Client(base_url=served[0], headers=entered(served), timeout=30) as http,
        http.stream("GET", "/stream", params={"cursor": cursor}) as answer,
    ):
        assert answer.status_code < 500


@pytest.mark.parametrize(
    "path",
    ["/api/v1/commands/NoSuchCommand", "/api/v1/commands/..%2f..%2fetc", "/..%2f..%2fetc/passwd",
     "/map/..%2f..%2fkeyring", "/%00", "/api/v1/cases/%ff%fe", "/assets/%2e%2e/%2e%2e/live.py"],
)  # fmt: skip
def test_a_way_that_leads_nowhere_is_refused(served, path):
    with httpx.Client(base_url=served[0], headers=entered(served), timeout=30) as http:
        for method in ("GET", "POST", "PUT", "TRACE"):
            answer = http.request(method, path, content=b"{}" if method == "POST" else None,
                                  headers={"Content-Type": "application/json"})  # fmt: skip
            assert 400 <= answer.status_code < 500, (method, path, answer.status_code)


def test_every_command_and_every_door_is_described(served):
    with httpx.Client(base_url=served[0], headers=entered(served), timeout=30) as http:
        paths = http.get("/api/v1/openapi.json").json()["paths"]
        commands = http.get("/api/v1/commands").json()["commands"]
    found = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    sent = {f"POST /api/v1/commands/{name}" for name in commands}
    provided = {"GET /api/v1/session/provider", "GET /api/v1/session/provider/back"}
    assert found - sent == set(ABOUT) - provided - {"POST /api/v1/commands/{name}"}
    assert sent <= found
