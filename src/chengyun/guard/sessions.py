"""Sessions: who is signed in, until when; facts of the audit chain, and a table in memory.

The token is random and stands in the browser's cookie alone; kept is its digest. After a restart
the table is filled from the tail of the audit chain, so nobody has to sign in again; who was idle
stays so, by what ``app/signing_in.py`` keeps of the last deeds.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import ClassVar

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import AUDIT, Draft
from chengyun.facts.guard import LoggedIn, LoggedOut, LoginRefused
from chengyun.guard.accounts import AccountRow, open_one, subject_of
from chengyun.guard.ports import DIGESTS
from chengyun.guard.throttling import network_of
from chengyun.kernel.errors import Overloaded, Rejected
from chengyun.kernel.ids import join
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import (
    MAX_SESSIONS,
    MAX_SESSIONS_AN_ACCOUNT,
    SESSION_IDLE_S,
    SESSION_S,
)

NOBODY = "logins:unknown"
"""Under whose key the addresses of those are sealed who gave a login that is nobody's."""


class LogIn(Command, frozen=True, kw_only=True):
    """Open a session, by the digest of its token."""

    NEEDS: ClassVar[str] = "session:open"
    CHAIN: ClassVar[str] = AUDIT
    BY_NAME: ClassVar[bool] = False
    account: str
    epoch: int
    """The account's, when whoever signs in was judged: with another one they are judged again."""
    session: str
    how: str
    step: int
    address: str


class RefuseLogin(Command, frozen=True, kw_only=True):
    """Record that somebody was not let in; ``account`` is empty where the login is nobody's."""

    NEEDS: ClassVar[str] = "session:open"
    CHAIN: ClassVar[str] = AUDIT
    BY_NAME: ClassVar[bool] = False
    id: str
    account: str
    login: str
    code: str
    address: str


class LogOut(Command, frozen=True, kw_only=True):
    """End a session, or all of an account."""

    NEEDS: ClassVar[str] = "session:open"
    CHAIN: ClassVar[str] = AUDIT
    BY_NAME: ClassVar[bool] = False
    id: str
    account: str
    session: str = ""


class Session(msgspec.Struct):
    """A session that is open."""

    account: str
    digest: str
    epoch: int
    opened_at: Instant
    seen_at: Instant
    """When its owner last did something."""
    how: str


def token_digest(token: str) -> str:
    """Return what is kept of a token: it is random and long, so SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def page_token(token: str) -> str:
    """Return what a page must send back with everything that changes something (CSRF).

    It follows from the session's token: only who was given the session's cookie by this server
    was told it, and no other site can read or guess it.
    """
    return hmac.new(token.encode(), b"chengyun page", hashlib.sha256).hexdigest()


class Sessions:
    """The open sessions by the digest of their tokens; at most so many, the oldest leave."""

    def __init__(self) -> None:
        self._open: dict[str, Session] = {}
        self._of: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, session: Session) -> None:
        """Take a session in; an account with too many loses its oldest."""
        self._open[session.digest] = session
        own = self._of.setdefault(session.account, {})
        own[session.digest] = None
        while len(own) > MAX_SESSIONS_AN_ACCOUNT:
            self.leave(next(iter(own)))

    def leave(self, digest: str) -> None:
        """End a session, if it is open."""
        session = self._open.pop(digest, None)
        if session is not None:
            own = self._of[session.account]
            del own[digest]
            if not own:
                del self._of[session.account]

    def leave_all(self, account: str) -> None:
        """End every session of an account."""
        for digest in list(self._of.get(account, ())):
            self.leave(digest)

    def of(self, digest: str, row: AccountRow | None, now: Instant) -> Session | None:
        """Return an open session, or ``None``; what is over leaves the table.

        ``row`` is the account's: a session does not outlive its password or its account.
        """
        session = self._open.get(digest)
        if session is None:
            return None
        if row is None or is_over(session, row, now):
            self.leave(digest)
            return None
        return session

    def deeds(self) -> dict[str, int]:
        """Return when the owner of each open session last did something, by its digest."""
        return {digest: session.seen_at for digest, session in self._open.items()}

    def account_of(self, digest: str) -> str:
        """Return whose session this is, open or about to be found over; empty for none."""
        session = self._open.get(digest)
        return "" if session is None else session.account

    def make_room(self, now: Instant) -> None:
        """Let go what is over by time; ``Overloaded`` where there are still too many."""
        if len(self._open) < MAX_SESSIONS:
            return
        for digest in [one.digest for one in self._open.values() if is_late(one, now)]:
            self.leave(digest)
        if len(self._open) >= MAX_SESSIONS:
            raise Overloaded("too many are signed in", remedy="try again later")


def is_over(session: Session, row: AccountRow, now: Instant) -> bool:
    """Tell whether a session is over: by time, by a new password, by what became of its account."""
    return row.state != "open" or session.epoch != row.epoch or is_late(session, now)


def is_late(session: Session, now: Instant) -> bool:
    """Tell whether a session is over by time: its own, or that of its owner's last deed."""
    whole = now - session.opened_at >= SESSION_S * SECOND_US
    return whole or now - session.seen_at >= SESSION_IDLE_S * SECOND_US


# --- commands ---------------------------------------------------------------------------------


def log_in(command: LogIn, known: Known) -> Iterable[Draft]:
    """Record that somebody signed in; an account that is not open is refused."""
    row = open_one(known, command.account)
    if row.epoch != command.epoch:
        raise Rejected(
            "bad_login", "the password was changed meanwhile", where="login", remedy="begin again"
        )
    subject = subject_of(command.account)
    yield Draft(
        id=join("login", command.session[:32]),
        happened_at=known.now,
        subject=subject,
        body=LoggedIn(
            account=command.account,
            epoch=command.epoch,
            session=command.session,
            how=command.how,
            step=command.step,
            address=known.port(DIGESTS).digest("address", network_of(command.address)),
        ),
        sealed={"address": command.address},
        sealed_for=subject,
    )


def refuse_login(command: RefuseLogin, known: Known) -> Iterable[Draft]:
    """Record that somebody was not let in."""
    digests = known.port(DIGESTS)
    subject = subject_of(command.account) if command.account else NOBODY
    yield Draft(
        id=join("login-refused", command.id),
        happened_at=known.now,
        subject=subject,
        body=LoginRefused(
            account=command.account,
            login=digests.digest("login", command.login),
            code=command.code,
            address=digests.digest("address", network_of(command.address)),
        ),
        sealed={"address": command.address},
        sealed_for=subject,
    )


def log_out(command: LogOut, known: Known) -> Iterable[Draft]:
    """Record that a session, or all of an account, ended."""
    subject = subject_of(command.account)
    yield Draft(
        id=join("logout", command.id),
        happened_at=known.now,
        subject=subject,
        body=LoggedOut(account=command.account, session=command.session),
    )
