/** The newcomer's first decision: find it, decide it, see what came of it. */

import { computed, ref, shallowRef, watch, watchEffect } from "vue";

import type { DemoEvent } from "../api/contract";
import { demo } from "./city";
import { decisions } from "./derived";
import { now, tables } from "./live";
import { detail, type Detail } from "./place";
import { keep, keptValue } from "./prefs";

/** After so much of the city's time without a decision another event is worth trying. */
const BEGUN_US = 30 * 60e6;

const dismissed = ref(keptValue("hint") === "done");
const begunAt = ref<number | null>(null);
const decided = shallowRef<Detail | null>(null);
/** Whether tasks come of it: they are rows a moment later. */
const hasTasks = ref(false);
const looked = ref(false);

export type Step = "none" | "begun" | "response" | "route" | "decided" | "look";

const isBegun = computed(() => begunAt.value !== null && now.value - begunAt.value < BEGUN_US);

export const step = computed<Step>(() => {
  if (looked.value) return "look";
  if (decided.value) return "decided";
  return decisions.value[0]?.kind ?? (isBegun.value ? "begun" : "none");
});

/** Where nothing can be let happen it is no place to try things out: a drill. */
export const hinting = computed(() => (demo.value?.events.length ?? 0) > 0 && !dismissed.value);

/** The event to begin with: what the demonstration names, else its first. */
export const firstEvent = computed<DemoEvent | undefined>(() => {
  const events = demo.value?.events ?? [];
  return events.find((one) => one.kind === demo.value?.first) ?? events[0];
});

const task = shallowRef<Detail | null>(null);
watchEffect(() => {
  const known = decided.value;
  if (known?.kind !== "warning" || task.value) return;
  const filed = tables.all("cases").find((row) => row.incident === known.id);
  if (filed) task.value = { kind: "case", id: filed.case };
});

/** Where a decision can be seen: its case; for a response the first task it set in motion. */
export const outcome = computed<Detail | null>(() =>
  hasTasks.value ? task.value : decided.value,
);

export function noteBegun(): void {
  begunAt.value = now.value;
}

/** Remember what was decided: the case that got a unit, or the warning whose response it was. */
export function noteDecided(what: Detail, { tasks = false }: { tasks?: boolean } = {}): void {
  if (decided.value) return; // the first decision is the one that is followed
  hasTasks.value = tasks;
  decided.value = what;
}

watch(detail, (opened) => {
  if (opened && decided.value && (opened.kind === "case" || opened.kind === "warning")) looked.value = true;
});

export function dismissHint(): void {
  dismissed.value = true;
  keep("hint", "done");
}
