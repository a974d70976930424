"""The pack's section ``privacy``: purposes of looking, how long data of persons are kept, figures.

It stands beside the registers, because what a report holds and what guards it must agree on it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from chengyun.facts.registers import Code, LevelName, Names

Days = Annotated[int, Meta(ge=1, le=36_600)]


class Purpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reason for which somebody may open data of a person."""

    name: Names
    sensitive: bool = False
    """Whether sensitive data may be opened for it too, not the personal ones alone."""


class Keep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many days data of persons are kept after their matter has ended; then their keys go."""

    personal_days: Days = 1_095
    sensitive_days: Days = 180
    refused_days: Days = 90
    """Of refused rows, from the day they came."""


class PublicFigures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes out to everybody: counts by area and type of finished periods."""

    k: Annotated[int, Meta(ge=2, le=1_000)] = 5
    """A count below it is not told, nor what would give it away."""
    level: LevelName = "district"
    """The level of the areas that are told."""


def _purposes() -> dict[str, Purpose]:
    return {
        "handle_case": Purpose(name={"en": "Handle the case", "zh": "处置案件"}),
        "call_back": Purpose(name={"en": "Call the reporter back", "zh": "回访诉求人"}),
        "emergency": Purpose(name={"en": "Life or property in danger", "zh": "危及生命财产"},
                             sensitive=True),
        "complaint": Purpose(name={"en": "Look into a complaint", "zh": "核查投诉举报"}),
        "data_subject": Purpose(name={"en": "The person asked for it", "zh": "本人申请查询"},
                                sensitive=True),
    }  # fmt: skip


def _sensitive() -> list[str]:
    return ["id_card", "health", "bank_account", "biometric", "religion"]


class Privacy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this city treats what tells of persons."""

    SECTION: ClassVar[str] = "privacy"
    purposes: dict[Code, Purpose] = msgspec.field(default_factory=_purposes)
    sensitive: list[str] = msgspec.field(default_factory=_sensitive)
    """Columns of feeds with ``personal: true`` that are sensitive: sealed under a key of their
    own, because they are kept for a shorter time."""
    texts: Literal["internal", "personal"] = "internal"
    """What people write freely: shown with numbers of persons masked, or masked as a whole."""
    keep: Keep = Keep()
    figures: PublicFigures = PublicFigures()
    source: str = ""
