/** What the store knows, as features for the map's sources. */

import type { Feature, FeatureCollection } from "geojson";

import { areaName, signName, unitName } from "../state/city";
import {
  cases,
  crews,
  minute,
  parts,
  partsSeen,
  rank,
  warnedAreas,
  wholeWarnings,
} from "../state/derived";
import { tables } from "../state/live";
import { area, detail } from "../state/place";
import { urgency } from "../text/format";
import { t } from "../words";
import type { Shape } from "./places";

type Shapes = ReadonlyMap<string, Shape>;

const collect = (features: Feature[]): FeatureCollection => ({ type: "FeatureCollection", features });

const point = (position: number[], properties: Record<string, unknown>): Feature => ({
  type: "Feature",
  geometry: { type: "Point", coordinates: position },
  properties,
});

/** The parts of the area, coloured by their worst warning, and the exact areas under warning. */
export function partFeatures(shapes: Shapes): FeatureCollection {
  const found: Feature[] = [];
  const add = (code: string, properties: Record<string, unknown>): void => {
    const shape = shapes.get(code);
    if (shape) found.push({ ...shape.feature, properties: { code, ...properties } });
  };
  for (const part of partsSeen.value) add(part.code, { part: true, warned: part.level });
  add(area.value, { focus: true });
  const ordered = [...warnedAreas.value].sort(([, a], [, b]) => rank(a.level) - rank(b.level));
  for (const [code, row] of ordered) add(code, { exact: true, warned: row.level });
  return collect(found);
}

export function labelFeatures(shapes: Shapes): FeatureCollection {
  return collect(
    parts.value.flatMap((code) => {
      const shape = shapes.get(code);
      return shape ? [point(shape.middle, { code, name: areaName(code) })] : [];
    }),
  );
}

/** A mark for each warned area inside: shape and word of the level, and which sign. */
export function warnedFeatures(shapes: Shapes): FeatureCollection {
  const whole = new Set(wholeWarnings.value.map((row) => row.area));
  return collect(
    [...warnedAreas.value].flatMap(([code, row]) => {
      if (whole.has(code)) return [];
      const shape = shapes.get(code);
      if (!shape || !row.level) return [];
      const text = `${t(`warning.level.${row.level}`)} · ${signName(row.sign)}`;
      // Above the area's own name, so that both can be read.
      const [x = 0, y = 0] = shape.middle;
      const lift = (shape.frame[3] - shape.frame[1]) * 0.2;
      return [
        point([x, y + lift], { code, warning: row.warning, level: row.level, rank: -rank(row.level), text }),
      ];
    }),
  );
}

const placed = (row: { lon_e7?: number | null; lat_e7?: number | null }): number[] | null =>
  row.lon_e7 && row.lat_e7 ? [row.lon_e7 / 1e7, row.lat_e7 / 1e7] : null;

export function caseFeatures(): FeatureCollection {
  return collect(
    cases.value.flatMap((row) => {
      const at = placed(row);
      const overdue = urgency(row.due_at, minute.value) === "overdue";
      return at ? [point(at, { case: row.case, overdue })] : [];
    }),
  );
}

/** The case that is opened, ringed also where it stands in a cluster. */
export function openedFeatures(): FeatureCollection {
  const opened = detail.value?.kind === "case" ? tables.get("cases", detail.value.id) : undefined;
  const at = opened && placed(opened);
  return collect(at ? [point(at, {})] : []);
}

export function crewFeatures(): FeatureCollection {
  return collect(
    crews.value.flatMap((row) => {
      const at = placed(row);
      return at ? [point(at, { unit: row.unit, case: row.case, state: row.state, name: unitName(row.unit) })] : [];
    }),
  );
}
