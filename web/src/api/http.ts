/** Asking the platform: answers are typed, refusals are problems with a remedy. */

import type { Problem } from "./contract";

/** A refusal, or a connection that failed (`code` is then `unreachable`). */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

const TIMEOUT_MS = 15_000;

/** Addresses are relative to the page, so that the screen also works below a path. */
export async function ask<T>(path: string, body?: object): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers: { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      cache: "no-store",
    });
  } catch (error) {
    throw new Refused(unreachable(String(error)));
  }
  if (!response.ok) throw new Refused(await problemOf(response));
  return (await response.json()) as T;
}

function unreachable(detail: string): Problem {
  return { title: "", detail, status: 0, code: "unreachable", where: "", remedy: "", params: {} };
}

async function problemOf(response: Response): Promise<Problem> {
  const empty = { ...unreachable(response.statusText), status: response.status };
  const code = response.status >= 500 ? "platform_failed" : `http_${response.status}`;
  try {
    return { ...empty, code, ...((await response.json()) as Partial<Problem>) };
  } catch {
    return { ...empty, code };
  }
}
