"""What each column of each projection table is: public, internal, personal or sensitive.

A table holds what its facts taught, so a column is as its field in ``facts/classes.py`` is. One
that does not stand here is sensitive: it is shown nowhere, and a test fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chengyun.facts.classes import UNCLASSED, Class, Fields, fields
from chengyun.guard.masking import HIDDEN, scrubbed

ROWS: Final[Mapping[str, Fields]] = {
    # engine
    "policies": fields(public="adopted version scope effective_from known_at"),
    "timers": fields(internal="id due_at purpose subject area cause"),
    "dead_letters": fields(internal="handler fact code at", sensitive="error"),
    "return_counts": fields(internal="kind subject times"),
    "arrivals": fields(internal="source seq"),
    "approvals": fields(
        internal="approval command fields actor area units asked_at lapses_at state open unit"
    ),
    "requests": fields(internal="request content facts answered_at slot open"),
    "request_slots": fields(internal="slot request open"),
    "request_ring": fields(public="name count"),
    # guard
    "erased": fields(internal="person at"),
    "expired": fields(internal="person at open"),
    "kept_reports": fields(internal="report personal sensitive open"),
    "ended_days": fields(internal="what day count gone"),
    "ended_lists": fields(internal="what day batch persons open"),
    "feed_keys": fields(internal="key feed expires_at revoked", locked="digest"),
    "service_keys": fields(internal="key account permissions expires_at revoked", locked="digest"),
    "accounts": fields(
        internal="account kind state power second_factor opened password factor codes codes_used"
        " secret_until epoch changes opened_at",
        locked="login subject secret",
    ),
    "grants": fields(
        internal="grant account role area unit purpose from_at until_at nature by state open",
        written="ground",
    ),
    "case_workers": fields(internal="case actor"),
    "grant_holders": fields(internal="account version"),
    # rosters
    "duty_days": fields(internal="unit day shifts open", written="source"),
    "duty_away": fields(internal="person times open"),
    "duty_persons": fields(internal="person named is_erased open", locked="content"),
    # sense
    "feeds": fields(public="feed taken refused last_seen_at silent silent_since_at"),
    "refused_rows": fields(public="feed", internal="file row field code open", written="params"),
    "intake": fields(
        public="area unit channel state waits_for type taken_at wakes_at round feed due_at open"
        " proposed confidence_ppm urgency",
        internal="report diverted likeness place",
        written="title text place_text attributes notes",
    ),
    "receipts": fields(internal="report open", locked="receipt"),
    "triage_texts": fields(public="label", internal="report seq open", written="text"),
    "triage_models": fields(public="name model decided learned_seq new"),
    "intake_numbers": fields(public="day last"),
    # twin
    "area_states": fields(internal="area reports open_reports last_report_at"),
    "unit_states": fields(internal="unit dispatched closed"),
    "assets": fields(public="code type name owner lon_e7 lat_e7 cell"),
    "points": fields(internal="lon_e7 lat_e7 is_default", written="streets"),
    "partition_figures": fields(internal="source until_at counts"),
    "crews": fields(internal="unit state lon_e7 lat_e7 case since_at"),
    # vitals
    "signs": fields(public="sign feeds pane_s windows_s fresh as_of last_arrival_at learned_until"),
    "waiting_arrivals": fields(internal="sign type area count"),
    "recent_arrivals": fields(internal="sign type area marks"),
    "today_arrivals": fields(internal="sign type area slot raw thin"),
    "spreads": fields(internal="sign type level known today"),
    "usual_overall": fields(internal="sign days hours exposure profile totals areas"),
    "usual_by_type": fields(internal="sign type slots totals areas"),
    "vitals": fields(
        internal="sign type area window_s value_micro expected_ppm surprise_milli as_of"
    ),
    "stream": fields(public="stream tick part at segment offset"),
    # warn
    "warnings": fields(
        public="warning sign type area level highest onset_at below_since cleared_at code params"
        " open"
    ),
    # assess
    "comparables": fields(
        public="type area channel",
        internal="report seq entered_at lon_e7 lat_e7 cell incident classes memory_shift"
        " came_with closed open",
        written="place_text attributes",
    ),
    "incidents": fields(
        public="type area opened_at open",
        internal="incident members open_members doubted merged_into",
    ),
    "pair_classes": fields(internal="name pairs duplicates weight hits"),
    "nowhere": fields(internal="lon_e7 lat_e7"),
    # command
    "responses": fields(public="proposal warning response_level plan area measures state open"),
    # dispatch
    "sightings": fields(
        public="type area due_at open",
        internal="report candidates source named",
        written="features",
    ),
    "desks": fields(public="type area unit open", internal="case report tried waits_for_person"),
    "route_cells": fields(internal="total counts", written="key"),
    "route_records": fields(internal="type marks"),
    "route_homes": fields(internal="unit total home", written="places"),
    "route_places": fields(internal="at_home", written="place"),
    "router": fields(internal="name contexts home_field home_contexts learned_seq"),
    "planned_tasks": fields(internal="proposal warning area measures open"),
    # handle
    "cases": fields(
        public="type area process policy_version state unit filed_at due_at fell_due ended_at open"
        " step due_code stopped_at coordinator",
        internal="case incident members open_members hops rework first_outcome first_unit"
        " revision path step_at counted_from round reopened contacts contacted extensions appeals"
        " supervisions overdues escalated parts open_parts solved merged_into stood",
    ),
    "case_asked": fields(
        public="kind unit asked_at decide_by until_at against",
        internal="case actor number about",
        written="reason",
    ),
    "case_parts": fields(public="part unit state", internal="case", written="task"),
    "case_clocks": fields(public="clock step due_at soon_at ran_out", internal="case"),
    "case_members": fields(
        public="area type due_at open",
        internal="report incident case received_at first asset lon_e7 lat_e7",
    ),
    "ended_cases": fields(public="type", internal="spot cases open"),
    "ended_types": fields(public="type"),
    "call_backs": fields(internal="report round attempts reached open"),
    "evidence": fields(
        public="area media_type kind moment step size_bytes",
        internal="evidence case report digest by at taken_at open",
    ),
    "case_evidence": fields(internal="case latest count open"),
    "report_evidence": fields(internal="report evidence open"),
    "kept_files": fields(internal="digest needed open"),
    # learn
    "figures": fields(
        public="type area unit period",
        internal="reports incidents merged doubted closed on_time overdue without_deadline"
        " reported_back",
    ),
    "case_marks": fields(
        public="mark type area unit channel",
        internal="at case n about run since_at gone_at met_at also_at took_s hands",
    ),
    "case_lives": fields(
        public="type area channel unit due_at closed open",
        internal="case run began_at hands handled_at stood_at failed merged_at kept",
    ),
    "type_history": fields(internal="type period durations units proposed right"),
    "open_reports": fields(public="channel", internal="report unit source open"),
    "reviews": fields(public="name period next_at held"),
    "policy_proposals": fields(public="proposal about type now proposed evidence state"),
    # notices
    "notices": fields(
        public="kind rule template post urgency area unit channels channel state asked_at send_at"
        " level unread_after_s round policy_version open",
        internal="notice cause params recipient case code group provider_id seq",
    ),
    "notice_keys": fields(internal="notices open", locked="key"),
    "notices_configured": fields(internal="name kinds"),
    "contacts": fields(internal="holder way fact sealed_for changes"),
    "told_reports": fields(
        public="type area open", internal="report incident sealed_in kind sealed_for"
    ),
    "told_cases": fields(
        public="type area unit first_unit lead due_at open", internal="case incident reports more"
    ),
    "incident_reports": fields(
        public="area by_word_at in_writing_at", internal="case incident issued open"
    ),
    "post_holders": fields(internal="grant account role area unit from_at until_at open"),
}
"""Figures are public only after ``learn/publishing.py``: a count of one is one person."""


DERIVED: Final[Mapping[str, Fields]] = {
    "warnings": fields(public="state"),
    "cases": fields(internal="lon_e7 lat_e7"),
    "desks": fields(internal="candidates"),
}
"""What the screens see beside the columns of a row, taken from rows around it."""


def shown_row(table: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return what a screen sees of a row: what is more than internal is hidden."""
    classes, derived = ROWS.get(table, {}), DERIVED.get(table, {})
    for name, value in found.items():
        kind, is_written = classes.get(name) or derived.get(name, UNCLASSED)
        if kind in (Class.PERSONAL, Class.SENSITIVE, Class.LOCKED):
            found[name] = HIDDEN
        elif is_written and isinstance(value, str):
            found[name] = scrubbed(value)
    return found
