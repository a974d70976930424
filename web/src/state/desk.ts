/** What lies on the desk: reports nobody has classed yet, and cases, filtered as one works. */

import { computed, ref, shallowRef } from "vue";

import type { CaseRow, IntakeReport, Problem } from "../api/contract";
import { ask, Refused } from "../api/http";
import { urgency } from "../text/format";
import { areaName, typeName, unitName } from "./city";
import { cases, minute } from "./derived";
import { tables } from "./live";
import { inFront } from "./onscreen";
import { area, page } from "./place";
import { polled } from "./polling";
import { may, watches, who } from "./session";

// --- cases --------------------------------------------------------------------------------------

export type Sieve = "all" | "overdue" | "soon" | "nobody" | "rework";
export const SIEVES: readonly Sieve[] = ["all", "overdue", "soon", "nobody", "rework"];

const PASSES: Record<Sieve, (row: CaseRow) => boolean> = {
  all: () => true,
  overdue: (row) => urgency(row.due_at, minute.value) === "overdue",
  soon: (row) => ["soon", "hour"].includes(urgency(row.due_at, minute.value)),
  nobody: (row) => !row.unit || tables.get("desks", row.case)?.waits_for_person === true,
  rework: (row) => row.rework > 0,
};

export const sieve = ref<Sieve>("all");
export const wanted = ref("");

export const counts = computed(() => {
  const found = {} as Record<Sieve, number>;
  for (const one of SIEVES) found[one] = cases.value.filter(PASSES[one]).length;
  return found;
});

/** Everything a person might type to find a case: its number, what, where and whose. */
const said = (row: CaseRow): string =>
  [row.case, typeName(row.type), areaName(row.area), row.unit && unitName(row.unit)].join(" ").toLowerCase();

export const onDesk = computed(() => {
  const words = wanted.value.toLowerCase().split(/\s+/).filter(Boolean);
  return cases.value.filter(
    (row) => PASSES[sieve.value](row) && words.every((word) => said(row).includes(word)),
  );
});

// --- all cases, also those that ended -------------------------------------------------------------

export const STATES = [
  "reported_back", "dispatched", "accepted", "returned", "deferred", "ledgered", "verified", "closed",
] as const;
export const storedState = ref<(typeof STATES)[number]>("reported_back");
export const stored = shallowRef<CaseRow[]>([]);
export const storedNext = ref<string | null>(null);
export const storedProblem = shallowRef<Problem | null>(null);

/** A page of cases in that state, newest first; asked of the store, for it may hold a million. */
export async function loadStored(more: boolean): Promise<void> {
  const query = new URLSearchParams({ state: storedState.value, limit: "50", area: area.value });
  if (more && storedNext.value) query.set("cursor", storedNext.value);
  try {
    const found = await ask<{ cases: CaseRow[]; next: string | null }>(`api/v1/cases?${query}`);
    stored.value = more ? [...stored.value, ...found.cases] : found.cases;
    storedNext.value = found.next;
    storedProblem.value = null;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    storedProblem.value = error.problem;
  }
}

// --- reports that wait ----------------------------------------------------------------------------

const DESK_MS = 5_000;
const isAllowed = (): boolean => who.value === "visitor" || may("desk:read");
const isAtDesk = (): boolean => inFront.value && (page.value === "desk" || !watches());
const deskPath = (): string | null =>
  isAtDesk() && isAllowed() ? `api/v1/desk?limit=100&area=${encodeURIComponent(area.value)}` : null;
const polledDesk = polled<{ reports: IntakeReport[]; next: string | null }>(deskPath, DESK_MS);

export const deskProblem = polledDesk.problem;
/** Who waits longest stands first; null until it is known. */
export const waiting = computed<IntakeReport[] | null>(() => {
  const found = polledDesk.answer.value?.said.reports;
  return found ? [...found].sort((a, b) => a.taken_at - b.taken_at) : null;
});
