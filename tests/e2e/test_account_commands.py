"""Accounts and keys from the command line of the machine, while the city is served."""

from __future__ import annotations

import json
import signal

import httpx
import pytest
from click.testing import CliRunner
from desk import PASSWORD, SESSION, secret_for
from test_serve import Serving

from chengyun.api.worker import StoredKeys
from chengyun.cli import account, grant, key
from chengyun.kernel.errors import Rejected


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    found = Serving(tmp_path_factory.mktemp("city") / "store")
    yield found
    found.end(signal.SIGTERM)


def runs(command, *words, given=None, code=0):
    done = CliRunner().invoke(command, [str(word) for word in words], input=given)
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def signs_in(city, login, password=PASSWORD):
    return httpx.post(f"{city.url}{SESSION}", json={"login": login, "password": password})


def test_an_account_from_its_opening_to_its_end(city):
    store = city.store
    told = json.loads(runs(account.command, "open", store, "li", "--name", "李华",
                           "--no-second-factor", "--json"))  # fmt: skip
    given = {"secret": told["secret"], "password": PASSWORD}
    with httpx.Client(base_url=city.url) as http:
        assert http.post(f"{SESSION}/recovery", json=given).status_code == 200
        assert http.get(SESSION).json()["name"] == "李华"
        runs(account.command, "suspend", store, "LI", "--reason", "lost badge")
        assert http.get(SESSION).status_code == 401, "at once"
    assert signs_in(city, "li").status_code == 401
    runs(account.command, "resume", store, "li", "--reason", "found")
    assert signs_in(city, "li").status_code == 200
    lines = runs(account.command, "list", store, "--json").splitlines()
    rows = {row["login"]: row for row in map(json.loads, lines)}
    assert rows["li"] | {"account": ""} == {
        "login": "li", "name": "李华", "account": "", "kind": "person", "state": "open",
        "power": "", "password": True, "second_factor": False,
    }  # fmt: skip
    assert rows["admin"]["power"] == "security_administrator"
    new = "nine lanterns drift"
    asked = runs(account.command, "password", store, "li", given=f"{new}\n{new}\n")
    assert new not in asked
    assert signs_in(city, "li", new).status_code == 200
    runs(account.command, "close", store, "li", "--reason", "left")
    assert signs_in(city, "li", new).status_code == 401
    runs(account.command, "open", store, "li", "--name", "x", code=1)
    with pytest.raises(Rejected, match="nobody has the login"):
        secret_for(store, "nobody")


def test_a_key_of_a_service_from_its_issue_to_its_end(city):
    store = city.store
    runs(account.command, "open", store, "bus", "--name", "Buses", "--kind", "service")
    runs(grant.command, "give", store, "bus", "dispatcher")
    words = ("issue", store, "--account", "bus", "--permission", "live:read")
    one, two = (runs(key.command, *words).strip() for _ in range(2))

    def asks(shown):
        headers = {"Authorization": f"Bearer {shown}"}
        return httpx.get(f"{city.url}/api/v1/live", headers=headers).status_code

    keys = StoredKeys(store, "boston-311")
    name = one.split("_")[1]
    assert (asks(one), asks(two)) == (200, 200)
    assert keys.service(name).permissions == ["live:read"]
    runs(key.command, "revoke", store, f"cys_{name}", "--reason", "lost")
    assert (asks(one), asks(two)) == (401, 200)
    assert StoredKeys(store, "boston-311").service(name).revoked
    runs(account.command, "suspend", store, "bus", "--reason", "lost")
    assert asks(two) == 401
    assert StoredKeys(store, "boston-311").service(two.split("_")[1]) is None
    runs(key.command, "issue", store, code=2)
    runs(key.command, "issue", store, "--account", "admin", "--permission", "a:b", code=1)
