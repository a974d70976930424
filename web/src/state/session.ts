/** Who is in: asked when the page opens, kept open by deeds, said when it is over. */

import { ref, shallowRef } from "vue";

import type { Problem } from "../api/contract";
import { askWho, leave, type Who } from "../api/session";
import { MUST_SIGN_IN, passage, Refused } from "../api/http";
import { city } from "./city";

/** `undefined` until it is known; a simulated city has visitors, and nobody signs in. */
export const who = shallowRef<Who | "visitor" | null | undefined>(undefined);
/** The session ended while somebody watched: what is shown stays, and grows old. */
export const ended = ref(false);

const DEED_MS = 60_000;
let told = 0;

/** Ask who is in; a platform that knows no sessions has visitors. */
export async function learnWho(): Promise<void> {
  try {
    const said = await askWho();
    who.value = "visitor" in said ? "visitor" : said;
    passage.token = "visitor" in said ? "" : said.token;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.problem.code === MUST_SIGN_IN) who.value = null;
    else if (error.problem.status === 404) who.value = "visitor";
    else throw error;
  }
}

/** Somebody signed in: at a screen that shows what another one saw, begin with a clean page. */
export async function entered(): Promise<void> {
  const before = who.value;
  await learnWho();
  const now = who.value;
  if (ended.value && isSomebody(before) && isSomebody(now) && before.account !== now.account) {
    location.reload();
  }
  ended.value = false;
}

/** Why a provider's way led to nothing, as the address says; said once, then taken out of it. */
export function refusedBefore(): Problem | null {
  const address = new URL(location.href);
  const code = address.searchParams.get("refused");
  if (code === null || !/^[a-z_]{1,40}$/.test(code)) return null;
  address.searchParams.delete("refused");
  history.replaceState(null, "", address);
  return { title: "", detail: code, status: 401, code, where: "", remedy: "", params: {} };
}

/** Sign out; the page begins anew, so that nothing of it is left to see. */
export async function signOut(everywhere: boolean): Promise<void> {
  await leave(everywhere);
  location.reload();
}

export const isSomebody = (one: typeof who.value): one is Who =>
  one !== null && one !== undefined && one !== "visitor";

/** Whether it makes sense to offer something; the platform decides it anew each time. */
export const may = (permission: string): boolean =>
  isSomebody(who.value) && who.value.may.includes(permission);

/** Whether there is a situation to be seen: a visitor sees all of a simulated city. */
export const watches = (): boolean => who.value === "visitor" || may("live:read");

passage.lost = () => {
  if (city.value === null) who.value = null;
  else ended.value = true;
};

/** Whoever reads and points is there, though nothing is asked of the platform: told it now and then. */
function deed(): void {
  if (!isSomebody(who.value) || ended.value || Date.now() - told < DEED_MS) return;
  told = Date.now();
  askWho().catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
  });
}

export function keepOpen(): void {
  for (const name of ["pointerdown", "keydown"]) addEventListener(name, deed, { passive: true });
}
