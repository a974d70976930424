/** Where a sign warns, for a level of area: read from the bands the platform sent. */

import type { WarningLevel } from "../api/contract";

export type Thresholds = Partial<Record<WarningLevel, number>>;

type Unsure = Record<string, unknown>;

const isObject = (value: unknown): value is Unsure => typeof value === "object" && value !== null;

/** Bands come as `{up: {…}}`, or by level of area as `{district: {up: {…}}}`. */
export function thresholdsOf(levels: unknown, areaLevel: string): Thresholds {
  if (!isObject(levels)) return {};
  if (isObject(levels["up"])) return levels["up"] as Thresholds;
  const band = levels[areaLevel];
  return isObject(band) && isObject(band["up"]) ? (band["up"] as Thresholds) : {};
}
