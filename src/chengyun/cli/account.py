"""``chengyun account``: who may sign in; for the owner of the machine, by the running server."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from chengyun.adapters.keys import passwords as hashing
from chengyun.adapters.local.frames import Request, ask
from chengyun.adapters.system.clock import SystemClock
from chengyun.app.first_account import expiry
from chengyun.app.known_accounts import account_at, accounts_at
from chengyun.app.signing_in import new_account, new_secret
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in
from chengyun.guard.accounts import subject_of
from chengyun.guard.passwords import check_password
from chengyun.guard.permissions import POWERS
from chengyun.guard.providers import subject_digest
from chengyun.kernel.limits import MAX_SECRET_H, SECRET_H

FOLDER = click.argument(
    "folder", metavar="STORE", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
HOURS = click.option("--hours", type=click.IntRange(1, MAX_SECRET_H), default=SECRET_H,
                     show_default=True, help="How long the secret is good.")  # fmt: skip
JSON = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
REASON = click.option("--reason", required=True, help="Why; it stands in the log.")


@click.group("account")
@needs("account:read")
def command() -> None:
    """Open and end accounts of the city served from STORE."""


@command.command("list")
@FOLDER
@JSON
@needs("account:read")
def listed(folder: Path, *, as_json: bool) -> None:
    """List all accounts with their logins."""
    found = accounts_at(store_in(folder))
    for one in sorted(found, key=lambda one: one.login):
        row = one.row
        told = {
            "login": one.login,
            "name": one.name,
            "account": row.account,
            "kind": row.kind,
            "state": row.state,
            "power": row.power,
            "password": bool(row.password),
            "second_factor": bool(row.factor),
        }
        if as_json:
            click.echo(msgspec.json.encode(told).decode())
        else:
            more = [row.kind, row.state, *filter(None, [row.power])]
            click.echo(f"{one.login or '(erased)'}\t{one.name}\t{row.account}\t{', '.join(more)}")


@command.command("open")
@FOLDER
@click.argument("login")
@click.option("--name", required=True, help="What others call them; it is kept sealed.")
@click.option("--kind", type=click.Choice(["person", "service"]), default="person",
              show_default=True, help="A service asks with keys: chengyun key issue.")  # fmt: skip
@click.option("--power", type=click.Choice(POWERS), help="One of the three powers.")
@click.option("--second-factor/--no-second-factor", default=True, show_default=True,
              help="Let them in with a second factor only; a power always does.")  # fmt: skip
@HOURS
@JSON
@needs("account:open")
def opened(
    folder: Path, login: str, name: str, kind: str, power: str | None, hours: int, *,
    second_factor: bool, as_json: bool,
) -> None:  # fmt: skip
    """Open an account for LOGIN; its secret of one use is printed this once."""
    folder, account = store_in(folder), new_account()
    is_person = kind == "person"
    fields = {
        "account": account,
        "login": login,
        "name": name,
        "kind": kind,
        "power": power or "",
        "second_factor": second_factor and is_person,
    }
    _do(folder, "OpenAccount", fields)
    if power is not None:
        grant = {"grant": secrets.token_hex(8), "account": subject_of(account), "role": power}
        _do(folder, "GiveGrant", grant)
    secret = _secret(folder, account, hours) if is_person else ""
    _shown(account, login, secret, hours, as_json=as_json)


@command.command("recover")
@FOLDER
@click.argument("login")
@HOURS
@JSON
@needs("account:recover")
def recover(folder: Path, login: str, hours: int, *, as_json: bool) -> None:
    """Issue a secret of one use for LOGIN: it sets password and second factor anew."""
    folder = store_in(folder)
    account = account_at(folder, login).row.account
    _shown(account, login, _secret(folder, account, hours), hours, as_json=as_json)


@command.command("password")
@FOLDER
@click.argument("login")
@needs("account:recover")
def password(folder: Path, login: str) -> None:
    """Set the password of LOGIN, asked for at the terminal; every session of theirs ends."""
    folder = store_in(folder)
    one = account_at(folder, login)
    given = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    chosen = check_password(
        given, second_factor=one.row.second_factor, context=(one.login, one.name)
    )
    fields = {"account": one.row.account, "hash": hashing.hashed(chosen)}
    _do(folder, "SetPassword", fields)
    click.echo("the password is set; open sessions ended")


@command.command("suspend")
@FOLDER
@click.argument("login")
@REASON
@needs("account:suspend")
def suspend(folder: Path, login: str, reason: str) -> None:
    """Let LOGIN in no longer, until it is resumed; its sessions end at once."""
    _become(folder, login, "SuspendAccount", reason, "suspended")


@command.command("resume")
@FOLDER
@click.argument("login")
@REASON
@needs("account:suspend")
def resume(folder: Path, login: str, reason: str) -> None:
    """Let a suspended LOGIN in again."""
    _become(folder, login, "ResumeAccount", reason, "resumed")


@command.command("close")
@FOLDER
@click.argument("login")
@REASON
@needs("account:close")
def close(folder: Path, login: str, reason: str) -> None:
    """End the account of LOGIN for good."""
    _become(folder, login, "CloseAccount", reason, "closed")


@command.command("link")
@FOLDER
@click.argument("login")
@click.option("--issuer", required=True, help="The provider (OpenID Connect), as it names itself.")
@click.option("--subject", required=True, help="Who they are there: the claim sub.")
@needs("account:open")
def link(folder: Path, login: str, issuer: str, subject: str) -> None:
    """Let whom a provider knows as SUBJECT sign in as LOGIN."""
    folder = store_in(folder)
    account = account_at(folder, login).row.account
    digest = subject_digest(issuer, subject)
    _do(folder, "LinkAccount", {"account": account, "subject": digest})
    click.echo("linked")


def _secret(folder: Path, account: str, hours: int) -> str:
    secret, digest = new_secret(account)
    expires_at = expiry(SystemClock().now(), hours)
    _do(folder, "IssueSecret", {"account": account, "digest": digest, "expires_at": expires_at})
    return secret


def _shown(account: str, login: str, secret: str, hours: int, *, as_json: bool) -> None:
    if as_json:
        told = {"account": account, "login": login, "secret": secret}
        click.echo(msgspec.json.encode(told).decode())
    elif secret:
        click.echo(f"{login} signs in once with this secret, within {hours} hours:\n{secret}")
    else:
        click.echo(f"opened {account}; issue it a key: chengyun key issue --account {login}")


def _become(folder: Path, login: str, name: str, reason: str, done: str) -> None:
    folder = store_in(folder)
    _do(folder, name, {"account": account_at(folder, login).row.account, "reason": reason})
    click.echo(done)


def _do(folder: Path, name: str, fields: dict[str, Any]) -> None:
    answer = ask(folder, Request(command=name, fields=fields))
    if answer.refused:
        click.echo(f"refused: {answer.refused}", err=True)
        sys.exit(1)
