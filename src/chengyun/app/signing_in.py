"""Signing in, out and anew, over the engine: what is recorded is on disk before the answer.

One answer, after the same time, for a wrong password, an unknown login and an account that is not
open. What must wait is refused before anything is hashed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from chengyun.adapters.files.last_deeds import LastDeeds
from chengyun.adapters.keys.passwords import Hasher
from chengyun.app.serving import Server
from chengyun.app.tickets import Tickets
from chengyun.engine import codec
from chengyun.engine.commands import Command
from chengyun.engine.ports import Store
from chengyun.facts.envelope import AUDIT
from chengyun.facts.guard import LoggedIn, LoggedOut, LoginRefused
from chengyun.guard import passwords, second_factor
from chengyun.guard.accounts import (
    ACCOUNTS,
    ACTOR,
    AccountRow,
    LinkAccount,
    OpenAccount,
    plain_login,
)
from chengyun.guard.keys import SERVICE_KEYS, ServiceKeyRow, service_of
from chengyun.guard.ports import Digests
from chengyun.guard.providers import SECOND_METHODS
from chengyun.guard.sessions import LogIn, LogOut, RefuseLogin, Session, Sessions, token_digest
from chengyun.guard.throttling import Throttle, network_of
from chengyun.kernel.errors import ChengyunError, Rejected
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import (
    DEEDS_KEPT_S,
    MAX_LOGIN_CHARS,
    MAX_LOGINS_READ,
    RECOVERY_CODES,
)

How = Literal["password", "second_factor", "recovery_code", "secret", "provider"]


class Entered(NamedTuple):
    """Somebody is in: the token for the cookie, and recovery codes where there are new ones."""

    token: str
    account: str
    recovery_codes: tuple[str, ...] = ()


class Step(NamedTuple):
    """One more thing is asked for: a code, or a second factor to be set up."""

    name: Literal["second_factor", "enrol"]
    ticket: str
    key: str = ""
    uri: str = ""


class _Half(NamedTuple):
    """Somebody whose password was right."""

    account: str
    password: str
    """The fact of that password: with another one the ticket is void."""
    how: How
    key: str = ""
    """The second factor that is being set up; empty where a code is asked for."""


Counted = Callable[[str], None]
"""Hears the result of every try: ``entered``, or the code of the refusal."""


class SigningIn:
    """Everything about signing in, for one engine."""

    def __init__(
        self,
        server: Server,
        digests: Digests,
        *,
        issuer: str,
        context: Iterable[str] = (),
        counted: Counted = lambda result: None,
    ) -> None:
        """``issuer`` is what an authenticator shows; of ``context`` no password is made."""
        self.sessions = Sessions()
        self.counted = counted
        self._server = server
        self._engine = server.engine
        self._clock = server.clock
        self._digests = digests
        self._issuer = issuer
        self._context = tuple(context)
        self._throttle = Throttle()
        self._hasher = Hasher()
        self._halves: Tickets[_Half] = Tickets()
        self._steps: dict[str, int] = {}
        """The last step of time whose code each account used."""
        self._deeds = LastDeeds(server.folder)
        self._deeds_kept_at = 0

    def recall(self, store: Store) -> None:
        """Open the sessions again that the end of the audit chain tells of."""
        now = self._clock.now()
        partition = self._engine.partition
        end = store.heads(partition).get(AUDIT)
        after_seq = 0 if end is None else max(0, end.seq - MAX_LOGINS_READ)
        deeds = self._deeds.read()
        for stored in store.read(partition, AUDIT, after_seq=after_seq):
            fact = codec.read(stored)
            self._recall(fact.body, fact.known_at, now, deeds)

    def keep_deeds(self) -> None:
        """Write down when each session was last used: an idle one stays so after a restart."""
        self._deeds_kept_at = self._clock.now()
        self._deeds.write(self.sessions.deeds())

    @property
    def cookie(self) -> str:
        """The name of the cookie: another one for each store, as browsers mix up ports of a host.

        It follows from the store's own keys, so it stays the same and tells nothing of them.
        """
        return f"chengyun-{self._digests.digest('cookie', self._issuer)[:12]}"

    def _recall(
        self, body: msgspec.Struct, at: Instant, now: Instant, deeds: Mapping[str, int]
    ) -> None:
        if isinstance(body, LoggedIn):
            self._throttle.passed(body.account, body.address)
            self._used(body.account, body.step)
            seen_at = Instant(min(now, max(at, deeds.get(body.session, at))))
            session = Session(body.account, body.session, body.epoch, at, seen_at, body.how)
            self.sessions.enter(session)
            self.sessions.of(body.session, self.row(body.account), now)  # over by now: it leaves
        elif isinstance(body, LoggedOut):
            if body.session:
                self.sessions.leave(body.session)
            else:
                self.sessions.leave_all(body.account)
        elif isinstance(body, LoginRefused) and body.code not in BY_PROVIDER:
            who, is_account = body.account or body.login, bool(body.account)
            self._throttle.tried(who, body.address, at, is_account=is_account)

    # --- who asks -----------------------------------------------------------------------------

    def row(self, account: str) -> AccountRow | None:
        """Return an account as it stands."""
        return self._engine.rows.get(ACCOUNTS, account)

    def session(self, token: str, *, is_deed: bool) -> Session | None:
        """Return the open session of a token; a deed of its owner keeps it open."""
        digest, now = token_digest(token), self._clock.now()
        row = self.row(self.sessions.account_of(digest))
        session = self.sessions.of(digest, row, now)
        if session is not None and is_deed:
            session.seen_at = now
            if now - self._deeds_kept_at >= DEEDS_KEPT_S * SECOND_US:
                self.keep_deeds()
        return session

    def service(self, key: str) -> ServiceKeyRow | None:
        """Return the row of a service's key that is in force, of an account that is open."""
        rows = self._engine.rows
        found = service_of(key, lambda name: rows.get(SERVICE_KEYS, name), self._clock.now())
        row = None if found is None else self.row(found.account)
        return found if row is not None and row.state == "open" else None

    def login_digest(self, login: str) -> str:
        """Return by what an account with this login is found."""
        return self._digests.digest("login", plain_login(login))

    def names(self, row: AccountRow) -> dict[str, str]:
        """Return login and name of an account, opened; empty where it was erased."""
        return self._engine.unsealed(row.opened) or {}

    @staticmethod
    def codes_left(row: AccountRow | None) -> int:
        """Return how many recovery codes an account has left."""
        return RECOVERY_CODES - len(row.codes_used) if row is not None and row.codes else 0

    # --- in -----------------------------------------------------------------------------------

    async def begin(self, login: str, password: str, address: str) -> Entered | Step:
        """Judge a login and its password."""
        now, network = self._clock.now(), network_of(address)
        login = plain_login(login[: 4 * MAX_LOGIN_CHARS])
        row = self._by_login(login)
        who = self._who(row, login)
        self._check_wait(who, network, now, is_account=row is not None)
        self._throttle.tried(who, self._place(network), now, is_account=row is not None)
        kept = self._hash_of(row)
        right = await self._hasher.is_right(kept, passwords.plain(password[:1_024]))
        row = None if row is None else self.row(row.account)  # as it stands after the hashing
        if not right or kept is None or row is None or row.state != "open":
            raise await self._refusal("bad_login", row, login, address)
        self._throttle.was_right(who, self._place(network), self._clock.now(), is_account=True)
        if self._hasher.is_outdated(kept):
            anew = await self._hasher.hashed(passwords.plain(password))
            await self._do(passwords.SetPassword(account=row.account, hash=anew, is_same=True))
        return await self._after_password(self._known(row), "password", address)

    async def begin_with_secret(self, secret: str, password: str, address: str) -> Entered | Step:
        """Spend a secret of one use: the password is this one from now on."""
        now, network = self._clock.now(), network_of(address)
        account, digest = second_factor.parts_of(secret) or ("", "")
        row = self.row(account)
        who = self._who(row, "")
        self._check_wait(who, network, now, is_account=row is not None)
        right = row is not None and row.secret == digest and row.secret_until > now
        if row is None or not right or row.state != "open":
            self._throttle.tried(who, self._place(network), now, is_account=row is not None)
            raise await self._refusal("bad_secret_of_one_use", row, "", address)
        chosen = self._chosen(password, row)
        hashed = await self._hasher.hashed(chosen)
        await self._do(second_factor.UseSecret(account=account, digest=digest, hash=hashed))
        return await self._after_password(self._known(row), "secret", address)

    async def prove(self, ticket: str, code: str, address: str) -> Entered:
        """Judge the code of a second factor, or a recovery code."""
        half = self._half(ticket, is_enrolling=False)
        row = self._open_row(half)
        self._try_code(row, address)
        step = self._step_of(row, code)
        if step is not None:
            self._halves.take(ticket, self._clock.now())
            self._used(row.account, step)
            return await self._enter(row, "second_factor", address, step=step)
        place = self._place_of(row, code)
        if place is None:
            raise await self._refusal("bad_code", row, "", address)
        self._halves.take(ticket, self._clock.now())
        await self._do(second_factor.UseRecoveryCode(account=row.account, place=place))
        return await self._enter(row, "recovery_code", address)

    async def enrol(self, ticket: str, code: str, address: str) -> Entered:
        """Set a second factor up: its first code proves that the authenticator has the key."""
        half = self._half(ticket, is_enrolling=True)
        row = self._open_row(half)
        self._try_code(row, address)
        key = second_factor.key_of(half.key)
        step = second_factor.matching_step(key, code[:32], self._clock.now(), after=0)
        if step is None:
            raise await self._refusal("bad_code", row, "", address)
        self._halves.take(ticket, self._clock.now())
        codes = [
            second_factor.recovery_code(secrets.token_bytes(second_factor.CODE_BYTES))
            for _ in range(RECOVERY_CODES)
        ]
        digests = [second_factor.recovery_digest(one) or "" for one in codes]
        await self._do(
            second_factor.SetSecondFactor(
                account=row.account, key=half.key, step=step, digests=digests
            )
        )
        self._used(row.account, step)
        entered = await self._enter(self._known(row), half.how, address, step=step)
        return entered._replace(recovery_codes=tuple(codes))

    async def enter_by_provider(
        self,
        subject: str,
        methods: frozenset[str],
        address: str,
        *,
        newcomer: tuple[str, str] | None,
    ) -> Entered:
        """Let in whom a provider vouches for; ``subject`` is linked to an account.

        An account with a second factor wants one from the provider too. ``newcomer`` is login and
        name for whom nobody linked yet, where such get an account.
        """
        row = next(self._engine.rows.find(ACCOUNTS, 1, subject), None)
        if row is None and newcomer is not None:
            row = await self._open(subject, *newcomer)
        if row is None or row.state != "open":
            raise await self._refusal("unknown_subject", row, "", address)
        if row.second_factor and not methods & SECOND_METHODS:
            raise await self._refusal("no_second_factor", row, "", address)
        return await self._enter(row, "provider", address)

    async def _open(self, subject: str, login: str, name: str) -> AccountRow | None:
        account = new_account()
        await self._do(OpenAccount(account=account, login=login, name=name))
        await self._do(LinkAccount(account=account, subject=subject))
        return self.row(account)

    # --- those who are in ---------------------------------------------------------------------

    async def change_password(
        self, session: Session, old: str, new: str, address: str
    ) -> Entered | Step:
        """Set another password; every session ends, and a new one begins."""
        row = await self._again(session, old, address)
        hashed = await self._hasher.hashed(self._chosen(new, row))
        await self._do(passwords.SetPassword(account=row.account, hash=hashed))
        return await self._enter(self._known(row), "password", address)

    async def renew_factor(self, session: Session, password: str, address: str) -> Step:
        """Begin to set up another second factor; until it proved itself the old one stands."""
        row = await self._again(session, password, address)
        return self._enrolling(row, "second_factor")

    async def leave(self, session: Session, *, everywhere: bool) -> None:
        """End a session, or all of its account."""
        digest = "" if everywhere else session.digest
        await self._do(LogOut(id=secrets.token_hex(8), account=session.account, session=digest))
        if everywhere:
            self.sessions.leave_all(session.account)
        else:
            self.sessions.leave(session.digest)

    # --- how ----------------------------------------------------------------------------------

    def _known(self, row: AccountRow) -> AccountRow:
        """Return an account as it stands after what was just recorded of it."""
        return self.row(row.account) or row

    async def _again(self, session: Session, password: str, address: str) -> AccountRow:
        """Have whoever is in say the password again."""
        row = self.row(session.account)
        if row is None:
            raise _refused("bad_login")
        self._try_code(row, address)
        kept = self._hash_of(row)
        if not await self._hasher.is_right(kept, passwords.plain(password[:1_024])):
            raise await self._refusal("bad_login", row, "", address)
        place = self._place(network_of(address))
        self._throttle.was_right(row.account, place, self._clock.now(), is_account=True)
        return row

    async def _after_password(self, row: AccountRow, how: How, address: str) -> Entered | Step:
        if row.factor:
            ticket = self._halves.give(_Half(row.account, row.password, how), self._clock.now())
            return Step("second_factor", ticket)
        if row.second_factor:
            return self._enrolling(row, how)
        return await self._enter(row, how, address)

    def _enrolling(self, row: AccountRow, how: How) -> Step:
        key = second_factor.key_text(secrets.token_bytes(second_factor.KEY_BYTES))
        login = self.names(row).get("login", row.account)
        ticket = self._halves.give(_Half(row.account, row.password, how, key), self._clock.now())
        uri = second_factor.key_uri(key, login=login, issuer=self._issuer)
        return Step("enrol", ticket, key, uri)

    async def _enter(self, row: AccountRow, how: How, address: str, *, step: int = 0) -> Entered:
        self.sessions.make_room(self._clock.now())
        token = secrets.token_urlsafe(32)
        digest = token_digest(token)
        known_at = await self._do(
            LogIn(
                account=row.account,
                epoch=row.epoch,
                session=digest,
                how=how,
                step=step,
                address=address,
            )
        )
        self._throttle.passed(row.account, self._place(network_of(address)))
        self.sessions.enter(Session(row.account, digest, row.epoch, known_at, known_at, how))
        self.counted("entered")
        return Entered(token, row.account)

    def _half(self, ticket: str, *, is_enrolling: bool) -> _Half:
        half = self._halves.look(ticket, self._clock.now())
        if half is None or bool(half.key) != is_enrolling:
            self.counted("bad_ticket")
            raise Rejected(
                "bad_ticket",
                "this sign-in took too long, or was finished",
                where="ticket",
                remedy="begin again with the password",
            )
        return half

    def _open_row(self, half: _Half) -> AccountRow:
        row = self.row(half.account)
        if row is None or row.state != "open" or row.password != half.password:
            raise _refused("bad_login")
        return row

    def _try_code(self, row: AccountRow, address: str) -> None:
        now, network = self._clock.now(), network_of(address)
        self._check_wait(row.account, network, now, is_account=True)
        self._throttle.tried(row.account, self._place(network), now, is_account=True)

    def _step_of(self, row: AccountRow, code: str) -> int | None:
        kept = self._engine.unsealed(row.factor) if row.factor else None
        if kept is None:
            return None
        after = self._steps.get(row.account, 0)
        key = second_factor.key_of(kept["key"])
        return second_factor.matching_step(key, code[:32], self._clock.now(), after=after)

    def _place_of(self, row: AccountRow, code: str) -> int | None:
        digest = second_factor.recovery_digest(code)
        kept = self._engine.unsealed(row.codes) if row.codes and digest else None
        digests = [] if kept is None else kept["digests"].split()
        place = digests.index(digest) if digest in digests else None
        return None if place in row.codes_used else place

    def _used(self, account: str, step: int) -> None:
        self._steps[account] = max(step, self._steps.get(account, 0))

    def _by_login(self, login: str) -> AccountRow | None:
        digest = self._digests.digest("login", login)
        found = next(self._engine.rows.find(ACCOUNTS, 0, digest), None)
        return None if found is None or found.state == "erased" else found

    def _who(self, row: AccountRow | None, login: str) -> str:
        return self._digests.digest("login", login) if row is None else row.account

    def _place(self, network: str) -> str:
        return self._digests.digest("address", network)

    def _hash_of(self, row: AccountRow | None) -> str | None:
        kept = self._engine.unsealed(row.password) if row is not None and row.password else None
        return None if kept is None else kept["hash"]

    def _chosen(self, password: str, row: AccountRow) -> str:
        words = (*self._context, *self.names(row).values())
        return passwords.check_password(password, second_factor=row.second_factor, context=words)

    def _check_wait(self, who: str, network: str, now: Instant, *, is_account: bool) -> None:
        wait_us = self._throttle.wait_us(who, self._place(network), now, is_account=is_account)
        if wait_us:
            self.counted("too_soon")
            wait_s = -(-wait_us // SECOND_US)
            raise Rejected(
                "too_soon",
                f"too many wrong tries: wait {wait_s} s before the next one",
                where="login",
                remedy="wait; the right password works then",
                params={"wait_s": str(wait_s)},
            )

    async def _refusal(
        self, code: str, row: AccountRow | None, login: str, address: str
    ) -> ChengyunError:
        """Record that somebody was not let in; return the refusal to raise."""
        self.counted(code)
        account = "" if row is None or row.state == "erased" else row.account
        await self._do(
            RefuseLogin(
                id=secrets.token_hex(8), account=account, login=login, code=code, address=address
            )
        )
        return _refused(code)

    async def _do(self, command: Command) -> Instant:
        outcome = await self._server.submit(command, ACTOR)
        if outcome.refused is not None:
            raise outcome.refused
        return outcome.known_at


BY_PROVIDER: Final = ("unknown_subject", "no_second_factor")
"""Refusals of whom a provider vouched for: nothing was guessed."""

_WHAT: Final = {
    "bad_login": ("login or password is wrong", "try again"),
    "bad_code": ("this code is wrong, was used, or is of another time", "take the next one"),
    "bad_secret_of_one_use": (
        "this secret opens nothing here",
        "ask for a new one: chengyun account recover",
    ),
    "no_second_factor": (
        "this account wants a second factor, and the provider asked for none",
        "have the provider ask for one, or sign in with the password",
    ),
    "unknown_subject": (
        "no account is linked to this identity",
        "have it linked: chengyun account link",
    ),
}


def _refused(code: str) -> Rejected:
    what, remedy = _WHAT[code]
    return Rejected(code, what, where="login", remedy=remedy)


def new_account() -> str:
    """Return the id of a new account: 64 random bits."""
    return secrets.token_hex(8)


def new_secret(account: str) -> tuple[str, str]:
    """Return a secret of one use for an account as it is shown, and its digest."""
    secret = second_factor.secret_of(account, secrets.token_urlsafe(32))
    parts = second_factor.parts_of(secret)
    return secret, "" if parts is None else parts[1]
