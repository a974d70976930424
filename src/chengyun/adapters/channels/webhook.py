"""Another system: an event of CloudEvents 1.0 in structured JSON, signed.

``id`` is the key of the message, so that whoever gets it twice knows it again.
"""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chengyun.adapters.channels.posting import Poster
from chengyun.adapters.channels.settings import WebhookSettings
from chengyun.adapters.channels.signing import signed
from chengyun.kernel.clock import Clock
from chengyun.kernel.instants import SECOND_US, to_text
from chengyun.notices.policy import Kind
from chengyun.notices.ports import Message

TYPE: Final = "chengyun.notice.v1"
_UTC: Final = ZoneInfo("UTC")


class Webhook:
    """Posts events."""

    kind: Final[Kind] = "webhook"

    def __init__(
        self,
        settings: WebhookSettings,
        poster: Poster,
        clock: Clock,
        *,
        secret: str,
        receipt_secret: str,
    ) -> None:
        self._settings = settings
        self._poster = poster
        self._clock = clock
        self._secret = secret
        self.receipt_secret = receipt_secret

    async def send(self, message: Message) -> str:
        """Post one event; the same message is the same bytes, but for when it was signed."""
        event = {
            "specversion": "1.0",
            "id": message.key,
            "source": self._settings.source,
            "type": TYPE,
            "time": to_text(message.at, _UTC),
            "subject": message.case or message.key,
            "datacontenttype": "application/json",
            "data": {"text": message.text, "title": message.title, "urgency": message.urgency},
        }
        content = msgspec.json.encode(event)
        at_s = str(self._clock.now() // SECOND_US)
        await self._poster.send(
            self._settings.url,
            content=content,
            headers={
                "Content-Type": "application/cloudevents+json; charset=utf-8",
                "Idempotency-Key": message.key,
                "webhook-id": message.key,
                "webhook-timestamp": at_s,
                "webhook-signature": signed(message.key, at_s, content, self._secret),
            },
        )
        return ""

    async def close(self) -> None:
        """Let go of connections."""
        await self._poster.close()
