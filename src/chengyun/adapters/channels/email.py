"""E-mail over SMTP (RFC 5321), with the standard library on a thread of its own.

``Message-ID`` is made of the key and ``Date`` of when the notice was asked for, so that the same
notice is the same message and mailboxes that compare ids keep one.
"""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from zoneinfo import ZoneInfo

from chengyun.adapters.channels.posting import Poster
from chengyun.adapters.channels.settings import EmailSettings
from chengyun.adapters.http.targets import Target, Targets
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import to_datetime
from chengyun.kernel.limits import NOTICE_WAIT_S
from chengyun.notices.policy import Kind
from chengyun.notices.ports import Message

_UTC: Final = ZoneInfo("UTC")


class _Smtp(smtplib.SMTP):
    """Connects to the address that was judged; the name stays that of TLS."""

    address = ""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((self.address, port), timeout)


class _Smtps(smtplib.SMTP_SSL):
    address = ""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((self.address, port), timeout)
        return self.context.wrap_socket(plain, server_hostname=host)


class Email:
    """Hands mail to a server."""

    kind: Final[Kind] = "email"

    def __init__(
        self,
        settings: EmailSettings,
        poster: Poster,
        targets: Targets,
        *,
        secret: str,
        receipt_secret: str,
    ) -> None:
        self._settings = settings
        self._poster = poster
        self._targets = targets
        self._secret = secret
        self.receipt_secret = receipt_secret

    async def send(self, message: Message) -> str:
        """Hand over one mail; the server says no more than that it took it."""
        mail = mail_of(message, self._settings.sender)
        try:
            await asyncio.to_thread(self._handed_over, mail)
        except smtplib.SMTPRecipientsRefused as failed:
            codes = [code for code, _ in failed.recipients.values()]
            raise self._said(max(codes, default=550)) from None
        except smtplib.SMTPAuthenticationError:
            raise self._poster.busy("it does not let us in") from None
        except smtplib.SMTPResponseException as failed:
            raise self._said(failed.smtp_code) from None
        except (smtplib.SMTPException, OSError):
            raise self._poster.busy("it does not answer") from None
        return str(mail["Message-ID"])

    def _said(self, code: int) -> Exception:
        """A code of 5xx is for good, of 4xx for now (RFC 5321, section 4.2.1)."""
        if code >= 500:
            return self._poster.refused(str(code))
        return self._poster.busy(f"it says {code}")

    def _handed_over(self, mail: EmailMessage) -> None:
        asked = self._settings
        scheme = "http" if asked.tls == "none" else "https"
        target = self._targets.judged(f"{scheme}://{asked.host}:{asked.port}")
        with self._connected(target) as server:
            if asked.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if asked.user:
                server.login(asked.user, self._secret)
            server.send_message(mail)

    def _connected(self, target: Target) -> smtplib.SMTP:
        server: _Smtp | _Smtps
        if self._settings.tls == "tls":
            server = _Smtps(context=ssl.create_default_context(), timeout=NOTICE_WAIT_S)
        else:
            server = _Smtp(timeout=NOTICE_WAIT_S)
        server.address = target.address
        server._host = target.host  # type: ignore[union-attr]
        server.connect(target.host, target.port)
        return server

    async def close(self) -> None:
        """Let go of connections."""
        await self._poster.close()


def mail_of(message: Message, sender: str) -> EmailMessage:
    """Return a message as a mail; its headers hold no line break whatever the text says."""
    mail = EmailMessage(policy=SMTP)
    domain = sender.rpartition("@")[2] or "localhost"
    mail["From"] = sender
    mail["To"] = message.to
    mail["Subject"] = " ".join(message.title.split())
    mail["Date"] = format_datetime(to_datetime(message.at, _UTC))
    mail["Message-ID"] = f"<{message.key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail


def checked_sender(settings: EmailSettings) -> None:
    """Refuse settings whose sender is no address, or that send a password in clear."""
    if "@" not in settings.sender or not settings.sender.isprintable():
        raise Rejected("bad_channels", "the sender of mail is no address", where="sender",
                       remedy="write it as notices@city.example")  # fmt: skip
    if settings.user and (settings.tls == "none" or not settings.secret):
        raise Rejected("bad_channels", "a user of mail needs TLS and a secret", where="tls",
                       remedy="use tls or starttls, and name the secret")  # fmt: skip
