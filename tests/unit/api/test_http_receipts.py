"""Receipts of providers: signed with the secret of the channel, not long ago, or refused."""

import json

import pytest
from served import Served

from chengyun.adapters.channels.signing import signed
from chengyun.api.doors import routes
from chengyun.api.notices import NoticePages
from chengyun.engine.tables import Put
from chengyun.kernel.instants import SECOND_US
from chengyun.notices.views import NOTICE_KEYS, NOTICES, NoticeKey, NoticeRow

KEY, SECRET = "0123456789abcdef" * 2, "receipts-canary"
ROW = NoticeRow(
    notice="n1", cause="c", kind="CaseFellDue", rule="r", template="t", params={},
    recipient="unit:drainage", post="unit", urgency="normal", case="", area="319901",
    unit="drainage", channels=["sms"], channel="sms", state="sent", code="", asked_at=1,
    send_at=1, group="", level=0, unread_after_s=0, round=0, provider_id="", policy_version="",
    seq=1, open=False,
)  # fmt: skip


class Channel:
    kind = "sms"
    receipt_secret = SECRET


class Mute(Channel):
    receipt_secret = ""


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    one = Served(tmp_path_factory.mktemp("receipts"))
    pages = NoticePages(one.server, {"sms": Channel(), "mute": Mute()})
    one.api.application.router.routes[:0] = routes(pages.doors)
    yield one
    one.close()


@pytest.fixture(autouse=True)
def sent(city):
    city.engine.rows.apply([Put(NOTICES, ROW), Put(NOTICE_KEYS, NoticeKey(KEY, ["n1"]))])


def posted(city, said, *, channel="sms", secret=SECRET, age_s=0, path=None, **wrong):
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    at_s = str(city.clock.now() // SECOND_US - age_s)
    headers = {
        "webhook-id": "m1", "webhook-timestamp": at_s,
        "webhook-signature": signed("m1", at_s, body, secret), "Content-Type": "application/json",
        **wrong,
    }  # fmt: skip
    return city.post(f"/notices/v1/receipts/{channel}", content=body, headers=headers)


@pytest.mark.parametrize("state", ["delivered", "read", "failed"])
def test_a_signed_receipt_is_recorded(city, state):
    answer = posted(city, {"key": KEY, "state": state})
    assert answer.status_code == 200, answer.text
    row = city.engine.rows.get(NOTICES, "n1")
    assert row.state == {"failed": "dead"}.get(state, state)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"secret": "other"}, "bad_signature"),
        ({"channel": "mute", "secret": ""}, "bad_signature"),
        ({"channel": "nobody"}, "bad_signature"),
        ({"webhook-signature": ""}, "bad_signature"),
        ({"webhook-signature": "v1,é"}, "bad_signature"),
        ({"webhook-id": "m2"}, "bad_signature"),
        ({"age_s": 301}, "stale_receipt"),
        ({"age_s": -301}, "stale_receipt"),
    ],
    ids=str,
)
def test_any_other_is_refused_and_records_nothing(city, how, code):
    if "é" in how.get("webhook-signature", ""):
        how = {"webhook-signature": how["webhook-signature"].encode()}
    answer = posted(city, {"key": KEY, "state": "read"}, **how)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert city.engine.rows.get(NOTICES, "n1").state == "sent"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"{", 400), (b"\xff", 400), ([], 422), ({"key": KEY}, 422),
        ({"key": "x", "state": "read"}, 422),
        ({"key": "f" * 32, "state": "read"}, 404),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_receipt_is_told_so(city, said, status):
    assert posted(city, said).status_code == status
