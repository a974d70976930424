"""``chengyun grant``: who holds which role, where and until when; for the owner of the machine."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import click
import msgspec

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.clock import SystemClock
from chengyun.app.known_accounts import account_at
from chengyun.cli.doors import needs
from chengyun.cli.executing import executed
from chengyun.cli.stores import only_partition, store_in
from chengyun.guard.accounts import subject_of
from chengyun.guard.grants import GRANTS, GiveGrant, GrantRow, WithdrawGrant
from chengyun.kernel.instants import HOUR_US, SECOND_US

_FOLDER = click.argument(
    "folder", metavar="STORE", type=click.Path(exists=True, file_okay=False, path_type=Path)
)


@click.group("grant")
@needs("grant:give")
def command() -> None:
    """Give, withdraw and list grants: a role, an area, a unit, a purpose, a time."""


@command.command("give")
@_FOLDER
@click.argument("login")
@click.argument("role")
@click.option("--area", default="", help="An area of the pack; without it the whole city.")
@click.option("--unit", default="", help="A unit of the pack with all below; without it all.")
@click.option("--purpose", default="", help="One purpose of the role; without it each of them.")
@click.option("--hours", type=click.IntRange(1, 87_600), help="How long from now; else for good.")
@click.option("--nature", type=click.Choice(["standing", "emergency", "stand_in"]),
              default="standing", show_default=True,
              help="The last two end by themselves and have a ground.")  # fmt: skip
@click.option("--ground", default="", help="Why; it stands in the log.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("grant:give")
def give(
    folder: Path,
    login: str,
    role: str,
    area: str,
    unit: str,
    purpose: str,
    hours: int | None,
    nature: Literal["standing", "emergency", "stand_in"],
    ground: str,
    *,
    as_json: bool,
) -> None:
    """Let the account of LOGIN hold ROLE in the city whose store is in STORE."""
    folder, name = store_in(folder), secrets.token_hex(8)
    until_at = None if hours is None else SystemClock().now() + hours * HOUR_US
    wanted = GiveGrant(
        grant=name,
        account=subject_of(account_at(folder, login).row.account),
        role=role,
        area=area,
        unit=unit,
        purpose=purpose,
        until_at=until_at,
        nature=nature,
        ground=ground,
    )
    executed(folder, wanted)
    click.echo(msgspec.json.encode({"grant": name}).decode() if as_json else name)


@command.command("withdraw")
@_FOLDER
@click.argument("grant")
@click.option("--reason", required=True, help="Why; it stands in the log.")
@needs("grant:withdraw")
def withdraw(folder: Path, grant: str, reason: str) -> None:
    """Take the grant named GRANT back, from now on."""
    executed(store_in(folder), WithdrawGrant(grant=grant, reason=reason))
    click.echo("withdrawn")


@command.command("list")
@_FOLDER
@click.option("--login", default="", help="Of this account alone.")
@click.option("--all", "every", is_flag=True, help="Those too that are over.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a grant.")
@needs("grant:read")
def listed(folder: Path, login: str, *, every: bool, as_json: bool) -> None:
    """List the grants that are in force or will be."""
    folder = store_in(folder)
    equal: dict[str, Any] = {} if every else {"open": True}
    if login:
        equal["account"] = subject_of(account_at(folder, login).row.account)
    with StoreReader(folder) as reader:
        rows = list(reader.rows(GRANTS, only_partition(reader, None), **equal))
    if as_json:
        for row in rows:
            click.echo(msgspec.json.encode(row).decode())
        return
    lines = [_HEAD, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


_HEAD: Final = ("grant", "account", "role", "area", "unit", "purpose", "from", "until", "state")


def _cells(row: GrantRow) -> tuple[str, ...]:
    return (
        *(row.grant, row.account, row.role, row.area or "all", row.unit or "all"),
        *(row.purpose or "all", _moment(row.from_at), _moment(row.until_at), row.state),
    )


def _moment(at: int | None) -> str:
    if at is None:
        return "for good"
    return f"{datetime.fromtimestamp(at / SECOND_US, UTC):%Y-%m-%d %H:%MZ}"
