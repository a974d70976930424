import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, nextTick, ref } from "vue";

import { Refused } from "../api/http";
import { LONGEST_WAIT_MS, polled, waitAfter } from "./polling";

const EVERY_MS = 2_000;
const refusal = (status: number): Refused =>
  new Refused({ title: "", detail: "", status, code: "", where: "", remedy: "", params: {} });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function asking(get: (path: string) => Promise<string>) {
  const path = ref<string | null>("a");
  const scope = effectScope();
  const found = scope.run(() => polled<string>(() => path.value, EVERY_MS, get))!;
  return { path, scope, ...found };
}

describe("a question asked again and again", () => {
  it("waits for its answer before it is asked again, and stops with its scope", async () => {
    const waiting: ((said: string) => void)[] = [];
    const get = vi.fn(() => new Promise<string>((resolve) => void waiting.push(resolve)));
    const { answer, scope } = asking(get);
    await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
    expect(get).toHaveBeenCalledTimes(1);
    waiting[0]?.("first");
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(answer.value).toEqual({ path: "a", said: "first" });
    expect(get).toHaveBeenCalledTimes(2);
    scope.stop();
    waiting[1]?.("second");
    await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
    expect(get).toHaveBeenCalledTimes(2);
    expect(answer.value?.said).toBe("first");
  });

  it("is not asked while nobody looks, and at once when somebody does", async () => {
    const get = vi.fn(async (path: string) => path);
    const { path } = asking(get);
    await vi.advanceTimersByTimeAsync(1);
    path.value = null;
    await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
    expect(get).toHaveBeenCalledTimes(1);
    path.value = "a";
    await vi.advanceTimersByTimeAsync(1);
    expect(get).toHaveBeenCalledTimes(2);
  });

  it("takes no answer to another question", async () => {
    const waiting = new Map<string, (said: string) => void>();
    const { path, answer } = asking((asked) => new Promise((done) => void waiting.set(asked, done)));
    path.value = "b";
    await nextTick();
    waiting.get("b")?.("of b");
    await vi.advanceTimersByTimeAsync(1);
    waiting.get("a")?.("of a");
    await vi.advanceTimersByTimeAsync(1);
    expect(answer.value).toEqual({ path: "b", said: "of b" });
  });

  it("keeps what was said when the line fails, and lets it go when there is no such thing", async () => {
    const get = vi.fn(async (path: string) => path);
    const { answer, problem } = asking(get);
    await vi.advanceTimersByTimeAsync(1);
    get.mockRejectedValueOnce(refusal(0));
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(problem.value?.status).toBe(0);
    expect(answer.value?.said).toBe("a");
    await vi.advanceTimersByTimeAsync(2 * EVERY_MS);
    expect(problem.value).toBeNull();
    get.mockRejectedValueOnce(refusal(422));
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(answer.value).toBeNull();
  });

  it("slows down while it fails, up to a bound", () => {
    expect([0, 1, 2, 3, 40].map((n) => waitAfter(n, EVERY_MS))).toEqual([
      2_000, 4_000, 8_000, LONGEST_WAIT_MS, LONGEST_WAIT_MS,
    ]);
    expect(waitAfter(1, 60_000)).toBe(60_000);
  });
});
