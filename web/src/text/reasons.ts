/** Why: a code with parameters, as the platform decided it, rendered in the reader's language. */

import type { Problem, SensorSign, WarningRow } from "../api/contract";
import { sensorSigns, signName, signOf, typeName, unitName } from "../state/city";
import { coded, lengthOf, quantityOf, sensedOf, valueOf } from "../words";

const UNITS: Record<string, Record<string, string>> = {
  people: { zh: "人", en: "people" },
  persons: { zh: "人", en: "people" },
};

export function unitWord(unit: string | undefined, lang: string): string {
  if (!unit || unit === "1" || unit === "count") return "";
  return UNITS[unit]?.[lang] ?? unit;
}

/** The parameters of a reason as words: micro and ppm values become numbers with units. */
function readable(params: Record<string, string>): Record<string, string> {
  const words = { ...params };
  if (params["value_micro"]) words["value"] = valueOf(Number(params["value_micro"]) / 1e6);
  if (params["expected_ppm"]) words["expected"] = valueOf(Number(params["expected_ppm"]) / 1e6);
  if (params["window_s"]) words["window"] = lengthOf(Number(params["window_s"]) * 1e6);
  if (params["unit"]) words["unit"] = unitName(params["unit"]);
  return words;
}

/** What a warning is about: the kind of case where it counts one kind, else its sign. */
export const warningName = (row: WarningRow): string =>
  row.type ? typeName(row.type) : signName(row.sign);

export function warningReason(row: WarningRow, lang: string): string {
  const words = readable(row.params);
  const unit = unitWord(signOf(row.sign)?.unit, lang);
  if (row.params["value_micro"]) {
    Object.assign(words, quantityOf(Number(row.params["value_micro"]) / 1e6, unit));
  }
  const sensed = sensorSigns.value.get(row.sign);
  if (sensed && row.code === "value_reached") return sensedReason(row, sensed, words);
  words["type"] = row.type ? typeName(row.type) : "";
  const code = row.code === "unusual_demand" && !row.type ? "unusual_demand_any" : row.code;
  return coded("reason", code, words) ?? rest(row.code, row.params);
}

/** A sign made from sensors has its own units, and no window where it tells how they stand. */
function sensedReason(row: WarningRow, sign: SensorSign, words: Record<string, string>): string {
  Object.assign(words, sensedOf(sign, Number(row.params["value_micro"])));
  const code = row.params["window_s"] === "0" ? "value_reached_now" : row.code;
  return coded("reason", code, words)?.trim() ?? rest(row.code, row.params);
}

/** Why a unit got a case. */
export function routeReason(code: string, params: Record<string, string>): string {
  if (code === "proposed" && params["source"]) {
    const source = coded("why", params["source"]);
    if (source) return source;
  }
  if (code === "person" && !params["reason"]) return "";
  return coded("why", code, readable(params)) ?? rest(code, params);
}

/** What was refused, and what to do next. */
export function problemWords(problem: Problem): { what: string; remedy: string } {
  return {
    what: coded("problem", problem.code, problem.params) ?? (problem.detail || problem.title || problem.code),
    remedy: coded("problem", `${problem.code}.remedy`) ?? problem.remedy,
  };
}

/** A code this screen has no words for is shown as it is: better raw than hidden. */
function rest(code: string, params: Record<string, string>): string {
  const shown = Object.entries(params).map(([name, value]) => `${name} ${value}`);
  return [code.replaceAll("_", " "), ...shown].join(" · ");
}

