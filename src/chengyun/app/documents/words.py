"""The fixed words of documents in both languages, and how each kind of fact is told in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chengyun.app.naming import Naming

Words = Mapping[str, str]

WORDS: Final[Mapping[str, Words]] = {
    "zh": {
        "center": "城市运行管理中心", "slip": "派遣单", "number": "编号",
        "first": "首报", "followup": "续报", "final": "终报", "incident": "突发事件信息报告",
        "case": "案卷", "case_number": "案卷编号", "type": "类别", "area": "区域", "place": "位置",
        "unit": "主办单位", "filed_at": "立案时间", "due_at": "办结时限", "state": "状态",
        "reports": "诉求", "count": "诉求件数", "received_at": "受理时间", "channel": "来源",
        "words": "诉求内容", "reporter": "反映人", "filing": "立案条件", "closing": "结案条件",
        "limit": "法定时限", "history": "流转经过", "time": "时间", "what": "事项", "by": "单位",
        "sign": "签办", "accepted": "签收人、时间", "handled": "处置情况", "checked": "核查意见",
        "hops": "派遣次数", "rework": "返工次数", "summary": "基本情况", "measures": "处置经过",
        "situation": "当前情况", "casualties": "人员伤亡", "cause": "原因初判",
        "next": "下一步工作", "signed": "签发人、时间", "series": "报告序列",
        "result": "处置结果", "lasted": "历时", "in_time": "是否按期", "yes": "是", "no": "否",
        "none": "无", "more": "另有{count}项，见系统", "as_of": "截至{at}（第{seq}号事实）",
        "printed": "，打印：{actor}", "opened": "，含个人信息（查看记录{look}）",
        "masked": "，个人信息已脱敏", "since": "上一报：{series}", "minutes": "{count}分钟",
        "erased": "（已删除）",
    },
    "en": {
        "center": "City Operations Centre", "slip": "Dispatch slip", "number": "Number",
        "first": "First report", "followup": "Follow-up report", "final": "Final report",
        "incident": "Incident", "case": "Case", "case_number": "Case number", "type": "Type",
        "area": "Area", "place": "Place", "unit": "Unit", "filed_at": "Filed", "due_at": "Due",
        "state": "State", "reports": "Reports", "count": "Reports", "received_at": "Received",
        "channel": "Channel", "words": "What was said", "reporter": "Reporter",
        "filing": "Filed when", "closing": "Closed when", "limit": "Time limit",
        "history": "Course", "time": "Time", "what": "What", "by": "Unit",
        "sign": "To be filled in",
        "accepted": "Accepted by, when", "handled": "What was done", "checked": "Check",
        "hops": "Hands", "rework": "Rework", "summary": "What is known", "measures": "Measures",
        "situation": "Situation now", "casualties": "Casualties", "cause": "Probable cause",
        "next": "What is done next", "signed": "Signed by, when", "series": "Series",
        "result": "Outcome", "lasted": "Lasted", "in_time": "In time",
        "yes": "yes", "no": "no", "none": "none", "more": "and {count} more, see the system",
        "as_of": "As of {at} (fact {seq})", "printed": ", printed by {actor}",
        "opened": ", with data of persons (look {look})", "masked": ", data of persons masked",
        "since": "Before: {series}", "minutes": "{count} min", "erased": "(erased)",
    },
}  # fmt: skip

_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "filed": ("已立案", "filed"),
    "dispatched": ("已派遣", "dispatched"),
    "accepted": ("已签收", "accepted"),
    "returned": ("已退回", "returned"),
    "reported_back": ("已反馈", "reported back"),
    "verified": ("已核查", "verified"),
    "closed": ("已结案", "closed"),
    "deferred": ("缓办", "deferred"),
    "ledgered": ("挂账", "on the ledger"),
}

_TOLD: Final[Mapping[str, tuple[str, str]]] = {
    "ReportReceived": ("收到诉求", "Report received"),
    "ReportTaken": ("受理诉求", "Report taken"),
    "ReportDiverted": ("转紧急处置", "Diverted to emergency"),
    "IncidentOpened": ("确认为新事件", "New incident"),
    "ReportMerged": ("并入同一事件", "Joined to the incident"),
    "ReportSplit": ("拆分为另一事件", "Taken out of the incident"),
    "WarningRaised": ("发布预警：{level}", "Warning raised: {level}"),
    "WarningChanged": ("预警调整：{level}", "Warning changed: {level}"),
    "WarningCleared": ("预警解除", "Warning cleared"),
    "ResponseProposed": ("提出响应建议", "Response proposed"),
    "ResponseDecided": ("响应已决定", "Response decided"),
    "CaseFiled": ("立案", "Filed"),
    "CaseDispatched": ("派遣至{unit}", "Dispatched to {unit}"),
    "CaseAccepted": ("{unit}签收", "Accepted by {unit}"),
    "ReporterContacted": ("先行联系反映人", "Reporter contacted"),
    "CaseReturned": ("{unit}退回", "Returned by {unit}"),
    "JointDutyOpened": ("启动联合处置", "Joint duty opened"),
    "JointPartDone": ("{unit}完成分工", "{unit} did its part"),
    "WorkReported": ("{unit}反馈处置情况", "{unit} reported its work"),
    "ReportClosed": ("诉求办结", "A report was closed"),
    "CaseReportedBack": ("处置完毕，待核查", "Reported back, to be checked"),
    "CaseVerified": ("核查", "Checked"),
    "CaseReworked": ("核查未通过，返工", "Check failed, rework"),
    "CaseClosed": ("结案", "Closed"),
    "CaseReopened": ("重新开启", "Opened again"),
    "CaseDueSoon": ("临近时限", "Due soon"),
    "CaseFellDue": ("超过时限", "Deadline passed"),
    "CaseEscalated": ("升级提醒", "Escalated"),
    "CaseSupervised": ("督办", "Supervised"),
    "SupervisionAnswered": ("督办已答复", "Supervision answered"),
    "ExtensionDecided": ("延期审定", "Extension decided"),
    "CaseDeferred": ("缓办", "Deferred"),
    "CaseResumed": ("恢复办理", "Resumed"),
    "CaseLedgered": ("挂账", "Put on the ledger"),
    "CaseTakenUp": ("销账", "Taken up"),
}
"""Kinds of facts that a course of events names; the others are the platform's own."""


def state_in(naming: Naming, state: str) -> str:
    """Return what a state of a case is called."""
    found = _STATES.get(state)
    return state if found is None else found[0 if naming.language == "zh" else 1]


def told(naming: Naming, fact: Mapping[str, Any]) -> str:
    """Return a shown fact as a line, empty for one that no course of events names."""
    found = _TOLD.get(fact["kind"])
    if found is None:
        return ""
    body = fact["body"]
    return found[0 if naming.language == "zh" else 1].format(
        unit=naming.unit(str(body.get("unit", ""))), level=naming.level(str(body.get("level", "")))
    )
