/** What the stream lane knows, where the platform runs one; elsewhere nothing of it is shown. */

import { computed, ref, shallowRef } from "vue";

import type { FeedsSaid, Named, SensorFeed, SensorSign } from "../api/contract";
import { ask, Refused } from "../api/http";
import { readable } from "../text/sensed";
import { coded } from "../words";
import { areaName, areas, named, pathTo, sensorSigns, signName } from "./city";
import { backoff } from "./live";
import { inFront } from "./onscreen";
import { area } from "./place";
import { polled } from "./polling";

const FEEDS_MS = 5_000;
const FEEDS = "api/v1/sensing/feeds";

export const hasLane = ref(false);
/** There is no lane, or it is not for these eyes: neither is an error. */
const NO_LANE: readonly number[] = [401, 403, 404];

/** Ask once whether there is a lane; again only while the line fails. */
export async function findLane(attempt = 0): Promise<void> {
  try {
    await ask<FeedsSaid>(FEEDS);
    const { signs } = await ask<{ signs: SensorSign[] }>("api/v1/sensing/signs");
    noteSigns(signs);
    hasLane.value = true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (!NO_LANE.includes(error.problem.status)) {
      setTimeout(() => void findLane(attempt + 1), backoff(attempt));
    }
  }
}

/** What signs are called is learned from what they say; most polls bring nothing new. */
export function noteSigns(said: readonly SensorSign[]): void {
  const fresh = said.filter((one) => one.name && !sensorSigns.value.has(one.sign));
  if (fresh.length > 0) {
    sensorSigns.value = new Map([...sensorSigns.value, ...fresh.map((one) => [one.sign, one] as const)]);
  }
}

export const signsPath = (code: string): string =>
  `api/v1/sensing/signs?area=${encodeURIComponent(code)}`;
export const signPath = (sign: string, code: string): string =>
  `api/v1/sensing/signs/${encodeURIComponent(sign)}?area=${encodeURIComponent(code)}`;
export const historyPath = (sign: string, code: string): string =>
  `api/v1/sensing/signs/${encodeURIComponent(sign)}/history?area=${encodeURIComponent(code)}`;

// --- feeds ------------------------------------------------------------------------------------

const feedsPath = (): string | null =>
  hasLane.value && inFront.value ? `${FEEDS}?area=${encodeURIComponent(area.value)}` : null;
const feedsPolled = polled<FeedsSaid>(feedsPath, FEEDS_MS);
const nothing = shallowRef<SensorFeed[]>([]);

export const feedsProblem = feedsPolled.problem;
export const sensorFeeds = computed(() => feedsPolled.answer.value?.said.feeds ?? nothing.value);
/** Only those of the area one looks at: null until they are known. */
export const sensedProperties = computed(() => {
  const found = feedsPolled.answer.value;
  if (!found) return null;
  return found.path === `${FEEDS}?area=${encodeURIComponent(area.value)}` ? found.said.properties : null;
});

// --- names ------------------------------------------------------------------------------------

export const sensedName = (row: { sign: string; name?: Named }): string =>
  row.name ? named(row.name, readable(row.sign)) : signName(row.sign);
export const feedName = (row: { feed: string; name?: Named }): string =>
  row.name ? named(row.name, row.feed) : (coded("feed", row.feed) ?? readable(row.feed));
export const propertyName = (row: { property: string; name?: Named }): string =>
  row.name
    ? named(row.name, row.property)
    : (coded("property", row.property) ?? readable(row.property));

/** A unit grid has no name of its own: it is a number within the smallest named area around it. */
export function placeName(code: string): string {
  if (areas.value.has(code)) return areaName(code);
  for (let length = code.length - 1; length >= 6; length -= 1) {
    const around = code.slice(0, length);
    if (areas.value.has(around)) return `${areaName(around)} ${code.slice(length)}`;
  }
  return code;
}

/** The area the sign of a detail is asked in: `drain_level`, or `drain_level@319901001001004`. */
export function placeOf(id: string): { sign: string; area: string } {
  const [sign = "", code = ""] = id.split("@");
  return { sign, area: code || area.value };
}

export const levelAbove = (code: string): string | undefined => pathTo(code).at(-2);
