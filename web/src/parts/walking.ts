/** Walking a list of buttons with the arrow keys, `j` and `k`: the focus moves, Enter opens. */

const STEPS: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

export function walk(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  const list = event.currentTarget as HTMLElement;
  const buttons = [...list.querySelectorAll<HTMLButtonElement>("button:not(:disabled)")];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const next = at < 0 ? buttons[step > 0 ? 0 : buttons.length - 1] : buttons[at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
