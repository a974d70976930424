"""Guard: erasing a person is a command, and so is all that concerns accounts and keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.stage import Follows, Orders
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import (
    FeedKeyIssued,
    FeedKeyRevoked,
    PasswordSet,
    PersonErased,
    RecoveryCodesIssued,
    RecoveryCodeUsed,
    SecondFactorSet,
    SecretIssued,
    SecretUsed,
    ServiceKeyIssued,
    ServiceKeyRevoked,
)
from chengyun.guard import accounts, keys, passwords, second_factor, sessions
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under


class ErasePerson(Command, frozen=True, kw_only=True):
    """Destroy the key of a person: every seal under it is unreadable from then on."""

    NEEDS: ClassVar[str] = "person:erase"
    person: str
    ground: str


class ErasedRow(msgspec.Struct, frozen=True):
    """A person whose key was destroyed."""

    person: str
    at: int


ERASED = Table("erased", ErasedRow, key=("person",))


def erase_person(command: ErasePerson, known: Known) -> Iterable[Draft]:
    """Record the erasure, once; it names the person by an opaque id only."""
    if known.get(ERASED, command.person) is not None:
        return
    if command.person.startswith("guard:"):
        raise Rejected(
            "no_person",
            f"{command.person[:40]!r} is no person: the platform itself has this key",
            where="person",
            remedy="name a person, or an account",
            params={"person": command.person[:40]},
        )
    yield Draft(
        id=under("erased", command.person),
        happened_at=known.now,
        subject=command.person,
        body=PersonErased(person=command.person, ground=command.ground),
    )


def note_erased(fact: Fact[PersonErased], rows: Rows) -> Iterable[Change]:
    """Remember who was erased and when."""
    yield Put(ERASED, ErasedRow(fact.body.person, fact.happened_at))


FOLLOWS: Final[Follows] = {
    PersonErased: (note_erased, accounts.end_erased),
    FeedKeyIssued: (keys.note_issued,),
    FeedKeyRevoked: (keys.note_revoked,),
    ServiceKeyIssued: (keys.note_service_issued,),
    ServiceKeyRevoked: (keys.note_service_revoked,),
    PasswordSet: (passwords.note_password,),
    SecondFactorSet: (second_factor.note_second_factor,),
    RecoveryCodesIssued: (second_factor.note_codes,),
    RecoveryCodeUsed: (second_factor.note_code_used,),
    SecretIssued: (second_factor.note_secret,),
    SecretUsed: (second_factor.note_secret_used,),
    **accounts.FOLLOWS,
}
ORDERS: Final[Orders] = {
    ErasePerson: erase_person,
    keys.IssueFeedKey: keys.issue_feed_key,
    keys.RevokeFeedKey: keys.revoke_feed_key,
    keys.IssueServiceKey: keys.issue_service_key,
    keys.RevokeServiceKey: keys.revoke_service_key,
    passwords.SetPassword: passwords.set_password,
    second_factor.SetSecondFactor: second_factor.set_second_factor,
    second_factor.UseRecoveryCode: second_factor.use_recovery_code,
    second_factor.IssueSecret: second_factor.issue_secret,
    second_factor.UseSecret: second_factor.use_secret,
    sessions.LogIn: sessions.log_in,
    sessions.RefuseLogin: sessions.refuse_login,
    sessions.LogOut: sessions.log_out,
    **accounts.ORDERS,
}
TABLES = (ERASED, keys.FEED_KEYS, keys.SERVICE_KEYS, accounts.ACCOUNTS)
