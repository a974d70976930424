"""``chengyun serve``: engine, interface, live stream and screen of a city in one process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from chengyun.adapters.channels.opening import opened as open_channels
from chengyun.adapters.channels.settings import ChannelsFile, channels_in
from chengyun.adapters.keys.signing import signer_at
from chengyun.adapters.oidc.provider import Provider
from chengyun.adapters.oidc.settings import secret_of, settings_in
from chengyun.adapters.system.clock import SystemClock
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.api.application import api, watch_seals
from chengyun.api.front import Front
from chengyun.api.listening import bound, http_door
from chengyun.app import logs, packs, platform
from chengyun.app.collecting import collect_seldom
from chengyun.app.first_account import LOGIN, open_first
from chengyun.app.local_door import local_door
from chengyun.app.notifying import Notifying
from chengyun.app.platform import Platform
from chengyun.app.provided import Provided
from chengyun.app.sealing import Sealing
from chengyun.app.serving import Server
from chengyun.app.signing_in import SigningIn
from chengyun.app.stream.city import city_of_sensors
from chengyun.app.stream.recording import StreamDoor
from chengyun.citypack.resolving import Resolved
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_or_new
from chengyun.engine.engine import Engine
from chengyun.facts.registers import City, Properties
from chengyun.kernel.clock import Clock
from chengyun.kernel.limits import SECRET_H
from chengyun.notices.policy import Notices


@click.command("serve")
@click.argument("folder", metavar="STORE", type=click.Path(file_okay=False, path_type=Path))
@click.option("--pack", type=click.Path(exists=True, file_okay=False, path_type=Path),
              required=True, help="The city pack; put in force if it is not yet.")  # fmt: skip
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen; beyond this machine with --tls-proxy and --name only.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    help="A name under which it is asked for, besides those of this machine.",
)
@click.option(
    "--tls-proxy",
    "proxy",
    metavar="ADDRESS",
    help="The address of the TLS proxy that stands before it.",
)
@click.option("--provider", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Settings of a provider of identities (OpenID Connect).")  # fmt: skip
@click.option("--channels", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="How the channels of the pack's notices are reached.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65_535), default=8311, show_default=True,
              help="Where to listen; 0 takes any that is free.")  # fmt: skip
@click.option("--socket/--no-socket", "local", default=True, show_default=True,
              help="Take commands of chengyun send too.")  # fmt: skip
@click.option("--sensors/--no-sensors", default=True, show_default=True,
              help="Run the stream lane here, or leave it to chengyun ingest.")  # fmt: skip
@click.option("--seal-key", "seal_key", help="Seal by itself, every hour and when it stops: the "
              "path of the signing key, or env:NAME.")  # fmt: skip
@click.option("--seals", type=click.Path(file_okay=False, path_type=Path),
              help="The folder of the seals.")  # fmt: skip
@click.option("--log", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="How the log on stderr is written.")  # fmt: skip
@needs("engine:run")
def command(  # noqa: PLR0917 - an option each
    folder: Path,
    pack: Path,
    host: str,
    names: tuple[str, ...],
    proxy: str | None,
    provider: Path | None,
    channels: Path | None,
    port: int,
    seal_key: str | None,
    seals: Path | None,
    form: str,
    *,
    local: bool,
    sensors: bool,
) -> None:
    """Serve the city whose store is in STORE: commands, live stream and screen, to who signs in."""
    front = Front(frozenset(name.lower() for name in names), proxy or "")
    logs.configure(form)
    if (seal_key is None) != (seals is None):
        raise click.UsageError("--seal-key and --seals go together")
    signer = None if seal_key is None else signer_at(seal_key)
    vouching = None if provider is None else _provider(provider)
    reached = ChannelsFile(channels={}) if channels is None else channels_in(channels)
    resolved = packs.loaded(pack)
    city = packs.section(resolved, City)
    folder = store_or_new(folder)
    clock = SystemClock()
    with (
        bound(host, port, front) as listening,
        platform.opened(
            folder, partition=city.id, clock=clock, entropy=SystemEntropy(), pipelined=True
        ) as opened,
    ):
        engine = opened.engine
        platform.adopt(engine, resolved.content, pack=city.id, effective_from=clock.now())
        engine.commit()
        engine.settle()
        server = Server(engine, clock, folder, audience=(logs.CommandLog(),))
        stream = _stream(folder, resolved, engine, clock) if sensors else None
        signing_in = _signing_in(opened, server, city)
        section = packs.section_or_empty(resolved, Notices)
        notifying = Notifying(
            server, open_channels(reached, section, clock), clock, SystemEntropy()
        )
        server.tell(notifying)
        secret = open_first(engine, clock.now())
        interface = api(
            server,
            maps=pack / "map",
            stream=stream,
            signing_in=signing_in,
            provided=None if vouching is None else Provided(vouching, signing_in, clock),
            front=front,
            notifying=notifying,
        )
        sealing = None
        if signer is not None and seals is not None:
            sealing = Sealing(folder, seals, signer, clock)
            watch_seals(sealing, interface.metrics)
        where = f"http://{host}:{listening.getsockname()[1]}/"
        logs.note("started", where=where, city=city.id, seq=engine.head.seq)
        click.echo(f"{city.id}: {where} (policy {resolved.version[:16]}, fact {engine.head.seq})")
        if secret:
            _say_first(secret)
        collect_seldom()
        doors = [
            *([] if sealing is None else [sealing.open]),
            *([] if stream is None else [stream.open]),
            notifying.open,
            http_door(interface, listening),
            *([local_door] if local else []),
        ]
        asyncio.run(server.run(*doors))
        signing_in.keep_deeds()
        logs.note("stopped", city=city.id, seq=engine.head.seq)
    click.echo("stopped; everything acknowledged is on disk")


def _signing_in(opened: Platform, server: Server, city: City) -> SigningIn:
    """Open the sessions again that were open when the last server stopped."""
    context = (city.id, *city.name.values())
    signing_in = SigningIn(server, opened.keyring, issuer=city.id, context=context)
    signing_in.recall(opened.store)
    return signing_in


def _provider(path: Path) -> Provider:
    settings = settings_in(path)
    return Provider(settings, secret_of(settings, path))


def _say_first(secret: str) -> None:
    """Show the first administrator's secret to whoever sits there; no file ever holds it."""
    if sys.stdout.isatty():
        click.echo(f"first sign-in: {LOGIN} with this secret, within {SECRET_H} hours:\n{secret}")
    else:
        click.echo(f"first sign-in: chengyun account recover STORE {LOGIN} prints a secret for it")


def _stream(folder: Path, pack: Resolved, engine: Engine, clock: Clock) -> StreamDoor | None:
    """Open the stream lane, where the pack declares properties that sensors measure."""
    if not packs.section_or_empty(pack, Properties).properties:
        return None
    stream = StreamDoor(folder, city_of_sensors(pack), engine, clock)
    logs.note("stream_open", **stream.recording.recovered.figures)
    return stream
