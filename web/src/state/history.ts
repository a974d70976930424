/** What the vital signs were since this page was opened: short series, kept in this page only. */

import { shallowReactive } from "vue";

import type { VitalRow } from "../api/contract";

export interface Point {
  at: number;
  value: number;
}

const MOST_POINTS = 720;
const MOST_CELLS = 3_000;

const series = shallowReactive(new Map<string, readonly Point[]>());

const nameOf = (sign: string, type: string, area: string): string => `${sign} ${type} ${area}`;

export function resetHistory(rows: readonly VitalRow[]): void {
  series.clear();
  noteChange(rows);
}

export function noteChange(rows: readonly VitalRow[]): void {
  for (const row of rows) {
    const name = nameOf(row.sign, row.type, row.area);
    const known = series.get(name) ?? [];
    if (known.length === 0 && series.size >= MOST_CELLS) continue;
    const last = known.at(-1);
    const kept = last !== undefined && last.at >= row.as_of ? known.slice(0, -1) : known;
    series.set(name, [...kept, { at: row.as_of, value: row.value_micro / 1e6 }].slice(-MOST_POINTS));
  }
}

export function historyOf(sign: string, type: string, area: string): readonly Point[] {
  return series.get(nameOf(sign, type, area)) ?? [];
}
