"""An SMS gateway over HTTP: its request is a template of the operator, so that any will do.

The key of a message goes along as ``Idempotency-Key`` and wherever the template names it (OutId,
msgid, clientToken …): a gateway that is given a key twice sends once.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from chengyun.adapters.channels.posting import Poster
from chengyun.adapters.channels.settings import SmsSettings
from chengyun.notices.policy import Kind
from chengyun.notices.ports import Message
from chengyun.notices.rules import filled


class SmsGateway:
    """Sends short messages."""

    kind: Final[Kind] = "sms"

    def __init__(
        self, settings: SmsSettings, poster: Poster, secret: str, receipt_secret: str
    ) -> None:
        self._settings = settings
        self._poster = poster
        self._secret = secret
        self.receipt_secret = receipt_secret

    async def send(self, message: Message) -> str:
        """Give the gateway a message."""
        given = {
            "to": message.to,
            "text": message.text,
            "key": message.key,
            "secret": self._secret,
        }
        body = _filled(self._settings.body, given)
        form = self._settings.form
        headers = {
            "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
            "Idempotency-Key": message.key,
            **{name: filled(value, given) for name, value in self._settings.headers.items()},
        }
        content = urlencode(body).encode() if form else msgspec.json.encode(body)
        answer = await self._poster.send(self._settings.url, content=content, headers=headers)
        return self._understood(answer)

    def _understood(self, answer: bytes) -> str:
        said = self._settings.answer
        if not said.field and not said.id:
            return ""
        found = self._poster.decoded(answer)
        verdict = _at(found, said.field)
        if said.field and verdict in said.busy:
            raise self._poster.busy(f"it says {verdict[:40]}")
        if said.field and verdict != said.is_:
            raise self._poster.refused(verdict or "nothing")
        return _at(found, said.id)[:128] if said.id else ""

    async def close(self) -> None:
        """Let go of connections."""
        await self._poster.close()


def _filled(value: Any, given: dict[str, str]) -> Any:
    """Return a template with its texts filled, however deep they stand."""
    if isinstance(value, str):
        return filled(value, given)
    if isinstance(value, dict):
        return {name: _filled(one, given) for name, one in value.items()}
    return [_filled(one, given) for one in value] if isinstance(value, list) else value


def _at(found: Any, path: str) -> str:
    """Return what stands at ``a.b`` in an answer as a text, empty where nothing does."""
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return "" if found is None else str(found)
