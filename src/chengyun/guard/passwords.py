"""Passwords by the rules of NIST SP 800-63B-4, section 3.1.1: long, not common, never rotated.

There are no rules of composition and no hints. The hash comes in from outside (argon2id), is
sealed, and stands in no row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import ClassVar, Final

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import PasswordSet
from chengyun.guard import blocklist
from chengyun.guard.accounts import changed, ended, next_id, open_one, subject_of
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import (
    MAX_PASSWORD_CHARS,
    MIN_PASSWORD_CHARS,
    MIN_PASSWORD_CHARS_ALONE,
    MIN_PASSWORD_REST,
)

_HASH: Final = re.compile(r"\$argon2id\$v=19\$[A-Za-z0-9,=$+/]{40,220}", re.ASCII)


class SetPassword(Command, frozen=True, kw_only=True):
    """Give an account a password by its hash; every session of before ends."""

    NEEDS: ClassVar[str] = "account:recover"
    BY_NAME: ClassVar[bool] = False
    account: str
    hash: str
    is_same: bool = False


def plain(password: str) -> str:
    """Return a password as it is hashed: NFKC, so that every keyboard writes the same."""
    return unicodedata.normalize("NFKC", password)


def check_length(password: str) -> None:
    """Refuse what is too long to be looked at."""
    if len(password) > MAX_PASSWORD_CHARS:
        raise Rejected(
            "password_too_long",
            f"a password has at most {MAX_PASSWORD_CHARS} characters",
            where="password",
            remedy="choose a shorter one",
            params={"limit": str(MAX_PASSWORD_CHARS)},
        )


def check_password(password: str, *, second_factor: bool, context: Iterable[str] = ()) -> str:
    """Return a new password as it is hashed, or refuse it saying why."""
    check_length(password)
    chosen = plain(password)
    least = MIN_PASSWORD_CHARS if second_factor else MIN_PASSWORD_CHARS_ALONE
    if len(chosen) < least:
        raise Rejected(
            "password_too_short",
            f"a password has at least {least} characters",
            where="password",
            remedy="take some words that do not belong together",
            params={"limit": str(least)},
        )
    if len(blocklist.rest_of(chosen, context)) < MIN_PASSWORD_REST:
        raise Rejected(
            "password_common",
            "this is made of what is tried first: common words, runs, names of this place",
            where="password",
            remedy="take some words that do not belong together",
        )
    check_length(chosen)
    return chosen


def set_password(command: SetPassword, known: Known) -> Iterable[Draft]:
    """Record a password."""
    yield password_draft(command.account, command.hash, known, is_same=command.is_same)


def password_draft(account: str, hashed: str, known: Known, *, is_same: bool = False) -> Draft:
    """Return the fact of a password; refuse what is no hash, or an account that is not open."""
    row = open_one(known, account)
    if not _HASH.fullmatch(hashed):
        raise Rejected(
            "bad_hash", "this is no hash of a password", where="hash",
            remedy="let chengyun account password make it",
        )  # fmt: skip
    subject = subject_of(account)
    return Draft(
        id=next_id("password", row),
        happened_at=known.now,
        subject=subject,
        body=PasswordSet(account=account, is_same=is_same),
        sealed={"hash": hashed},
        sealed_for=subject,
    )


def note_password(fact: Fact[PasswordSet], rows: Rows) -> Iterable[Change]:
    """The account has this password from now on; sessions of before are over."""
    if fact.body.is_same:
        yield from changed(rows, fact.body.account, password=fact.id)
    else:
        yield from ended(rows, fact.body.account, password=fact.id)
