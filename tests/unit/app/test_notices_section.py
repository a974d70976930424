"""What the pack's section on notices must make sense of."""

import msgspec
import pytest

from chengyun.app.pack_notice_checks import notices
from chengyun.citypack.sections import Sections
from chengyun.facts.classes import BODIES
from chengyun.facts.registers import Bounds, City
from chengyun.notices.handlers import TOLD_OF
from chengyun.notices.policy import ChannelEntry, Escalation, Notices, Rule, Template
from chengyun.notices.rules import KNOWN_PARAMS, why_not

CITY = City(
    id="c", name={"en": "C"}, zone="Asia/Shanghai", languages=["en", "zh"], crs="WGS-84",
    bounds=Bounds(west=0, south=0, east=1, north=1), source="s",
)  # fmt: skip
BESIDE = {"city": CITY}
WORDS = Template(params=["case", "due"], text={"en": "{case} by {due}", "zh": "{case} 限 {due}"})
RULE = Rule(on="CaseDispatched", to=["unit"], template="t", channels=["sms"])
SOUND = Notices(
    channels={"sms": ChannelEntry(kind="sms", name={"en": "SMS", "zh": "短信"})},
    templates={"t": WORDS},
    rules={"r": RULE},
    source="a rule",
)


def found(section):
    made = notices(section, Sections(BESIDE, frozenset(BESIDE)))
    return [(".".join(map(str, one.path)), one.code) for one in made]


def with_rule(**change):
    return {"rules": {"r": msgspec.structs.replace(RULE, **change)}}


def with_words(**change):
    return {"templates": {"t": msgspec.structs.replace(WORDS, **change)}}


def test_a_section_that_makes_sense_has_no_mistake():
    assert found(SOUND) == []
    assert found(Notices()) == []


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"source": ""}, ("source", "missing")),
        ({"purpose": "curiosity"}, ("purpose", "unknown_purpose")),
        ({"link": "https://x/{person}"}, ("link", "unknown_param")),
        ({"channels": {"sms": ChannelEntry(kind="sms", name={"en": "SMS"})}},
         ("channels.sms.name", "missing")),
        (with_rule(on="ReportSeen"), ("rules.r.on", "unknown_fact")),
        (with_rule(to=["ops_center"]), ("rules.r.to", "missing")),
        (with_rule(digest=True) | {"digest_at": ["09:00"], "digest_template": "d",
          "templates": {"t": WORDS, "d": Template(text={"en": "x", "zh": "x"})}},
         ("rules.r.digest", "senseless")),
        (with_rule(to=["reporter"], escalate=Escalation(after_min=5, to=["leader"])),
         ("rules.r.escalate", "senseless")),
        (with_words(text={"en": "{case}"}), ("templates.t.text", "missing")),
        (with_words(text={"en": "{cases}", "zh": "x"}), ("templates.t.text.en", "unknown_param")),
        (with_words(title={"en": "{who}"}), ("templates.t.title.en", "unknown_param")),
        (with_words(text={"en": "{case", "zh": "x"}), ("templates.t.text.en", "bad_template")),
        (with_words(text={"en": "{case.x}", "zh": "x"}), ("templates.t.text.en", "bad_template")),
        (with_words(text={"en": "{}", "zh": "x"}), ("templates.t.text.en", "bad_template")),
        (with_words(params=["case", "due", "nobody"]), ("rules.r.template", "unknown_param")),
        ({"digest_template": "t"}, ("digest_template", "unknown_param")),
    ],
)  # fmt: skip
def test_every_mistake_is_found_at_its_place(change, mistake):
    assert found(msgspec.structs.replace(SOUND, **change)) == [mistake]


def test_a_rule_with_a_digest_says_when_and_in_which_words():
    section = msgspec.structs.replace(SOUND, **with_rule(digest=True, urgency="low"))
    assert found(section) == [("digest_at", "missing"), ("digest_template", "missing")]


@pytest.mark.parametrize(
    ("kind", "param"),
    [("ReportReceived", "text"), ("ReportReceived", "title"), ("ReportReceived", "place_text"),
     ("CaseReturned", "reason"), ("CaseDispatched", "params")],
)  # fmt: skip
def test_a_template_that_would_carry_what_a_person_wrote_is_refused(kind, param):
    words = Template(params=[param], text={"en": f"{{{param}}}", "zh": f"{{{param}}}"})
    change = with_rule(on=kind) | {"templates": {"t": words}}
    assert found(msgspec.structs.replace(SOUND, **change)) == [
        ("rules.r.template", "personal_param")
    ]


@pytest.mark.parametrize("kind", sorted(body.__name__ for body in TOLD_OF))
def test_no_parameter_of_any_fact_is_more_than_internal(kind):
    allowed = {name for name in BODIES[kind] if not why_not(kind, name)} - KNOWN_PARAMS
    classes = {BODIES[kind][name] for name in allowed}
    assert all(not one.is_written and one.kind in ("public", "internal") for one in classes)
