"""Who is told of what: reporters of each turn of their matter, officers of theirs, in time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from city import FERRY_STEPS, GATE, City, a, case, changed, moment, report, the_pack

from chengyun.guard.grants import GiveGrant
from chengyun.kernel.errors import Rejected
from chengyun.notices.contacts import RemoveContact, SetContact
from chengyun.notices.handlers import ReadNotice, RetryNotice
from chengyun.notices.noting import NoteFailed, NoteReceipt, NoteSent
from chengyun.notices.policy import (
    ChannelEntry,
    Escalation,
    Notices,
    Quiet,
    Rule,
    Template,
)
from chengyun.notices.views import NOTICES

SENDER = "system:notices"


def said(*params: str) -> Template:
    holes = " ".join(f"{{{name}}}" for name in params)
    return Template(params=list(params), text={"en": f"hear: {holes}", "zh": f"告知：{holes}"})


def rule(on: str, *to: str, template: str = "plain", **more: object) -> Rule:
    channels = more.pop("channels", ["sms", "mail"])
    return Rule(on=on, to=list(to), template=template, channels=channels, **more)  # type: ignore[arg-type]


SECTION = Notices(
    channels={
        "sms": ChannelEntry(kind="sms", name={"en": "SMS", "zh": "短信"}),
        "mail": ChannelEntry(kind="email", name={"en": "Mail", "zh": "邮件"}),
    },
    templates={
        "plain": said("number", "type", "area"),
        "due": said("case", "unit", "due", "link"),
        "digest": said("count"),
    },
    rules={
        "taken": rule("ReportReceived", "reporter"),
        "merged": rule("ReportMerged", "reporter"),
        "in_hand": rule("CaseDispatched", "reporter"),
        "given": rule(
            "CaseDispatched", "unit", template="due",
            escalate=Escalation(after_min=30, to=["duty_officer", "ops_center", "ops_center"]),
        ),
        "overdue": rule("CaseFellDue", "unit", "leader", template="due"),
        "ended": rule("CaseReportedBack", "first_receiver", urgency="low", digest=True),
        "rate": rule("CaseClosed", "reporter"),
    },
    quiet=Quiet(begins="22:00", ends="07:00"),
    digest_at=["09:00", "17:00"],
    digest_template="digest",
    life_safety=["noise"],
    ops_centers={"319900": "lights", "319901": "drainage"},
    reporter={"phone": ["caller"]},
    link="https://city.example/#/case/{case}",
    source="test",
)  # fmt: skip


@pytest.fixture
def told(tmp_path: Path) -> Iterator[City]:
    """A city whose pack tells people."""
    one = City(tmp_path / "city", pack=changed(the_pack(), SECTION))
    yield one
    one.close()


def asked(city: City, rule_: str) -> list[tuple[str, str]]:
    return [
        (fact.body.recipient, fact.body.post)
        for fact in city.facts("NoticeAsked")
        if fact.body.rule == rule_
    ]


def sent(city: City, notice: str, channel: str = "sms") -> None:
    command = NoteSent(notice=notice, channel=channel, key="k" * 32, provider_id="p1", tries=1)
    city.does(command, actor=SENDER)


def notice_of(city: City, rule_: str) -> str:
    return next(f.subject for f in city.facts("NoticeAsked") if f.body.rule == rule_)


def state(city: City, notice: str) -> str:
    row = city.engine.rows.get(NOTICES, notice)
    assert row is not None
    return row.state


def test_every_reporter_hears_of_every_turn(told: City) -> None:
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1", caller="Wang")
    told.at("09:10").reports("manhole", at=GATE, id="m2", caller="Li")
    told.reports("manhole", at=GATE, id="m3")  # says no name: nobody to tell
    told.expect(a("ReportMerged", report=report("m2")))
    one, two = (report("m1"), "reporter"), (report("m2"), "reporter")
    assert asked(told, "taken") == [one, two]
    assert asked(told, "merged") == [two]
    assert asked(told, "in_hand") == [one]
    told.at("11:00").crew("river-drainage", "m1").crew("river-drainage", "m2")
    told.crew("river-drainage", "m3").checks("inspection", "m1", passed=True)
    assert asked(told, "rate") == [one, two]
    assert asked(told, "ended") == [("unit:river-drainage", "first_receiver")]


def test_a_report_that_was_split_off_hears_of_its_own_case(told: City) -> None:
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1", caller="Wang")
    told.at("09:10").reports("manhole", at=GATE, id="m2", caller="Li").splits("m2", "another")
    assert asked(told, "in_hand") == [(report("m1"), "reporter"), (report("m2"), "reporter")]
    told.at("11:00").crew("river-drainage", "m1").checks("inspection", "m1", passed=True)
    assert asked(told, "rate") == [(report("m1"), "reporter")]


def test_what_is_said_is_codes_and_never_what_a_person_wrote(told: City) -> None:
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1", caller="Wang Canary")
    asked_for = told.facts("NoticeAsked")
    taken = next(one.body for one in asked_for if one.body.rule == "taken")
    assert taken.params == {"number": "m1", "type": "manhole", "area": "319901001001"}
    given = next(one.body for one in asked_for if one.body.rule == "given")
    assert given.params["case"] == case("m1")
    assert given.params["due"] == str(moment("2026-05-07 14:30"))
    assert all("Canary" not in str(one) for one in asked_for)


def test_nobody_is_disturbed_at_night_but_for_life_safety(told: City) -> None:
    told.at("2026-05-07 23:30").reports("manhole", at=FERRY_STEPS, id="m1", caller="Wang")
    held = told.expect(a("NoticeSuppressed", code="quiet_hours"))
    assert held.body.until_at == moment("2026-05-08 07:00")
    row = told.engine.rows.get(NOTICES, notice_of(told, "taken"))
    assert row is not None
    assert (row.state, row.send_at) == ("waiting", moment("2026-05-08 07:00"))
    told.reports("noise", at=FERRY_STEPS, id="n1", caller="Li")
    grave = told.expect(a("NoticeAsked", cause=report("n1")))
    assert (grave.body.urgency, grave.body.send_at) == ("life_safety", grave.happened_at)


def test_low_ones_wait_for_the_digest_and_are_one_message(told: City) -> None:
    for id_, at in (("m1", "09:00"), ("m2", "09:30")):
        told.at(f"2026-05-07 {at}").reports("manhole", at=FERRY_STEPS, id=id_)
        told.crew("river-drainage", id_)
    rows = [fact.body for fact in told.facts("NoticeAsked") if fact.body.rule == "ended"]
    assert {row.send_at for row in rows} == {moment("2026-05-07 17:00")}
    assert len({row.group for row in rows}) == 1
    assert len(rows) == 2


def test_what_nobody_read_goes_to_the_next_post_and_then_a_level_up(told: City) -> None:
    officer = GiveGrant(
        grant="a" * 16, account="account:officer", role="duty_officer", area="319901"
    )
    far = GiveGrant(grant="b" * 16, account="account:far", role="duty_officer", area="319902")
    wide = GiveGrant(grant="c" * 16, account="account:wide", role="duty_officer")
    for grant in (officer, far, wide):
        told.does(grant)
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1")
    sent(told, notice_of(told, "given"))
    told.at("09:29").never(a("NoticeEscalated"))
    told.expect_by("09:30", a("NoticeEscalated", post="duty_officer", level=1))
    assert asked(told, "given")[1:] == [("account:officer", "duty_officer")]
    told.expect_by("10:00", a("NoticeEscalated", post="ops_center", level=2))
    assert asked(told, "given")[2:] == [("unit:drainage", "ops_center")]
    told.expect_by("10:30", a("NoticeEscalated", post="ops_center", level=3))
    assert asked(told, "given")[3:] == [("unit:lights", "ops_center")]
    told.at("2026-05-09 09:00")
    assert told.count(a("NoticeEscalated")) == 3
    told.was_aware_of_nothing_wrong()


def test_a_post_that_nobody_holds_is_passed_over(told: City) -> None:
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1")
    escalated = told.expect_by("09:30", a("NoticeEscalated"))
    assert (escalated.body.post, escalated.body.level) == ("ops_center", 2)
    assert asked(told, "given")[1:] == [("unit:drainage", "ops_center")]


def test_what_was_read_is_not_escalated(told: City) -> None:
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1")
    notice = notice_of(told, "given")
    told.does(GiveGrant(grant="a" * 16, account="account:crew", role="department_handler"))
    told.does(ReadNotice(notice=notice), actor="account:crew")
    told.does(ReadNotice(notice=notice), actor="account:crew")
    told.at("12:00").never(a("NoticeEscalated"))
    assert (state(told, notice), told.count(a("NoticeRead"))) == ("read", 1)


def test_nobody_reads_for_another(told: City) -> None:
    told.does(GiveGrant(grant="a" * 16, account="account:boss", role="leader"))
    told.does(GiveGrant(grant="b" * 16, account="account:another", role="duty_officer"))
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1", caller="Wang")
    told.at("15:00")
    mine = next(fact.subject for fact in told.facts("NoticeAsked") if fact.body.post == "leader")
    for notice in (mine, notice_of(told, "taken")):
        with pytest.raises(Rejected) as refused:
            told.does(ReadNotice(notice=notice), actor="account:another")
        assert refused.value.code == "not_yours"
    told.does(ReadNotice(notice=mine), actor="account:boss")


def test_what_a_channel_cannot_send_goes_to_the_next_and_then_waits_for_a_person(
    told: City,
) -> None:
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1", caller="Wang")
    notice = notice_of(told, "taken")
    for channel in ("sms", "sms", "mail"):
        failed = NoteFailed(notice=notice, channel=channel, code="timeout", params={}, tries=6)
        told.does(failed, actor=SENDER)
    assert told.count(a("NoticeFailed")) == 2
    assert state(told, notice) == "dead"
    told.does(RetryNotice(notice=notice))
    assert state(told, notice) == "waiting"
    sent(told, notice)
    assert state(told, notice) == "sent"
    with pytest.raises(Rejected, match="is sent"):
        told.does(RetryNotice(notice=notice))


def test_who_has_no_address_is_unreachable_and_not_dead(told: City) -> None:
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1", caller="Wang")
    notice = notice_of(told, "taken")
    for channel in ("sms", "mail"):
        failed = NoteFailed(notice=notice, channel=channel, code="no_address", params={}, tries=1)
        told.does(failed, actor=SENDER)
    assert state(told, notice) == "unreachable"


def test_receipts_of_the_provider_count_once_and_in_order(told: City) -> None:
    told.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1", caller="Wang")
    notice = notice_of(told, "taken")
    for _ in range(2):
        sent(told, notice)
    for state_ in ("delivered", "delivered", "read", "delivered"):
        receipt = NoteReceipt(key="k" * 32, channel="sms", state=state_)  # type: ignore[arg-type]
        told.does(receipt, actor=SENDER)
    assert [told.count(a(f"Notice{name}")) for name in ("Sent", "Delivered", "Read")] == [1, 1, 1]
    assert state(told, notice) == "read"
    with pytest.raises(Rejected, match="no message"):
        told.does(NoteReceipt(key="unknown", channel="sms", state="read"), actor=SENDER)


def test_an_address_stands_in_the_seal_alone(told: City) -> None:
    contact = SetContact(holder="unit:drainage", way="phone", address="13877316642")
    told.does(contact)
    fact = told.expect(a("ContactSet", holder="unit:drainage"))
    assert "13877316642" not in str(fact)
    assert told.engine.unsealed(fact.id) == {"address": "13877316642"}
    told.does(RemoveContact(holder="unit:drainage", way="phone"))
    told.does(contact)
    assert told.count(a("ContactSet")) == 2
    for holder, address in (("unit:nobody", "13877316642"), ("unit:drainage", "call 13877316642")):
        with pytest.raises(Rejected) as refused:
            told.does(SetContact(holder=holder, way="phone", address=address))
        assert "13877316642" not in str(refused.value)


def test_without_rules_nothing_is_remembered_and_nobody_is_told(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1", caller="Wang")
    assert not [fact.kind for fact in city.facts() if fact.kind.startswith("Notice")]
    for name in ("told_reports", "told_cases", "notices"):
        assert not city.engine.rows._held[name].rows


def test_without_rules_the_store_is_never_asked_for_whose_a_case_is(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is not there would be looked for on disk, with every case of every city."""
    asked_for = []
    load = city.engine.rows._load

    def loaded(table: object, key: object) -> object:
        asked_for.append(str(table))
        return load(table, key)  # type: ignore[arg-type]

    monkeypatch.setattr(city.engine.rows, "_load", loaded)
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1", caller="Wang")
    city.reports("manhole", at=GATE, id="m2", caller="Li").returns("river-drainage", "m1", "no")
    city.at("15:00").crew("drainage", "m1").crew("drainage", "m2")
    city.checks("inspection", "m1", passed=True)
    assert not [name for name in asked_for if "told" in name or "notice" in name]
