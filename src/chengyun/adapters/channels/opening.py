"""Makes the channels of a file, each with its secrets read and its requests guarded."""

from __future__ import annotations

from collections.abc import Mapping

from chengyun.adapters.channels.dingtalk import DingtalkRobot
from chengyun.adapters.channels.email import Email, checked_sender
from chengyun.adapters.channels.posting import Poster
from chengyun.adapters.channels.settings import (
    ChannelSettings,
    ChannelsFile,
    DingtalkRobotSettings,
    EmailSettings,
    SmsSettings,
    WebhookSettings,
    WecomAppSettings,
)
from chengyun.adapters.channels.sms import SmsGateway
from chengyun.adapters.channels.webhook import Webhook
from chengyun.adapters.channels.wecom import WecomApp, WecomRobot
from chengyun.adapters.http.targets import Targets
from chengyun.adapters.system.secrets import secret_at
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Rejected
from chengyun.notices.policy import Notices
from chengyun.notices.ports import Channel


def opened(file: ChannelsFile, section: Notices, clock: Clock) -> Mapping[str, Channel]:
    """Return the channels by name; refused is one that the pack does not name, or names otherwise.

    A channel of the pack that the file leaves out is not connected: the next one is tried.
    """
    targets = Targets(file.networks)
    found = {}
    for name, settings in file.channels.items():
        channel = _channel(name, settings, targets, clock)
        declared = section.channels.get(name)
        if declared is None or declared.kind != channel.kind:
            kind = "no channel" if declared is None else f"of kind {declared.kind!r}"
            raise Rejected(
                "bad_channels",
                f"{name!r} is {kind} in the pack",
                where=name,
                remedy=f"the pack names {', '.join(section.channels) or 'none'}",
                params={"channel": name},
            )
        found[name] = channel
    return found


def _channel(name: str, settings: ChannelSettings, targets: Targets, clock: Clock) -> Channel:
    poster = Poster(name, targets)
    receipts = _secret(settings.receipt_secret) if settings.receipt_secret else ""
    if isinstance(settings, SmsSettings):
        return SmsGateway(settings, poster, _secret(settings.secret), receipts)
    if isinstance(settings, DingtalkRobotSettings):
        return DingtalkRobot(
            settings,
            poster,
            clock,
            token=_secret(settings.token),
            secret=_secret(settings.secret),
            receipt_secret=receipts,
        )
    if isinstance(settings, EmailSettings):
        checked_sender(settings)
        secret = _secret(settings.secret) if settings.secret else ""
        return Email(settings, poster, targets, secret=secret, receipt_secret=receipts)
    secret = _secret(settings.secret)
    if isinstance(settings, WebhookSettings):
        return Webhook(settings, poster, clock, secret=secret, receipt_secret=receipts)
    if isinstance(settings, WecomAppSettings):
        return WecomApp(settings, poster, secret, receipts)
    return WecomRobot(settings, poster, secret, receipts)


def _secret(reference: str) -> str:
    """Return a secret as text, without the line break that an editor puts at its end."""
    try:
        return secret_at(reference).decode().strip()
    except UnicodeDecodeError:
        raise Rejected("no_secret", "this secret is no text", where=reference,
                       remedy="give it as the provider does") from None  # fmt: skip
