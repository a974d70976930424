/** Where on the screen one is: the area and what is opened; in the address, so "back" works. */

import { computed, ref } from "vue";

import { areas, city } from "./city";

export type DetailKind = "case" | "report" | "warning" | "sign" | "sensed" | "feed";

export interface Detail {
  kind: DetailKind;
  id: string;
}

const KINDS: readonly DetailKind[] = ["case", "report", "warning", "sign", "sensed", "feed"];
const hash = ref(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

const fields = computed(() => new URLSearchParams(hash.value.replace(/^#/, "")));

/** The area everything on the screen is about. */
export const area = computed(() => {
  const asked = fields.value.get("area");
  return asked && areas.value.has(asked) ? asked : (city.value?.root_area ?? "");
});

export const detail = computed<Detail | null>(() => {
  for (const kind of KINDS) {
    const id = fields.value.get(kind);
    if (id) return { kind, id };
  }
  return null;
});

function go(change: (next: URLSearchParams) => void): void {
  const next = new URLSearchParams(fields.value);
  change(next);
  const text = next.toString();
  if (`#${text}` !== location.hash) location.hash = text;
  hash.value = location.hash;
}

export function goTo(code: string): void {
  go((next) => {
    if (code === city.value?.root_area) next.delete("area");
    else next.set("area", code);
  });
}

/** The city at a glance, or the desk at which cases are handled one by one. */
export type Page = "situation" | "desk";
export const page = computed<Page>(() =>
  fields.value.get("page") === "desk" || fields.value.has("report") ? "desk" : "situation",
);

export function turnTo(next: Page): void {
  go((fields) => {
    if (next === "desk") fields.set("page", next);
    else for (const name of ["page", "report"]) fields.delete(name);
  });
}

let opener: HTMLElement | null = null;

export function openDetail(kind: DetailKind, id: string): void {
  if (!detail.value) opener = document.activeElement as HTMLElement | null;
  go((next) => {
    for (const one of KINDS) next.delete(one);
    next.set(kind, id);
  });
}

/** Close it, and give the keyboard back to where it was opened. */
export function closeDetail(): void {
  go((next) => {
    for (const one of KINDS) next.delete(one);
  });
  if (opener?.isConnected) opener.focus();
  opener = null;
}
