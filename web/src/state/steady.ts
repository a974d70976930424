/** Rows by their value, whose order stands still while somebody reads: no row jumps at a poll. */

import { computed, ref, watch, type ComputedRef } from "vue";

const SETTLED_MS = 30_000;

/** The known order without what is gone; what is new comes at the end. */
export function keptOrder(known: readonly string[], now: readonly string[]): string[] {
  const there = new Set(now);
  const had = new Set(known);
  return [...known.filter((one) => there.has(one)), ...now.filter((one) => !had.has(one))];
}

export interface Steady<T> {
  rows: ComputedRef<T[]>;
  /** While a pointer or the keyboard is in the rows their order is left alone. */
  hold: () => void;
  release: () => void;
}

/** Order `rows` as they come, anew at most twice a minute; at once for another `subject`. */
export function steady<T>(
  rows: () => readonly T[],
  keyOf: (row: T) => string,
  subject: () => string,
): Steady<T> {
  const order = ref<readonly string[]>([]);
  let about = "";
  let settledAt = 0;
  let held = false;

  watch(
    rows,
    (found) => {
      const now = found.map(keyOf);
      const isNew = about !== subject() || order.value.length === 0;
      if (isNew || (!held && Date.now() - settledAt >= SETTLED_MS)) {
        order.value = now;
        settledAt = Date.now();
        about = subject();
      } else {
        order.value = keptOrder(order.value, now);
      }
    },
    { immediate: true, flush: "sync" },
  );

  return {
    rows: computed(() => {
      const byKey = new Map(rows().map((row) => [keyOf(row), row]));
      return order.value.map((key) => byKey.get(key)).filter((row): row is T => row !== undefined);
    }),
    hold: () => void (held = true),
    release: () => void (held = false),
  };
}
