"""``kill -9`` of the platform against a provider process: everything arrives, nothing twice."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import yaml
from desk import sign_in
from replaying import chengyun

PACK = Path(__file__).parents[1] / "scenario" / "pack"
KILLS, MIN_KILLS, BOUND_S = 20, 5, 60.0
WAIT_S = 30.0
PHONE, NAME, WRITTEN = "13877316642", "Canary-Zhang-7731", "13977316643 canary-written"
NOTICES = {
    "channels": {"sms": {"kind": "sms", "name": {"en": "SMS", "zh": "短信"}}},
    "templates": {
        "taken": {
            "params": ["number", "type"],
            "text": {"en": "{number} {type}", "zh": "{number} {type}"},
        }
    },
    "rules": {
        "taken": {
            "on": "ReportReceived", "to": ["reporter"], "template": "taken", "channels": ["sms"]
        }
    },
    "reporter": {"phone": ["phone"]},
    "source": "test",
}  # fmt: skip


class Provider:
    """The provider's process, which nobody kills."""

    def __init__(self, folder):
        self.ledger = folder / "ledger.jsonl"
        script = str(Path(__file__).parents[2] / "benchmarks" / "notices_provider.py")
        self.process = subprocess.Popen(
            [sys.executable, script, str(self.ledger)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def brought(self):
        return [json.loads(line) for line in self.ledger.read_text().splitlines()]

    def be(self, mistake):
        return httpx.post(f"{self.url}/be", params={"mistake": mistake}).json()["asked"]


class City:
    """A served city that tells, killed and started again."""

    def __init__(self, folder, provider):
        self.store, self.log = folder / "store", folder / "log"
        self.pack = folder / "pack"
        shutil.copytree(PACK, self.pack)
        (self.pack / "notices.yaml").write_text(yaml.safe_dump(NOTICES, allow_unicode=True))
        self.channels = folder / "channels.yaml"
        sms = {
            "kind": "sms", "url": f"{provider.url}/send", "secret": "env:SMS_SECRET",
            "body": {"to": "{to}", "text": "{text}", "key": "{key}"},
            "answer": {"field": "code", "is": "OK", "id": "id"},
        }  # fmt: skip
        content = {"networks": ["127.0.0.0/8"], "channels": {"sms": sms}}
        self.channels.write_text(yaml.safe_dump(content))
        self.process = None
        self.http = httpx.Client(timeout=WAIT_S)
        self.start()
        self.http.base_url = self.url
        sign_in(self.store, self.http)

    def start(self):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "chengyun", "serve", str(self.store)),
                *("--pack", str(self.pack), "--port", "0", "--log", "json"),
                *("--channels", str(self.channels), "--no-sensors"),
            ],
            stdout=subprocess.PIPE,
            stderr=self.log.open("a"),
            text=True,
            env=os.environ | {"SMS_SECRET": "s3cret"},
        )
        first = self.process.stdout.readline()
        assert "http://" in first, self.log.read_text()
        self.url = first.split()[1].rstrip("/")
        self.http.base_url = self.url

    def reports(self, id_):
        fields = {
            "feed": "hotline", "file": "f", "row": 1, "id": id_,
            "opened_at": time.time_ns() // 1_000, "due_at": None, "type": "manhole",
            "title": f"call {WRITTEN}", "text": WRITTEN, "channel": "phone",
            "area": "319901001001", "place": None, "place_text": WRITTEN, "attributes": {},
            "notes": [], "personal": {"phone": PHONE, "reporter": NAME},
        }  # fmt: skip
        answer = self.http.post("/api/v1/commands/ReceiveReport", json=fields)
        assert answer.status_code == 200, answer.text
        return id_

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(WAIT_S) == -signal.SIGKILL

    def states(self):
        found = self.http.get("/api/v1/notices", params={"limit": "500"}).json()["notices"]
        return [one["state"] for one in found]


@pytest.fixture
def provider(tmp_path):
    one = Provider(tmp_path)
    yield one
    one.process.kill()
    one.process.wait(WAIT_S)


@pytest.fixture
def city(tmp_path, provider):
    one = City(tmp_path, provider)
    yield one
    one.http.close()
    if one.process.poll() is None:
        one.process.kill()
        one.process.wait(WAIT_S)


def until(true):
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_every_notice_arrives_and_none_twice_whenever_the_platform_is_killed(city, provider):
    chance = random.Random(20261126)
    acknowledged = []
    begun = time.monotonic()
    for round_ in range(KILLS):
        if round_ >= MIN_KILLS and time.monotonic() > begun + BOUND_S:
            break  # a busy machine starts slowly; benchmarks/notices.py kills more often
        for number in range(3):
            acknowledged.append(city.reports(f"r{round_}-{number}"))
        time.sleep(chance.random() * 0.08)
        city.kill()
        city.start()
    until(lambda: len(provider.brought()) >= len(acknowledged))
    until(lambda: city.states().count("sent") == len(acknowledged))
    told = [one["text"].split()[0] for one in provider.brought()]
    assert sorted(told) == sorted(acknowledged)
    assert {one["to"] for one in provider.brought()} == {PHONE}
    assert {one["authorization"] for one in provider.brought()} == {"Bearer s3cret"}
    assert provider.be("") >= len(acknowledged)
    for canary in (PHONE, NAME, WRITTEN):
        assert not [one for one in provider.brought() if canary in one["text"]]
    city.process.terminate()
    assert city.process.wait(WAIT_S) == 0
    chengyun("audit", "verify", city.store)
    clear = [city.log, *(one for one in city.store.rglob("*") if one.is_file())]
    for path in clear:
        content = path.read_bytes()
        assert PHONE.encode() not in content, path
        assert NAME.encode() not in content, path
        assert b"s3cret" not in content, path


def test_a_provider_that_took_it_and_did_not_answer_does_not_bring_it_twice(city, provider):
    provider.be("slow")
    city.reports("slow-1")
    until(provider.brought)
    provider.be("")
    city.kill()
    city.start()
    until(lambda: city.states() == ["sent"])
    assert provider.be("") == 2
    assert len(provider.brought()) == 1


def test_what_a_provider_refuses_is_dead_until_a_person_has_it_tried_again(city, provider):
    provider.be("refuse")
    city.reports("bad-1")
    until(lambda: city.states() == ["dead"])
    listed = json.loads(chengyun("notices", city.store, "--state", "dead", "--json").stdout)
    assert [one["code"] for one in listed["notices"]] == ["refused"]
    provider.be("")
    said = chengyun("notices", city.store, "--retry", listed["notices"][0]["notice"])
    assert said.returncode == 0, said.stderr
    until(lambda: city.states() == ["sent"])
    assert PHONE not in json.dumps(listed)
