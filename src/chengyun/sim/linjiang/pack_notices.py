"""Who is told of what in Linjiang, for whoever serves its pack to real people.

The simulated city itself has no such section: its callers and crews have no telephones.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from chengyun.sim.linjiang.city import Linjiang


class _Words(NamedTuple):
    params: str
    zh: str
    en: str


_TEMPLATES: Final = {
    "taken": _Words(
        "number type",
        "您反映的{type}已收到，编号{number}，我们会尽快处理。",
        "We have received your report on {type}, number {number}.",
    ),
    "received": _Words(
        "number",
        "您的诉求已收到，编号{number}，我们会尽快处理。",
        "We have received your report, number {number}.",
    ),
    "merged": _Words(
        "number type",
        "您反映的{type}（编号{number}）已有市民反映，并入同一案件处理，进展会告知您。",
        "Your report on {type}, number {number}, joins others on the same matter.",
    ),
    "in_hand": _Words(
        "number type unit",
        "您反映的{type}（编号{number}）已交{unit}处理。",
        "Your report on {type}, number {number}, is with {unit}.",
    ),
    "done": _Words(
        "number type",
        "您反映的{type}（编号{number}）已处理完毕，等待核查。",
        "Your report on {type}, number {number}, has been handled and is being checked.",
    ),
    "rate": _Words(
        "number type",
        "您反映的{type}（编号{number}）已结案，问题是否解决、是否满意，请予评价。",
        "Your report on {type}, number {number}, is closed. Please say whether it is solved.",
    ),
    "given": _Words(
        "case type area due link",
        "派遣：{type}，{area}，案件{case}，限{due}前办结。{link}",
        "Dispatched: {type}, {area}, case {case}, due {due}. {link}",
    ),
    "clock": _Words(
        "case type area due link",
        "时限提醒：{type}，{area}，案件{case}，时限{due}。{link}",
        "Deadline: {type}, {area}, case {case}, {due}. {link}",
    ),
    "back": _Words(
        "case type area unit link",
        "退单：{type}，{area}，案件{case}，由{unit}退回，请改派。{link}",
        "Returned: {type}, {area}, case {case}, by {unit}. Please dispatch anew. {link}",
    ),
    "again": _Words(
        "case type area due link",
        "返工：{type}，{area}，案件{case}，核查未通过，时限不变（{due}）。{link}",
        "Rework: {type}, {area}, case {case} failed its check; still due {due}. {link}",
    ),
    "asked": _Words(
        "case type area link",
        "待您审定：{type}，{area}，案件{case}。{link}",
        "Waits for your decision: {type}, {area}, case {case}. {link}",
    ),
    "supervised": _Words(
        "case type area link",
        "督办：{type}，{area}，案件{case}，请按时答复。{link}",
        "Supervised: {type}, {area}, case {case}. Please answer in time. {link}",
    ),
    "handled": _Words(
        "case type area",
        "已反馈：{type}，{area}，案件{case}。",
        "Reported back: {type}, {area}, case {case}.",
    ),
    "danger": _Words(
        "case type area link",
        "紧急：{type}，{area}，案件{case}，危及生命安全，立即处置。{link}",
        "URGENT, life in danger: {type}, {area}, case {case}. {link}",
    ),
    "alarm": _Words(
        "number type area",
        "紧急：{type}，{area}，诉求{number}，危及生命安全，立即处置。",
        "URGENT, life in danger: {type}, {area}, report {number}.",
    ),
    "report_due": _Words(
        "case type area due",
        "信息报告超时：{type}，{area}，案件{case}，应于{due}前上报。",
        "Not reported upward: {type}, {area}, case {case}, was due {due}.",
    ),
    "waits": _Words(
        "number area",
        "待受理超时：{area}，诉求{number}。",
        "Waits too long at the desk: {area}, report {number}.",
    ),
    "warned": _Words(
        "area level at",
        "预警：{area}，{level}，{at}。",
        "Warning: {area}, {level}, {at}.",
    ),
    "digest": _Words("count", "共{count}条消息：", "{count} messages:"),
}

_ALARMS: Final = "[gas_smell, lift_trapped, crowd_control, street_flooding]"
_OFFICERS: Final = "[wecom, sms]"

_RULES: Final = f"""\
  report_taken: {{on: ReportTaken, to: [reporter], template: received, channels: [sms]}}
  call_taken: {{on: ReportReceived, to: [reporter], template: taken, channels: [sms]}}
  report_merged: {{on: ReportMerged, to: [reporter], template: merged, channels: [sms]}}
  report_in_hand: {{on: CaseDispatched, to: [reporter], template: in_hand, channels: [sms]}}
  report_done: {{on: ReportClosed, to: [reporter], template: done, channels: [sms]}}
  report_rate: {{on: CaseClosed, to: [reporter], template: rate, channels: [sms]}}
  life_in_danger:
    on: CaseFiled
    types: {_ALARMS}
    to: [ops_center, duty_officer]
    template: danger
    channels: [sms, wecom]
    urgency: life_safety
    escalate: {{after_min: 5, to: [ops_center, leader]}}
  diverted:
    on: ReportDiverted
    to: [ops_center, duty_officer]
    template: alarm
    channels: [sms, wecom]
    urgency: life_safety
    escalate: {{after_min: 5, to: [ops_center, leader]}}
  intake_waits: {{on: IntakeEscalated, to: [duty_officer], template: waits, channels: {_OFFICERS}}}
  not_reported:
    on: IncidentReportOverdue
    to: [duty_officer, leader]
    template: report_due
    channels: [sms, wecom]
    urgency: life_safety
  dispatched:
    on: CaseDispatched
    to: [unit]
    template: given
    channels: {_OFFICERS}
    escalate: {{after_min: 30, to: [dispatcher, duty_officer]}}
  joint_duty:
    on: JointDutyOpened
    to: [unit, coordinator]
    template: given
    channels: {_OFFICERS}
  undecided: {{on: DecisionAsked, to: [dispatcher], template: asked, channels: {_OFFICERS}}}
  due_soon: {{on: CaseDueSoon, to: [unit], template: clock, channels: {_OFFICERS}}}
  overdue:
    on: CaseFellDue
    to: [unit, duty_officer]
    template: clock
    channels: {_OFFICERS}
    escalate: {{after_min: 60, to: [leader]}}
  escalated: {{on: CaseEscalated, to: [above], template: clock, channels: {_OFFICERS}}}
  returned: {{on: CaseReturned, to: [dispatcher], template: back, channels: {_OFFICERS}}}
  rework: {{on: CaseReworked, to: [unit], template: again, channels: {_OFFICERS}}}
  supervised:
    on: CaseSupervised
    to: [unit]
    template: supervised
    channels: {_OFFICERS}
    escalate: {{after_min: 30, to: [leader]}}
  extension: {{on: ExtensionAsked, to: [duty_officer], template: asked, channels: {_OFFICERS}}}
  deferral: {{on: DeferralAsked, to: [duty_officer], template: asked, channels: {_OFFICERS}}}
  appeal: {{on: AppealMade, to: [duty_officer], template: asked, channels: {_OFFICERS}}}
  reported_back:
    on: CaseReportedBack
    to: [first_receiver]
    template: handled
    channels: [mail]
    urgency: low
    digest: true
  warned: {{on: WarningRaised, to: [duty_officer], template: warned, channels: [group, wecom]}}
"""


def notices(city: Linjiang) -> str:
    """Return ``notices.yaml``."""
    words = "".join(
        f"  {name}:\n"
        f"    params: [{', '.join(one.params.split())}]\n"
        f'    text:\n      zh: "{one.zh}"\n      en: "{one.en}"\n'
        for name, one in _TEMPLATES.items()
    )
    centres = "".join(
        f'  "{code.removeprefix("center.")}": {code}\n'
        for code, kind in zip(city.units.code, city.units.kind, strict=True)
        if kind == "center"
    )
    return f"""\
# yaml-language-server: $schema=../schemas/notices.json
# Who is told of what. How a channel's provider is reached stands in a file of the operator, which
# chengyun serve takes with --channels; texts hold codes, names of the city, times and a link alone.
channels:
  sms: {{kind: sms, name: {{zh: 短信, en: SMS}}}}
  wecom: {{kind: wecom_app, name: {{zh: 企业微信, en: WeCom}}}}
  group: {{kind: dingtalk_robot, name: {{zh: 钉钉值班群, en: DingTalk group of the duty desk}}}}
  mail: {{kind: email, name: {{zh: 邮件, en: e-mail}}}}
  hook: {{kind: webhook, name: {{zh: 系统对接, en: another system}}}}
templates:
{words}rules:
{_RULES}quiet: {{begins: "22:00", ends: "07:00"}}
digest_at: ["09:00", "17:00"]
digest_template: digest
# Of these types everybody is told at once, at night too.
life_safety: {_ALARMS}
ops_centers:
{centres}# The level above hears of these by word and in writing in so many minutes.
reports:
  types: {_ALARMS}
  by_word_min: 30
  in_writing_min: 60
  source: "serious events: 30 min by word, 1 h in writing, from a secondary source (?)"
# Where a report's seal holds how its reporter is reached, the best first.
reporter: {{phone: [phone], email: [email]}}
purpose: handle_case
link: http://127.0.0.1:8311/#/case/{{case}}
source: >-
  Turns of a matter of which its reporter hears, and first receiver, from published hotline practice
  (?); hours and minutes of the simulated city
"""
