"""Signs in to a served city as its first administrator would: the one helper of all tests."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from chengyun.adapters.local.frames import Request, ask
from chengyun.app.first_account import LOGIN, expiry
from chengyun.app.known_accounts import account_at
from chengyun.app.signing_in import new_secret
from chengyun.guard.second_factor import code_of, key_of, step_of
from chengyun.kernel.instants import Instant

SESSION = "/api/v1/session"
PASSWORD = "seventeen herons wade"


def now() -> Instant:
    return Instant(time.time_ns() // 1_000)


def secret_for(store: Path, login: str = LOGIN) -> str:
    """Issue a secret of one use, as ``chengyun account recover`` does."""
    account = account_at(store, login).row.account
    secret, digest = new_secret(account)
    fields = {"account": account, "digest": digest, "expires_at": expiry(now())}
    answer = ask(store, Request(command="IssueSecret", fields=fields))
    assert not answer.refused, answer
    return secret


def code_for(key: str, later: int = 0) -> str:
    """Return the code an authenticator shows now, or some steps of time later."""
    return code_of(key_of(key), step_of(now()) + later)


def sign_in(store: Path, http: httpx.Client, login: str = LOGIN) -> str:
    """Sign ``http`` in with a secret of one use; return the key of the second factor."""
    given = {"secret": secret_for(store, login), "password": PASSWORD}
    step = http.post(f"{SESSION}/recovery", json=given).json()
    given = {"ticket": step["ticket"], "code": code_for(step["key"])}
    entered = http.post(f"{SESSION}/enrol", json=given)
    assert entered.status_code == 200, entered.text
    http.headers["X-Chengyun-Token"] = entered.json()["token"]
    key: str = step["key"]
    return key
