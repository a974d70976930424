"""The processes of Linjiang's pack: grid management, the hotline, joint duty, proactive cases.

Types of the simulated city are handled as ``grid`` has it, whose crews take on and report back at
once; the others are for types that are filed by people.
"""

from __future__ import annotations

from typing import Final

PROCESSES: Final = """\
# The steps of GB/T 30428: collect is the feed, dispatch the move from file to handle, evaluate the
# review; the check is another unit's than the work. What a move leads to stands behind it.
processes:
  grid:
    name: {en: Grid management, zh: 网格化管理}
    start: file
    steps:
      file: {role: dispatcher, moves: {dispatch: handle, reclassify: file}}
      handle:
        role: crew
        moves:
          accept: handle
          report_back: report_back
          return: file
          join: handle
          extend: handle
          defer: deferred
          ledger: ledger
          supervise: handle
          appeal: handle
          reclassify: handle
      deferred: {role: crew, moves: {resume: handle, supervise: deferred}}
      ledger: {role: duty_officer, moves: {take_up: handle, ledger: ledger, supervise: ledger}}
      report_back: {role: verifier, moves: {pass: verify, fail: handle}}
      verify: {role: duty_officer, moves: {close: closed, fail: handle}}
      closed: {role: duty_officer, moves: {reopen: file, appeal: closed}, ends: true}
    max_rework: 3
    extension: {times: 1, longest: 5 working_days, decided_within: 8 working_hours}
    deferral: {longest: 30 calendar_days, clock: stops, decided_within: 1 working_days}
    ledger: {longest: 365 calendar_days, clock: stops}
    supervision: 1 working_days
    appeal: {against: [verdict, dispatch, rating], times: 2, decided_within: 2 working_days}
    source: GB/T 30428.1; extension, deferral, ledger and appeal as cities publish them (?)
  hotline:
    name: {en: Hotline, zh: 热线工单}
    start: file
    steps:
      file:
        role: dispatcher
        within: 1 calendar_hours
        moves: {dispatch: receive, reclassify: file}
      receive:
        role: crew
        within: 1 calendar_hours
        moves: {accept: contact, return: file, join: receive, appeal: receive, supervise: receive}
      contact:
        role: crew
        moves: {contact: handle, return: file, supervise: contact}
        demands: {return: [cause]}
      handle:
        role: crew
        moves:
          contact: handle
          report_back: report_back
          return: file
          join: handle
          extend: handle
          defer: deferred
          ledger: ledger
          supervise: handle
          appeal: handle
          reclassify: handle
        demands: {report_back: [cause, measure], return: [cause]}
      deferred: {role: crew, moves: {resume: handle, supervise: deferred}}
      ledger: {role: duty_officer, moves: {take_up: handle, ledger: ledger, supervise: ledger}}
      report_back:
        role: hotline_agent
        within: 24 calendar_hours
        moves: {pass: verify, fail: handle}
      verify: {role: duty_officer, within: 24 calendar_hours, moves: {close: closed, fail: handle}}
      closed: {role: hotline_agent, moves: {reopen: handle, appeal: closed}, ends: true}
    max_rework: 3
    max_reopened: 3
    form:
      cause: {name: {en: Cause, zh: 原因}}
      measure: {name: {en: What was done, zh: 处置措施}}
    tiers:
      life:
        name: {en: Life and property, zh: 危及生命财产}
        limit: 2 calendar_hours
        contact: 1 calendar_hours
      supply:
        name: {en: "Water, power, gas, heat", zh: 水电气热}
        limit: 24 calendar_hours
        contact: 2 calendar_hours
      ordinary:
        name: {en: Ordinary, zh: 一般诉求}
        limit: 7 calendar_days
        contact: 24 calendar_hours
      hard:
        name: {en: Hard, zh: 疑难诉求}
        limit: 15 calendar_days
        contact: 24 calendar_hours
    contact: {attempts: 3}
    extension: {times: 1, longest: 7 calendar_days, decided_within: 24 calendar_hours}
    deferral: {longest: 30 calendar_days, clock: runs, decided_within: 24 calendar_hours}
    ledger: {longest: 365 calendar_days, clock: runs}
    supervision: 24 calendar_hours
    appeal: {against: [verdict, dispatch, rating], times: 2, decided_within: 2 working_days}
    soon_percent: 75
    escalation: [at once, 4 calendar_hours, 24 calendar_hours]
    promises: [time_limit, fallback]
    source: >-
      tiers 2 h, 24 h, 7 days, 15 days and first receiver as published by Beijing 12345; first
      contact, extension and escalation of the simulated city (?)
  proactive:
    name: {en: Found before anybody complained, zh: 未诉先办}
    start: file
    steps:
      file: {role: dispatcher, within: 4 working_hours, moves: {dispatch: handle, reclassify: file}}
      handle:
        role: crew
        within: 1 working_days
        moves: {accept: handle, report_back: report_back, return: file, join: handle,
          extend: handle, ledger: ledger, supervise: handle, reclassify: handle}
      ledger:
        role: duty_officer
        within: 365 calendar_days
        moves: {take_up: handle, ledger: ledger, supervise: ledger}
      report_back: {role: verifier, within: 2 working_days, moves: {pass: verify, fail: handle}}
      verify: {role: duty_officer, within: 1 working_days, moves: {close: closed, fail: handle}}
      closed: {role: duty_officer, moves: {reopen: handle}, ends: true}
    max_rework: 3
    extension: {times: 1, longest: 5 working_days, decided_within: 8 working_hours}
    ledger: {longest: 365 calendar_days, clock: stops}
    supervision: 1 working_days
    soon_percent: 75
    escalation: [at once, 1 working_days]
    promises: [time_limit, step_limits, owner]
    source: handling before a complaint as Shanghai and Beijing publish it; limits of this city (?)
"""
