"""``chengyun serve`` as a process: command in, change on the stream, killed, started again."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time

import httpx
import pytest
from desk import sign_in
from replaying import BOSTON, chengyun

WAIT_S = 20.0


class Serving:
    """A serving process and its address."""

    def __init__(self, store, *more, before=None):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "chengyun", "serve", str(store), "--pack", str(BOSTON)),
                *("--port", "0", "--log", "json", *more),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self.process.stdout.readline()
        assert "http://" in first, first + self.process.stderr.read()
        self.store = store
        self.url = first.split()[1].rstrip("/")
        self.http = httpx.Client(base_url=self.url, timeout=WAIT_S)
        if before is None:
            sign_in(store, self.http)
        else:  # who was in before stays in
            self.http.cookies.update(before.http.cookies)
            self.http.headers.update(before.http.headers)

    def reports(self, id_):
        fields = {
            "feed": "requests", "file": "http", "row": 1, "id": id_,
            "opened_at": time.time_ns() // 1_000, "due_at": None, "type": "Graffiti Removal",
            "title": "Graffiti", "text": "", "channel": "app", "area": "Allston",
            "place": {"lon_e7": -711_000_000, "lat_e7": 423_500_000}, "place_text": "",
            "attributes": {}, "personal": {}, "notes": [],
        }  # fmt: skip
        answer = self.http.post("/api/v1/commands/ReceiveReport", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["facts"]

    def live(self):
        return self.http.get("/api/v1/live").json()

    def events(self, cursor, *, resumed=False):
        """Yield the events of a stream; one that is resumed says where by its last id."""
        given = {"headers": {"Last-Event-ID": str(cursor)}} if resumed else {}
        query = {} if resumed else {"cursor": cursor}
        with self.http.stream("GET", "/stream", params=query, **given) as answer:
            fields = {}
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    if "event" in fields:
                        yield fields["event"], fields.get("id"), json.loads(fields["data"])
                    fields = {}

    def first(self, kind, cursor, *, resumed=False):
        until = time.monotonic() + WAIT_S
        with contextlib.closing(self.events(cursor, resumed=resumed)) as events:
            for found, id_, data in events:
                if found == kind:
                    return id_, data
                assert time.monotonic() < until
        raise AssertionError(f"the stream ended without {kind}")

    def end(self, number):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=WAIT_S)
        self.http.close()
        return self.process.returncode, out, err


@pytest.fixture
def serving(tmp_path):
    made = []

    def started(*more, before=None):
        made.append(Serving(tmp_path / "store", *more, before=before))
        return made[-1]

    yield started
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate(timeout=WAIT_S)


def test_a_report_is_seen_on_the_stream_and_survives_a_kill(serving, tmp_path):
    city = serving()
    before = city.live()
    assert before["rows"]["cases"] == []
    assert city.reports("a1") == ["report:requests:a1"]
    id_, data = city.first("rows", before["cursor"])
    assert [row["case"] for row in data["put"]["cases"]] == ["case:requests:a1"]

    city.reports("a2")
    resumed_id, resumed = city.first("rows", id_, resumed=True)
    assert int(resumed_id) > int(id_)
    assert resumed["put"]["feeds"][0]["taken"] == 2
    _, clock = city.first("clock", id_)
    assert clock["pace"] == {"rate": 1.0, "paused": False}
    shown = city.live()
    assert city.end(signal.SIGKILL)[0] == -signal.SIGKILL

    again = serving(before=city)
    after = again.live()
    assert after["rows"]["cases"] == shown["rows"]["cases"]
    assert after["cursor"] >= shown["cursor"]
    again.first("reset", id_)  # a ring begins with the process: an older cursor is too old
    assert again.reports("a3") == ["report:requests:a3"]
    chain = again.http.get("/api/v1/trace", params={"fact": "report:requests:a1"}).json()["chain"]
    assert "CaseFiled" in {fact["kind"] for fact in chain}
    code, out, err = again.end(signal.SIGTERM)
    assert code == 0, err
    assert "everything acknowledged is on disk" in out
    logged = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in logged] == ["started", "command", "stopped"]
    assert logged[1]["facts"] == ["report:requests:a3"]
    chengyun("audit", "verify", tmp_path / "store")


def test_an_open_stream_ends_when_the_server_stops(serving):
    city = serving()
    cursor = city.live()["cursor"]
    with contextlib.closing(city.events(cursor)) as events:
        assert next(events)[0] == "clock"
        started = time.monotonic()
        city.process.send_signal(signal.SIGTERM)
        assert all(kind == "clock" for kind, _, _ in events)
    assert city.process.wait(timeout=WAIT_S) == 0
    assert time.monotonic() - started < 5


def test_the_local_socket_is_a_door_of_the_same_engine(serving, tmp_path):
    city = serving()
    done = chengyun("send", tmp_path / "store", "ErasePerson", '{"person": "p", "ground": "g"}')
    assert done.stdout.strip() == "erased:p"
    found = city.http.get("/api/v1/trace", params={"fact": "erased:p"}).json()["chain"]
    assert found[0]["actor"].startswith("person:")


def test_what_cannot_be_served_says_why_and_what_to_do(serving, tmp_path):
    city = serving()
    port = city.url.rpartition(":")[2]
    more = ("--pack", BOSTON, "--port")
    taken = chengyun("serve", tmp_path / "other", *more, port, code=1)
    assert "another --port" in taken.stderr
    held = chengyun("serve", tmp_path / "store", *more, "0", code=None)
    assert held.returncode != 0
    assert "Traceback" not in held.stderr
    assert str(city.process.pid) in held.stderr
    far = chengyun("serve", tmp_path / "other", *more, "0", "--host", "0.0.0.0", code=1)
    assert "SSH tunnel" in far.stderr
    far = chengyun("serve", tmp_path / "other", *more, "0", "--host", "0.0.0.0",
                   "--tls-proxy", "10.0.0.1", code=1)  # fmt: skip
    assert "--name" in far.stderr
