"""Accounts: who may sign in, with what; facts of the operations chain and a row each.

Whatever is secret or personal (login, name, hashes, keys) stands in the sealed part of a fact,
under the key of the account; the row names the fact that holds the newest one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import ClassVar, Final, Literal

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.stage import Follows, Orders
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import (
    AccountClosed,
    AccountLinked,
    AccountOpened,
    AccountResumed,
    AccountSuspended,
    PersonErased,
)
from chengyun.guard.permissions import POWERS
from chengyun.guard.ports import DIGESTS
from chengyun.kernel.errors import Forbidden, Rejected
from chengyun.kernel.ids import join, outside, under
from chengyun.kernel.limits import MAX_LOGIN_CHARS, MAX_NAME_CHARS

ACTOR: Final = "system:sign-in"
"""Who records what belongs to signing in: the platform, for the account that the fact names."""

ACCOUNT_KIND: Final = "account"
"""What an account is called as an actor and a subject."""

_ID: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class OpenAccount(Command, frozen=True, kw_only=True):
    """Let somebody, or a service, sign in; ``account`` is 16 random hexadecimal digits."""

    NEEDS: ClassVar[str] = "account:open"
    account: str
    login: str
    name: str
    kind: Literal["person", "service"] = "person"
    power: str = ""
    second_factor: bool = False


class SuspendAccount(Command, frozen=True, kw_only=True):
    """Let an account in no longer, until it is resumed; its sessions end at once."""

    NEEDS: ClassVar[str] = "account:suspend"
    account: str
    reason: str


class ResumeAccount(Command, frozen=True, kw_only=True):
    """Let a suspended account in again."""

    NEEDS: ClassVar[str] = "account:suspend"
    account: str
    reason: str


class CloseAccount(Command, frozen=True, kw_only=True):
    """End an account for good."""

    NEEDS: ClassVar[str] = "account:close"
    account: str
    reason: str


class LinkAccount(Command, frozen=True, kw_only=True):
    """Let whom a provider knows by a subject (SHA-256 of issuer and subject) sign in."""

    NEEDS: ClassVar[str] = "account:open"
    BY_NAME: ClassVar[bool] = False
    account: str
    subject: str


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it stands; the ids of facts say where something sealed is."""

    account: str
    kind: str
    state: str
    """``open``, ``suspended``, ``closed`` or ``erased``."""
    login: str
    power: str
    second_factor: bool
    opened: str
    subject: str = ""
    password: str = ""
    factor: str = ""
    codes: str = ""
    codes_used: list[int] = []
    secret: str = ""
    secret_until: int = 0
    epoch: int = 0
    """Goes on when what was opened before must be over: another password, a suspension."""
    changes: int = 0
    """How many facts changed it: names the next one."""
    opened_at: int = 0


ACCOUNTS = Table(
    "accounts",
    AccountRow,
    key=("account",),
    indexes=(("login",), ("subject",), ("opened_at", "account")),
)


def subject_of(account: str) -> str:
    """Return an account as an actor, a subject, and the person under whose key it is sealed.

    >>> subject_of("00c0ffee00c0ffee")
    'account:00c0ffee00c0ffee'
    """
    return join(ACCOUNT_KIND, account)


def plain_login(login: str) -> str:
    """Return a login as it is compared: NFKC, case folded (RFC 8265 has the like)."""
    return unicodedata.normalize("NFKC", login).casefold().strip()


def account_of(known: Known, account: str) -> AccountRow:
    """Return the row of an account, or refuse an unknown one."""
    row = known.get(ACCOUNTS, account)
    if row is None:
        raise Rejected(
            "unknown", f"there is no account {account[:40]!r}", where="account",
            remedy="chengyun account list names them", params={"account": account[:40]},
        )  # fmt: skip
    return row


def open_one(known: Known, account: str) -> AccountRow:
    """Return the row of an account that is open, or refuse."""
    row = account_of(known, account)
    if row.state != "open":
        raise Rejected(
            "not_open",
            f"this account is {row.state}",
            where="account",
            remedy="resume it, or open another one",
            params={"account": account, "state": row.state},
        )
    return row


def open_account(command: OpenAccount, known: Known) -> Iterable[Draft]:
    """Record an account whose login nobody else has."""
    if not _ID.fullmatch(command.account):
        raise Rejected(
            "bad_account", "an account's id is 16 hexadecimal digits", where="account",
            remedy="let chengyun account open make it",
        )  # fmt: skip
    login = plain_login(outside(command.login, field="login"))
    name = outside(command.name, field="name")
    if len(login) > MAX_LOGIN_CHARS or len(name) > MAX_NAME_CHARS:
        raise Rejected(
            "too_long",
            f"a login has at most {MAX_LOGIN_CHARS} characters, a name {MAX_NAME_CHARS}",
            where="login",
            remedy="shorten it",
            params={"limit": str(MAX_LOGIN_CHARS)},
        )
    if command.power and command.power not in POWERS:
        raise Rejected(
            "unknown_power", f"{command.power[:40]!r} is none of the three powers", where="power",
            remedy=f"give one of {', '.join(POWERS)}, or none",
            params={"power": command.power[:40]},
        )  # fmt: skip
    digest = known.port(DIGESTS).digest("login", login)
    if any(row.account != command.account for row in known.find(ACCOUNTS, 0, digest)):
        raise Rejected(
            "login_taken", "another account has this login", where="login",
            remedy="choose another one: a login is never given twice",
        )  # fmt: skip
    yield Draft(
        id=subject_of(command.account),
        happened_at=known.now,
        subject=subject_of(command.account),
        body=AccountOpened(
            account=command.account,
            kind=command.kind,
            login=digest,
            power=command.power,
            second_factor=command.second_factor or bool(command.power),
        ),
        sealed={"login": login, "name": name},
        sealed_for=subject_of(command.account),
    )


def suspend_account(command: SuspendAccount, known: Known) -> Iterable[Draft]:
    """Record that an open account is suspended."""
    row = _of_another(known, command.account)
    if row.state == "suspended":
        return
    open_one(known, command.account)
    body = AccountSuspended(account=row.account, reason=_reason(command.reason))
    yield _draft("suspended", body, row, known)


def resume_account(command: ResumeAccount, known: Known) -> Iterable[Draft]:
    """Record that a suspended account is let in again."""
    row = account_of(known, command.account)
    if row.state == "open":
        return
    if row.state != "suspended":
        open_one(known, command.account)
    body = AccountResumed(account=row.account, reason=_reason(command.reason))
    yield _draft("resumed", body, row, known)


def close_account(command: CloseAccount, known: Known) -> Iterable[Draft]:
    """Record that an account is over."""
    row = _of_another(known, command.account)
    if row.state in ("closed", "erased"):
        return
    body = AccountClosed(account=row.account, reason=_reason(command.reason))
    yield _draft("closed", body, row, known)


def link_account(command: LinkAccount, known: Known) -> Iterable[Draft]:
    """Record whose subject an account is; a subject leads to one account."""
    row = open_one(known, command.account)
    if not _DIGEST.fullmatch(command.subject):
        raise Rejected(
            "bad_subject", "a subject is kept as its SHA-256, in hexadecimal", where="subject",
            remedy="let chengyun account link make it",
        )  # fmt: skip
    if any(other.account != row.account for other in known.find(ACCOUNTS, 1, command.subject)):
        raise Rejected(
            "subject_taken", "another account is linked to this subject", where="subject",
            remedy="close that account first",
        )  # fmt: skip
    if row.subject != command.subject:
        body = AccountLinked(account=row.account, subject=command.subject)
        yield _draft("linked", body, row, known)


def _of_another(known: Known, account: str) -> AccountRow:
    """Return the row of an account; nobody shuts himself out, and then perhaps everybody."""
    row = account_of(known, account)
    if known.actor == subject_of(row.account):
        raise Forbidden(
            "own_account",
            "nobody suspends or closes his own account",
            where="account",
            remedy="let another security administrator do it, or whoever runs the machine",
        )
    return row


def _reason(reason: str) -> str:
    return outside(reason, field="reason")


def _draft(what: str, body: AccountSuspended | AccountResumed | AccountClosed | AccountLinked,
           row: AccountRow, known: Known) -> Draft:  # fmt: skip
    return Draft(
        id=next_id(what, row),
        happened_at=known.now,
        subject=subject_of(row.account),
        body=body,
    )


def next_id(what: str, row: AccountRow) -> str:
    """Return the id of the next fact about an account: numbered, so that no clock is needed."""
    return under(what, subject_of(row.account), row.changes)


def note_opened(fact: Fact[AccountOpened], rows: Rows) -> Iterable[Change]:
    """An account is there."""
    one = fact.body
    row = AccountRow(
        account=one.account,
        kind=one.kind,
        state="open",
        login=one.login,
        power=one.power,
        second_factor=one.second_factor,
        opened=fact.id,
        opened_at=fact.known_at,
    )
    yield Put(ACCOUNTS, row)


def changed(rows: Rows, account: str, **fields: object) -> Iterable[Change]:
    """Return the change of some fields of an account's row."""
    row = rows.get(ACCOUNTS, account)
    if row is not None:
        yield Put(ACCOUNTS, msgspec.structs.replace(row, changes=row.changes + 1, **fields))


def ended(rows: Rows, account: str, **fields: object) -> Iterable[Change]:
    """Return the same, with every session of before over."""
    row = rows.get(ACCOUNTS, account)
    if row is not None:
        yield from changed(rows, account, epoch=row.epoch + 1, **fields)


def note_suspended(fact: Fact[AccountSuspended], rows: Rows) -> Iterable[Change]:
    """It is let in no longer; whoever resumes it does not resume its sessions."""
    yield from ended(rows, fact.body.account, state="suspended")


def note_resumed(fact: Fact[AccountResumed], rows: Rows) -> Iterable[Change]:
    """It is let in again."""
    yield from changed(rows, fact.body.account, state="open")


def note_closed(fact: Fact[AccountClosed], rows: Rows) -> Iterable[Change]:
    """It is over."""
    yield from changed(rows, fact.body.account, state="closed", secret="", subject="")


def note_linked(fact: Fact[AccountLinked], rows: Rows) -> Iterable[Change]:
    """A provider's subject leads to it."""
    yield from changed(rows, fact.body.account, subject=fact.body.subject)


def end_erased(fact: Fact[PersonErased], rows: Rows) -> Iterable[Change]:
    """Its key is destroyed: nothing sealed for it opens any more."""
    kind, _, account = fact.body.person.partition(":")
    if kind == "account":
        yield from changed(rows, account, state="erased", secret="", subject="")


FOLLOWS: Final[Follows] = {
    AccountOpened: (note_opened,),
    AccountSuspended: (note_suspended,),
    AccountResumed: (note_resumed,),
    AccountClosed: (note_closed,),
    AccountLinked: (note_linked,),
}
ORDERS: Final[Orders] = {
    OpenAccount: open_account,
    SuspendAccount: suspend_account,
    ResumeAccount: resume_account,
    CloseAccount: close_account,
    LinkAccount: link_account,
}
