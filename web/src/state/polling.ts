/** A question asked again and again while somebody looks: one at a time, slower while it fails. */

import { getCurrentScope, onScopeDispose, shallowRef, watch, type ShallowRef } from "vue";

import type { Problem } from "../api/contract";
import { ask, Refused } from "../api/http";

export interface Answer<T> {
  /** What was asked: an answer to another question is never shown as this one's. */
  path: string;
  said: T;
}

export interface Polled<T> {
  answer: Readonly<ShallowRef<Answer<T> | null>>;
  /** Why the last question got no answer; what was said before it is then old. */
  problem: Readonly<ShallowRef<Problem | null>>;
}

export const LONGEST_WAIT_MS = 15_000;

/** Wait twice as long after every failure in a row, up to a bound. */
export const waitAfter = (failures: number, everyMs: number): number =>
  Math.max(everyMs, Math.min(everyMs * 2 ** failures, LONGEST_WAIT_MS));

/** The platform understood and has no such thing: what was said before does not hold any more. */
const isFinal = (problem: Problem): boolean => problem.status >= 400 && problem.status < 500;

/** Ask `path` while it is not null, and at once when it changes. */
export function polled<T>(
  path: () => string | null,
  everyMs: number,
  get: (path: string) => Promise<T> = (asked) => ask(asked, undefined, { background: true }),
): Polled<T> {
  const answer = shallowRef<Answer<T> | null>(null);
  const problem = shallowRef<Problem | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let round = 0;
  let failures = 0;

  async function once(asked: string, mine: number): Promise<void> {
    try {
      const said = await get(asked);
      if (mine !== round) return;
      answer.value = { path: asked, said };
      problem.value = null;
      failures = 0;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (mine !== round) return;
      problem.value = error.problem;
      if (isFinal(error.problem) || answer.value?.path !== asked) answer.value = null;
      failures += 1;
    }
    timer = setTimeout(() => void once(asked, mine), waitAfter(failures, everyMs));
  }

  function stop(): void {
    round += 1;
    clearTimeout(timer);
  }

  watch(
    path,
    (asked) => {
      stop();
      if (asked === null) return;
      failures = 0;
      if (answer.value?.path !== asked) problem.value = null;
      void once(asked, round);
    },
    { immediate: true },
  );
  if (getCurrentScope()) onScopeDispose(stop);
  return { answer, problem };
}
