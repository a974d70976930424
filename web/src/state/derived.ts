/** What the screen shows of the rows, for the area one looks at: lists, worst levels, sentences. */

import { computed } from "vue";

import type {
  CaseRow,
  CrewRow,
  DeskRow,
  ResponseRow,
  Sign,
  SignRow,
  VitalRow,
  WarningLevel,
  WarningRow,
} from "../api/contract";
import { urgency, type Urgency } from "../text/format";
import { areas, city, partHolding, partsOf, pathTo, signs, within } from "./city";
import { now, tables } from "./live";
import { area } from "./place";

export const LEVELS: readonly WarningLevel[] = ["blue", "yellow", "orange", "red"];
export const rank = (level: string): number => LEVELS.indexOf(level as WarningLevel);

/** The city's time, changing once a city minute: deadlines need no more, and lists stay calm. */
export const minute = computed(() => Math.floor(now.value / 60e6) * 60e6);

/** Every row of every list is asked at every change, so what lies here is worked out once an area. */
const inside = computed(() => new Set([...areas.value.keys()].filter((code) => within(code, area.value))));
const here = (code: string): boolean =>
  inside.value.has(code) || (area.value === city.value?.root_area && !areas.value.has(code));
/** Here, or about a larger area that holds this one: rain over the district is rain here. */
const concerns = (code: string): boolean => here(code) || within(area.value, code);

const standing = computed(() => tables.all("warnings").filter((row) => row.level !== ""));

export const warnings = computed<WarningRow[]>(() =>
  standing.value
    .filter((row) => concerns(row.area))
    .sort((a, b) => rank(b.level) - rank(a.level) || b.onset_at - a.onset_at),
);

export const cases = computed<CaseRow[]>(() =>
  tables
    .all("cases")
    .filter((row) => here(row.area))
    .sort((a, b) => (a.due_at ?? Infinity) - (b.due_at ?? Infinity) || a.filed_at - b.filed_at),
);

export const byUrgency = computed(() => {
  const counts: Record<Urgency, number> = { overdue: 0, soon: 0, hour: 0, later: 0, none: 0 };
  for (const row of cases.value) counts[urgency(row.due_at, minute.value)] += 1;
  return counts;
});

/** A crew works where its case is, else where its last place says; without either it is the city's. */
export const crewArea = (row: CrewRow): string =>
  (row.case && tables.get("cases", row.case)?.area) || city.value?.root_area || "";

const CREW_ORDER = ["on_site", "under_way", "free"];
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const crews = computed<CrewRow[]>(() =>
  tables
    .all("crews")
    .filter((row) => (row.case ? here(crewArea(row)) : true))
    .sort(
      (a, b) =>
        CREW_ORDER.indexOf(a.state) - CREW_ORDER.indexOf(b.state) || inOrder(a.unit, b.unit),
    ),
);

export type Decision =
  | { kind: "response"; id: string; area: string; level: string; row: ResponseRow }
  | { kind: "route"; id: string; area: string; dueAt: number | null; row: DeskRow };

const weight = (one: Decision): number => (one.kind === "response" ? rank(one.level) + 1 : 0);

export const decisions = computed<Decision[]>(() => {
  const responses: Decision[] = tables
    .all("responses")
    .filter((row) => row.state === "proposed" && concerns(row.area))
    .map((row) => {
      const level = tables.get("warnings", row.warning)?.level ?? "";
      return { kind: "response", id: row.proposal, area: row.area, level, row };
    });
  const desks: Decision[] = tables
    .all("desks")
    .filter((row) => row.waits_for_person && here(row.area))
    .map((row) => {
      const dueAt = tables.get("cases", row.case)?.due_at ?? null;
      return { kind: "route", id: row.case, area: row.area, dueAt, row };
    });
  const due = (one: Decision): number => (one.kind === "route" ? (one.dueAt ?? Infinity) : 0);
  return [...responses, ...desks].sort((a, b) => weight(b) - weight(a) || due(a) - due(b));
});

// --- signs ------------------------------------------------------------------------------------

export interface SignSeen {
  sign: Sign;
  state: "unknown" | "never" | "usual" | WarningLevel;
  row: SignRow | undefined;
  /** Highest first; for areas above the one looked at only where nothing lies within. */
  values: VitalRow[];
}

const high = (row: VitalRow): number => row.surprise_milli ?? row.value_micro;

export const signsSeen = computed<SignSeen[]>(() => {
  const vitals = tables.all("vitals");
  return signs.value.map((sign) => {
    const own = vitals.filter((row) => row.sign === sign.name).sort((a, b) => high(b) - high(a));
    const inside = own.filter((row) => here(row.area));
    const values = inside.length > 0 ? inside : own.filter((row) => concerns(row.area));
    const row = tables.get("signs", sign.name);
    const worst = warnings.value.find((one) => one.sign === sign.name);
    const usual = worst?.level || "usual";
    return { sign, state: !row ? "never" : row.fresh ? usual : "unknown", row, values };
  });
});

// --- parts of the area ------------------------------------------------------------------------

export interface Part {
  code: string;
  level: WarningLevel | "";
  decisions: number;
  cases: number;
  overdue: number;
  crews: number;
  reports: number;
}

export const parts = computed<readonly string[]>(() => {
  const found = partsOf(area.value);
  return found.length > 0 ? found : area.value ? [area.value] : [];
});

const holders = computed(() => {
  const wanted = new Set(parts.value);
  return new Map([...areas.value.keys()].map((code) => [code, partHolding(code, wanted)]));
});

/** The part that holds an area, if one does. */
export const partOf = (code: string): string | undefined => holders.value.get(code);

export const partsSeen = computed<Part[]>(() => {
  const holder = holders.value;
  const empty = { level: "", decisions: 0, cases: 0, overdue: 0, crews: 0, reports: 0 } as const;
  const found = new Map<string, Part>(parts.value.map((code) => [code, { code, ...empty }]));
  const at = (code: string): Part | undefined => found.get(holder.get(code) ?? "");
  for (const row of standing.value) {
    const part = at(row.area);
    if (part && rank(row.level) > rank(part.level)) part.level = row.level;
  }
  for (const row of cases.value) {
    const part = at(row.area);
    if (!part) continue;
    part.cases += 1;
    if (urgency(row.due_at, minute.value) === "overdue") part.overdue += 1;
  }
  for (const one of decisions.value) {
    const part = at(one.area);
    if (part) part.decisions += 1;
  }
  for (const row of crews.value) {
    const part = row.case ? at(crewArea(row)) : undefined;
    if (part) part.crews += 1;
  }
  for (const row of tables.all("areas")) {
    const part = at(row.area);
    if (part) part.reports += row.open_reports;
  }
  return [...found.values()];
});

/** Warnings of the whole area one looks at, or of a larger one: said in words above the map. */
export const wholeWarnings = computed(() => {
  const shown = new Set(parts.value.filter((code) => code !== area.value));
  return warnings.value.filter((row) => !partHolding(row.area, shown));
});

/** The exact areas under a warning, with their worst level: outlined on the map. */
export const warnedAreas = computed(() => {
  const found = new Map<string, WarningRow>();
  for (const row of standing.value) {
    const known = found.get(row.area);
    if (!known || rank(row.level) > rank(known.level)) found.set(row.area, row);
  }
  return found;
});

export const breadcrumbs = computed(() => pathTo(area.value));
