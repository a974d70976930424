"""Accounts through the engine: what they may become, and that nothing secret stands in the open."""

from __future__ import annotations

import pytest

from chengyun.adapters.keys.passwords import hashed
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import platform
from chengyun.app.signing_in import new_secret
from chengyun.app.stages import TABLES
from chengyun.guard import keys
from chengyun.guard import second_factor as sf
from chengyun.guard.accounts import (
    ACCOUNTS,
    CloseAccount,
    LinkAccount,
    OpenAccount,
    ResumeAccount,
    SuspendAccount,
)
from chengyun.guard.erasing import ErasePerson
from chengyun.guard.passwords import SetPassword
from chengyun.guard.permissions import POWERS
from chengyun.guard.providers import subject_digest
from chengyun.guard.sessions import LogIn
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Conflict, Rejected
from chengyun.kernel.instants import SECOND_US, Instant

T0 = Instant(1_777_600_000 * SECOND_US)
LI, WANG = "00c0ffee00c0ffee", "0123456789abcdef"
HASH = "$argon2id$v=19$m=65536,t=3,p=4$" + "c2FsdHNhbHRzYWx0c2Fs$" + "aGFzaGhhc2hoYXNoaGFzaGhhc2g"


class City:
    """An engine with accounts, on a clock that goes on by a second a command."""

    def __init__(self, folder):
        self.folder = folder
        self.clock = VirtualClock(T0)
        self.open()

    def open(self):
        self.context = platform.opened(
            self.folder, partition="p", clock=self.clock, entropy=SeededEntropy(1)
        )
        self.platform = self.context.__enter__()
        self.engine = self.platform.engine

    def close(self):
        self.context.__exit__(None, None, None)

    def does(self, command):
        self.clock.advance_to(Instant(self.clock.now() + SECOND_US))
        outcome = self.engine.execute(command, actor="person:owner")
        self.engine.commit()
        self.engine.settle()
        if outcome.refused is not None:
            raise outcome.refused
        return outcome.facts

    def refuses(self, command):
        with pytest.raises(Rejected) as found:
            self.does(command)
        return found.value.code

    def row(self, account=LI):
        return self.engine.rows.get(ACCOUNTS, account)


@pytest.fixture
def city(tmp_path):
    found = City(tmp_path / "store")
    found.does(OpenAccount(account=LI, login="Li.Hua", name="李华"))
    yield found
    found.close()


def bytes_in(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_an_account_is_opened_suspended_resumed_closed(city):
    assert city.row().state == "open"
    city.does(SuspendAccount(account=LI, reason="away"))
    assert city.row().state == "suspended"
    assert city.does(SuspendAccount(account=LI, reason="away")) == ()
    city.does(ResumeAccount(account=LI, reason="back"))
    assert city.row().state == "open"
    assert city.does(ResumeAccount(account=LI, reason="back")) == ()
    city.does(CloseAccount(account=LI, reason="left"))
    assert city.row().state == "closed"
    assert city.does(CloseAccount(account=LI, reason="left")) == ()
    assert city.refuses(ResumeAccount(account=LI, reason="no")) == "not_open"
    assert city.refuses(SuspendAccount(account=WANG, reason="no")) == "unknown"
    assert city.refuses(
        LogIn(account=LI, epoch=0, session="0" * 64, how="password", step=0, address="")
    )


@pytest.mark.parametrize("login", ["li.hua", "LI.HUA ", "Ｌｉ．Ｈｕａ"])
def test_a_login_is_given_once_however_it_is_written(city, login):
    assert city.refuses(OpenAccount(account=WANG, login=login, name="other")) == "login_taken"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"account": "li"}, "bad_account"),
        ({"account": WANG.upper()}, "bad_account"),
        ({"login": " "}, "missing"),
        ({"login": "x" * 65}, "too_long"),
        ({"login": "x" * 500}, "too_long"),
        ({"login": "a\nb"}, "unprintable"),
        ({"name": ""}, "missing"),
        ({"name": "x" * 101}, "too_long"),
        ({"power": "root"}, "unknown_power"),
    ],
)
def test_bad_fields_are_refused(city, fields, code):
    given = {"account": WANG, "login": "wang", "name": "王"} | fields
    assert city.refuses(OpenAccount(**given)) == code


def test_a_power_needs_a_second_factor_and_an_account_holds_one(city):
    for number, power in enumerate(POWERS):
        account = f"{number:016x}"
        city.does(OpenAccount(account=account, login=power, name="n", power=power))
        assert city.row(account).second_factor
    other = OpenAccount(account="0" * 16, login=POWERS[0], name="n", power=POWERS[1])
    assert isinstance(city.engine.execute(other, actor="person:tester").refused, Conflict)


def test_nothing_secret_or_personal_stands_in_the_open(city):
    code = sf.recovery_code(b"0123456789")
    digests = [sf.recovery_digest(sf.recovery_code(bytes([n] * 10))) for n in range(9)]
    key = sf.key_text(b"k" * 20)
    real = hashed("tide gate heron")
    city.does(SetPassword(account=LI, hash=real))
    city.does(sf.SetSecondFactor(account=LI, key=key, step=1,
                                 digests=[*digests, sf.recovery_digest(code)]))  # fmt: skip
    city.does(
        LogIn(
            account=LI, epoch=2, session="ab" * 32, how="password", step=2, address="203.0.113.77"
        )
    )
    disk = bytes_in(city.folder)
    for needle in ("Li.Hua", "li.hua", "李华", real, real.rpartition("$")[2], key, code,
                   sf.recovery_digest(code), "203.0.113.77", "tide gate"):  # fmt: skip
        assert needle.encode() not in disk, needle
    row = city.row()
    assert city.engine.unsealed(row.opened) == {"login": "li.hua", "name": "李华"}
    assert city.engine.unsealed(row.password) == {"hash": real}
    assert city.engine.unsealed(row.factor) == {"key": key}
    assert city.engine.unsealed("person:nobody") is None


def test_whoever_is_erased_leaves_a_row_that_opens_nothing(city):
    city.does(SetPassword(account=LI, hash=HASH))
    password = city.row().password
    city.does(ErasePerson(person=f"account:{LI}", ground="asked for"))
    assert city.row().state == "erased"
    assert city.engine.unsealed(password) is None
    assert city.engine.unsealed(city.row().opened) is None
    assert city.refuses(SetPassword(account=LI, hash=HASH)) == "not_open"
    assert city.refuses(ErasePerson(person="guard:digests", ground="lock all out")) == "no_person"


def test_rows_are_the_same_after_a_rebuild_and_a_restart(city):
    _, digest = new_secret(LI)
    city.does(sf.IssueSecret(account=LI, digest=digest, expires_at=Instant(T0 + 10**9)))
    city.does(sf.UseSecret(account=LI, digest=digest, hash=HASH))
    before = city.row()
    with StoreReader(city.folder) as reader:
        state = reader.state_hash(TABLES)
    platform.rebuild_projections(city.platform.store)
    with StoreReader(city.folder) as reader:
        assert reader.state_hash(TABLES) == state
    city.close()
    city.open()
    assert city.row() == before
    assert city.refuses(OpenAccount(account=WANG, login="LI.HUA", name="x")) == "login_taken"


def test_a_secret_is_good_once_and_until_it_expires(city):
    _, first = new_secret(LI)
    _, second = new_secret(LI)
    until = Instant(T0 + 100 * SECOND_US)
    city.does(sf.IssueSecret(account=LI, digest=first, expires_at=until))
    city.does(sf.IssueSecret(account=LI, digest=second, expires_at=until))
    use = sf.UseSecret(account=LI, digest=second, hash=HASH)
    assert city.refuses(sf.UseSecret(account=LI, digest=first, hash=HASH)).startswith("bad_secret")
    assert city.refuses(sf.UseSecret(account=WANG, digest=first, hash=HASH)).startswith("bad_s")
    assert city.refuses(sf.UseSecret(account=LI, digest="", hash=HASH)).startswith("bad_secret")
    assert len(city.does(use)) == 2
    assert city.refuses(use).startswith("bad_secret")
    city.does(sf.IssueSecret(account=LI, digest=first, expires_at=until))
    city.clock.advance_to(until)
    assert city.refuses(sf.UseSecret(account=LI, digest=first, hash=HASH)).startswith("bad_secret")
    week = Instant(city.clock.now() + 8 * 86_400 * SECOND_US)
    assert city.refuses(sf.IssueSecret(account=LI, digest=first, expires_at=week)) == "bad_secret"
    assert city.refuses(sf.IssueSecret(account=LI, digest=first, expires_at=T0)) == "bad_secret"


def test_a_recovery_code_is_spent_once(city):
    digests = [sf.recovery_digest(sf.recovery_code(bytes([n] * 10))) for n in range(10)]
    factor = sf.SetSecondFactor(account=LI, key=sf.key_text(b"k" * 20), step=1, digests=digests)
    city.does(factor)
    city.does(sf.UseRecoveryCode(account=LI, place=3))
    assert city.row().codes_used == [3]
    assert city.refuses(sf.UseRecoveryCode(account=LI, place=3)) == "code_used"
    assert city.refuses(sf.UseRecoveryCode(account=LI, place=10)) == "code_used"
    assert city.refuses(sf.UseRecoveryCode(account=LI, place=-1)) == "code_used"
    city.does(factor)
    assert city.row().codes_used == [], "new codes are all good"


def test_a_hash_that_is_none_is_not_kept(city):
    for wrong in (
        "",
        "tide gate",
        "$argon2i$v=19$m=1$",
        HASH + "\n",
        "$argon2id$v=19$" + "a" * 500,
    ):
        assert city.refuses(SetPassword(account=LI, hash=wrong)) == "bad_hash"


def test_a_subject_of_a_provider_leads_to_one_account(city):
    subject = subject_digest("https://id.example", "42")
    assert subject != subject_digest("https://id.example4", "2")
    city.does(LinkAccount(account=LI, subject=subject))
    assert city.does(LinkAccount(account=LI, subject=subject)) == ()
    city.does(OpenAccount(account=WANG, login="wang", name="王"))
    assert city.refuses(LinkAccount(account=WANG, subject=subject)) == "subject_taken"
    assert city.refuses(LinkAccount(account=WANG, subject="42")) == "bad_subject"


def test_keys_are_for_services_and_for_what_they_name(city):
    city.does(OpenAccount(account=WANG, login="bus", name="buses", kind="service"))
    fields = {"key": "0123456789abcdef", "digest": "0" * 64, "permissions": ["live:read"],
              "expires_at": Instant(T0 + 10**9)}  # fmt: skip
    assert city.refuses(keys.IssueServiceKey(account=LI, **fields)) == "no_service"
    for wrong in ([], ["*"], ["live"], ["live:read\n"], ["a:b"] * 101):
        given = keys.IssueServiceKey(account=WANG, **(fields | {"permissions": wrong}))
        assert city.refuses(given) == "bad_permissions"
    city.does(keys.IssueServiceKey(account=WANG, **fields))
    city.does(keys.RevokeServiceKey(key=fields["key"], reason="lost"))
    assert city.does(keys.RevokeServiceKey(key=fields["key"], reason="lost")) == ()
    assert city.refuses(keys.RevokeServiceKey(key="nothing", reason="lost")) == "unknown"
