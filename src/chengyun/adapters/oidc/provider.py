"""Asks a provider of identities: authorization code flow with PKCE (OpenID Connect Core 1.0).

Whatever it answers is bounded and checked: issuer, audience, nonce, times, and the signature by a
key that it publishes, with asymmetric algorithms alone.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chengyun.adapters.http.targets import Targets
from chengyun.adapters.oidc.settings import ProviderSettings
from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.limits import (
    MAX_PROVIDER_BYTES,
    MAX_PROVIDER_KEYS,
    PROVIDER_KEPT_S,
    PROVIDER_WAIT_S,
)

_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_LEEWAY_S: Final = 60
_REFETCH_S: Final = 60.0


class Identity(NamedTuple):
    """Who the provider says somebody is."""

    issuer: str
    subject: str
    methods: frozenset[str]
    """How they were authenticated (RFC 8176), as far as the provider says."""
    login: str
    name: str


class _Discovered(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Keys(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


class Provider:
    """One provider, its description and keys kept for a while."""

    def __init__(self, settings: ProviderSettings, secret: str) -> None:
        self.settings = settings
        self._secret = secret
        self._targets = Targets(settings.networks)
        self._http = httpx.AsyncClient(
            timeout=PROVIDER_WAIT_S, follow_redirects=False, trust_env=False
        )
        self._discovered: tuple[float, _Discovered] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def address(self, *, state: str, nonce: str, verifier: str, back: str) -> str:
        """Return where somebody's browser goes to be known there."""
        found = await self._description()
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in found.authorization_endpoint else "?"
        return f"{found.authorization_endpoint}{joint}{urlencode(query)}"

    async def identity(self, *, code: str, nonce: str, verifier: str, back: str) -> Identity:
        """Return who came back with ``code``; ``Rejected`` where anything about it is wrong."""
        found = await self._description()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        content = await self._asked("POST", found.token_endpoint, form)
        token = _decoded(content, _Tokens).id_token
        claims = await self._claims(token, nonce)
        methods = claims.get("amr", [])
        return Identity(
            issuer=self.settings.issuer,
            subject=str(claims["sub"]),
            methods=frozenset(map(str, methods if isinstance(methods, list) else ())),
            login=_text(claims, "preferred_username"),
            name=_text(claims, "name"),
        )

    async def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            try:
                decoded = jwt.decode(token, await self._key_set(), algorithms=list(_ALGORITHMS))
            except (JoseError, ValueError):  # a key of today may be newer than the ones kept
                fresh = await self._key_set(anew=True)
                decoded = jwt.decode(token, fresh, algorithms=list(_ALGORITHMS))
            registry.validate(decoded.claims)
        except (JoseError, ValueError, TypeError, UnicodeError) as wrong:
            raise _untrusted(type(wrong).__name__) from wrong
        claims = decoded.claims
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if several and claims.get("azp") != self.settings.client_id:
            raise _untrusted("azp")
        return claims

    async def _description(self) -> _Discovered:
        if self._discovered is not None and not _is_old(self._discovered[0], PROVIDER_KEPT_S):
            return self._discovered[1]
        issuer = self.settings.issuer
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        found: _Discovered = _decoded(await self._asked("GET", url), _Discovered)
        if found.issuer != issuer:
            raise _untrusted("description")
        for end in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            await asyncio.to_thread(self._targets.judged, end)
        self._discovered = (time.monotonic(), found)
        return found

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        kept = self._keys
        if kept is not None and not _is_old(kept[0], _REFETCH_S if anew else PROVIDER_KEPT_S):
            return kept[1]
        content = await self._asked("GET", (await self._description()).jwks_uri)
        found = _decoded(content, _Keys).keys
        if len(found) > MAX_PROVIDER_KEYS:
            raise _untrusted("keys")
        keys = [one for one in found if one.get("kty") in ("RSA", "EC", "OKP")]
        self._keys = (time.monotonic(), KeySet.import_key_set({"keys": keys}))
        return self._keys[1]

    async def _asked(self, method: str, url: str, form: dict[str, str] | None = None) -> bytes:
        """Return a bounded answer; only the token's request carries the client's secret.

        The connection goes to the address that was judged; the name is for TLS and ``Host``.
        """
        auth = None if form is None else (self.settings.client_id, self._secret)
        target = await asyncio.to_thread(self._targets.judged, url)
        asked = httpx.URL(url)
        headers = {"Accept": "application/json", "Host": asked.netloc.decode("ascii")}
        try:
            async with self._http.stream(
                method,
                asked.copy_with(host=target.address),
                data=form,
                auth=auth,
                headers=headers,
                extensions={"sni_hostname": target.host},
            ) as answer:
                content = b""
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > MAX_PROVIDER_BYTES:
                        raise _untrusted("length")
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            raise Retryable(
                "the provider of identities does not answer",
                where=self.settings.issuer,
                remedy="try again, or sign in with a password",
            ) from failed
        if status != 200:
            raise _untrusted(f"status {status}")
        return content


def _is_old(at_s: float, after_s: float) -> bool:
    return time.monotonic() - at_s > after_s


def _decoded(content: bytes, shape: type[Any]) -> Any:
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise _untrusted("form") from wrong


def _text(claims: dict[str, Any], name: str) -> str:
    found = claims.get(name, "")
    return found if isinstance(found, str) else ""


def _untrusted(why: str) -> Rejected:
    """Return the refusal of an answer; the reason is for the log of whoever runs the platform."""
    return Rejected(
        "bad_identity",
        "the provider's answer is not to be trusted",
        where="provider",
        remedy="begin again; if it stays so, look at the settings of the provider",
        params={"reason": why},
    )
