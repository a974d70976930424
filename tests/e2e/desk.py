"""Signs in to a served city, at its duty desk: the one helper of all tests."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import httpx

from chengyun.adapters.local.frames import Answer, Request, ask
from chengyun.app.first_account import LOGIN, expiry
from chengyun.app.known_accounts import account_at
from chengyun.app.signing_in import new_account, new_secret
from chengyun.guard.accounts import subject_of
from chengyun.guard.second_factor import code_of, key_of, step_of
from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.instants import Instant

SESSION = "/api/v1/session"
PASSWORD = "seventeen herons wade"
DUTY = "duty"
ROLES = ("duty_officer", "dispatcher", "department_handler", "hotline_agent", "data_steward")


def now() -> Instant:
    return Instant(time.time_ns() // 1_000)


def tell(store: Path, request: Request) -> Answer:
    """Send a command over the local socket, which opens a moment after the server says so."""
    for _ in range(100):
        try:
            return ask(store, request)
        except Retryable:
            time.sleep(0.1)
    return ask(store, request)


def secret_for(store: Path, login: str = LOGIN) -> str:
    """Issue a secret of one use, as ``chengyun account recover`` does."""
    account = account_at(store, login).row.account
    secret, digest = new_secret(account)
    fields = {"account": account, "digest": digest, "expires_at": expiry(now())}
    answer = tell(store, Request(command="IssueSecret", fields=fields))
    assert not answer.refused, answer
    return secret


def code_for(key: str, later: int = 0) -> str:
    """Return the code an authenticator shows now, or some steps of time later."""
    return code_of(key_of(key), step_of(now()) + later)


def open_duty(store: Path) -> str:
    """Open an account that does the work of a whole centre; return its login."""
    account = new_account()
    opening = {"account": account, "login": DUTY, "name": "duty desk", "second_factor": True}
    asked = [Request(command="OpenAccount", fields=opening)]
    for role in ROLES:
        grant = {"grant": secrets.token_hex(8), "account": subject_of(account), "role": role}
        asked.append(Request(command="GiveGrant", fields=grant))
    for request in asked:
        answer = tell(store, request)
        assert not answer.refused, answer
    return DUTY


def open_security(store: Path, login: str = "keeper") -> str:
    """Open the account of a security administrator; return its login."""
    account, power = new_account(), "security_administrator"
    opening = {"account": account, "login": login, "name": "keeper of accounts", "power": power}
    grant = {"grant": secrets.token_hex(8), "account": subject_of(account), "role": power}
    for name, fields in (("OpenAccount", opening), ("GiveGrant", grant)):
        answer = tell(store, Request(command=name, fields=fields))
        assert not answer.refused, answer
    return login


def sign_in(store: Path, http: httpx.Client, login: str = DUTY) -> str:
    """Sign ``http`` in, by default at the duty desk; return the key of the second factor."""
    try:
        login = account_at(store, login).login
    except Rejected:
        login = open_duty(store)
    given = {"secret": secret_for(store, login), "password": PASSWORD}
    step = http.post(f"{SESSION}/recovery", json=given).json()
    given = {"ticket": step["ticket"], "code": code_for(step["key"])}
    entered = http.post(f"{SESSION}/enrol", json=given)
    assert entered.status_code == 200, entered.text
    http.headers["X-Chengyun-Token"] = entered.json()["token"]
    key: str = step["key"]
    return key
