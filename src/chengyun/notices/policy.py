"""The pack's section ``notices``: who is told of which fact, in which words, by which channels.

How a provider is reached (address, secret) is no policy and stands in a file of the operator; the
pack names channels and the order in which they are tried.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, get_args

import msgspec
from msgspec import Meta

from chengyun.facts.registers import Code, Names

Way = Literal["phone", "email", "wecom"]
"""What kind of address a channel needs of whoever is told."""

Kind = Literal["sms", "wecom_robot", "wecom_app", "dingtalk_robot", "email", "webhook"]

WAY_OF: Final[dict[Kind, Way | None]] = {
    "sms": "phone",
    "wecom_robot": None,
    "wecom_app": "wecom",
    "dingtalk_robot": None,
    "email": "email",
    "webhook": None,
}
"""The address each kind of channel needs; ``None`` is a group or a system, which needs none."""

Post = Literal[
    "reporter",
    "unit",
    "first_receiver",
    "coordinator",
    "above",
    "ops_center",
    "dispatcher",
    "duty_officer",
    "leader",
]
"""As what somebody is told. ``above`` is the unit that a case was escalated to; the last three are
roles: who holds one nearest to the place."""

ROLES: Final = ("dispatcher", "duty_officer", "leader")
POSTS: Final = get_args(Post)
Urgency = Literal["life_safety", "normal", "low"]
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A wall clock of the city: ``22:00``."""
Word = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Text = Annotated[str, Meta(min_length=1, max_length=500)]


class _Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ChannelEntry(_Shape, frozen=True, kw_only=True):
    """A channel: what kind of provider, and what people call it."""

    kind: Kind
    name: Names


class Template(_Shape, frozen=True, kw_only=True):
    """The words of a notice by language, with ``{parameters}`` that are all declared."""

    params: list[Word] = []
    text: dict[str, Text]
    title: dict[str, Text] = {}
    """The subject of an e-mail; the first words of the text where there is none."""


class Escalation(_Shape, frozen=True, kw_only=True):
    """Who is told when nobody has read it: after as long again, the next one."""

    after_min: Annotated[int, Meta(ge=1, le=10_080)]
    to: Annotated[list[Post], Meta(min_length=1, max_length=8)]


class Rule(_Shape, frozen=True, kw_only=True):
    """Of one kind of fact, somebody is told."""

    on: str
    """The kind of fact: ``CaseDispatched``."""
    to: Annotated[list[Post], Meta(min_length=1, max_length=8)]
    template: Code
    channels: Annotated[list[Code], Meta(min_length=1, max_length=8)]
    urgency: Urgency = "normal"
    types: list[Code] = []
    """Of these types of case alone; empty is of all."""
    escalate: Escalation | None = None
    digest: bool = False
    """Low ones only: what comes between two times of ``digest_at`` is one message."""


class Quiet(_Shape, frozen=True, kw_only=True):
    """When nobody is disturbed but for life safety; it may go past midnight."""

    begins: Clock = "22:00"
    ends: Clock = "07:00"


class IncidentReporting(_Shape, frozen=True, kw_only=True):
    """Of which incidents the level above is told in time (首报), and in which."""

    types: list[Code]
    by_word_min: Annotated[int, Meta(ge=1, le=1_440)] = 30
    in_writing_min: Annotated[int, Meta(ge=1, le=10_080)] = 60
    source: str


class Notices(_Shape, frozen=True, kw_only=True):
    """Who is told of what; without rules nobody is."""

    SECTION: ClassVar[str] = "notices"
    channels: dict[Code, ChannelEntry] = {}
    templates: dict[Code, Template] = {}
    rules: dict[Code, Rule] = {}
    quiet: Quiet | None = None
    digest_at: list[Clock] = []
    digest_template: str = ""
    """The words around several notices in one message; its parameter is ``count``."""
    life_safety: list[Code] = []
    """Types of case of which everybody is told at once, whatever their rule says."""
    ops_centers: dict[Code, Code] = {}
    """The unit that is the operations centre of an area; below it the nearest one counts."""
    reporter: dict[Way, list[Code]] = {}
    """Where a report's seal holds how its reporter is reached: columns, the best first."""
    purpose: Code = "handle_case"
    """For which purpose of the pack an address is opened when a notice is sent."""
    reports: IncidentReporting | None = None
    link: str = ""
    """The address of a case on the screen, for officers, with ``{case}`` in it."""
    source: str = ""


def rules_by_kind(section: Notices) -> dict[str, tuple[tuple[str, Rule], ...]]:
    """Return the rules of each kind of fact, with their names."""
    found: dict[str, tuple[tuple[str, Rule], ...]] = {}
    for name, rule in section.rules.items():
        found[rule.on] = (*found.get(rule.on, ()), (name, rule))
    return found
