/** What sensors say, in words: values in their unit, shares, lags, panes; pure. */

import type { Lang, SensorSign, SignHistory, WarningLevel } from "../api/contract";
import { duration, number } from "./format";

const UNITS: Record<string, string> = { percent: "%", deg: "°", "ug/m3": "µg/m³", count: "", index: "" };
const LEVELS: readonly string[] = ["blue", "yellow", "orange", "red"] satisfies WarningLevel[];

export interface Quantity {
  value: string;
  unit: string;
}

/** Three digits that count: 0.354, 2.95, 38.9, 22,015. */
export function digits(value: number, lang: Lang): string {
  const size = Math.abs(value);
  return number(value, lang, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** A share is kept as a fraction, whatever its unit is called, and people say it in percent. */
export const isShare = (row: Pick<SensorSign, "unit" | "how">): boolean =>
  row.how === "share" || row.unit === "ratio";

export function quantity(
  micro: number,
  unit: string,
  { lang, share = false }: { lang: Lang; share?: boolean },
): Quantity {
  const value = micro / 1e6;
  if (share) return { value: digits(value * 100, lang), unit: "%" };
  if (unit === "mm" && Math.abs(value) >= 1_000) {
    return { value: number(value / 1_000, lang, 2), unit: "m" };
  }
  return { value: digits(value, lang), unit: UNITS[unit] ?? unit };
}

/** How much of the whole speaks; never "100%" while one is missing, never "0%" while one speaks. */
export function coverage(ppm: number, lang: Lang): string {
  if (ppm > 0 && ppm < 10_000) return "< 1%";
  const percent = ppm / 10_000;
  const cut = percent > 99 && percent < 100 ? Math.floor(percent * 10) / 10 : Math.floor(percent);
  return `${number(cut, lang, 1)}%`;
}

export function lag(ms: number, lang: Lang): string {
  if (Math.abs(ms) < 1_000) return `${number(ms, lang, 0)} ms`;
  if (Math.abs(ms) >= 60_000) return duration(ms * 1_000, lang);
  return `${number(ms / 1_000, lang, 1)}${lang === "zh" ? "秒" : " s"}`;
}

/** A code this screen has no words for, made readable. */
export const readable = (code: string): string => code.replaceAll("_", " ");

/** Warned ones first, the unknown last; otherwise as they come. */
export function inOrder<T extends Pick<SensorSign, "level" | "value_micro">>(rows: readonly T[]): T[] {
  const weight = (row: T): number =>
    row.value_micro === null && !row.level ? -2 : LEVELS.indexOf(row.level);
  return [...rows].sort((a, b) => weight(b) - weight(a));
}

/** By value, highest first; the unknown last. */
export function byValue<T extends Pick<SensorSign, "value_micro">>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => (b.value_micro ?? -Infinity) - (a.value_micro ?? -Infinity));
}

/**
 * How long a pane is, in seconds: panes are counted from 1970, so the last one before `now` tells
 * it. Unique for panes up to three hours, if the last one began within a day.
 */
export function paneLength(lastPane: number, now: number): number {
  return lastPane > 0 ? Math.max(1, Math.round(now / 1e6 / lastPane)) : 0;
}

export interface Gapped {
  at: number;
  /** Null begins a gap: nothing is known there, and no line is drawn through it. */
  value: number | null;
}

const MOST_POINTS = 3_000;

/** The closed panes as a curve, in order, with a gap where panes are missing or unknown. */
export function curve(said: SignHistory, now: number, scale = 1): Gapped[] {
  const last = Math.max(0, ...said.pane.slice(-1));
  const length = paneLength(last, now);
  const points: Gapped[] = [];
  let before = Number.NaN;
  const from = Math.max(0, said.pane.length - MOST_POINTS);
  for (let place = from; place < said.pane.length; place += 1) {
    const pane = said.pane[place]!;
    if ((pane + 1) * length * 1e6 > now) break;
    const value = said.value[place] ?? null;
    if (pane > before + 1) points.push({ at: (before + 1) * length * 1e6, value: null });
    points.push({ at: pane * length * 1e6, value: value === null ? null : (value / 1e6) * scale });
    before = pane;
  }
  return points;
}
