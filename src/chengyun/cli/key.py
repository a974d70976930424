"""``chengyun key``: keys with which feeds send observations; shown once, kept as a digest."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click
import msgspec

from chengyun.adapters.local.frames import Answer, Request, ask
from chengyun.adapters.system.clock import SystemClock
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in
from chengyun.guard.keys import digest_of
from chengyun.kernel.instants import DAY_US


@click.group("key")
@needs("key:issue")
def command() -> None:
    """Issue and revoke keys of feeds."""


@command.command("issue")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--feed", required=True, help="A sender of the city pack's properties.yaml.")
@click.option("--days", type=click.IntRange(1, 3_650), default=365, show_default=True,
              help="How long it opens the door.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("key:issue")
def issue(folder: Path, feed: str, days: int, *, as_json: bool) -> None:
    """Issue a key for a feed of the city served from FOLDER; it is printed this once."""
    name, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    fields = {
        "key": name,
        "feed": feed,
        "digest": digest_of(secret),
        "expires_at": SystemClock().now() + days * DAY_US,
    }
    _done(ask(store_in(folder), Request(command="IssueFeedKey", fields=fields)))
    key = f"cy_{name}_{secret}"
    click.echo(msgspec.json.encode({"key": key, "feed": feed}).decode() if as_json else key)


@command.command("revoke")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("name")
@click.option("--reason", required=True, help="Why; it stands in the log.")
@needs("key:revoke")
def revoke(folder: Path, name: str, reason: str) -> None:
    """Revoke the key NAME (the middle of it: cy_NAME_…), from now on."""
    name = name.removeprefix("cy_").partition("_")[0]
    fields = {"key": name, "reason": reason}
    _done(ask(store_in(folder), Request(command="RevokeFeedKey", fields=fields)))
    click.echo("revoked")


def _done(answer: Answer) -> None:
    if answer.refused:
        click.echo(f"refused: {answer.refused}", err=True)
        sys.exit(1)
