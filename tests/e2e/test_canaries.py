"""Canary values planted wherever something is personal: they appear nowhere without authority."""

import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from replaying import chengyun

NAME, SHORT = "Canary-Zhang-Sanfeng-7731", "Qzxvy"
PHONE, IN_TEXT = "13877316642", "13977316643"
ID_CARD, MAIL = "310101199001017731", "canary7731@example.org"
RATED, RAW, VALUE = "rated-canary-7731", "raw-canary-7731", "value-canary-7731"
CANARIES = (NAME, SHORT, PHONE, IN_TEXT, ID_CARD, MAIL, RATED, RAW, VALUE)
REPORT, CASE = "report:hotline:c1", "case:hotline:c1"
PACK = Path(__file__).parents[1] / "scenario" / "pack"


def found_in(content):
    text = content if isinstance(content, bytes) else content.encode()
    forms = {one: {one, one.lower(), quote(one), one[::-1]} for one in CANARIES}
    return [one for one, some in forms.items() if any(form.encode() in text for form in some)]


class Whole:
    """A city with every door, in which canaries were planted."""

    def __init__(self, folder):
        self.store, self.log = folder / "store", folder / "log"
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "whole_city.py"), str(self.store)],
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
        )
        first = self.process.stdout.readline()
        assert first.startswith("http://"), self.log.read_text()
        self.url, self.key, _ = first.split()
        self.http = httpx.Client(base_url=self.url, timeout=60)
        self.cursor = self.http.get("/api/v1/live").json()["cursor"]
        self._plant()

    def sends(self, name, **fields):
        answer = self.http.post(f"/api/v1/commands/{name}", json=fields)
        assert answer.status_code == 200, answer.text
        assert found_in(answer.content) == []

    def _plant(self):
        now = time.time_ns() // 1_000
        units = self.http.get("/api/v1/units").json()["units"]
        kind = self.http.get("/api/v1/types").json()["types"][0]["code"]
        area = self.http.get("/api/v1/city").json()["root_area"]
        self.sends(
            "ReceiveReport", feed="hotline", file="f", row=1, id="c1", opened_at=now,
            due_at=None, type=kind, title=f"call {IN_TEXT}", text=f"or write to {MAIL}",
            channel="phone", area=area, place=None, place_text=f"at {IN_TEXT}",
            attributes={"note": MAIL}, notes=[f"unknown_area:{ID_CARD}"],
            personal={"name": NAME, "nick": SHORT, "phone": PHONE, "id_card": ID_CARD},
        )  # fmt: skip
        params = {"field": "opened_at", "value": VALUE, "reason": ID_CARD}
        self.sends(
            "KeepRefused", feed="hotline", file="f", row=2, at=now, field="opened_at",
            code="bad_time", params=params, raw=f"{RAW},{PHONE}",
        )  # fmt: skip
        work = {"unit": units[-1]["code"], "outcome": "resolved", "duplicate_of": ""}
        self.sends("ReportWork", report=REPORT, text=f"told {IN_TEXT}", at=now, **work)
        row = {"sensor": "nobody", "at": now, "value": f"call {IN_TEXT}"}
        key = {"Authorization": f"Bearer {self.key}"}
        self.http.post("/ingest/v1/observations", json=[row], headers=key)
        rate = {"report": REPORT, "solved": False, "satisfied": False, "at": now}
        self.sends("RateReport", text=f"{RATED} {PHONE}", **rate)

    def close(self):
        self.http.close()
        self.process.terminate()
        assert self.process.wait(20) == 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    city = Whole(tmp_path_factory.mktemp("canaries"))
    yield city
    if city.process.poll() is None:
        city.close()


def test_they_are_there_for_who_has_the_authority(whole):
    """Else this file would prove nothing; and the look itself tells nothing further."""
    look = {"fact": REPORT, "fields": ["name", "phone", "id_card"], "purpose": "emergency"}
    answer = whole.http.post("/api/v1/personal", json=look | {"ground": f"call {IN_TEXT}"})
    assert found_in(answer.content) == [NAME, PHONE, ID_CARD]
    assert answer.headers["cache-control"] == "no-store"


def test_no_door_shows_one(whole):
    paths = whole.http.get("/api/v1/openapi.json").json()["paths"]
    names = [REPORT, CASE, f"sensitive:{REPORT}", "refused:hotline:f:2", f"rated:{REPORT}:0"]
    walked = 0
    for path, methods in paths.items():
        if "get" not in methods or path == "/stream":
            continue
        for name in names if "{" in path or "fact" in str(methods["get"]["parameters"]) else [""]:
            filled = path
            for one in methods["get"]["parameters"]:
                filled = filled.replace(f"{{{one['name']}}}", quote(name, safe=""))
            answer = whole.http.get(filled, params={"fact": name, "person": name} if name else {})
            assert answer.status_code < 500
            assert found_in(answer.content) == [], (filled, name)
            assert found_in(repr(answer.headers)) == []
            walked += 1
    assert walked > 60
    case = whole.http.get(f"/api/v1/cases/{quote(CASE, safe='')}").json()
    assert case["members"][0]["personal"] == {
        "name": "***", "nick": "Q**", "phone": "138****6642", "id_card": "***",
    }  # fmt: skip


def test_no_stream_shows_one(whole):
    seen = b""
    cursor = {"cursor": whole.cursor}
    with whole.http.stream("GET", "/stream", params=cursor) as answer:
        until = time.monotonic() + 5
        for chunk in answer.iter_raw():
            seen += chunk
            if seen.count(b"event: clock") > 1 or time.monotonic() > until:
                break
    assert b"case:hotline:c1" in seen
    assert found_in(seen) == []


@pytest.mark.parametrize(
    "look",
    [
        {"fact": REPORT, "fields": ["name"], "purpose": "curious", "ground": "none"},
        {"fact": REPORT, "fields": ["nothing"], "purpose": "call_back", "ground": "none"},
        {"fact": REPORT, "fields": ["id_card"], "purpose": "call_back", "ground": "none"},
        {"fact": "refused:hotline:f:2", "fields": ["raw"], "purpose": "call_back", "ground": "no"},
        {"fact": REPORT, "fields": ["name"], "purpose": "call_back"},
    ],
)
def test_no_refused_look_shows_one(whole, look):
    answer = whole.http.post("/api/v1/personal", json=look)
    assert 400 <= answer.status_code < 500
    assert found_in(answer.content) == []


def test_no_error_quotes_one(whole):
    """A command that is refused for one field does not tell what stood in another."""
    wrong = (
        {"personal": {"name": 7, "phone": PHONE}},
        {"personal": {"name": NAME}, "row": NAME},
        {"personal": {"name": NAME}, "place": {"lon_e7": NAME, "lat_e7": 1}},
    )
    for fields in wrong:
        answer = whole.http.post("/api/v1/commands/ReceiveReport", json=fields)
        assert answer.status_code == 422
        assert found_in(answer.content) == []
    bad = f'{{"personal": {{"name": "{NAME}"'.encode()
    answer = whole.http.post(
        "/api/v1/commands/ReceiveReport", content=bad, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, found_in(answer.content)) == (400, [])


def test_no_command_line_shows_one(whole):
    for name in (REPORT, CASE, "refused:hotline:f:2", f"rated:{REPORT}:0"):
        for more in ((), ("--json",)):
            said = chengyun("trace", whole.store, name, *more)
            assert (said.returncode, found_in(said.stdout + said.stderr)) == (0, [])
    whole.close()
    commands = (
        ("doctor", whole.store, "--verify"),
        ("doctor", whole.store, "--json"),
        ("audit", "verify", whole.store, "--json"),
        ("audit", "state-hash", whole.store),
        ("feeds", "--refused", whole.store),
        ("feeds", "--refused", whole.store, "--json"),
        ("rebuild", whole.store, "--json"),
    )
    for words in commands:
        said = chengyun(*words)
        assert found_in(said.stdout + said.stderr) == [], words
    chengyun("backup", whole.store, "--out", whole.store.parent / "copy.tar.gz")
    assert found_in(whole.log.read_bytes()) == [], "the log"


def test_what_is_sealed_stands_nowhere_on_the_disk_in_clear(whole):
    """What people wrote freely does (it is no seal), so only what was sealed is looked for."""
    sealed = {NAME, SHORT, PHONE, RATED, RAW, VALUE}
    files = [one for one in whole.store.parent.rglob("*") if one.is_file()]
    assert len(files) > 5
    for path in files:
        assert sealed.isdisjoint(found_in(path.read_bytes())), path


def test_no_page_or_table_of_a_replay_shows_one(tmp_path):
    rows = tmp_path / "calls.csv"
    header = (
        "number", "received", "type", "subject", "words", "area", "caller", "done", "done_by",
        "result",
    )  # fmt: skip
    quarter, day = "319901001001", "2026-05-03 09:00"
    lines = [
        ("1", "2026-05-02 09:00", "manhole", "gone", IN_TEXT, quarter, NAME, day, "roads", "done"),
        ("2", VALUE, "manhole", RAW, "", quarter, PHONE, "", "", ""),
        ("3", "2026-05-02 10:00", ID_CARD, RAW, "", quarter, SHORT, "", "", ""),
    ]
    rows.write_text("".join(",".join(line) + "\n" for line in (header, *lines)))
    out = tmp_path / "out"
    said = chengyun("replay", PACK, "--requests", rows, "--out", out)
    assert said.returncode == 0, said.stderr
    assert found_in(said.stdout + said.stderr) == []
    written = [one for one in out.rglob("*") if one.is_file()]
    assert len(written) > 4
    for path in written:
        leaked = [one for one in found_in(path.read_bytes()) if one != IN_TEXT]
        assert leaked == [], path
        if "store" not in path.parts:
            assert found_in(path.read_bytes()) == [], path
