"""The loop as it is wired: every stage with its tables, commands, listeners and followers."""

from __future__ import annotations

from typing import Any, Final

from chengyun.assess import handlers as assess
from chengyun.assess import views as assess_views
from chengyun.command import handlers as command
from chengyun.command import views as command_views
from chengyun.dispatch import handlers as dispatch
from chengyun.dispatch import learned as dispatch_learned
from chengyun.dispatch import views as dispatch_views
from chengyun.engine.parts import ENGINE
from chengyun.engine.stage import Stage
from chengyun.engine.tables import Table
from chengyun.guard import handlers as guard
from chengyun.handle import calling_back, recurring
from chengyun.handle import evidence as handle_evidence
from chengyun.handle import handlers as handle
from chengyun.handle import views as handle_views
from chengyun.learn import handlers as learn
from chengyun.learn import views as learn_views
from chengyun.notices import handlers as notices
from chengyun.rosters import handlers as rosters
from chengyun.rosters import views as rosters_views
from chengyun.sense import handlers as sense
from chengyun.sense import views as sense_views
from chengyun.sense import waiting as sense_waiting
from chengyun.sense.triage import views as triage_views
from chengyun.twin import handlers as twin
from chengyun.twin import views as twin_views
from chengyun.vitals import handlers as vitals
from chengyun.vitals import views as vitals_views
from chengyun.warn import handlers as warn
from chengyun.warn import views as warn_views

STAGES: Final = (
    Stage(
        name="guard",
        orders=guard.ORDERS,
        abouts=guard.ABOUTS,
        listens=guard.LISTENS,
        follows=guard.FOLLOWS,
        tables=guard.TABLES,
    ),
    Stage(
        name="rosters",
        orders=rosters.ORDERS,
        abouts=rosters.ABOUTS,
        listens=rosters.LISTENS,
        follows=rosters.FOLLOWS,
        tables=rosters_views.TABLES,
    ),
    Stage(
        name="sense",
        orders=sense.ORDERS,
        abouts=sense.ABOUTS,
        listens=sense.LISTENS,
        follows=sense.FOLLOWS,
        tables=(*sense_views.TABLES, *sense_waiting.TABLES, *triage_views.TABLES),
    ),
    Stage(
        name="twin",
        orders=twin.ORDERS,
        abouts=twin.ABOUTS,
        listens=twin.LISTENS,
        follows=twin.FOLLOWS,
        tables=twin_views.TABLES,
    ),
    Stage(
        name="vitals",
        orders=vitals.ORDERS,
        listens=vitals.LISTENS,
        follows=vitals.FOLLOWS,
        tables=vitals_views.TABLES,
    ),
    Stage(name="warn", listens=warn.LISTENS, follows=warn.FOLLOWS, tables=warn_views.TABLES),
    Stage(
        name="assess",
        orders=assess.ORDERS,
        abouts=assess.ABOUTS,
        listens=assess.LISTENS,
        follows=assess.FOLLOWS,
        tables=assess_views.TABLES,
    ),
    Stage(
        name="command",
        orders=command.ORDERS,
        abouts=command.ABOUTS,
        listens=command.LISTENS,
        follows=command.FOLLOWS,
        tables=command_views.TABLES,
    ),
    Stage(
        name="dispatch",
        orders=dispatch.ORDERS,
        abouts=dispatch.ABOUTS,
        listens=dispatch.LISTENS,
        follows=dispatch.FOLLOWS,
        tables=(*dispatch_views.TABLES, *dispatch_learned.TABLES),
    ),
    Stage(
        name="handle",
        orders=handle.ORDERS,
        abouts=handle.ABOUTS,
        listens=handle.LISTENS,
        follows=handle.FOLLOWS,
        tables=(
            *handle_views.TABLES,
            *handle_evidence.TABLES,
            *calling_back.TABLES,
            *recurring.TABLES,
        ),
    ),
    Stage(
        name="learn",
        orders=learn.ORDERS,
        listens=learn.LISTENS,
        follows=learn.FOLLOWS,
        tables=learn_views.TABLES,
    ),
    Stage(
        name="notices",
        orders=notices.ORDERS,
        abouts=notices.ABOUTS,
        listens=notices.LISTENS,
        follows=notices.FOLLOWS,
        tables=notices.TABLES,
    ),
)

ALL: Final = (ENGINE, *STAGES)
TABLES: Final[tuple[Table[Any], ...]] = tuple(table for stage in ALL for table in stage.tables)
