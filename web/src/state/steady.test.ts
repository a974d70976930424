import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { shallowRef } from "vue";

import { keptOrder, steady } from "./steady";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the order of rows", () => {
  it("is kept; what is new comes last and what is gone leaves", () => {
    expect(keptOrder(["a", "b", "c"], ["c", "d", "a"])).toEqual(["a", "c", "d"]);
  });

  it("follows the values after half a minute, not while it is read, at once for another subject", () => {
    const rows = shallowRef(["a", "b"]);
    const subject = shallowRef("here");
    const found = steady(() => rows.value, (row) => row, () => subject.value);
    rows.value = ["b", "a"];
    expect(found.rows.value).toEqual(["a", "b"]);
    vi.advanceTimersByTime(30_000);
    found.hold();
    rows.value = ["b", "a"].slice();
    expect(found.rows.value).toEqual(["a", "b"]);
    found.release();
    rows.value = ["b", "a"].slice();
    expect(found.rows.value).toEqual(["b", "a"]);
    subject.value = "there";
    rows.value = ["a", "b"];
    expect(found.rows.value).toEqual(["a", "b"]);
  });
});
