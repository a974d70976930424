/** Data of persons: masked until somebody opens them for a purpose; who did stands on the audit chain. */

import { ref, shallowRef } from "vue";

import type { Look, LooksSaid, Opened, Problem, Purpose } from "../api/contract";
import { ask, Refused } from "../api/http";
import { isSomebody, may, who } from "./session";
import { coded } from "../words";

/** How long opened data stay on the screen of somebody who walked away. */
export const OPEN_MS = 120_000;

export const purposes = shallowRef<Purpose[]>([]);
export const mayAudit = ref(false);

/** Ask once which purposes there are; whether one may see who looked is known of whoever signed in. */
export async function findPrivacy(): Promise<void> {
  purposes.value = (await answered<{ purposes: Purpose[] }>("api/v1/purposes"))?.purposes ?? [];
  mayAudit.value = isSomebody(who.value)
    ? may("audit:read")
    : (await answered<LooksSaid>("api/v1/audit/looks?limit=1")) !== null;
}

async function answered<T>(path: string): Promise<T | null> {
  try {
    return await ask<T>(path);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return null;
  }
}

export const openPersonal = (look: Look): Promise<Opened> => ask<Opened>("api/v1/personal", look);

/** The name of a field of a person; one this screen does not know is shown by its own. */
export const fieldName = (field: string): string =>
  coded("personal.field", field) ?? field.replaceAll("_", " ");

export interface Asked {
  person: string;
  actor: string;
}

/** A page of looks, or why there is none. */
export async function looksOf(
  asked: Asked,
  cursor: number | null,
): Promise<LooksSaid | Problem> {
  const query = new URLSearchParams({ limit: "30" });
  if (asked.person) query.set("person", asked.person);
  if (asked.actor) query.set("actor", asked.actor);
  if (cursor !== null) query.set("cursor", String(cursor));
  try {
    return await ask<LooksSaid>(`api/v1/audit/looks?${query}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.problem;
  }
}
