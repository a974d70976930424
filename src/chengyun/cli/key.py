"""``chengyun key``: keys of feeds and of services; shown once, kept as a digest."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from chengyun.adapters.local.frames import Answer, Request, ask
from chengyun.adapters.system.clock import SystemClock
from chengyun.app.known_accounts import account_at
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in
from chengyun.guard.keys import digest_of
from chengyun.kernel.instants import DAY_US


@click.group("key")
@needs("key:issue")
def command() -> None:
    """Issue and revoke keys of feeds and services."""


@command.command("issue")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--feed", help="A sender of the city pack's properties.yaml.")
@click.option("--account", "login", help="A service, by its login: chengyun account open.")
@click.option("--permission", "permissions", multiple=True,
              help="What the service may do with it, as live:read; give each one.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 3_650), default=365, show_default=True,
              help="How long it opens the door.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("key:issue")
def issue(
    folder: Path,
    feed: str | None,
    login: str | None,
    permissions: tuple[str, ...],
    days: int,
    *,
    as_json: bool,
) -> None:
    """Issue a key for a feed, or a service, of the city served from FOLDER; printed this once."""
    if (feed is None) == (login is None):
        raise click.UsageError("give either --feed or --account")
    folder = store_in(folder)
    name, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    fields: dict[str, Any] = {
        "key": name,
        "digest": digest_of(secret),
        "expires_at": SystemClock().now() + days * DAY_US,
    }
    if login is None:
        told, key = {"feed": feed}, f"cy_{name}_{secret}"
        _done(ask(folder, Request(command="IssueFeedKey", fields=fields | {"feed": feed})))
    else:
        account = account_at(folder, login).row.account
        told, key = {"account": account}, f"cys_{name}_{secret}"
        fields |= {"account": account, "permissions": list(permissions)}
        _done(ask(folder, Request(command="IssueServiceKey", fields=fields)))
    click.echo(msgspec.json.encode({"key": key} | told).decode() if as_json else key)


@command.command("revoke")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("name")
@click.option("--reason", required=True, help="Why; it stands in the log.")
@needs("key:revoke")
def revoke(folder: Path, name: str, reason: str) -> None:
    """Revoke the key NAME (the middle of it: cy_NAME_… or cys_NAME_…), from now on.

    A service's name is given with its beginning: cys_NAME.
    """
    what = "RevokeServiceKey" if name.startswith("cys_") else "RevokeFeedKey"
    name = name.removeprefix("cys_").removeprefix("cy_").partition("_")[0]
    fields = {"key": name, "reason": reason}
    _done(ask(store_in(folder), Request(command=what, fields=fields)))
    click.echo("revoked")


def _done(answer: Answer) -> None:
    if answer.refused:
        click.echo(f"refused: {answer.refused}", err=True)
        sys.exit(1)
