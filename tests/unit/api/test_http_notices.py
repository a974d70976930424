"""Notices by pages: mine, of a case, in a state; each within the grants of whoever asks."""

import pytest
from served import Served
from signed import as_, grant, publish, sign_in

from chengyun.app.notice_words import Wording
from chengyun.engine.tables import Put
from chengyun.notices.views import NOTICES, NoticeRow


def notice(number, recipient, **more):
    fields = {
        "notice": f"notice:{number}", "cause": "c", "kind": "CaseFellDue", "rule": "r",
        "template": "t", "params": {}, "recipient": recipient, "post": "unit",
        "urgency": "normal", "case": f"case:{number % 2}", "area": "319902001001",
        "unit": "drainage", "channels": ["sms"], "channel": "sms", "state": "sent", "code": "",
        "asked_at": number, "send_at": number, "group": "", "level": 0, "unread_after_s": 0,
        "round": 0, "provider_id": "secret", "policy_version": "", "seq": 1, "open": False,
    }  # fmt: skip
    return Put(NOTICES, NoticeRow(**(fields | more)))


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        sign_in(patch)
        patch.setattr(Wording, "texts", lambda self, row: {"en": row.notice})
        one = Served(tmp_path_factory.mktemp("notices"))
        one.engine.rows.apply(
            [
                notice(1, "account:officer"),
                notice(2, "unit:drainage"),
                notice(3, "account:officer", state="read"),
                notice(4, "account:other", area="319901001001"),
            ]
        )
        grant(one, "account:officer", "duty_officer", area="319902")
        publish(one)
        yield one
        one.close()


def listed(city, query):
    answer = city.get(f"/api/v1/notices?{query}", headers=as_("account:officer"))
    assert answer.status_code == 200, answer.text
    return [one["notice"].partition(":")[2] for one in answer.json()["notices"]]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", "321"), ("recipient=me", "31"), ("recipient=me&state=sent", "1"),
        ("recipient=unit:drainage", "2"), ("case=case:1", "31"), ("recipient=account:other", ""),
        ("limit=2", "32"), ("unit=drainage", "321"),
    ],
)  # fmt: skip
def test_a_list_has_what_is_asked_for_and_may_be_seen(city, query, numbers):
    assert listed(city, query) == list(numbers)


def test_pages_lead_on_and_show_what_is_said_but_not_what_the_provider_calls_it(city):
    headers = as_("account:officer")
    first = city.get("/api/v1/notices?limit=2", headers=headers).json()
    assert first["notices"][0]["text"] == {"en": "notice:3"}
    assert "secret" not in str(first)
    then = city.get(f"/api/v1/notices?limit=2&cursor={first['next']}", headers=headers).json()
    assert [one["notice"] for one in then["notices"]] == ["notice:1"]
    assert then["next"] is None
