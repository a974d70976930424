"""Opening data of a person: for a purpose, written on the audit chain before anything is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.classes import Class, class_of, sealed_class_of
from chengyun.facts.envelope import AUDIT, Draft
from chengyun.facts.guard import PersonalDataSeen
from chengyun.facts.privacy import Privacy
from chengyun.guard.erasing import erased_at
from chengyun.kernel.errors import Forbidden, Rejected
from chengyun.kernel.ids import join
from chengyun.kernel.limits import MAX_GROUND_CHARS, MAX_ID_CHARS, MAX_LOOK_FIELDS

_LOOK: Final = re.compile(r"[a-z0-9]{16,64}")
_MIN_GROUND_CHARS: Final = 2
_FIELD: Final = re.compile(r"[\w.-]{1,64}")
_FACT_CHARS: Final = 8 * MAX_ID_CHARS


class LookAtPersonal(Command, frozen=True, kw_only=True):
    """Open some fields of a fact that tell of a person; ``look`` is drawn anew for every look.

    It has a door of its own, which reads whose data these are from the fact itself: nobody who asks
    may say whom it is about, or the audit chain would hold his word.
    """

    NEEDS: ClassVar[str] = "personal:read"
    CHAIN: ClassVar[str] = AUDIT
    BY_NAME: ClassVar[bool] = False
    look: str
    fact: str
    kind: str
    person: str
    area: str
    fields: list[str]
    purpose: str
    ground: str


def look_at_personal(command: LookAtPersonal, known: Known) -> Iterable[Draft]:
    """Record who opens what about whom, and why; refused without a purpose of the pack."""
    privacy = known.policy(Privacy)
    _check_words(command)
    purpose = privacy.purposes.get(command.purpose)
    if purpose is None:
        raise Rejected(
            "unknown_purpose",
            f"{command.purpose[:80]!r} is no purpose of this city",
            where="purpose",
            remedy=f"the purposes are {', '.join(privacy.purposes)}",
            params={"purpose": command.purpose[:80]},
        )
    if not purpose.sensitive and has_sensitive(command.kind, command.fields):
        raise Forbidden(
            "purpose_too_weak",
            "sensitive data are not opened for this purpose",
            where="purpose",
            remedy="name the purpose that you have, or ask for the personal fields alone",
            params={"purpose": command.purpose},
        )
    at = erased_at(command.person, known)
    if at is not None:
        raise Rejected(
            "erased",
            "the key of this person was destroyed",
            where="fact",
            remedy="nothing is left to be opened",
            params={"erased_at": str(at)},
        )
    yield Draft(
        id=join("look", command.look),
        happened_at=known.now,
        subject=command.person,
        area=command.area,
        body=PersonalDataSeen(
            person=command.person,
            fact=command.fact,
            kind=command.kind,
            fields=command.fields,
            purpose=command.purpose,
            ground=command.ground.strip(),
        ),
    )


def has_sensitive(kind: str, fields: Sequence[str]) -> bool:
    """Tell whether a field of a fact, in its body or its seal, is sensitive."""
    return any(_class_of(kind, field) is Class.SENSITIVE for field in fields)


def _class_of(kind: str, field: str) -> Class:
    in_body = class_of(kind, field).kind
    return sealed_class_of(kind, field) if in_body is Class.SENSITIVE else in_body


def _check_words(command: LookAtPersonal) -> None:
    ground = command.ground.strip()
    if not _MIN_GROUND_CHARS <= len(ground) <= MAX_GROUND_CHARS or not ground.isprintable():
        raise _bad("ground", f"say in {_MIN_GROUND_CHARS} to {MAX_GROUND_CHARS} characters why")
    if not _LOOK.fullmatch(command.look):
        raise _bad("look", "draw 16 to 64 letters and digits anew for every look")
    if not 1 <= len(command.fields) <= MAX_LOOK_FIELDS or not all(
        _FIELD.fullmatch(field) for field in command.fields
    ):
        raise _bad("fields", f"name 1 to {MAX_LOOK_FIELDS} fields")
    for name in ("fact", "kind", "person", "area"):
        if len(getattr(command, name)) > _FACT_CHARS:
            raise _bad(name, "give the id as the platform gave it")
    if not command.person or not command.fact:
        raise _bad("person", "name the fact and whose key it is sealed under")


def _bad(field: str, remedy: str) -> Rejected:
    return Rejected(
        "bad_look",
        f"the {field} of this look is malformed",
        where=field,
        remedy=remedy,
        params={"field": field},
    )
