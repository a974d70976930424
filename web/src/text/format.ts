/** Times, ages and numbers as words; pure, so language and zone are passed in. */

import type { Lang } from "../api/contract";

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

const WORDS = {
  en: { d: " d", h: " h", m: " min", s: " s", gap: " " },
  zh: { d: "天", h: "小时", m: "分钟", s: "秒", gap: "" },
} as const;

const locale = (lang: Lang): string => (lang === "zh" ? "zh-CN" : "en-GB");

/** A length of time in its two largest units: `95 min` is `1 h 35 min`. */
export function duration(microseconds: number, lang: Lang): string {
  const words = WORDS[lang];
  const s = Math.floor(Math.abs(microseconds) / 1e6);
  if (s < MINUTE_S) return `${s}${words.s}`;
  const parts: [number, string][] =
    s < HOUR_S
      ? [[Math.floor(s / MINUTE_S), words.m]]
      : s < DAY_S
        ? [
            [Math.floor(s / HOUR_S), words.h],
            [Math.floor((s % HOUR_S) / MINUTE_S), words.m],
          ]
        : [
            [Math.floor(s / DAY_S), words.d],
            [Math.floor((s % DAY_S) / HOUR_S), words.h],
          ];
  return parts
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, word]) => `${count}${word}`)
    .join(words.gap);
}

export interface ClockStyle {
  zone: string;
  lang: Lang;
}

/** Making a formatter costs a hundred times its use, and every row of every list says a time. */
function kept<T>(make: (...of: string[]) => T): (...of: string[]) => T {
  const made = new Map<string, T>();
  return (...of) => {
    const name = of.join(" ");
    const known = made.get(name) ?? make(...of);
    made.set(name, known);
    return known;
  };
}

const times = kept(
  (of, timeZone, seconds) =>
    new Intl.DateTimeFormat(of, {
      timeZone: timeZone!,
      hour: "2-digit",
      minute: "2-digit",
      ...(seconds && { second: "2-digit" }),
      hourCycle: "h23",
    }),
);
const days = kept(
  (of, timeZone, month) =>
    new Intl.DateTimeFormat(of, {
      timeZone: timeZone!,
      weekday: "short",
      day: "numeric",
      month: month as "long" | "short",
    }),
);
const numbers = kept(
  (of, digits) => new Intl.NumberFormat(of, { maximumFractionDigits: Number(digits) }),
);

/** Time of day in the city's zone, 24 hours: `03:07`, with seconds where asked. */
export function timeOfDay(
  at: number,
  { zone, lang }: ClockStyle,
  { seconds = false }: { seconds?: boolean } = {},
): string {
  return times(locale(lang), zone, seconds ? "seconds" : "").format(at / 1000);
}

export function dayOf(at: number, { zone, lang }: ClockStyle): string {
  return days(locale(lang), zone, lang === "zh" ? "long" : "short").format(at / 1000);
}

/** Time of day, with the date when it is another day than `now`. */
export function moment(at: number, now: number, style: ClockStyle): string {
  const day = dayOf(at, style);
  const time = timeOfDay(at, style);
  return day === dayOf(now, style) ? time : `${day} ${time}`;
}

export function number(value: number, lang: Lang, digits = 1): string {
  return numbers(locale(lang), String(digits)).format(value);
}

/** A measured value: whole numbers once it is large, one digit while it is small. */
export function measured(value: number, lang: Lang): string {
  return number(value, lang, Math.abs(value) >= 100 ? 0 : 1);
}

/** A quantity with its unit, in the one people say: a tide of 4,620 mm is 4.62 m. */
export function quantity(value: number, unit: string, lang: Lang): { value: string; unit: string } {
  if (unit === "mm" && Math.abs(value) >= 1_000) {
    return { value: number(value / 1_000, lang, 2), unit: "m" };
  }
  return { value: measured(value, lang), unit };
}

/** The deadline of a case, for filtering and for its sign: past, near, later or none. */
export type Urgency = "overdue" | "soon" | "hour" | "later" | "none";

const SOON_US = 30 * 60e6;
const HOUR_US = 60 * 60e6;

export function urgency(dueAt: number | null, now: number): Urgency {
  if (dueAt === null) return "none";
  const left = dueAt - now;
  if (left < 0) return "overdue";
  if (left <= SOON_US) return "soon";
  return left <= HOUR_US ? "hour" : "later";
}
