"""The usual roles of a city, for a pack that declares none: plain values, as in ``roles.yaml``.

The people at work are those of grid management (GB/T 30428); the three administrators are those
that GB/T 22239-2019 (等保2.0) level 3 asks for in its management centre.
"""

from __future__ import annotations

from typing import Any, Final

APPROVAL_H: Final = 24

PURPOSES: Final[dict[str, dict[str, str]]] = {
    "handle_case": {"zh": "案件处置", "en": "handling a case"},
    "call_back": {"zh": "回访", "en": "calling back"},
    "emergency": {"zh": "应急救援", "en": "emergency and rescue"},
    "complaint": {"zh": "核查投诉举报", "en": "looking into a complaint"},
    "oversight": {"zh": "督办", "en": "supervising"},
    "data_quality": {"zh": "数据质量", "en": "keeping data right"},
    "data_subject": {"zh": "个人信息权利", "en": "rights of a data subject"},
    "audit": {"zh": "审计", "en": "audit"},
}

_SCREEN: Final = ["screen:read", "city:read", "figures:public"]
_WATCH: Final = [*_SCREEN, "live:read", "sensing:read", "case:read", "facts:read", "notice:read"]
_DUTIES: Final = [
    *("duty_officer", "dispatcher", "grid_officer", "department_handler", "leader"),
    *("hotline_agent", "building_manager", "data_steward", "policy_maker"),
]

ROLES: Final[dict[str, dict[str, Any]]] = {
    "duty_officer": {
        "name": {"zh": "值班长", "en": "duty officer"},
        "permissions": [
            "triage:decide",
            *(*_WATCH, "engine:send", "response:decide", "case:dispatch", "incident:split"),
            *("case:verify", "command:approve", "personal:read", "report:receive"),
            *("desk:read", "sighting:decide", "roster:import", "roster:read", "evidence:add"),
            *("case:decide", "case:reopen", "case:supervise"),
            *("notice:retry", "contact:set", "incident:report"),
        ],
        "purposes": ["handle_case", "emergency", "complaint", "oversight"],
        "second_factor": True,
    },
    "dispatcher": {
        "name": {"zh": "派遣员", "en": "dispatcher"},
        "permissions": [
            "triage:decide",
            *(*_WATCH, "engine:send", "case:dispatch", "incident:split", "report:receive"),
            "roster:read",
            *("desk:read", "sighting:decide"),
        ],
        "purposes": ["handle_case"],
    },
    "grid_officer": {
        "name": {"zh": "网格员", "en": "grid officer"},
        "permissions": [
            "triage:decide",
            *(*_WATCH, "engine:send", "report:receive", "case:verify", "personal:read"),
            "roster:read",
            *("desk:read", "sighting:decide", "evidence:add"),
        ],
        "purposes": ["handle_case"],
    },
    "department_handler": {
        "name": {"zh": "处置单位", "en": "department handler"},
        "permissions": [
            *_WATCH,
            "roster:read",
            *("engine:send", "case:report_work", "case:return", "crew:report", "personal:read"),
            "evidence:add",
        ],
        "purposes": ["handle_case"],
    },
    "leader": {
        "name": {"zh": "领导", "en": "leader"},
        "permissions": [
            *_WATCH,
            "roster:read",
            *("engine:send", "response:decide", "policy:decide", "command:approve"),
            *("case:decide", "case:reopen", "case:supervise"),
        ],
        "purposes": ["oversight", "emergency"],
        "second_factor": True,
    },
    "hotline_agent": {
        "name": {"zh": "话务员", "en": "hotline agent"},
        "permissions": [
            "triage:decide",
            *_SCREEN,
            *("case:read", "facts:read", "engine:send", "report:receive", "report:rate"),
            *("personal:read", "desk:read", "notice:read", "evidence:add"),
        ],
        "purposes": ["call_back", "handle_case"],
    },
    "citizen": {"name": {"zh": "市民", "en": "citizen"}, "permissions": _SCREEN},
    "building_manager": {
        "name": {"zh": "物业", "en": "building manager"},
        "permissions": [
            *(*_SCREEN, "case:read", "facts:read", "engine:send", "case:report_work"),
            *("notice:read", "evidence:add"),
        ],
        "purposes": ["handle_case"],
    },
    "data_steward": {
        "name": {"zh": "数据管家", "en": "data steward"},
        "permissions": [
            *(*_WATCH, "engine:send", "person:erase", "personal:read", "command:approve"),
            *("roster:import", "roster:read"),
        ],
        "purposes": ["data_quality", "data_subject"],
        "second_factor": True,
        "two_persons": ["ErasePerson"],
    },
    "policy_maker": {
        "name": {"zh": "政策制定者", "en": "policy maker"},
        "permissions": [
            *(*_WATCH, "engine:send", "policy:decide", "policy:adopt", "command:approve"),
        ],
        "second_factor": True,
        "two_persons": ["AdoptPolicy"],
    },
    "auditor": {
        "name": {"zh": "审计", "en": "auditor"},
        "permissions": [
            *(*_SCREEN, "case:read", "facts:read", "grant:read", "account:read", "audit:read"),
        ],
        "purposes": ["audit"],
        "second_factor": True,
        "excludes": _DUTIES,
    },
    "system_administrator": {
        "name": {"zh": "系统管理员", "en": "system administrator"},
        "permissions": [
            *(*_SCREEN, "health:read", "sensing:read", "engine:send"),
            *("key:issue", "key:revoke", "engine:retry", "notice:retry", "contact:set"),
        ],
        "second_factor": True,
        "power": "system",
    },
    "security_administrator": {
        "name": {"zh": "安全管理员", "en": "security administrator"},
        "permissions": [
            *(*_SCREEN, "engine:send", "grant:read", "grant:give", "grant:withdraw"),
            *("account:read", "account:open", "account:suspend", "account:close"),
            "account:recover",
        ],
        "second_factor": True,
        "power": "security",
        "gives": [
            *(*_DUTIES, "citizen", "auditor"),
            *("system_administrator", "security_administrator", "audit_administrator"),
        ],
    },
    "audit_administrator": {
        "name": {"zh": "审计管理员", "en": "audit administrator"},
        "permissions": [
            *(*_SCREEN, "grant:read", "account:read", "audit:read", "audit:verify"),
        ],
        "purposes": ["audit"],
        "second_factor": True,
        "power": "audit",
    },
}
