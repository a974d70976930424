"""The doors of signing in by a provider (OpenID Connect): there, and back."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chengyun.api.doors import Door
from chengyun.api.entering import SignedIn
from chengyun.app import logs
from chengyun.app.provided import Provided
from chengyun.kernel.errors import ChengyunError, Rejected

WAYS: Final = "/api/v1/session/ways"
BEGIN: Final = "/api/v1/session/provider"
BACK: Final = "/api/v1/session/provider/back"


class ProvidedPages:
    """Sends a browser to the provider, and takes it back."""

    def __init__(self, entrance: SignedIn, provided: Provided | None) -> None:
        self._entrance = entrance
        self._provided = provided
        ways = (Door(WAYS, "session:open", self.ways, is_open=True),)
        self.doors = ways if provided is None else (
            *ways,
            Door(BACK, "session:open", self.back, is_open=True),
            Door(BEGIN, "session:open", self.begin, is_open=True),
        )  # fmt: skip

    async def ways(self, request: Request) -> Response:
        """Return what else than a password one signs in with."""
        name = None if self._provided is None else self._provided.name
        content = msgspec.json.encode({"provider": name})
        headers = {"Cache-Control": "no-store"}
        return Response(content, headers=headers, media_type="application/json")

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider."""
        try:
            address, state = await self._known().begin(self._entrance.own_address(request) + BACK)
        except ChengyunError as failed:
            return _refused(failed)
        response = _moved(address)
        self._entrance.give_state(response, state)
        return response

    async def back(self, request: Request) -> Response:
        """Take the browser back; in with a session, or to the page that says why not."""
        state = request.query_params.get("state", "")
        is_own = self._entrance.is_own_state(request, state)
        try:
            entered = await self._known().end(
                state=state if is_own else "",
                code=request.query_params.get("code", ""),
                address=self._entrance.address(request),
            )
        except ChengyunError as failed:
            response = _refused(failed)
        else:
            response = _moved("/")
            self._entrance.give(response, entered.token)
        self._entrance.take_state(response)
        return response

    def _known(self) -> Provided:
        if self._provided is None:
            raise Rejected("no_provider", "no provider is known here", remedy="use a password")
        return self._provided


def _refused(failed: ChengyunError) -> Response:
    code = failed.code if isinstance(failed, Rejected) else "busy"
    reason = failed.params.get("reason", "") if isinstance(failed, Rejected) else ""
    logs.note("provider_refused", code=code, reason=reason)
    return _moved(f"/?refused={code}")


def _moved(where: str) -> Response:
    return RedirectResponse(where, status_code=303, headers={"Cache-Control": "no-store"})
