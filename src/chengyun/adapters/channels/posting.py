"""One request to a provider: to the address that was judged, bounded in time and answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import httpx
import msgspec

from chengyun.adapters.http.targets import Targets
from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.limits import MAX_NOTICE_ANSWER_BYTES, NOTICE_WAIT_S

_TRY_AGAIN: Final = frozenset({408, 409, 425, 429})


class Poster:
    """Sends for one channel; nothing of what is sent stands in an error."""

    def __init__(self, channel: str, targets: Targets) -> None:
        self._channel = channel
        self._targets = targets
        self._http = httpx.AsyncClient(
            timeout=NOTICE_WAIT_S, follow_redirects=False, trust_env=False
        )

    async def send(
        self,
        url: str,
        *,
        method: str = "POST",
        query: Mapping[str, str] | None = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return the answer of a provider that took it.

        Raises ``Retryable`` where it does not answer, is busy or fails, ``Rejected`` else.
        """
        try:
            target = await asyncio.to_thread(self._targets.judged, url)
            asked = httpx.URL(url).copy_merge_params(dict(query or {}))
            async with self._http.stream(
                method,
                asked.copy_with(host=target.address),
                content=content,
                headers={"Host": asked.netloc.decode("ascii"), **(headers or {})},
                extensions={"sni_hostname": target.host},
            ) as answer:
                found = b""
                async for part in answer.aiter_bytes():
                    found += part
                    if len(found) > MAX_NOTICE_ANSWER_BYTES:
                        raise self.busy("its answer is too long")
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise self.busy("it does not answer") from None  # the cause would quote the address
        if status in _TRY_AGAIN or status >= 500:
            raise self.busy(f"it answers {status}")
        if status >= 300:
            raise self.refused(str(status))
        return found

    def busy(self, what: str) -> Retryable:
        """Return that another try may succeed."""
        return Retryable(f"the provider: {what}", where=self._channel, remedy="it is tried again")

    def refused(self, reason: str) -> Rejected:
        """Return that no further try will succeed; ``reason`` is a code of the provider."""
        return Rejected(
            "refused",
            f"the provider refuses it: {reason[:64]}",
            where=self._channel,
            remedy="look at the settings of the channel and at what its provider says of the code",
            params={"reason": reason[:64]},
        )

    def decoded(self, content: bytes) -> dict[str, Any]:
        """Return an answer as an object of JSON; one that is none counts as a failure."""
        try:
            return msgspec.json.decode(content, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self.busy("its answer is no JSON") from None

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()
