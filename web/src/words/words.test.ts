import { describe, expect, it } from "vitest";

import { en } from "./en";
import { zh } from "./zh";

const names = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)/g)].map((found) => found[1] ?? ""))].sort();

describe("the two languages", () => {
  it("take the same values in every sentence", () => {
    // Chinese needs no plural, but may not lose a number; the order of words is its own.
    const differing = (Object.keys(en) as (keyof typeof en)[]).filter(
      (word) => names(en[word]).join() !== names(zh[word]).join(),
    );
    expect(differing).toEqual([]);
  });
});
