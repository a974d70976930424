"""Signing in by a provider: what is remembered on the way there, and who comes back."""

from __future__ import annotations

import secrets
from typing import NamedTuple
from urllib.parse import urlsplit

from chengyun.adapters.oidc.provider import Identity, Provider
from chengyun.app.signing_in import Entered, SigningIn
from chengyun.app.tickets import Tickets
from chengyun.guard.providers import subject_digest
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_LOGIN_CHARS, MAX_NAME_CHARS


class _Way(NamedTuple):
    nonce: str
    verifier: str
    back: str


class Provided:
    """Signs in whom one provider vouches for."""

    def __init__(self, provider: Provider, signing_in: SigningIn, clock: Clock) -> None:
        self.name = provider.settings.name
        self._provider = provider
        self._signing_in = signing_in
        self._clock = clock
        self._ways: Tickets[_Way] = Tickets()

    async def begin(self, back: str) -> tuple[str, str]:
        """Return the address at the provider, and the state that the browser must bring back."""
        way = _Way(secrets.token_urlsafe(32), secrets.token_urlsafe(48), back)
        state = self._ways.give(way, self._clock.now())
        address = await self._provider.address(
            state=state, nonce=way.nonce, verifier=way.verifier, back=back
        )
        return address, state

    async def end(self, *, state: str, code: str, address: str) -> Entered:
        """Let in who came back; a state is good once, and only where it was given."""
        way = self._ways.take(state, self._clock.now())
        if way is None or not code:
            raise Rejected(
                "bad_ticket", "this way was not begun here, or it took too long", where="state",
                remedy="begin again",
            )  # fmt: skip
        found = await self._provider.identity(
            code=code[:2_048], nonce=way.nonce, verifier=way.verifier, back=way.back
        )
        subject = subject_digest(found.issuer, found.subject)
        opens = self._provider.settings.unknown == "open"
        return await self._signing_in.enter_by_provider(
            subject, found.methods, address, newcomer=_newcomer(found) if opens else None
        )


def _newcomer(found: Identity) -> tuple[str, str]:
    """Return login and name for a new account: never one that a local account could have."""
    host = urlsplit(found.issuer).hostname or "provider"
    own = (found.login or found.subject)[: MAX_LOGIN_CHARS - len(host) - 1]
    login = f"{own}@{host}"[:MAX_LOGIN_CHARS]
    return login, (found.name or login)[:MAX_NAME_CHARS]
