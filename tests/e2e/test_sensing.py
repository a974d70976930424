"""Sensors through the public doors: keys, batches, signs, warnings; killed under load."""

from __future__ import annotations

import gzip
import json
import math
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pyarrow as pa
import pytest
from desk import sign_in
from replaying import chengyun

from chengyun.adapters.local.frames import Request, ask
from chengyun.adapters.segments.frames import FrameKind, frame_at, linked_at
from chengyun.adapters.segments.records import group_of
from chengyun.guard.keys import digest_of
from chengyun.kernel import limits

LINJIANG = Path(__file__).parents[2] / "cities" / "linjiang"
WAIT_S = 90.0
OBSERVATIONS, SENSORS = "/ingest/v1/observations", "/ingest/v1/sensors"


def now_us():
    return time.time_ns() // 1_000


class City:
    """A serving process, its store and the key of a feed."""

    def __init__(self, store, feed="gateways", pack=LINJIANG):
        self.store, self.feed, self.pack = store, feed, pack
        self.start()
        self.key = self.issued(feed)

    def start(self):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "chengyun", "serve", str(self.store)),
                *("--pack", str(self.pack), "--port", "0", "--log", "json"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self.process.stdout.readline()
        assert "http://" in first, first + self.process.stderr.read()
        self.http = httpx.Client(base_url=first.split()[1].rstrip("/"), timeout=WAIT_S)
        sign_in(self.store, self.http)

    def issued(self, feed, *more):
        answer = chengyun("key", "issue", self.store, "--feed", feed, "--json", *more)
        return json.loads(answer.stdout)["key"]

    def sends(self, content, kind="application/json", *, key=None, to=OBSERVATIONS, **headers):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"Authorization": f"Bearer {key or self.key}", "Content-Type": kind, **headers}
        return self.http.post(to, content=content, headers=given)

    def registers(self, *sensors):
        answer = self.sends([{"feed": self.feed, **one} for one in sensors], to=SENSORS)
        assert answer.status_code == 200, answer.text
        assert answer.json()["refused"] == [], answer.text
        return answer.json()

    def sign(self, name, area):
        answer = self.http.get(f"/api/v1/sensing/signs/{name}", params={"area": area})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def waits_for(self, what, seconds=20.0):
        until = time.monotonic() + seconds
        while not (found := what()):
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.2)
        return found

    def warnings(self):
        return {
            (row["sign"], row["area"]): row
            for row in self.http.get("/api/v1/live").json()["rows"]["warnings"]
        }

    def ends(self, number):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=WAIT_S)
        self.http.close()
        return out, err

    def frames(self):
        """Read the log as a separate process would: never touching it."""
        for path in sorted((self.store / "stream" / "log").glob("*.seg")):
            content = memoryview(path.read_bytes())
            at, before = 0, linked_at(content, 0)
            while (frame := frame_at(content, at, before)) is not None:
                at, before = frame.end, frame.checksum
                yield frame

    def rows_on_disk(self):
        rows = []
        for frame in self.frames():
            if frame.kind is FrameKind.GROUP:
                group, _ = group_of(frame.payload)
                rows += zip(group.handle.tolist(), group.at.tolist(), strict=True)
        return rows


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def city(store):
    made = City(store)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.communicate(timeout=WAIT_S)


N1, N2 = "319901001001", "319901001002"


def gas(id_, area=N1, **more):
    return {"id": id_, "property": "gas_detector", "area": area, **more}


def said(*rows):
    return [{"sensor": sensor, "at": at, "value": value} for sensor, at, value in rows]


def arrow_of(**columns):
    batch = pa.record_batch({name: pa.array(column) for name, column in columns.items()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def test_keys_formats_and_what_is_refused(city):
    # keys
    assert city.sends(said(), key="cy_00000000_" + "x" * 43).status_code == 403
    assert city.http.post(OBSERVATIONS, content=b"[]").json()["code"] == "no_key"
    other = city.issued("gateways", "--days", "1")
    assert city.sends(said(), key=other).status_code == 200
    assert (
        city.sends(said(), key=other[:-1] + ("A" if other[-1] != "A" else "B")).status_code == 403
    )
    chengyun("key", "revoke", city.store, other, "--reason", "lost")
    assert city.sends(said(), key=other).json()["code"] == "bad_key"
    assert chengyun("key", "issue", city.store, "--feed", "nobody", code=1).returncode == 1

    # every content type
    told = city.registers(*[gas(f"g{number}") for number in range(6)])
    first = told["handles"][0]
    at = now_us()
    iso = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at // 1_000_000))
    messages = [
        (said(("g0", at, 0.1)), "application/json"),
        ({"sensors": ["g1"], "at": [at], "value": [0.1]}, "application/json"),
        ({"handles": [first + 2], "at": [at], "value": [0.1], "register": told["register"]},
         "application/json"),
        ([{"n": "g3", "t": at / 1e6, "v": 0.1}], "application/senml+json"),
        (f"sensor,at,value\ng4,{iso},0.1\n".encode(), "text/csv"),
        (arrow_of(sensor=["g5"], at=[at], value=[0.1]), "application/vnd.apache.arrow.stream"),
    ]  # fmt: skip
    for content, kind in messages:
        answer = city.sends(content, kind)
        assert (answer.status_code, answer.json()["accepted"]) == (200, 1), answer.text
        assert city.sends(content, kind).json()["duplicate"] == 1, kind
    packed = gzip.compress(json.dumps(said(("g0", at + 1, 1))).encode())
    assert city.sends(packed, Content_Encoding="gzip").json()["accepted"] == 1

    # the same batch, and another one under its id
    batch = said(("g0", at + 2, 0.2), ("nobody", at, 1))
    answers = [city.sends(batch, Batch_Id="b-1").json() for _ in range(2)]
    assert [one["repeated"] for one in answers] == [False, True]
    assert [one["accepted"] for one in answers] == [1, 1]
    assert city.sends(said(("g0", at + 3, 0.2)), Batch_Id="b-1").status_code == 409
    assert city.sends(said(), Batch_Id="x" * 200).json()["code"] == "too_long"

    # bad rows are named, the rest is taken
    bad = [
        {"sensor": "g0", "at": at + 4, "value": "text"},
        {"sensor": "g0", "at": at + 5, "value": 1},
        {"sensor": "g0", "at": at + 10**9, "value": 1},
        {"sensor": "g0", "at": at - 366 * 86_400 * 10**6, "value": 1},
        {"sensor": "who", "at": at, "value": 1},
        {"sensor": "g0", "value": 1},
        {"sensor": "x" * 10**6, "at": at, "value": 1},
        {"sensor": "g1", "at": at + 6, "value": math.nan},
        {"sensor": "g1", "at": at + 7, "value": -math.inf},
        {"sensor": "g1", "at": at + 8, "value": 1e300},
        17,
    ]
    answer = city.sends(bad)
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == 1
    named = {one["index"]: one["code"] for one in answer.json()["rows"]}
    assert named == {
        0: "not_a_number", 2: "in_future", 3: "too_old", 4: "unknown_sensor", 5: "missing",
        6: "id_too_long", 7: "not_finite", 8: "not_finite", 9: "too_large", 10: "not_a_row",
    }  # fmt: skip

    # whole messages that are none
    whole = json.dumps(said(*[("g0", at + number, 1) for number in range(50)])).encode()
    for content, kind, more in [
        (whole[:-40], "application/json", {}),
        (b"\x00" * 100, "application/vnd.apache.arrow.stream", {}),
        (messages[-1][0][:150], "application/vnd.apache.arrow.stream", {}),
        (arrow_of(colour=["red"]), "application/vnd.apache.arrow.stream", {}),
        (b"a,b\n1,2\n", "text/csv", {}),
        (b"<xml/>", "text/xml", {}),
        (gzip.compress(bytes(10**9 // 4)), "application/json", {"Content_Encoding": "gzip"}),
        (b"not packed", "application/json", {"Content_Encoding": "gzip"}),
        (b" " * (limits.MAX_INGEST_BYTES + 1), "application/json", {}),
        ({"sensors": ["g0"] * 1_000_000, "at": [at] * 1_000_000, "value": [1] * 1_000_000},
         "application/json", {}),
    ]:  # fmt: skip
        answer = city.sends(content, kind, **more)
        assert 400 <= answer.status_code < 500, (kind, answer.status_code, answer.text[:300])
        assert answer.json()["code"], kind
    peak = Path(f"/proc/{city.process.pid}/status").read_text().split("VmHWM:")[1].split()[0]
    assert int(peak) < 2_500_000, "kB at most"
    assert city.sends(said(("g0", at + 9, 1))).json()["accepted"] == 1


def test_a_warning_of_sensors_from_value_to_unknown(city):
    city.registers(
        gas("gas-1", cadence_s=4), *[gas(f"b{n}", N2, gateway="gw", cadence_s=2) for n in range(30)]
    )
    at = now_us()
    city.sends(said(("gas-1", at, 6)))
    city.waits_for(lambda: ("gas_highest", N1) in city.warnings())
    warning = city.warnings()["gas_highest", N1]
    assert warning["level"] == "orange"
    told = city.sign("gas_highest", N1)
    assert told["value"]["value_micro"] == 6_000_000
    assert told["value"]["level"] == "orange"
    assert [one["id"] for one in told["sensors"]] == ["gas-1"]
    chain = chengyun("trace", city.store, warning["warning"]).stdout
    assert "WarningRaised" in chain
    assert "LevelsCrossed" in chain

    # a dead gateway is one fact; a silent sensor is unknown and so is its warning
    city.sends(said(*[(f"b{n}", at, 0.1) for n in range(30)]))
    city.waits_for(lambda: city.sign("gas_highest", N1)["value"]["value_micro"] is None, 40)
    city.waits_for(lambda: ("gas_highest", N1) not in open_ones(city), 20)
    city.waits_for(lambda: city.sign("gas_highest", N2)["speaking"] == 0, 20)
    cleared = facts_of(city, "WarningCleared")
    assert [one["code"] for one in cleared] == ["unknown"]
    silent = [group for one in facts_of(city, "SensorsFellSilent") for group in one["groups"]]
    behind = [group for group in silent if group.get("gateway") == "gw"]
    assert [group["count"] for group in behind] == [30]


def open_ones(city):
    return {key for key, row in city.warnings().items() if row.get("open", True)}


def facts_of(city, kind):
    path = next(city.store.glob("*.db"))
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
        rows = store.execute("select body from facts where kind = ? order by seq", (kind,))
        return [json.loads(body) for (body,) in rows]


def test_killed_under_load_nothing_acknowledged_is_lost_or_doubled(city):
    sensors = [f"s{number}" for number in range(200)]
    handles = dict(zip(sensors, city.registers(*map(gas, sensors))["handles"], strict=True))
    acknowledged, sent = set(), 0
    for _ in range(3):
        stopping = threading.Event()
        ledger = []

        def load(ledger=ledger, stopping=stopping):
            nonlocal sent
            while not stopping.is_set() and sent < 100_000:
                sent += 1
                at = now_us()
                rows = [(sensor, at, sent % 90 / 100) for sensor in sensors]
                for _ in range(2):  # sent again under its id: taken once
                    try:
                        answer = city.sends(said(*rows), Batch_Id=f"batch-{sent}")
                    except (httpx.HTTPError, RuntimeError):  # killed, or closed behind it
                        return
                    if answer.status_code == 200:
                        ledger.append([(handles[sensor], at) for sensor in sensors])

        sender = threading.Thread(target=load)
        sender.start()
        time.sleep(2.5)
        city.ends(signal.SIGKILL)
        stopping.set()
        sender.join(WAIT_S)
        acknowledged |= {row for rows in ledger for row in rows}
        on_disk = city.rows_on_disk()
        assert len(on_disk) == len(set(on_disk)), "doubled"
        assert acknowledged <= set(on_disk), "lost"
        city.start()
        sensor = city.http.get("/api/v1/sensing/sensors/s0").json()
        assert sensor["at"] == max(at for handle, at in on_disk if handle == handles["s0"])
    assert len(acknowledged) > 1_000
    last = city.http.get("/api/v1/sensing/sensors/s7").json()
    _, err = city.ends(signal.SIGTERM)
    assert city.process.returncode == 0, err
    assert list((city.store / "stream" / "snapshots").glob("*.snapshot"))
    city.start()
    assert city.http.get("/api/v1/sensing/sensors/s7").json() == last
    city.registers(gas("new-after-restart"))
    _, err = city.ends(signal.SIGTERM)
    opened = [json.loads(line) for line in err.splitlines() if "stream_open" in line]
    assert opened[0]["rows_played"] == 0
    chengyun("audit", "verify", city.store)


def test_a_backup_under_load_comes_back_with_everything_acknowledged(city, tmp_path):
    city.registers(*[gas(f"b{number}") for number in range(200)], gas("leak", N2))
    sent, running = [], threading.Event()

    def load():
        number = 0
        while not running.is_set():
            at = now_us()
            rows = said(*[(f"b{one}", at + number + one, 0.5) for one in range(200)])
            answer = city.sends(rows)
            assert answer.json()["accepted"] == 200, answer.text
            sent.append((len(sent), [row["at"] for row in rows]))
            number += 1

    sender = threading.Thread(target=load)
    sender.start()
    try:
        city.sends(said(("leak", now_us(), 60.0)))
        city.waits_for(city.warnings)
        city.waits_for(lambda: len(sent) > 20)
        acknowledged = [at for _, ats in list(sent) for at in ats]
        warned = city.warnings().keys()
        chengyun("backup", city.store, "--out", tmp_path / "one.tar.gz", "--verify")
        before = len(sent)
        city.waits_for(lambda: len(sent) > before + 5)
    finally:
        running.set()
        sender.join()
    assert city.ends(signal.SIGTERM)[0]
    live_rows = len(city.rows_on_disk())

    kept = ("--keyring", city.store / "keyring")
    told = chengyun("restore", tmp_path / "one.tar.gz", "--out", tmp_path / "back", *kept).stdout
    assert "stream lane: whole" in told
    sound = json.loads(chengyun("doctor", tmp_path / "back", "--port", "0", "--verify", "--json",
                                "--pack", LINJIANG).stdout)  # fmt: skip
    assert {one["level"] for one in sound if one["check"] in ("stream", "segments")} == {"ok"}
    verdict = json.loads(
        chengyun("audit", "stream", tmp_path / "back", "--pack", LINJIANG, "--json").stdout
    )
    assert verdict["same"]
    back = City(tmp_path / "back")
    try:
        back.waits_for(lambda: warned <= back.warnings().keys())
        kept = [at for _, at in back.rows_on_disk()]
        assert set(acknowledged) <= set(kept)
        assert len(kept) == len(set(kept)) < live_rows
        assert back.sends(said(("leak", now_us(), 61.0))).json()["accepted"] == 1
    finally:
        back.ends(signal.SIGTERM)


def test_a_key_that_has_expired_opens_nothing(city):
    name, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    expires_at = now_us() + 3_000_000
    fields = {
        "key": name, "feed": "gateways", "digest": digest_of(secret), "expires_at": expires_at,
    }  # fmt: skip
    answer = ask(city.store, Request(command="IssueFeedKey", fields=fields))
    assert not answer.refused
    key = f"cy_{name}_{secret}"
    assert city.sends(said(), key=key).status_code == 200
    while now_us() < expires_at:
        time.sleep(0.1)
    answer = city.sends(said(), key=key)
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_key")


QUICK = """
  gas_mean:
    name: {en: "Gas in the mean", zh: "燃气浓度均值"}
    property: gas_detector
    how: mean
    pane_s: 2
    window_s: 4
    unit: percent
    levels: [neighbourhood]
    owner: duty officer
    source: a sign for tests
"""
QUICK_BAND = """
  gas_mean:
    levels:
      neighbourhood: {judge: value, up: {yellow: 5}, down: 4, dwell_s: 1}
    source: "a band for tests (?)"
"""
QUICK_PLAN = """
  gas_mean:
    levels:
      yellow:
        plan: waterfront
        response_level: IV
        measures:
          - name: {en: Guide the crowd, zh: 引导客流}
            type: task_crowd
"""


def quick_pack(folder):
    """Linjiang with a sign that goes up and down within seconds, and a plan for it."""
    shutil.copytree(LINJIANG, folder)
    for name, section, more in [
        ("sensor_signs.yaml", "signs:", QUICK),
        ("bands.yaml", "bands:", QUICK_BAND),
        ("response.yaml", "plans:", QUICK_PLAN),
    ]:
        text = (folder / name).read_text(encoding="utf-8")
        assert f"\n{section}\n" in text
        changed = text.replace(f"\n{section}\n", f"\n{section}{more}", 1)
        (folder / name).write_text(changed, encoding="utf-8")
    return folder


def test_a_warning_clears_is_taken_back_and_ends_with_its_sign(store, tmp_path):
    """Through HTTP: below for its dwell; late data, its open case told; a pack without its sign."""
    city = City(store, pack=quick_pack(tmp_path / "quick"))
    try:
        city.registers(gas("falls", N2), gas("late"))
        values, stopping = {"falls": 8.0, "late": 8.0}, threading.Event()

        def goes_on():
            while not stopping.is_set():
                at = now_us()
                city.sends(said(*[(sensor, at, value) for sensor, value in values.items()]))
                time.sleep(0.2)

        sender = threading.Thread(target=goes_on)
        sender.start()
        try:
            city.waits_for(lambda: {("gas_mean", N1), ("gas_mean", N2)} <= open_ones(city))
            raised_at = int(city.warnings()["gas_mean", N1]["warning"].rpartition(":")[2])

            # the first clears: below for its dwell, while what late values may change stands
            values |= {"falls": 1.0, "late": 4.5}
            city.waits_for(lambda: ("gas_mean", N2) not in open_ones(city))
            assert [one["code"] for one in facts_of(city, "WarningCleared")
                    if one["sign"] == "gas_mean"] == ["stayed_below"]  # fmt: skip

            warning = city.warnings()["gas_mean", N1]["warning"]

            # the second has a case when late data take it back
            def proposed():
                rows = city.http.get("/api/v1/live").json()["rows"]["responses"]
                return [one for one in rows if one["warning"] == warning]

            (proposal,) = city.waits_for(proposed)
            decided = {"proposal": proposal["proposal"], "approved": True, "reason": "as planned"}
            answer = city.http.post("/api/v1/commands/DecideResponse", json=decided)
            assert answer.status_code == 200, answer.text
            city.waits_for(lambda: facts_of(city, "CaseFiled"))
            pane = raised_at // 2_000_000 * 2_000_000
            late = said(*[("late", pane + 100_001 + step, 0.0) for step in range(60)])
            assert city.sends(late).json()["late"] == 60
            (told,) = city.waits_for(lambda: facts_of(city, "CaseTold"))
            (retracted,) = facts_of(city, "WarningRetracted")
            assert (told["code"], retracted["code"]) == ("late_data", "late_data")
            assert told["warning"] == warning
            (case,) = [one for one in city.http.get("/api/v1/live").json()["rows"]["cases"]
                       if one["type"] == "task_crowd"]  # fmt: skip
            assert ("gas_mean", N1) not in open_ones(city)
            chain = city.http.get(f"/api/v1/cases/{quote(case['case'], safe='')}").json()["chain"]
            assert "CaseTold" in {fact["kind"] for fact in chain}

            # a third stands when the platform is stopped, and the next pack has no such sign
            values["falls"] = 9.0
            city.waits_for(lambda: ("gas_mean", N2) in open_ones(city))
        finally:
            stopping.set()
            sender.join(WAIT_S)
        city.ends(signal.SIGTERM)
        city.pack = LINJIANG
        city.start()
        city.waits_for(lambda: ("gas_mean", N2) not in open_ones(city))
        codes = [one["code"] for one in facts_of(city, "WarningCleared")
                 if one["sign"] == "gas_mean"]  # fmt: skip
        assert codes == ["stayed_below", "unknown"]
        assert facts_of(city, "UnitFailed") == []
    finally:
        if city.process.poll() is None:
            city.ends(signal.SIGTERM)
