"""Signing in over HTTP: steps, cookies, tokens, throttling, and what stays shut without it."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from served import report
from starlette.responses import Response

from chengyun.adapters.files.last_deeds import FILE
from chengyun.adapters.keys.passwords import hashed
from chengyun.adapters.sql.reading import StoreReader
from chengyun.api.doors import Visitors
from chengyun.api.entering import SignedIn
from chengyun.api.front import Front
from chengyun.app.first_account import LOGIN
from chengyun.app.signing_in import SigningIn, new_secret
from chengyun.engine import codec
from chengyun.facts.envelope import AUDIT
from chengyun.guard.accounts import ACCOUNTS, ACTOR, OpenAccount, SuspendAccount, subject_of
from chengyun.guard.grants import GiveGrant
from chengyun.guard.keys import IssueServiceKey, RevokeServiceKey, digest_of
from chengyun.guard.passwords import SetPassword
from chengyun.guard.second_factor import IssueSecret, code_of, key_of, step_of
from chengyun.guard.sessions import token_digest
from chengyun.kernel import limits
from chengyun.kernel.instants import SECOND_US, Instant

SESSION = "/api/v1/session"
OPERATING = Path(__file__).parents[3] / "docs" / "operating.md"
TOKEN = "X-Chengyun-Token"
PASSWORD = "seventeen herons wade"
LI, BUS = "00c0ffee00c0ffee", "0123456789abcdef"
HASH = hashed(PASSWORD)


@pytest.fixture
def city(serve):
    return serve(accounts=True)


def does(city, command, actor="person:owner"):
    pass_time(city, 1)
    outcome = city.engine.execute(command, actor=actor)
    city.engine.commit()
    city.engine.settle()
    assert outcome.refused is None, outcome.refused
    pass_time(city, 1)


def pass_time(city, seconds):
    city.clock.advance_to(Instant(city.clock.now() + int(seconds * SECOND_US)))


def open_li(city, **how):
    does(city, OpenAccount(account=LI, login="li", name="李华", **how))
    does(city, SetPassword(account=LI, hash=HASH))
    roles = [how["power"]] if how.get("power") else ["dispatcher", "hotline_agent"]
    for role in roles:
        give = GiveGrant(grant=role.replace("_", ""), account=subject_of(LI), role=role)
        does(city, give)


def code_now(city, key, off=0):
    return code_of(key_of(key), step_of(city.clock.now()) + off)


async def enter(http, login="li", password=PASSWORD):
    return await http.post(SESSION, json={"login": login, "password": password})


async def entered(http, **how):
    answer = await enter(http, **how)
    assert answer.status_code == 200, answer.text
    http.headers[TOKEN] = answer.json()["token"]
    return answer


def audited(city):
    with StoreReader(city.server.folder) as reader:
        return [codec.read(one) for one in reader.facts("xiaocheng", chain=AUDIT)]


# --- doors ------------------------------------------------------------------------------------


def test_every_door_but_the_open_ones_asks_to_sign_in(city):
    shut = [door for door in city.api.doors if not door.is_open]
    assert {door.path for door in city.api.doors if door.is_open} == {
        SESSION, f"{SESSION}/second-factor", f"{SESSION}/enrol", f"{SESSION}/recovery",
        f"{SESSION}/ways",
        "/api/v1/public/reports", "/api/v1/receipts/{code}", "/api/v1/receipts/{code}/uploads",
        "/api/v1/receipts/{code}/uploads/{upload}", "/api/v1/receipts/{code}/evidence",
        "/api/v1/public/figures",
        "/healthz", "/readyz", "/", "/{path:path}",
    }  # fmt: skip

    async def story(http):
        for door in shut:
            answer = await http.request(door.method, door.path)
            found = answer.json()
            assert (answer.status_code, found["code"]) == (401, "sign_in_required"), door
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"
        for path in ("/healthz", "/readyz", "/"):
            assert (await http.get(path)).status_code == 200

    city.calls(story)
    assert len(shut) > 15


def test_every_door_of_a_real_city_is_in_the_handbook(city):
    text = OPERATING.read_text(encoding="utf-8")
    missing = [d.path for d in city.api.doors if f"`{d.path.replace(':path', '')}`" not in text]
    assert missing == []


def test_a_simulated_city_knows_visitors_only(serve):
    city = serve()
    assert city.get(SESSION).json() == {"visitor": True}
    assert city.post(SESSION, json={"login": "a", "password": "b"}).status_code == 405
    assert isinstance(city.api.application.state.entrance, Visitors)


@pytest.mark.parametrize(
    "command", ["LookAtPersonal", "LogIn", "RefuseLogin", "LogOut", "SetPassword",
                "SetSecondFactor", "UseRecoveryCode", "IssueSecret", "UseSecret",
                "IssueServiceKey", "LinkAccount"],
)  # fmt: skip
def test_nobody_forges_a_sign_in_or_takes_an_account_by_sending_a_command(city, command):
    open_li(city)

    async def story(http):
        await entered(http)
        answer = await http.post(f"/api/v1/commands/{command}", json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_command")
        assert command not in (await http.get("/api/v1/commands")).json()["commands"]

    city.calls(story)


# --- in and out -------------------------------------------------------------------------------


def test_the_first_administrator_sets_password_and_second_factor(city):
    async def story(http):
        weak = {"secret": city.secret, "password": "xiaocheng2026"}
        answer = await http.post(f"{SESSION}/recovery", json=weak)
        assert (answer.status_code, answer.json()["code"]) == (422, "password_common")
        given = {"secret": city.secret, "password": PASSWORD}
        step = (await http.post(f"{SESSION}/recovery", json=given)).json()
        assert step["step"] == "enrol"
        assert step["uri"].startswith("otpauth://totp/xiaocheng:admin?secret=" + step["key"])
        again = await http.post(f"{SESSION}/recovery", json=given)
        assert (again.status_code, again.json()["code"]) == (401, "bad_secret_of_one_use")
        wrong = {"ticket": step["ticket"], "code": "000000"}
        assert (await http.post(f"{SESSION}/enrol", json=wrong)).json()["code"] == "bad_code"
        right = {"ticket": step["ticket"], "code": code_now(city, step["key"])}
        done = await http.post(f"{SESSION}/enrol", json=right)
        assert done.status_code == 200, done.text
        codes = done.json()["recovery_codes"]
        assert len(set(codes)) == limits.RECOVERY_CODES
        replayed = await http.post(f"{SESSION}/enrol", json=right)
        assert replayed.json()["code"] == "bad_ticket"
        who = (await http.get(SESSION)).json()
        assert (who["login"], who["power"]) == (LOGIN, "security_administrator")
        assert (who["second_factor"], who["recovery_codes_left"]) == (True, 10)

        http.cookies.clear()
        step = (await enter(http, login=LOGIN)).json()
        assert step["step"] == "second_factor"
        assert not http.cookies, "a password alone opens nothing"
        given = {"ticket": step["ticket"], "code": right["code"]}
        replayed = await http.post(f"{SESSION}/second-factor", json=given)
        assert (replayed.status_code, replayed.json()["code"]) == (401, "bad_code")
        given = {"ticket": step["ticket"], "code": codes[4].lower()}
        answer = await http.post(f"{SESSION}/second-factor", json=given)
        assert answer.status_code == 200, answer.text
        assert (await http.get(SESSION)).json()["recovery_codes_left"] == 9

        step = (await enter(http, login=LOGIN)).json()
        given = {"ticket": step["ticket"], "code": codes[4]}
        spent = await http.post(f"{SESSION}/second-factor", json=given)
        assert spent.json()["code"] == "bad_code"

    city.calls(story)
    found = [(type(fact.body).__name__, getattr(fact.body, "how", fact.body.code if
              hasattr(fact.body, "code") else "")) for fact in audited(city)]  # fmt: skip
    assert found == [
        ("LoginRefused", "bad_secret_of_one_use"), ("LoginRefused", "bad_code"),
        ("LoggedIn", "secret"), ("LoginRefused", "bad_code"), ("LoggedIn", "recovery_code"),
        ("LoginRefused", "bad_code"),
    ]  # fmt: skip
    assert {fact.actor for fact in audited(city)} == {ACTOR}


def test_a_cookie_is_for_this_server_alone_and_new_at_every_sign_in(city):
    open_li(city)

    async def story(http):
        name = city.signing_in.cookie
        http.cookies.set(name, "A" * 43, domain="127.0.0.1")  # planted: fixation
        first = await entered(http)
        cookie = first.headers["set-cookie"]
        assert cookie.startswith(f"{name}=")
        for part in ("HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={limits.SESSION_S}"):
            assert part in cookie
        assert "Domain" not in cookie
        token = cookie.partition("=")[2].partition(";")[0]
        assert token != "A" * 43
        again = await entered(http)
        assert again.headers["set-cookie"].partition(";")[0] != f"{name}={token}"
        assert (await http.get("/api/v1/city")).status_code == 200
        return token

    token = city.calls(story)
    disk = b"".join(p.read_bytes() for p in city.server.folder.rglob("*") if p.is_file())
    assert token.encode() not in disk
    assert PASSWORD.encode() not in disk


def test_behind_tls_the_cookie_is_bound_to_the_host(city):
    entrance = SignedIn(city.signing_in, Front(frozenset({"city.example"}), "10.0.0.1"))
    response = Response()
    entrance.give(response, "t")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{city.signing_in.cookie}=t;")
    assert "Secure" in cookie


def test_what_changes_something_must_carry_the_token_of_its_page(city):
    open_li(city)

    async def story(http):
        await entered(http)
        right = http.headers.pop(TOKEN)
        sent = "/api/v1/commands/ReceiveReport", report("1")
        for wrong in (None, "", "0" * 64, right[:-1], right + "0", "é" * 64):
            headers = {} if wrong is None else {TOKEN: wrong.encode("latin-1")}
            answer = await http.post(sent[0], json=sent[1], headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "bad_page_token")
        assert (await http.delete(SESSION)).status_code == 403
        assert (await http.get("/api/v1/live")).status_code == 200
        assert (await http.get(SESSION)).json()["token"] == right
        done = await http.post(sent[0], json=sent[1], headers={TOKEN: right})
        assert done.status_code == 200
        await entered(http)
        assert (await http.get(SESSION)).json()["token"] != right, "it is the session's own"

    city.calls(story)


def test_an_actor_is_the_account(city):
    open_li(city)

    async def story(http):
        await entered(http)
        await http.post("/api/v1/commands/ReceiveReport", json=report("1"))
        params = {"fact": "report:hotline:1"}
        chain = (await http.get("/api/v1/trace", params=params)).json()["chain"]
        assert chain[0]["actor"] == f"account:{LI}"

    city.calls(story, client="10.0.0.9", base="http://127.0.0.1:8311")


def test_sessions_end(city):
    open_li(city)

    async def story(http):
        async def is_in():
            return (await http.get("/api/v1/city")).status_code == 200

        await entered(http)
        assert await is_in()
        left = await http.delete(SESSION)
        assert left.json() == {"left": True}
        assert left.headers["clear-site-data"] == '"cache"'
        assert not http.cookies
        assert not await is_in()

        await entered(http)
        kept = dict(http.cookies)
        await entered(http)
        await http.delete(f"{SESSION}/all")
        http.cookies.update(kept)
        assert not await is_in(), "everywhere is everywhere"
        http.cookies.clear()

        await entered(http)
        pass_time(city, limits.SESSION_IDLE_S - 1)
        background = {"X-Chengyun-Background": "1"}
        assert (await http.get("/api/v1/live", headers=background)).status_code == 200
        pass_time(city, 1)
        assert not await is_in(), "what a page asks on its own is no deed"

        await entered(http)
        for _ in range(limits.SESSION_S // 1_000):
            assert await is_in()
            pass_time(city, 1_000)
        pass_time(city, 200)
        assert not await is_in(), "a session ends in any case"

        await entered(http)
        does(city, SuspendAccount(account=LI, reason="lost badge"))
        assert not await is_in()
        assert (await enter(http)).json()["code"] == "bad_login"

    city.calls(story)


def test_another_password_ends_every_other_session(city):
    open_li(city)
    new = "nine lanterns drift"

    async def story(http):
        await entered(http)
        old = dict(http.cookies)
        pass_time(city, 1)
        change = {"old": "wrong", "new": new}
        answer = await http.post(f"{SESSION}/password", json=change)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_login")
        pass_time(city, 1)
        short = await http.post(f"{SESSION}/password", json={"old": PASSWORD, "new": "ninelamps"})
        assert short.json()["code"] == "password_too_short"
        pass_time(city, 1)
        answer = await http.post(f"{SESSION}/password", json={"old": PASSWORD, "new": new})
        assert answer.status_code == 200, answer.text
        assert (await http.get("/api/v1/city")).status_code == 200
        http.cookies.clear()
        http.cookies.update(old)
        assert (await http.get("/api/v1/city")).status_code == 401
        assert (await enter(http)).status_code == 401
        assert (await enter(http, password=new)).status_code == 200

    city.calls(story)


def test_a_second_factor_can_be_set_up_and_is_asked_for_from_then_on(city):
    open_li(city)

    async def story(http):
        await entered(http)
        pass_time(city, 1)
        step = (await http.post(f"{SESSION}/new-factor", json={"password": PASSWORD})).json()
        given = {"ticket": step["ticket"], "code": code_now(city, step["key"])}
        assert (await http.post(f"{SESSION}/enrol", json=given)).status_code == 200
        pass_time(city, 60)
        asked = (await enter(http)).json()
        assert asked["step"] == "second_factor"
        late = {"ticket": asked["ticket"], "code": code_now(city, step["key"])}
        pass_time(city, limits.TICKET_S)
        answer = await http.post(f"{SESSION}/second-factor", json=late)
        assert answer.json()["code"] == "bad_ticket"
        asked = (await enter(http)).json()
        given = {"ticket": asked["ticket"], "code": code_now(city, step["key"])}
        assert (await http.post(f"{SESSION}/enrol", json=given)).json()["code"] == "bad_ticket"
        assert (await http.post(f"{SESSION}/second-factor", json=given)).status_code == 200

    city.calls(story)


def test_a_ticket_dies_with_its_password(city):
    open_li(city, second_factor=True)

    async def story(http):
        step = (await enter(http)).json()
        does(city, SetPassword(account=LI, hash=hashed("nine lanterns drift")))
        given = {"ticket": step["ticket"], "code": code_now(city, step["key"])}
        answer = await http.post(f"{SESSION}/enrol", json=given)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_login")

    city.calls(story)


def test_a_stream_ends_with_its_session(city):
    open_li(city)

    async def story(http):
        await entered(http)
        session = next(iter(city.signing_in.sessions._open.values()))
        city.clock.advance_to(Instant(session.opened_at + limits.SESSION_IDLE_S * SECOND_US))
        city.api.live.close()
        assert (await http.get("/stream", params={"cursor": 0})).status_code == 401

    city.calls(story)


# --- guessing ---------------------------------------------------------------------------------


def test_five_wrong_passwords_slow_down_and_the_right_one_works_after_the_wait(city):
    open_li(city)

    async def story(http):
        for _ in range(5):
            assert (await enter(http, password="wrong")).status_code == 401
        answer = await enter(http)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_soon")
        assert answer.headers["retry-after"] == "1"
        pass_time(city, 1)
        assert (await enter(http, password="wrong")).status_code == 401
        pass_time(city, 1)
        assert (await enter(http)).headers["retry-after"] == "1"
        pass_time(city, 1)
        assert (await enter(http)).status_code == 200

    city.calls(story)


def test_many_tries_at_once_are_not_more_tries(city):
    open_li(city)

    async def story(http):
        answers = await asyncio.gather(*(enter(http, password=f"w{n}") for n in range(20)))
        codes = [answer.status_code for answer in answers]
        assert codes.count(401) == 5
        assert codes.count(429) == 15

    city.calls(story)


def test_codes_are_not_guessed_either(city):
    open_li(city, second_factor=True)

    async def story(http):
        step = (await enter(http)).json()
        seen = []
        for n in range(8):
            given = {"ticket": step["ticket"], "code": f"{n:06}"}
            seen.append((await http.post(f"{SESSION}/enrol", json=given)).status_code)
        assert seen == [401] * 5 + [429] * 3

    city.calls(story)


def test_unknown_suspended_and_wrong_are_one_answer_after_one_work(city):
    open_li(city)
    does(city, OpenAccount(account=BUS, login="gone", name="n"))
    does(city, SetPassword(account=BUS, hash=HASH))
    does(city, SuspendAccount(account=BUS, reason="r"))

    async def story(http):
        found, took = {}, {}
        for login, password in (("li", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD),
                                (LOGIN, PASSWORD)):  # fmt: skip
            for _ in range(3):
                started = time.process_time()  # of all threads, however busy the machine is
                answer = await enter(http, login=login, password=password)
                took.setdefault(login, []).append(time.process_time() - started)
                found[login] = (answer.status_code, answer.content)
        assert len(set(found.values())) == 1, found
        return [statistics.median(times) for times in took.values()]

    times = city.calls(story)
    assert max(times) < 3 * min(times)


def test_refusals_are_counted_and_say_nothing_of_the_password(city):
    open_li(city)

    async def story(http):
        await enter(http, password="canary-password")
        await enter(http, login="canary-login")
        await entered(http)
        return generate_latest(city.api.metrics.registry).decode()

    figures = city.calls(story)
    assert 'chengyun_sign_ins_total{result="bad_login"} 2.0' in figures
    assert 'chengyun_sign_ins_total{result="entered"} 1.0' in figures
    assert "chengyun_sessions_open 1.0" in figures
    disk = b"".join(p.read_bytes() for p in city.server.folder.rglob("*") if p.is_file())
    assert b"canary" not in disk


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"login": "li"}),
        ("", {"login": 7, "password": "x"}),
        ("", {"login": "li", "password": None}),
        ("", {"login": "li", "password": "x", "admin": True}),
        ("", []),
        ("/second-factor", {"ticket": ["a"], "code": "1"}),
        ("/enrol", {"ticket": "a"}),
        ("/recovery", {"secret": "s", "password": {}}),
    ],
)
def test_wrong_types_are_refused(city, path, body):
    answer = city.post(SESSION + path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_fields")


def test_over_long_and_odd_fields_open_nothing_and_break_nothing(city):
    odd = ["", "x" * 100_000, "'; DROP TABLE p_accounts;--", "<script>", "\x00", "\ud7ff", "..//"]

    async def story(http):
        for text in odd:
            given = {"login": text, "password": text}
            assert (await http.post(SESSION, json=given)).status_code == 401
            given = {"ticket": text, "code": text}
            for path in ("second-factor", "enrol"):
                answer = await http.post(f"{SESSION}/{path}", json=given)
                assert answer.json()["code"] == "bad_ticket"
            given = {"secret": text, "password": text}
            answer = await http.post(f"{SESSION}/recovery", json=given)
            assert answer.status_code in (401, 429)
        half = b'{"login": "\\ud800", "password": "x"}'
        headers = {"Content-Type": "application/json"}
        answer = await http.post(SESSION, content=half, headers=headers)
        assert answer.status_code in (400, 401)

    city.calls(story)


@pytest.mark.parametrize(
    "cookie", ["", "x", "A" * 43, "A" * 5_000, '"; DROP', "é", "AAAA.BBBB.CCCC"]
)
def test_forged_cookies_open_nothing(city, cookie):
    headers = {"Cookie": f"chengyun={cookie}".encode()}
    answer = city.get("/api/v1/city", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


# --- after a restart --------------------------------------------------------------------------


def test_a_new_process_knows_who_is_in_and_who_is_not(city):
    open_li(city)

    async def story(http):
        await entered(http)
        stays = dict(http.cookies)
        await entered(http)
        await http.delete(SESSION)
        for _ in range(6):
            await enter(http, login=LOGIN, password="wrong")
        return stays[city.signing_in.cookie]

    stays = city.calls(story)
    signing_in = SigningIn(city.server, city.signing_in._digests, issuer="xiaocheng")
    signing_in.recall(city.engine._store)
    assert len(signing_in.sessions) == 1
    assert signing_in.session(stays, is_deed=True) is not None
    pass_time(city, limits.SESSION_S)
    late = SigningIn(city.server, city.signing_in._digests, issuer="xiaocheng")
    late.recall(city.engine._store)
    assert len(late.sessions) == 0


def test_who_was_idle_stays_out_after_a_restart_and_who_worked_stays_in(city):
    open_li(city)
    idle_s = limits.SESSION_IDLE_S

    async def story(http):
        await entered(http)
        idle = http.cookies[city.signing_in.cookie]
        http.cookies.clear()
        await entered(http)
        for _ in range(3):
            pass_time(city, idle_s * 0.6)
            assert (await http.get("/api/v1/city")).status_code == 200
        return idle, http.cookies[city.signing_in.cookie]

    idle, working = city.calls(story)
    pass_time(city, 30)

    def after_a_restart():
        anew = SigningIn(city.server, city.signing_in._digests, issuer="xiaocheng")
        anew.recall(city.engine._store)
        return [anew.session(one, is_deed=False) is not None for one in (idle, working)]

    assert after_a_restart() == [False, True]
    pass_time(city, idle_s)
    assert after_a_restart() == [False, False]


def test_last_deeds_are_written_once_a_minute_and_are_no_secret(city, monkeypatch):
    open_li(city)
    written = []
    monkeypatch.setattr(city.signing_in._deeds, "write", written.append)

    async def story(http):
        await entered(http)
        for _ in range(30):
            assert (await http.get("/api/v1/city")).status_code == 200
            pass_time(city, 6)
        return http.cookies[city.signing_in.cookie]

    token = city.calls(story)
    assert len(written) == 3
    assert list(written[-1]) == [token_digest(token)]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"a":"b"}', None])
def test_a_file_of_deeds_that_is_none_ends_sessions_sooner_and_breaks_nothing(city, content):
    open_li(city)

    async def story(http):
        await entered(http)
        pass_time(city, limits.SESSION_IDLE_S * 0.6)
        assert (await http.get("/api/v1/city")).status_code == 200
        return http.cookies[city.signing_in.cookie]

    token = city.calls(story)
    kept = city.server.folder / FILE
    kept.unlink() if content is None else kept.write_bytes(content)
    anew = SigningIn(city.server, city.signing_in._digests, issuer="xiaocheng")
    anew.recall(city.engine._store)
    assert anew.session(token, is_deed=False) is not None
    pass_time(city, limits.SESSION_IDLE_S * 0.5)
    anew.recall(city.engine._store)
    assert anew.session(token, is_deed=False) is None


def test_two_cities_on_one_host_have_a_cookie_each(city, serve):
    other = serve(accounts=True)
    other_city = SigningIn(city.server, city.signing_in._digests, issuer="linjiang")
    names = {one.cookie for one in (city.signing_in, other_city)}
    assert len(names) == 2
    assert (
        city.signing_in.cookie
        == SigningIn(city.server, city.signing_in._digests, issuer="xiaocheng").cookie
    )
    assert other.signing_in.cookie.startswith("chengyun-")


def test_a_code_is_not_good_again_after_a_restart(city):
    open_li(city, second_factor=True)

    async def story(http):
        step = (await enter(http)).json()
        given = {"ticket": step["ticket"], "code": code_now(city, step["key"])}
        assert (await http.post(f"{SESSION}/enrol", json=given)).status_code == 200
        return given["code"]

    city.calls(story)
    signing_in = SigningIn(city.server, city.signing_in._digests, issuer="xiaocheng")
    signing_in.recall(city.engine._store)
    row = city.engine.rows.get(ACCOUNTS, LI)
    assert signing_in._steps[LI] == step_of(city.clock.now())
    assert row.factor


# --- services ---------------------------------------------------------------------------------


def service_key(city, *permissions):
    does(city, OpenAccount(account=BUS, login="bus", name="buses", kind="service"))
    name, secret = "0123456789abcdef", "s" * 43
    until = Instant(city.clock.now() + 3_600 * SECOND_US)
    fields = {"key": name, "digest": digest_of(secret), "permissions": list(permissions)}
    give = GiveGrant(grant="forthebus", account=subject_of(BUS), role="duty_officer")
    does(city, give)
    does(city, IssueServiceKey(account=BUS, expires_at=until, **fields))
    return f"cys_{name}_{secret}"


def test_a_service_asks_with_its_key_for_what_it_is_for(city):
    key = service_key(city, "live:read", "engine:send", "trace:read")

    async def story(http):
        http.headers["Authorization"] = f"Bearer {key}"
        assert (await http.get("/api/v1/live")).status_code == 200
        for refused in (
            await http.get("/api/v1/city"),
            await http.post("/api/v1/commands/ErasePerson", json={"person": "p", "ground": "g"}),
            await http.delete(SESSION),
        ):
            assert (refused.status_code, refused.json()["code"]) == (403, "out_of_scope")
        for wrong in (
            key[:-1],
            key + "s",
            key.replace("cys_", "cy_"),
            "cys_nobody12_" + "s" * 43,
            "x",
        ):
            headers = {"Authorization": f"Bearer {wrong}"}
            answer = await http.get("/api/v1/live", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "bad_key")

    city.calls(story)


@pytest.mark.parametrize("end", ["expire", "revoke", "suspend"])
def test_a_key_ends(city, end):
    key = service_key(city, "live:read")
    headers = {"Authorization": f"Bearer {key}"}
    assert city.get("/api/v1/live", headers=headers).status_code == 200
    if end == "expire":
        pass_time(city, 3_600)
    elif end == "revoke":
        does(city, RevokeServiceKey(key="0123456789abcdef", reason="lost"))
    else:
        does(city, SuspendAccount(account=BUS, reason="lost"))
    assert city.get("/api/v1/live", headers=headers).status_code == 401


# --- what stands before it --------------------------------------------------------------------


def test_names_and_the_proxy_are_what_was_configured(serve):
    front = Front(frozenset({"city.example"}), "10.0.0.1")
    city = serve(accounts=True, front=front)

    async def story(http):
        assert (await http.get("/", headers={"Host": "evil.example"})).status_code == 421
        http.headers["Host"] = "City.Example"
        assert "Strict-Transport-Security" in (await http.get("/healthz")).headers
        http.headers["X-Forwarded-For"] = "9.9.9.9, 203.0.113.5"
        await enter(http, login="nobody")

    city.calls(story, client="10.0.0.1")
    fact = audited(city)[-1]
    opened = city.signing_in._digests.open(fact.sealed_for, fact.id, fact.sealed)
    assert json.loads(opened) == {"address": "203.0.113.5"}


def test_nobody_goes_round_the_proxy(serve):
    city = serve(accounts=True, front=Front(frozenset({"city.example"}), "10.0.0.1"))
    answer = city.get("/healthz", headers={"Host": "city.example"}, client="10.0.0.2")
    assert (answer.status_code, answer.json()["code"]) == (421, "not_through_proxy")


def test_an_address_that_is_not_the_proxys_cannot_say_where_it_comes_from(city):
    async def story(http):
        http.headers["X-Forwarded-For"] = "203.0.113.5"
        await enter(http, login="nobody")

    city.calls(story)
    fact = audited(city)[-1]
    opened = city.signing_in._digests.open(fact.sealed_for, fact.id, fact.sealed)
    assert json.loads(opened) == {"address": "127.0.0.1"}


def test_beside_the_proxy_nobody_says_where_he_comes_from(serve):
    city = serve(accounts=True, front=Front(frozenset({"city.example"}), "10.0.0.1"))

    async def story(http):
        http.headers["X-Forwarded-For"] = "203.0.113.5"
        await enter(http, login="nobody")

    city.calls(story)  # from this machine, which the proxy is not
    fact = audited(city)[-1]
    opened = city.signing_in._digests.open(fact.sealed_for, fact.id, fact.sealed)
    assert json.loads(opened) == {"address": "127.0.0.1"}


def test_a_secret_that_expired_opens_nothing(city):
    open_li(city)
    secret, digest = new_secret(LI)
    does(city, IssueSecret(account=LI, digest=digest,
                           expires_at=Instant(city.clock.now() + 60 * SECOND_US)))  # fmt: skip
    pass_time(city, 60)
    answer = city.post(f"{SESSION}/recovery", json={"secret": secret, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_secret_of_one_use")
