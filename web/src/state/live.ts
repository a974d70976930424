/** The live stream: a snapshot with a cursor, then every commit; lost lines are taken up again. */

import { computed, reactive, ref, shallowRef } from "vue";

import type { Change, Clock, Pace, Problem, Snapshot } from "../api/contract";
import { ask, Refused } from "../api/http";
import { gathering } from "./gather";
import { noteChange, resetHistory } from "./history";
import { Tables } from "./tables";

export type Connection = "loading" | "live" | "reconnecting" | "stale";

/** The platform says the time about once a second; silence for longer is worth saying. */
export const QUIET_MS = 6_000;
const GIVE_UP_MS = 20_000;
const BACKOFF_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000] as const;

export const tables = new Tables();
export const pace = reactive<Pace>({ rate: 1, paused: false });
export const failure = shallowRef<Problem | null>(null);

const wall = ref(Date.now());
const heardAt = ref(0);
const clock = shallowRef<{ now: number; at: number } | null>(null);
const open = ref(false);
const attempts = ref(0);

/** The last change that was heard; a lost line is taken up from here. */
let cursor = 0;
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Wait before the n-th attempt; the last step repeats. */
export function backoff(attempt: number): number {
  return BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)] ?? 0;
}

export function connectionOf(
  heard: number,
  isOpen: boolean,
  now: number,
): Connection {
  if (heard === 0) return "loading";
  if (now - heard <= QUIET_MS && isOpen) return "live";
  return isOpen ? "stale" : "reconnecting";
}

export const connection = computed(() => connectionOf(heardAt.value, open.value, wall.value));

/** Seconds since the platform was last heard. */
export const quietSeconds = computed(() =>
  heardAt.value === 0 ? 0 : Math.max(0, Math.round((wall.value - heardAt.value) / 1000)),
);

/** The city's time in µs: goes on between two words of the platform, stands still without them. */
export const now = computed(() => {
  if (clock.value === null) return 0;
  const since = Math.min(Math.max(0, wall.value - clock.value.at), QUIET_MS);
  return clock.value.now + (pace.paused ? 0 : since * 1000 * pace.rate);
});

/** Begin, and go on until the page closes. */
export function start(): void {
  setInterval(() => {
    wall.value = Date.now();
    if (open.value && wall.value - heardAt.value > GIVE_UP_MS) again();
  }, 500);
  void refetch();
}

async function refetch(): Promise<void> {
  try {
    const snapshot = await ask<Snapshot>("api/v1/live", undefined, { background: true });
    take.forget(); // what waits is older than the snapshot, or comes again after it
    tables.reset(snapshot);
    resetHistory(snapshot.rows.vitals ?? []);
    cursor = snapshot.cursor;
    heard(snapshot);
    failure.value = null;
    listen();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    failure.value = error.problem;
    later(() => void refetch());
  }
}

/** Shown together where the city says more than the screen can draw; never left out. */
const take = gathering<Change>((changes) => {
  for (const change of changes) {
    tables.apply(change);
    noteChange(change.put?.vitals ?? []);
  }
});

function listen(): void {
  source?.close();
  const stream = new EventSource(`stream?cursor=${cursor}`);
  source = stream;
  stream.onopen = () => {
    open.value = true;
    attempts.value = 0;
  };
  stream.onerror = () => {
    open.value = false;
    // The browser resumes by itself with Last-Event-ID unless it gave up for good.
    if (stream.readyState === EventSource.CLOSED && source === stream) later(() => void refetch());
  };
  stream.addEventListener("rows", (event) => {
    const change = JSON.parse(event.data as string) as Change;
    if (change.seq <= cursor) return;
    cursor = change.seq;
    take(change);
    heard(change);
  });
  stream.addEventListener("clock", (event) => heard(JSON.parse(event.data as string) as Clock));
  stream.addEventListener("signed_out", () => {
    stream.close();
    open.value = false;
    void refetch(); // is refused, and says so to whoever hears that the session is over
  });
  stream.addEventListener("reset", () => {
    stream.close();
    open.value = false;
    void refetch();
  });
}

/** Go on at once: somebody signed in again. */
export function resume(): void {
  clearTimeout(retry);
  attempts.value = 0;
  void refetch();
}

function again(): void {
  open.value = false;
  source?.close();
  later(listen);
}

function later(what: () => void): void {
  clearTimeout(retry);
  retry = setTimeout(what, backoff(attempts.value));
  attempts.value += 1;
}

function heard(word: Clock): void {
  const at = Date.now();
  heardAt.value = at;
  wall.value = at;
  clock.value = { now: word.now, at };
  if (word.pace) Object.assign(pace, word.pace);
}

/** Take up the pace a command answered with, before the next clock event says it too. */
export function hearPace(next: Partial<Pace>): void {
  if (clock.value) clock.value = { now: now.value, at: Date.now() };
  Object.assign(pace, next);
}
