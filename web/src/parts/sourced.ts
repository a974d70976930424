/** `v-sourced="text"`: on hover and focus, an element says where its number is from and how old. */

import { reactive, type Directive } from "vue";

export const SOURCE_ID = "source-of";

export const shown = reactive({ text: "", left: 0, top: 0, above: false });
let owner: HTMLElement | null = null;
const words = new WeakMap<HTMLElement, () => string>();

function show(event: Event): void {
  const element = event.currentTarget as HTMLElement;
  const text = words.get(element)?.() ?? "";
  if (!text) return;
  const box = element.getBoundingClientRect();
  owner = element;
  shown.above = box.bottom > innerHeight - 120;
  shown.left = Math.max(8, Math.min(box.left, innerWidth - 340));
  shown.top = shown.above ? box.top - 8 : box.bottom + 8;
  shown.text = text;
  element.setAttribute("aria-describedby", SOURCE_ID);
}

function hide(event: Event): void {
  if (event.currentTarget !== owner) return;
  hideSource();
}

export function hideSource(): void {
  owner?.removeAttribute("aria-describedby");
  owner = null;
  shown.text = "";
}

const BEGINS = ["mouseenter", "focus"] as const;
const ENDS = ["mouseleave", "blur", "click"] as const;

export const sourced: Directive<HTMLElement, string | (() => string)> = {
  mounted(element, { value }) {
    words.set(element, typeof value === "function" ? value : () => value);
    for (const name of BEGINS) element.addEventListener(name, show);
    for (const name of ENDS) element.addEventListener(name, hide);
  },
  updated(element, { value }) {
    words.set(element, typeof value === "function" ? value : () => value);
  },
  unmounted(element) {
    if (owner === element) hideSource();
  },
};
