"""Accounts over HTTP: opened and recovered by who may, secrets shown once, no power in another."""

import msgspec
import pytest
from served import RESOLVED
from test_http_sign_in import PASSWORD, SESSION, TOKEN, audited, code_now, pass_time

from chengyun.adapters.sql.reading import StoreReader
from chengyun.app.first_account import POWER
from chengyun.engine import codec
from chengyun.engine.adoption import AdoptPolicy
from chengyun.guard.accounts import ACCOUNTS, OpenAccount, subject_of
from chengyun.guard.grants import GiveGrant
from chengyun.guard.standard_roles import PURPOSES, ROLES

AT = "/api/v1/accounts"
COMMANDS = "/api/v1/commands"
ADMIN = "admin"


@pytest.fixture
def city(serve):
    return serve(accounts=True)


async def as_admin(http, city, secret=None):
    """Let the first administrator in, with a second factor."""
    given = {"secret": secret or city.secret, "password": PASSWORD}
    step = (await http.post(f"{SESSION}/recovery", json=given)).json()
    proof = {"ticket": step["ticket"], "code": code_now(city, step["key"])}
    entered = await http.post(f"{SESSION}/enrol", json=proof)
    assert entered.status_code == 200, entered.text
    http.headers[TOKEN] = entered.json()["token"]


def own(city):
    """Return the account of the first administrator."""
    return next(row.account for row in city.engine.rows.each(ACCOUNTS) if row.power == POWER)


async def opened(http, login="li", **more):
    return await http.post(AT, json={"login": login, "name": "李华", **more})


def code_of(answer):
    return answer.status_code, answer.json()["code"]


def everything_on_disk(city):
    return b"".join(p.read_bytes() for p in city.server.folder.rglob("*") if p.is_file())


def test_an_account_is_opened_with_a_secret_that_works_once_and_stands_nowhere(city, capfd):
    async def story(http):
        await as_admin(http, city)
        answer = await opened(http)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        told = answer.json()
        assert told["secret"].startswith(f"cyo_{told['account']}_")
        assert not told["waits"]
        listed = (await http.get(AT)).text
        assert told["secret"] not in listed
        http.cookies.clear()
        await as_admin(http, city, told["secret"])
        again = await http.post(
            f"{SESSION}/recovery", json={"secret": told["secret"], "password": PASSWORD}
        )
        assert code_of(again) == (401, "bad_secret_of_one_use")
        return told

    told = city.calls(story)
    random = told["secret"].rpartition("_")[2].encode()
    assert random not in everything_on_disk(city)
    said = capfd.readouterr()
    assert random.decode() not in said.out + said.err
    with StoreReader(city.server.folder) as reader:
        facts = [codec.read(one) for one in reader.facts("xiaocheng", chain="operations")]
    about = [fact for fact in facts if fact.subject == subject_of(told["account"])]
    assert [fact.kind for fact in about[:2]] == ["AccountOpened", "SecretIssued"]
    assert {fact.actor for fact in about[:2]} == {subject_of(own(city))}


def test_accounts_are_listed_by_pages_and_filters_the_newest_first(city):
    async def story(http):
        await as_admin(http, city)
        for number in range(5):
            pass_time(city, 1)
            kind = "service" if number == 3 else "person"
            await opened(http, f"li{number}", kind=kind)
        pages, cursor = [], ""
        while cursor is not None:
            answer = (await http.get(AT, params={"limit": 2, "cursor": cursor})).json()
            pages.append([one["login"] for one in answer["accounts"]])
            cursor = answer["next"]
        assert pages == [["li4", "li3"], ["li2", "li1"], ["li0", ADMIN]]

        async def logins(**asked):
            found = await http.get(AT, params=asked)
            return [one["login"] for one in found.json()["accounts"]]

        assert await logins(kind="service") == ["li3"]
        assert await logins(login=" LI2 ") == ["li2"]
        assert await logins(login="li") == []
        assert await logins(power="security_administrator") == [ADMIN]
        assert await logins(state="' OR 1=1 --") == []
        suspended = {"account": (await named(http, "li2"))["account"], "reason": "away"}
        answer = await http.post(f"{COMMANDS}/SuspendAccount", json=suspended)
        assert answer.status_code == 200
        assert await logins(state="suspended") == ["li2"]
        for bad in ("colour=red", "limit=x", "cursor=%25", "state=a&state=b"):
            assert (await http.get(f"{AT}?{bad}")).status_code in (400, 422), bad

    city.calls(story)


async def named(http, login):
    (found,) = (await http.get(AT, params={"login": login})).json()["accounts"]
    return found


def test_what_is_shown_of_an_account_is_no_secret(city):
    async def story(http):
        await as_admin(http, city)
        await opened(http)
        return await named(http, "li"), await named(http, ADMIN)

    li, admin = city.calls(story)
    assert set(li) == {
        "account", "login", "name", "kind", "state", "power", "opened_at", "has_password",
        "second_factor", "has_second_factor", "secret_until",
    }  # fmt: skip
    assert li["name"] == "李华"
    assert (li["has_password"], li["second_factor"], li["has_second_factor"]) == (
        False, True, False,
    )  # fmt: skip
    assert li["secret_until"] > city.clock.now()
    assert (admin["has_password"], admin["has_second_factor"], admin["secret_until"]) == (
        True, True, 0,
    )  # fmt: skip


def test_no_power_lets_itself_into_another(city):
    async def story(http):
        await as_admin(http, city)
        answer = (await opened(http, "audit", power="audit_administrator")).json()
        assert answer["secret"] == ""
        refused = await http.post(f"{AT}/{answer['account']}/secret", json={})
        assert code_of(refused) == (403, "power_at_the_machine")
        mine = await http.post(f"{AT}/{own(city)}/secret", json={})
        assert code_of(mine) == (403, "own_account")
        for command in ("SuspendAccount", "CloseAccount"):
            fields = {"account": own(city), "reason": "x"}
            answer = await http.post(f"{COMMANDS}/{command}", json=fields)
            assert code_of(answer) == (403, "own_account")
        return await named(http, "audit")

    assert city.calls(story)["secret_until"] == 0


def test_recovering_voids_what_was_before_and_is_refused_for_nobody(city):
    async def story(http):
        await as_admin(http, city)
        first = (await opened(http)).json()
        second = (await http.post(f"{AT}/{first['account']}/secret", json={"hours": 2})).json()
        assert second["expires_at"] == city.clock.now() + 2 * 3_600_000_000
        assert code_of(await http.post(f"{AT}/{'0' * 16}/secret", json={})) == (404, "unknown")
        for bad in ({"hours": 0}, {"hours": 1_000}, {"hours": "2"}, {"more": 1}):
            answer = await http.post(f"{AT}/{first['account']}/secret", json=bad)
            assert code_of(answer) == (422, "bad_fields")
        http.cookies.clear()
        given = {"secret": first["secret"], "password": PASSWORD}
        old = await http.post(f"{SESSION}/recovery", json=given)
        assert code_of(old) == (401, "bad_secret_of_one_use")
        await as_admin(http, city, second["secret"])

    city.calls(story)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"login": "admin"}, "login_taken"),
        ({"login": "ADMIN "}, "login_taken"),
        ({"login": "x" * 65}, "too_long"),
        ({"login": "zhao", "power": "emperor"}, "unknown_power"),
        ({"login": "zhao", "kind": "robot"}, "bad_fields"),
        ({"login": "zhao", "hours": 0}, "bad_fields"),
        ({"login": "zhao", "account": "0" * 16}, "bad_fields"),
    ],
)
def test_what_makes_no_account_opens_none(city, fields, code):
    async def story(http):
        await as_admin(http, city)
        answer = await http.post(AT, json={"name": "n"} | fields)
        assert answer.json()["code"] == code
        assert len((await http.get(AT)).json()["accounts"]) == 1

    city.calls(story)


def test_the_token_of_the_page_is_asked_for(city):
    async def story(http):
        await as_admin(http, city)
        del http.headers[TOKEN]
        assert code_of(await opened(http)) == (403, "bad_page_token")

    city.calls(story)


def test_who_is_in_is_told_what_he_may_and_which_roles_he_may_give(city):
    async def story(http):
        await as_admin(http, city)
        told = (await http.get(SESSION)).json()
        roles = (await http.get("/api/v1/roles")).json()["roles"]
        return told["may"], roles

    may, roles = city.calls(story)
    assert set(may) == set(ROLES["security_administrator"]["permissions"])
    assert {role["code"] for role in roles if role["may_give"]} == set(
        ROLES["security_administrator"]["gives"]
    )
    duty = next(role for role in roles if role["code"] == "duty_officer")
    assert duty["purposes"]["emergency"] == PURPOSES["emergency"]
    assert duty["second_factor"]


def test_where_the_pack_wants_two_persons_a_secret_opens_nothing_before_the_second(city):
    pack = msgspec.json.decode(RESOLVED[0].content)
    roles = msgspec.json.decode(msgspec.json.encode(ROLES))
    keeper = roles["security_administrator"]
    keeper["permissions"] = [*keeper["permissions"], "command:approve"]
    keeper["two_persons"] = ["IssueSecret"]
    pack["roles"] = {"purposes": PURPOSES, "roles": roles, "approval_h": 24}
    version = city.engine.keep_artefact(msgspec.json.encode(pack, order="sorted"))
    second = subject_of("00000000000000ff")
    for command in (
        AdoptPolicy(version=version, pack="xiaocheng", effective_from=city.clock.now()),
        OpenAccount(
            account="00000000000000ff", login="second", name="s", power="security_administrator"
        ),
        GiveGrant(grant="second00", account=second, role="security_administrator"),
    ):
        assert city.engine.execute(command, actor="person:owner").refused is None

    async def story(http):
        await as_admin(http, city)
        told = (await opened(http)).json()
        assert told["waits"]
        assert told["secret"]
        given = {"secret": told["secret"], "password": PASSWORD}
        early = await http.post(f"{SESSION}/recovery", json=given)
        assert code_of(early) == (401, "bad_secret_of_one_use")
        (waits,) = (await http.get("/api/v1/approvals")).json()["approvals"]
        assert waits["command"] == "IssueSecret"
        assert told["secret"].rpartition("_")[2] not in waits["fields"]
        decide = {"approval": waits["approval"], "approved": True, "reason": "known to me"}
        own_ = await http.post(f"{COMMANDS}/DecideApproval", json=decide)
        assert code_of(own_) == (403, "own_approval")
        command = city.server.commands["DecideApproval"](**decide)
        assert (await city.server.submit(command, second)).refused is None
        http.cookies.clear()
        await as_admin(http, city, told["secret"])

    city.calls(story)


def test_a_refusal_to_list_accounts_stands_on_the_audit_chain(city):
    li = "00000000000000aa"
    for command in (
        OpenAccount(account=li, login="li", name="l"),
        GiveGrant(grant="forli000", account=subject_of(li), role="dispatcher"),
    ):
        assert city.engine.execute(command, actor="person:owner").refused is None

    async def story(http):
        await as_admin(http, city)
        secret = (await http.post(f"{AT}/{li}/secret", json={})).json()["secret"]
        http.cookies.clear()
        given = {"secret": secret, "password": PASSWORD}
        entered = await http.post(f"{SESSION}/recovery", json=given)
        http.headers[TOKEN] = entered.json()["token"]
        for answer in (await http.get(AT), await opened(http, "mine")):
            assert answer.status_code == 403

    city.calls(story)
    doors = [one.body.door for one in audited(city) if one.kind == "DoorRefused"]
    assert doors == [f"GET {AT}", f"POST {AT}"]
