import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { gathering } from "./gather";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("changes that come faster than they are drawn", () => {
  it("are handed on in order, all that came meanwhile at once", async () => {
    const drawn: number[][] = [];
    const add = gathering<number>((all) => void drawn.push([...all]));
    add(1);
    add(2);
    await vi.advanceTimersByTimeAsync(1);
    add(3);
    await vi.advanceTimersByTimeAsync(1);
    expect(drawn).toEqual([[1, 2], [3]]);
  });

  it("wait four times as long as the drawing took, at most a second and a half", async () => {
    let took = 100;
    const at: number[] = [];
    const add = gathering<number>(() => {
      at.push(performance.now());
      vi.setSystemTime(Date.now() + took);
      vi.advanceTimersByTime(took);
    });
    add(1);
    await vi.advanceTimersByTimeAsync(1);
    add(2);
    await vi.advanceTimersByTimeAsync(390);
    expect(at).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(20);
    expect(at).toHaveLength(2);
    took = 10_000;
    await vi.advanceTimersByTimeAsync(500);
    add(3);
    await vi.advanceTimersByTimeAsync(1);
    add(4);
    await vi.advanceTimersByTimeAsync(1_600);
    expect(at).toHaveLength(4);
  });

  it("are left out when a snapshot takes their place", async () => {
    const drawn: number[] = [];
    const add = gathering<number>((all) => void drawn.push(...all));
    add(1);
    add.forget();
    await vi.advanceTimersByTimeAsync(10);
    add(2);
    await vi.advanceTimersByTimeAsync(10);
    expect(drawn).toEqual([2]);
  });
});
