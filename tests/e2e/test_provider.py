"""Signing in by a provider of identities: a process beside the served city, honest and not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from desk import SESSION
from provider import CLIENT, SECRET
from replaying import BOSTON, chengyun

WAIT_S = 20.0
MISTAKES = ["issuer", "audience", "audiences", "nonce", "expired", "none", "symmetric", "key",
            "changed", "no_subject", "no_token", "long"]  # fmt: skip


class City:
    """A provider, and a city that trusts it."""

    def __init__(self, folder, **more):
        self.store = folder / "store"
        provider = Path(__file__).parent / "provider.py"
        self.provider = subprocess.Popen(
            [sys.executable, provider], stdout=subprocess.PIPE, text=True
        )
        self.issuer = f"http://127.0.0.1:{self.provider.stdout.readline().strip()}"
        lines = {"issuer": self.issuer, "client_id": CLIENT, "secret_file": "secret"} | more
        lines.setdefault("networks", "[127.0.0.0/8]")
        settings = folder / "provider.yaml"
        text = [f"{name}: {value}" for name, value in lines.items()]
        settings.write_text("\n".join([*text, "name: {en: City staff, zh: 市员工}"]))
        (folder / "secret").write_text(SECRET + "\n")
        line = [sys.executable, "-m", "chengyun", "serve", self.store, "--pack", BOSTON]
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                [*line, "--port", "0", "--provider", settings],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.url = self.server.stdout.readline().split()[1].rstrip("/")

    def becomes(self, **what):
        return httpx.post(f"{self.issuer}/be", params={"mistake": "", **what}).json()

    def close(self):
        for one in (self.server, self.provider):
            one.terminate()
            one.wait(WAIT_S)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    found = City(tmp_path_factory.mktemp("city"))
    opened = ("account", "open", found.store, "li", "--name", "李华", "--no-second-factor")
    chengyun(*opened)
    chengyun("grant", "give", found.store, "li", "dispatcher")
    chengyun("account", "link", found.store, "li", "--issuer", found.issuer, "--subject", "42")
    yield found
    found.close()
    assert SECRET not in found.log.read_text()


def browser(city):
    return httpx.Client(base_url=city.url, timeout=WAIT_S)


def goes(city, http):
    """Go to the provider and back as a browser does; return the answer of the way back."""
    there = http.get(f"{SESSION}/provider")
    assert there.status_code == 303, there.text
    back = httpx.get(there.headers["location"])
    return back.headers["location"], http.get(back.headers["location"])


def who(http):
    answer = http.get(SESSION)
    return answer.json().get("login") if answer.status_code == 200 else None


def test_who_is_linked_is_let_in(city):
    city.becomes(sub="42")
    with browser(city) as http:
        assert http.get(f"{SESSION}/ways").json()["provider"]["en"] == "City staff"
        there = http.get(f"{SESSION}/provider")
        asked = parse_qs(urlsplit(there.headers["location"]).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["redirect_uri"] == [f"{city.url}/api/v1/session/provider/back"]
        cookie = there.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        _, answer = goes(city, http)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert who(http) == "li"
        assert http.get("/api/v1/city").status_code == 200


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_is_not_to_be_trusted_is_not(city, mistake):
    city.becomes(mistake=mistake, sub="42")
    with browser(city) as http:
        _, answer = goes(city, http)
        assert answer.headers["location"] == "/?refused=bad_identity"
        assert who(http) is None


def test_an_unknown_identity_is_refused(city):
    city.becomes(sub="43")
    with browser(city) as http:
        _, answer = goes(city, http)
        assert answer.headers["location"] == "/?refused=unknown_subject"
        assert who(http) is None


def test_a_way_is_good_once_and_in_the_browser_that_began_it(city):
    city.becomes(sub="42")
    with browser(city) as mine, browser(city) as another:
        there = mine.get(f"{SESSION}/provider")
        back = httpx.get(there.headers["location"]).headers["location"]
        assert another.get(back).headers["location"] == "/?refused=bad_ticket"
        assert who(another) is None
        kept = dict(mine.cookies)
        assert mine.get(back).headers["location"] == "/"
        mine.cookies.update(kept)
        assert mine.get(back).headers["location"] == "/?refused=bad_ticket"
        for forged in ("", "?code=x", "?state=x&code=x", "?state=&code="):
            answer = another.get(f"{SESSION}/provider/back{forged}")
            assert answer.headers["location"] == "/?refused=bad_ticket"


def test_an_account_with_a_second_factor_wants_one_of_the_provider_too(city):
    chengyun("account", "open", city.store, "wang", "--name", "王")
    chengyun("account", "link", city.store, "wang", "--issuer", city.issuer, "--subject", "7")
    city.becomes(sub="7", amr="pwd")
    with browser(city) as http:
        _, answer = goes(city, http)
        assert answer.headers["location"] == "/?refused=no_second_factor"
        city.becomes(sub="7", amr="pwd otp")
        goes(city, http)
        assert who(http) == "wang"


def test_new_keys_are_asked_for_seldom(city):
    city.becomes(sub="42", mistake="key")
    before = city.becomes(mistake="key")["keys"]
    with browser(city) as http:
        for _ in range(5):
            goes(city, http)
    assert city.becomes()["keys"] - before <= 1


def test_where_it_is_configured_newcomers_get_an_account(tmp_path):
    city = City(tmp_path, unknown="open")
    try:
        city.becomes(sub="99", mistake="rotated")
        with browser(city) as http:
            goes(city, http)
            assert who(http) == "li.hua@127.0.0.1"
            first = http.get(SESSION).json()["account"]
        with browser(city) as http:
            goes(city, http)
            assert http.get(SESSION).json()["account"] == first
        city.provider.terminate()
        city.provider.wait(WAIT_S)
        with browser(city) as http:
            there = http.get(f"{SESSION}/provider")
            assert there.headers["location"].startswith((city.issuer, "/?refused=busy"))
    finally:
        city.close()
