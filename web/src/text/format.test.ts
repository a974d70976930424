import { describe, expect, it } from "vitest";

import { fill } from "../words/fill";
import { duration, measured, moment, quantity, timeOfDay, urgency } from "./format";
import { thresholdsOf } from "./thresholds";

const MIN = 60e6;
const SHANGHAI = { zone: "Asia/Shanghai", lang: "en" } as const;
const NOW = Date.UTC(2026, 6, 23, 19, 0) * 1000; // 03:00 on the 24th in Shanghai

describe("times", () => {
  it("a length in its two largest units, cut off, never rounded up", () => {
    expect(duration(59.9e6, "en")).toBe("59 s");
    expect(duration(95 * MIN, "en")).toBe("1 h 35 min");
    expect(duration(120 * MIN, "zh")).toBe("2小时");
    expect(duration(-(26 * 60 + 59) * MIN, "en")).toBe("1 d 2 h");
  });

  it("are of the city's zone, whatever the browser's", () => {
    expect(timeOfDay(NOW, SHANGHAI)).toBe("03:00");
    expect(timeOfDay(NOW, { zone: "America/New_York", lang: "zh" })).toBe("15:00");
    expect(timeOfDay(NOW - 180 * MIN, SHANGHAI)).toBe("00:00");
  });

  it("carry the day when it is another one in the city", () => {
    expect(moment(NOW - 181 * MIN, NOW, SHANGHAI)).toMatch(/23 Jul.* 23:59/);
    expect(moment(NOW - 179 * MIN, NOW, SHANGHAI)).toBe("00:01");
  });

  it("a deadline is overdue only after it", () => {
    expect(urgency(NOW, NOW)).toBe("soon");
    expect(urgency(NOW - 1, NOW)).toBe("overdue");
    expect(urgency(NOW + 30 * MIN + 1, NOW)).toBe("hour");
    expect(urgency(null, NOW)).toBe("none");
  });
});

describe("words", () => {
  it("numbers: one digit while small", () => {
    expect([84.52, 1234.5, 0].map((value) => measured(value, "en"))).toEqual(["84.5", "1,235", "0"]);
  });

  it("quantities: in the unit people say", () => {
    expect(quantity(4_620, "mm", "en")).toEqual({ value: "4.62", unit: "m" });
    expect(quantity(281, "mm", "zh")).toEqual({ value: "281", unit: "mm" });
    expect(quantity(5_400, "people", "en")).toEqual({ value: "5,400", unit: "people" });
  });

  it("choose one and many, and leave what nobody gave", () => {
    expect(fill("{n} {n|case|cases} in {area}", { n: 1 })).toBe("1 case in {area}");
    expect(fill("{n} {n|case|cases}", { n: 0 })).toBe("0 cases");
  });

  it("thresholds by level of area, or for all", () => {
    const up = { blue: 35, red: 100 };
    expect(thresholdsOf({ district: { up } }, "district")).toEqual(up);
    expect(thresholdsOf({ district: { up } }, "city")).toEqual({});
    expect(thresholdsOf({ up }, "city")).toEqual(up);
    expect(thresholdsOf(null, "city")).toEqual({});
  });
});
