import { describe, expect, it } from "vitest";

import { byValue, coverage, curve, digits, inOrder, isShare, lag, paneLength, quantity } from "./sensed";

const EN = { lang: "en" } as const;

describe("values of sensors", () => {
  it("keep the digits that count", () => {
    const values = [0.3541, 2.954, 38.94, 22_014.7, -0.05, 0];
    expect(values.map((one) => digits(one, "en"))).toEqual(["0.354", "2.95", "38.9", "22,015", "-0.05", "0"]);
  });

  it("come in the unit people say", () => {
    expect(quantity(38_942_102, "ug/m3", EN)).toEqual({ value: "38.9", unit: "µg/m³" });
    expect(quantity(2_954_093_957, "mm", EN)).toEqual({ value: "2.95", unit: "m" });
    expect(quantity(120_000_000, "count", EN)).toEqual({ value: "120", unit: "" });
    expect(quantity(11_814_431, "ppm", EN)).toEqual({ value: "11.8", unit: "ppm" });
  });

  it("a share is a fraction, a gas in ppm is none", () => {
    expect(quantity(8_333, "ratio", { lang: "en", share: true })).toEqual({ value: "0.833", unit: "%" });
    expect(isShare({ unit: "ratio" })).toBe(true);
    expect(isShare({ unit: "ppm" })).toBe(false);
    expect(isShare({ unit: "", how: "share" })).toBe(true);
  });

  it("coverage is all only when all speak, and none only when none does", () => {
    const found = [1_000_000, 999_999, 990_001, 947_300, 9_999, 0].map((ppm) => coverage(ppm, "en"));
    expect(found).toEqual(["100%", "99.9%", "99%", "94%", "< 1%", "0%"]);
  });

  it("a lag in the unit of its size", () => {
    expect([340, 1_493, 95_000].map((ms) => lag(ms, "en"))).toEqual(["340 ms", "1.5 s", "1 min"]);
    expect(lag(1_493, "zh")).toBe("1.5秒");
  });
});

describe("rows of signs", () => {
  const of = (sign: string, level: "" | "blue" | "red", value_micro: number | null) => ({ sign, level, value_micro });

  it("warned ones first, the unknown last, nothing else moves", () => {
    const rows = [of("u", "", null), of("b", "", 9), of("a", "", 1), of("r", "red", null), of("w", "blue", 2)];
    expect(inOrder(rows).map((row) => row.sign)).toEqual(["r", "w", "b", "a", "u"]);
  });

  it("parts by value, and unknown is not 0", () => {
    const rows = [of("u", "", null), of("n", "", -1), of("z", "", 0), of("h", "", 7)];
    expect(byValue(rows).map((row) => row.sign)).toEqual(["h", "z", "n", "u"]);
  });
});

describe("the last day of a sign", () => {
  const NOW = 1_795_703_442_000_000;

  it("tells the length of its panes", () => {
    for (const length of [1, 60, 300, 600, 3_600]) {
      for (const ago of [0, 40_000, 86_399]) {
        const pane = Math.floor((NOW / 1e6 - ago) / length);
        expect(paneLength(pane, NOW)).toBe(length);
      }
    }
  });

  it("has a gap where panes are missing or unknown", () => {
    const first = Math.floor(NOW / 60e6) - 5;
    const points = curve({ pane: [first, first + 1, first + 4], value: [1e6, null, 3e6] }, NOW);
    expect(points.map((one) => one.value)).toEqual([1, null, null, 3]);
    expect(points.map((one) => one.at / 60e6 - first)).toEqual([0, 1, 2, 4]);
    expect(curve({ pane: [], value: [] }, NOW)).toEqual([]);
  });

  it("leaves out the pane that is still open: half a sum is no fall", () => {
    const open = Math.floor(NOW / 60e6);
    expect(curve({ pane: [open - 1, open], value: [5e6, 1e6] }, NOW).map((one) => one.value)).toEqual([5]);
  });

  it("a share is drawn in percent", () => {
    expect(curve({ pane: [Math.floor(NOW / 60e6) - 1], value: [8_333] }, NOW, 100)[0]?.value).toBeCloseTo(0.8333);
  });
});
