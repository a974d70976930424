/** Language and theme: what the browser says, until somebody chooses. */

import { computed, ref, watchEffect } from "vue";

import type { Lang } from "../api/contract";

export type Theme = "dark" | "light";

function kept(name: string): string | null {
  try {
    return localStorage.getItem(`chengyun.${name}`);
  } catch {
    return null; // storage may be forbidden; the choice then lasts as long as the page
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`chengyun.${name}`, value);
  } catch {
    /* as above */
  }
}

export const keptValue = kept;

const asked = new URLSearchParams(location.search);
const first = asked.get("lang") ?? kept("lang") ?? navigator.language;
export const lang = ref<Lang>(first.startsWith("zh") ? "zh" : "en");

const prefersLight = matchMedia("(prefers-color-scheme: light)");
const system = ref<Theme>(prefersLight.matches ? "light" : "dark");
prefersLight.addEventListener("change", (event) => {
  system.value = event.matches ? "light" : "dark";
});

const chosen = ref<string | null>(asked.get("theme") ?? kept("theme"));
export const theme = computed<Theme>(() =>
  chosen.value === "light" || chosen.value === "dark" ? chosen.value : system.value,
);

export function chooseTheme(next: Theme): void {
  chosen.value = next;
  keep("theme", next);
}

export function chooseLang(next: Lang): void {
  lang.value = next;
  keep("lang", next);
}

watchEffect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  document.documentElement.lang = lang.value === "zh" ? "zh-Hans" : "en";
});
