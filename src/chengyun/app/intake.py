"""From rows that were read to commands, the same for every way in; nothing refused is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

import msgspec

from chengyun.facts.sense import Channel
from chengyun.kernel.errors import ChengyunError, Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_KEPT_RAW_CHARS
from chengyun.sense.handlers import KeepRefused, ReceiveObservation, ReceiveReport
from chengyun.sense.rules import ObservationRow, ReportRow, ToldRow
from chengyun.sense.taking import TakeReport


def report_command(feed: str, file: str, row: int, read: ReportRow) -> ReceiveReport:
    """Return the command that takes in a report read from a row."""
    return ReceiveReport(
        feed=feed,
        file=file,
        row=row,
        id=read.id,
        opened_at=read.opened_at,
        due_at=read.due_at,
        type=read.type,
        title=read.title,
        text=read.text,
        channel=read.channel,
        area=read.area,
        place=read.place,
        place_text=read.place_text,
        attributes=read.attributes,
        personal=read.personal,
        notes=read.notes,
    )


_CHANNELS: Final[Mapping[str, Channel]] = {
    **{name: name for name in get_args(Channel)},
    "web": "citizen_web",
    "app": "citizen_web",
    "officer": "grid_officer",
}


def told_command(feed: str, crs: str, read: ToldRow) -> TakeReport:
    """Return the command that takes what a row of a table tells; an unknown channel is ``csv``.

    ``ValidationError`` says which field is too long.
    """
    fields = {
        "channel": _CHANNELS.get(read.channel, "csv"),
        "feed": feed,
        "number": read.number,
        "at": read.at,
        "due_at": read.due_at,
        "type": read.type,
        "title": read.title,
        "text": read.text,
        "where": {
            "lon": read.lon,
            "lat": read.lat,
            "crs": crs,
            "words": read.words,
            "area": read.area,
        },
        "attributes": read.attributes,
        "reporter": read.personal,
    }
    return msgspec.convert(fields, TakeReport)


def observation_command(feed: str, read: ObservationRow) -> ReceiveObservation:
    """Return the command that takes in a value read from a row."""
    return ReceiveObservation(
        feed=feed,
        id=read.id,
        area=read.area,
        value_micro=read.value_micro,
        from_at=read.from_at,
        until_at=read.until_at,
    )


def refusal_command(
    feed: str, file: str, row: int, at: Instant, error: ChengyunError, raw: str
) -> KeepRefused:
    """Return the command that keeps a row which could not be taken."""
    params = error.params if isinstance(error, Rejected) else {"error": str(error)[:500]}
    return KeepRefused(
        feed=feed,
        file=file,
        row=row,
        at=at,
        field=params.get("field", error.where),
        code=error.code if isinstance(error, Rejected) else type(error).__name__,
        params=params,
        raw=raw[:MAX_KEPT_RAW_CHARS],
    )
