/** Every word of the screen, in the language chosen; both files hold the same keys, by type. */

import type { Lang, SensorSign } from "../api/contract";
import { city } from "../state/city";
import { now } from "../state/live";
import { lang } from "../state/prefs";
import * as format from "../text/format";
import * as sensed from "../text/sensed";
import { en } from "./en";
import { fill, type Params } from "./fill";
import { zh } from "./zh";

export type Word = keyof typeof en;
const WORDS: Record<Lang, Record<Word, string>> = { en, zh };

export function t(word: Word, params: Params = {}): string {
  return fill(WORDS[lang.value][word], params);
}

/** The word for a code the platform sent, or `undefined` where this screen has none. */
export function coded(prefix: string, code: string, params: Params = {}): string | undefined {
  const word = `${prefix}.${code}`;
  return word in en ? t(word as Word, params) : undefined;
}

const style = (): format.ClockStyle => ({ zone: city.value?.zone ?? "UTC", lang: lang.value });

export const timeOf = (at: number): string => format.moment(at, now.value, style());
export const clockOf = (at: number, seconds: boolean): string =>
  format.timeOfDay(at, style(), { seconds });
export const dayOf = (at: number): string => format.dayOf(at, style());
export const lengthOf = (microseconds: number): string => format.duration(microseconds, lang.value);
export const countOf = (value: number): string => format.number(value, lang.value, 0);
export const valueOf = (value: number): string => format.measured(value, lang.value);
export const quantityOf = (value: number, unit: string): { value: string; unit: string } =>
  format.quantity(value, unit, lang.value);
/** What a sign made from sensors says, in its unit. */
export const sensedOf = (sign: SensorSign, micro: number): sensed.Quantity =>
  sensed.quantity(micro, sign.unit ?? "", { lang: lang.value, share: sensed.isShare(sign) });
export const coverageOf = (ppm: number): string => sensed.coverage(ppm, lang.value);
export const lagOf = (ms: number): string => sensed.lag(ms, lang.value);
export const shareOf = (ppm: number): string => `${countOf(ppm / 10_000)}%`;

/** How old something is, in the city's time. */
export function ageOf(at: number): string {
  const age = now.value - at;
  return age < 60e6 ? t("time.justNow") : t("time.ago", { length: lengthOf(age) });
}

const LIMIT_UNITS = {
  m: "m", min: "m", minutes: "m",
  h: "h", hours: "h", calendar_hours: "h",
  d: "d", days: "d", calendar_days: "d",
  working_hours: "wh",
  working_days: "wd",
} as const;

/** A time limit as packs write it (`30 minutes`, `4 working_hours`, `2h`) in words. */
export function limitOf(text: string | undefined): string {
  const found = /^(\d+)\s*(\w+)$/.exec((text ?? "").trim());
  const unit = LIMIT_UNITS[found?.[2] as keyof typeof LIMIT_UNITS];
  return found?.[1] && unit ? t(`limit.${unit}`, { n: found[1] }) : (text ?? "");
}
