import { describe, expect, it } from "vitest";

import { backoff, connectionOf, QUIET_MS } from "./live";

describe("the connection", () => {
  it.each([
    ["nothing heard yet", 0, false, 1_000, "loading"],
    ["heard a moment ago", 1_000, true, 2_000, "live"],
    ["open but silent for too long", 1_000, true, 1_001 + QUIET_MS, "stale"],
    ["line lost", 1_000, false, 2_000, "reconnecting"],
    ["line lost for long", 1_000, false, 90_000, "reconnecting"],
  ] as const)("%s", (_, heard, open, now, expected) => {
    expect(connectionOf(heard, open, now)).toBe(expected);
  });

  it("waits longer with each attempt, up to a bound", () => {
    const waits = Array.from({ length: 12 }, (_, attempt) => backoff(attempt));
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.at(-1)).toBe(15_000);
  });
});
