"""All sections of a city pack on one screen: shape, file, references, check.

A new section is a line here; its shape stands in the ``policy.py`` of the stage that reads it.
"""

from __future__ import annotations

from typing import Final

from chengyun.app import pack_catalogue_checks as catalogue_checks
from chengyun.app import pack_feed_checks as feed_checks
from chengyun.app import pack_notice_checks as notice_checks
from chengyun.app import pack_privacy_checks as privacy_checks
from chengyun.app import pack_process_checks as process_checks
from chengyun.app import pack_recording_checks as recording_checks
from chengyun.app import pack_register_checks as register_checks
from chengyun.app import pack_role_checks as role_checks
from chengyun.app import pack_sensor_checks as sensor_checks
from chengyun.app import pack_sign_checks as sign_checks
from chengyun.assess.policy import Fusing
from chengyun.citypack.sections import (
    CsvTable,
    JsonFile,
    Reference,
    Section,
    YamlFile,
    YamlFolder,
)
from chengyun.command.policy import Response
from chengyun.dispatch.policy import DutyList, Routing
from chengyun.facts.privacy import Privacy
from chengyun.facts.registers import (
    Areas,
    AssetRegister,
    CalendarPolicy,
    CaseTypes,
    City,
    Properties,
    UnitGridRegister,
    Units,
)
from chengyun.guard.roles import Roles
from chengyun.handle.policy import Processes
from chengyun.handle.voice import Voice
from chengyun.learn.policy import Review
from chengyun.notices.policy import Notices
from chengyun.sense.channels import Intake
from chengyun.sense.policy import Feeds, Recordings
from chengyun.sense.triage.policy import Landmarks, Triage
from chengyun.twin.policy import Places
from chengyun.vitals.policy import SensorSigns, Signs
from chengyun.warn.policy import Bands

SECTIONS: Final = (
    Section(shape=City, source=YamlFile("city.yaml"), check=register_checks.city),
    Section(
        shape=Areas,
        source=CsvTable("areas.csv", field="areas"),
        references=(Reference("areas.*.parent", to="areas.areas", may_be_empty=True),),
        check=register_checks.areas,
    ),
    Section(
        shape=UnitGridRegister,
        source=CsvTable("unit_grids.csv", field="grids"),
        optional=True,
        check=register_checks.unit_grids,
    ),
    Section(
        shape=Units,
        source=CsvTable("units.csv", field="units"),
        references=(
            Reference("units.*.parent", to="units.units", may_be_empty=True),
            Reference("units.*.area", to="areas.areas", may_be_empty=True),
        ),
        check=register_checks.units,
    ),
    Section(
        shape=CaseTypes,
        source=CsvTable("case_types.csv", field="types"),
        references=(
            Reference("types.*.owner", to="units.units", may_be_empty=True),
            Reference("types.*.fallback", to="units.units", may_be_empty=True),
            Reference("types.*.process", to="processes.processes", may_be_empty=True),
        ),
        check=catalogue_checks.case_types,
    ),
    Section(
        shape=AssetRegister,
        source=CsvTable("assets.csv", field="assets"),
        optional=True,
        references=(
            Reference("assets.*.type", to="case_types.types"),
            Reference("assets.*.owner", to="units.units", may_be_empty=True),
            Reference("assets.*.maintainer", to="units.units", may_be_empty=True),
        ),
        check=register_checks.assets,
    ),
    Section(shape=CalendarPolicy, source=YamlFile("calendar.yaml"), check=register_checks.calendar),
    Section(
        shape=Feeds,
        source=YamlFolder("feeds", field="feeds"),
        references=(Reference("feeds.*.area", to="areas.areas", may_be_empty=True),),
        check=feed_checks.feeds,
    ),
    Section(
        shape=Intake,
        source=YamlFile("intake.yaml"),
        optional=True,
        references=(
            Reference("second_looks.*.types.*", to="case_types.types"),
            Reference("signals.*", to="case_types.types"),
            Reference("untyped", to="case_types.types", may_be_empty=True),
            Reference("counts_as.*", to="feeds.feeds"),
        ),
    ),
    Section(
        shape=Signs,
        source=YamlFile("signs.yaml"),
        references=(Reference("signs.*.feeds.*", to="feeds.feeds"),),
        check=sign_checks.signs,
    ),
    Section(
        shape=Properties,
        source=YamlFile("properties.yaml"),
        optional=True,
        check=sensor_checks.properties,
    ),
    Section(
        shape=Recordings,
        source=YamlFolder("recordings", field="recordings"),
        optional=True,
        references=(
            Reference("recordings.*.feed", to="properties.senders"),
            Reference("recordings.*.named.property", to="properties.properties"),
            Reference("recordings.*.named.area", to="areas.areas", may_be_empty=True),
            Reference("recordings.*.sensors.*.property", to="properties.properties"),
            Reference("recordings.*.sensors.*.area", to="areas.areas", may_be_empty=True),
        ),
        check=recording_checks.recordings,
    ),
    Section(
        shape=SensorSigns,
        source=YamlFile("sensor_signs.yaml"),
        optional=True,
        references=(Reference("signs.*.property", to="properties.properties"),),
        check=sensor_checks.sensor_signs,
    ),
    Section(shape=Bands, source=YamlFile("bands.yaml"), check=sign_checks.bands),
    Section(shape=Places, source=YamlFile("places.yaml"), optional=True),
    Section(shape=Fusing, source=YamlFile("fusing.yaml"), check=feed_checks.fusing),
    Section(
        shape=Response,
        source=YamlFile("response.yaml"),
        optional=True,
        references=(
            Reference("plans.*.levels.*.measures.*.type", to="case_types.types", may_be_empty=True),
            Reference("plans.*.levels.*.measures.*.unit", to="units.units", may_be_empty=True),
        ),
        check=process_checks.response,
    ),
    Section(
        shape=DutyList,
        source=CsvTable("duty_list.csv", field="duties"),
        optional=True,
        references=(
            Reference("duties.*.type", to="case_types.types"),
            Reference("duties.*.area", to="areas.areas", may_be_empty=True),
            Reference("duties.*.unit", to="units.units"),
        ),
        check=process_checks.duty_list,
    ),
    Section(
        shape=Routing,
        source=YamlFile("routing.yaml", embeds=(JsonFile("table"),)),
        references=(Reference("default_process", to="processes.processes"),),
        check=feed_checks.routing,
    ),
    Section(shape=Processes, source=YamlFile("processes.yaml"), check=process_checks.processes),
    Section(
        shape=Triage,
        source=YamlFile("triage.yaml"),
        optional=True,
        references=(
            Reference("types.@", to="case_types.types"),
            Reference("never.*", to="case_types.types"),
            Reference("dangers.*.type", to="case_types.types"),
        ),
    ),
    Section(
        shape=Landmarks,
        source=CsvTable("landmarks.csv", field="landmarks"),
        optional=True,
        references=(Reference("landmarks.*.area", to="areas.areas", may_be_empty=True),),
    ),
    Section(shape=Voice, source=YamlFile("voice.yaml"), optional=True),
    Section(shape=Review, source=YamlFile("review.yaml")),
    Section(
        shape=Notices,
        source=YamlFile("notices.yaml"),
        optional=True,
        references=(
            Reference("rules.*.template", to="notices.templates"),
            Reference("rules.*.channels.*", to="notices.channels"),
            Reference("rules.*.types.*", to="case_types.types"),
            Reference("digest_template", to="notices.templates", may_be_empty=True),
            Reference("life_safety.*", to="case_types.types"),
            Reference("reports.types.*", to="case_types.types"),
            Reference("ops_centers.@", to="areas.areas"),
            Reference("ops_centers.*", to="units.units"),
        ),
        check=notice_checks.notices,
    ),
    Section(
        shape=Privacy,
        source=YamlFile("privacy.yaml"),
        optional=True,
        check=privacy_checks.privacy,
    ),
    Section(
        shape=Roles,
        source=YamlFile("roles.yaml"),
        optional=True,
        references=(
            Reference("roles.*.purposes.*", to="roles.purposes"),
            Reference("roles.*.gives.*", to="roles.roles"),
            Reference("roles.*.excludes.*", to="roles.roles"),
        ),
        check=role_checks.roles,
    ),
)
