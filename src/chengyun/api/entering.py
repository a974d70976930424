"""The entrance of a real city: the cookie of a session, or the key of a service.

The cookie is sent to this server alone (``__Host-`` behind TLS), never to scripts, and never
together with a request of another site. Whatever changes something must besides carry the token of
its page: another site cannot know it.
"""

from __future__ import annotations

import hmac
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.doors import Asking, Door
from chengyun.api.front import Front
from chengyun.app.signing_in import SigningIn
from chengyun.guard.accounts import subject_of
from chengyun.guard.keys import ServiceKeyRow
from chengyun.guard.sessions import Session, page_token
from chengyun.kernel.errors import Forbidden, Rejected
from chengyun.kernel.limits import SESSION_S, TICKET_S

PAGE_HEADER: Final = "X-Chengyun-Token"
"""The header that carries the token of the page."""

BACKGROUND: Final = "X-Chengyun-Background"
"""A request with this header was made by a page on its own: it is no deed of its owner."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_BEARER: Final = "bearer "
_SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))
_STREAM: Final = "/stream"


class SignedIn:
    """Whoever has a session or a key; the rest are told to sign in."""

    def __init__(self, signing_in: SigningIn, front: Front) -> None:
        self.signing_in = signing_in
        self._is_behind_tls = bool(front.proxy)
        self._front = front
        self._cookie = f"__Host-{signing_in.cookie}" if self._is_behind_tls else signing_in.cookie

    def asking(self, request: Request) -> Asking:
        """Return the account that asks, or refuse."""
        key = key_in(request)
        if key:
            row = self.signing_in.service(key)
            if row is None:
                self.signing_in.counted("bad_key")
                raise sign_in_with("bad_key", "this key opens nothing here")
            return asking_with(row)
        is_deed = BACKGROUND not in request.headers and request.url.path != _STREAM
        session = self.session(request, is_deed=is_deed)
        if request.method not in _SAFE:
            given = request.headers.get(PAGE_HEADER, "")
            if not hmac.compare_digest(given.encode(), page_token(self._token(request)).encode()):
                self.signing_in.counted("bad_page_token")
                raise Forbidden(
                    "bad_page_token",
                    "this request does not carry the token of the session",
                    where=PAGE_HEADER,
                    remedy="send the token that GET /api/v1/session answers with",
                )
        return Asking(subject_of(session.account), "local")

    def session(self, request: Request, *, is_deed: bool = True) -> Session:
        """Return the open session of a request, or say that one must sign in."""
        token = self._token(request)
        session = self.signing_in.session(token, is_deed=is_deed) if token else None
        if session is None:
            raise sign_in_with("sign_in_required", "nobody has signed in, or the session is over")
        return session

    def lets_all_in(self, door: Door) -> bool:
        """Tell whether a door is for everybody."""
        return door.is_open

    def still_in(self, request: Request) -> bool:
        """Tell whether the session, or the key, that a stream began with is still good."""
        key = key_in(request)
        if key:
            return self.signing_in.service(key) is not None
        return self.signing_in.session(self._token(request), is_deed=False) is not None

    def address(self, request: Request) -> str:
        """Return the address that a request comes from, as the proxy tells it if there is one."""
        peer = request.client.host if request.client is not None else ""
        return self._front.address(peer, request.headers.get("x-forwarded-for", ""))

    def own_address(self, request: Request) -> str:
        """Return the address that this server is asked under; its name was checked before."""
        scheme = "https" if self._is_behind_tls else "http"
        return f"{scheme}://{request.headers['host']}"

    def give_state(self, response: Response, state: str) -> None:
        """Bind a way to the provider to this browser: it comes back from another site."""
        response.set_cookie(
            f"{self._cookie}-way",
            state,
            max_age=TICKET_S,
            path="/",
            secure=self._is_behind_tls,
            httponly=True,
            samesite="lax",
        )

    def is_own_state(self, request: Request, state: str) -> bool:
        """Tell whether this browser began the way that ``state`` names."""
        given = request.cookies.get(f"{self._cookie}-way", "")
        return bool(given) and hmac.compare_digest(given.encode(), state.encode())

    def take_state(self, response: Response) -> None:
        """Have the browser forget the way."""
        response.delete_cookie(
            f"{self._cookie}-way", path="/", secure=self._is_behind_tls, httponly=True
        )

    def page_token_of(self, request: Request) -> str:
        """Return what a page of this session sends back."""
        return page_token(self._token(request))

    def give(self, response: Response, token: str) -> None:
        """Give the cookie of a session to the browser."""
        response.set_cookie(
            self._cookie,
            token,
            max_age=SESSION_S,
            path="/",
            secure=self._is_behind_tls,
            httponly=True,
            samesite="strict",
        )

    def take(self, response: Response) -> None:
        """Have the browser forget the cookie."""
        response.delete_cookie(
            self._cookie, path="/", secure=self._is_behind_tls, httponly=True, samesite="strict"
        )

    def _token(self, request: Request) -> str:
        given = request.cookies.get(self._cookie, "")
        return given if _TOKEN.fullmatch(given) else ""


def key_in(request: Request) -> str:
    """Return the key that a request shows, or nothing."""
    given = request.headers.get("authorization", "")
    is_bearer = given[: len(_BEARER)].lower() == _BEARER
    return given[len(_BEARER) :].strip() if is_bearer else ""


def asking_with(row: ServiceKeyRow) -> Asking:
    """Return a service as whoever asks, within what its key is for."""
    return Asking(subject_of(row.account), "local", frozenset(row.permissions))


def sign_in_with(code: str, what: str) -> Rejected:
    """Return the refusal of whoever neither signed in nor shows a key that is good."""
    return Rejected(code, what, where="Authorization", remedy="sign in, or send a service's key")
