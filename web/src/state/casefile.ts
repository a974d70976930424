/** A case with all that is known of it; asked again whenever the case itself changed. */

import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";

import type { CaseRow, CaseSeen, Problem } from "../api/contract";
import { ask, Refused } from "../api/http";
import { tables } from "./live";

export interface CaseFile {
  row: ComputedRef<CaseRow | undefined>;
  seen: Readonly<ShallowRef<CaseSeen | null>>;
  problem: Readonly<ShallowRef<Problem | null>>;
  /** Ask again now: something was done that the live rows may not tell. */
  again: () => Promise<void>;
}

export function caseFile(id: () => string): CaseFile {
  const seen = shallowRef<CaseSeen | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const mark = computed(() => `${id()} ${JSON.stringify(tables.get("cases", id()) ?? null)}`);

  async function again(): Promise<void> {
    try {
      seen.value = await ask<CaseSeen>(`api/v1/cases/${encodeURIComponent(id())}`);
      problem.value = null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      problem.value = error.problem;
    }
  }

  watch(mark, again, { immediate: true });
  return { row: computed(() => tables.get("cases", id()) ?? seen.value?.case), seen, problem, again };
}
