"""Refusals as problem details (RFC 9457): code, place, remedy, never a trace of the code."""

from __future__ import annotations

import http

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.chinese import TITLES, Said, in_chinese
from chengyun.api.languages import Language, language_of
from chengyun.kernel.errors import (
    Bug,
    ChengyunError,
    Conflict,
    Forbidden,
    Overloaded,
    Rejected,
    Retryable,
    StoreFailed,
)

MEDIA_TYPE = "application/problem+json"
_STATUS = {
    "unknown": 404,
    "no_route": 404,
    "unknown_command": 404,
    "unknown_receipt": 404,
    "unknown_move": 404,
    "wrong_method": 405,
    "too_long": 413,
    "not_json": 415,
    "bad_json": 400,
    "incomplete": 400,
    "bad_cursor": 400,
    "erased": 410,
    "foreign_host": 421,
    "not_through_proxy": 421,
    "sign_in_required": 401,
    "bad_key": 401,
    "bad_signature": 401,
    "stale_receipt": 401,
    "bad_login": 401,
    "bad_code": 401,
    "bad_ticket": 401,
    "bad_secret_of_one_use": 401,
    "unknown_subject": 401,
    "no_second_factor": 401,
    "bad_identity": 401,
    "too_soon": 429,
    "busy": 503,
    "drill_goes_on": 409,
    "drill_over": 409,
    "other_offset": 409,
    "not_offset": 415,
    "bad_upload": 400,
    "unknown_upload": 404,
    "too_many_uploads": 429,
    "changed": 412,
    "bad_key_of_request": 400,
    "bad_etag": 400,
}
"""HTTP status by code of a refusal; what is not listed is 422, the content was understood."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent; ``code`` and ``params`` render it in any language.

    ``title``, ``detail`` and ``remedy`` are English, or Chinese where that was asked for.
    """

    type: str
    title: str
    detail: str
    status: int
    code: str
    where: str = ""
    remedy: str = ""
    params: dict[str, str] = {}


def problem_of(error: ChengyunError, language: Language = "en") -> Problem:
    """Return an error of the platform as a problem, in the language of whoever asked.

    What a ``Bug`` or a failed store says is about the platform's inside: it stands in the log.
    """
    code, status = _code_and_status(error)
    if isinstance(error, Bug | StoreFailed):
        error = ChengyunError("the platform failed", remedy="see its log")
    params = error.params if isinstance(error, Rejected) else {}
    title, said = http.HTTPStatus(status).phrase, Said(error.what, error.remedy)
    if language == "zh":
        title, said = TITLES.get(status, title), in_chinese(code, status, params)
    return Problem(
        type=f"urn:chengyun:problem:{code}",
        title=title,
        detail=said.detail,
        status=status,
        code=code,
        where=error.where,
        remedy=said.remedy,
        params=params,
    )


def _code_and_status(error: ChengyunError) -> tuple[str, int]:
    if isinstance(error, Forbidden):
        return error.code, 403
    if isinstance(error, Conflict):
        return error.code, 409
    if isinstance(error, Rejected):
        return error.code, _STATUS.get(error.code, 422)
    if isinstance(error, Retryable):
        return ("overload", 429) if isinstance(error, Overloaded) else ("busy", 503)
    if isinstance(error, StoreFailed):
        return "store_failed", 503
    return "bug" if isinstance(error, Bug) else "failed", 500


def answer(error: ChengyunError, wanted: str = "") -> Response:
    """Return the response that refuses; ``wanted`` is the ``Accept-Language`` of the request."""
    language = language_of(wanted)
    problem = problem_of(error, language)
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": language,
        "Vary": "Accept-Language",
    }
    if problem.status in (429, 503):
        headers["Retry-After"] = problem.params.get("wait_s", "1")
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(problem), problem.status, headers, MEDIA_TYPE)


def wanted_of(request: Request) -> str:
    """Return which languages a request is answered in, by its header."""
    return request.headers.get("accept-language", "")


async def on_refused(request: Request, error: Exception) -> Response:
    """Answer an error of the platform."""
    if isinstance(error, ChengyunError):
        return answer(error, wanted_of(request))
    return await on_failed(request, error)


async def on_http(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: an unknown way, another method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return answer(nothing_here(request.url.path), wanted_of(request))
    if status == 405:
        refused = Rejected(
            "wrong_method",
            f"{request.method} is not taken here",
            where=request.url.path,
            remedy="see docs/operating.md for the ways of the interface",
            params={"method": request.method},
        )
        refusal = answer(refused, wanted_of(request))
        refusal.headers.update((error.headers or {}) if isinstance(error, HTTPException) else {})
        return refusal
    return await on_failed(request, error)


async def on_left(request: Request, error: Exception) -> Response:
    """Answer who left, or was cut off, before the request was whole: nobody hears it."""
    return answer(Rejected("incomplete", "the request ended before it was whole", where="body",
                           remedy="send it again"))  # fmt: skip


async def on_failed(request: Request, error: Exception) -> Response:
    """Answer what nobody expected: the log has the trace, the answer has not."""
    return answer(Bug("the request failed"), wanted_of(request))


def nothing_here(path: str) -> Rejected:
    """Return the refusal of a way that leads nowhere."""
    return Rejected(
        "no_route",
        "there is nothing here",
        where=path[:200],
        remedy="see docs/operating.md for the ways of the interface",
        params={"path": path[:200]},
    )
