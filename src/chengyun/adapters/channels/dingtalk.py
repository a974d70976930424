"""DingTalk (钉钉): a custom robot of a group, whose requests are signed.

The signature is HMAC-SHA-256 over the time in milliseconds, a line break and the secret, under the
secret, in base64 (open.dingtalk.com, custom robots, 加签). A robot knows no key of ours: what it
was given twice stands there twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

import msgspec

from chengyun.adapters.channels.posting import Poster
from chengyun.adapters.channels.settings import DingtalkRobotSettings
from chengyun.adapters.channels.wecom import checked
from chengyun.kernel.clock import Clock
from chengyun.notices.policy import Kind
from chengyun.notices.ports import Message

_BUSY: Final = frozenset({-1, 130101, 130103})
"""The system is busy; more than 20 messages a minute."""


class DingtalkRobot:
    """A robot that writes to its group."""

    kind: Final[Kind] = "dingtalk_robot"

    def __init__(
        self,
        settings: DingtalkRobotSettings,
        poster: Poster,
        clock: Clock,
        *,
        token: str,
        secret: str,
        receipt_secret: str,
    ) -> None:
        self._url = settings.url
        self._poster = poster
        self._clock = clock
        self._token = token
        self._secret = secret
        self.receipt_secret = receipt_secret

    async def send(self, message: Message) -> str:
        """Write to the group."""
        at_ms = str(self._clock.now() // 1_000)
        content = {"msgtype": "text", "text": {"content": message.text}}
        answer = await self._poster.send(
            self._url,
            query={
                "access_token": self._token,
                "timestamp": at_ms,
                "sign": signature(at_ms, self._secret),
            },
            content=msgspec.json.encode(content),
            headers={"Content-Type": "application/json"},
        )
        checked(self._poster, self._poster.decoded(answer), _BUSY)
        return ""

    async def close(self) -> None:
        """Let go of connections."""
        await self._poster.close()


def signature(at_ms: str, secret: str) -> str:
    """Return the signature of a request at a time in milliseconds."""
    mac = hmac.new(secret.encode(), f"{at_ms}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()
