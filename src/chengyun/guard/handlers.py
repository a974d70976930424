"""Guard: erasing a person, issuing a feed's key and giving a grant are commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

import msgspec

from chengyun.engine.about import Abouts
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import (
    FeedKeyIssued,
    FeedKeyRevoked,
    GrantGiven,
    GrantLapsed,
    GrantWithdrawn,
    PersonErased,
)
from chengyun.guard import grants, keys, refusals
from chengyun.kernel.ids import under


class ErasePerson(Command, frozen=True, kw_only=True):
    """Destroy the key of a person: every seal under it is unreadable from then on."""

    NEEDS: ClassVar[str] = "person:erase"
    MAY_WAIT: ClassVar[bool] = True
    person: str
    ground: str


class ErasedRow(msgspec.Struct, frozen=True):
    """A person whose key was destroyed."""

    person: str
    at: int


ERASED = Table("erased", ErasedRow, key=("person",))


def erase_person(command: ErasePerson, known: Known) -> Iterable[Draft]:
    """Record the erasure, once; it names the person by an opaque id only."""
    if known.get(ERASED, command.person) is not None:
        return
    yield Draft(
        id=under("erased", command.person),
        happened_at=known.now,
        subject=command.person,
        body=PersonErased(person=command.person, ground=command.ground),
    )


def note_erased(fact: Fact[PersonErased], rows: Rows) -> Iterable[Change]:
    """Remember who was erased and when."""
    yield Put(ERASED, ErasedRow(fact.body.person, fact.happened_at))


FOLLOWS: Final[Follows] = {
    PersonErased: (note_erased,),
    FeedKeyIssued: (keys.note_issued,),
    FeedKeyRevoked: (keys.note_revoked,),
    GrantGiven: (grants.note_given,),
    GrantWithdrawn: (grants.note_withdrawn,),
    GrantLapsed: (grants.note_lapsed,),
}
LISTENS: Final[Listens] = {TimerFired: (grants.on_timer,)}
ORDERS: Final[Orders] = {
    ErasePerson: erase_person,
    keys.IssueFeedKey: keys.issue_feed_key,
    keys.RevokeFeedKey: keys.revoke_feed_key,
    grants.GiveGrant: grants.give_grant,
    grants.WithdrawGrant: grants.withdraw_grant,
    refusals.NoteRefusal: refusals.note_refusal,
}
ABOUTS: Final[Abouts] = {
    grants.GiveGrant: grants.about_given,
    grants.WithdrawGrant: grants.about_withdrawn,
}
TABLES = (ERASED, keys.FEED_KEYS, grants.GRANTS, grants.HOLDERS)
