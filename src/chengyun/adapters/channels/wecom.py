"""WeCom (企业微信): robots of groups, and an application that writes to single users.

Sources: developer.work.weixin.qq.com/document/path/91770 (robots) and …/path/90236 (messages of an
application). A robot knows no key: what it was given twice stands there twice. The application is
asked to check for repetitions; it compares whole messages within four hours, so the beginning of
the key ends the text and two notices with the same words are two.
"""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec

from chengyun.adapters.channels.posting import Poster
from chengyun.adapters.channels.settings import WecomAppSettings, WecomRobotSettings
from chengyun.notices.policy import Kind
from chengyun.notices.ports import Message

_JSON: Final = {"Content-Type": "application/json"}
_BUSY: Final = frozenset({-1, 45009, 45033})
"""The system is busy; too many messages a minute; too many at once."""
_BAD_TOKEN: Final = frozenset({40014, 41001, 42001})
_REPEAT_CHECK_S: Final = 14_400
"""The longest that the application compares: four hours."""
_EARLIER_S: Final = 300
_MAX_BYTES: Final = 2_048


class WecomRobot:
    """A robot that writes to its group."""

    kind: Final[Kind] = "wecom_robot"

    def __init__(
        self, settings: WecomRobotSettings, poster: Poster, key: str, receipt_secret: str
    ) -> None:
        self._url = settings.url
        self._poster = poster
        self._key = key
        self.receipt_secret = receipt_secret

    async def send(self, message: Message) -> str:
        """Write to the group."""
        content = {"msgtype": "text", "text": {"content": cut(message.text)}}
        answer = await self._poster.send(
            self._url,
            query={"key": self._key},
            content=msgspec.json.encode(content),
            headers=_JSON,
        )
        checked(self._poster, self._poster.decoded(answer), _BUSY)
        return ""

    async def close(self) -> None:
        """Let go of connections."""
        await self._poster.close()


class WecomApp:
    """An application that writes to users, with a token that lasts for two hours."""

    kind: Final[Kind] = "wecom_app"

    def __init__(
        self, settings: WecomAppSettings, poster: Poster, secret: str, receipt_secret: str
    ) -> None:
        self._settings = settings
        self._poster = poster
        self._secret = secret
        self._token = ("", 0.0)
        self.receipt_secret = receipt_secret

    async def send(self, message: Message) -> str:
        """Write to one user."""
        content = {
            "touser": message.to,
            "msgtype": "text",
            "agentid": self._settings.agent,
            "text": {"content": f"{cut(message.text, 16)} [{message.key[:6]}]"},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": _REPEAT_CHECK_S,
        }
        answer = await self._poster.send(
            f"{self._settings.url}/message/send",
            query={"access_token": await self._access()},
            content=msgspec.json.encode(content),
            headers=_JSON,
        )
        found = self._poster.decoded(answer)
        if found.get("errcode") in _BAD_TOKEN:
            self._token = ("", 0.0)
            raise self._poster.busy("its token is over")
        checked(self._poster, found, _BUSY)
        if found.get("invaliduser"):
            raise self._poster.refused("invaliduser")
        return str(found.get("msgid", ""))[:128]

    async def _access(self) -> str:
        token, until_s = self._token
        if token and time.monotonic() < until_s:
            return token
        query = {"corpid": self._settings.corp, "corpsecret": self._secret}
        answer = await self._poster.send(
            f"{self._settings.url}/gettoken", method="GET", query=query
        )
        found = self._poster.decoded(answer)
        checked(self._poster, found, _BUSY)
        given, lasts_s = found.get("access_token"), found.get("expires_in")
        if not isinstance(given, str) or not isinstance(lasts_s, int):
            raise self._poster.busy("it gives no token")
        self._token = (given, time.monotonic() + max(0, lasts_s - _EARLIER_S))
        return given

    async def close(self) -> None:
        """Let go of connections."""
        await self._poster.close()


def checked(poster: Poster, found: dict[str, Any], busy: frozenset[int]) -> None:
    """Raise what an ``errcode`` means; 0 is that all is well."""
    code = found.get("errcode")
    if code == 0:
        return
    raise _meant(poster, code, busy)


def _meant(poster: Poster, code: object, busy: frozenset[int]) -> Exception:
    if not isinstance(code, int):
        return poster.busy("its answer has no errcode")
    return poster.busy(f"errcode {code}") if code in busy else poster.refused(f"errcode {code}")


def cut(text: str, room: int = 0) -> str:
    """Return a text that fits into the bytes of a message, never half a letter."""
    return text.encode()[: _MAX_BYTES - room].decode(errors="ignore")
