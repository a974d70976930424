/** Asking the platform: answers are typed, refusals are problems with a remedy. */

import type { Problem } from "./contract";

/** A refusal, or a connection that failed (`code` is then `unreachable`). */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

const TIMEOUT_MS = 15_000;

/** Nobody is in any more, or nobody was: somebody must sign in before anything is answered. */
export const MUST_SIGN_IN = "sign_in_required";

/** What every request carries of the session, and who hears that it is over. */
export const passage = {
  token: "",
  lost: (): void => undefined,
};

export interface Manner {
  method?: "DELETE";
  /** Asked by the page on its own: that keeps no session open. */
  background?: boolean;
  /** Done only if what it is about still stands as it was seen: its ETag. */
  ifMatch?: string;
  /** Sent again under the same key it is answered the same, and done once. */
  once?: string;
}

/** Addresses are relative to the page, so that the screen also works below a path. */
export async function ask<T>(path: string, body?: object, manner: Manner = {}): Promise<T> {
  const method = manner.method ?? (body === undefined ? "GET" : "POST");
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        Accept: "application/json",
        ...(body && { "Content-Type": "application/json" }),
        ...(method !== "GET" && passage.token && { "X-Chengyun-Token": passage.token }),
        ...(manner.ifMatch && { "If-Match": manner.ifMatch }),
        ...(manner.once && { "Idempotency-Key": manner.once }),
        ...(manner.background && { "X-Chengyun-Background": "1" }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      cache: "no-store",
    });
  } catch (error) {
    throw new Refused(unreachable(String(error)));
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.code === MUST_SIGN_IN) passage.lost();
    throw new Refused(problem);
  }
  return (await response.json()) as T;
}

export function unreachable(detail: string): Problem {
  return { title: "", detail, status: 0, code: "unreachable", where: "", remedy: "", params: {} };
}

export async function problemOf(response: Response): Promise<Problem> {
  const empty = { ...unreachable(response.statusText), status: response.status };
  const code = response.status >= 500 ? "platform_failed" : `http_${response.status}`;
  try {
    return { ...empty, code, ...((await response.json()) as Partial<Problem>) };
  } catch {
    return { ...empty, code };
  }
}
