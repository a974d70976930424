"""Every point at which the platform is extended, a sentence each; what is built in uses the same.

``chengyun.app.stages:STAGES`` names a value; a test holds each of them to exist.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class ExtensionPoint(NamedTuple):
    """Where something new is entered, and what that takes."""

    name: str
    where: str
    """``module:attribute``."""
    how: str


EXTENSION_POINTS: Final = (
    ExtensionPoint(
        "stage",
        "chengyun.app.stages:STAGES",
        "A stage hands over its tables, orders, listeners and followers.",
    ),
    ExtensionPoint(
        "fact",
        "chengyun.facts.kinds:KINDS",
        "A body in the file of its stage is a kind of fact by its name.",
    ),
    ExtensionPoint(
        "older fact",
        "chengyun.facts.kinds:UPCASTERS",
        "A changed body raises its SCHEMA and enters how an older one is lifted.",
    ),
    ExtensionPoint(
        "way back",
        "chengyun.engine.loop:RETURNS",
        "A fact that an earlier stage hears is entered with its bound.",
    ),
    ExtensionPoint(
        "section of the pack",
        "chengyun.app.pack_sections:SECTIONS",
        "A typed record, its file, its references and its check are one line.",
    ),
    ExtensionPoint(
        "decision tables",
        "chengyun.dispatch.ports:DECISION_TABLES",
        "An adapter that evaluates tables is wired under this port.",
    ),
    ExtensionPoint(
        "models of triage",
        "chengyun.sense.triage.ports:TRIAGE",
        "An adapter that keeps models by their hash is wired under this port.",
    ),
    ExtensionPoint(
        "command of the line",
        "chengyun.cli.main:COMMANDS",
        "A module with a command, and the permission that its door needs.",
    ),
    ExtensionPoint(
        "unit of measure",
        "chengyun.kernel.units:KNOWN",
        "A unit is entered with its dimension and its exact size.",
    ),
)
