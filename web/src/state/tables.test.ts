import { computed } from "vue";
import { describe, expect, it } from "vitest";

import type { CaseRow, VitalRow } from "../api/contract";
import { Tables } from "./tables";

const aCase = (id: string, dueAt: number | null = null): CaseRow => ({
  case: id, incident: "incident:1", type: "noise", area: "a", state: "filed", unit: "",
  filed_at: 0, due_at: dueAt, fell_due: false, members: 1, hops: 0, rework: 0,
});

const vital = (area: string, value: number): VitalRow => ({
  sign: "rain", type: "", area, window_s: 3600, value_micro: value,
  expected_ppm: null, surprise_milli: null, as_of: 1,
});

describe("the rows of the screen", () => {
  it("put by key and drop by key", () => {
    const tables = new Tables();
    tables.reset({ rows: { cases: [aCase("case:1"), aCase("case:2")] } });
    tables.apply({ put: { cases: [aCase("case:2", 9), aCase("case:3")] }, drop: { cases: ["case:1"] } });
    expect(tables.all("cases").map((row) => [row.case, row.due_at])).toEqual([["case:2", 9], ["case:3", null]]);
  });

  it("know keys of several parts, sent as a list", () => {
    const tables = new Tables();
    tables.reset({ rows: { vitals: [vital("a", 1), vital("b", 2)] } });
    tables.apply({ drop: { vitals: [["rain", "", "a"]] } });
    expect(tables.all("vitals").map((row) => row.area)).toEqual(["b"]);
    expect(tables.get("vitals", "rain", "", "b")?.value_micro).toBe(2);
  });

  it("a key that is both dropped and put in one commit is there afterwards", () => {
    const tables = new Tables();
    tables.apply({ put: { cases: [aCase("case:1", 5)] }, drop: { cases: ["case:1"] } });
    expect(tables.get("cases", "case:1")?.due_at).toBe(5);
  });

  it("take the same commit twice without harm, and tables they do not know without failing", () => {
    const tables = new Tables();
    const change = { put: { cases: [aCase("case:1")], weather: [{}] }, drop: {} };
    tables.apply(change);
    tables.apply(change);
    expect(tables.all("cases")).toHaveLength(1);
  });

  it("tell computed values of a change, and only those of the table", () => {
    const tables = new Tables();
    let looked = 0;
    const count = computed(() => {
      looked += 1;
      return tables.all("cases").length;
    });
    expect(count.value).toBe(0);
    tables.apply({ put: { vitals: [vital("a", 1)] } });
    expect(count.value).toBe(0);
    expect(looked).toBe(1);
    tables.apply({ put: { cases: [aCase("case:1")] } });
    expect(count.value).toBe(1);
  });

  it("forget everything at a reset", () => {
    const tables = new Tables();
    tables.reset({ rows: { cases: [aCase("case:1")] } });
    tables.reset({ rows: {} });
    expect(tables.all("cases")).toEqual([]);
  });
});
