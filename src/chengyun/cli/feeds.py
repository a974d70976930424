"""``chengyun feeds``: how the feeds of sensors are doing, and what was refused."""

from __future__ import annotations

import os
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from chengyun.adapters.segments.refused import RefusedMessage, kept_in
from chengyun.app.stream.asking import PropertyView
from chengyun.app.stream.opening import FOLDER, REFUSED
from chengyun.app.stream.tallying import FeedView
from chengyun.app.stream.telling_time import ClockView
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in
from chengyun.facts.columns import Refused
from chengyun.guard.masking import scrubbed
from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.instants import Instant, to_text, zone
from chengyun.kernel.limits import ANSWER_WAIT_S


class _Feeds(msgspec.Struct):
    clock: ClockView
    feeds: list[FeedView]
    properties: list[PropertyView]


_CLOCK: Final = {
    "doubts": "goes on without it until the senders agree with it: set the clock (timedatectl)",
    "waits": "goes slowly until it has caught up",
}


@click.command("feeds")
@click.option("--url", default="http://127.0.0.1:8311", show_default=True,
              help="Where chengyun serve or chengyun ingest listens.")  # fmt: skip
@click.option("--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Holds a service's key with sensing:read; or CHENGYUN_KEY is one.")  # fmt: skip
@click.option("--area", default="", help="Count the sensors of this area; by default the city.")
@click.option("--refused", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="List instead what was refused in this store, with its reasons.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("sensing:read")
def command(
    url: str, key_file: Path | None, area: str, refused: Path | None, *, as_json: bool
) -> None:
    """Say of every feed how much it sends, how late, what is refused and who is silent."""
    if refused is not None:
        _show_refused(kept_in(store_in(refused) / FOLDER / REFUSED), as_json=as_json)
        return
    content = _asked(
        f"{url.rstrip('/')}/api/v1/sensing/feeds?{urllib.parse.urlencode({'area': area})}",
        os.environ.get("CHENGYUN_KEY", "") if key_file is None else key_file.read_text().strip(),
    )
    if as_json:
        click.echo(content.decode())
        return
    found = msgspec.json.decode(content, type=_Feeds)
    console = Console()
    if found.clock.state != "follows":
        where = "ahead of" if found.clock.off_s > 0 else "behind"
        click.echo(
            f"The machine's clock is {abs(found.clock.off_s):,} s {where} the lane's time, which "
            f"{_CLOCK[found.clock.state]}"
        )
    table = Table("feed", "sensors", "speak", "silent", "rows/s", "lag", "taken", "late", "doubled",
                  "refused")  # fmt: skip
    for one in found.feeds:
        lag = "" if one.lag_ms is None else f"{one.lag_ms:,} ms"
        reasons = ", ".join(f"{code} {count:,}" for code, count in one.reasons.items())
        taken = one.accepted + one.late + one.backfilled
        late = one.late + one.backfilled
        table.add_row(
            one.feed,
            *(f"{number:,}" for number in (one.registered, one.speaking, one.silent)),
            f"{one.rows_per_s:,.1f}",
            lag,
            *(f"{number:,}" for number in (taken, late, one.duplicate)),
            f"{one.refused:,} ({reasons})" if reasons else "0",
        )
    console.print(table)
    table = Table("property", "sensors", "speak", "unknown")
    for kind in found.properties:
        unknown = kind.registered - kind.speaking
        table.add_row(kind.property, f"{kind.registered:,}", f"{kind.speaking:,}", f"{unknown:,}")
    console.print(table)


def _asked(url: str, key: str) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise Rejected("bad_url", f"{url[:80]!r} is no address", remedy="give --url http://…")
    try:
        request = urllib.request.Request(  # noqa: S310 - checked
            url, headers={"Authorization": f"Bearer {key}"} if key else {}
        )
        with urllib.request.urlopen(request, timeout=ANSWER_WAIT_S) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as refused:
        told: dict[str, Any] = msgspec.json.decode(refused.read())
        raise Rejected(
            str(told.get("code", "failed")),
            str(told.get("detail", refused.reason)),
            where=str(told.get("where", url)),
            remedy=str(told.get("remedy", "serve a city whose pack declares properties")),
        ) from refused
    except OSError as nobody:
        raise Retryable(
            f"nobody answers: {nobody}", where=url, remedy="start chengyun serve, or give --url"
        ) from nobody


def _show_refused(messages: list[RefusedMessage], *, as_json: bool) -> None:
    """Print the messages; what a reason quotes from a row is masked like anything written."""
    messages = [replace(one, rows=[_scrubbed(row) for row in one.rows]) for one in messages]
    if as_json:
        click.echo(msgspec.json.encode({"messages": messages}).decode())
        return
    for message in messages:
        kept = "kept" if message.is_kept else "too large to keep"
        when = to_text(Instant(message.at), zone("UTC"))
        click.echo(f"{when} {message.feed} {message.batch} ({kept})")
        for row in message.rows:
            params = " ".join(f"{name}={value}" for name, value in row.params.items())
            click.echo(f"  row {row.index}: {row.code} {params}".rstrip())
    click.echo(f"{len(messages)} messages with refused rows")


def _scrubbed(row: Refused) -> Refused:
    return replace(row, params={name: scrubbed(text) for name, text in row.params.items()})
