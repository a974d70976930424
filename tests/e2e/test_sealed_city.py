"""Seals from the command line and from a serving process; what they tell, and what they refuse."""

import json
import signal
import sqlite3
import stat

import pytest
from replaying import chengyun
from test_serve import serving  # noqa: F401 - a fixture


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "keys" / "seal.key"
    said = chengyun("audit", "key", "--out", path).stdout
    assert len(said.splitlines()[-1]) == 64
    return path


def canary(key):
    """Return the part of the private key that may stand nowhere else."""
    return key.read_text().splitlines()[1]


def test_a_served_city_is_sealed_when_it_starts_and_when_it_stops(serving, key, tmp_path):  # noqa: F811
    seals = tmp_path / "published"
    city = serving("--seal-key", str(key), "--seals", str(seals))
    city.reports("a1")
    store = tmp_path / "store"
    chengyun("account", "open", store, "watch", "--name", "figures", "--kind", "service")
    chengyun("grant", "give", store, "watch", "system_administrator")
    words = ("--account", "watch", "--permission", "health:read")
    shown = chengyun("key", "issue", store, *words).stdout.split()[0]
    figures = city.http.get("/metrics", headers={"Authorization": f"Bearer {shown}"}).text
    assert "chengyun_seal_failures 0.0" in figures
    code, out, err = city.end(signal.SIGTERM)
    assert code == 0, err
    logged = [json.loads(line) for line in err.splitlines()]
    numbers = [line["number"] for line in logged if line["event"] == "sealed"]
    assert numbers == [1, 2]
    assert canary(key) not in out + err + figures
    verify = ("audit", "verify", tmp_path / "store", "--seals", seals)
    done = chengyun(*verify, "--public-key", f"{key}.pub", "--json")
    found = json.loads(done.stdout)
    assert found["seals"]["seals"] == 2
    assert (
        found["chains"][0]["facts"]
        == json.loads((seals / "seal-000000002.json").read_text())["chains"][0]["seq"]
    )
    assert found["seals"]["newest"] == [line["sha256"] for line in logged if "sha256" in line][-1]

    with sqlite3.connect(tmp_path / "store" / "chengyun.db") as store:
        store.execute("DELETE FROM facts WHERE seq > 3 AND log = 1")
        store.execute(
            "UPDATE chains SET (seq, hash, known_at) = (SELECT seq, hash, known_at FROM facts"
            " WHERE seq = 3 AND log = 1) WHERE log = 1"
        )
    assert "3 facts, whole" in chengyun("audit", "verify", tmp_path / "store").stdout
    cut = chengyun(*verify, "--public-key", f"{key}.pub", code=1).stdout
    assert "fact 4 is bad: cut off" in cut
    refused = chengyun("audit", "seal", tmp_path / "store", "--key", key, "--to", seals, code=1)
    assert "seal 2 names" in refused.stderr


def test_a_key_is_for_its_owner_alone_and_never_written_over(key, tmp_path):
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert "never written over" in chengyun("audit", "key", "--out", key, code=1).stderr
    assert key.read_bytes() == before
    key.chmod(0o640)
    done = chengyun("audit", "seal", tmp_path, "--key", key, "--to", tmp_path / "s", code=1)
    assert "others may read this secret" in done.stderr
    assert canary(key) not in done.stderr + done.stdout


def test_no_key_into_a_store(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "chengyun.db").touch()
    inside = tmp_path / "store" / "keys" / "seal.key"
    assert "outside the store" in chengyun("audit", "key", "--out", inside, code=1).stderr
    assert not inside.exists()


def test_without_being_told_a_key_stands_with_the_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    said = json.loads(chengyun("audit", "key", "--json").stdout)
    assert said["key"] == str(tmp_path / "settings" / "chengyun" / "seal.key")
