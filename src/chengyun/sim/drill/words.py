"""The words of a debrief: every code in Chinese and English, with the same parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chengyun.facts.registers import Names
from chengyun.kernel.errors import Bug
from chengyun.sim.drill.debrief import Reason

ZH: Final = "zh"
EN: Final = "en"

STRENGTHS: Final[dict[str, tuple[str, str]]] = {
    "everything_decided": (
        "{n} 项待决事项全部有人决定，没有一项落空。",
        "All {n} decisions were made; none was left to lapse.",
    ),
    "decided_soon": (
        "决定用时中位数 {minutes} 分钟，模拟值班室为 {alone} 分钟。",
        "Decisions took a median of {minutes} minutes; the simulated duty room took {alone}.",
    ),
    "owners_right": (
        "您派出的 {n} 件案卷都派给了真正负责的单位。",
        "All {n} cases you sent went to the unit truly responsible.",
    ),
    "ended_sooner": (
        "{what}（{area}）持续 {minutes} 分钟；只有模拟值班室时为 {alone} 分钟。",
        "{what}, {area}, lasted {minutes} minutes; with the duty room alone it lasted {alone}.",
    ),
    "refused_for_nothing": (
        "您没有批准{plan}（{area}）：那里确实没有出事。",
        "You refused the {plan} for {area}: nothing was truly the matter there.",
    ),
    "less_overdue": (
        "超期案卷 {n} 件，只有模拟值班室时为 {alone} 件。",
        "{n} cases fell overdue; with the duty room alone it was {alone}.",
    ),
}
AGAIN: Final[dict[str, tuple[str, str]]] = {
    "left_open": (
        "{what}（{area}）{time} 起等人决定，到演练结束 {minutes} 分钟无人决定。",
        "{what}, {area}: it waited from {time} and nobody had decided when the drill ended,"
        " {minutes} minutes later.",
    ),
    "lapsed": (
        "{what}（{area}）{time} 起等人决定，{minutes} 分钟后预警已过，建议失效。",
        "{what}, {area}: it waited from {time}; after {minutes} minutes the warning had ended and"
        " the plan lapsed undecided.",
    ),
    "overtaken": (
        "{what}（{area}）{time} 起等了 {minutes} 分钟无人决定，预警升级，由更高一级的建议取代。",
        "{what}, {area}: it waited {minutes} minutes from {time}; then the warning had risen and a"
        " plan of another level took its place.",
    ),
    "slow": (
        "{what}（{area}）{time} 提出，{minutes} 分钟后才决定。",
        "{what}, {area}: asked at {time}, decided only {minutes} minutes later.",
    ),
    "wrong_owner": (
        "{what}（{area}）派给了{unit}，真正负责的是{right}。",
        "{what}, {area}, went to {unit}; it was truly the business of {right}.",
    ),
    "refused_in_need": (
        "您没有批准{plan}（{area}），而那里真的发生了{what}，持续 {minutes} 分钟。",
        "You refused the {plan} for {area}, and there truly was: {what}, for {minutes} minutes.",
    ),
    "ended_later": (
        "{what}（{area}）持续 {minutes} 分钟；只有模拟值班室时为 {alone} 分钟。",
        "{what}, {area}, lasted {minutes} minutes; with the duty room alone it lasted {alone}.",
    ),
    "more_overdue": (
        "超期案卷 {n} 件，只有模拟值班室时为 {alone} 件。",
        "{n} cases fell overdue; with the duty room alone it was {alone}.",
    ),
    "more_tasks_late": (
        "响应任务 {of} 项中 {n} 项超时限，只有模拟值班室时为 {alone} 项；"
        "同时下达的任务要等同一批班组。",
        "{n} of {of} ordered tasks fell overdue; with the duty room alone it was {alone}. Tasks"
        " ordered together wait for the same crews.",
    ),
    "not_found": (
        "{what}（{area}）有信号而平台没有发现。这是平台要改进的地方，不在于您。",
        "{what}, {area}, gave a signal and the platform did not find it. That is the platform's to"
        " mend, not yours.",
    ),
    "paused": (
        "时钟停过 {n} 次，共 {seconds} 秒：城市时间里的用时没有算上这些。",
        "Pauses of the clock: {n}, {seconds} seconds together; minutes of the city do not count"
        " them.",
    ),
    "slower_clock": (
        "时钟最快 {fastest} 倍、最慢 {slowest} 倍：用时是城市时间，与真实时间的比例随之变化。",
        "The clock went between {slowest} and {fastest} times as fast as real: minutes are the"
        " city's, and took you more or less time accordingly.",
    ),
}
MORE: Final[dict[str, tuple[str, str]]] = {
    "and_more": ("这样的还有 {n} 项，见下表。", "{n} more like this are in the tables."),
}
FOLLOWED: Final[dict[str, tuple[str, str]]] = {
    "tasks": (
        "下达任务 {n} 项，结束时完成 {done} 项。",
        "Tasks ordered: {n}; done at the end: {done}.",
    ),
    "tasks_late": ("其中 {n} 项超时限。", "Overdue: {n}."),
    "task_ended": (
        "{unit}在决定后 {minutes} 分钟结束了{what}。",
        "{unit} ended it {minutes} minutes after the decision: {what}.",
    ),
    "warning_rose": ("预警后来升到{level}。", "The warning later rose to {level}."),
    "event_lasted": ("{what}持续了 {minutes} 分钟。", "{what} lasted {minutes} minutes."),
    "nothing_there": ("那里其实没有出事。", "Nothing was truly the matter there."),
    "returned": (
        "{unit}在 {minutes} 分钟后退单：{reason}",
        "{unit} gave it back after {minutes} minutes: {reason}",
    ),
    "closed": ("决定后 {minutes} 分钟结案。", "Closed {minutes} minutes after the decision."),
    "still_open": ("演练结束时仍未结案。", "Still open when the drill ended."),
}
MOMENTS: Final[dict[str, tuple[str, str]]] = {
    "began": ("演练开始", "The drill begins"),
    "ended": ("演练结束", "The drill ends"),
    "event": ("真实发生：{what}，{area}", "Truly: {what}, {area}"),
    "event_after": (
        "真实发生：{what}，{area}（由{after}引起）",
        "Truly: {what}, {area} (it follows from {after})",
    ),
    "over": ("真实结束：{what}，{area}", "Truly over: {what}, {area}"),
    "found": (
        "平台发现：{what}，{area}，事发后 {minutes} 分钟",
        "The platform finds it, {minutes} minutes after it began: {what}, {area}",
    ),
    "warning": ("{level}预警：{sign}，{area}", "Warning, at its highest {level}: {sign}, {area}"),
    "asked": ("等人决定：{what}，{area}", "A decision is asked: {what}, {area}"),
    "approved": (
        "{by} 批准：{what}，{area}，{minutes} 分钟后",
        "{by} approves after {minutes} minutes: {what}, {area}",
    ),
    "refused": (
        "{by} 未批准：{what}，{area}，{minutes} 分钟后",
        "{by} refuses after {minutes} minutes: {what}, {area}",
    ),
    "given": (
        "{by} 派给{unit}：{what}，{area}，{minutes} 分钟后",
        "{by} sends {unit} after {minutes} minutes: {what}, {area}",
    ),
    "lapsed": ("无人决定，失效：{what}，{area}", "Lapses undecided: {what}, {area}"),
    "superseded": (
        "无人决定，由另一级建议取代：{what}，{area}",
        "Undecided, another level takes its place: {what}, {area}",
    ),
    "settled": (
        "未经决定已另行处置：{what}，{area}",
        "Went on without a decision: {what}, {area}",
    ),
    "overdue": ("超过时限：{what}，{area}", "Overdue: {what}, {area}"),
    "paused": ("时钟停了 {seconds} 秒", "The clock stood for {seconds} seconds"),
}
FIGURES: Final[dict[str, tuple[str, str, str]]] = {
    "events": ("真实发生的事（有信号的）", "things that truly happened, with a signal", "truth"),
    "found": ("其中平台发现的", "of them found by the platform", "both"),
    "minutes_to_find": ("发现用时，中位数", "time until found, median", "both"),
    "evening_minutes": (
        "当晚主要事件及其后果的持续时间，合计",
        "the evening's own events and what followed, lasting together",
        "truth",
    ),
    "asked": ("待决事项", "decisions asked", "store"),
    "decided": ("其中有人决定的", "of them decided by a person", "store"),
    "minutes_to_decide": ("决定用时，中位数", "time until decided, median", "store"),
    "routes_right": ("由人派对单位的案卷", "cases a person sent to the right unit", "both"),
    "first_owner_right": ("首派单位正确的案卷", "cases with the right owner at first", "both"),
    "tasks_done": ("响应任务完成", "tasks of responses done", "store"),
    "tasks_late": ("响应任务超时限", "tasks of responses overdue", "store"),
    "cases_closed": ("案卷办结", "cases closed", "store"),
    "overdue": ("诉求案卷超期", "reported cases overdue", "store"),
    "warnings_of_nothing": (
        "橙色以上预警中无事的",
        "orange or red warnings about nothing",
        "both",
    ),
}
SOURCES: Final[dict[str, Names]] = {
    "truth": {ZH: "真实记录", EN: "the truth"},
    "store": {ZH: "平台的事实链", EN: "the platform's log"},
    "both": {ZH: "真实记录与事实链对照", EN: "the truth against the log"},
}
UNITS: Final[dict[str, Names]] = {
    "n": {ZH: "件", EN: ""},
    "min": {ZH: "分钟", EN: "min"},
}
LEVELS: Final[dict[str, Names]] = {
    "blue": {ZH: "蓝色", EN: "blue"},
    "yellow": {ZH: "黄色", EN: "yellow"},
    "orange": {ZH: "橙色", EN: "orange"},
    "red": {ZH: "红色", EN: "red"},
}

REASONS: Final = {**STRENGTHS, **AGAIN, **MORE, **FOLLOWED}

Param = Names | str | float | int


def reason(code: str, *, about: str = "", **params: Param) -> Reason:
    """Return a reason with its words; ``Bug`` for a code or a parameter that has none."""
    return _worded(REASONS, code, about, params)


def moment(code: str, *, about: str = "", **params: Param) -> Reason:
    """Return a line of the evening's course with its words."""
    return _worded(MOMENTS, code, about, params)


def _worded(
    table: Mapping[str, tuple[str, str]], code: str, about: str, params: Mapping[str, Param]
) -> Reason:
    named = {name: _names(value) for name, value in params.items()}
    try:
        zh, en = table[code]
        text = {
            lang: template.format(**{name: value[lang] for name, value in named.items()})
            for lang, template in ((ZH, zh), (EN, en))
        }
    except KeyError as missing:
        raise Bug(f"the debrief has no words for {code!r}: {missing}") from missing
    return Reason(code=code, params=named, text=text, about=about)


def _names(value: Param) -> Names:
    if isinstance(value, dict):
        return value
    if isinstance(value, float):
        value = f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
    return {ZH: str(value), EN: str(value)}
