"""Every permission that a role may hold: what a door of the interface or of the engine needs.

What only commands of the line need is not here: whoever is let in by the machine may do that.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

Power = Literal["system", "security", "audit"]
"""The three powers of administration (三员分立): whoever holds one holds none of the others."""

POWERS: Final = tuple(f"{power}_administrator" for power in get_args(Power))
"""What an account is opened for that holds a power, and the role it is given."""

OWN: Final = "account:own"
"""What concerns an account's own sign-in: whoever signed in has it, and no role gives it."""

PERMISSIONS: Final[frozenset[str]] = frozenset(
    {
        "account:close",
        "account:open",
        "account:read",
        "account:recover",
        "account:suspend",
        "audit:note",
        "audit:read",
        "audit:verify",
        "case:decide",
        "case:dispatch",
        "case:read",
        "case:reopen",
        "case:report_work",
        "case:return",
        "case:supervise",
        "case:verify",
        "city:read",
        "command:approve",
        "contact:set",
        "crew:report",
        "demo:read",
        "demo:steer",
        "desk:read",
        "drill:read",
        "drill:steer",
        "engine:retry",
        "engine:send",
        "evidence:add",
        "facts:read",
        "figures:public",
        "grant:give",
        "grant:read",
        "grant:withdraw",
        "health:read",
        "incident:report",
        "incident:split",
        "key:issue",
        "key:revoke",
        "live:read",
        "notice:read",
        "notice:record",
        "notice:retry",
        "observation:ingest",
        "observation:receive",
        "partition:receive",
        "person:erase",
        "personal:read",
        "policy:adopt",
        "policy:decide",
        "report:rate",
        "report:receive",
        "report:refuse",
        "response:decide",
        "roster:import",
        "roster:read",
        "screen:read",
        "sensing:read",
        "sensor:register",
        "sighting:decide",
        "stream:record",
        "triage:decide",
    }
)

POWER_OF: Final[dict[str, Power]] = {
    "account:close": "security",
    "account:open": "security",
    "account:recover": "security",
    "account:suspend": "security",
    "engine:retry": "system",
    "key:issue": "system",
    "key:revoke": "system",
    "grant:give": "security",
    "grant:withdraw": "security",
    "audit:verify": "audit",
}
"""The permissions that belong to one power alone; no role without it may hold them."""
