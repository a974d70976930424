/** What comes faster than it can be drawn waits a moment and is drawn together. */

import { nextTick } from "vue";

/** How many times longer the screen rests than it drew: it never takes more than a fifth. */
const REST = 4;
const LONGEST_REST_MS = 1_500;

export interface Gathering<T> {
  (one: T): void;
  /** Leave out what waits. */
  forget(): void;
}

/** Return a function that hands on what it is given, in order, all that came since at once. */
export function gathering<T>(take: (all: readonly T[]) => void): Gathering<T> {
  let waiting: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let restUntil = 0;

  async function hand(): Promise<void> {
    const all = waiting;
    waiting = [];
    const began = performance.now();
    try {
      take(all);
      await nextTick(); // by then it is drawn
    } finally {
      const now = performance.now();
      restUntil = now + Math.min((now - began) * REST, LONGEST_REST_MS);
      timer = undefined;
      if (waiting.length > 0) later();
    }
  }

  function later(): void {
    timer ??= setTimeout(() => void hand(), Math.max(0, restUntil - performance.now()));
  }

  const add = (one: T): void => {
    waiting.push(one);
    later();
  };
  return Object.assign(add, { forget: () => void (waiting = []) });
}
