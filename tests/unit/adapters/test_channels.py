"""What providers are given, byte for byte, and what their answers mean."""

import asyncio
import base64
import hashlib
import hmac
import json
import socketserver
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from chengyun.adapters.channels.opening import opened
from chengyun.adapters.channels.settings import ChannelsFile, channels_in
from chengyun.adapters.channels.signing import is_signed, signed
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.instants import Instant
from chengyun.notices.policy import ChannelEntry, Notices
from chengyun.notices.ports import Message

AT = Instant(1_777_600_000 * 1_000_000)
KEY = "0123456789abcdef" * 2
SECRET, TO = "s3cret-canary", "13877316642"
TEXT = "派遣：井盖缺损 case 7"
MESSAGE = Message(
    key=KEY, to=TO, text=TEXT, title=TEXT, urgency="normal", case="case:hotline:7", at=AT
)


class Gateway:
    """A provider that keeps what it was asked, and answers what it is told to."""

    def __init__(self):
        gateway = self
        self.asked, self.answers = [], []

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                gateway.asked.append((urlsplit(self.path), dict(self.headers), body))
                status, content = gateway.answers.pop(0) if gateway.answers else (200, b"{}")
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST  # noqa: N815 - as the class calls it

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def says(self, content, status=200):
        self.answers.append((status, json.dumps(content).encode()))


@pytest.fixture
def gateway():
    one = Gateway()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def sends(monkeypatch):
    monkeypatch.setenv("CH_SECRET", SECRET)
    monkeypatch.setenv("CH_TOKEN", "tok-canary")

    def send(message=MESSAGE, networks=("127.0.0.0/8",), **settings):
        content = {"networks": list(networks), "channels": {"c": settings}}
        file = msgspec.convert(content, ChannelsFile)
        entry = ChannelEntry(kind=settings["kind"], name={"en": "c"})
        section = Notices(channels={"c": entry})

        async def told():
            channel = opened(file, section, VirtualClock(AT))["c"]
            try:
                return await channel.send(message)
            finally:
                await channel.close()

        return asyncio.run(told())

    return send


def sms(gateway, **more):
    return {
        "kind": "sms", "url": f"{gateway.url}/send?v=1", "secret": "env:CH_SECRET",
        "body": {"phone": "{to}", "params": ["{text}"], "out": "{key}", "n": 3}, **more,
    }  # fmt: skip


def test_an_sms_gateway_is_given_its_own_template(gateway, sends):
    gateway.says({"code": 0, "data": {"id": "p-1"}})
    answer = {"field": "code", "is": "0", "id": "data.id"}
    assert sends(**sms(gateway, answer=answer)) == "p-1"
    asked, headers, body = gateway.asked[0]
    assert (asked.path, asked.query) == ("/send", "v=1")
    assert json.loads(body) == {"phone": TO, "params": [TEXT], "out": KEY, "n": 3}
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Idempotency-Key"] == KEY


def test_an_sms_gateway_may_want_a_form(gateway, sends):
    body = {"to": "{to}", "text": "{text}", "token": "{secret}"}
    sends(**sms(gateway, body=body, form=True, headers={}))
    _, headers, sent = gateway.asked[0]
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent.decode()) == {"to": [TO], "text": [TEXT], "token": [SECRET]}


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (500, {}, Retryable), (503, {}, Retryable), (429, {}, Retryable), (408, {}, Retryable),
        (400, {}, Rejected), (401, {}, Rejected), (302, {}, Rejected),
        (200, {"code": "LIMIT"}, Retryable), (200, {"code": "BAD"}, Rejected),
        (200, {}, Rejected), (200, "x" * 70_000, Retryable),
    ],
    ids=str,
)  # fmt: skip
def test_what_an_answer_means_and_that_no_error_tells_anything(
    gateway, sends, status, content, error
):
    gateway.says(content, status)
    answer = {"field": "code", "is": "0", "busy": ["LIMIT"]}
    with pytest.raises(error) as failed:
        sends(**sms(gateway, answer=answer))
    said = repr(failed.value) + str(failed.value) + repr(failed.value.__cause__)
    for canary in (SECRET, TO, TEXT, gateway.url):
        assert canary not in said


def test_no_request_goes_where_it_should_not(gateway, sends):
    for networks in ((), ("10.0.0.0/8",)):
        with pytest.raises(Rejected) as refused:
            sends(networks=networks, **sms(gateway))
        assert refused.value.code == "forbidden_target"
    assert gateway.asked == []


def test_a_robot_of_wecom_writes_to_its_group(gateway, sends):
    gateway.says({"errcode": 0, "errmsg": "ok"})
    settings = {"kind": "wecom_robot", "url": f"{gateway.url}/cgi-bin/webhook/send"}
    assert sends(secret="env:CH_SECRET", **settings) == ""
    asked, _, body = gateway.asked[0]
    assert (asked.path, parse_qs(asked.query)) == ("/cgi-bin/webhook/send", {"key": [SECRET]})
    assert json.loads(body) == {"msgtype": "text", "text": {"content": TEXT}}
    long = MESSAGE._replace(text="字" * 900)
    gateway.says({"errcode": 45009})
    with pytest.raises(Retryable):
        sends(long, secret="env:CH_SECRET", **settings)
    content = json.loads(gateway.asked[1][2])["text"]["content"]
    assert len(content.encode()) <= 2_048
    assert set(content) == {"字"}


def test_an_application_of_wecom_writes_to_a_user_with_its_token(gateway, sends):
    gateway.says({"errcode": 0, "access_token": "at-1", "expires_in": 7200})
    gateway.says({"errcode": 0, "msgid": "m-1"})
    settings = {
        "kind": "wecom_app", "url": f"{gateway.url}/cgi-bin", "corp": "ww1", "agent": 1000002,
        "secret": "env:CH_SECRET",
    }  # fmt: skip
    assert sends(MESSAGE._replace(to="li.hua"), **settings) == "m-1"
    (token, _, _), (asked, _, body) = gateway.asked
    assert parse_qs(token.query) == {"corpid": ["ww1"], "corpsecret": [SECRET]}
    assert (asked.path, parse_qs(asked.query)) == (
        "/cgi-bin/message/send", {"access_token": ["at-1"]}
    )  # fmt: skip
    assert json.loads(body) == {
        "touser": "li.hua", "msgtype": "text", "agentid": 1000002,
        "text": {"content": f"{TEXT} [{KEY[:6]}]"},
        "enable_duplicate_check": 1, "duplicate_check_interval": 14_400,
    }  # fmt: skip
    for code, error in ((42001, Retryable), (81013, Rejected)):
        gateway.says({"errcode": 0, "access_token": "at-1", "expires_in": 7200})
        gateway.says({"errcode": code})
        with pytest.raises(error):
            sends(**settings)


def test_a_robot_of_dingtalk_is_asked_with_a_signature(gateway, sends):
    gateway.says({"errcode": 0, "errmsg": "ok"})
    settings = {
        "kind": "dingtalk_robot", "url": f"{gateway.url}/robot/send", "token": "env:CH_TOKEN",
        "secret": "env:CH_SECRET",
    }  # fmt: skip
    sends(**settings)
    asked, _, body = gateway.asked[0]
    query = {name: one[0] for name, one in parse_qs(asked.query).items()}
    at_ms = str(AT // 1_000)
    mac = hmac.new(SECRET.encode(), f"{at_ms}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert query == {
        "access_token": "tok-canary", "timestamp": at_ms, "sign": base64.b64encode(mac).decode()
    }  # fmt: skip
    assert json.loads(body) == {"msgtype": "text", "text": {"content": TEXT}}
    for code, error in ((130101, Retryable), (310000, Rejected)):
        gateway.says({"errcode": code})
        with pytest.raises(error):
            sends(**settings)


def test_a_webhook_is_a_signed_event(gateway, sends):
    settings = {"kind": "webhook", "url": f"{gateway.url}/events", "secret": "env:CH_SECRET"}
    sends(**settings)
    _, headers, body = gateway.asked[0]
    assert headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    assert json.loads(body) == {
        "specversion": "1.0", "id": KEY, "source": "urn:chengyun", "type": "chengyun.notice.v1",
        "time": "2026-05-01T01:46:40+00:00", "subject": "case:hotline:7",
        "datacontenttype": "application/json",
        "data": {"text": TEXT, "title": TEXT, "urgency": "normal"},
    }  # fmt: skip
    lower = {name.lower(): value for name, value in headers.items()}
    assert lower["webhook-id"] == lower["idempotency-key"] == KEY
    at_s, given = lower["webhook-timestamp"], lower["webhook-signature"]
    assert at_s == str(AT // 1_000_000)
    assert is_signed(KEY, at_s, body, given, SECRET)
    for wrong in ((KEY, at_s, body + b" ", given, SECRET), (KEY, "1", body, given, SECRET),
                  ("x", at_s, body, given, SECRET), (KEY, at_s, body, given, "other"),
                  (KEY, at_s, body, "", SECRET)):  # fmt: skip
        assert not is_signed(*wrong)


def test_a_signature_is_that_of_standard_webhooks():
    """The example of the specification (standardwebhooks.com)."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signed("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body, secret) == right


# --- mail ---------------------------------------------------------------------------------------


class Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP as handing over a mail takes."""

    refuses = 0

    def handle(self):
        self.says(220, "here")
        lines = []
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"RCPT" and self.server.refuses:
                self.says(self.server.refuses, "no")
            elif word == b"DATA":
                self.says(354, "go on")
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line)
                self.server.mails.append(b"".join(lines))
                self.says(250, "taken")
            elif word == b"QUIT":
                return self.says(221, "bye")
            else:
                self.says(250, "ok")
        return None

    def says(self, code, text):
        self.wfile.write(f"{code} {text}\r\n".encode())


@pytest.fixture
def mailbox():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox)
    server.daemon_threads, server.mails, server.refuses = True, [], 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def mail_settings(mailbox, **more):
    return {
        "kind": "email", "host": "127.0.0.1", "port": mailbox.server_address[1], "tls": "none",
        "sender": "notices@city.example", **more,
    }  # fmt: skip


def test_the_same_notice_is_the_same_mail(mailbox, sends):
    message = MESSAGE._replace(to="li@example.org", title="第一行\r\nBcc: x@example.org")
    assert sends(message, **mail_settings(mailbox)) == f"<{KEY}@city.example>"
    sends(message, **mail_settings(mailbox))
    assert mailbox.mails[0] == mailbox.mails[1]
    mail = message_from_bytes(mailbox.mails[0])
    assert mail["Message-ID"] == f"<{KEY}@city.example>"
    assert (mail["To"], mail["Bcc"]) == ("li@example.org", None)
    assert mail["Date"] == "Fri, 01 May 2026 01:46:40 +0000"
    assert mail.get_payload(decode=True).decode().strip() == TEXT


@pytest.mark.parametrize(("code", "error"), [(450, Retryable), (550, Rejected)])
def test_a_server_of_mail_refuses_for_now_or_for_good(mailbox, sends, code, error):
    mailbox.refuses = code
    with pytest.raises(error) as failed:
        sends(MESSAGE._replace(to="li@example.org"), **mail_settings(mailbox))
    assert "li@example.org" not in str(failed.value)


def test_no_password_goes_over_the_wire_in_clear(mailbox, sends):
    with pytest.raises(Rejected, match="TLS"):
        sends(**mail_settings(mailbox, user="u", secret="env:CH_SECRET"))


# --- the file -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "channels: {sms: {kind: pigeon}}",
        "channels: {sms: {kind: sms, url: x, secret: env:A, body: {}, more: 1}}",
        "networks: [everywhere]\nchannels: {}",
        "channels: {sms: {kind: sms",
    ],
)
def test_a_file_with_a_mistake_is_refused(tmp_path, content):
    path = tmp_path / "channels.yaml"
    path.write_text(content)
    with pytest.raises(Rejected):
        channels_in(path)


def test_a_channel_is_the_one_that_the_pack_names(gateway, monkeypatch):
    monkeypatch.setenv("CH_SECRET", SECRET)
    content = {"channels": {"c": sms(gateway)}}
    file = msgspec.convert(content, ChannelsFile)
    for channels in ({}, {"c": ChannelEntry(kind="webhook", name={})}):
        with pytest.raises(Rejected) as refused:
            opened(file, Notices(channels=channels), VirtualClock(AT))
        assert refused.value.code == "bad_channels"
