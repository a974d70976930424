/** What the store knows, as features for the map's sources. */

import type { Feature, FeatureCollection, Geometry } from "geojson";
import { computed } from "vue";

import type { WarningLevel, WarningRow } from "../api/contract";
import { areaName, unitName, within } from "../state/city";
import {
  cases,
  crews,
  minute,
  partOf,
  parts,
  partsSeen,
  rank,
  warnedAreas,
  wholeWarnings,
} from "../state/derived";
import { tables } from "../state/live";
import { area, detail } from "../state/place";
import { urgency } from "../text/format";
import { warningName } from "../text/reasons";
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
  if (warningsAreMany.value) return collect(found); // outlines of every other block say nothing
  const ordered = [...warnedAreas.value].sort(([, a], [, b]) => rank(a.level) - rank(b.level));
  for (const [code, row] of ordered) {
    // What is warned around all of this is said above the map.
    if (code === area.value || !within(area.value, code)) add(code, { exact: true, warned: row.level });
  }
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

/** More marks than this on one picture hide each other and the city. */
const MOST_WARNINGS = 24;
const MOST_CREWS = 120;

const inParts = computed(() => [...warnedAreas.value.values()].filter((row) => partOf(row.area)));
export const warningsAreMany = computed(() => inParts.value.length > MOST_WARNINGS);
export const crewsAreMany = computed(() => crews.value.length > MOST_CREWS);

/** One mark a part: its worst warning, and how many there are; a click goes down to them. */
function summedFeatures(shapes: Shapes): FeatureCollection {
  const found = new Map<string, WarningRow[]>();
  for (const row of inParts.value) {
    const code = partOf(row.area) ?? "";
    const rows = found.get(code);
    if (rows) rows.push(row);
    else found.set(code, [row]);
  }
  return collect(
    [...found].flatMap(([code, rows]) => {
      const shape = shapes.get(code);
      const worst = rows.reduce((a, b) => (rank(b.level) > rank(a.level) ? b : a));
      if (!shape || !worst.level) return [];
      const what = rows.length > 1 ? t("map.warnings", { n: rows.length }) : warningName(worst);
      return [marked(shape, worst, { code, down: rows.length > 1, text: what })];
    }),
  );
}

/** Above the area's own name, so that both can be read. */
function marked(shape: Shape, row: WarningRow, more: Record<string, unknown>): Feature {
  const [x = 0, y = 0] = shape.middle;
  const lift = (shape.frame[3] - shape.frame[1]) * 0.2;
  const text = `${t(`warning.level.${row.level as WarningLevel}`)} · ${String(more["text"])}`;
  const own = { warning: row.warning, level: row.level, rank: -rank(row.level) };
  return point([x, y + lift], { ...own, ...more, text });
}

/** A mark for each warned area inside: shape and word of the level, and what it is about. */
export function warnedFeatures(shapes: Shapes): FeatureCollection {
  if (warningsAreMany.value) return summedFeatures(shapes);
  const whole = new Set(wholeWarnings.value.map((row) => row.area));
  return collect(
    [...warnedAreas.value].flatMap(([code, row]) => {
      if (whole.has(code)) return [];
      const shape = shapes.get(code);
      if (!shape || !row.level) return [];
      return [marked(shape, row, { code, text: warningName(row) })];
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

const sameGeometry = (a: Geometry, b: Geometry): boolean =>
  a === b || (a.type === "Point" && b.type === "Point" && a.coordinates.join() === b.coordinates.join());

/** Whether two pictures are the same: most changes of the city do not move most of the map. */
export function isSame(a: FeatureCollection, b: FeatureCollection): boolean {
  return (
    a.features.length === b.features.length &&
    a.features.every((one, index) => {
      const other = b.features[index];
      if (!other || !sameGeometry(one.geometry, other.geometry)) return false;
      const [mine, its] = [one.properties ?? {}, other.properties ?? {}];
      return Object.keys({ ...mine, ...its }).every((name) => mine[name] === its[name]);
    })
  );
}
