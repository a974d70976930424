"""How the channels of a pack are reached, read from a file of the operator.

Secrets are named there and never written: the path of a file, or ``env:NAME``. Addresses are judged
as those of every request that the platform sends (``adapters/http/targets.py``); what is not public
must lie in one of ``networks``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta

from chengyun.adapters.http.targets import Targets
from chengyun.kernel.errors import Rejected

Reference = Annotated[str, Meta(min_length=1, max_length=1_024)]
"""Where a secret is: a file that nobody else reads, or ``env:NAME``."""


class _Settings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    receipt_secret: str = ""
    """Where the secret is with which the provider signs receipts."""


class Answered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a gateway says that it took a message."""

    field: str = ""
    """A field of its answer, ``a.b`` for one inside another; empty: the status alone tells."""
    is_: str = msgspec.field(default="", name="is")
    """What stands there when it did."""
    id: str = ""
    """The field that holds what it calls the message."""
    busy: list[str] = []
    """What stands there when another try may succeed."""


class SmsSettings(_Settings, frozen=True, kw_only=True, tag="sms"):
    """An SMS gateway that takes a request over HTTP, as its own description says."""

    url: str
    secret: Reference
    headers: dict[str, str] = msgspec.field(
        default_factory=lambda: {"Authorization": "Bearer {secret}"}
    )
    """With ``{secret}`` and ``{key}``; ``Idempotency-Key`` is added by itself."""
    body: dict[str, Any]
    """What is sent, with ``{to}``, ``{text}``, ``{key}`` and ``{secret}`` in its texts."""
    form: bool = False
    """As a form instead of JSON."""
    answer: Answered = Answered()


class WecomRobotSettings(_Settings, frozen=True, kw_only=True, tag="wecom_robot"):
    """A robot of a WeCom group (企业微信群机器人)."""

    secret: Reference
    """The ``key`` of its webhook address."""
    url: str = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"


class WecomAppSettings(_Settings, frozen=True, kw_only=True, tag="wecom_app"):
    """An application of a WeCom corporation, which writes to single users."""

    corp: str
    agent: int
    secret: Reference
    url: str = "https://qyapi.weixin.qq.com/cgi-bin"


class DingtalkRobotSettings(_Settings, frozen=True, kw_only=True, tag="dingtalk_robot"):
    """A custom robot of a DingTalk group, with signed requests (加签)."""

    token: Reference
    """The ``access_token`` of its webhook address."""
    secret: Reference
    """The secret that begins with ``SEC``."""
    url: str = "https://oapi.dingtalk.com/robot/send"


class EmailSettings(_Settings, frozen=True, kw_only=True, tag="email"):
    """A mail server that takes what is sent (SMTP)."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65_535)] = 465
    tls: Literal["tls", "starttls", "none"] = "tls"
    """``none`` only inside the networks."""
    sender: str
    user: str = ""
    secret: str = ""


class WebhookSettings(_Settings, frozen=True, kw_only=True, tag="webhook"):
    """Another system: CloudEvents 1.0, signed as Standard Webhooks are."""

    url: str
    secret: Reference
    source: str = "urn:chengyun"
    """The ``source`` of its events."""


ChannelSettings = (
    SmsSettings
    | WecomRobotSettings
    | WecomAppSettings
    | DingtalkRobotSettings
    | EmailSettings
    | WebhookSettings
)


class ChannelsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file: every channel by the name that the pack gives it."""

    networks: list[str] = []
    """Networks that are not public and in which providers may lie: ``10.1.0.0/16``."""
    channels: dict[str, ChannelSettings]


def channels_in(path: Path) -> ChannelsFile:
    """Read the file, or refuse it naming the mistake; it holds no secret that could be quoted."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = msgspec.convert(content, ChannelsFile)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as wrong:
        raise Rejected(
            "bad_channels",
            f"these are no settings of channels: {wrong}",
            where=str(path),
            remedy="see docs/notices.md",
        ) from wrong
    Targets(found.networks)
    return found
