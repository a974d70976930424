/** What the city is made of: areas, units, types, plans and signs; asked once, when the page opens. */

import { computed, shallowRef } from "vue";

import type {
  Area,
  CaseType,
  City,
  Demo,
  Named,
  Plan,
  SensorSign,
  Sign,
  Unit,
} from "../api/contract";
import { ask, Refused } from "../api/http";
import { lang } from "./prefs";

export const city = shallowRef<City | null>(null);
export const demo = shallowRef<Demo | null>(null);
export const areas = shallowRef<ReadonlyMap<string, Area>>(new Map());
export const units = shallowRef<ReadonlyMap<string, Unit>>(new Map());
export const types = shallowRef<ReadonlyMap<string, CaseType>>(new Map());
export const plans = shallowRef<ReadonlyMap<string, Plan>>(new Map());
export const signs = shallowRef<readonly Sign[]>([]);
/** Signs made from sensors, by name, as the stream lane told of them; empty without one. */
export const sensorSigns = shallowRef<ReadonlyMap<string, SensorSign>>(new Map());

export async function loadCity(): Promise<void> {
  const [c, a, u, t, p, s] = await Promise.all([
    ask<City>("api/v1/city"),
    ask<{ areas: Area[] }>("api/v1/areas"),
    ask<{ units: Unit[] }>("api/v1/units"),
    ask<{ types: CaseType[] }>("api/v1/types"),
    ask<{ plans: Plan[] }>("api/v1/plans"),
    ask<{ signs: Sign[] }>("api/v1/signs"),
  ]);
  areas.value = new Map(a.areas.map((one) => [one.code, one]));
  units.value = new Map(u.units.map((one) => [one.code, one]));
  types.value = new Map(t.types.map((one) => [one.code, one]));
  plans.value = new Map(p.plans.map((one) => [one.code, one]));
  signs.value = s.signs;
  city.value = c;
  demo.value = await ask<Demo>("api/v1/demo").catch((error: unknown) => {
    if (error instanceof Refused) return null; // no demonstration: a city at work has no pace
    throw error;
  });
}

/** A name in the language of the screen, else in the other one, else the code. */
export function named(name: Named | undefined, code: string): string {
  const other = lang.value === "zh" ? "en" : "zh";
  return name?.[lang.value] || name?.[other] || code;
}

export const areaName = (code: string): string => named(areas.value.get(code)?.name, code);
export const unitName = (code: string): string => named(units.value.get(code)?.name, code);
export const typeName = (code: string): string => named(types.value.get(code)?.name, code);
/** A plan of an older policy may have no name any more; its code is made readable. */
export const planName = (code: string): string =>
  named(plans.value.get(code)?.name, code.replaceAll("_", " "));
export const signOf = (name: string): Sign | undefined =>
  signs.value.find((one) => one.name === name);
export const signName = (name: string): string =>
  named(signOf(name)?.label ?? sensorSigns.value.get(name)?.name, name.replaceAll("_", " "));

function walk(code: string): string[] {
  const path: string[] = [];
  let at = areas.value.get(code);
  while (at && path.length < 12 && !path.includes(at.code)) {
    path.unshift(at.code);
    at = areas.value.get(at.parent);
  }
  return path;
}

/** Walked once an area: every row of every list is asked where it lies, at every change. */
const paths = computed(
  () => new Map<string, readonly string[]>([...areas.value.keys()].map((code) => [code, walk(code)])),
);

/** The areas from the city down to `code`, both included. */
export const pathTo = (code: string): readonly string[] => paths.value.get(code) ?? [];

/** Whether `code` is `whole` or lies within it; areas unknown to the city lie in the root only. */
export function within(code: string, whole: string): boolean {
  const path = paths.value.get(code);
  return path ? path.includes(whole) : whole === city.value?.root_area;
}

const children = computed(() => {
  const found = new Map<string, string[]>();
  for (const area of areas.value.values()) {
    const siblings = found.get(area.parent);
    if (siblings) siblings.push(area.code);
    else found.set(area.parent, [area.code]);
  }
  return found;
});

export const childrenOf = (code: string): readonly string[] => children.value.get(code) ?? [];

/** The parts worth showing of an area: its children, past levels that have only one. */
export function partsOf(code: string): readonly string[] {
  let parts = childrenOf(code);
  while (parts.length === 1 && parts[0] !== undefined && childrenOf(parts[0]).length > 0) {
    parts = childrenOf(parts[0]);
  }
  return parts;
}

/** The nearest of `wanted` at or above `code`. */
export function partHolding(code: string, wanted: ReadonlySet<string>): string | undefined {
  return pathTo(code).findLast((one) => wanted.has(one));
}
