"""Receipts of providers: what became of a message, signed with the secret of its channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.channels.signing import is_signed
from chengyun.api.commands import body_of, converted
from chengyun.api.doors import Door
from chengyun.app.notifying import ACTOR
from chengyun.app.serving import Server
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import RECEIPT_AGE_S
from chengyun.notices.noting import NoteReceipt
from chengyun.notices.ports import Channel

_DIGITS: Final = 12


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a provider says of a message."""

    key: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
    """The key that the message came with."""
    state: Literal["delivered", "read", "failed"]
    code: Annotated[str, Meta(max_length=64)] = ""
    """Why it failed, in the provider's words."""


class NoticePages:
    """The door for receipts."""

    def __init__(self, server: Server, channels: Mapping[str, Channel]) -> None:
        self._server = server
        self._channels = channels
        self.doors = (
            Door("/notices/v1/receipts/{channel}", "notice:record", self.receipt, method="POST",
                 is_open=True),
        )  # fmt: skip

    async def receipt(self, request: Request) -> Response:
        """Take what a provider says of a message that it was given; signed, and not long ago."""
        name = request.path_params["channel"]
        channel = self._channels.get(name)
        secret = "" if channel is None else channel.receipt_secret
        body = await body_of(request)
        self._check(request, body, secret)
        try:
            said = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
            raise Rejected("bad_json", "this is no JSON", where="body",
                           remedy="send one JSON object in UTF-8") from wrong  # fmt: skip
        found: Receipt = converted(said, Receipt, "receipt")
        command = NoteReceipt(key=found.key, channel=name, state=found.state, code=found.code)
        outcome = await self._server.submit(command, ACTOR)
        if outcome.refused is not None:
            raise outcome.refused
        return Response(b"{}", headers={"Cache-Control": "no-store"}, media_type="application/json")

    def _check(self, request: Request, body: bytes, secret: str) -> None:
        """Refuse what is not signed with the channel's secret, or was signed too long ago."""
        given = {
            part: request.headers.get(f"webhook-{part}", "")
            for part in ("id", "timestamp", "signature")
        }
        at_s = given["timestamp"]
        right = bool(secret) and is_signed(given["id"], at_s, body, given["signature"], secret)
        if not right:
            raise Rejected(
                "bad_signature",
                "this receipt is not signed with the secret of its channel",
                where="webhook-signature",
                remedy="sign it as Standard Webhooks says, with the secret of the channel",
            )
        is_number = at_s.isascii() and at_s.isdigit() and len(at_s) <= _DIGITS
        age_s = (
            self._server.clock.now() // SECOND_US - int(at_s) if is_number else RECEIPT_AGE_S + 1
        )
        if abs(age_s) > RECEIPT_AGE_S:
            raise Rejected(
                "stale_receipt",
                "this receipt was signed too long ago, or in the future",
                where="webhook-timestamp",
                remedy="sign it when it is sent; compare the clocks",
            )
