"""Accounts over HTTP: who may sign in, for those who open accounts and those who audit them.

A secret of one use is drawn here and shown in this one answer; what stays of it is its digest. The
rules are those of the commands: the gate asks the same grants, and nobody is let into an account of
another power. Suspending, resuming and closing, and grants, are commands by their names.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.commands import converted, json_of
from chengyun.api.cursors import cursor_of, given_once, read_cursor
from chengyun.api.doors import Door, actor_of, asking_of
from chengyun.api.reach import reach_of
from chengyun.api.reading import Readers
from chengyun.app.first_account import expiry
from chengyun.app.serving import Server
from chengyun.app.signing_in import SigningIn, new_account, new_secret
from chengyun.engine.commands import Command
from chengyun.guard.accounts import ACCOUNTS, AccountRow, OpenAccount
from chengyun.guard.deciding import is_account
from chengyun.guard.grants import GRANTS, may_give
from chengyun.guard.roles import Roles
from chengyun.guard.second_factor import IssueSecret
from chengyun.kernel.limits import (
    MAX_ID_CHARS,
    MAX_LIST_ROWS,
    MAX_LOGIN_CHARS,
    MAX_SECRET_H,
    SECRET_H,
)

_WAITS: Final = "approval:"
_Word = Annotated[str, Meta(max_length=MAX_ID_CHARS)]
_Hours = Annotated[int, Meta(ge=1, le=MAX_SECRET_H)]


class AccountFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a list of accounts may be asked for; empty limits nothing."""

    login: Annotated[str, Meta(max_length=4 * MAX_LOGIN_CHARS)] = ""
    """Exactly this one: logins are kept sealed, and found by their digest."""
    state: _Word = ""
    kind: _Word = ""
    power: _Word = ""
    cursor: Annotated[str, Meta(max_length=1_000)] = ""
    limit: Annotated[str, Meta(pattern=r"^[0-9]{1,18}$")] = "50"


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account to be opened."""

    login: str
    name: str
    kind: Literal["person", "service"] = "person"
    power: str = ""
    """One of the three powers, or none."""
    second_factor: bool = True
    hours: _Hours = SECRET_H
    """How long its first secret is good."""


class Recovering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secret to be issued for an account that is there."""

    hours: _Hours = SECRET_H


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it; ``secret`` is shown this once."""

    account: str
    secret: str = ""
    """Empty for a service, which asks with keys, and for a power, let in at the machine alone."""
    expires_at: int = 0
    waits: bool = False
    """Whether the secret is good only once a second person approved it."""


class AccountPages:
    """Lists accounts and issues secrets, as the grants of whoever asks allow."""

    def __init__(self, server: Server, signing_in: SigningIn) -> None:
        self._server = server
        self._signing_in = signing_in
        self._readers = Readers(server.folder)
        at = "/api/v1/accounts"
        self.doors = (
            Door(at, "account:read", self.listed),
            Door(at, "account:open", self.open, method="POST"),
            Door(f"{at}/{{account}}/secret", "account:recover", self.recover, method="POST"),
            Door("/api/v1/roles", "grant:read", self.roles, wide=False),
        )

    async def listed(self, request: Request) -> Response:
        """Return accounts with their logins, the newest first, by pages."""
        wanted: AccountFilter = converted(given_once(request), AccountFilter, "query")
        limit = min(int(wanted.limit), MAX_LIST_ROWS) or 1
        equal = {
            name: value for name in ("state", "kind", "power") if (value := getattr(wanted, name))
        }
        if wanted.login:
            equal["login"] = self._signing_in.login_digest(wanted.login)
        after, partition = read_cursor(wanted.cursor), self._server.engine.partition
        rows: list[AccountRow] = await self._readers.ask(
            lambda one: one.page(
                ACCOUNTS, partition, "opened_at", after=after, limit=limit + 1, **equal
            )
        )
        following = None
        if len(rows) > limit:
            last = rows[limit - 1]
            following = cursor_of(last.opened_at, last.account)
        return _json({"accounts": [self._shown(row) for row in rows[:limit]], "next": following})

    async def open(self, request: Request) -> Response:
        """Open an account; answer with its secret of one use, shown this once."""
        given: Opening = converted(await json_of(request), Opening, "body")
        is_let_in_here = given.kind == "person" and not given.power
        if is_let_in_here:
            self._check(request, "account:recover")  # before anything is opened
        account = new_account()
        opening = OpenAccount(
            account=account,
            login=given.login,
            name=given.name,
            kind=given.kind,
            power=given.power,
            second_factor=given.second_factor and given.kind == "person",
        )
        await self._do(opening, actor_of(request))
        if not is_let_in_here:
            return _json(Issued(account=account))
        return _json(await self._issued(account, given.hours, actor_of(request)))

    async def recover(self, request: Request) -> Response:
        """Issue a secret of one use for an account; it voids second factor and codes when used."""
        given: Recovering = converted(await json_of(request), Recovering, "body")
        account = request.path_params["account"]
        return _json(await self._issued(account, given.hours, actor_of(request)))

    async def roles(self, request: Request) -> Response:
        """Return the roles of the city, and which of them whoever asks may give."""
        server, actor = self._server, actor_of(request)
        now = server.clock.now()
        roles = server.engine.policies.section(Roles, area="", at=now)
        given = frozenset(roles.roles)
        if is_account(actor):
            given = may_give(server.engine.rows.find(GRANTS, 0, actor), roles, now)
        found = [
            {
                "code": code,
                "name": role.name,
                "purposes": {one: roles.purposes.get(one, {}) for one in role.purposes},
                "second_factor": role.second_factor,
                "power": role.power or "",
                "may_give": code in given,
            }
            for code, role in roles.roles.items()
        ]
        return _json({"roles": found})

    # --- how ----------------------------------------------------------------------------------

    def _shown(self, row: AccountRow) -> dict[str, Any]:
        names = self._signing_in.names(row)
        return {
            "account": row.account,
            "login": names.get("login", ""),
            "name": names.get("name", ""),
            "kind": row.kind,
            "state": row.state,
            "power": row.power,
            "opened_at": row.opened_at,
            "has_password": bool(row.password),
            "second_factor": row.second_factor,
            "has_second_factor": bool(row.factor),
            "secret_until": row.secret_until if row.secret else 0,
        }

    async def _issued(self, account: str, hours: int, actor: str) -> Issued:
        secret, digest = new_secret(account)
        until = expiry(self._server.clock.now(), hours)
        command = IssueSecret(account=account, digest=digest, expires_at=until)
        facts = await self._do(command, actor)
        waits = facts[0].startswith(_WAITS)
        return Issued(account=account, secret=secret, expires_at=until, waits=waits)

    def _check(self, request: Request, needs: str) -> None:
        asking_of(request).check_scope(needs)
        reach_of(request).scope(actor_of(request), needs)

    async def _do(self, command: Command, actor: str) -> tuple[str, ...]:
        outcome = await self._server.submit(command, actor)
        if outcome.refused is not None:
            raise outcome.refused
        return outcome.facts


def _json(content: Any) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), headers=headers, media_type="application/json")
