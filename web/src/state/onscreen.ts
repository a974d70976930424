/** Whether somebody can see it: the page is in front, and the element within the window. */

import { onMounted, onUnmounted, ref, type Ref, type ShallowRef } from "vue";

export const inFront = ref(!document.hidden);
document.addEventListener("visibilitychange", () => {
  inFront.value = !document.hidden;
});

/** As wide as this, what is opened lies over the column on the right. */
const wide = matchMedia("(width >= 1100px)");
export const paneCovers = ref(wide.matches);
wide.addEventListener("change", (event) => {
  paneCovers.value = event.matches;
});

export function inWindow(element: Readonly<ShallowRef<Element | null>>): Ref<boolean> {
  const found = ref(false);
  const watcher = new IntersectionObserver((entries) => {
    found.value = entries.at(-1)?.isIntersecting ?? false;
  });
  onMounted(() => element.value && watcher.observe(element.value));
  onUnmounted(() => watcher.disconnect());
  return found;
}
