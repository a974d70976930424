/** The newcomer's first decision: find it, decide it, see what came of it. */

import { computed, ref } from "vue";

import { demo } from "./city";
import { decisions } from "./derived";
import { keep, keptValue } from "./prefs";

const dismissed = ref(keptValue("hint") === "done");
const decided = ref(false);
const looked = ref(false);

export type Step = "none" | "response" | "route" | "decided" | "look";

export const step = computed<Step>(() => {
  if (looked.value) return "look";
  if (decided.value) return "decided";
  return decisions.value[0]?.kind ?? "none";
});

/** Where nothing can be let happen it is no place to try things out: a drill. */
export const hinting = computed(() => (demo.value?.events.length ?? 0) > 0 && !dismissed.value);

export function noteDecided(): void {
  decided.value = true;
}

export function noteLooked(): void {
  if (decided.value) looked.value = true;
}

export function dismissHint(): void {
  dismissed.value = true;
  keep("hint", "done");
}
