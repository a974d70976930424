/** The drill, where there is one: how far it is, its end, and then the debrief. */

import { computed, ref, shallowRef } from "vue";

import type { Debrief, DrillAbout } from "../api/drill";
import { ask, Refused } from "../api/http";
import { sayRefused } from "./commands";
import { now } from "./live";

const LOOK_MS = 4_000;
const LOOK_SOON_MS = 700;

export const drill = shallowRef<DrillAbout | null>(null);
export const debrief = shallowRef<Debrief | null>(null);
/** Whether the debrief lies open; it opens by itself once. */
export const debriefOpen = ref(false);

/** What is left of the evening, in the city's microseconds. */
export const left = computed(() => Math.max(0, (drill.value?.until_at ?? 0) - now.value));

let timer: ReturnType<typeof setTimeout> | undefined;

/** Look how far the drill is, again and again, until its debrief is here. */
export async function followDrill(): Promise<void> {
  clearTimeout(timer);
  try {
    drill.value = await ask<DrillAbout>("api/v1/drill");
    if (drill.value.state === "ready") {
      debrief.value = await ask<Debrief>("api/v1/drill/debrief");
      debriefOpen.value = true;
      return;
    }
    if (drill.value.state === "failed") return;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.problem.status === 404) return; // a demonstration, but no drill
  }
  const soon = drill.value?.state === "debriefing" || (drill.value !== null && left.value === 0);
  timer = setTimeout(() => void followDrill(), soon ? LOOK_SOON_MS : LOOK_MS);
}

export async function endDrill(): Promise<void> {
  try {
    drill.value = await ask<DrillAbout>("api/v1/drill/end", {});
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    sayRefused(error.problem);
  }
  void followDrill();
}
