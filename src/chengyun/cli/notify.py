"""``chengyun notify``: try a channel before anybody depends on it."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import click

from chengyun.adapters.channels.opening import opened
from chengyun.adapters.channels.settings import channels_in
from chengyun.adapters.system.clock import SystemClock
from chengyun.app import packs
from chengyun.cli.doors import needs
from chengyun.facts.registers import City
from chengyun.kernel.errors import Rejected
from chengyun.notices.policy import WAY_OF, Notices
from chengyun.notices.ports import Channel, Message


@click.group("notify")
@needs("notice:test")
def command() -> None:
    """Try how people are told."""


@command.command("test")
@click.argument("pack", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("channel")
@click.option("--channels", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              required=True, help="How the channels of the pack are reached.")  # fmt: skip
@click.option("--to", default="", help="A number, an e-mail address or a user's id.")
@needs("notice:test")
def test(pack: Path, channel: str, channels: Path, to: str) -> None:
    """Send one test message by a CHANNEL of PACK; no store is needed, and nothing is recorded."""
    resolved = packs.loaded(pack)
    clock = SystemClock()
    found = opened(channels_in(channels), packs.section_or_empty(resolved, Notices), clock)
    if channel not in found:
        raise Rejected("unknown_channel", f"{channel!r} is not connected", where=str(channels),
                       remedy=f"connected are {', '.join(found) or 'none'}")  # fmt: skip
    way = WAY_OF[found[channel].kind]
    if (way is None) != (not to):
        wanted = "takes no address" if way is None else f"needs --to, an address of the way {way!r}"
        raise click.UsageError(f"{channel} {wanted}")
    city = packs.section(resolved, City)
    language = city.languages[0]
    name = city.name.get(language, city.id)
    text = f"{name}：测试消息，请忽略。" if language == "zh" else f"{name}: a test, please ignore."
    message = Message(
        key=secrets.token_hex(16),
        to=to,
        text=text,
        title=text,
        urgency="low",
        case="",
        at=clock.now(),
    )
    provider_id = asyncio.run(_sent(found[channel], message))
    click.echo(f"{channel}: taken{f', the provider calls it {provider_id}' if provider_id else ''}")


async def _sent(channel: Channel, message: Message) -> str:
    try:
        return await channel.send(message)
    finally:
        await channel.close()
