"""What triage proposes for a text while somebody still writes it, with its reasons in words.

The same function answers as when a report comes in; nothing is recorded. Reasons are codes with
parameters in every fact; here, and on the screen, they are said in the languages of the city.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.commands import converted, json_of
from chengyun.api.doors import Door
from chengyun.app.serving import Server
from chengyun.app.triage_models import ArtefactModels
from chengyun.engine.known import Known
from chengyun.facts.registers import CaseTypes
from chengyun.facts.sense import PlaceShare, Reason, ReportTriaged, TypeShare
from chengyun.kernel.limits import MAX_PLACE_CHARS, MAX_TITLE_CHARS, MAX_TRIAGE_CHARS
from chengyun.sense.triage.handlers import proposal
from chengyun.sense.triage.policy import Triage
from chengyun.sense.triage.ports import TRIAGE

_NEEDS: Final = "desk:read"

SAID: Final[dict[str, dict[str, str]]] = {
    "danger_words": {
        "zh": "文字提到{danger}：“{words}”，立即转办",
        "en": "the words tell of {danger}: “{words}”; it goes on at once",
    },
    "danger_set_aside": {
        "zh": "“{words}”提到{danger}，但{why}，未按险情转办",
        "en": "“{words}” speaks of {danger}, but {why}; it is not taken as danger",
    },
    "nothing_known": {"zh": "没有认识的词语", "en": "no word of it is known"},
    "words": {"zh": "指向“{type}”的词语：{words}", "en": "words that speak for {type}: {words}"},
    "cut": {
        "zh": "文字共{chars}字，只看了开头",
        "en": "of its {chars} characters the first were looked at",
    },
    "urgent_words": {"zh": "紧急用语：{words}", "en": "words of urgency: {words}"},
    "short_limit": {
        "zh": "“{type}”的时限为{limit}",
        "en": "the time limit of {type} is {limit}",
    },
    "place": {"zh": "地点“{said}”（{how}）", "en": "the place “{said}” ({how})"},
}
"""What each reason says, by code and language."""

_WHY: Final = {
    "denied": {"zh": "被否定", "en": "it is denied"},
    "over": {"zh": "已经过去", "en": "it is over"},
    "talk": {"zh": "只是谈论", "en": "it is only talked about"},
}
_HOW: Final = {
    "code": {"zh": "编码", "en": "its code"},
    "name": {"zh": "全名", "en": "its name"},
    "short": {"zh": "简称", "en": "its short name"},
    "pinyin": {"zh": "拼音", "en": "its name in pinyin"},
    "sounds": {"zh": "同音", "en": "a name that sounds alike"},
    "one_off": {"zh": "差一个字", "en": "a name one letter off"},
    "initials": {"zh": "拼音首字母", "en": "its initials"},
}


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody says, as far as it is written."""

    title: Annotated[str, Meta(max_length=MAX_TITLE_CHARS)] = ""
    text: Annotated[str, Meta(max_length=MAX_TRIAGE_CHARS)] = ""
    place: Annotated[str, Meta(max_length=MAX_PLACE_CHARS)] = ""


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """A reason, as a code and in words."""

    code: str
    params: dict[str, str]
    says: dict[str, str]
    """In words, by language."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What triage proposes; the same as the fact ``ReportTriaged`` would say."""

    type: str
    unit: str
    candidates: list[TypeShare]
    confidence_ppm: int
    threshold_ppm: int
    sure: bool
    urgency: str
    places: list[PlaceShare]
    placed: bool
    reasons: list[Why]
    model: str


class TriagePages:
    """Answers from the engine's rows; nothing is written."""

    def __init__(self, server: Server) -> None:
        self._server = server
        engine = server.engine
        ports = {TRIAGE: ArtefactModels(lambda: engine)}
        self._known = Known(engine.partition, "", engine.rows, engine.policies, ports)
        self.doors = (Door("/api/v1/triage", _NEEDS, self.propose, method="POST", wide=False),)

    async def propose(self, request: Request) -> Response:
        """Propose type, urgency and places for what somebody says; nothing is recorded."""
        asked: Ask = converted(await json_of(request), Ask, "triage")
        known = self._known
        known.now = self._server.clock.now()
        known.about("", known.now)
        text = f"{asked.title}\n{asked.text}" if asked.title else asked.text
        found = self._said(proposal(text, asked.place, known))
        headers = {"Cache-Control": "no-store"}
        return Response(msgspec.json.encode(found), headers=headers, media_type="application/json")

    def _said(self, found: ReportTriaged) -> Proposal:
        types, triage = self._known.policy(CaseTypes), self._known.policy(Triage)
        fields: dict[str, Any] = {
            name: getattr(found, name) for name in Proposal.__struct_fields__ if name != "reasons"
        }
        return Proposal(**fields, reasons=[_why(one, types, triage) for one in found.reasons])


def _why(reason: Reason, types: CaseTypes, triage: Triage) -> Why:
    says = {
        language: text.format_map(_named(reason.params, language, types, triage))
        for language, text in SAID[reason.code].items()
    }
    return Why(code=reason.code, params=reason.params, says=says)


def _named(
    params: dict[str, str], language: str, types: CaseTypes, triage: Triage
) -> dict[str, str]:
    """Return the parameters as a reader of ``language`` knows them."""
    found = dict(params)
    if entry := types.types.get(params.get("type", "")):
        found["type"] = entry.name_zh if language == "zh" and entry.name_zh else entry.name
    if danger := triage.dangers.get(params.get("danger", "")):
        found["danger"] = danger.name.get(language, params["danger"])
    for name, words in (("why", _WHY), ("how", _HOW)):
        if name in params:
            found[name] = words[params[name]][language]
    return found
