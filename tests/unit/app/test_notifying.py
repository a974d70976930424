"""The sender: by the next channel, after a pause, not before it is time; addresses opened once."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SeededEntropy, SystemEntropy
from chengyun.app import packs, platform
from chengyun.app.notice_queue import ChannelQueue
from chengyun.app.notice_words import Wording
from chengyun.app.notifying import ACTOR, Notifying
from chengyun.app.serving import Server
from chengyun.citypack.resolving import resolve
from chengyun.engine import codec
from chengyun.facts.envelope import AUDIT
from chengyun.guard.erasing import ErasePerson
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.instants import DAY_US, HOUR_US, SECOND_US, Instant
from chengyun.kernel.limits import CHANNEL_FAILURES, MAX_NOTICE_TRIES, NOTICE_MAX_PAUSE_S
from chengyun.notices.contacts import SetContact
from chengyun.notices.policy import ChannelEntry, Notices, Rule, Template
from chengyun.notices.views import NOTICES
from chengyun.rosters.handlers import DaysOfUnit, ImportRoster, PersonOfRoster, ShiftOfRoster
from chengyun.sense.handlers import ReceiveReport

PATH = Path(__file__).parents[3]
PACK = "tests/scenario/pack"
OPENS = Instant(1_777_600_000 * SECOND_US)
PHONE = "13877316642"


def words(text):
    return Template(params=["number", "type", "area", "due"], text={"en": text, "zh": text})


def rule(on, to, *channels, **more):
    return Rule(on=on, to=[to], template="t", channels=list(channels), **more)


SECTION = Notices(
    channels={
        "sms": ChannelEntry(kind="sms", name={"en": "x", "zh": "x"}),
        "group": ChannelEntry(kind="wecom_robot", name={"en": "x", "zh": "x"}),
        "mail": ChannelEntry(kind="email", name={"en": "x", "zh": "x"}),
    },
    templates={
        "t": words("{number} {type} {area} {due}"),
        "d": Template(params=["count"], text={"en": "{count}:", "zh": "{count}:"}),
    },
    rules={
        "taken": rule("ReportReceived", "reporter", "sms", "mail"),
        "given": rule("CaseDispatched", "unit", "sms", "group"),
        "filed": rule("CaseFiled", "ops_center", "group", urgency="low", digest=True),
    },
    digest_at=["09:00"],
    digest_template="d",
    ops_centers={"319900": "lights"},
    reporter={"phone": ["mobile", "phone"]},
    source="test",
)


class Provider:
    """A channel that keeps what it was given, and does what it is told to."""

    receipt_secret = ""

    def __init__(self, kind):
        self.kind, self.given, self.does = kind, [], []

    async def send(self, message):
        self.given.append(message)
        failed = self.does.pop(0) if self.does else None
        if failed is not None:
            raise failed
        return f"p{len(self.given)}"

    async def close(self):
        pass


class Told:
    """A city whose server and sender run while a story is told."""

    def __init__(self, folder):
        sections = packs.loaded(PATH / PACK).sections | {"notices": SECTION}
        content = resolve(sections.values()).content
        self.folder, self.clock = folder, VirtualClock(Instant(OPENS + DAY_US))
        self.opened = platform.opened(
            folder, partition="xiaocheng", clock=self.clock, entropy=SeededEntropy(1)
        )
        self.engine = self.opened.__enter__().engine
        platform.adopt(self.engine, content, pack="xiaocheng", effective_from=OPENS)
        self.engine.commit()
        self.channels = {name: Provider(one.kind) for name, one in SECTION.channels.items()}
        self.server = Server(self.engine, self.clock, folder)

    def tells(self, story):
        async def told():
            sender = Notifying(self.server, self.channels, self.clock, SystemEntropy())
            self.server.tell(sender)
            running = asyncio.create_task(self.server.run(sender.open))
            try:
                async with asyncio.timeout(20):
                    await story(sender)
            finally:
                self.server.stop()
                await running

        asyncio.run(told())

    async def reports(self, id_="r1", **personal):
        command = ReceiveReport(
            feed="hotline", file="f", row=1, id=id_, opened_at=self.clock.now(), due_at=None,
            type="manhole", title="", text="", channel="phone", area="319901001001", place=None,
            place_text="", attributes={}, personal=personal, notes=[],
        )  # fmt: skip
        outcome = await self.server.submit(command, "person:agent")
        assert outcome.refused is None

    async def until(self, true):
        while not true():
            await asyncio.sleep(0.01)

    async def later(self, seconds, sender):
        self.clock.advance_to(Instant(self.clock.now() + round(seconds * SECOND_US)))
        sender._wake.set()
        await asyncio.sleep(0.05)

    def states(self, rule_):
        with StoreReader(self.folder) as reader:
            rows = reader.rows(NOTICES, "xiaocheng")
            return [row.state for row in rows if row.rule == rule_]

    def looks(self):
        with StoreReader(self.folder) as reader:
            facts = [codec.read(one) for one in reader.facts("xiaocheng", chain=AUDIT)]
        return [fact for fact in facts if fact.kind == "PersonalDataSeen"]


@pytest.fixture
def city(tmp_path):
    one = Told(tmp_path / "store")
    yield one
    one.opened.__exit__(None, None, None)


def test_a_reporter_is_told_and_the_look_at_the_number_stands_before(city):
    async def story(sender):
        await city.reports(name="Wang", phone=PHONE)
        await city.until(lambda: city.states("taken") == ["sent"])

    city.tells(story)
    (message,) = city.channels["sms"].given
    assert message.to == PHONE
    assert message.text == "r1 Missing manhole cover 渡口居委 –"
    (look,) = city.looks()
    assert look.actor == ACTOR
    assert (look.body.fields, look.body.purpose) == (["phone"], "handle_case")
    assert PHONE not in str(look)


def test_whoever_has_no_number_is_unreachable_and_nothing_is_opened(city):
    async def story(sender):
        await city.reports(name="Wang")
        await city.until(lambda: city.states("taken") == ["unreachable"])

    city.tells(story)
    assert city.looks() == []
    assert city.channels["sms"].given == city.channels["mail"].given == []


def test_a_unit_is_told_by_its_contact_or_in_its_group(city):
    async def story(sender):
        await city.reports()
        await city.until(lambda: city.states("given") == ["sent"])
        contact = SetContact(holder="unit:river-drainage", way="phone", address="12345678")
        assert (await city.server.submit(contact, "person:duty")).refused is None
        await city.reports("r2")
        await city.until(lambda: city.states("given") == ["sent", "sent"])

    city.tells(story)
    assert [one.to for one in city.channels["group"].given] == [""]
    assert [one.to for one in city.channels["sms"].given] == ["12345678"]


def test_whoever_is_on_duty_is_told_before_the_unit_itself(city):
    now = city.clock.now()
    shift = ShiftOfRoster(
        unit="river-drainage", post="crew", person="7", from_at=now - HOUR_US,
        until_at=now + HOUR_US,
    )  # fmt: skip
    roster = ImportRoster(
        source="may.xlsx",
        days=[DaysOfUnit(unit="river-drainage", from_day="2026-05-02", until_day="2026-05-02")],
        persons={"7": PersonOfRoster(name="Li Gu", phone=PHONE)},
        shifts=[shift],
        away=[],
    )
    contact = SetContact(holder="unit:river-drainage", way="phone", address="12345678")

    async def story(sender):
        for command in (roster, contact):
            assert (await city.server.submit(command, "person:duty")).refused is None
        await city.reports("r1")
        await city.until(lambda: city.states("given") == ["sent"])
        await city.later(2 * 3_600, sender)
        await city.reports("r2")
        await city.until(lambda: city.states("given") == ["sent", "sent"])

    city.tells(story)
    assert [one.to for one in city.channels["sms"].given] == [PHONE, "12345678"]
    kinds = [look.body.kind for look in city.looks()]
    assert kinds == ["DutyPersonNamed", "ContactSet"]


def test_who_was_erased_is_not_told(city):
    city.channels["sms"].does = [Retryable("no")]

    async def story(sender):
        await city.reports(phone=PHONE)
        await city.until(lambda: len(city.channels["sms"].given) == 1)
        erase = ErasePerson(person="report:hotline:r1", ground="asked for")
        assert (await city.server.submit(erase, "person:steward")).refused is None
        await city.later(5, sender)
        await city.until(lambda: city.states("taken") == ["unreachable"])

    city.tells(story)
    assert len(city.channels["sms"].given) == 1


def test_after_a_failure_it_is_tried_again_later_under_the_same_key(city):
    city.channels["sms"].does = [Retryable("no"), Retryable("no"), None]

    async def story(sender):
        await city.reports(phone=PHONE)
        sms = city.channels["sms"]
        await city.until(lambda: len(sms.given) == 1)
        await city.later(0.5, sender)
        assert len(sms.given) == 1, "not before its pause is over"
        await city.later(3, sender)
        await city.until(lambda: len(sms.given) == 2)
        await city.later(6, sender)
        await city.until(lambda: city.states("taken") == ["sent"])

    city.tells(story)
    assert len({one.key for one in city.channels["sms"].given}) == 1
    assert len(city.looks()) == 3, "each try is a look"


def test_after_so_many_tries_the_next_channel_takes_it(city):
    city.channels["sms"].does = [Retryable("no")] * 50
    contact = SetContact(holder="unit:river-drainage", way="phone", address="12345678")

    async def story(sender):
        assert (await city.server.submit(contact, "person:duty")).refused is None
        await city.reports()
        while city.states("given") != ["sent"]:
            await city.later(NOTICE_MAX_PAUSE_S, sender)

    city.tells(story)
    assert 1 <= len(city.channels["sms"].given) <= MAX_NOTICE_TRIES
    assert len(city.channels["group"].given) == 1


def test_what_the_provider_refuses_is_not_tried_again(city):
    city.channels["sms"].does = [Rejected("refused", "no", params={"reason": "400"})]

    async def story(sender):
        await city.reports(phone=PHONE)
        await city.until(lambda: city.states("taken") == ["dead"])

    city.tells(story)
    assert len(city.channels["sms"].given) == 1


def test_what_is_not_connected_goes_on(city):
    del city.channels["sms"]

    async def story(sender):
        await city.reports()
        await city.until(lambda: city.states("given") == ["sent"])

    city.tells(story)
    assert len(city.channels["group"].given) == 1


def test_a_digest_is_one_message_when_its_time_has_come(city):
    async def story(sender):
        for number in range(3):
            await city.reports(f"r{number}")
        await city.until(lambda: city.states("filed") == ["waiting"] * 3)
        await city.until(lambda: city.states("given") == ["sent"] * 3)
        sent = len(city.channels["group"].given)
        await city.later(86_400, sender)
        await city.until(lambda: city.states("filed") == ["sent"] * 3)
        assert len(city.channels["group"].given) == sent + 1

    city.tells(story)
    lines = city.channels["group"].given[-1].text.splitlines()
    assert lines[0] == "3:"
    assert [line.split()[0] for line in lines[1:]] == ["r0", "r1", "r2"]


def test_what_waited_when_it_stopped_is_sent_after_the_start(city):
    city.channels["sms"].does = [Retryable("no")]

    async def one(sender):
        await city.reports(phone=PHONE)
        await city.until(lambda: len(city.channels["sms"].given) == 1)

    async def two(sender):
        await city.until(lambda: city.states("taken") == ["sent"])

    city.tells(one)
    assert city.states("taken") == ["waiting"]
    city.server = Server(city.engine, city.clock, city.folder)
    city.tells(two)
    assert len({message.key for message in city.channels["sms"].given}) == 1


def test_a_text_names_things_of_the_city_in_each_language(city):
    async def story(sender):
        await city.reports(phone=PHONE)
        await city.until(lambda: city.states("taken") == ["sent"])

    city.tells(story)
    with StoreReader(city.folder) as reader:
        row = next(one for one in reader.rows(NOTICES, "xiaocheng") if one.rule == "taken")
    texts = Wording(city.engine.policies).texts(row)
    assert "渡口居委" in texts["zh"]
    assert "Ferry Quarter" in texts["en"]


# --- the queue ------------------------------------------------------------------------------------


class Row:
    def __init__(self, seq, urgency="normal", send_at=0):
        self.seq, self.urgency, self.send_at = seq, urgency, send_at


def test_life_safety_comes_first_and_then_what_came_first():
    queue = ChannelQueue()
    for seq, urgency in ((1, "low"), (2, "normal"), (3, "life_safety"), (4, "normal")):
        queue.enter(Row(seq, urgency), f"k{seq}")
    assert [queue.take(0).key for _ in range(4)] == ["k3", "k2", "k4", "k1"]
    assert queue.take(0) is None


def test_a_channel_that_fails_rests_and_is_tried_by_one():
    queue = ChannelQueue()
    for seq in range(20):
        queue.enter(Row(seq, "life_safety" if seq == 19 else "normal"), f"k{seq}")
    for _ in range(CHANNEL_FAILURES):
        queue.take(0)
        queue.ended(0, failed=True)
    assert queue.rests
    assert queue.take(0) is None
    later = 31 * SECOND_US
    assert queue.next_at(0) == 30 * SECOND_US
    assert queue.take(later) is not None
    assert queue.take(later) is None, "one alone tries it"
    queue.ended(later, failed=False)
    assert not queue.rests
    assert queue.take(later) is not None


def test_while_a_channel_rests_life_safety_does_not_wait_for_it():
    queue = ChannelQueue()
    for _ in range(CHANNEL_FAILURES):
        queue.enter(Row(0), "k")
        queue.take(0)
        queue.ended(0, failed=True)
    queue.enter(Row(1, "life_safety"), "grave")
    queue.enter(Row(2), "usual")
    queue.take(0)
    assert [one.key for one in queue.overdue(0)] == ["grave"]
    patience = round(NOTICE_MAX_PAUSE_S * SECOND_US)
    assert [one.key for one in queue.overdue(patience)] == ["usual"]


@given(st.integers(0, 30), st.floats(0, 1))
def test_a_pause_is_bounded_whatever_is_drawn(tries, share):
    queue = ChannelQueue()
    queue.enter(Row(1), "k")
    waits = queue.take(0)._replace(tries=tries)
    queue.again(waits, 0, share)
    assert 1 * SECOND_US <= queue.next_at(0) <= 1.5 * NOTICE_MAX_PAUSE_S * SECOND_US
