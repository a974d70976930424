"""The doors of signing in: ``/api/v1/session`` and the steps below it."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import segno
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.commands import converted, json_of
from chengyun.api.doors import Door, Entrance
from chengyun.api.entering import SignedIn
from chengyun.api.provided import ProvidedPages
from chengyun.api.reach import reach_of
from chengyun.app.provided import Provided
from chengyun.app.signing_in import Entered, Step
from chengyun.guard.accounts import subject_of
from chengyun.guard.sessions import Session, page_token
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import SESSION_IDLE_S, SESSION_S

S = TypeVar("S", bound=msgspec.Struct)

SESSION = "/api/v1/session"


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A login and its password."""

    login: str
    password: str


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The second step: the ticket of the first, and a code."""

    ticket: str
    code: str


class Recovery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A secret of one use, and the password from now on."""

    secret: str
    password: str


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password of now and the next one."""

    old: str
    new: str


class Again(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password once more, before something grave."""

    password: str


class VisitorPages:
    """Says of a simulated city that nobody need sign in."""

    def __init__(self) -> None:
        self.doors = (Door(SESSION, "account:own", self.who),)

    async def who(self, request: Request) -> Response:
        """Return that whoever asks is a visitor."""
        return _json({"visitor": True})


class SessionPages:
    """Signs in, says who is in, signs out."""

    def __init__(self, entrance: SignedIn) -> None:
        self._entrance = entrance
        self._signing_in = entrance.signing_in
        own, enters = "account:own", "session:open"
        self.doors = (
            Door(SESSION, enters, self.begin, method="POST", is_open=True),
            Door(f"{SESSION}/second-factor", enters, self.prove, method="POST", is_open=True),
            Door(f"{SESSION}/enrol", enters, self.enrol, method="POST", is_open=True),
            Door(f"{SESSION}/recovery", enters, self.recover, method="POST", is_open=True),
            Door(f"{SESSION}/password", own, self.change, method="POST"),
            Door(f"{SESSION}/new-factor", own, self.renew, method="POST"),
            Door(f"{SESSION}/all", own, self.leave_everywhere, method="DELETE"),
            Door(SESSION, own, self.who),
            Door(SESSION, own, self.leave, method="DELETE"),
        )

    async def begin(self, request: Request) -> Response:
        """Sign in with login and password; answer with the session, or with what is asked next."""
        given = await _read(request, Credentials)
        found = await self._signing_in.begin(given.login, given.password, self._address(request))
        return self._answer(found)

    async def prove(self, request: Request) -> Response:
        """Take the code of the second factor, or a recovery code."""
        given = await _read(request, Code)
        address = self._address(request)
        return self._answer(await self._signing_in.prove(given.ticket, given.code, address))

    async def enrol(self, request: Request) -> Response:
        """Take the first code of a new second factor; answer with the recovery codes, once."""
        given = await _read(request, Code)
        address = self._address(request)
        return self._answer(await self._signing_in.enrol(given.ticket, given.code, address))

    async def recover(self, request: Request) -> Response:
        """Take a secret of one use and set the password."""
        given = await _read(request, Recovery)
        found = await self._signing_in.begin_with_secret(
            given.secret, given.password, self._address(request)
        )
        return self._answer(found)

    async def change(self, request: Request) -> Response:
        """Set another password; every other session ends."""
        session = self._entrance.session(request)
        given = await _read(request, Change)
        address = self._address(request)
        changed = self._signing_in.change_password(session, given.old, given.new, address)
        return self._answer(await changed)

    async def renew(self, request: Request) -> Response:
        """Begin to set up another second factor."""
        session = self._entrance.session(request)
        given = await _read(request, Again)
        address = self._address(request)
        return self._answer(await self._signing_in.renew_factor(session, given.password, address))

    async def who(self, request: Request) -> Response:
        """Return who is in, until when, and the token that every change must carry."""
        return _json(self._told(self._entrance.session(request, is_deed=False), request))

    async def leave(self, request: Request) -> Response:
        """Sign out here."""
        return await self._left(request, everywhere=False)

    async def leave_everywhere(self, request: Request) -> Response:
        """Sign out everywhere."""
        return await self._left(request, everywhere=True)

    async def _left(self, request: Request, *, everywhere: bool) -> Response:
        session = self._entrance.session(request)
        await self._signing_in.leave(session, everywhere=everywhere)
        response = _json({"left": True})
        response.headers["Clear-Site-Data"] = '"cache"'  # language and colours may stay
        self._entrance.take(response)
        return response

    def _address(self, request: Request) -> str:
        return self._entrance.address(request)

    def _told(self, session: Session, request: Request) -> dict[str, Any]:
        row = self._signing_in.row(session.account)
        names = {} if row is None else self._signing_in.names(row)
        return {
            "account": session.account,
            "login": names.get("login", ""),
            "name": names.get("name", ""),
            "power": "" if row is None else row.power,
            "second_factor": row is not None and row.factor != "",
            "recovery_codes_left": self._signing_in.codes_left(row),
            "how": session.how,
            "token": self._entrance.page_token_of(request),
            "may": sorted(reach_of(request).permissions(subject_of(session.account))),
            "ends_at": session.opened_at + SESSION_S * SECOND_US,
            "idle_ends_at": session.seen_at + SESSION_IDLE_S * SECOND_US,
        }

    def _answer(self, found: Entered | Step) -> Response:
        if isinstance(found, Step):
            return _json(
                {
                    "step": found.name,
                    "ticket": found.ticket,
                    "key": found.key,
                    "uri": found.uri,
                    "qr": _picture(found.uri),
                }
            )
        response = _json(
            {
                "account": found.account,
                "token": page_token(found.token),
                "recovery_codes": found.recovery_codes,
            }
        )
        self._entrance.give(response, found.token)
        return response


Rooms = tuple[VisitorPages | SessionPages | ProvidedPages, ...]


def session_pages(entrance: Entrance, provided: Provided | None) -> Rooms:
    """Return the doors of signing in that belong to an entrance."""
    if isinstance(entrance, SignedIn):
        return (SessionPages(entrance), ProvidedPages(entrance, provided))
    return (VisitorPages(),)


async def _read(request: Request, shape: type[S]) -> S:
    found: S = converted(await json_of(request), shape, "body")
    return found


def _picture(uri: str) -> list[str]:
    """Return an address as a QR code (ISO/IEC 18004): rows of ``0`` and ``1``, without margin."""
    if not uri:
        return []
    return ["".join("1" if dark else "0" for dark in row) for row in segno.make_qr(uri).matrix]


def _json(content: Any) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), headers=headers, media_type="application/json")
